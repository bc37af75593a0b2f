"""Sums of windows against a slow twin."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens.kernels.triggered import add_windows


@pytest.mark.parametrize("reach", [0, 1, 7])
@pytest.mark.parametrize("n", [0, 1, 50])
def test_windows_are_added_to_what_is_there(reach, n):
    rng = np.random.default_rng(n)
    trace = rng.normal(size=200).astype(np.float32)
    centres = rng.integers(reach, 200 - reach, n)
    total = np.ones(2 * reach + 1)
    add_windows(trace, centres, reach, total)
    slow = 1 + sum(
        (trace[c - reach : c + reach + 1].astype(np.float64) for c in centres), np.zeros(total.size)
    )
    np.testing.assert_allclose(total, slow, rtol=1e-12, atol=1e-12)
