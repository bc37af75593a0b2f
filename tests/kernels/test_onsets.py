"""The four rules for where a spike starts, each against its twin in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.kernels import onsets
from tests.kernels import twins

RULES = {"fraction": onsets.FRACTION, "slope": onsets.SLOPE}
RULES |= {"curvature": onsets.CURVATURE, "third": onsets.THIRD_DERIVATIVE}
# Small whole numbers, so that there are ties and level runs.
TRACES = st.lists(st.integers(-6, 6), min_size=12, max_size=50).map(lambda v: np.array(v, np.float32))
SPANS = st.integers(1, 3)


def sigmoid(at: float, n: int = 80, sharp: float = 1.5) -> np.ndarray:
    return (0.1 / (1 + np.exp(-(np.arange(n) - at) / sharp)) - 0.065).astype(np.float32)


@given(TRACES, SPANS, st.data())
def test_slope_onset(trace, span, data):
    steep = data.draw(st.integers(1, trace.size - span - 1))
    start = data.draw(st.integers(0, steep - 1))
    target = data.draw(st.integers(-4, 8)) / 2
    expected = twins.slope_onset(trace.astype(float), start, steep, span, target)
    assert onsets.slope_onset(trace, start, steep, span, target) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("rule", ["curvature", "third"])
@given(trace=TRACES, span=SPANS, data=st.data())
def test_sharpest(rule, trace, span, data):
    start = data.draw(st.integers(0, trace.size - 1))
    stop = data.draw(st.integers(start, trace.size))
    expected = twins.sharpest(trace.astype(float), start, stop, span, rule)
    found = onsets.sharpest(trace, start, stop, span, RULES[rule])
    assert found == pytest.approx(expected, nan_ok=True)


@given(TRACES, SPANS)
def test_bend_is_never_positive_infinity_and_needs_a_climb(trace, span):
    for i in range(span, trace.size - span):
        bend = onsets.bend(trace, i, span)
        assert (bend == -np.inf) == (trace[i + span] <= trace[i - span])
        assert bend < np.inf


@pytest.mark.parametrize("rule", RULES)
def test_an_onset_lies_on_the_foot_before_the_steepest_sample(rule):
    trace = sigmoid(40.3)
    steep = int(np.argmax(np.diff(trace)))
    onset = onsets.onset(trace, (0, trace.size - 1), steep, 1, (RULES[rule], 0.05, 1e-3, 10))
    assert 25 < onset < steep
    assert np.interp(onset, np.arange(trace.size), trace) < -0.04


@pytest.mark.parametrize("rule", RULES)
def test_an_onset_moves_with_the_trace(rule):
    setting = (RULES[rule], 0.05, 1e-3, 10)
    found = []
    for late in (0, 17):
        trace = np.concatenate([np.full(late, sigmoid(40.3)[0], np.float32), sigmoid(40.3)])
        found.append(
            onsets.onset(trace, (late, trace.size - 1), int(np.argmax(np.diff(trace))), 1, setting) - late
        )
    assert found[0] == found[1]


@pytest.mark.parametrize("rule", RULES)
def test_no_onset_lies_before_the_wall(rule):
    trace = sigmoid(40.0, sharp=6.0)
    steep = int(np.argmax(np.diff(trace)))
    setting = (RULES[rule], 0.05, 1e-4, 10)
    free = onsets.onset(trace, (0, trace.size - 1), steep, 1, setting)
    wall = int(free) + 6
    walled = onsets.onset(trace, (wall, trace.size - 1), steep, 1, setting)
    assert np.isnan(walled) or walled >= wall


def test_a_steeper_fraction_is_met_later_and_a_fixed_slope_ignores_the_fraction():
    trace = sigmoid(40.3)
    steep = int(np.argmax(np.diff(trace)))
    at = [
        onsets.onset(trace, (0, trace.size - 1), steep, 1, (onsets.FRACTION, f, 1e-3, 10))
        for f in (0.02, 0.05, 0.2, 0.5)
    ]
    assert np.all(np.diff(at) > 0)
    fixed = {
        onsets.onset(trace, (0, trace.size - 1), steep, 1, (onsets.SLOPE, f, 1e-3, 10)) for f in (0.02, 0.5)
    }
    assert len(fixed) == 1


def test_the_third_derivative_may_peak_so_far_ahead_and_no_farther():
    trace = sigmoid(40.3, sharp=3.0)
    steep = int(np.argmax(np.diff(trace)))
    first = onsets.onset(trace, (0, trace.size - 1), steep, 1, (onsets.FRACTION, 0.3, 1e-3, 10))
    for lead in (0, 2, 5):
        found = onsets.onset(trace, (0, trace.size - 1), steep, 1, (onsets.THIRD_DERIVATIVE, 0.3, 1e-3, lead))
        expected = twins.sharpest(trace.astype(float), int(first) - lead, steep + 1, 1, "third")
        assert found == pytest.approx(expected)
        assert found >= int(first) - lead
