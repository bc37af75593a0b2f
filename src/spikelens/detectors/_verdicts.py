"""What a candidate that is no spike is taken for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors._adaptation import INSIDE, Candidates

LISTED = 0.02
"""Candidates of at least this probability are listed, whatever they are."""
_DOUBT = (0.1, 0.9)
_TOO_FEW_RIGHT = 0.6
"""Below this expected F1 a recording's doubtful candidates are left undecided."""
_MAINS = (50.0, 60.0)
_HUM_OFF, _HUM_WIDTH = 0.01, 1.2e-3
"""Mains keep their frequency (Hz) to this share, and their peaks are wider than this (s)."""
_HUM_COUNT, _HUM_LASTS = 40, 2.0
_HUM_COVERS, _HUM_PHASE = 0.7, 0.05
"""Least count, duration (s) and share of the recording, and largest median phase error, of hum."""
_SMALLEST, _SLOW = 3e-3, 2e-3
"""Inside a cell those below the first (V) that last longer than the second (s) are not told apart."""
_PLAIN, _NARROW, _WIDE, _EDGE = 0.013, 3.5e-4, 4e-3, -0.3
"""What is larger than the first (V), between the next two wide (s), and whose largest change from one
sample to the next is a smaller share of its size than e to the last, is a spike for its size ..."""
TALL, STANDS = 0.022, 5e-3
"""... or what stands higher than this over the trace before it (V), if it rises and falls by the second."""
BEYOND_POTENTIALS = 0.04
"""No potential of synapses rises by more than this within milliseconds: driven so far, a cell fires (V)."""
_FLANKS = 0.42
"""Flanks of a box take less of its width than this: of thousands of spikes, real ones and simulated, at 4 to
50 kHz, the least took .47."""
_JUMP, _CLEAR, _CERTAIN = 0.35, 30.0, 0.97
"""What is likelier than the third is a spike however it rises, for a cell may have broad spikes and a few
fast ones. Else a spike rises in no less than the first of what its cell's spikes usually take, and noise
hides that only below the second, in noise levels: of 10,000 spikes, simulated and real, all but three in a
thousand of the smallest took half or more."""
_GIANT, _OTHERS = 0.2, 3
"""No membrane swings by more than the first (V); where so many likely spikes do not, the unit is right."""
NO_MEMBRANE = 6.0
"""Log-odds against what no membrane does."""
_SHOULDER, _AFTER = 3e-3, 8e-3
"""So far ahead of a spike its shoulder may stand, and behind it its afterdepolarisation, s."""
_AS_LARGE = 2.5
"""An artefact is no smaller than a spike by more than this."""
_UNLIKELY, _BROAD, _TAIL, _RAMP = -1.0, 1.8e-3, 0.5, 0.18
"""Less likely by their shapes than the first (log-odds), wider than the second (s), still at the third as a
share of their height 7 ms later, and risen from less than the fourth: potentials."""
_CORNER = 1.1e-3
_RISE, _FALL, _DECAY = (0.75, 1.2), (0.6, 0.9), (0.85, 1.5)
"""A pulse of current charges a membrane straight up and lets it go: a corner for a top. Its bend over the
slopes beside it, times its width, is above the first (s); between the others lie the logs of the rise in 1 ms
over that in half of it, of the fall in 1 ms over that in half of it, and of that in 4 ms over that in 1. Of
157 recordings with spikes below 40 mV, simulated and real, those that fit the others have .8e-3 at most."""
_POPULATION, _LIKELY, _SURE = 10, 0.65, 0.9
"""Of fewer events than the first, less likely than the second on average, those less likely than the
third are left undecided."""

Floats = NDArray[np.float64]


def verdicts(
    seen: Candidates,
    probability: NDArray[np.float32],
    accepted: NDArray[np.bool_],
    boxes: NDArray[np.bool_],
) -> NDArray[np.str_]:
    """A word for each candidate; empty for those not worth a row.

    Parameters
    ----------
    seen : Candidates, n of them
    probability : float32 array, (n,)
    accepted : bool array, (n,)
    boxes : bool array, (n,)

    Returns
    -------
    str array, (n,)
        ``spike``; ``artefact`` for what is as large as a spike and much sharper, a box or a
        giant; ``too_small`` for doubtful ones where spikes cannot be told from their
        background; else ``synaptic``.
    """
    words = np.where(probability >= LISTED, "synaptic", "").astype("U9")
    doubtful = (probability > _DOUBT[0]) & (probability < _DOUBT[1])
    if probability.sum() >= 3 and expected_f1(probability, accepted) < _TOO_FEW_RIGHT:
        words[doubtful & ~accepted] = "too_small"
    words[_are_artefacts(seen, accepted, boxes) & ~accepted] = "artefact"
    words[accepted] = "spike"
    return words


