"""Firing patterns of a recording: one per step, at multiples of rheobase, and of the cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikelens import api
from spikelens.cards import rows_card
from spikelens.errors import SpikelensError, UnsupportedInput
from spikelens.kinds.patterns import NUMBERS, Pattern, pattern_of
from spikelens.kinds.rule import PatternRule
from spikelens.protocols.given import given_protocol
from spikelens.protocols.protocol import Protocol, Step
from spikelens.protocols.recognising import recognise
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.summary import Row

Floats = NDArray[np.float64]
NAN = float("nan")

MULTIPLES = (1.0, 1.5, 2.0, 3.0)
"""Of rheobase; at each the step that is nearest."""
NEAR = 0.2
"""A step stands for a multiple if it is no farther from it than this share."""
SHORTEST = 0.1
"""Patterns are named of steps that last at least so long, s."""
USUAL = 2.0
"""The pattern of the cell is that at so many times rheobase."""


@dataclass(frozen=True)
class Patterns:
    """How a cell fires on steps; see `spikelens.kinds.columns` for what each column means."""

    rows: list[Row] = field(repr=False)
    """A row per sweep with a step."""
    multiples: list[Row] = field(repr=False)
    """A row per multiple of rheobase."""
    rheobase: float
    """A; NaN if there is none."""
    pattern: str
    """Of the cell, or ``not applicable``."""
    why: str
    """Which steps the cell's pattern is from, or why there is none."""
    rule: PatternRule = field(default_factory=PatternRule)
    protocol: Protocol | None = None
    """None where the recording has no steps."""

    def _repr_html_(self) -> str:
        return rows_card(f"Firing pattern: {self.pattern}, {self.why}", self.rows)


def measure_patterns(
    recording: Recording,
    spikes: Spikes,
    *,
    protocol: Protocol | str | Path | None = None,
    **settings: object,
) -> Patterns:
    """Name the firing pattern of each current step, at multiples of rheobase and of the cell.

    Parameters
    ----------
    recording : Recording
        With its command, or with a channel of the current beside the voltage.
    spikes : Spikes
    protocol : Protocol or path, optional
        A CSV of steps, or a recording of the current; read from the command by default.
    **settings
        Of `spikelens.kinds.rule.PatternRule`, by name.

    Returns
    -------
    Patterns
        ``not applicable``, with the reason, where there are no steps or too few
        intervals.

    Raises
    ------
    UnreadableFile, BadParameter, UnsupportedInput
        A protocol was given that cannot be read, or that the recording has no room for.
    """
    rule = PatternRule.from_parameters(settings)
    try:
        known = _known(recording, spikes, protocol)
    except SpikelensError as refused:
        if protocol is not None:
            raise
        told = str(refused).removeprefix(f"{recording.name}: ").partition(";")[0]
        return Patterns([], [], NAN, "not applicable", told, rule)
    rows = [_row(step, spikes, _is_whole(recording, spikes, step), rule) for step in known.steps]
    rheobase = rheobase_of(rows)
    for row in rows:
        row["multiple"] = float(str(row["current"])) / rheobase if np.isfinite(rheobase) else NAN
    pattern, why = _of_cell(rows, rheobase)
    return Patterns(rows, _at_multiples(rows), rheobase, pattern, why, rule, known)


def _known(recording: Recording, spikes: Spikes, protocol: Protocol | str | Path | None) -> Protocol:
    one = api.channel_of(recording, spikes)
    if spikes.provenance.mode == "voltage-clamp" or one.channels[0].quantity != "voltage":
        raise UnsupportedInput("firing patterns are those of a membrane potential in current clamp")
    if isinstance(protocol, str | Path):
        return given_protocol(Path(protocol), one)
    return protocol or recognise(recording)


