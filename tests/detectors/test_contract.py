"""What every detector promises, whichever it is."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.detectors.run import NO_WALLS, Found, detect

from spikelens import rooms
from spikelens.detectors import BASE_WINDOW, Detector
from spikelens.recording import Recording

RATE = 20_000.0
NAMES = rooms.names("detectors")
every_detector = pytest.mark.parametrize("name", NAMES)


def make(name: str) -> Detector:
    return rooms.load("detectors", name)()


def spike() -> np.ndarray:
    """A spike of 90 mV over rest, 4 ms long; its peak is sample 20."""
    t = np.arange(80)
    rise = np.exp(-0.5 * ((t - 20) / 5.0) ** 2)
    return 0.09 * rise - 0.004 * np.exp(-0.5 * ((t - 50) / 12.0) ** 2)


def planted(places: np.ndarray, n: int, *, noise: float = 1e-4, seed: int = 0) -> np.ndarray:
    """A trace at -70 mV with spikes whose peaks are at `places`; float32, V."""
    trace = np.random.default_rng(seed).normal(-0.070, noise, n)
    for place in places:
        trace[place - 20 : place + 60] += spike()
    return trace.astype(np.float32)


def as_int16(volts: np.ndarray) -> np.ndarray:
    return np.rint(volts / GAIN).astype(np.int16)


GAIN = 1e-3 / 32.768


def same(a: Found, b: Found) -> bool:
    return all(
        np.array_equal(getattr(a, f), getattr(b, f)) for f in ("sample_index", "peak", "height", "shift")
    )


def test_the_rules_of_the_issue_are_there() -> None:
    assert set(NAMES) >= {"deviation", "level", "slope", "prominence", "bandpass_mad"}


@every_detector
@pytest.mark.parametrize("stored", ["float32", "int16"])
def test_finds_planted_spikes(name: str, stored: str) -> None:
    places = np.array([230, 4_000, 9_999, 10_400, 18_850])
    trace = planted(places, 20_000)
    samples, gain = (trace, 1.0) if stored == "float32" else (as_int16(trace), GAIN)
    found = detect(Recording.from_array(samples, RATE, gain=gain), make(name))
    assert found.sample_index.size == places.size
    assert np.abs(found.sample_index - places).max() <= 2
    assert np.abs(found.shift).max() <= 0.5


@every_detector
def test_finds_spikes_that_point_down_when_turned_over(name: str) -> None:
    places = np.array([1_000, 5_000])
    found = detect(Recording.from_array(-planted(places, 8_000), RATE), make(name), sign=-1)
    assert np.abs(found.sample_index - places).max() <= 2
    assert (found.height > 0.03).all()


@every_detector
def test_finds_a_spike_wherever_a_chunk_ends(name: str) -> None:
    recording = Recording.from_array(planted(np.array([2_000]), 4_000), RATE)
    whole = detect(recording, make(name))
    assert whole.sample_index.size == 1
    for border in range(1_940, 2_080, 3):
        assert same(detect(recording, make(name), chunk_samples=border), whole), border


@every_detector
def test_silence_gives_none(name: str) -> None:
    t = np.arange(40_000)
    quiet = planted(np.array([], int), t.size) + 0.001 * np.sin(2 * np.pi * 3 * t / RATE)
    assert detect(Recording.from_array(quiet.astype(np.float32), RATE), make(name)).sample_index.size == 0


@every_detector
@pytest.mark.parametrize("n", [1, 2, 3, 50, 5_000])
@pytest.mark.parametrize("value", [-0.07, 0.0, 0.05])
def test_a_constant_gives_none(name: str, n: int, value: float) -> None:
    recording = Recording.from_array(np.full(n, value, np.float32), RATE)
    assert detect(recording, make(name)).sample_index.size == 0


@every_detector
def test_no_samples_give_none(name: str) -> None:
    recording = Recording.from_array(np.empty(0, np.float32), RATE)
    assert detect(recording, make(name)).sample_index.size == 0


@pytest.mark.parametrize("name", ["level", "prominence", "slope"])
def test_a_trace_that_ends_while_it_rises_has_no_peak_there(name: str) -> None:
    trace = planted(np.array([1_000, 2_000]), 3_000)[:2_001]
    assert detect(Recording.from_array(trace, RATE), make(name)).sample_index.tolist() == [1_000]


@every_detector
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_the_chunk_size_does_not_matter(name: str, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.integers(1, 1_500), min_size=1, max_size=25), label="gaps")
    places = 40 + np.cumsum(gaps)
    n = int(places[-1]) + data.draw(st.integers(100, 3_000), label="tail")
    noise = data.draw(st.sampled_from([1e-4, 2e-3, 8e-3]), label="noise")
    samples = as_int16(planted(places, n, noise=noise, seed=len(gaps)))
    stored = samples if data.draw(st.booleans(), label="integers") else (samples * GAIN).astype(np.float32)
    first = data.draw(st.integers(1, n - 1), label="first sweep")
    gain = GAIN if stored.dtype == np.int16 else 1.0
    recording = Recording.from_array(stored, RATE, gain=gain, sweep_lengths=[first, n - first])
    wall = data.draw(st.integers(0, n - 1), label="wall")
    walls = np.array([[wall, min(wall + 30, n)]], np.int64)
    chunk = data.draw(st.integers(100, n), label="chunk")
    whole = detect(recording, make(name), walls=walls)
    assert same(detect(recording, make(name), walls=walls, chunk_samples=chunk), whole)


@every_detector
def test_nothing_is_found_inside_a_wall_nor_across_it(name: str) -> None:
    recording = Recording.from_array(planted(np.array([1_000, 3_000]), 4_000), RATE)
    walls = np.array([[940, 1_080]], np.int64)
    assert np.abs(detect(recording, make(name), walls=walls).sample_index - 3_000).max() <= 2
    assert detect(recording, make(name)).sample_index.size == 2


@every_detector
def test_sweeps_are_found_as_if_alone(name: str) -> None:
    places = np.array([500, 1_960, 2_030, 3_500])
    trace = planted(places, 4_000, noise=3e-4)
    chained = detect(Recording.from_array(trace, RATE, sweep_lengths=[2_000, 2_000]), make(name))
    if make(name).prefilter(RATE) is not None:
        pytest.skip("its noise level is of the whole recording")
    alone = [detect(Recording.from_array(part, RATE), make(name)) for part in np.split(trace, 2)]
    assert chained.sample_index.tolist() == [*alone[0].sample_index, *(2_000 + alone[1].sample_index)]


@every_detector
def test_parameters_go_round(name: str) -> None:
    made = make(name)
    assert type(made).from_parameters(made.parameters()) == made
    text = {k: str(v) for k, v in made.parameters().items()}
    assert type(made).from_parameters(text) == made
    assert pickle.loads(pickle.dumps(made)) == made
    assert all(p.help.endswith(".") for p in made.schema())


@every_detector
@pytest.mark.parametrize("rate", [1_000.0, 4_000.0, 20_000.0, 50_000.0])
def test_the_margin_holds_the_local_base(name: str, rate: float) -> None:
    assert make(name).margin(rate) >= round(BASE_WINDOW * rate) + 1


@every_detector
@pytest.mark.parametrize("rate", [4_000.0, 10_000.0, 50_000.0])
def test_other_sampling_rates(name: str, rate: float) -> None:
    t = np.arange(round(rate)) / rate
    trace = np.random.default_rng(0).normal(-0.07, 1e-4, t.size)
    trace += sum(0.09 * np.exp(-0.5 * ((t - at) / 3e-4) ** 2) for at in (0.2, 0.5, 0.81))
    found = detect(Recording.from_array(trace.astype(np.float32), rate), make(name), walls=NO_WALLS)
    assert np.abs(found.sample_index / rate - [0.2, 0.5, 0.81]).max() < 1.5 / rate
