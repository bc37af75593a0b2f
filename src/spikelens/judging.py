"""How far a recording's spikes can be trusted, in numbers and in plain words.

Two estimates: what the probabilities say, if this cell resembles those the model learned
from; and how many of this recording's own spikes, made smaller and put into its own
background, are found again. Neither is a bound.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens import api
from spikelens.choosing import FINE_ENOUGH, Chosen
from spikelens.detectors import Detector
from spikelens.detectors.adaptive import Slower, Slowest
from spikelens.prefixes import quantity
from spikelens.recording import Recording
from spikelens.scoring import match
from spikelens.spikes import Spikes
from spikelens.stretches import Stretch, Stretches

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCALES = (1.0, 0.7, 0.5, 0.35, 0.25)
"""Heights that are tried, as shares of the recording's own."""
LONGEST = 60.0
"""Spikes are put into so much of a recording, s."""
MOST_SAMPLES = 1_000_000
"""And into no more samples than this: the recording is searched once for each height."""
_BEFORE, _AFTER = 2e-3, 6e-3
_APART = 0.03
_MOST = 40
_TOLERANCE = 1e-3
_FEWEST = 3
_FOUND = 0.9
_MANY_WRONG = 0.1


@dataclass(frozen=True)
class Judgement:
    """What is to be thought of a recording's spikes."""

    n_spikes: int
    expected_precision: float
    """Mean probability of the accepted; NaN if none was."""
    expected_missed: float
    """Spikes among what was not accepted, by its probabilities."""
    height_over_noise: float
    """Median height over the noise level; NaN without spikes."""
    found_again: tuple[tuple[float, float], ...]
    """(height in V or A, share found) of this recording's spike put into its own background."""
    warnings: tuple[str, ...]
    unit: str = "V"

    @property
    def smallest_found(self) -> float:
        """The smallest height of which nine in ten were found again; NaN if none was."""
        heights = []
        for height, share in sorted(self.found_again, reverse=True):
            if share < _FOUND:
                break
            heights.append(height)
        return min(heights, default=float("nan"))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the model estimates, and what the recording itself says; without the warnings."""
        if not self.n_spikes:
            return ("No spikes were accepted, so nothing can be said of how well they stand out.",)
        told = [
            f"The model estimates that {self.expected_precision:.1%} of the {self.n_spikes:,} accepted are"
            f" spikes, and that {self.expected_missed:.1f} were missed; this assumes that the cell resembles"
            " those it was trained on.",
            f"The median spike is {self.height_over_noise:.3g} noise levels high.",
        ]
        if self.found_again:
            shares = ", ".join(f"{quantity(h, self.unit)}: {share:.0%}" for h, share in self.found_again)
            told.append(
                "Of this recording's own spike, put back into it at other heights, were found again"
                f" {shares}; that is an estimate, not a bound."
            )
        return tuple(told)

    def words(self) -> str:
        """All of it as one paragraph."""
        return " ".join([*self.sentences, *self.warnings])

    def facts(self) -> dict[str, object]:
        """The figures by name, as `run.json` keeps them."""
        return {
            "expected_precision": self.expected_precision,
            "expected_missed": self.expected_missed,
            "height_over_noise": self.height_over_noise,
            "found_again": [list(pair) for pair in self.found_again],
            "smallest_found": self.smallest_found,
            "assumes": "this cell resembles those the model was trained on",
        }


def judge(
    chosen: Chosen, spikes: Spikes, detector: Detector | None = None, *, inject: bool = True
) -> Judgement | None:
    """Judge the spikes that a detector with probabilities found on one channel.

    Parameters
    ----------
    chosen : Chosen
        What the spikes were found in.
    spikes : Spikes
        Of `detect` or `find`, with their candidates.
    detector : Detector, optional
        What found them; by default the method that `spikes` names, with its parameters.
    inject : bool
        Whether to put spikes back and seek them, which is most of the work: the search
        of a minute at most, once for each of five heights.

    Returns
    -------
    Judgement or None
        None for a method that gives no probability.
    """
    if detector is None:
        detector = api.detector_for(chosen, spikes.provenance.method, spikes.provenance.parameters)
    if not detector.estimates:
        return None
    noise = float(str(spikes.provenance.survey.get("noise_level", "nan")))
    rest = spikes.candidates.probability if spikes.candidates is not None else np.empty(0)
    height = float(np.median(np.abs(spikes.height))) if len(spikes) else float("nan")
    again = _found_again(chosen, spikes, detector) if inject and len(spikes) >= _FEWEST else ()
    made = Judgement(
        n_spikes=len(spikes),
        expected_precision=float(spikes.probability.mean()) if len(spikes) else float("nan"),
        expected_missed=float(np.nansum(rest)),
        height_over_noise=height / noise,
        found_again=again,
        warnings=(),
        unit=chosen.recording.channels[0].unit,
    )
    return dataclasses.replace(made, warnings=_warnings(made, chosen.recording, spikes))


def _warnings(made: Judgement, recording: Recording, spikes: Spikes) -> tuple[str, ...]:
    found = []
    if spikes.candidates is not None and (spikes.candidates["verdict"] == "too_small").any():
        found.append("spikes here are too small to be told from the background: do not count them")
    elif made.n_spikes and made.expected_missed > 0.2 * made.n_spikes:
        found.append("one in six spikes or more was probably missed")
    if made.n_spikes and made.expected_precision < 1 - _MANY_WRONG:
        found.append(f"about {1 - made.expected_precision:.0%} of the accepted are probably no spikes")
    if recording.sampling_rate < FINE_ENOUGH:
        found.append("sampled below 3 kHz, a spike shows little of its shape: expect errors")
    if spikes.slowness == Slower.clock:
        found.append(
            "spikes here are so wide that only their being all or none tells them from potentials:"
            " they were accepted as one"
        )
    elif spikes.slowness == Slowest.clock:
        found.append(
            "spikes here last tens of milliseconds and were sought as such: of anything shorter or below"
            " 20 mV nothing is said"
        )
    if made.found_again and made.found_again[0][1] < _FOUND:
        found.append("even spikes of the usual height are not all found when they are put back")
    return tuple(found)


def _found_again(chosen: Chosen, spikes: Spikes, detector: Detector) -> tuple[tuple[float, float], ...]:
    """Put this recording's spike back into it, at several heights."""
    recording, rate = chosen.recording, chosen.recording.sampling_rate
    pieces = _pieces(spikes.stretches, min(MOST_SAMPLES, round(LONGEST * rate)))
    shape = _usual_spike(recording, spikes)
    trace = np.concatenate([recording.read(p.start, p.stop)[:, 0] for p in pieces])
    places = _quiet_places(pieces, spikes, rate)
    if shape.size == 0 or places.size < _FEWEST:
        return ()
    peaks = places + int(np.argmax(np.abs(shape)))
    found = []
    for scale in SCALES:
        changed = trace.copy()
        for place in places:
            changed[place : place + shape.size] += scale * shape
        again = api.detect(_with_trace(chosen, changed, pieces), detector, polarity=_way(spikes))
        n_again = match(peaks / rate, again.sample_index / rate, _TOLERANCE)[0].size
        found.append((scale * float(np.median(np.abs(spikes.height))), n_again / places.size))
    return tuple(found)


