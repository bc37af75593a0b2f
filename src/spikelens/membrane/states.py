"""Up and down states: whether the membrane potential has two levels at all, and when it is at which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spikelens.membrane.passing import CENTRES, EDGES, STEP, Coarse
from spikelens.recording import Recording
from spikelens.spikes import Spikes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEPARATION = 2.0
"""Two normal distributions are apart if their means differ by more than so many of their root mean square
standard deviations (Ashman, Bird and Zepf 1994)."""
SHALLOW = 0.8
"""A valley is one if the distribution is below this share of the lower peak there."""
RARE = 0.05
"""Each level holds at least this share of the time."""
SMOOTHING = 1e-3
"""The distribution is smoothed by a normal curve of this standard deviation before a valley is sought, V."""
RESOLUTION = 5e-3
"""States are told on means over this time, s."""
_ROUNDS = 300

RULE = (
    "Bimodal if a mixture of two normal distributions (by expectation maximisation) has Ashman's D"
    f" above {SEPARATION:g} (Ashman, Bird and Zepf 1994), each holds {RARE * 100:g} % of the time, and the"
    f" histogram has a valley below {SHALLOW * 100:g} % of its lower peak."
)
"""How bimodality is judged."""


@dataclass(frozen=True)
class Bimodality:
    """Whether a membrane potential dwells at two levels, and at which."""

    is_bimodal: bool
    low: float
    """Mean of the lower normal distribution, V."""
    high: float
    low_sd: float
    high_sd: float
    share_high: float
    """Of the upper distribution in the mixture."""
    separation: float
    """Ashman's D."""
    valley: float
    """The distribution between its two peaks, as a share of the lower one; 1 where there is but one peak."""

    @property
    def cutoffs(self) -> tuple[float, float]:
        """A down state begins below the first, an up state above the second: thirds of the way between."""
        third = (self.high - self.low) / 3
        return self.low + third, self.high - third


@dataclass(frozen=True)
class State:
    """Time at one level; whether it ended and began by itself or at a wall."""

    is_up: bool
    sweep: int
    start: int
    """First sample."""
    stop: int
    mean: float
    """V."""
    sd: float
    """V, of means over 5 ms."""
    n_spikes: int
    is_complete: bool


def judge_bimodality(coarse: Coarse) -> Bimodality:
    """Fit two normal distributions to the coarse trace and judge whether they are two.

    The numbers are NaN where there is nothing to fit.
    """
    counts = np.histogram(np.clip(coarse.values, EDGES[0], EDGES[-1]), EDGES)[0].astype(np.float64)
    if (counts > 0).sum() < 3:
        return Bimodality(False, *(float("nan"),) * 7)
    mean, sd, share = _mixture(counts)
    separation = float(abs(mean[1] - mean[0]) / np.sqrt((sd**2).sum() / 2))
    valley = _valley(counts, mean)
    apart = separation > SEPARATION and valley < SHALLOW and share.min() > RARE
    low, high = (float(x) for x in mean)
    return Bimodality(bool(apart), low, high, float(sd[0]), float(sd[1]), float(share[1]), separation, valley)


def _mixture(counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Means, standard deviations and shares of two normal distributions, the lower first."""
    weight = counts / counts.sum()
    below = np.cumsum(weight)
    mean = np.interp([0.2, 0.8], below, CENTRES)
    centre = float((weight * CENTRES).sum())
    sd = np.full(2, max(float(np.sqrt((weight * (CENTRES - centre) ** 2).sum())) / 2, STEP))
    share = np.array([0.5, 0.5])
    for _ in range(_ROUNDS):
        log = np.log(share / sd)[:, None] - 0.5 * ((CENTRES - mean[:, None]) / sd[:, None]) ** 2
        belongs = np.exp(log - log.max(axis=0))
        belongs *= weight / belongs.sum(axis=0)
        share = np.maximum(belongs.sum(axis=1), 1e-12)
        moved = (belongs @ CENTRES) / share
        still = np.abs(moved - mean).max() < 1e-8
        mean = moved
        spread = (belongs * (CENTRES - mean[:, None]) ** 2).sum(axis=1) / share
        sd = np.sqrt(np.maximum(spread, STEP**2))
        if still:
            break
    order = np.argsort(mean)
    return mean[order], sd[order], share[order]


def _valley(counts: Floats, mean: Floats) -> float:
    """The smoothed histogram's lowest value between its peaks, against the lower peak."""
    offsets = np.arange(-16, 17) * STEP
    smooth = np.convolve(counts, np.exp(-0.5 * (offsets / SMOOTHING) ** 2), "same")
    border = int(np.searchsorted(CENTRES, mean.mean()))
    low, high = int(np.argmax(smooth[:border])), border + int(np.argmax(smooth[border:]))
    lower_peak = min(smooth[low], smooth[high])
    return float(smooth[low : high + 1].min() / lower_peak) if lower_peak > 0 else 1.0


def find_states(
    recording: Recording, coarse: Coarse, spikes: Spikes, levels: Bimodality, *, shortest: float
) -> list[State]:
    """When the membrane potential is up and when down; nothing if it is not bimodal.

    A state begins where means over 5 ms pass its own cutoff and lasts until they pass the
    other's; shorter ones than `shortest` (s) are part of what surrounds them, the shortest first.
    """
    if not levels.is_bimodal:
        return []
    n = max(1, round(RESOLUTION * coarse.sampling_rate))
    least = shortest * coarse.sampling_rate / n
    found: list[State] = []
    for trace, stretch in zip(coarse, coarse.stretches, strict=True):
        means = trace[: trace.size // n * n].reshape(-1, n).mean(axis=1, dtype=np.float64)
        for low, high, is_up in _runs(means, levels, least):
            start, stop = (stretch.start + k * n * coarse.step for k in (low, high))
            inside = np.searchsorted(spikes.sample_index, [start, stop])
            found.append(
                State(
                    is_up=is_up,
                    sweep=stretch.sweep,
                    start=start,
                    stop=stop,
                    mean=float(means[low:high].mean()),
                    sd=float(means[low:high].std()),
                    n_spikes=int(inside[1] - inside[0]),
                    is_complete=low > 0 and high < means.size,
                )
            )
    return found


def _runs(means: Floats, levels: Bimodality, least: float) -> Iterator[tuple[int, int, bool]]:
    """Runs of one state as (first, end, is_up)."""
    if not means.size:
        return
    down_below, up_above = levels.cutoffs
    said = np.where(means > up_above, 1, np.where(means < down_below, -1, 0))
    # Between the cutoffs the last word holds; before the first word, that one.
    spoken = np.flatnonzero(said)
    if not spoken.size:
        said[:] = 1 if means.mean() > (down_below + up_above) / 2 else -1
        spoken = np.arange(said.size)
    latest = np.searchsorted(spoken, np.arange(said.size), "right") - 1
    is_up = said[spoken[np.maximum(latest, 0)]] > 0
    borders = [0, *(np.flatnonzero(np.diff(is_up)) + 1).tolist(), means.size]
    _drop_short(borders, least)
    for k, (low, high) in enumerate(pairwise(borders)):
        yield low, high, bool(is_up[0]) ^ bool(k % 2)


def _drop_short(borders: list[int], least: float) -> None:
    """Give runs shorter than `least` to their neighbours, the shortest first, in place.

    A run at a wall may be longer than is seen, so it stays.
    """
    while len(borders) > 3:
        lengths = np.diff(borders)[1:-1]
        k = int(np.argmin(lengths))
        if lengths[k] >= least:
            return
        del borders[k + 1 : k + 3]
