"""Cascades of sections against SciPy, and sums of neighbours against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from spikelens.kernels.sections import cascade, weighted


def design(order: int, edge: float, kind: str) -> np.ndarray:
    return np.asarray(signal.butter(order, edge, kind, output="sos"))


@settings(max_examples=30)
@given(
    st.integers(1, 6),
    st.floats(0.02, 0.9),
    st.sampled_from(["lowpass", "highpass"]),
    st.integers(1, 4),
    st.integers(1, 200),
    st.booleans(),
)
def test_a_cascade_is_scipys(order, edge, kind, n_channels, n, backward):
    sections = design(order, edge, kind)
    settled = signal.sosfilt_zi(sections)
    samples = np.random.default_rng(n).normal(size=(n, n_channels))
    ordered = samples[::-1] if backward else samples
    expected = signal.sosfilt(sections, ordered, axis=0, zi=settled[:, :, None] * ordered[0])[0]
    cascade(samples, sections, settled, backward=backward)
    np.testing.assert_allclose(samples, expected[::-1] if backward else expected, atol=1e-9)


def test_channels_do_not_touch_each_other():
    sections = design(3, 0.2, "lowpass")
    settled = signal.sosfilt_zi(sections)
    samples = np.random.default_rng(0).normal(size=(300, 3))
    together = samples.copy()
    cascade(together, sections, settled)
    for c in range(3):
        alone = samples[:, c : c + 1].copy()
        cascade(alone, sections, settled)
        np.testing.assert_allclose(together[:, c], alone[:, 0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("backward", [False, True])
def test_a_constant_has_always_been_there(backward):
    sections = design(4, 0.1, "lowpass")
    samples = np.full((50, 2), 3.5)
    cascade(samples, sections, signal.sosfilt_zi(sections), backward=backward)
    np.testing.assert_allclose(samples, 3.5)


def test_nothing_is_filtered_to_nothing():
    sections = design(2, 0.1, "lowpass")
    nothing = np.empty((0, 2))
    cascade(nothing, sections, signal.sosfilt_zi(sections))
    assert nothing.shape == (0, 2)


@pytest.mark.parametrize("n", [1, 7, 4095, 4096, 4097, 9000])
@pytest.mark.parametrize("n_weights", [1, 2, 9])
def test_weighted_is_correlation_across_its_blocks(n, n_weights):
    rng = np.random.default_rng(n)
    weights, samples = rng.normal(size=n_weights), rng.normal(size=n + n_weights - 1)
    out = np.empty(n)
    weighted(samples, weights, out)
    np.testing.assert_allclose(out, np.correlate(samples, weights, "valid"), atol=1e-12)


def test_weighted_has_the_same_bytes_wherever_it_begins():
    rng = np.random.default_rng(1)
    weights, samples = rng.normal(size=9), rng.normal(size=10_008)
    whole, part = np.empty(10_000), np.empty(10_000 - 1234)
    weighted(samples, weights, whole)
    weighted(samples[1234:], weights, part)
    assert part.tobytes() == whole[1234:].tobytes()
