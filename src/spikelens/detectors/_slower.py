"""A second look by a slower clock, for spikes so wide that they hardly rise within milliseconds.

Behind a poor access a spike may last 4 to 12 ms. By a clock that runs slower it has the
width of those that were learned from, and stands as far above its background; so does
a synaptic potential. What tells them apart there is that spikes are all or none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors import Columns
from spikelens.detectors._adaptation import Candidates
from spikelens.detectors._candidates import RISE_WITHIN
from spikelens.detectors._middle import deviation
from spikelens.detectors._verdicts import BEYOND_POTENTIALS, NO_MEMBRANE, STANDS, TALL
from spikelens.kernels.table import keep_highest
from spikelens.kernels.tops import gaussian_weights, smooth_pieces
from spikelens.passes import Chunk

CLOCK, SLOWEST = 2.5, 15.0
"""How many times as wide spikes are sought, and how many times those that last tens of milliseconds."""
_CLEAR, _POSSIBLE = 0.75, -5.0
"""A first look stands where its spikes are likelier than the first on average, or where fewer than
`FEWEST` log-odds lie above the second."""
FEWEST = 12
"""So many events at least may be all or none."""
_SURE, _LOWEST = 0.6, 5e-3
"""Their least probability, on average, and height (V)."""
_NARROWEST, _STEEP = 1.5e-3, -2.0
"""Narrower ones (s, by the slow clock) were for the first look, and are edges of a stimulus or worse; what
rises less steeply (log of the slope against size) swings."""
_SPREAD, _OF_CHANCE, _UNSURE = 0.26, 0.36, 2.0
"""They are if their heights spread by no more than the first of themselves, nor than the second times their
probability, even if that was underestimated by so many standard errors."""
_GAP, _NOT_UNLIKELY, _SETTLED = 0.15, -3.0, 2.0
"""Those above a gap so wide (log height) must be likelier than those log-odds in the middle; they are raised
to the last."""
_TAIL, _LONG_TAIL, _RAMP = 1 / 4, 1 / 3, 0.02
"""Potentials, which decay by the membrane's time constant (16 ms and more), keep more than the second of
their height for 17.5 ms; what rises from where the trace was, not from a depolarisation of more than the
third of its height as spikes do, more than the first (13 ms and more)."""
_FLAT, _OFF, _OF_RISE = 6e-4, 1.5e-3, 0.7
"""Standard deviation of the smoothing that tops are sought in, how far off they may be (s), and how much
the rise counts in saying when they are."""
_MAD, _DECILES = 0.6745, 2.563
"""What makes a median absolute deviation, and the distance of the outer deciles, a standard deviation."""

BROAD, BROAD_BY_SLOWER = 2e-3, 1.5e-3
"""Wider than this by the usual and by the slower clock (s), spikes may be better seen by the slowest."""
_MAY_HAVE = 0.01
"""Where nothing was accepted, what stands above what was before it by more than this (V) may be the beginning
of such a spike."""
_LONG = 7e-4
"""By the slowest clock its spikes are usually wider than this (s), or they were for a look before."""
_KNOWN = 3
"""So many that rise as no potential does, and fall, say that a cell has such spikes, and that lower ones may
be some, too."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def is_doubtful(picked: Columns) -> bool:
    """Whether a first look accepted nothing or what is unlikely, and many candidates may yet be spikes."""
    accepted, odds = picked["verdict"] == "spike", picked["_odds"]
    if odds.size < FEWEST or np.partition(odds, -FEWEST)[-FEWEST] < _POSSIBLE:
        return False
    return not accepted.any() or float(picked["probability"][accepted].mean()) < _CLEAR


def are_broad(picked: Columns, least: float) -> bool:
    """Whether what was accepted, or else may have begun there, is usually high and wider than `least`, s."""
    seen = Candidates(picked["sample_index"], picked["_measures"], picked["_waveform"], np.nan)
    accepted = picked["verdict"] == "spike"
    if accepted.any():
        high = bool(np.median(seen.over_before[accepted]) > TALL)
        return high and bool(np.median(seen.half_width[accepted]) > least)
    risen = seen.over_before > _MAY_HAVE
    return bool(risen.any() and np.median(seen.half_width[risen]) > least)


def are_long(seen: Candidates) -> bool:
    """Whether these last tens of milliseconds, as they usually are, by the slowest clock."""
    return bool(np.median(seen.half_width) > _LONG)


def unlike_potentials(seen: Candidates, odds: Floats) -> Floats:
    """Log-odds by the slowest clock: slow waves of many kinds are as wide as its spikes, but rise less.

    Parameters
    ----------
    seen : Candidates, n of them
    odds : float64 array, (n,)
        By shape and company.
    """
    are_beyond = (seen.over_before > BEYOND_POTENTIALS) & (seen.height > STANDS)
    least = TALL if are_beyond.sum() >= _KNOWN else BEYOND_POTENTIALS
    unlikely = np.minimum(odds, -NO_MEMBRANE)
    return np.where(seen.over_before > least, odds + _SETTLED * are_beyond, unlikely)


def are_all_or_none(seen: Candidates, probability: NDArray[np.float32]) -> bool:
    """Whether events are likely and as high as each other.

    Parameters
    ----------
    seen : Candidates, n of them
    probability : float32 array, (n,)
    """
    likely = float(probability.mean())
    return likely > _SURE and _are_alike(seen, min(_SPREAD, _OF_CHANCE * likely))