def sheer_size(seen: Candidates) -> Floats:
    """Log-odds to add for size alone, 0 to 3.

    No synapse makes a potential that rises and falls by more than 13 mV within milliseconds, none
    depolarises by more than 22 mV without a spike, and no artefact does so without an edge; so one
    such event is a spike, even without others to compare it with. Spikes on a large slow potential
    fall by little: their height over what was before them counts, while they are too few to tell
    what rises as they do from what a stimulus made.
    """
    of_spikes = (seen.half_width > _NARROW) & (seen.half_width < _WIDE) & (seen.measure("step") < _EDGE)
    plain = (seen.height - _PLAIN) * 100
    are_tall = of_spikes & (seen.height > STANDS) & (seen.over_before > TALL)
    if are_tall.sum() < _POPULATION:
        plain = np.where(are_tall, np.maximum(plain, (seen.over_before - TALL) * 200), plain)
    return np.where(of_spikes, np.clip(plain, 0, 3), 0.0)


def are_boxes(flanks: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which candidates are two edges with a flat top between them, which no membrane makes.

    Parameters
    ----------
    flanks : float32 array, (n,)
        Their share of the width; see `spikelens.kernels.outlines.flanks`.
    """
    return np.asarray(flanks < _FLANKS, np.bool_)


def against_giants(seen: Candidates, odds: Floats) -> Floats:
    """Log-odds to add against what is far larger than a membrane can make it, where others are not."""
    giant = seen.height > _GIANT
    others = int(((odds > 0) & ~giant).sum())
    return np.where(giant & (others >= _OTHERS), -NO_MEMBRANE, 0.0)


def are_jumps(
    seen: Candidates,
    rise: NDArray[np.float32],
    probability: NDArray[np.float32],
    accepted: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Which of the accepted rise so much faster than the others that a stimulus must have made them.

    Nothing is said of so few that their usual rise is not known.

    Parameters
    ----------
    seen : Candidates, n of them
    rise : float32 array, (n,), s
        From three quarters down to the peak.
    probability : float32 array, (n,)
    accepted : bool array, (n,)
    """
    known = rise[accepted & np.isfinite(rise)]
    if known.size < _POPULATION:
        return np.zeros(accepted.size, np.bool_)
    jumps = (rise < _JUMP * np.median(known)) & (seen.size > np.log(_CLEAR)) & (probability < _CERTAIN)
    return np.asarray(accepted & jumps, np.bool_)


def are_parts(seen: Candidates, stretch: NDArray[np.int64], accepted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the accepted are part of the spike just after or just before them in their stretch.

    A peak that leads up to a spike within 3 ms, and does not stand half as high, is its
    shoulder: what follows a spike so soon finds the membrane refractory, and is smaller. One
    within 8 ms after a spike, not a fifth as high, is its afterdepolarisation.

    Parameters
    ----------
    seen : Candidates, n of them
    stretch : int64 array, (n,)
        What lies between two walls; beyond one is another time.
    accepted : bool array, (n,)
    """
    at = np.flatnonzero(accepted)
    gap = np.where(np.diff(stretch[at]) == 0, np.diff(seen.seconds[at]), np.inf)
    stands = np.exp(seen.measure("prominence")[at])
    out = np.zeros(accepted.size, np.bool_)
    out[at[:-1][(gap < _SHOULDER) & (stands[:-1] < 0.5 * stands[1:])]] = True
    out[at[1:][(gap < _AFTER) & (stands[1:] < 0.2 * stands[:-1])]] = True
    return out


def are_undecided(
    seen: Candidates, probability: NDArray[np.float32], accepted: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which of the accepted are too small, or too few and unlikely, to be told from potentials.

    Whole-cell events of a few millivolts that last over 2 ms may as well be synaptic; and a
    handful of events that are not alike says little of what this cell's spikes are, so each
    must be likely by itself.
    """
    n = int(accepted.sum())
    if n and n < _POPULATION and float(probability[accepted].mean()) < _LIKELY:
        unlikely = accepted & (probability < _SURE)
        return unlikely | _are_small(seen, accepted & ~unlikely)
    return _are_small(seen, accepted)


def _are_small(seen: Candidates, accepted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All of the accepted where they are small and slow, else none."""
    if not accepted.any():
        return accepted
    # What is wide rises by little within the time that its height is measured in.
    height, width = (float(np.median(x[accepted])) for x in (seen.over_before, seen.half_width))
    return accepted & (INSIDE < height < _SMALLEST and width > _SLOW)


def are_hum(seen: Candidates, accepted: NDArray[np.bool_]) -> bool:
    """Whether the accepted are peaks of the mains: rounded, and in phase from beginning to end.

    No cell keeps a phase at 50 or 60 Hz over 40 spikes and most of a recording to a few
    hundredths of a cycle; trains of stimuli have gaps.
    """
    times = seen.seconds[accepted]
    if times.size < _HUM_COUNT or times[-1] - times[0] < _HUM_LASTS:
        return False
    gaps = np.diff(times)
    # Counted from gap to gap, turns stay right however long the recording.
    turns = np.concatenate([[0.0], np.cumsum(np.round(gaps / np.median(gaps)))])
    cycle, start = (float(x) for x in np.polyfit(turns, times, 1))
    off = np.abs(times - start - cycle * turns)
    of_mains = any(abs(cycle * frequency - 1) < _HUM_OFF for frequency in _MAINS)
    rounded = np.median(seen.half_width[accepted]) > _HUM_WIDTH
    whole = cycle * times.size > _HUM_COVERS * (seen.seconds[-1] - seen.seconds[0])
    return bool(of_mains and rounded and whole and np.median(off) < _HUM_PHASE * cycle)


def are_potentials(seen: Candidates, logit: Floats, accepted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the accepted are no spikes by their shapes, decay like a membrane, and rise from rest.

    Evoked potentials may be as alike as spikes, which then speaks for them. But they decay by
    the membrane's time constant, 10 ms or more, where a spike is over sooner, even behind a poor
    access; and they begin where the trace was, while a spike begins at its threshold. It is all of
    the accepted or none, but for those that no potential reaches.

    Parameters
    ----------
    seen : Candidates, n of them
    logit : float64 array, (n,)
        Log-odds by shape alone.
    accepted : bool array, (n,)
    """
    possible = accepted & (seen.over_before < BEYOND_POTENTIALS)
    if not possible.any() or np.median(logit[possible]) > _UNLIKELY:
        return np.zeros(accepted.size, np.bool_)
    theirs = seen.take(possible)
    slow = np.median(theirs.half_width) > _BROAD and theirs.tail > _TAIL and theirs.ramp < _RAMP
    return np.asarray(possible & slow)


def are_charges(seen: Candidates, accepted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the accepted are a passive membrane's answers to pulses: all that may be, or none.

    A spike has a rounded top, the more so the smaller a poor access makes it.

    Parameters
    ----------
    seen : Candidates, n of them
    accepted : bool array, (n,)
    """
    possible = accepted & (seen.over_before > INSIDE) & (seen.over_before < BEYOND_POTENTIALS)
    if not possible.any():
        return possible
    theirs = seen.take(possible)
    rise, fall, decay = (
        float(np.median(theirs.measure(later) - theirs.measure(sooner)))
        for later, sooner in (("rise_1", "rise_half"), ("fall_1", "fall_half"), ("fall_4", "fall_1"))
    )
    slopes = np.exp(theirs.measure("upslope")) + np.exp(theirs.measure("downslope"))
    # The bend is of 0.4 ms to either side, slopes are of 0.2 ms.
    corner = float(np.median(np.exp(theirs.measure("sharpness")) / (2 * slopes) * theirs.half_width))
    limits = ((rise, _RISE), (fall, _FALL), (decay, _DECAY))
    charged = corner > _CORNER and all(low < value < high for value, (low, high) in limits)
    return possible & charged


def expected_f1(probability: NDArray[np.float32], accepted: NDArray[np.bool_]) -> float:
    """F1 of what was accepted, if the probabilities are right; NaN if there is nothing."""
    right = float(probability[accepted].sum(dtype=np.float64))
    both = float(accepted.sum()) + float(probability.sum(dtype=np.float64))
    return 2 * right / both if both else float("nan")


def _are_artefacts(
    seen: Candidates, accepted: NDArray[np.bool_], boxes: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Candidates about as large as a spike whose flanks no membrane has."""
    size, width = seen.size, seen.measure("half_width")
    step, upslope = seen.measure("step"), seen.measure("upslope") - size
    if accepted.sum() >= 3:
        usual = [float(np.median(values[accepted])) for values in (size, width, step, upslope)]
    else:
        # A spike's size is not known: of what stands 20 noise levels out, half a millisecond wide.
        usual = [float(np.log(40)), float(np.log(8.0)), float(np.log(0.5)), float(np.log(0.4))]
    large = size > usual[0] - np.log(_AS_LARGE)
    if accepted.sum() >= 3:
        # Wide spikes rise by little within the milliseconds that sizes are of, and much else does.
        large &= seen.over_before > np.median(seen.over_before[accepted]) / _AS_LARGE
    sharp = (width < usual[1] - 0.5) | (step > usual[2] + 0.5) | (upslope > usual[3] + 0.6)
    return np.asarray(large & (sharp | boxes | (seen.height > _GIANT)), np.bool_)
