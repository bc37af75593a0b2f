"""Filters across channels against SciPy and against the one-channel cascade's plain twin."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from spikelens.kernels.rows import arrange, filter_rows

RATE = 30_000.0
JIT = os.environ.get("NUMBA_DISABLE_JIT") != "1"
N = 4_000 if JIT else 300


def sections_of(order: int) -> np.ndarray:
    return signal.butter(order, [300.0, 6000.0], "bandpass", fs=RATE, output="sos")


def twin(samples: np.ndarray, sections: np.ndarray, initial: np.ndarray, *, causal: bool) -> np.ndarray:
    out = signal.sosfilt(sections, samples, axis=0, zi=initial[:, :, None] * samples[0])[0]
    if causal:
        return out
    return signal.sosfilt(sections, out[::-1], axis=0, zi=initial[:, :, None] * out[-1])[0][::-1]


def counts(n_channels: int, n: int = N) -> np.ndarray:
    """Stored counts with offsets, noise and something shared."""
    rng = np.random.default_rng(n_channels)
    shared = rng.normal(0, 30, (n, 1)) + rng.normal(0, 300, n_channels)
    return np.rint(shared + rng.normal(0, 20, (n, n_channels)))


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n_channels", [1, 3, 384] if JIT else [1, 3])
def test_it_is_scipys_to_a_thousandth_of_a_count(order, causal, n_channels):
    sections, x = sections_of(order), counts(n_channels)
    initial = signal.sosfilt_zi(sections)
    expected = twin(x, sections, initial, causal=causal)
    for dtype, tolerance in ((np.float64, 1e-9), (np.float32, 1e-3)):
        out = x.astype(dtype)
        filter_rows(out, arrange(sections, initial), causal=causal)
        assert np.abs(out - expected).max() < tolerance


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 4), st.booleans(), st.integers(0, 10**6))
def test_any_shape_and_any_stable_filter(n, n_channels, n_sections, causal, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, n_channels))
    sections = np.ones((n_sections, 6))
    sections[:, :3] = rng.normal(0, 1, (n_sections, 3))
    radius, angle = rng.uniform(0, 0.9, n_sections), rng.uniform(0, np.pi, n_sections)
    sections[:, 4], sections[:, 5] = -2 * radius * np.cos(angle), radius**2
    initial = rng.normal(0, 1, (n_sections, 2))
    out = x.copy()
    filter_rows(out, arrange(sections, initial), causal=causal)
    expected = twin(x, sections, initial, causal=causal)
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-9 * (1 + np.abs(expected).max()))


def test_ten_thousand_random_cases():
    """Constants, ties, saturation and runs of NaN, on a few of the filters that are used."""
    rng = np.random.default_rng(0)
    designs = [(s, signal.sosfilt_zi(s)) for s in map(sections_of, (1, 2, 3, 4))]
    for _ in range(10_000 if JIT else 50):
        sections, initial = designs[rng.integers(len(designs))]
        shape = int(rng.integers(1, 9)), int(rng.integers(1, 5))
        most = int(rng.choice([0, 1, 30, 32_767]))
        x = rng.integers(-most - 1, most + 1, shape).astype(float)
        x[rng.random(shape) < rng.choice([0.0, 0.2])] = rng.choice([-32_768.0, 32_767.0, np.nan])
        causal = bool(rng.integers(2))
        out = x.copy()
        filter_rows(out, arrange(sections, initial), causal=causal)
        np.testing.assert_allclose(out, twin(x, sections, initial, causal=causal), rtol=1e-9, atol=1e-6)


def test_a_channel_has_the_same_bytes_wherever_it_stands():
    sections, x = sections_of(3), counts(20).astype(np.float32)
    initial, order = signal.sosfilt_zi(sections), np.random.default_rng(1).permutation(20)
    one, other = x.copy(), np.ascontiguousarray(x[:, order])
    filter_rows(one, arrange(sections, initial), causal=False)
    filter_rows(other, arrange(sections, initial), causal=False)
    assert other.tobytes() == np.ascontiguousarray(one[:, order]).tobytes()


def test_nothing_stays_nothing():
    empty = np.empty((0, 4), np.float32)
    filter_rows(empty, arrange(sections_of(3), np.zeros((3, 2))), causal=False)
    assert empty.shape == (0, 4)
