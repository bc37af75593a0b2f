"""Why a candidate was not accepted, in words that can be checked by eye."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording
from spikelens.spikes import REQUIRED, Spikes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STIMULUS_BEFORE, STIMULUS_AFTER = 2e-3, 5e-4
"""An artefact is the stimulus's if that changes so long before it, or so soon after it, s."""
BESIDE = 8e-3
"""What stands so near to a spike may be its shoulder, its echo or its afterdepolarisation, s."""
MOVES = 0.5
"""A stimulus changes where it moves by this share of its range in the sweep."""
JUMP = 0.5
"""A contact jumps where the level changes by this share of the event's height, at once and for good."""
_AT_ONCE = 5e-4
"""Within so much time, s."""
_LEVEL = (3e-3, 6e-3)
"""Levels before and after an event are medians so far from its peak, s."""
_MAINS = (50.0, 60.0)
_IN_STEP, _FEWEST, _OFF = 0.6, 40, 0.05
"""Of the mains are at least so many events, of whose gaps this share are whole cycles, so closely."""
_PIECE = 1 << 20


def with_reasons(recording: Recording, spikes: Spikes) -> Spikes:
    """The same spikes, whose candidates have a column ``reason`` that says why each was rejected.

    Parameters
    ----------
    recording : Recording
        Of the channel the spikes were found in.
    spikes : Spikes

    Returns
    -------
    Spikes
        Artefacts are told apart: in step with the mains, beside a change of the stimulus,
        a jump of the level, or a transient; others are told with their probability.
    """
    rejected = spikes.candidates
    if rejected is None:
        return spikes
    verdict = rejected["verdict"]
    known = dataclasses.replace(rejected, columns={name: rejected[name] for name in REQUIRED})
    reason = np.full(len(rejected), "", object)
    reason[verdict == "synaptic"] = _once(_of_doubtful(spikes, known.take(verdict == "synaptic")))
    reason[verdict == "too_small"] = _once(_of_small(spikes, known.take(verdict == "too_small")))
    reason[verdict == "artefact"] = _once(_of_artefacts(recording, known.take(verdict == "artefact")))
    return dataclasses.replace(spikes, candidates=rejected.with_columns({"reason": reason}))


def _once(reasons: Iterable[str]) -> list[str]:
    """The same reasons; what is said of many is in memory once."""
    return [sys.intern(reason) for reason in reasons]


def _of_doubtful(spikes: Spikes, rejected: Spikes) -> Iterator[str]:
    cut = float(str(spikes.provenance.parameters.get("cut", "nan")))
    beside = _from_a_spike(spikes, rejected)
    return (
        f"likely enough, but {apart * 1e3:.2g} ms from a spike that is likelier or higher"
        if p >= cut and np.isfinite(apart)
        else f"probability {p:.2f}, below the cut of {cut:g}{_beside(apart)}"
        for p, apart in zip(rejected.probability, beside, strict=True)
    )


def _beside(apart: float) -> str:
    """How far from a spike (s), where that is so near that a candidate may be a part of it."""
    return f"; {apart * 1e3:.2g} ms from a spike" if apart <= BESIDE else ""


def _of_small(spikes: Spikes, rejected: Spikes) -> Iterator[str]:
    return (
        f"probability {p:.2f}, but spikes here cannot be told from the background"
        if np.isfinite(p)
        else f"smaller than {spikes.provenance.method} asks of a spike"
        for p in rejected.probability
    )


def _of_artefacts(recording: Recording, rejected: Spikes) -> list[str]:
    at = rejected.sample_index
    mains = _mains(rejected.time)
    kinds = np.full(at.size, "transient: sharper than the spikes of this recording", dtype="U80")
    kinds[_jumps(recording, rejected)] = "contact jump: the level before it does not come back"
    kinds[_beside_stimulus(recording, at)] = "stimulus edge: the stimulus changes there"
    kinds[mains > 0] = [f"hum: in step with mains of {f:g} Hz" for f in mains[mains > 0]]
    return [str(kind) for kind in kinds]


