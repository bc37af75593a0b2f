"""Units that are missing: two in one, what no unit explains, and what is taken for two at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.sorters import Site
from spikelens.sorters._clusters import FAINTEST, FEW, FEWEST, clusters_of, features_of, fewest, mean_wave
from spikelens.sorters._heaps import heaps_of
from spikelens.sorters._learning import Learning
from spikelens.sorters._merging import LIKE, REMAINDER, are_left, two_sizes
from spikelens.sorters._normals import two_normals
from spikelens.sorters._templates import FAINT, USUAL_SPREAD, Templates, moved
from spikelens.sorters._trains import pairs_within, two_neurons

HALVES = 2.5
"""Means of two heaps are farther apart than this, in s.d. of noise: halves of one are 1.6, and somewhat more
where they are parted in several directions at once."""
WAYS = 3
"""Directions in which what is left may be two heaps of noise, those of its largest variance ..."""
CLEAR = 6.0
"""... in log-odds."""
TOGETHER, AFTER = 0.5e-3, 1.2e-3
"""Two templates that come at once, no farther apart than the first, may be one unit, s; and no farther than
the second, what one leaves of it ..."""
ALWAYS = 0.6
"""... if so many of its spikes leave it ..."""
STEADY = 0.1e-3
"""... if they always do so with the same delay, but for this, s ..."""
CHANCE = 5.0
"""... and so many times more often than by chance."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def parted(learning: Learning, site: Site, score: float) -> Templates:
    """Templates of which those that explain more than one heap are parted, and those that were missed added.

    Missed is what stands out of what is left, and what is always explained as the same two at once.

    What is left under the spikes of one unit is noise; of two, it has two heaps.
    """
    templates = learning.templates
    waves: list[NDArray[np.float32]] = []
    counts: list[int] = []
    for k in range(len(templates)):
        mine = np.flatnonzero((learning.unit == k) & learning.is_alone)
        label = _heaps_left(learning, mine, k, score) if mine.size >= 2 * FEW else np.zeros(mine.size, int)
        parts = [mine[label == h] for h in range(label.max(initial=0) + 1)]
        parts = without_halves([part for part in parts if _is_part(learning, part)], learning, k, site)
        waves += [_mean_wave(learning, part, k) for part in parts] if len(parts) > 1 else [templates.waves[k]]
        counts += [part.size for part in parts] if len(parts) > 1 else [mine.size]
    for wave, count in _missed(learning, site, score) + _sums(learning, site):
        waves.append(wave)
        counts.append(count)
    if not waves:
        return templates
    rate = np.maximum(np.array(counts), 1) / learning.n_samples
    spread = np.full(len(waves), USUAL_SPREAD)
    return Templates.of(np.array(waves), spread, rate, templates.before, np.array(counts))


def _is_part(learning: Learning, part: Ints) -> bool:
    """Whether these spikes of a unit are many, or far from what the unit is like."""
    apart = float(np.linalg.norm(learning.left[part].mean(axis=0))) if part.size >= FEW else 0.0
    return part.size >= fewest(apart)


def without_halves(parts: list[Ints], learning: Learning, k: int, site: Site) -> list[Ints]:
    """Parts of a unit without those that are plainly halves of one heap, which are one part again.

    To look at the trace once more for them would only show the same.
    """
    for i, one in enumerate(parts):
        for j in range(i):
            if _are_halves(one, parts[j], learning, k, site):
                rest = [part for at, part in enumerate(parts) if at not in (i, j)]
                return without_halves([*rest, np.sort(np.concatenate([one, parts[j]]))], learning, k, site)
    return parts


def _are_halves(one: Ints, other: Ints, learning: Learning, k: int, site: Site) -> bool:
    """Whether two parts differ by no more than halves of one heap of noise do, and fire as one neuron may."""
    wave, second = (_mean_wave(learning, part, k).ravel().astype(np.float64) for part in (one, other))
    scale = float(np.clip(float(wave @ second) / max(float(wave @ wave), 1e-9), *LIKE))
    n_values = learning.templates.length * int((learning.seen[k] >= 0).sum())
    chance = n_values * (scale**2 / one.size + 1 / other.size)
    apart = float(((scale * wave - second) ** 2).sum())
    if apart - chance > HALVES**2 or two_sizes(learning.amplitude[one], learning.amplitude[other]):
        return False
    return two_neurons(learning.at[one], learning.at[other], learning.n_samples, site) <= 0


