"""What the learned detector knows of a candidate once it has seen the whole recording.

The first answer, from each candidate's shape alone, says roughly which are spikes. From
those follow this recording's own spike, its background, how both change with time, and
how well they keep apart. Each candidate is then measured against them; a second learned
answer decides how much of that to believe.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.special import expit

from spikelens.detectors._middle import median
from spikelens.kernels.forest import followed, neighbours, valley_above
from spikelens.kernels.likeness import fit_template, weighted_products, weighted_sum
from spikelens.kernels.outlines import GRID, MEASURES

Floats = NDArray[np.float64]

LONGEST, MOST = 1800.0, 20_000
"""Of so many seconds, and about so many candidates, the recording's own spike is made at once."""
MEMORY = 10.0
"""Spike height is followed over about this time, s."""
INSIDE = 3e-4
"""Inside a cell potentials are larger than this, V."""
_LIMIT = 12.0
_COMPARED = (
    "half_width",
    "top_width",
    "rise_time",
    "fall_time",
    "upslope",
    "downslope",
    "sharpness",
    "step",
    "after",
    "trough",
    "prior_slope",
    "depolarised",
    "later",
    "rise_over_fall",
)
"""Measures that are compared with those of this recording's own spikes."""
_SIZED = ("upslope", "downslope", "sharpness")
N_CONTEXT = len(MEASURES) + 56
LOGIT, FITTED, MISFIT, COSINE = (len(MEASURES) + k for k in (0, 1, 2, 5))
"""Columns of a context: the first log-odds; of the own spike log fitted size, log misfit and cosine."""
STRENGTH, COUNT = len(MEASURES) + 6, len(MEASURES) + 27
"""Columns that are alike for a whole recording: log size of its spike in noise, and log number of
its likely spikes."""
_SCALE = np.linspace(-_LIMIT, _LIMIT, 97)
_ENOUGH = 10_000
"""Waveforms that tell the usual one well enough."""


