"""Words for candidates: hum keeps its phase, neurons do not; doubt is said, not hidden."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spikelens.detectors._adaptation import Candidates
from spikelens.detectors._verdicts import (
    against_giants,
    are_boxes,
    are_hum,
    are_jumps,
    are_parts,
    are_potentials,
    are_undecided,
    expected_f1,
    sheer_size,
    verdicts,
)
from spikelens.kernels.outlines import MEASURES, PLACES


def seen(n: int, **measures: float) -> Candidates:
    """Candidates one a second, all alike, that rise from rest to their height."""
    columns = np.zeros((n, len(MEASURES)), np.float32)
    for name, value in {"rise_3": 4.0, "fall_4": 4.0, "half_width": 2.3, "step": -2.0, **measures}.items():
        columns[:, MEASURES.index(name)] = value
    waveform = np.zeros((n, PLACES.size), np.float32)
    waveform[:, PLACES == 0] = 1e-4 * np.exp(columns[:, MEASURES.index("rise_3")])[:, None]
    return Candidates(np.arange(n) * 1.0, columns, waveform, 1e-4)


@pytest.mark.parametrize(
    ("height", "over_before", "added"),
    [(10e-3, 10e-3, 0.0), (18e-3, 18e-3, 0.5), (60e-3, 60e-3, 3.0), (8e-3, 30e-3, 1.6), (3e-3, 30e-3, 0.0)],
)
def test_size_alone_speaks_for_a_spike_also_on_a_large_potential(height, over_before, added) -> None:
    levels = np.log(height / 1e-4)
    one = seen(1, rise_3=levels, fall_4=levels)
    one.waveform[:] *= over_before / one.waveform.max()
    assert sheer_size(one)[0] == pytest.approx(added, abs=1e-3)
    for name, value in {"step": 0.0, "half_width": 4.0}.items():
        edge = seen(1, rise_3=levels, fall_4=levels, **{name: value})
        edge.waveform[:] *= over_before / edge.waveform.max()
        assert sheer_size(edge)[0] == 0.0


def test_what_stands_high_on_a_potential_is_compared_where_there_are_others() -> None:
    levels = np.log(8e-3 / 1e-4)
    for n, added in ((9, 1.6), (10, 0.0)):
        some = seen(n, rise_3=levels, fall_4=levels)
        some.waveform[:] *= 30e-3 / some.waveform.max()
        assert sheer_size(some) == pytest.approx(added, abs=1e-3)


def all_of(times: np.ndarray) -> bool:
    return are_hum(
        dataclasses.replace(seen(times.size, half_width=3.0), seconds=times), np.ones(times.size, bool)
    )


@pytest.mark.parametrize("frequency", [50.0, 60.0, 50.2])
def test_hum_keeps_its_phase(frequency: float) -> None:
    rng = np.random.default_rng(0)
    times = np.arange(0, 10, 1 / frequency)
    assert all_of(times + rng.normal(0, 0.02 / frequency, times.size))
    # A few cycles may be lost or doubled without its being taken for a cell.
    assert all_of(np.delete(times, rng.integers(0, times.size, 20)))


@pytest.mark.parametrize("spread", [0.03, 0.1, 0.4])
def test_a_regular_neuron_does_not(spread: float) -> None:
    rng = np.random.default_rng(1)
    times = np.cumsum(0.02 * np.maximum(1 + spread * rng.standard_normal(1_000), 0.1))
    assert not all_of(times)


def test_sharp_or_faster_firing_is_no_hum_however_regular() -> None:
    assert not all_of(np.arange(0, 10, 0.01))
    sharp = dataclasses.replace(seen(500, half_width=2.0), seconds=np.arange(500) * 0.02)
    assert not are_hum(sharp, np.ones(500, bool))


def test_trains_of_stimuli_have_gaps() -> None:
    train = np.arange(20) * 0.02
    times = (np.arange(0, 20, 1.0)[:, None] + train).ravel()
    assert not all_of(times)


def test_few_events_are_never_hum() -> None:
    assert not all_of(np.arange(30) * 0.02)
    assert not all_of(np.empty(0))


def test_doubt_where_spikes_are_too_small() -> None:
    probability = np.full(40, 0.4, np.float32)
    words = verdicts(seen(40), probability, *np.zeros((2, 40), bool))
    assert set(words) == {"too_small"}


@pytest.mark.parametrize(("size", "word"), [(4.0, "artefact"), (2.0, "")])
def test_a_box_as_large_as_a_spike_is_an_artefact(size: float, word: str) -> None:
    events, boxes = seen(10), np.arange(10) >= 7
    for name in ("rise_3", "fall_4"):
        events.measures[boxes, MEASURES.index(name)] = size
    events.waveform[boxes] *= np.exp(size - 4)
    words = verdicts(events, np.where(boxes, 0.01, 0.9).astype(np.float32), ~boxes, boxes)
    assert words.tolist() == ["spike"] * 7 + [word] * 3


def test_flanks_of_unknown_length_are_of_no_box() -> None:
    assert are_boxes(np.array([0.1, 0.5, np.nan], np.float32)).tolist() == [True, False, False]


def test_what_rises_far_faster_than_the_rest_is_a_jump() -> None:
    rise, accepted = np.full(20, 4e-4, np.float32), np.ones(20, bool)
    rise[[3, 4, 5, 6]] = 1e-4, 2e-4, np.nan, 1e-4
    # The second that jumps is certain.
    probability = np.where(np.arange(20) == 6, 0.99, 0.9).astype(np.float32)
    assert np.flatnonzero(are_jumps(seen(20), rise, probability, accepted)).tolist() == [3]
    accepted[3] = False
    assert not are_jumps(seen(20), rise, probability, accepted).any()
    # Of what noise reaches nothing is said, nor of few.
    small = seen(20, rise_3=3.0, fall_4=3.0)
    assert not are_jumps(small, rise, probability, np.ones(20, bool)).any()
    assert not are_jumps(seen(9), rise[:9], probability[:9], np.ones(9, bool)).any()


def test_giants_are_unlikely_beside_spikes_of_a_usual_size() -> None:
    events = seen(6)
    events.measures[4:, [MEASURES.index(name) for name in ("rise_3", "fall_4")]] = 9.0
    assert (against_giants(events, np.ones(6)) < 0).tolist() == [False] * 4 + [True] * 2
    # Where all are giants, or nearly, the unit is wrong.
    assert not against_giants(events.take(slice(2, 6)), np.ones(4)).any()
    assert not against_giants(events, -np.ones(6)).any()


def test_sharp_events_as_large_as_spikes_are_artefacts() -> None:
    probability = np.array([0.99] * 10 + [0.01] * 5, np.float32)
    accepted = probability > 0.5
    shapes = seen(15)
    shapes.measures[10:, MEASURES.index("half_width")] = 1.0
    words = verdicts(shapes, probability, accepted, np.zeros(15, bool))
    assert words.tolist() == ["spike"] * 10 + ["artefact"] * 5
    shapes.measures[10:, MEASURES.index("half_width")] = 2.4
    assert verdicts(shapes, probability, accepted, np.zeros(15, bool)).tolist() == ["spike"] * 10 + [""] * 5


def test_expected_f1_is_what_drawing_lots_gives() -> None:
    rng = np.random.default_rng(2)
    probability = rng.random(200_000).astype(np.float32)
    accepted = probability > 0.5
    real = rng.random(probability.size) < probability
    f1 = 2 * (real & accepted).sum() / (real.sum() + accepted.sum())
    assert expected_f1(probability, accepted) == pytest.approx(f1, abs=0.005)
    assert np.isnan(expected_f1(np.zeros(3, np.float32), np.zeros(3, bool)))


def test_what_leads_up_to_a_spike_or_follows_it_low_is_part_of_it() -> None:
    # exp(2.8) to exp(4) is 0.3; exp(3.6), 0.67; exp(2.2), 0.17.
    shapes = dataclasses.replace(seen(5), seconds=np.array([1.0, 1.0025, 1.005, 2.0, 2.0035]))
    stands = shapes.measures[:, MEASURES.index("prominence")]
    stands[:] = [2.8, 4.0, 2.8, 2.8, 4.0]
    everything, whole = np.ones(5, bool), np.zeros(5, np.int64)
    assert are_parts(shapes, whole, everything).tolist() == [True, False, False, False, False]
    # One that is not accepted makes no part of another.
    assert not are_parts(shapes, whole, np.array([True, False, True, True, True])).any()
    stands[:] = [3.6, 4.0, 2.2, 2.8, 4.0]
    assert are_parts(shapes, whole, everything).tolist() == [False, False, True, False, False]
    late = dataclasses.replace(shapes, seconds=np.array([1.0, 1.0025, 1.011, 2.0, 2.0035]))
    assert not are_parts(late, whole, everything).any()
    assert not are_parts(shapes, whole, np.zeros(5, bool)).any()


def test_nothing_is_part_of_a_spike_beyond_a_wall() -> None:
    shapes = dataclasses.replace(seen(4), seconds=np.array([1.0, 1.0025, 2.0, 2.005]))
    shapes.measures[:, MEASURES.index("prominence")] = [2.8, 4.0, 4.0, 2.2]
    everything = np.ones(4, bool)
    assert are_parts(shapes, np.zeros(4, np.int64), everything).tolist() == [True, False, False, True]
    assert not are_parts(shapes, np.array([0, 1, 1, 2]), everything).any()


def with_tail(n: int, kept: float, **measures: float) -> Candidates:
    """Events that keep a share of their height to the end of their waveform."""
    events = seen(n, **measures)
    events.waveform[:, -1] = kept * events.waveform.max(axis=1)
    return events


WIDE = {"half_width": 3.2}


@pytest.mark.parametrize(
    ("kept", "measures", "logit", "expected"),
    [
        (0.6, WIDE, -2.0, True),
        (0.4, WIDE, -2.0, False),
        (0.6, {"half_width": 2.5}, -2.0, False),
        (0.6, WIDE, 0.0, False),
        (0.6, {**WIDE, "depolarised": 0.3}, -2.0, False),
    ],
)
def test_unlikely_wide_events_that_rise_from_rest_and_decay_slowly_are_potentials(
    kept: float, measures: dict[str, float], logit: float, expected: bool
) -> None:
    events = with_tail(8, kept, **measures)
    assert (are_potentials(events, np.full(8, logit), np.ones(8, bool)) == expected).all()
    assert not are_potentials(events, np.full(8, logit), np.zeros(8, bool)).any()


def test_small_slow_or_few_unlikely_events_are_left_undecided() -> None:
    everything = np.ones(30, bool)
    likely = np.full(30, 0.95, np.float32)
    # exp(4) noise levels of 0.1 mV are 5.5 mV; exp(3), 2 mV.
    assert not are_undecided(seen(30), likely, everything).any()
    small = {"rise_3": 3.0, "fall_4": 3.0}
    assert are_undecided(seen(30, **small, half_width=np.log(30)), likely, everything).all()
    assert not are_undecided(seen(30, **small, half_width=np.log(10)), likely, everything).any()
    # What is wide may rise by little within 3 ms, but stands far above what was before.
    wide = seen(30, **small, half_width=np.log(30))
    assert not are_undecided(dataclasses.replace(wide, waveform=4 * wide.waveform), likely, everything).any()
    few = np.arange(30) < 9
    doubtful = np.full(30, 0.6, np.float32)
    assert (are_undecided(seen(30), doubtful, few) == few).all()
    assert not are_undecided(seen(30), doubtful, everything).any()
    doubtful[2] = 0.95
    assert (are_undecided(seen(30), doubtful, few) == (few & (np.arange(30) != 2))).all()
    assert not are_undecided(seen(30), likely, np.zeros(30, bool)).any()
