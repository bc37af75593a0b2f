"""What a recording's likeliest candidates are when they are looked at together.

Spikes of one cell are alike and stand apart from the rest; potentials are graded. Where
every single candidate is doubtful, this often settles all of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors._adaptation import COSINE, FITTED, INSIDE, LOGIT, MISFIT, Candidates
from spikelens.detectors._middle import deviation, median
from spikelens.kernels.outlines import PLACES

Floats = NDArray[np.float64]

_LEADERS, _WITHIN = 3, 2.5
"""Candidates whose log-odds lie within the second of the median of so many highest belong together."""
_DOUBTFUL, _BELOW, _HOPELESS = (-7.0, 5.0), 5.0, -6.0
"""Where that median lies between the first two, candidates are judged once more, down to so much
below it and to the last."""
_ALIKE, _SMALLER = 10.0, (-1.2, -0.25)
"""As alike to the mean spike as all but so many per cent, and smaller by so much, in logs: graded."""
_NOTHING, _LEAST, _RANKS = -12.0, 0.05, 30
_LOWEST = 0.1
"""What hardly rises is taken to rise by so many noise levels."""
_LATER = PLACES >= 20
_AFTER = int(np.flatnonzero(PLACES == 11)[0])
"""Places where a spike's trough is sought, and where its falling side is looked at."""
_TINY, _SMALLEST = 1e-30, 1e-15
N_TOLD = 32
"""What is told of each candidate that is judged once more."""
_NOBODY = (np.empty(0, np.intp), np.empty((0, N_TOLD), np.float32))


@dataclass(frozen=True)
class Population:
    """The likeliest candidates of a recording, or of a part of it."""

    members: NDArray[np.bool_]
    """(n,), which of its candidates they are."""
    lead: float
    """Median log-odds of the few likeliest."""
    height: float
    """Of their usual waveform, V or A."""
    figures: NDArray[np.float32]
    """(n_figures,), what they are like together."""


def in_company(
    seen: Candidates, rows: NDArray[np.float32], odds: Floats
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The candidates to judge once more, and each of them beside the likeliest of its recording.

    Only inside a cell: outside there are no potentials to take for spikes.

    Parameters
    ----------
    seen : Candidates, n >= 1 of them, sorted by time
    rows : float32 array, (n, n_context)
        What `context` told of them.
    odds : float64 array, (n,)
        Log-odds of being a spike, each by itself.

    Returns
    -------
    (n_asked,) indices and float32 array (n_asked, n_told)
    """
    low, high = _DOUBTFUL
    if not low < _lead(odds) < high:
        return _NOBODY
    found = population(seen, rows, odds)
    asked = (found.height > INSIDE) & (odds > max(found.lead - _BELOW, _HOPELESS))
    own, everyone = seen.take(asked), seen.take(found.members)
    surer = odds.size - np.searchsorted(np.sort(odds), odds[asked], side="right")
    height = _log_height(own)
    columns = [
        odds[asked],
        odds[asked] - found.lead,
        odds.max() - odds[asked],
        np.minimum(surer, _RANKS),
        own.size - median(everyone.size),
        height,
        height - median(_log_height(everyone)),
        own.measure("half_width"),
        own.measure("step"),
        *rows[asked][:, (COSINE, FITTED, MISFIT)].T,
        *np.broadcast_to(found.figures[:, None], (found.figures.size, height.size)),
    ]
    return np.flatnonzero(asked), np.column_stack(columns).astype(np.float32)


def _log_height(seen: Candidates) -> Floats:
    """Of what hardly rises, as if it rose by a little."""
    return np.asarray(np.log(np.maximum(seen.over_before, _LOWEST * seen.noise_level)))


def population(seen: Candidates, rows: NDArray[np.float32], odds: Floats) -> Population:
    """Gather the likeliest candidates and say what they are like together; see `in_company`."""
    lead = _lead(odds)
    members = np.abs(odds - lead) <= _WITHIN
    figures = {"lead": lead} | _apart(odds, members, lead) | _alike(seen, rows, members)
    figures |= _in_shape(seen.waveform[members].astype(np.float64))
    told = np.array(list(figures.values()), np.float32)
    return Population(members, lead, float(np.exp(figures["peak"])), told)


def _lead(odds: Floats) -> float:
    """The median of the few highest log-odds."""
    highest = np.sort(odds)[-_LEADERS:]
    return float(highest[highest.size // 2])


def _apart(odds: Floats, member: NDArray[np.bool_], lead: float) -> dict[str, float]:
    """How sure the members are, how far above the rest, how many, and how many are surer."""
    n = int(member.sum())
    rest = np.append(np.sort(odds[odds < lead - _WITHIN])[::-1], _NOTHING)
    below = median(odds[member]) - float(rest[min(max(1, n // 10), rest.size - 1)])
    return {
        "mean": float(odds[member].mean()),
        "spread": float(odds[member].std()),
        "above_a_tenth": below,
        "count": float(np.log(n)),
        "surer": float(np.log1p((odds > lead + _WITHIN).sum())),
    }


def _alike(seen: Candidates, rows: NDArray[np.float32], member: NDArray[np.bool_]) -> dict[str, float]:
    """How alike the members are by their measures, and whether smaller candidates resemble them."""
    size, cosine, n = seen.size, rows[:, COSINE].astype(np.float64), int(member.sum())
    larger = size - median(size[member])
    resembles = ~member & (cosine > np.percentile(cosine[member], _ALIKE))
    graded = int((resembles & (larger > _SMALLER[0]) & (larger < _SMALLER[1])).sum())
    shortest = np.diff(seen.seconds[member]).min() if n > 1 else np.ptp(seen.seconds) + 1.0
    return {
        "size_spread": float(size[member].std()),
        "fitted_spread": deviation(rows[member, FITTED].astype(np.float64)),
        "graded": float(np.log(graded + 0.5) - np.log(n + 0.5)),
        "shortest_interval": float(np.log(shortest + 1e-4)),
        "over_slow": median(seen.measure("over_slow")[member]),
        "first": median(rows[member, LOGIT]),
        "width_spread": deviation(seen.measure("half_width")[member]),
        "prominence_spread": deviation(seen.measure("prominence")[member]),
    }


def _in_shape(waveform: Floats) -> dict[str, float]:
    """What the members' usual waveform is like, and how they differ from it in height and shape.

    Parameters
    ----------
    waveform : float64 array, (n_members, n_places), V or A
    """
    usual = np.median(waveform, axis=0)
    power = float(usual @ usual) + _TINY
    share = waveform @ usual / power
    height = np.log(np.maximum(share, _LEAST))
    off = np.sqrt(np.mean((waveform - share[:, None] * usual) ** 2, axis=1))
    misfit = off / (np.abs(share) * np.sqrt(power / usual.size) + _TINY)
    peak = max(float(usual.max()), _SMALLEST)
    return {
        "peak": float(np.log(peak)),
        "height_spread": deviation(height),
        "height_range": float(np.subtract(*np.percentile(height, [90, 10]))),
        "misfit": median(misfit),
        "trough": float(usual[_LATER].min()) / peak,
        "after": float(usual[_AFTER]) / peak,
    }
