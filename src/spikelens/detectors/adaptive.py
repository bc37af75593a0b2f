"""Spikes by their shape, learned from simulated cells and adapted to the recording."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from spikelens.detectors import Columns, Detector, Survey
from spikelens.detectors._adaptation import Candidates, context, parts
from spikelens.detectors._candidates import margin, noise_levels, seek, thinned
from spikelens.detectors._slower import (
    BROAD,
    BROAD_BY_SLOWER,
    CLOCK,
    FEWEST,
    SLOWEST,
    apart,
    are_all_or_none,
    are_broad,
    are_long,
    are_slow,
    by_their_rise,
    is_doubtful,
    raised,
    rises,
    unlike_potentials,
)
from spikelens.detectors._taught import Taught, load_taught
from spikelens.detectors._trained import shipped
from spikelens.detectors._verdicts import (
    LISTED,
    NO_MEMBRANE,
    against_giants,
    are_boxes,
    are_charges,
    are_hum,
    are_jumps,
    are_parts,
    are_potentials,
    are_undecided,
    sheer_size,
    verdicts,
)
from spikelens.kernels.table import keep_highest
from spikelens.params import param
from spikelens.passes import Chunk
from spikelens.recording import Quantity

DEAD = 1e-3
"""Of two accepted peaks closer than this one is the other's echo, s."""
OF_ANOTHER = 0.05
"""How likely what looks like a spike remains one once it was taken for a part of another: of real spikes
made small, about one in fifty was one after all."""


