"""What every filter promises: linear, blind to time, and SciPy's on designs drawn at random."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import signal
from tests.factory import NO_WALLS

from spikelens import rooms
from spikelens.canonical import filtered
from spikelens.filters._recursive import edge_length, extended
from spikelens.filters.bessel import Bessel
from spikelens.filters.butterworth import Butterworth
from spikelens.filters.notch import Notch
from spikelens.recording import Recording
from spikelens.stretches import Stretches

RATE = 10_000.0
DESIGNS = [
    Butterworth(high=3000.0),
    Butterworth(low=None, high=1000.0, causal=True),
    Bessel(low=None, high=2000.0),
    Bessel(low=50.0, high=None, order=2, causal=True),
    Notch(quality=4.0, harmonics=2),
]
every_design = pytest.mark.parametrize("design", DESIGNS, ids=lambda d: f"{d.method_name()}-{d.causal}")


def noise(n=6000, channels=1, seed=0):
    return np.random.default_rng(seed).normal(0, 0.01, (n, channels)).astype(np.float32)


def apply(design, samples, before=True, after=True):
    return design.apply(np.asarray(samples, np.float32), RATE, wall_before=before, wall_after=after)


def gain(design, frequency):
    """From SciPy, of the filter run once."""
    return abs(signal.sosfreqz(design.sections(RATE), [frequency], fs=RATE)[1][0])


@every_design
@settings(max_examples=8)
@given(st.floats(-3, 3), st.floats(-3, 3))
def test_it_is_linear(design, a, b):
    one, other = noise(seed=1), noise(seed=2)
    whole = apply(design, a * one + b * other)
    np.testing.assert_allclose(whole, a * apply(design, one) + b * apply(design, other), atol=1e-7)


@every_design
def test_it_does_not_care_when_it_is(design):
    margin = design.margin(RATE)
    x = np.zeros((4 * margin + 2000, 1), np.float32)
    x[2 * margin : 2 * margin + 300] = noise(300)
    late = np.roll(x, 137, axis=0)
    np.testing.assert_allclose(np.roll(apply(design, x), 137, axis=0), apply(design, late), atol=1e-8)


@every_design
def test_a_constant_stays_or_goes_by_the_gain_at_0_hz(design):
    out = apply(design, np.full((3000, 2), -0.07))
    np.testing.assert_allclose(out, -0.07 * gain(design, 0.0) ** (1 if design.causal else 2), atol=1e-6)


@every_design
@pytest.mark.parametrize("frequency", [5.0, 50.0, 100.0, 400.0, 1500.0, 2900.0])
def test_a_sine_leaves_with_scipys_gain(design, frequency):
    t = np.arange(40_000) / RATE
    out = apply(design, np.sin(2 * np.pi * frequency * t)[:, None])[15_000:25_000, 0]
    expected = gain(design, frequency) ** (1 if design.causal else 2)
    assert np.sqrt(2) * out.std() == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("design", [d for d in DESIGNS if not d.causal], ids=str)
def test_twice_has_no_delay_and_once_has(design):
    x = np.zeros((8001, 1), np.float32)
    x[4000] = 1.0
    out = apply(design, x)[:, 0]
    np.testing.assert_allclose(out, out[::-1], atol=1e-6)
    once = apply(dataclasses.replace(design, causal=True), x)[:, 0]
    assert np.abs(once[:4000]).max() < 1e-7 and np.abs(once[4000:]).max() > 1e-3


@every_design
def test_channels_keep_to_themselves(design):
    x = noise(channels=3)
    together = apply(design, x)
    for k in range(3):
        np.testing.assert_allclose(together[:, k : k + 1], apply(design, x[:, k : k + 1]), atol=1e-9)


@every_design
def test_samples_given_are_not_changed(design):
    x = noise()
    before = x.copy()
    apply(design, x)
    assert x.tobytes() == before.tobytes()


@pytest.mark.parametrize("kind", [Butterworth, Bessel])
@settings(max_examples=25)
@given(
    order=st.integers(1, 6),
    low=st.none() | st.floats(20, 1500),
    high=st.none() | st.floats(100, 4800),
    n=st.integers(40, 3000),
)
def test_any_design_is_scipys(kind, order, low, high, n):
    assume(low is not None or high is not None)
    assume(low is None or high is None or high > 1.3 * low)
    design = kind(low=low, high=high, order=order)
    name = {(True, True): "bandpass", (True, False): "highpass", (False, True): "lowpass"}
    edges = [e for e in (low, high) if e is not None]
    make = signal.butter if kind is Butterworth else signal.bessel
    sections = make(order, edges if len(edges) == 2 else edges[0], name[low is not None, high is not None],
                    fs=RATE, output="sos")  # fmt: skip
    if kind is Butterworth:  # The same filter, in sections whose zeros are shared out otherwise.
        at = np.linspace(0, RATE / 2, 500)
        ours, theirs = (signal.sosfreqz(each, at, fs=RATE)[1] for each in (design.sections(RATE), sections))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    else:
        np.testing.assert_array_equal(design.sections(RATE), sections)
    x = noise(n, seed=n)
    assume(n > edge_length(sections))
    expected = signal.sosfiltfilt(sections, x.astype(np.float64), axis=0)
    np.testing.assert_allclose(apply(design, x), expected, atol=1e-7)


@given(st.integers(2, 40), st.data())
def test_an_extension_is_scipys_odd_one(n, data):
    x = noise(n, 2, seed=n)
    length = data.draw(st.integers(1, n - 1))
    whole = signal._arraytools.odd_ext(x.astype(np.float64), length, axis=0)
    np.testing.assert_allclose(extended(x, length, length), whole)
    np.testing.assert_allclose(extended(x, length, 0), whole[:-length])
    np.testing.assert_allclose(extended(x, 0, length), whole[length:])
    np.testing.assert_array_equal(extended(x, 0, 0), x)


@every_design
def test_a_stretch_is_filtered_as_if_it_were_alone(design):
    x = noise(9000)
    recording = Recording.from_array(x, RATE, sweep_lengths=[4000, 5000])
    where = Stretches.between_walls(recording, np.array([[6000, 6500]]))
    out = filtered(recording, design, where)
    for start, stop in ((0, 4000), (4000, 6000), (6500, 9000)):
        np.testing.assert_allclose(out.read(start, stop), apply(design, x[start:stop]), atol=1e-7)
    assert np.isnan(out.read(6000, 6500)).all()


@every_design
def test_stored_numbers_are_scaled_before_they_are_filtered(design):
    stored = np.rint(noise(3000) * 1e4).astype(np.int16)
    scaled = Recording.from_array(stored, RATE, gain=1e-4)
    channel = dataclasses.replace(scaled.channels[0], offset=-0.06)
    scaled = dataclasses.replace(scaled, channels=(channel,))
    volts = Recording.from_array(scaled.read(), RATE)
    read = [filtered(r, design, Stretches.between_walls(r, NO_WALLS)).read() for r in (scaled, volts)]
    np.testing.assert_allclose(read[0], read[1], atol=1e-7)


@pytest.mark.parametrize("name", rooms.names("filters"))
def test_a_faster_rate_needs_a_margin_of_as_many_seconds(name):
    # Edges far below either rate, so that the transform does not bend them.
    slow = {"butterworth": {"low": 5.0, "high": 50.0}, "bessel": {"low": 5.0, "high": 50.0}}
    design = rooms.load("filters", name).from_parameters(slow.get(name, {}))
    seconds = [design.margin(rate) / rate for rate in (10_000.0, 20_000.0, 50_000.0)]
    # References look at one sample alone, at any rate.
    assert max(seconds) <= 1.02 * min(seconds)


@every_design
def test_the_shortest_trace_that_scipy_takes_is_scipys_too(design):
    twice = dataclasses.replace(design, causal=False)
    sections = twice.sections(RATE)
    x = noise(edge_length(sections) + 1)
    expected = signal.sosfiltfilt(sections, x.astype(np.float64), axis=0)
    np.testing.assert_allclose(apply(twice, x), expected, atol=1e-7)