def _missed(learning: Learning, site: Site, score: float) -> list[tuple[NDArray[np.float32], int]]:
    """Waveforms of what no unit explains, and how often each was seen."""
    events = learning.missed
    if events is None:
        return []
    found = [(mean_wave(events, members, site), members) for members in clusters_of(events, site, score)]
    return [(wave, mine.size) for wave, mine in found if _is_unit(wave, events.at[mine], learning, site)]


def _is_unit(wave: NDArray[np.float32], at: Ints, learning: Learning, site: Site) -> bool:
    """Whether a waveform that was missed stands out, and is not what larger units leave."""
    norm, templates = float(np.linalg.norm(wave)), learning.templates
    on_its = (np.abs(wave).max(axis=0) >= FAINT) & (templates.waves != 0).any(axis=1)
    others = on_its.any(axis=1) & (np.sqrt(templates.prior[:, 3]) > norm / REMAINDER[0])
    return norm >= FAINTEST and not are_left(at, others, learning, site)


def _heaps_left(learning: Learning, mine: Ints, k: int, score: float) -> Ints:
    """The heap of each spike of a unit, by what it leaves and by its height."""
    ways = features_of(learning.left[mine])
    height = learning.amplitude[mine] * np.sqrt(learning.templates.prior[k, 3])
    label = heaps_of(np.column_stack([ways, height - height.mean()]), score=score)
    if label.max(initial=0) > 0:
        return label
    # Heights may have any distribution, since neurons burst and drift; what is left is noise.
    found = [two_normals(way) for way in ways.T[:WAYS]]
    best = int(np.argmax([odds for odds, _ in found]))
    odds, cut = found[best]
    return (ways[:, best] > cut).astype(np.int64) if odds > CLEAR else label


def _mean_wave(learning: Learning, part: Ints, k: int) -> NDArray[np.float32]:
    """The mean of what some of a unit's spikes look like."""
    wave = learning.amplitude[part].mean() * learning.templates.waves[k]
    channels = learning.seen[k]
    own = channels >= 0
    wave[:, channels[own]] += learning.left[part].mean(axis=0)[:, own]
    return np.asarray(wave, np.float32)


def _sums(learning: Learning, site: Site) -> list[tuple[NDArray[np.float32], int]]:
    """Waveforms of what is always explained as the same two at once, and how often; no neurons fire so."""
    by_size = np.argsort(-learning.templates.prior[:, 3], kind="stable").tolist()
    found = [_sum_of(learning, j, k, site) for i, j in enumerate(by_size) for k in by_size[i + 1 :]]
    return [each for each in found if each is not None]


def _sum_of(learning: Learning, j: int, k: int, site: Site) -> tuple[NDArray[np.float32], int] | None:
    """That of template `j` and a smaller one."""
    one, other = (np.flatnonzero(learning.unit == u) for u in (j, k))
    near, reach, width = site.samples(TOGETHER), site.samples(AFTER), site.samples(STEADY)
    a, b = pairs_within(learning.at[one], learning.at[other], -reach, reach)
    if a.size < FEWEST:
        return None
    lag = learning.at[other][b] - learning.at[one][a]
    counts = np.bincount(lag + reach, minlength=2 * reach + 1)
    often = np.convolve(counts, np.ones(2 * width + 1, np.int64), "same")
    delay = int(often.argmax()) - reach
    chance = one.size * other.size * (2 * width + 1) / max(learning.n_samples, 1)
    always = 0.0 if abs(delay) <= near else ALWAYS * one.size
    if often.max() < max(FEWEST, CHANCE * chance, always):
        return None
    here = np.abs(lag - delay) <= width
    wave = _mean_wave(learning, one[a[here]], j)
    scale = learning.amplitude[other[b[here]]].mean()
    wave += np.float32(scale) * moved(learning.templates.waves[k].astype(np.float64), float(lag[here].mean()))
    return wave, int(here.sum())
