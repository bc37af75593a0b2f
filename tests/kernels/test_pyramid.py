from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from spikelens.kernels.pyramid import columns, halved

NUMBERS = st.sampled_from([np.int16, np.uint8, np.float32, np.float64])


def slow_columns(values, length):
    """The twin: column by column, with NaN left out."""
    parts = [values[k : k + length] for k in range(0, values.size, length)]
    if values.dtype.kind != "f":
        return np.array([[p.min(), p.max()] for p in parts], values.dtype)
    ends = [(np.fmin.reduce(p), np.fmax.reduce(p)) for p in parts]
    return np.array(ends, values.dtype)


@st.composite
def traces(draw):
    dtype = draw(NUMBERS)
    finite = {"allow_nan": True, "allow_infinity": True} if np.dtype(dtype).kind == "f" else {}
    return draw(npst.arrays(dtype, st.integers(1, 70), elements=npst.from_dtype(np.dtype(dtype), **finite)))


@given(traces(), st.integers(1, 5))
def test_columns_hold_the_extremes_of_their_samples(values, halvings):
    np.testing.assert_array_equal(columns(values, halvings), slow_columns(values, 1 << halvings))


@given(traces(), st.integers(1, 3))
def test_halving_twice_is_making_columns_twice_as_long(values, halvings):
    np.testing.assert_array_equal(halved(columns(values, halvings)), columns(values, halvings + 1))


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1000])
def test_a_strided_channel_is_read_as_it_stands(size):
    two = np.random.default_rng(size).integers(-32768, 32767, (size, 2)).astype(np.int16)
    np.testing.assert_array_equal(columns(two[:, 1], 4), slow_columns(two[:, 1].copy(), 16))


def test_a_column_without_a_number_says_so():
    values = np.array([np.nan, np.nan, 3.0, np.nan], np.float32)
    np.testing.assert_array_equal(columns(values, 1), [[np.nan, np.nan], [3.0, 3.0]])
