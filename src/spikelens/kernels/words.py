"""Kernels on text columns: which word stands in each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

MOST_KEYS = 1 << 16
"""Numbers from no wider a range than this are tried as those of words."""
FEW = 1000
"""If so many words are not all the same, the rest need not be looked at."""

Numbered = tuple[NDArray[np.int32], NDArray[np.str_]]


def numbered(column: NDArray[np.str_], keys: NDArray[np.integer[Any]] | None = None) -> Numbered:
    """Which word stands in each row, and the words in the order of their first row.

    Parameters
    ----------
    column : text array, (n_rows,)
        Of words that repeat: one pass, without sorting.
    keys : whole numbers, (n_rows,), optional
        Numbers that are likely to have a word each, such as channels have names. If so it is
        seen four times as fast.

    >>> [part.tolist() for part in numbered(np.array(["AP1", "AP0", "AP1"]))]
    [[0, 1, 0], ['AP1', 'AP0']]
    """
    whole = np.ascontiguousarray(column, column.dtype.newbyteorder("="))
    letters = np.frombuffer(whole, np.uint32).reshape(whole.size, whole.dtype.itemsize // 4)
    if whole.size and _all_alike(letters[:FEW]) and _all_alike(letters):
        return np.zeros(whole.size, np.int32), whole[:1]
    told = None if keys is None or not keys.size else _numbered_by(whole, letters, keys)
    if told is not None:
        return told
    place, first = np.empty(whole.size, np.int32), np.empty(whole.size, np.int64)
    slots, factors = np.full(_n_slots(whole.size), -1, np.int32), _factors(letters.shape[1])
    n_words = _number(letters, factors, slots, place, first)
    return place, whole[first[:n_words]]


def _all_alike(letters: NDArray[np.uint32]) -> bool:
    return bool(_are_equal(letters[1:].ravel(), letters[:-1].ravel()))


@njit(cache=True, nogil=True)
def _are_equal(one, other):
    # Without a way out of the loop it runs at the speed of memory.
    apart = np.uint32(0)
    for k in range(one.size):
        apart |= one[k] ^ other[k]
    return apart == 0


def _numbered_by(
    column: NDArray[np.str_], letters: NDArray[np.uint32], keys: NDArray[np.integer[Any]]
) -> Numbered | None:
    """The same, if rows of equal keys have equal words."""
    low, high = int(keys.min()), int(keys.max())
    if high - low >= MOST_KEYS:
        return None
    place, first = np.empty(column.size, np.int32), np.empty(high - low + 1, np.int64)
    n_words = _number_by(letters, keys, np.int64(low), place, first)
    words = column[first[: max(n_words, 0)]]
    return (place, words) if n_words == len(set(words.tolist())) else None


def _factors(n_letters: int) -> NDArray[np.uint32]:
    """An odd number for each letter, so that its place counts as well."""
    powers = np.full(n_letters, 0x9E3779B1, np.uint32)
    return np.multiply.accumulate(powers, dtype=np.uint32)


def _n_slots(n_rows: int) -> int:
    """A power of two, so many that no more than half are ever taken."""
    return 1 << max(2 * n_rows - 1, 1).bit_length()


@njit(cache=True, nogil=True)
def _number_by(letters, keys, low, place, first):
    """Number the words as they come, `first` gets the first row of each; -1 if a key has several."""
    number = np.full(first.size, -1, np.int32)
    words = np.empty((first.size, letters.shape[1]), np.uint32)
    n_words = 0
    for row in range(keys.size):
        k = keys[row] - low
        if number[k] < 0:
            words[k] = letters[row]
            first[n_words] = row
            number[k] = n_words
            n_words += 1
        apart = np.uint32(0)
        for j in range(letters.shape[1]):
            apart |= words[k, j] ^ letters[row, j]
        if apart != 0:
            return -1
        place[row] = number[k]
    return n_words


@njit(cache=True, nogil=True)
def _same(letters, a, b):
    # Without a branch: where words differ nobody can guess, and a wrong guess costs more than the rest.
    apart = np.uint32(0)
    for j in range(letters.shape[1]):
        apart |= letters[a, j] ^ letters[b, j]
    return apart == 0


@njit(cache=True, nogil=True)
def _slot(letters, factors, row, last):
    mixed = np.uint64(0)
    for j in range(letters.shape[1]):
        mixed = (mixed + np.uint64(letters[row, j]) * np.uint64(factors[j])) & np.uint64(0xFFFFFFFF)
    return np.int64((mixed ^ (mixed >> np.uint64(15))) & np.uint64(last))


@njit(cache=True, nogil=True)
def _number(letters, factors, slots, place, first):
    """Number the words; `first` gets the first row of each. Rows like the one before cost least."""
    n_words = 0
    for row in range(letters.shape[0]):
        if row and _same(letters, row - 1, row):
            place[row] = place[row - 1]
            continue
        at = _slot(letters, factors, row, slots.size - 1)
        while slots[at] >= 0 and not _same(letters, first[slots[at]], row):
            at = (at + 1) & (slots.size - 1)
        if slots[at] < 0:
            slots[at] = n_words
            first[n_words] = row
            n_words += 1
        place[row] = slots[at]
    return n_words
