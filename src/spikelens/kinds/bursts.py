"""Bursts, doublets and runs, by the silence around them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikelens.kinds.rule import KindRule
from spikelens.summary import Row

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NAN = float("nan")

USUAL_INTERVAL = 0.01
"""Longest interval within a burst where the recording does not tell, s."""
LONGEST_VALLEY = 0.03
"""A valley between short and long intervals is sought below this, s: slower firing is no burst by itself."""
FEWEST_INTERVALS = 40
"""Fewer intervals have no valley."""
VOID = 0.7
"""A valley is clear if it is so empty against the peaks on both sides (Pasquale et al. 2010)."""
PER_DECADE = 10
"""Bins of the histogram of the intervals' logarithms, smoothed over three."""
LEAST_SHARE = 0.05
"""Of the intervals, so many lie on either side of a valley."""


class Contexts(NamedTuple):
    """What each spike stands in."""

    context: NDArray[np.str_]
    """(n_spikes,), of `spikelens.kinds.terms.CONTEXTS`."""
    burst: Ints
    """Number of its burst, from 1; 0 for none."""
    interval: float
    """Longest interval within a burst that was used, s."""
    is_valley: bool
    """Whether the recording told it."""


def contexts(time: Floats, held: Ints, rule: KindRule) -> Contexts:
    """Name what each spike stands in, and number the bursts.

    Parameters
    ----------
    time : float64 array, (n_spikes,), s, sorted
    held : int64 array, (n_spikes,)
        The stretch of each spike; an interval that crosses a wall is none.
    rule : KindRule
    """
    isi = np.where(np.diff(held) == 0, np.diff(time), np.inf)
    told = valley(isi[np.isfinite(isi)]) if rule.burst_interval is None else None
    limit = rule.burst_interval or told or USUAL_INTERVAL
    context, burst = np.full(time.size, "single", "U8"), np.zeros(time.size, np.int64)
    number = 0
    for first, last in _short_runs(isi, limit):
        word = _word(isi, first, last, rule)
        context[first : last + 1] = word
        if word == "burst":
            number += 1
            burst[first : last + 1] = number
    return Contexts(context, burst, float(limit), told is not None)


def _short_runs(isi: Floats, limit: float) -> list[tuple[int, int]]:
    """First and last spike of each run of intervals up to `limit`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], isi <= limit, [0]]).astype(np.int64)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _word(isi: Floats, first: int, last: int, rule: KindRule) -> str:
    """What the spikes `first` to `last` are together."""
    n = last - first + 1
    if n > rule.burst_most:
        return "run"
    silence = min(
        isi[first - 1] if first > 0 else np.inf,
        isi[last] if last < isi.size else np.inf,
    )
    if silence < rule.burst_contrast * isi[first:last].mean():
        return "single"
    if n >= rule.burst_spikes:
        return "burst"
    return "doublet" if n == 2 else "single"


def valley(isi: Floats) -> float | None:
    """Where short intervals end and long ones begin, s; None if no clear valley lies below 0.03 s.

    The lowest point between two peaks of the histogram of the intervals' logarithms, if
    it is nearly empty against both.

    >>> import numpy as np
    >>> short, long = np.full(100, 0.005), np.full(40, 0.5)
    >>> 0.01 < valley(np.concatenate([short, long])) <= 0.03
    True
    """
    if isi.size < FEWEST_INTERVALS:
        return None
    logs = np.log10(np.maximum(isi, 1e-4))
    edges = np.arange(-4, np.ceil(logs.max() * PER_DECADE) / PER_DECADE + 2.5 / PER_DECADE, 1 / PER_DECADE)
    counts = np.convolve(np.histogram(logs, edges)[0], np.ones(3) / 3, mode="same")
    depth = {}
    for place in np.flatnonzero(edges[1:-1] <= np.log10(LONGEST_VALLEY) + 1e-9):
        sides = counts[: place + 1].max(), counts[place + 1 :].max(initial=0)
        share = (logs < edges[place + 1]).mean()
        if min(sides) > 0 and LEAST_SHARE <= share <= 1 - LEAST_SHARE:
            lowest = max(counts[place], counts[place + 1]) / np.sqrt(sides[0] * sides[1])
            depth[float(edges[place + 1])] = lowest
    if not depth or min(depth.values()) > 1 - VOID:
        return None
    # A wide valley is cut in its middle.
    return float(10 ** np.median([at for at, low in depth.items() if low <= min(depth.values()) + 1e-9]))


def burst_rows(time: Floats, sweep: NDArray[Any], size: Floats, burst: Ints) -> list[Row]:
    """A row per burst: when, how many spikes, how fast, and how heights change within.

    Parameters
    ----------
    time : float64 array, (n_spikes,), s
        On the recording's clock.
    sweep, burst : int array, (n_spikes,)
        `burst` is 0 for spikes of none.
    size : float64 array, (n_spikes,), V or A
    """
    rows: list[Row] = []
    for number in range(1, int(burst.max(initial=0)) + 1):
        mine = np.flatnonzero(burst == number)
        start, stop = float(time[mine[0]]), float(time[mine[-1]])
        rows.append(
            {
                "burst": number,
                "sweep": int(sweep[mine[0]]),
                "start": start,
                "stop": stop,
                "spikes": mine.size,
                "rate": (mine.size - 1) / (stop - start),
                "height_ratio": float(size[mine[-1]] / size[mine[0]]),
            }
        )
    return rows