def _from_a_spike(spikes: Spikes, rejected: Spikes) -> Floats:
    """How far the nearest spike of its stretch is from each, s; infinite if there is none."""
    if not len(spikes):
        return np.full(len(rejected), np.inf)
    # Stretches are moved so far apart that what lies beyond a wall is never the nearest.
    far = 2 * int(spikes.stretches.stop.max())
    among, at = (t.sample_index + far * spikes.stretches.at(t.sample_index) for t in (spikes, rejected))
    place = np.searchsorted(among, at)
    sides = among[np.clip(np.stack([place - 1, place]), 0, among.size - 1)]
    apart = np.abs(sides - at).min(axis=0)
    return np.where(apart < far / 2, apart / spikes.sampling_rate, np.inf)


def _mains(time: Floats) -> Floats:
    """The frequency of the mains (Hz) that each event is in step with; 0 for none."""
    found = np.zeros(time.size)
    if time.size < _FEWEST:
        return found
    gaps = np.diff(time)
    for frequency in _MAINS:
        cycles = gaps * frequency
        whole = (np.abs(cycles - np.rint(cycles)) < _OFF) & (cycles > 0.5) & (cycles < 20)
        if whole.mean() >= _IN_STEP:
            found[:-1][whole] = frequency
            found[1:][whole] = frequency
    return found


def _jumps(recording: Recording, rejected: Spikes) -> NDArray[np.bool_]:
    rate, bounds = recording.sampling_rate, recording.sweeps.bounds
    near, far = (max(1, round(seconds * rate)) for seconds in _LEVEL)
    step = max(1, round(_AT_ONCE * rate))
    jumped = np.zeros(len(rejected), np.bool_)
    for k, (at, sweep) in enumerate(zip(rejected.sample_index, rejected.sweep, strict=True)):
        low, high = max(int(at) - far, int(bounds[sweep])), min(int(at) + far + 1, int(bounds[sweep + 1]))
        trace = recording.read(low, high)[:, 0]
        before, after = trace[: max(0, int(at) - near - low)], trace[int(at) + near - low :]
        if before.size and after.size:
            for_good = abs(np.median(after) - np.median(before))
            at_once = np.abs(trace[step:] - trace[:-step]).max()
            jumped[k] = min(for_good, at_once) > JUMP * abs(rejected.height[k])
    return jumped


def _beside_stimulus(recording: Recording, at: Ints) -> NDArray[np.bool_]:
    """Whether the stimulus changes, or an event of the protocol begins or ends, at each sample."""
    rate = recording.sampling_rate
    before, after = round(STIMULUS_BEFORE * rate), max(1, round(STIMULUS_AFTER * rate))
    events = recording.events.where(np.array([label != "blank" for label in recording.events.label], bool))
    beside = np.zeros(at.size, np.bool_)
    if recording.events.clock == "recording":
        for edge in recording.sample_at(np.concatenate([events.start, events.stop])):
            beside |= (at >= edge - after) & (at <= edge + before)
    sweeps = recording.sweeps.at(at)
    for sweep in np.unique(sweeps) if recording.stimulus else ():
        low, high = (int(bound) for bound in recording.sweeps.bounds[sweep : sweep + 2])
        mine = np.flatnonzero((sweeps == sweep) & ~beside)
        beside[mine] = _moves(recording, (low, high), at[mine], (before, after))
    return beside


def _moves(recording: Recording, sweep: tuple[int, int], at: Ints, around: tuple[int, int]) -> list[bool]:
    """Whether a sweep's stimulus moves by a large share of its range around each sample."""
    assert recording.stimulus is not None
    pieces = [(start, min(start + _PIECE, sweep[1])) for start in range(*sweep, _PIECE)]
    ranges = [(float(p.min()), float(p.max())) for p in (recording.stimulus.read(*piece) for piece in pieces)]
    whole = max(high for _, high in ranges) - min(low for low, _ in ranges)
    moved = []
    for sample in at.tolist():
        start, stop = max(sample - around[0], sweep[0]), min(sample + around[1], sweep[1])
        # Without the outermost samples: the noise of a recorded command does not count.
        low, high = np.quantile(recording.stimulus.read(start, stop), [0.05, 0.95])
        moved.append(whole > 0 and bool(high - low >= MOVES * whole))
    return moved