def _pieces(stretches: Stretches, most: int) -> list[Stretch]:
    """Stretches from the first on, until they hold `most` samples."""
    kept, left = [], most
    for stretch in stretches:
        if left > 0 and len(stretch):
            kept.append(dataclasses.replace(stretch, stop=min(stretch.stop, stretch.start + left)))
            left -= len(kept[-1])
    return kept


def _with_trace(chosen: Chosen, trace: NDArray[np.float32], pieces: list[Stretch]) -> Chosen:
    """What was chosen with another trace (V or A), a sweep for each of its pieces."""
    recording = chosen.recording
    made = Recording.from_array(
        trace, recording.sampling_rate, mode=recording.mode, sweep_lengths=[len(p) for p in pieces]
    )
    channel = dataclasses.replace(recording.channels[0], gain=1.0, offset=0.0)
    return dataclasses.replace(chosen, recording=dataclasses.replace(made, channels=(channel,)))


def _way(spikes: Spikes) -> api.Polarity:
    """Which way the spikes were sought."""
    ways: dict[int, api.Polarity] = {1: "up", -1: "down", 0: "both"}
    return ways[spikes.provenance.polarity]


def _usual_spike(recording: Recording, spikes: Spikes) -> NDArray[np.float32]:
    """The median spike over the straight line between its ends."""
    rate = recording.sampling_rate
    before, after = (round(t * spikes.slowness * rate) for t in (_BEFORE, _AFTER))
    at, bounds = spikes.sample_index, recording.sweeps.bounds
    inside = at[(at - before >= bounds[spikes.sweep]) & (at + after < bounds[spikes.sweep + 1])]
    chosen = inside[np.linspace(0, inside.size - 1, min(inside.size, 200)).astype(int)]
    if not chosen.size:
        return np.empty(0, np.float32)
    cut = np.array([recording.read(i - before, i + after)[:, 0] for i in chosen], np.float64)
    line = np.linspace(0, 1, cut.shape[1])
    shape = np.median(cut - cut[:, :1] - (cut[:, -1:] - cut[:, :1]) * line, axis=0)
    return np.asarray(shape, np.float32)


def _quiet_places(pieces: list[Stretch], spikes: Spikes, rate: float) -> Ints:
    """Where nothing that could be a spike stands: seeded, sorted, apart; counted through the pieces."""
    taken = spikes.sample_index
    if spikes.candidates is not None:
        taken = np.sort(np.concatenate([taken, spikes.candidates.sample_index]))
    apart = round(_APART * rate)
    kept: list[int] = []
    for place in np.random.default_rng(0).integers(0, sum(map(len, pieces)), 10 * _MOST):
        if _is_quiet(int(place), pieces, taken, apart) and all(abs(place - other) >= apart for other in kept):
            kept.append(int(place))
    return np.sort(np.array(kept[:_MOST], np.int64))


def _is_quiet(place: int, pieces: list[Stretch], taken: Ints, apart: int) -> bool:
    """Whether a place lies well within its piece, and far from what is `taken` in the recording."""
    for piece in pieces:
        if place < len(piece):
            break
        place -= len(piece)
    at = piece.start + place
    within = apart <= place < len(piece) - apart
    return within and bool(np.abs(taken - at).min(initial=2 * apart) >= apart)
