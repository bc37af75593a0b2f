"""Whole numbers in few bits, beside decoders that go bit by bit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.kernels.packing import BLOCK, MINIBLOCK, bit_packed, differences

FAR = 2**62 - 1


@given(st.integers(1, 32).flatmap(lambda w: st.tuples(st.just(w), st.lists(st.integers(0, 2**w - 1)))))
def test_numbers_are_their_bits_lowest_first(given_):
    width, numbers = given_
    packed = bit_packed(np.array(numbers, np.int64), width)
    assert packed.size == -(-len(numbers) // 8) * width
    bits = np.unpackbits(packed, bitorder="little").reshape(-1, width).astype(object)
    back = bits @ (2 ** np.arange(width, dtype=object))
    assert back.tolist() == numbers + [0] * (back.size - len(numbers))


def test_places_of_32_bits_are_packed_as_well():
    assert bit_packed(np.arange(8, dtype=np.int32), 3).tolist() == bit_packed(np.arange(8), 3).tolist()


@given(st.integers(-FAR, FAR), st.lists(st.integers(-40, 1000), max_size=3 * BLOCK))
def test_differences_give_the_numbers_back(first, steps):
    numbers = [first, *(first + np.cumsum(np.array(steps, np.int64))).tolist()]
    assert list(decoded(differences(np.array(numbers)).tobytes())) == numbers


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5))
def test_differences_of_32_bits_are_the_widest(steps):
    numbers = np.cumsum(np.array(steps))
    assert list(decoded(differences(numbers).tobytes())) == numbers.tolist()


@pytest.mark.parametrize("numbers", [[0, 2**32, 0], [-FAR // 2, FAR // 2, 0]])
def test_wider_ones_are_none(numbers):
    assert differences(np.array(numbers)).size == 0


def decoded(data: bytes) -> Iterator[int]:
    """A decoder of DELTA_BINARY_PACKED after the format's description."""
    left = iter(data)
    block, n_minis, n = varint(left), varint(left), varint(left)
    assert (block, block // n_minis) == (BLOCK, MINIBLOCK)
    number, told = signed(varint(left)), 1
    yield number
    while told < n:
        least, widths = signed(varint(left)), [next(left) for _ in range(n_minis)]
        for width in widths:
            whole = int.from_bytes(bytes(next(left) for _ in range(MINIBLOCK * width // 8)), "little")
            for k in range(MINIBLOCK):
                if told < n:
                    number += least + (whole >> k * width & (1 << width) - 1)
                    told += 1
                    yield number
    assert not list(left)


def varint(left: Iterator[int]) -> int:
    number, shift = 0, 0
    for byte in left:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return number


def signed(number: int) -> int:
    return number >> 1 if not number & 1 else -(number + 1 >> 1)
