"""Whatever the chunks, `find` gives the same table, to the byte: rows, features and notes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spikelens import api, rooms
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.stretches import Stretches

RATE = 20_000.0
GAIN = 3e-5
DETECTORS = rooms.names("detectors")
RULES = [name for name in rooms.names("features") if name != "train"]
# The least that a rule may look around leaves it the least margin.
NARROW: dict[str, dict[str, object]] = {
    "bandpass_mad": {"neighbourhood": 0.0, "cutoff": 2.0},
    "prominence": {"neighbourhood": 0.0, "within": 1e-3},
    "level": {"search": 1e-3},
    "slope": {"max_interval": 1e-3},
}


def bytes_of(spikes: Spikes) -> dict[str, bytes]:
    """Every column of the spikes and of their candidates."""
    named = {f"spike {name}": column for name, column in spikes.columns.items()}
    if spikes.candidates is not None:
        named |= {f"candidate {name}": column for name, column in spikes.candidates.columns.items()}
    return {name: column.tobytes() for name, column in named.items()}


@st.composite
def traces(draw: st.DrawFn) -> NDArray[np.float64]:
    """Spikes of many heights over noise (V), some riding on a depolarisation or cut off flat."""
    gaps = draw(st.lists(st.integers(30, 1_200), min_size=3, max_size=25))
    heights = draw(st.lists(st.floats(0.02, 0.1), min_size=len(gaps), max_size=len(gaps)))
    places = 100 + np.cumsum(gaps)
    n = int(places[-1]) + draw(st.integers(20, 2_000))
    noise = draw(st.sampled_from([0.0, 1e-4, 1e-3, 4e-3]))
    trace = -0.07 + noise * np.random.default_rng(len(gaps)).standard_normal(n)
    shape = np.exp(-0.5 * (np.arange(-60, 61) / 5.0) ** 2)
    for place, height in zip(places, heights, strict=True):
        reach = slice(place - 60, min(place + 61, n))
        trace[reach] += height * shape[: reach.stop - reach.start]
    start, length = draw(st.integers(0, n - 1)), draw(st.integers(1, 1_500))
    trace[start : start + length] += draw(st.sampled_from([0.0, 0.03, 0.5]))
    return np.clip(trace, -0.09, draw(st.sampled_from([0.1, -0.01])))


@st.composite
def recordings(draw: st.DrawFn) -> tuple[Recording, Stretches]:
    """A recording in two sweeps, stored as integers or volts, and its stretches around a wall."""
    volts = draw(traces())
    n = volts.size
    border = draw(st.integers(1, n - 1))
    whole, gain = (np.rint(volts / GAIN).astype(np.int16), GAIN)
    stored = whole if draw(st.booleans()) else (whole * GAIN).astype(np.float32)
    recording = Recording.from_array(
        stored, RATE, gain=gain if stored is whole else 1.0, sweep_lengths=[border, n - border]
    )
    wall = draw(st.integers(0, n - 1))
    wall = draw(st.integers(0, n - 1))
    walls = np.array([[wall, min(wall + draw(st.integers(1, 300)), n)]], np.int64)
    return recording, Stretches.between_walls(recording, walls)


@pytest.mark.parametrize("name", DETECTORS)
@given(given_=recordings(), chunk_duration=st.floats(2e-3, 0.5), rule=st.sampled_from(RULES))
@settings(max_examples=25)
def test_find_gives_the_same_bytes(
    name: str, given_: tuple[Recording, Stretches], chunk_duration: float, rule: str
) -> None:
    recording, stretches = given_
    whole = api.find(recording, name, feature_rule=rule, stretches=stretches)
    pieces = api.find(recording, name, feature_rule=rule, stretches=stretches, chunk_duration=chunk_duration)
    assert bytes_of(pieces) == bytes_of(whole)


@pytest.mark.parametrize("name", DETECTORS)
@given(
    given_=recordings(),
    chunk_duration=st.floats(2e-3, 0.1),
    polarity=st.sampled_from(["up", "down", "both"]),
    timescale=st.sampled_from([0.05, 1.0, 3.0]),
)
@settings(max_examples=25)
def test_narrow_rules_wide_features_and_either_polarity(
    name: str,
    given_: tuple[Recording, Stretches],
    chunk_duration: float,
    polarity: api.Polarity,
    timescale: float,
) -> None:
    recording, stretches = given_
    settings_ = {"stretches": stretches, "polarity": polarity, **NARROW.get(name, {})}
    rule = rooms.load("features", "spikelens")(timescale=timescale)
    whole = api.find(recording, name, feature_rule=rule, **settings_)
    pieces = api.find(recording, name, feature_rule=rule, chunk_duration=chunk_duration, **settings_)
    assert bytes_of(pieces) == bytes_of(whole)


def test_peaks_moved_back_over_a_border_keep_their_base() -> None:
    # Where the trace wanders, the lowest sample of the base often is its first.
    steps = np.random.default_rng(0).normal(0.0, 1e-4, 8_000)
    recording = Recording.from_array((-0.07 + np.cumsum(steps)).astype(np.float32), RATE)
    parameters: dict[str, object] = {"neighbourhood": 0.0, "cutoff": 0.5, "refractory": 0.0}
    whole = api.detect(recording, "bandpass_mad", **parameters)
    assert len(whole) > 50
    pieces = api.detect(recording, "bandpass_mad", chunk_duration=11 / RATE, **parameters)
    assert bytes_of(pieces) == bytes_of(whole)
