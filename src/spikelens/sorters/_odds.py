"""How sure to be of a spike: log-odds made honest on spikes that were put in by ourselves.

The residual of a recording is what its units leave of it: its own noise, with all that
is not normal about it. Trains of the units, at their rates and amplitudes, are put into
it and sorted again, near units after they were learned from them once more, for what noise makes of
templates is a doubt as well; a logistic curve from the log-odds to how often they were right is
what turns log-odds into probabilities.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.sorters import Piece, Site
from spikelens.sorters._close import are_any_near, unbiased
from spikelens.sorters._explain import Explained, explain
from spikelens.sorters._learning import relearned
from spikelens.sorters._noise import Whitener
from spikelens.sorters._templates import SHIFTS, Templates

REFRACTORY = 2e-3
"""Spikes of a unit that are put in are at least so far apart, s."""
SAME = 0.3e-3
"""What is found so near a spike that was put in is that spike, s."""
REPEATS = 3
"""How often trains are put into each piece ..."""
ENOUGH = 2000
"""... until so many spikes are found."""
ROUNDS = 3
"""How often near units are learned from them, as they are from the recording."""
PULL = 4.0
"""How strongly the curve is held to what the log-odds say, in spikes."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Honesty:
    """A logistic curve from log-odds to probability.

    Parameters
    ----------
    slope, offset : float
        1 and 0 if the log-odds were honest as they are.
    n : int
        On how many spikes it rests.
    """

    slope: float = 1.0
    offset: float = 0.0
    n: int = 0

    def __call__(self, log_odds: Floats) -> Floats:
        """The probability at log-odds.

        >>> float(Honesty()(np.array([0.0]))[0])
        0.5
        """
        return np.asarray(
            1 / (1 + np.exp(-np.clip(self.slope * log_odds + self.offset, -40, 40))), np.float64
        )


def odds_of_unit(gain: Floats, rival_gain: Floats) -> Floats:
    """Log-odds of a spike being its unit's, against no spike and against the runner-up in its place."""
    against = np.where(np.isfinite(rival_gain), rival_gain, -1e9)
    return np.asarray(gain - np.logaddexp(0.0, against), np.float64)


def honesty_of(
    pieces: Sequence[Piece], templates: Templates, site: Site, whitener: Whitener, n_units: int
) -> Honesty:
    """Put trains into the residual of pieces, sort them, and see how often which log-odds were right.

    Templates after the first `n_units` are background, whose spikes nobody asks about.
    """
    held = Planted(pieces, templates, site, whitener)
    learned = templates
    if len(pieces) and are_any_near(templates, site):
        for _ in range(ROUNDS):
            learned = relearned(held, learned, site, _as_they_are, shared=True).templates
        learned = unbiased(learned, site)
    odds, right = [np.empty(0)], [np.empty(0, np.bool_)]
    for piece, truth in held.with_truth():
        if sum(part.size for part in odds) >= ENOUGH:
            break
        found = explain(piece.rows, learned, learned.prior, site)
        asked = found.unit < n_units
        odds.append(odds_of_unit(found.gain, found.rival_gain)[asked])
        right.append(_are_right(found, truth, site)[asked])
    return fitted(np.concatenate(odds), np.concatenate(right))


@dataclass(frozen=True)
class Planted:
    """What units leave of pieces, white, with trains of them put in; made anew each time."""

    pieces: Sequence[Piece]
    templates: Templates
    site: Site
    whitener: Whitener

    def __iter__(self) -> Iterator[Piece]:
        return (piece for piece, _ in self.with_truth())

    def with_truth(self) -> Iterator[tuple[Piece, NDArray[np.int64]]]:
        """Each piece with the units and starts of what was put in, (n_spikes, 2)."""
        rng = np.random.default_rng(0)
        for piece in self.pieces:
            white = self.whitener(piece.rows)
            rest = explain(white, self.templates, self.templates.prior, self.site, compared=False).rest
            for _ in range(REPEATS):
                trace = rest.copy(order="F")
                truth = _put_in(trace, self.templates, self.site, rng)
                yield Piece(trace, piece.start, piece.core), truth


def _as_they_are(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows


def _put_in(
    trace: NDArray[np.float32], templates: Templates, site: Site, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Add spikes of every unit to the trace; their units and starts, (n_spikes, 2)."""
    last = len(trace) - templates.length
    rows: list[tuple[int, int]] = []
    for k in range(len(templates)):
        mean, variance, odds, _ = templates.prior[k]
        n = rng.poisson(np.exp(odds) * max(last, 0))
        starts = np.sort(rng.integers(0, max(last, 1), n))
        starts = starts[np.diff(starts, prepend=-(10**9)) > site.samples(REFRACTORY)]
        for start in starts:
            copy, scale = rng.integers(SHIFTS), max(rng.normal(mean, np.sqrt(variance)), 0.1)
            channels = templates.seen[k]
            own = channels >= 0
            wave = np.float32(scale) * templates.bank[k, copy][own].T
            trace[start : start + templates.length, channels[own]] += wave
            rows.append((k, int(start)))
    return np.array(rows, np.int64).reshape(-1, 2)


def _are_right(found: Explained, truth: NDArray[np.int64], site: Site) -> NDArray[np.bool_]:
    """Whether each spike found is one of the same unit that was put in; each is found once."""
    right = np.zeros(found.unit.size, np.bool_)
    for k in np.unique(found.unit):
        mine = np.flatnonzero(found.unit == k)
        true = np.sort(truth[truth[:, 0] == k, 1])
        if not true.size:
            continue
        at = (
            np.clip(np.searchsorted(true, found.start[mine]), 1, max(true.size - 1, 1))
            if true.size > 1
            else np.zeros(mine.size, int)
        )
        apart = np.abs(true[at] - found.start[mine])
        if true.size > 1:
            apart = np.minimum(apart, np.abs(true[at - 1] - found.start[mine]))
        right[mine] = apart <= site.samples(SAME)
    return right


def fitted(odds: Floats, right: NDArray[np.bool_]) -> Honesty:
    """The logistic curve nearest to what was right, held to the log-odds as they are by `PULL`."""
    slope, offset = 1.0, 0.0
    x = np.clip(odds, -20, 20)
    for _ in range(50):
        p = 1 / (1 + np.exp(-(slope * x + offset)))
        w = p * (1 - p)
        step = np.array([(x * (right - p)).sum() - PULL * (slope - 1), (right - p).sum() - PULL * offset])
        curve = np.array([[(w * x * x).sum() + PULL, (w * x).sum()], [(w * x).sum(), w.sum() + PULL]])
        change = np.clip(np.linalg.solve(curve, step), -0.5, 0.5)
        slope, offset = slope + change[0], offset + change[1]
        if np.abs(change).max() < 1e-9:
            break
    return Honesty(float(max(slope, 0.05)), float(offset), int(odds.size))