@dataclass(frozen=True)
class Candidates:
    """The columns of all candidates that adaptation looks at."""

    seconds: Floats
    """(n,)"""
    measures: NDArray[np.float32]
    """(n, n_measures)"""
    waveform: NDArray[np.float32]
    """(n, n_places), V or A"""
    noise_level: float

    def take(self, kept: NDArray[np.bool_] | slice) -> Candidates:
        """Some of them."""
        return Candidates(self.seconds[kept], self.measures[kept], self.waveform[kept], self.noise_level)

    def slower(self, factor: float) -> Candidates:
        """The same at times so much further apart."""
        return Candidates(self.seconds * factor, self.measures, self.waveform, self.noise_level)

    def measure(self, name: str) -> Floats:
        return self.measures[:, MEASURES.index(name)].astype(np.float64)

    @cached_property
    def half_width(self) -> Floats:
        """Time between both sides halfway down, s."""
        return np.exp(self.measure("half_width")) * GRID

    @property
    def height(self) -> Floats:
        """The lower of rise and fall, V or A."""
        return np.exp(self.size) * self.noise_level

    @cached_property
    def over_before(self) -> Floats:
        """The waveform's largest value above its mean before the spike, V or A."""
        return np.asarray(self.waveform.max(axis=1), np.float64)

    @property
    def tail(self) -> float:
        """What the usual waveform keeps of its height to its end, `PLACES` after the peak, as a share."""
        usual = np.median(self.waveform[:: 1 + len(self.waveform) // _ENOUGH], axis=0)
        return float(usual[-1] / max(usual.max(), 1e-30))

    @property
    def ramp(self) -> float:
        """The usual depolarisation 5 to 2.5 ms before the peak, as a share of the height."""
        return float(np.median(self.measure("depolarised") * self.height / self.over_before))

    @cached_property
    def size(self) -> Floats:
        """Log of the lower of rise and fall, in noise levels."""
        return np.minimum(self.measure("rise_3"), self.measure("fall_4"))


def parts(seconds: Floats) -> list[slice]:
    """Rows of candidates at `seconds`, cut into even times that are looked at as one.

    None is longer than `LONGEST`, nor holds many more than `MOST` if they come evenly.
    """
    if not seconds.size:
        return []
    n = int(max((seconds[-1] - seconds[0]) // LONGEST, seconds.size // MOST)) + 1
    edges = np.searchsorted(seconds, np.linspace(seconds[0], seconds[-1], n + 1)[1:-1])
    return [slice(a, b) for a, b in pairwise([0, *edges.tolist(), seconds.size]) if b > a]


def context(seen: Candidates, logit: Floats) -> NDArray[np.float32]:
    """Describe each candidate against its recording.

    Parameters
    ----------
    seen : Candidates, n of them, sorted by time
    logit : float64 array, (n,)
        First log-odds of being a spike.

    Returns
    -------
    float32 array, (n, n_context)
        The shape's `MEASURES`, then what is described here.
    """
    if not logit.size:
        return np.empty((0, N_CONTEXT), np.float32)
    logit = np.clip(logit, -_LIMIT, _LIMIT)
    weight = expit(logit)
    # Even where nothing is likely, the likeliest stand for what a spike would be.
    trust = weight**2 + 1e-3 * np.exp(logit - logit.max())
    matched = _matched(seen, weight, trust)
    columns = [logit, *matched, *_against_spikes(seen, trust), *_followed(seen, weight, matched[0])]
    columns += [*_recording_wide(seen, logit, weight), *_places_on_scales(logit, matched[3])]
    columns += _unlikeness(seen, trust, matched)
    beside = np.empty((logit.size, 6))
    neighbours(seen.seconds * 1e3, logit, seen.size, beside)
    return np.column_stack([seen.measures[:, : len(MEASURES)], *columns, beside]).astype(np.float32)


def _matched(seen: Candidates, weight: Floats, trust: Floats) -> list[Floats]:
    """Fit this recording's mean spike to each candidate, whitened by its background.

    Returns log fitted size (1 for a typical spike), log misfit in noise, log misfit against
    size, log fitted size in noise, cosine, and the template's own size in noise.
    """
    wave = seen.waveform.astype(np.float64)
    template = weighted_sum(wave, trust) / trust.sum()
    fit = np.empty((trust.size, 3))
    strength = fit_template(wave, template, _whitener(wave, 1 - weight, seen.noise_level), fit)
    size, misfit = np.maximum(fit[:, 0], 0.02), fit[:, 1] + 1e-6
    return [
        np.log(size),
        np.log(misfit),
        np.log(misfit / (size * strength)),
        np.log(size * strength),
        fit[:, 2],
        np.full(size.size, np.log(strength)),
    ]


def _whitener(wave: Floats, weight: Floats, noise: float) -> Floats:
    """The inverse root of the background's covariance; the far out weigh little."""
    far = np.sqrt(np.mean(wave**2, axis=1))
    usual = median(far) + noise
    weight = weight / (1 + (far / usual) ** 2)
    mean = weighted_sum(wave, weight) / (weight.sum() + 1e-9)
    floor = (0.5 * noise) ** 2
    products = weighted_products(wave - mean, weight) + 50 * floor * np.eye(wave.shape[1])
    covariance = products / (weight.sum() + 5)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors / np.sqrt(np.maximum(values, 0.05 * floor)))


def _against_spikes(seen: Candidates, trust: Floats) -> list[Floats]:
    """Each compared measure less that of this recording's spikes, and how far off in all."""
    values = np.column_stack(
        [seen.measure(name) - (seen.size if name in _SIZED else 0.0) for name in _COMPARED]
    )
    off, spread = _spread_about_mean(values, trust)
    apart = (np.minimum(np.abs(off) / np.sqrt(spread + 0.15**2), 6.0) ** 2).sum(axis=1)
    return [*off.T, np.log(apart + 0.1)]


def _spread_about_mean(values: Floats, trust: Floats) -> tuple[Floats, Floats]:
    """Columns less their weighted means, and their weighted variances."""
    share = trust / trust.sum()
    off = values - weighted_sum(values, share)
    return off, np.asarray(weighted_sum(off**2, share))


def _unlikeness(seen: Candidates, trust: Floats, matched: list[Floats]) -> list[Floats]:
    """How unlike each other the likely spikes are: spikes are all or none, potentials graded."""
    compared = (seen.size, matched[0], matched[1], seen.measure("half_width"), seen.measure("after"))
    _, spread = _spread_about_mean(np.column_stack(compared), trust)
    # Their usual width, and their size against the slow noise, in absolute terms.
    absolute = np.column_stack([seen.measure(name) for name in ("half_width", "over_slow", "trough")])
    usual = weighted_sum(absolute, trust / trust.sum())
    return [np.full(trust.size, value) for value in (*np.log(np.sqrt(spread) + 0.02), *usual)]


def _followed(seen: Candidates, weight: Floats, fitted: Floats) -> list[Floats]:
    """Sizes against those of the spikes at about the same time."""
    sure = weight**2 + 1e-6
    columns = []
    for values in (seen.size, fitted):
        around = np.zeros((values.size, 2))
        followed(seen.seconds, sure, np.asarray(values), MEMORY, around)
        overall = float((sure * values).sum()) / sure.sum()
        local = (around[:, 0] * around[:, 1] + 0.5 * overall) / (around[:, 1] + 0.5)
        columns += [values - local, values - overall]
    # How many likely spikes stand around: the recording may lose or regain its cell.
    return [*columns, np.log(around[:, 1] + 1e-3)]


def _recording_wide(seen: Candidates, logit: Floats, weight: Floats) -> list[Floats]:
    """Figures of the recording, alike for all its candidates."""
    duration = float(seen.seconds[-1] - seen.seconds[0]) + 1.0
    doubt = weight * (1 - weight)
    usual = median(np.sort(seen.size)[-max(3, int(0.15 * duration)) :])
    figures = (
        np.log(weight.sum() + 0.1),
        np.log(weight.sum() / duration + 1e-2),
        np.log(logit.size / duration),
        doubt.sum() / (weight.sum() + 0.5),
        (weight * logit).sum() / (weight.sum() + 1e-9),
        usual,
    )
    return [*(np.full(logit.size, f) for f in figures), seen.size - usual]


def _places_on_scales(logit: Floats, fitted: Floats) -> list[Floats]:
    """Where candidates stand between the bulk of the background and that of the spikes."""
    columns: list[Floats] = []
    for values, width in ((logit, 3), (3.0 * fitted, 2)):
        at = np.clip(np.searchsorted(_SCALE, values), 0, _SCALE.size - 1)
        count = np.bincount(at, minlength=_SCALE.size).astype(np.float64)
        dense = np.log(gaussian_filter1d(count, width, mode="constant") + 0.02)
        beyond = np.cumsum(count[::-1])[::-1]
        # The lowest density between a place and the densest place above it.
        peak_above = np.maximum.accumulate(dense[::-1])[::-1]
        above = np.log(beyond + 0.5)
        valley = valley_above(dense)
        columns += [dense[at], (valley - dense)[at], (peak_above - valley)[at], above[at]]
    return columns
