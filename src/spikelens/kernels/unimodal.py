"""Whether numbers on a line are one heap or two, by isotonic regression.

After Magland and Barnett (2015) arXiv:1508.04841: the density of sorted numbers is
fitted by one that only rises, then only falls; how far the two distributions are apart,
in units of chance, tells whether there is more than one heap, and the residual density's
valley tells where they part.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def rising(values, weights):
    """The rising sequence nearest to `values` in weighted squares, and its error up to each place."""
    n = values.size
    fit, error = np.zeros(n), np.zeros(n)
    mean, weight, size = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
    spent = np.zeros(n)
    top = -1
    total = 0.0
    for k in range(n):
        top += 1
        mean[top], weight[top], size[top], spent[top] = values[k], weights[k], 1, 0.0
        while top > 0 and mean[top - 1] >= mean[top]:
            w = weight[top - 1] + weight[top]
            d = mean[top] - mean[top - 1]
            extra = weight[top - 1] * weight[top] / w * d * d
            mean[top - 1] = (mean[top - 1] * weight[top - 1] + mean[top] * weight[top]) / w
            total -= spent[top - 1] + spent[top]
            spent[top - 1] += spent[top] + extra
            total += spent[top - 1]
            weight[top - 1], size[top - 1] = w, size[top - 1] + size[top]
            top -= 1
        error[k] = total
    at = 0
    for b in range(top + 1):
        for _ in range(size[b]):
            fit[at] = mean[b]
            at += 1
    return fit, error


@njit(cache=True, nogil=True)
def up_down(values, weights):
    """The sequence nearest to `values` that rises to some place and falls after it."""
    n = values.size
    _, left = rising(values, weights)
    _, right = rising(values[::-1].copy(), weights[::-1].copy())
    best, place = np.inf, 0
    for k in range(n):
        error = left[k] + (right[n - 2 - k] if k < n - 1 else 0.0)
        if error < best:
            best, place = error, k
    out = np.zeros(n)
    out[: place + 1] = rising(values[: place + 1].copy(), weights[: place + 1].copy())[0]
    if place < n - 1:
        tail = rising(values[place + 1 :][::-1].copy(), weights[place + 1 :][::-1].copy())[0]
        out[place + 1 :] = tail[::-1]
    return out


@njit(cache=True, nogil=True)
def two_heaps(numbers):
    """How clearly sorted numbers are more than one heap, and where they part.

    Parameters
    ----------
    numbers : float64 array, (n,), ascending, n >= 4

    Returns
    -------
    score : float
        Greatest distance between the numbers' distribution and the nearest of one heap, times
        the root of how many there are on the side looked at; about 2 is hardly chance.
    cut : float
        The lowest place of the valley.
    """
    n = numbers.size
    n_bins = min(n - 1, max(8, int(math.ceil(math.sqrt(n / 2.0)) * 4)))
    edges = np.zeros(n_bins + 1, np.int64)
    # Fewer numbers per bin towards both ends, where heaps are thin.
    total = 0.0
    for k in range(n_bins):
        total += 1.0 + min(k, n_bins - 1 - k)
        edges[k + 1] = k + 1
    run = 0.0
    for k in range(n_bins):
        run += 1.0 + min(k, n_bins - 1 - k)
        edges[k + 1] = max(edges[k] + 1, round(run / total * (n - 1)))
    for k in range(n_bins, 0, -1):
        edges[k] = min(edges[k], n - 1 - (n_bins - k))
    count = np.zeros(n_bins)
    width = np.zeros(n_bins)
    middle = np.zeros(n_bins)
    for k in range(n_bins):
        count[k] = edges[k + 1] - edges[k]
        width[k] = max(numbers[edges[k + 1]] - numbers[edges[k]], 1e-12)
        middle[k] = 0.5 * (numbers[edges[k + 1]] + numbers[edges[k]])
    density = count / width
    fit = up_down(density, width)
    expected = fit * width
    score, low, high = _distance(count, expected, fit)
    rest = density - fit
    cut = _valley(rest[low:high], width[low:high], middle[low:high])
    return score, cut


@njit(cache=True, nogil=True)
def _distance(count, expected, fit):
    """The largest distance within bins from either end to the highest place, or to half as far, and so on.

    A small heap at one end is seen only if one looks no farther than its surroundings.
    """
    n = count.size
    top = 0
    for k in range(n):
        if fit[k] > fit[top]:
            top = k
    best, low, high = -1.0, 0, n
    for side in range(2):
        size = top + 1 if side == 0 else n - top
        while size >= 4:
            a, b = (0, size) if side == 0 else (n - size, n)
            found = _apart(count[a:b], expected[a:b])
            if found > best:
                best, low, high = found, a, b
            size //= 2
    return best, low, high


@njit(cache=True, nogil=True)
def _apart(count, expected):
    """The greatest distance of two distributions over the same bins, times the root of the count."""
    seen, thought = count.sum(), expected.sum()
    if seen < 4 or thought <= 0:
        return -1.0
    run_seen, run_thought, far = 0.0, 0.0, 0.0
    for k in range(count.size):
        run_seen += count[k] / seen
        run_thought += expected[k] / thought
        far = max(far, abs(run_seen - run_thought))
    return far * math.sqrt(seen)


@njit(cache=True, nogil=True)
def _valley(rest, width, middle):
    """The lowest place of a sequence fitted by one that falls, then rises."""
    fit = -up_down(-rest, width)
    low = 0
    for k in range(fit.size):
        if fit[k] < fit[low]:
            low = k
    last = low
    while last + 1 < fit.size and fit[last + 1] == fit[low]:
        last += 1
    return 0.5 * (middle[low] + middle[last])
