"""Boosted trees as plain arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

MOST_LEAVES = 32
"""Of a tree: each is one bit of a word."""
_ALL = np.uint32(0xFFFFFFFF)
_TOGETHER = 128
"""Rows that are taken through a tree side by side: always as many, so that loops over them are compiled
without a remainder."""


@njit(cache=True, nogil=True)
def lay_out(first, feature, left, right, keeps, leaves):
    """Number the leaves of trees from left to right, and tell which of them each node leaves open.

    Parameters
    ----------
    first : int32 array, (n_trees + 1,)
        Where each tree's nodes begin.
    feature : int16 array, (n_nodes,)
        What a node looks at; -1 at a leaf.
    left, right : int16 arrays, (n_nodes,)
        Children, counted from the tree's first node.
    keeps : uint32 array, (n_nodes,), filled
        A bit for each leaf of the tree; unset are those below the left child.
    leaves : int32 array, (n_trees, `MOST_LEAVES`), filled
        The node of each leaf.
    """
    lowest = np.zeros(feature.size, np.int64)
    nodes, parents = np.empty(2 * MOST_LEAVES, np.int64), np.empty(2 * MOST_LEAVES, np.int64)
    for t in range(first.size - 1):
        base, n, depth = first[t], 0, 1
        nodes[0], parents[0] = 0, -1
        while depth > 0:
            depth -= 1
            node = base + nodes[depth]
            lowest[node] = n
            if parents[depth] >= 0:
                # A right child: what was numbered since its parent lies below the left one.
                parent = parents[depth]
                below = (np.uint64(1) << np.uint64(n)) - (np.uint64(1) << np.uint64(lowest[parent]))
                keeps[parent] = _ALL ^ np.uint32(below)
            if feature[node] < 0:
                leaves[t, n] = node
                n += 1
                continue
            nodes[depth], parents[depth] = right[node], node
            nodes[depth + 1], parents[depth + 1] = left[node], -1
            depth += 2


@njit(cache=True, nogil=True)
def _narrow(kept, values, cut, keep):
    """Close the leaves below a node's left child to rows that go right."""
    for j in range(_TOGETHER):
        kept[j] &= _ALL if values[j] <= cut else keep


@njit(cache=True, nogil=True)
def _lowest_bit(kept, power):
    """The lowest bit of each word, as a number: a power of two."""
    for j in range(_TOGETHER):
        power[j] = np.float32(kept[j] & (_ALL - kept[j] + np.uint32(1)))


@njit(cache=True, nogil=True)
def _add_leaves(total, bits, value):
    """Add the leaf of each row, which the exponent of its power of two counts."""
    for j in range(_TOGETHER):
        total[j] += value[(bits[j] >> 23) - 127]


@njit(cache=True, nogil=True)
def boosted(rows, first, feature, cut, keeps, value, start):
    """Sum of the leaves that each row falls into, plus `start`: log-odds.

    No path is followed: every node closes leaves, and the leftmost that stays open is the
    row's (QuickScorer, Lucchese et al. 2015). So many rows are looked at side by side.

    Parameters
    ----------
    rows : float32 array, (n_rows, n_features), finite
    first : int64 array, (n_trees + 1,)
        Where each tree's nodes begin; leaves are no nodes here.
    feature : int16 array, (n_nodes,)
        What a node looks at.
    cut : float32 array, (n_nodes,)
        A row goes left if its feature is at most this.
    keeps : uint32 array, (n_nodes,)
        Of `lay_out`.
    value : float32 array, (n_trees, `MOST_LEAVES`)
        Of the leaves, from left to right.
    start : float
    """
    out = np.empty(rows.shape[0])
    columns = np.zeros((rows.shape[1], _TOGETHER), np.float32)
    kept, total = np.empty(_TOGETHER, np.uint32), np.empty(_TOGETHER)
    power = np.empty(_TOGETHER, np.float32)
    bits = power.view(np.int32)
    for low in range(0, rows.shape[0], _TOGETHER):
        n = min(_TOGETHER, rows.shape[0] - low)
        for j in range(n):
            for f in range(rows.shape[1]):
                columns[f, j] = rows[low + j, f]
        for j in range(_TOGETHER):
            total[j] = start
        for t in range(first.size - 1):
            for j in range(_TOGETHER):
                kept[j] = _ALL
            for k in range(first[t], first[t + 1]):
                _narrow(kept, columns[feature[k]], cut[k], keeps[k])
            _lowest_bit(kept, power)
            _add_leaves(total, bits, value[t])
        for j in range(n):
            out[low + j] = total[j]
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


@njit(cache=True, nogil=True)
def valley_above(dense):
    """For each place of a density, float64 (n,), the lowest from there up to the densest place above it."""
    out = np.empty(dense.size)
    lowest, highest = dense[-1], dense[-1]
    for k in range(dense.size - 1, -1, -1):
        if dense[k] >= highest:
            lowest, highest = dense[k], dense[k]
        lowest = min(lowest, dense[k])
        out[k] = lowest
    return out