def are_slow(seen: Candidates) -> bool:
    """Whether these, as they usually are, decay like potentials and rise from rest like them."""
    return seen.tail > (_LONG_TAIL if seen.ramp > _RAMP else _TAIL)


def apart(seen: Candidates, odds: Floats) -> Bools:
    """Which candidates stand above the widest gap between heights; none where that parts no spikes.

    It does if many stand above it, as high as each other, most of them no less likely than 1 in 20:
    between potentials of every size there is no such gap.

    Parameters
    ----------
    seen : Candidates, n of them
    odds : float64 array, (n,)
    """
    height = _log_height(seen)
    falling = np.sort(height)[::-1]
    gaps = (falling[:-1] - falling[1:])[FEWEST - 1 :]
    nobody = np.zeros(height.size, np.bool_)
    if not gaps.size or gaps.max() < _GAP:
        return nobody
    above = height >= falling[FEWEST - 1 + int(np.argmax(gaps))]
    likely = float(np.median(odds[above])) > _NOT_UNLIKELY
    return above if likely and _are_alike(seen.take(above), _SPREAD) else nobody


def raised(odds: Floats, together: Bools) -> Floats:
    """What to add to the log-odds of those that stand apart, so that most of them are accepted."""
    if not together.any():
        return np.zeros(odds.size)
    return np.where(together, max(0.0, _SETTLED - float(np.median(odds[together]))), 0.0)


def _log_height(seen: Candidates) -> Floats:
    """All that is far too low alike."""
    return np.asarray(np.log(np.maximum(seen.over_before, _LOWEST / 2)))


def _are_alike(seen: Candidates, most: float) -> bool:
    """Whether all of these are high and wide, rise like spikes and spread in height by `most` of it."""
    height, width, slope = _log_height(seen), seen.half_width, seen.measure("upslope") - seen.size
    if np.median(height) < np.log(_LOWEST) or np.median(width) < _NARROWEST or np.median(slope) < _STEEP:
        return False
    # From one to the next, for heights drift, and change in trains.
    spread = _spread(np.diff(height)) / np.sqrt(2)
    return bool(spread * (1 + _UNSURE / np.sqrt(height.size)) < most)


def _spread(values: Floats) -> float:
    """The larger of two robust standard deviations: of the middle half, and of all but the outer fifth."""
    return max(deviation(values) / _MAD, float(np.subtract(*np.percentile(values, [90, 10]))) / _DECILES)


def rises(chunk: Chunk, sample_index: NDArray[np.int64]) -> Columns:
    """When each candidate of a chunk has its top in a smoother trace, and how long that took to rise.

    Parameters
    ----------
    chunk : Chunk
        As recorded.
    sample_index : int64 array, (n,)
        Where the candidates stand in the recording.

    Returns
    -------
    dict of arrays
        ``_top``, int64, samples in the recording; ``_since``, float64, samples from half the rise
        to there; ``_last``, int64, the last sample of their stretch.
    """
    rate, around = chunk.sampling_rate, sample_index - chunk.start
    off, back = round(_OFF * rate), max(2, round(RISE_WITHIN * CLOCK * rate))
    first = around - off - back
    weights = gaussian_weights(_FLAT * rate)
    pieces = smooth_pieces(chunk.trace, weights, first, back + 2 * off + 1)
    near = np.clip(around[:, None] + np.arange(-off, off + 1), 0, chunk.trace.size - 1)
    highest = np.argmax(np.take_along_axis(pieces, near - first[:, None], axis=1), axis=1)
    top = near[np.arange(around.size), highest]
    rising = top[:, None] + np.arange(-back, 1)
    # Near a wall the row goes on before the trace, whose edge the pieces extend.
    risen = _crossed(np.take_along_axis(pieces, rising - first[:, None], axis=1))
    last = np.full(top.size, chunk.span.stretch.stop - 1)
    return {"_top": top + chunk.start, "_since": back - risen, "_last": last}


def _crossed(rising: Floats) -> Floats:
    """When each row last rose through the middle between its lowest and its last value, samples."""
    half = (rising.min(axis=1, initial=np.inf) + rising[:, -1])[:, None] / 2
    low = rising.shape[1] - 1 - np.argmax((rising < half)[:, ::-1], axis=1)
    row, high = np.arange(low.size), np.minimum(low + 1, rising.shape[1] - 1)
    step = rising[row, high] - rising[row, low]
    part = np.divide(half[:, 0] - rising[row, low], step, out=np.zeros(low.size), where=step > 0)
    return np.asarray(low + part)


def by_their_rise(table: Columns, verdict: NDArray[np.str_], dead: int) -> Columns:
    """Where the tops of spikes are by when they had half risen; of two in one place the higher stays.

    Noise and hum move a flat top by milliseconds, but hardly its rise; how long after it the top
    comes is about alike for all spikes of a cell.

    Returns
    -------
    dict of arrays
        ``sample_index``, its ``shift`` (samples), where it was ``_found``, and the ``verdict``.
    """
    accepted = verdict == "spike"
    late = table["_since"] - float(np.median(table["_since"][accepted]))
    by = np.where(accepted, -_OF_RISE * late, table["shift"])
    near = np.where(accepted, table["_top"], table["sample_index"])
    index = np.clip(near + np.rint(by).astype(np.int64), 0, table["_last"])
    kept = accepted.copy()
    kept[accepted] = keep_highest(index[accepted], table["stretch"][accepted], table["peak"][accepted], dead)
    return {
        "sample_index": index,
        "shift": by - np.rint(by),
        "_found": table["sample_index"],
        "verdict": np.where(accepted & ~kept, "", verdict),
    }
