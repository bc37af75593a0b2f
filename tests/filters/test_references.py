"""Common references and detrending against NumPy and SciPy, whole and in blocks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from tests.factory import NO_WALLS

from spikelens.canonical import filtered
from spikelens.errors import BadParameter
from spikelens.filters.detrend import Detrend
from spikelens.filters.mean_reference import MeanReference
from spikelens.filters.median_reference import MedianReference
from spikelens.recording import Recording
from spikelens.stretches import Stretches

RATE = 2_000.0
N = 9_000


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(0, 1e-4, (N, 5)), axis=0) + rng.normal(0, 1e-3, (N, 1))
    return (walk - 0.07).astype(np.float32)


def in_blocks(filter_, samples):
    recording = Recording.from_array(samples, RATE)
    return filtered(recording, filter_, Stretches.between_walls(recording, NO_WALLS)).read()


def whole(filter_, samples):
    return filter_.apply(samples, RATE, wall_before=True, wall_after=True)


@pytest.mark.parametrize(("filter_", "middle"), [(MedianReference(), np.median), (MeanReference(), np.mean)])
def test_references_are_numpys(samples, filter_, middle):
    expected = samples - middle(samples.astype(np.float64), axis=1, keepdims=True)
    assert np.abs(whole(filter_, samples) - expected).max() < 2e-8
    assert in_blocks(filter_, samples).tobytes() == whole(filter_, samples).tobytes()


@pytest.mark.parametrize("filter_", [MedianReference(), MeanReference()])
def test_one_channel_has_no_reference(samples, filter_):
    with pytest.raises(BadParameter, match="several channels"):
        whole(filter_, samples[:, :1])


@pytest.mark.parametrize("window", [0.01, 0.1, 1.0])
def test_detrend_is_scipys_uniform_filter(samples, window):
    filter_ = Detrend(window=window)
    half = filter_.margin(RATE)
    expected = samples - ndimage.uniform_filter1d(samples.astype(np.float64), 2 * half + 1, axis=0)
    assert np.abs(whole(filter_, samples) - expected)[half : N - half].max() < 1e-7
    assert np.abs(in_blocks(filter_, samples) - whole(filter_, samples)).max() < 1e-7


@pytest.mark.parametrize("n", [1, 2, 3, 500, 3_000])
def test_a_straight_line_goes_to_its_ends(n):
    line = (np.arange(n)[:, None] * 1e-5 - 0.07).astype(np.float32)
    assert np.abs(whole(Detrend(), line)).max() < 1e-7


def test_a_spike_stays():
    trace = np.full((N, 1), -0.07, np.float32)
    trace[4_000:4_004] += 0.1
    out = whole(Detrend(), trace)
    assert np.abs(out[4_000:4_004] - 0.1).max() < 1e-3 and np.abs(out[4_004:]).max() < 1e-3
