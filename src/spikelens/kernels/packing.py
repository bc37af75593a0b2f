"""Kernels that pack whole numbers into few bits, as Parquet lays them out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

TOGETHER = 8
"""Numbers are packed by so many, which end with a whole byte."""
BLOCK, MINIBLOCK = 128, 32
"""Differences of one block share their least; those of one miniblock the width they are packed to."""
_WIDEST = 32
_HEAD = 32
"""More bytes than what goes before a block, or before all of them."""


def bit_packed(values: NDArray[np.integer[Any]], width: int) -> NDArray[np.uint8]:
    """Numbers, each in so many bits, lowest bits first; filled up with zeros to a multiple of eight.

    Parameters
    ----------
    values : whole numbers, (n,), none negative
    width : int, bits, 1 to 32

    >>> bit_packed(np.arange(8), 3).tolist()
    [136, 198, 250]
    """
    assert 0 < width <= _WIDEST
    groups = -(-values.size // TOGETHER)
    words = np.zeros(-(-groups * width // 4), np.uint32)
    _pack_all(values, width, words)
    return words.astype("<u4", copy=False).view(np.uint8)[: groups * width]


@njit(cache=True, nogil=True, forceinline=True)
def _pack(values, width, words, k):
    """Numbers in so many bits each, lowest bits first, from word `k` on; the first word that none is in."""
    held, n_held, wide = np.uint64(0), np.uint64(0), np.uint64(width)
    for value in values:
        held |= np.uint64(value) << n_held
        n_held += wide
        if n_held >= np.uint64(32):
            words[k] = np.uint32(held & np.uint64(0xFFFFFFFF))
            held >>= np.uint64(32)
            n_held -= np.uint64(32)
            k += 1
    if n_held:
        words[k] = np.uint32(held)
        k += 1
    return k


@njit(cache=True, nogil=True)
def _pack_all(values, width, words):
    _pack(values, width, words, 0)


def differences(values: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Numbers as packed differences: Parquet's DELTA_BINARY_PACKED.

    Parameters
    ----------
    values : int64 array, (n,), n > 0
        In any order.

    Returns
    -------
    uint8 array
        Few bytes where neighbours are alike; none where differences within a block need more than
        32 bits, for then it saves little, and not every reader can.

    >>> differences(np.array([7, 7, 7])).tolist()
    [128, 1, 4, 3, 14, 0, 0, 0, 0, 0]
    """
    n_blocks = -(-(values.size - 1) // BLOCK)
    out = np.empty(_HEAD + n_blocks * (_HEAD + BLOCK * _WIDEST // 8), np.uint8)
    return out[: _differences(np.ascontiguousarray(values), out)]


@njit(cache=True, nogil=True)
def _varint(number, out, k):
    while number > np.uint64(0x7F):
        out[k] = np.uint8((number & np.uint64(0x7F)) | np.uint64(0x80))
        number >>= np.uint64(7)
        k += 1
    out[k] = np.uint8(number)
    return k + 1


@njit(cache=True, nogil=True)
def _zigzag(number):
    return np.uint64((number << np.int64(1)) ^ (number >> np.int64(63)))


@njit(cache=True, nogil=True)
def _width_of(most):
    """Bits of the largest of some numbers."""
    width = 0
    while most:
        most >>= np.uint64(1)
        width += 1
    return width


@njit(cache=True, nogil=True, forceinline=True)
def _less_least(values, start, n, steps):
    """Differences of a block less the least of them, which is told; filled up with zeros."""
    for i in range(n):
        steps[i] = values[start + i] - values[start + i - 1]
    least = steps[0]
    for i in range(1, n):
        least = min(least, steps[i])
    for i in range(n):
        steps[i] -= least
    for i in range(n, BLOCK):
        steps[i] = 0
    return least


@njit(cache=True, nogil=True)
def _differences(values, out):
    k = _varint(np.uint64(BLOCK), out, 0)
    k = _varint(np.uint64(BLOCK // MINIBLOCK), out, k)
    k = _varint(np.uint64(values.size), out, k)
    k = _varint(_zigzag(values[0]), out, k)
    steps, words = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.uint32)
    positive, packed = steps.view(np.uint64), words.view(np.uint8)
    for start in range(1, values.size, BLOCK):
        least = _less_least(values, start, min(BLOCK, values.size - start), steps)
        k = _varint(_zigzag(least), out, k)
        n_words = 0
        for first in range(0, BLOCK, MINIBLOCK):
            most = np.uint64(0)
            for i in range(first, first + MINIBLOCK):
                most |= positive[i]
            width = _width_of(most)
            if width > _WIDEST:
                return 0
            out[k] = width
            k += 1
            n_words = _pack(positive[first : first + MINIBLOCK], width, words, n_words)
        # Whole words go fastest, and lie anywhere in the end.
        to = out[k : k + 4 * n_words]
        for i in range(to.size):
            to[i] = packed[i]
        k += to.size
    return k