@dataclass(frozen=True, kw_only=True)
class Adaptive(Detector):
    """Candidates judged by shape, then against this recording's own spikes; no setting needed.

    Every peak that stands a few noise levels above both its sides is described without
    units or sampling rate. Boosted trees (Friedman 2001) learned from simulated cells give
    a first answer; the recording's spikes, background and drift that follow from it enter
    a second one, a probability.

    >>> Adaptive().parameters()
    {'cut': 0.5, 'model': None}
    """

    quantities: ClassVar[tuple[Quantity, ...]] = ("voltage", "current")
    estimates: ClassVar[bool] = True
    clock: ClassVar[float] = 1.0
    """How many times as slow as usual all in a recording is taken to be."""

    cut: float = param(0.5, low=0.01, high=0.99, help="Least probability of a spike.")
    model: str | None = param(None, help="A .spikemodel taught by labels, to refine the answer by.")

    @cached_property
    def taught(self) -> Taught | None:
        """What labels taught, read from `model` when it is first needed."""
        return None if self.model is None else load_taught(Path(self.model))

    def refined(self, taught: Taught, name: str) -> Self:
        """The same with what labels taught, which is or will be kept in a file of this name."""
        made = dataclasses.replace(self, model=name)
        object.__setattr__(made, "taught", taught)
        return made

    def check(self) -> None:
        if self.model is not None:
            load_taught(Path(self.model))

    def card(self) -> Mapping[str, object]:
        taught = {} if self.taught is None else {"taught_by_labels": self.taught.n_labels}
        return {**shipped().card, **taught}

    def margin(self, sampling_rate: float) -> int:
        return margin(sampling_rate * self.clock)

    def survey(self, blocks: Sequence[Chunk]) -> Survey:
        return noise_levels(blocks, self.clock)

    def candidates(self, chunk: Chunk, survey: Survey) -> Columns:
        return self.dated(chunk, thinned(self.looked_at(chunk, survey)))

    def looked_at(self, chunk: Chunk, survey: Survey) -> Columns:
        """Every candidate of a chunk, with the first answer's ``_logit``; see `seek`."""
        found = seek(chunk, survey, self.clock)
        return found | {"_logit": shipped().answers.by_shape.log_odds(found["_measures"])}

    def dated(self, chunk: Chunk, found: Columns) -> Columns:
        """A chunk's candidates with what else dates them; here their peaks do."""
        return found

    def pick(self, table: Columns, survey: Survey, sampling_rate: float) -> Columns:
        seen = self.seen(table, survey, sampling_rate)
        boxes = are_boxes(table["_flanks"])
        odds = np.where(boxes, -NO_MEMBRANE, sheer_size(seen))
        for part, rows in self.contexts(table, survey, sampling_rate):
            odds[part] += shipped().answers.settled(seen.take(part), rows)
        odds = self.weighed(seen, odds + against_giants(seen, odds))
        if self.taught is not None and self.is_of_its_clock:
            for part, rows in self.contexts(table, survey, sampling_rate):
                odds[part] = self.taught.corrected(rows, odds[part])
        probability = expit(odds).astype(np.float32)
        likely = (probability >= self.cut) & self.is_of_its_clock
        accepted = likely & _undoubled(table, odds, self.dead_time(sampling_rate))
        accepted &= ~are_parts(seen, table["stretch"], accepted)
        parts = likely & ~accepted
        probability[parts] = np.maximum(OF_ANOTHER * probability[parts], LISTED)
        # Who labelled has decided.
        untaught = self.taught is None
        artefacts = accepted & are_hum(seen.slower(self.clock), accepted)
        artefacts |= untaught & are_jumps(seen, table["_rise"], probability, accepted)
        charges = untaught & are_charges(seen, accepted)
        artefacts |= charges
        synaptic = untaught & are_potentials(seen, table["_logit"], accepted)
        probability[artefacts | synaptic] *= self.cut / 2
        accepted &= ~(artefacts | synaptic)
        left = are_undecided(seen, probability, accepted & untaught)
        words = verdicts(seen, probability, accepted & ~left, boxes)
        words = np.where(artefacts, "artefact", np.where(left, "too_small", words))
        return {"verdict": words, "probability": probability, "_odds": odds, "_charges": charges}

    def weighed(self, seen: Candidates, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-odds after a last look at all candidates; here as they are."""
        return odds

    @property
    def is_of_its_clock(self) -> bool:
        """Whether what labels taught, if any did, was taught by this clock."""
        return self.taught is None or self.taught.clock == self.clock

    def second_look(self, picked: Columns) -> Detector | None:
        """A look by a slower clock, where little is likely and much is possible or spikes are wide.

        Labels are of what one clock showed, so who labelled has decided that, too.
        """
        if self.taught is not None:
            other = None if self.is_of_its_clock else _by_clock(self.taught.clock, self.cut)
            return other and other.refined(self.taught, str(self.model))
        if picked["_charges"].any():
            # By a slower clock a corner looks rounder.
            return None
        if is_doubtful(picked):
            return Slower(cut=self.cut)
        return Slowest(cut=self.cut) if are_broad(picked, BROAD) else None

    def dead_time(self, sampling_rate: float) -> int:
        """Samples within which one of two accepted peaks is the other's echo."""
        return round(DEAD * self.clock * sampling_rate)

    def seen(self, table: Columns, survey: Survey, sampling_rate: float) -> Candidates:
        """The candidates of a joined table, picked or not, by this clock."""
        at = table.get("_found", table["sample_index"])
        seconds = at / (sampling_rate * self.clock)
        return Candidates(seconds, table["_measures"], table["_waveform"], survey["noise_level"])

    def contexts(
        self, table: Columns, survey: Survey, sampling_rate: float
    ) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Rows of the joined table, part by part, and what is known of each in its part.

        A part is at most half an hour, so that long recordings take no more memory.
        """
        seen = self.seen(table, survey, sampling_rate)
        for part in parts(seen.seconds):
            yield part, context(seen.take(part), table["_logit"][part])


@dataclass(frozen=True, kw_only=True)
class _Slowed(Adaptive):
    """The same by a slower clock. What it accepts is taken whole or not at all; who labelled has decided."""

    def survey(self, blocks: Sequence[Chunk]) -> Survey:
        return {**super().survey(blocks), "clock": self.clock}

    def pick(self, table: Columns, survey: Survey, sampling_rate: float) -> Columns:
        picked = super().pick(table, survey, sampling_rate)
        accepted = picked["verdict"] == "spike"
        decided = self.taught is not None
        if accepted.any() and (decided or self.is_whole(self.seen(table, survey, sampling_rate), picked)):
            return picked
        return picked | {"verdict": np.full(accepted.size, "")}

    @abstractmethod
    def is_whole(self, seen: Candidates, picked: Columns) -> bool:
        """Whether what was picked, some of it accepted, is to be taken."""

    def second_look(self, picked: Columns) -> Detector | None:
        return None


@dataclass(frozen=True, kw_only=True)
class Slower(_Slowed):
    """The same by a clock that runs slower: spikes so wide that they hardly rise within
    milliseconds are of the usual width by it.

    So are synaptic potentials; so it accepts all or nothing: many events as high as each other,
    as spikes are and potentials are not. They are dated by their rise, for their tops are flat.
    """

    clock: ClassVar[float] = CLOCK

    def dated(self, chunk: Chunk, found: Columns) -> Columns:
        return found | rises(chunk, found["sample_index"])

    def pick(self, table: Columns, survey: Survey, sampling_rate: float) -> Columns:
        picked = super().pick(table, survey, sampling_rate)
        if not (picked["verdict"] == "spike").any():
            return picked
        return picked | by_their_rise(table, picked["verdict"], self.dead_time(sampling_rate))

    def is_whole(self, seen: Candidates, picked: Columns) -> bool:
        accepted = picked["verdict"] == "spike"
        if accepted.sum() < FEWEST or are_slow(seen.take(accepted)):
            return False
        alike = are_all_or_none(seen.take(accepted), picked["probability"][accepted])
        return alike or bool(apart(seen, picked["_odds"]).any())

    def weighed(self, seen: Candidates, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        return odds + raised(odds, apart(seen, odds))

    def second_look(self, picked: Columns) -> Detector | None:
        is_broad = self.taught is None and are_broad(picked, BROAD_BY_SLOWER)
        return Slowest(cut=self.cut) if is_broad else None


@dataclass(frozen=True, kw_only=True)
class Slowest(_Slowed):
    """The same by a clock by which spikes of tens of milliseconds are of the usual width, as those
    of hearts, of molluscs and of blocked potassium channels are.

    Slow waves of many kinds have that width, so it accepts only what rises as no potential does.
    """

    clock: ClassVar[float] = SLOWEST
    base_window: ClassVar[float] = 0.05
    outdoes: ClassVar[float] = 1.1

    def is_whole(self, seen: Candidates, picked: Columns) -> bool:
        return are_long(seen.take(picked["verdict"] == "spike"))

    def weighed(self, seen: Candidates, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        return unlike_potentials(seen, odds)


def _by_clock(clock: float, cut: float) -> Adaptive:
    """Who looks by a slower clock."""
    return Slower(cut=cut) if clock == Slower.clock else Slowest(cut=cut)


def _undoubled(table: Columns, odds: NDArray[np.float64], dead: int) -> NDArray[np.bool_]:
    return keep_highest(table["sample_index"], table["stretch"], odds, dead)
