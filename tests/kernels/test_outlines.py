"""Outlines of candidates, against SciPy and what must not change."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import peak_prominences

from spikelens.kernels import outlines, tops


def test_the_grid_is_exact_on_a_parabola() -> None:
    at = np.arange(200.0)
    values = -((at - 100.3) ** 2)
    grid = np.empty(outlines.BEFORE + outlines.AFTER + 1)
    outlines.align(values, 100, 0.5, outlines._room(grid.size), grid)
    steps = (np.arange(grid.size) - outlines.BEFORE) * 0.5
    np.testing.assert_allclose(grid, -(steps**2), atol=1e-9)


def described(rate: float, scale: float = 1.0, offset: float = 0.0) -> dict[str, float]:
    """Measures of a rounded spike of 20 mV, with broad foot, at 0.5 s."""
    t = np.arange(round(rate)) / rate - 0.5
    trace = 0.02 * np.where(t < 0, np.exp(-0.5 * (t / 4e-4) ** 2), np.exp(-0.5 * (t / 8e-4) ** 2))
    trace = trace * scale + offset
    measures = np.empty((1, len(outlines.MEASURES) + outlines.PLACES.size), np.float32)
    waveforms = np.empty((1, outlines.PLACES.size), np.float32)
    top = np.array([np.argmax(trace)])
    noise = (2e-4 * scale, 5e-4 * scale)
    outlines.describe_shapes(trace, trace.astype(np.float32), top, noise, rate, measures, waveforms)
    assert np.isfinite(measures).all() and np.isfinite(waveforms).all()
    return dict(zip(outlines.MEASURES, measures[0].tolist(), strict=False))


def test_measures_do_not_depend_on_scale_or_offset() -> None:
    plain, scaled = described(20_000), described(20_000, 1e-9, 0.0)
    for name, value in plain.items():
        assert scaled[name] == pytest.approx(value, abs=2e-3), name


@pytest.mark.parametrize("rate", [10_000.0, 25_000.0, 50_000.0])
def test_measures_hardly_depend_on_the_sampling_rate(rate: float) -> None:
    fine, other = described(40_000.0), described(rate)
    for name in ("rise_1", "rise_3", "fall_1", "fall_4", "half_width", "upslope", "downslope", "prominence"):
        assert other[name] == pytest.approx(fine[name], abs=0.06), name


def test_measures_are_what_their_names_say() -> None:
    seen = described(50_000)
    assert np.exp(seen["rise_3"]) * 2e-4 == pytest.approx(0.02, rel=0.01)
    assert np.exp(seen["fall_4"]) * 2e-4 == pytest.approx(0.02, rel=0.01)
    # Half widths of both sides of a Gaussian, in steps of 0.1 ms.
    width = np.sqrt(2 * np.log(2)) * (4 + 8)
    assert np.exp(seen["half_width"]) == pytest.approx(width, rel=0.02)


def test_prominence_is_scipys_within_its_window() -> None:
    rng = np.random.default_rng(3)
    values = np.cumsum(rng.normal(0, 1, 2_000)) * 0.3 + rng.normal(0, 1, 2_000)
    for top in tops.find_tops(values, 200, 1_800, 4, 20, 20, 1.0):
        theirs = peak_prominences(values, [top], wlen=101)[0][0]
        assert outlines._prominence(values, top, 50) == pytest.approx(theirs)


def test_flanks_of_a_box_are_short_those_of_a_bell_nearly_as_long_as_it_is_wide() -> None:
    t = np.arange(-2_000, 2_000) / 20_000
    bell, decay = np.exp(-0.5 * (t / 4e-4) ** 2), np.where(t < 0, 0.0, np.exp(-t / 1e-3))
    box = np.where(np.abs(t) < 4e-4, 1.0, 0.0)
    # A box of 17 samples whose edges take one each; widths of a bell and of a decay at three depths.
    known = [
        1 / 16,
        (4e-4 * 2) * (np.sqrt(2 * np.log(4)) - np.sqrt(2 * np.log(4 / 3))) / (8e-4 * np.sqrt(2 * np.log(2))),
    ]
    known.append(np.log(3) / np.log(2))
    for trace, expected in zip((box, bell, decay), known, strict=True):
        rise, share = np.empty((2, 1), np.float32)
        outlines.flanks(trace.astype(np.float32), np.array([2_000]), np.ones(1), 100, rise, share)
        assert share[0] == pytest.approx(expected, abs=0.06)


def test_flanks_that_end_too_far_out_are_unknown() -> None:
    rise, share = np.empty((2, 2), np.float32)
    ramp = np.concatenate([np.arange(50.0), np.arange(50.0)[::-1]]).astype(np.float32)
    outlines.flanks(ramp, np.array([49, 49]), np.array([8.0, 40.0]), 10, rise, share)
    assert share[0] == pytest.approx(8 / 9) and np.isnan(share[1])
    assert rise[0] == pytest.approx(6.0) and np.isnan(rise[1])
