"""Each search against the same thing said slowly in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens.kernels import landmarks, onsets, waveform

VALUES = st.lists(st.integers(-20, 20), min_size=8, max_size=60).map(lambda v: np.array(v, float))


def first(found, otherwise=-1):
    return int(found[0]) if found.size else otherwise


@settings(deadline=None, max_examples=60)
@given(VALUES, st.data())
def test_searches(values, data):
    start = data.draw(st.integers(0, values.size - 2))
    stop = data.draw(st.integers(start + 1, values.size))
    level = data.draw(st.integers(-20, 20))
    part = values[start:stop]
    up, down = np.flatnonzero(part >= level) + start, np.flatnonzero(part <= level) + start
    assert waveform.lowest(values, start, stop) == start + part.argmin()
    assert waveform.highest(values, start, stop) == start + part.argmax()
    assert waveform.first_at_least(values, start, stop, level) == first(up)
    assert waveform.first_at_most(values, start, stop, level) == first(down)
    assert waveform.last_at_most(values, start, stop, level) == first(down[::-1])


@settings(deadline=None, max_examples=60)
@given(VALUES, st.integers(1, 3), st.sampled_from([1, -1]))
def test_steepest(values, span, sign):
    steps = sign * (values[span:] - values[:-span])
    expected = int(steps.argmax()) if steps.max() > 0 else -1
    assert waveform.steepest(values, 0, values.size, span, sign) == expected


@settings(deadline=None, max_examples=60)
@given(VALUES, st.floats(-2, 70))
def test_value_at_is_linear_interpolation(values, position):
    expected = np.interp(position, np.arange(values.size), values)
    assert waveform.value_at(values, position) == pytest.approx(expected)


@settings(deadline=None, max_examples=60)
@given(st.floats(-0.5, 0.5), st.floats(0.1, 9), st.floats(-5, 5))
def test_vertex_is_that_of_the_parabola(at, bend, top):
    offset, height = waveform.vertex(*(top - bend * (x - at) ** 2 for x in (-1, 0, 1)))
    assert offset == pytest.approx(at, abs=1e-6)
    assert height == pytest.approx(top, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(VALUES, st.integers(-20, 20))
def test_putative_starts(values, cutoff):
    crossings = np.flatnonzero(np.diff((values >= cutoff).astype(int)) == 1)
    kept = [c for k, c in enumerate(crossings) if k == 0 or (values[crossings[k - 1] : c] < 0).any()]
    assert landmarks.ipfx_starts(values, cutoff).tolist() == kept


def test_jerk_peaks_where_the_third_difference_does():
    trace = np.exp(np.linspace(-4, 2, 40)) / (1 + np.exp(np.linspace(-4, 2, 40)))
    third = trace[4:] - 2 * trace[3:-1] + 2 * trace[1:-3] - trace[:-4]
    at = onsets.sharpest(trace, 2, 38, 1, onsets.THIRD_DERIVATIVE)
    assert at == pytest.approx(2 + third[:36].argmax(), abs=0.6)


def test_the_bend_is_exact_on_an_exponential():
    """On exp(at) the second derivative over the first is a everywhere."""
    trace = np.exp(0.05 * np.arange(50))
    assert onsets.bend(trace, 20, 1) == pytest.approx(0.05, rel=1e-2)


@settings(deadline=None, max_examples=60)
@given(VALUES)
def test_the_first_minimum_that_two_samples_do_not_undercut(values):
    records = np.flatnonzero(values == np.minimum.accumulate(values))
    lower = [i for k, i in enumerate(records) if k == 0 or values[i] < values[records[k - 1]]]
    held = [a for a, b in zip(lower, [*lower[1:], values.size], strict=True) if b - a > 2]
    assert landmarks.efel_minimum(values, 0, values.size) == (held[0] if held else lower[-1])


def test_the_resampled_trace_is_the_trace():
    volts = np.random.default_rng(0).normal(0, 0.03, 5000).astype(np.float32)
    np.testing.assert_allclose(landmarks.efel_resampled(volts, 0.05), volts * 1e3, atol=1e-4)
