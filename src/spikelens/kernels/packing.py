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
    words = np.zeros(-(-groups * width // 4) + 1, np.uint32)
    _pack(values, np.int64(width), words)
    return words.astype("<u4", copy=False).view(np.uint8)[: groups * width]


@njit(cache=True, nogil=True)
def _pack(values, width, words):
    held, n_held, k = np.uint64(0), np.int64(0), 0
    for value in values:
        held |= np.uint64(value) << np.uint64(n_held)
        n_held += width
        if n_held >= 32:
            words[k] = held & np.uint64(0xFFFFFFFF)
            k += 1
            held >>= np.uint64(32)
            n_held -= 32
    words[k] = held & np.uint64(0xFFFFFFFF)


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


@njit(cache=True, nogil=True)
def _pack_mini(steps, width, out, k):
    """A miniblock, lowest bits first, from byte `k` on; the byte after it."""
    held, n_held = np.uint64(0), np.uint64(0)
    for step in steps:
        held |= step << n_held
        n_held += np.uint64(width)
        # Four bytes at a time come out even: a miniblock holds 32 numbers.
        if n_held >= np.uint64(32):
            out[k] = np.uint8(held)
            out[k + 1] = np.uint8(held >> np.uint64(8))
            out[k + 2] = np.uint8(held >> np.uint64(16))
            out[k + 3] = np.uint8(held >> np.uint64(24))
            held >>= np.uint64(32)
            n_held -= np.uint64(32)
            k += 4
    return k


@njit(cache=True, nogil=True)
def _differences(values, out):
    k = _varint(np.uint64(BLOCK), out, 0)
    k = _varint(np.uint64(BLOCK // MINIBLOCK), out, k)
    k = _varint(np.uint64(values.size), out, k)
    k = _varint(_zigzag(values[0]), out, k)
    steps = np.empty(BLOCK, np.int64)
    for start in range(1, values.size, BLOCK):
        n = min(BLOCK, values.size - start)
        for i in range(n):
            steps[i] = values[start + i] - values[start + i - 1]
        least = steps[:n].min()
        k = _varint(_zigzag(least), out, k)
        steps[:n] -= least
        steps[n:] = 0
        widths, k = k, k + BLOCK // MINIBLOCK
        for m in range(BLOCK // MINIBLOCK):
            mini = steps[m * MINIBLOCK : (m + 1) * MINIBLOCK].view(np.uint64)
            most = np.uint64(0)
            for step in mini:
                most |= step
            width = _width_of(most)
            if width > _WIDEST:
                return 0
            out[widths + m] = width
            k = _pack_mini(mini, width, out, k)
    return k