def _row(step: Step, spikes: Spikes, is_whole: bool, rule: PatternRule) -> Row:
    """One step: its spikes, its pattern, and the numbers it rests on."""
    rate = spikes.sampling_rate
    onset, offset = step.onset / rate, step.offset / rate
    mine = spikes.sweep == step.sweep
    inside = mine & (spikes.time_in_sweep >= onset) & (spikes.time_in_sweep < offset)
    times = spikes.time_in_sweep[inside]
    found = _pattern(times, (onset, offset), is_whole, rule)
    numbers = dict.fromkeys(NUMBERS, NAN) if found.numbers is None else found.numbers
    return {
        "sweep": step.sweep,
        "onset": onset,
        "offset": offset,
        "current": step.current,
        "multiple": NAN,
        "spikes": times.size,
        "average_rate": times.size / (offset - onset),
        "pattern": found.name,
        "onset_pattern": found.onset,
        "steady_pattern": found.steady,
        "latency": float(times[0] - onset) if times.size else NAN,
        **numbers,
        "why_not": found.why_not,
    }


def _is_whole(recording: Recording, spikes: Spikes, step: Step) -> bool:
    """Whether all of a step was observed."""
    first = int(recording.sweeps.bounds[step.sweep])
    held = spikes.stretches.at(np.array([first + step.onset, first + step.offset - 1]))
    return bool(held[0] == held[1] and held[0] >= 0)


def _pattern(times: Floats, step: tuple[float, float], is_whole: bool, rule: PatternRule) -> Pattern:
    """The pattern of the spikes within a step, or why it has none."""
    if not is_whole:
        return Pattern(why_not="part of the step was not observed")
    lasts = step[1] - step[0]
    if lasts < SHORTEST:
        return Pattern(why_not=f"the step lasts {lasts * 1e3:.3g} ms, {SHORTEST * 1e3:g} are needed")
    if not times.size:
        return Pattern(why_not="no spikes")
    return pattern_of(np.diff(times), float(times[0] - step[0]), rule)


def rheobase_of(rows: Sequence[Row]) -> float:
    """The smallest positive current with a spike, A; NaN if the cell fires without current, or never."""
    firing = [float(str(row["current"])) for row in rows if row["spikes"]]
    if not firing or min(firing) <= 0:
        return NAN
    return min(firing)


def _at_multiples(rows: Sequence[Row]) -> list[Row]:
    """The step nearest to each multiple of rheobase, if one is near; the longest list of spikes first."""
    found = []
    for wanted in MULTIPLES:
        near = [row for row in rows if abs(float(str(row["multiple"])) - wanted) <= NEAR * wanted]
        if near:
            nearest = min(near, key=lambda row: abs(float(str(row["multiple"])) - wanted))
            found.append({"rheobase_multiple": wanted, **nearest})
    return found


def usual_step(rows: Sequence[Row]) -> Row | None:
    """The step that gives the cell its pattern; None if none has one.

    The nearest to `USUAL` times rheobase; without one near, the largest current among the
    steps with the commonest pattern.
    """
    named = [row for row in rows if row["steady_pattern"]]
    near = [row for row in named if 0.75 * USUAL <= float(str(row["multiple"])) <= 1.5 * USUAL]
    if near:
        return min(near, key=lambda row: abs(float(str(row["multiple"])) - USUAL))
    counts = Counter(str(row["pattern"]) for row in named)
    alike = [row for row in named if row["pattern"] == counts.most_common(1)[0][0]]
    return max(alike, key=lambda row: float(str(row["current"])), default=None)


def _of_cell(rows: Sequence[Row], rheobase: float) -> tuple[str, str]:
    """The cell's pattern and where it is from."""
    step = usual_step(rows)
    if step is None:
        reasons = Counter(
            str(row["why_not"]) for row in rows if row["spikes"] or row["why_not"] != "no spikes"
        )
        return "not applicable", reasons.most_common(1)[0][0] if reasons else "no step brought a spike"
    multiple = float(str(step["multiple"]))
    if 0.75 * USUAL <= multiple <= 1.5 * USUAL:
        return str(step["pattern"]), f"at {multiple:.3g} times rheobase"
    named = [row for row in rows if row["steady_pattern"]]
    n = sum(row["pattern"] == step["pattern"] for row in named)
    lacking = "no step near twice rheobase" if np.isfinite(rheobase) else "no rheobase"
    return str(step["pattern"]), f"{n} of {len(named)} steps with a pattern ({lacking})"
