"""The second look: wide spikes that are all or none, and potentials that are not."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from spikelens import api
from spikelens.choosing import Chosen
from spikelens.detecting import Search
from spikelens.detectors._adaptation import Candidates
from spikelens.detectors._slower import (
    CLOCK,
    apart,
    are_all_or_none,
    are_slow,
    by_their_rise,
    is_doubtful,
    raised,
    rises,
)
from spikelens.detectors.adaptive import Adaptive, Slower
from spikelens.kernels.outlines import GRID, MEASURES, PLACES
from spikelens.passes import Chunk, Span
from spikelens.recording import Recording
from spikelens.scoring import score_times
from spikelens.simulation import Simulation, simulate
from spikelens.spikes import Spikes
from spikelens.stretches import Stretch

RATE = 10_000.0


@cache
def wide_spikes() -> Simulation:
    """A cell behind a poor access, whose spikes stand 10 mV high for 6 ms."""
    return simulate(20.0, RATE, difficulty="hard", seed=110_003, family="integrate-and-fire")


def found_in(recording: Recording, **settings: float) -> Spikes:
    return api.detect(Chosen(recording, 1, ()), "adaptive", **settings)


def test_wide_spikes_are_found_and_dated() -> None:
    truth = wide_spikes().truth
    found = found_in(wide_spikes().recording)
    score = score_times(truth.time[truth.visible], found.time, ignore=truth.time[~truth.visible])
    assert truth.visible.sum() > 30
    assert score.f1 > 0.93
    assert found.provenance.survey["clock"] == CLOCK


def test_one_look_does_not_find_them() -> None:
    recording = wide_spikes().recording
    search = Search(recording, None, Adaptive(), api.observed(recording), 100_000)
    assert search.first_look(1).n_accepted == 0 < search.one_way(1).n_accepted


def test_chunks_of_any_size_give_the_same() -> None:
    whole = found_in(wide_spikes().recording)
    for chunk in (0.37, 3.1):
        parts = found_in(wide_spikes().recording, chunk_duration=chunk)
        for name in whole.columns:
            assert whole[name].tobytes() == parts[name].tobytes()


def test_graded_potentials_are_no_spikes_by_a_slower_clock_either() -> None:
    made = simulate(30.0, RATE, difficulty="medium", seed=354_009, family="conductance", rate=0.0)
    search = Search(made.recording, None, Adaptive(), api.observed(made.recording), 300_000)
    assert is_doubtful(search.first_look(1).table or {})
    assert len(found_in(made.recording)) == 0


@pytest.mark.parametrize(
    ("rise", "decay"), [(0.7e-3, 0.022), (2.3e-3, 0.020), (0.6e-3, 0.030), (1.3e-3, 0.0145)]
)
def test_evoked_potentials_of_one_height_are_no_spikes_by_either_clock(rise: float, decay: float) -> None:
    recording = evoked(rise, decay)
    assert len(found_in(recording)) == 0
    search = Search(recording, None, Slower(), api.observed(recording), 300_000)
    assert search.first_look(1).n_accepted == 0


def evoked(rise: float, decay: float) -> Recording:
    """Three potentials a second, all of 10 mV but for a tenth, as a driven synapse makes them."""
    rng, n = np.random.default_rng(7), round(25 * RATE)
    t = np.arange(round(0.2 * RATE)) / RATE
    shape = np.exp(-t / decay) - np.exp(-t / rise)
    trace = -0.068 + rng.normal(0, 2e-4, n)
    for at in np.arange(0.4, 24.5, 1 / 3):
        first = round(at * RATE)
        trace[first : first + t.size] += 0.010 * rng.normal(1, 0.1) * shape / shape.max()
    return Recording.from_array(trace, RATE)


def test_what_is_clear_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = simulate(10.0, RATE, difficulty="easy", seed=3, rate=3.0)
    looks = []
    first = Search.first_look
    monkeypatch.setattr(Search, "first_look", lambda self, sign: looks.append(sign) or first(self, sign))
    assert len(found_in(made.recording)) > 10
    assert looks == [1]


def picked(odds: np.ndarray, n_accepted: int) -> dict[str, np.ndarray]:
    verdict = np.where(np.arange(odds.size) < n_accepted, "spike", "synaptic")
    return {"_odds": odds, "probability": 1 / (1 + np.exp(-odds)), "verdict": verdict}


@pytest.mark.parametrize(
    ("odds", "n_accepted", "doubtful"),
    [
        (np.full(30, -2.0), 0, True),
        (np.full(30, 0.5), 30, True),
        (np.full(30, 3.0), 30, False),
        (np.full(30, -7.0), 0, False),
        (np.full(5, -2.0), 0, False),
        (np.empty(0), 0, False),
    ],
)
def test_a_look_is_doubted_where_much_is_possible_and_little_likely(
    odds: np.ndarray, n_accepted: int, doubtful: bool
) -> None:
    assert is_doubtful(picked(odds, n_accepted)) == doubtful


def events(height: np.ndarray, *, width: float = 2.5e-3, slope: float = -1.0) -> Candidates:
    """Bells of these heights (V) and this width (s), by the slow clock."""
    shape = np.exp(-0.5 * (PLACES / 20.0) ** 2)
    measures = np.zeros((height.size, len(MEASURES)), np.float32)
    measures[:, MEASURES.index("half_width")] = np.log(width / GRID)
    measures[:, MEASURES.index("upslope")] = slope
    at = np.cumsum(np.random.default_rng(0).uniform(0.1, 1.0, height.size))
    return Candidates(at, measures, (height[:, None] * shape).astype(np.float32), 2e-4)


def all_or_none(seen: Candidates, probability: float = 0.9) -> bool:
    return are_all_or_none(seen, np.full(seen.seconds.size, probability, np.float32))


ALIKE = np.random.default_rng(1).normal(0.01, 0.001, 60)
GRADED = np.random.default_rng(1).gamma(3, 0.01 / 3, 60)


def test_heights_that_are_alike_are_all_or_none() -> None:
    assert all_or_none(events(ALIKE))
    assert not all_or_none(events(GRADED))
    # Drift to half the height changes little from one spike to the next.
    assert all_or_none(events(ALIKE * np.linspace(1.2, 0.6, 60)))


def test_unlikely_low_narrow_or_swinging_events_are_not_all_or_none() -> None:
    assert not all_or_none(events(ALIKE), probability=0.55)
    assert not all_or_none(events(ALIKE / 3))
    assert not all_or_none(events(ALIKE, width=1.2e-3))
    assert not all_or_none(events(ALIKE, slope=-2.3))


@pytest.mark.parametrize(
    ("kept", "ramp", "slow"), [(0.2, 0.0, False), (0.3, 0.0, True), (0.3, 0.1, False), (0.4, 0.1, True)]
)
def test_potentials_decay_slowly_and_rise_from_rest(kept: float, ramp: float, slow: bool) -> None:
    seen = events(ALIKE)
    seen.waveform[:, -1] = kept * seen.over_before
    share = ramp * seen.over_before / seen.height
    seen.measures[:, MEASURES.index("depolarised")] = share
    assert are_slow(seen) is slow


def test_what_stands_above_a_gap_in_heights_is_apart() -> None:
    low = np.random.default_rng(2).gamma(3, 0.001, 300).clip(0, 0.006)
    odds = np.concatenate([np.full(60, -1.0), np.full(300, -6.0)])
    who = apart(events(np.concatenate([ALIKE, low])), odds)
    np.testing.assert_array_equal(np.flatnonzero(who), np.arange(60))
    assert not apart(events(np.concatenate([GRADED, low])), odds).any()
    assert not apart(events(np.concatenate([ALIKE, low])), odds - 3).any()
    assert not apart(events(np.concatenate([ALIKE[:11], low])), odds[49:]).any()
    assert not apart(events(ALIKE[:3]), odds[:3]).any()


def test_those_apart_are_raised_as_one_and_never_lowered() -> None:
    odds, who = np.array([-2.0, -1.0, 0.0, -6.0]), np.array([True, True, True, False])
    np.testing.assert_allclose(odds + raised(odds, who), [1.0, 2.0, 3.0, -6.0])
    np.testing.assert_array_equal(raised(odds + 9, who), np.zeros(4))
    np.testing.assert_array_equal(raised(odds, ~who & False), np.zeros(4))


def test_rises_are_those_of_a_smoother_trace() -> None:
    t = np.arange(20_000) / RATE
    trace = sum(0.01 * np.exp(-0.5 * ((t - at) / 3e-3) ** 2) for at in (0.5, 1.2))
    chunk = chunk_of(np.asarray(trace))
    found = rises(chunk, np.array([5007, 11_995]))
    np.testing.assert_array_equal(found["_top"], [5000, 12_000])
    # Half of what a bell rises to from 7.5 ms before.
    low = np.exp(-0.5 * (7.5 / 3) ** 2)
    half = np.sqrt(-2 * np.log((1 + low) / 2)) * 3e-3 * RATE
    np.testing.assert_allclose(found["_since"], half, atol=1.5)
    assert (found["_last"] == 19_999).all()


def test_a_rise_that_a_wall_cuts_is_dated_from_the_wall_on() -> None:
    trace = 0.01 * np.exp(-0.5 * ((np.arange(2_000) / RATE - 4e-3) / 3e-3) ** 2)
    cut, longer = (
        rises(chunk_of(x), np.array([at])) for x, at in ((trace, 43), (np.pad(trace, (500, 0), "edge"), 543))
    )
    assert cut["_top"] == longer["_top"] - 500 == 40
    np.testing.assert_allclose(cut["_since"], longer["_since"])


@pytest.mark.parametrize("ahead", [40, 50, 60])
def test_wide_spikes_near_the_start_are_dated_as_elsewhere(ahead: int) -> None:
    recording = wide_spikes().recording
    whole = found_in(recording).sample_index
    for spike in whole[:3]:
        late = Recording.from_array(recording.read()[spike - ahead :, 0], RATE, mode="current-clamp")
        dated = found_in(late).sample_index[0] + spike - ahead
        assert abs(dated - spike) <= 5


def chunk_of(trace: np.ndarray) -> Chunk:
    stored = trace.astype(np.float32)[:, None]
    span = Span(Stretch(0, 0, trace.size), 0, trace.size, 0, trace.size)
    return Chunk(stored, np.ones(1), np.zeros(1), 1, span, RATE)


def table(top: list[int], since: list[float], last: list[int]) -> dict[str, np.ndarray]:
    """Candidates at these tops, the later the higher."""
    n = len(top)
    return {
        "sample_index": np.array(top),
        "shift": np.full(n, 0.25),
        "peak": np.arange(n, dtype=float),
        "stretch": np.zeros(n, np.int64),
        "_top": np.array(top),
        "_since": np.array(since),
        "_last": np.array(last),
    }


def test_tops_that_stray_are_brought_back_by_their_rise() -> None:
    moved = by_their_rise(
        table([1000, 2020, 2980, 4000, 5020], [40, 60, 20, 40, 60], [9000, 9000, 9000, 9000, 5010]),
        np.array(["spike", "spike", "spike", "spike", "synaptic"]),
        10,
    )
    np.testing.assert_array_equal(moved["sample_index"], [1000, 2006, 2994, 4000, 5010])
    np.testing.assert_allclose(moved["shift"], [0, 0, 0, 0, 0.25], atol=1e-9)
    assert list(moved["verdict"]) == ["spike"] * 4 + ["synaptic"]


def test_of_two_tops_of_one_rise_the_higher_stays() -> None:
    moved = by_their_rise(
        table([1010, 1012, 2000], [40.0, 42.0, 40.0], [5000] * 3), np.array(["spike"] * 3), 10
    )
    assert list(moved["verdict"]) == ["", "spike", "spike"]
