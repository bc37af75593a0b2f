"""Medians are NumPy's, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.detectors._middle import deviation, median


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@given(values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=40))
def test_medians_are_numpys(kind: type, values: list[float]) -> None:
    column = np.array(values, kind)
    assert median(column) == float(np.median(column))
    assert deviation(column) == float(np.median(np.abs(column - np.median(column))))
