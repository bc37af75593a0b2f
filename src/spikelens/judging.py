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
from spikelens.choosing import Chosen
from spikelens.recording import Recording
from spikelens.scoring import match
from spikelens.spikes import Spikes
from spikelens.stretches import Stretch

Floats = NDArray[np.float64]

SCALES = (1.0, 0.7, 0.5, 0.35, 0.25)
"""Heights that are tried, as shares of the recording's own."""
LONGEST = 60.0
"""Spikes are put into one stretch of at most so long, s."""
_BEFORE, _AFTER = 2e-3, 6e-3
_APART = 0.03
_MOST = 40
_TOLERANCE = 1e-3
_FEWEST = 3
_FOUND = 0.9


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

    @property
    def smallest_found(self) -> float:
        """The smallest height of which nine in ten were found again; NaN if none was."""
        heights = []
        for height, share in sorted(self.found_again, reverse=True):
            if share < _FOUND:
                break
            heights.append(height)
        return min(heights, default=float("nan"))

    def words(self) -> str:
        """A paragraph for the report."""
        if not self.n_spikes:
            told = "No spikes were accepted, so nothing can be said of how well they stand out."
            return " ".join([told, *self.warnings])
        told = (
            f"If this cell resembles those the model learned from, {self.expected_precision:.1%} of the"
            f" {self.n_spikes} accepted are spikes and about {self.expected_missed:.1f} were missed."
            f" They stand {self.height_over_noise:.0f} noise levels high."
        )
        if self.found_again:
            shares = ", ".join(f"{1e3 * h:.3g}e-3: {share:.0%}" for h, share in self.found_again)
            told += (
                f" Of this recording's own spike, put back at other heights (V or A), were found {shares}."
            )
            told += " These are estimates, not bounds."
        return " ".join([told, *self.warnings])


def judge(chosen: Chosen, spikes: Spikes) -> Judgement:
    """Judge the spikes that a detector with probabilities found on one channel.

    Parameters
    ----------
    chosen : Chosen
        What the spikes were found in.
    spikes : Spikes
        Of `detect` or `find`, with their candidates.

    Returns
    -------
    Judgement
    """
    noise = float(str(spikes.provenance.survey.get("noise_level", "nan")))
    rest = spikes.candidates.probability if spikes.candidates is not None else np.empty(0)
    height = float(np.median(np.abs(spikes.height))) if len(spikes) else float("nan")
    made = Judgement(
        n_spikes=len(spikes),
        expected_precision=float(spikes.probability.mean()) if len(spikes) else float("nan"),
        expected_missed=float(np.nansum(rest)),
        height_over_noise=height / noise,
        found_again=_found_again(chosen, spikes) if len(spikes) >= _FEWEST else (),
        warnings=(),
    )
    return dataclasses.replace(made, warnings=_warnings(made, chosen.recording, spikes))


def _warnings(made: Judgement, recording: Recording, spikes: Spikes) -> tuple[str, ...]:
    found = []
    if spikes.candidates is not None and (spikes.candidates["verdict"] == "too_small").any():
        found.append("Spikes here are too small to tell from the background: do not count them.")
    elif made.n_spikes and made.expected_missed > 0.2 * made.n_spikes:
        found.append("One in six spikes or more was probably missed.")
    if recording.sampling_rate < 3_000:
        found.append("Sampled below 3 kHz, the shape of a spike is lost: expect errors.")
    if made.found_again and made.found_again[0][1] < _FOUND:
        found.append("Even spikes of the usual height are not all found when put back.")
    return tuple(found)


def _found_again(chosen: Chosen, spikes: Spikes) -> tuple[tuple[float, float], ...]:
    """Put this recording's spike back into it, at several heights."""
    recording, rate = chosen.recording, chosen.recording.sampling_rate
    stretch = max(spikes.stretches, key=len)
    stop = min(stretch.stop, stretch.start + round(LONGEST * rate))
    shape = _usual_spike(recording, spikes)
    places = _quiet_places(dataclasses.replace(stretch, stop=stop), spikes, rate)
    if shape.size == 0 or places.size < _FEWEST:
        return ()
    trace = recording.read(stretch.start, stop)[:, 0].astype(np.float64)
    height = float(np.median(np.abs(spikes.height)))
    found = []
    for scale in SCALES:
        changed = trace.copy()
        for place in places - stretch.start:
            changed[place : place + shape.size] += scale * shape
        once = Recording.from_array(changed.astype(np.float32), rate, mode=recording.mode)
        once = dataclasses.replace(
            once, channels=(dataclasses.replace(recording.channels[0], gain=1.0, offset=0.0),)
        )
        again = api.detect(dataclasses.replace(chosen, recording=once), spikes.provenance.method)
        peaks = (places - stretch.start + int(np.argmax(np.abs(shape)))) / rate
        found.append((scale * height, match(peaks, again.time, _TOLERANCE)[0].size / places.size))
    return tuple(found)


def _usual_spike(recording: Recording, spikes: Spikes) -> Floats:
    """The median spike over the straight line between its ends."""
    rate = recording.sampling_rate
    before, after = round(_BEFORE * rate), round(_AFTER * rate)
    inside = spikes.sample_index[
        (spikes.sample_index >= before) & (spikes.sample_index + after < recording.n_samples)
    ]
    chosen = inside[np.linspace(0, inside.size - 1, min(inside.size, 200)).astype(int)]
    if not chosen.size:
        return np.empty(0)
    cut = np.array([recording.read(i - before, i + after)[:, 0] for i in chosen], np.float64)
    line = np.linspace(0, 1, cut.shape[1])
    return np.asarray(np.median(cut - cut[:, :1] - (cut[:, -1:] - cut[:, :1]) * line, axis=0))


def _quiet_places(stretch: Stretch, spikes: Spikes, rate: float) -> NDArray[np.int64]:
    """Where nothing that could be a spike stands, seeded, sorted and apart."""
    taken = spikes.sample_index
    if spikes.candidates is not None:
        taken = np.sort(np.concatenate([taken, spikes.candidates.sample_index]))
    apart = round(_APART * rate)
    low, high = stretch.start + apart, stretch.stop - apart
    if high <= low:
        return np.empty(0, np.int64)
    kept: list[int] = []
    for place in np.random.default_rng(0).integers(low, high, 10 * _MOST):
        clear = np.abs(taken - place).min(initial=2 * apart) >= apart
        if clear and all(abs(place - other) >= apart for other in kept):
            kept.append(int(place))
    return np.sort(np.array(kept[:_MOST], np.int64))
