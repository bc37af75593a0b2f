from __future__ import annotations

import numpy as np
import pytest

from spikelens.features.cell_attached import CellAttached
from tests.features.waves import chunk_of


def biphasic(rate, *, gap=0.8e-3, width=0.3e-3):
    """Two spikes: +50 pA of the given half width, then -20 pA after `gap`."""
    t = np.arange(round(0.5 * rate)) / rate
    sd = width / 2.3548
    wave = sum(50e-12 * np.exp(-0.5 * ((t - a) / sd) ** 2) for a in (0.1, 0.3))
    wave -= sum(20e-12 * np.exp(-0.5 * ((t - a - gap) / sd) ** 2) for a in (0.1, 0.3))
    return wave + 3e-12, np.round(np.array([0.1, 0.3]) * rate).astype(np.int64)


@pytest.mark.parametrize("rate", [20e3, 50e3])
@pytest.mark.parametrize("sign", [1, -1])
def test_measures_a_known_current(rate, sign):
    wave, peaks = biphasic(rate)
    found = CellAttached().measure(chunk_of(sign * wave, rate, sign), peaks)
    np.testing.assert_allclose(found["peak_to_peak"], 70e-12, rtol=0.02)
    np.testing.assert_allclose(found["peak_size"], 50e-12, rtol=0.02)
    np.testing.assert_allclose(found["trough_size"], 20e-12, rtol=0.02)
    np.testing.assert_allclose(found["duration"], 0.8e-3, atol=1.001 / rate)
    np.testing.assert_allclose(found["width"], 0.3e-3, rtol=0.03)
    assert (found["polarity"] == sign).all()
    assert not any(found["notes"])


def test_an_edge_and_slow_sampling_are_noted():
    wave, peaks = biphasic(4e3)
    found = CellAttached().measure(chunk_of(wave[: peaks[1] + 1], 4e3), np.array([peaks[0], peaks[1]]))
    assert found["limited"][0] == "sampling"
    assert "clipped" in found["notes"][1]
    assert np.isnan(found["peak_to_peak"][1])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_tiny_traces_do_not_fail(n):
    found = CellAttached().measure(chunk_of(np.ones(n), 1e3), np.array([n - 1]))
    assert found["notes"][0]
