"""Boosted trees as plain arrays."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def boosted(rows, first, feature, cut, left, right, value, start):
    """Sum of the leaves that each row falls into, plus `start`: log-odds.

    Parameters
    ----------
    rows : float32 array, (n_rows, n_features), finite
    first : int32 array, (n_trees + 1,)
        Where each tree's nodes begin.
    feature : int16 array, (n_nodes,)
        What a node looks at; -1 at a leaf.
    cut : float32 array, (n_nodes,)
        A row goes left if its feature is at most this.
    left, right : int16 arrays, (n_nodes,)
        Children, counted from the tree's first node.
    value : float32 array, (n_nodes,)
        Of a leaf.
    start : float
    """
    out = np.full(rows.shape[0], start)
    for i in range(rows.shape[0]):
        row, total = rows[i], start
        for t in range(first.size - 1):
            base, node = first[t], first[t]
            while feature[node] >= 0:
                if row[feature[node]] <= cut[node]:
                    node = base + left[node]
                else:
                    node = base + right[node]
            total += value[node]
        out[i] = total
    return out


@njit(cache=True, nogil=True)
def followed(time, weight, value, memory, out):
    """Weighted mean of `value` around each time, of which the far is forgotten.

    Parameters
    ----------
    time : float64 array, (n,), s, sorted
    weight, value : float64 array, (n,)
    memory : float, s
        Weights fall e-fold over this time, to both sides.
    out : float64 array, (n, 2), filled
        The mean, 0 where nothing weighs, and the weight behind it.
    """
    for way in (1, -1):
        total, mass = 0.0, 0.0
        i = 0 if way == 1 else time.size - 1
        last = time[i] if time.size else 0.0
        while 0 <= i < time.size:
            keep = np.exp(-abs(time[i] - last) / memory)
            total, mass = total * keep, mass * keep
            out[i, 0] += total
            out[i, 1] += mass
            # The candidate itself is looked at from one side only, so it counts once.
            total += weight[i] * value[i]
            mass += weight[i]
            if way == 1:
                out[i, 0] += weight[i] * value[i]
                out[i, 1] += weight[i]
            last = time[i]
            i += way
    for i in range(time.size):
        out[i, 0] /= max(out[i, 1], 1e-12)


@njit(cache=True, nogil=True)
def neighbours(time, logit, size, out):
    """What stands next to each candidate.

    Parameters
    ----------
    time : float64 array, (n,), ms, sorted
    logit, size : float64 array, (n,)
        Log-odds of being a spike, and log size.
    out : float64 array, (n, 6), filled
        Log time (ms) since and until the nearest likely spike, size against it before and
        after, highest log-odds of another within 2 ms and within 20 ms.
    """
    n = time.size
    for i in range(n):
        out[i, 0] = out[i, 1] = np.log(500.0)
        out[i, 2] = out[i, 3] = 0.0
        out[i, 4] = out[i, 5] = -12.0
    for way in (-1, 1):
        column = 0 if way == -1 else 1
        for i in range(n):
            j, found = i + way, False
            while (
                0 <= j < n and abs(time[j] - time[i]) < 500.0 and (not found or abs(time[j] - time[i]) < 20.0)
            ):
                gap = abs(time[j] - time[i])
                if logit[j] > 0.0 and not found:
                    found = True
                    out[i, column] = np.log(max(gap, 0.3))
                    out[i, 2 + column] = size[i] - size[j]
                if gap < 2.0:
                    out[i, 4] = max(out[i, 4], logit[j])
                if gap < 20.0:
                    out[i, 5] = max(out[i, 5], logit[j])
                j += way
