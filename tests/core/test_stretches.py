from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.errors import OutsideRecording
from spikelens.missing import GUARD, missing_runs, missing_walls
from spikelens.passes import SURVEY_BLOCKS, read_chunk, spans, survey_spans
from spikelens.recording import Events, Recording
from spikelens.stretches import Stretches, event_walls, outside_walls

lengths = st.lists(st.integers(1, 40), min_size=1, max_size=4)
walls = st.lists(st.tuples(st.integers(0, 160), st.integers(0, 30)), max_size=5)


def recording_of(lengths, rate=10.0):
    total = sum(lengths)
    return Recording.from_array(np.arange(total, dtype=np.float32), rate, sweep_lengths=lengths)


@given(lengths, walls)
def test_stretches_are_what_walls_leave_of_each_sweep(lengths, walls):
    recording = recording_of(lengths)
    table = np.array([(a, a + n) for a, n in walls], np.int64).reshape(-1, 2)
    stretches = Stretches.between_walls(recording, table)
    free = np.ones(recording.n_samples, bool)
    for low, high in table:
        free[low:high] = False
    index = np.arange(recording.n_samples)
    np.testing.assert_array_equal(stretches.at(index) >= 0, free)
    for k, stretch in enumerate(stretches):
        assert stretch.start < stretch.stop
        assert (recording.sweeps.at(index[stretch.start : stretch.stop]) == stretch.sweep).all()
        assert (stretches.at(index[stretch.start : stretch.stop]) == k).all()
    assert stretches.n_samples() == free.sum()
    assert sum(stretches.n_samples(k) for k in range(len(recording.sweeps))) == free.sum()


@given(lengths, walls, st.integers(1, 50), st.integers(0, 20))
def test_cores_cover_every_stretch_once_and_margins_stop_at_walls(lengths, walls, size, margin):
    recording = recording_of(lengths)
    table = np.array([(a, a + n) for a, n in walls], np.int64).reshape(-1, 2)
    stretches = Stretches.between_walls(recording, table)
    covered = np.zeros(recording.n_samples, int)
    for span in spans(stretches, size, margin):
        covered[span.core_start : span.core_stop] += 1
        assert span.stretch.start <= span.start <= span.core_start
        assert span.core_stop <= span.stop <= span.stretch.stop
        assert span.start in (span.core_start - margin, span.stretch.start)
        chunk = read_chunk(recording, span, -1)
        np.testing.assert_array_equal(chunk.trace, -np.arange(span.start, span.stop, dtype=np.float32))
        assert chunk.core == (span.core_start - span.start, span.core_stop - span.start)
    np.testing.assert_array_equal(covered, stretches.at(np.arange(recording.n_samples)) >= 0)


def test_events_and_bounds_become_walls():
    recording = recording_of([100], rate=100.0)
    events = Events.at([0.1, 0.5], [0.2, 0.6])
    np.testing.assert_array_equal(event_walls(recording, events), [[10, 20], [50, 60]])
    kept = Stretches.between_walls(recording, outside_walls(recording, 0.25, 0.75))
    assert [(s.start, s.stop) for s in kept] == [(25, 75)]
    with pytest.raises(OutsideRecording, match=r"the recording has 0 to 0.99 s"):
        outside_walls(recording, 0.8, 0.2)


def test_what_was_not_asked_for_is_not_worded_as_none():
    recording = Recording.from_array(np.zeros(100, np.float32), 100.0)
    with pytest.raises(
        OutsideRecording, match="nothing lies between 5 s and the end; the recording has 0 to"
    ):
        outside_walls(recording, 5.0, None)
    with pytest.raises(OutsideRecording, match="array holds no samples"):
        outside_walls(Recording.from_array(np.zeros(0, np.float32), 100.0), None, None)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 17))
def test_missing_runs_are_found_whatever_the_piece(missing, piece):
    import spikelens.missing

    samples = np.where(missing, np.nan, 1.0).astype(np.float32)
    was, spikelens.missing._PIECE = spikelens.missing._PIECE, piece
    try:
        runs = missing_runs(Recording.from_array(samples, 1000.0))
    finally:
        spikelens.missing._PIECE = was
    inside = np.zeros(samples.size, bool)
    for low, high in runs:
        inside[low:high] = True
    np.testing.assert_array_equal(inside, missing)


def test_a_guard_stands_around_what_is_missing():
    samples = np.zeros(1000, np.float32)
    samples[500] = np.inf
    recording = Recording.from_array(samples, 10_000.0)
    guard = round(GUARD * 10_000)
    walls = missing_walls(recording, missing_runs(recording))
    np.testing.assert_array_equal(walls, [[500 - guard, 501 + guard]])
    integers = Recording.from_array(samples[:400].astype(np.int16), 10_000.0)
    assert missing_runs(integers).size == 0


def test_a_survey_is_the_same_every_time_and_sees_all_parts():
    recording = Recording.from_array(np.zeros(2_000_000, np.int16), 10_000.0)
    whole = Stretches.between_walls(recording, np.empty((0, 2), np.int64))
    blocks = survey_spans(recording, whole)
    assert blocks == survey_spans(recording, whole)
    assert len(blocks) == SURVEY_BLOCKS
    parts = [b.start * SURVEY_BLOCKS // recording.n_samples for b in blocks]
    assert np.diff(parts).max() <= 2


@given(lengths, walls, st.integers(0, 160), st.integers(1, 60))
def test_overlapping_stretches_are_those_that_hold_some_of_the_samples(lengths, walls, start, n):
    table = np.array([(a, a + n) for a, n in walls], np.int64).reshape(-1, 2)
    stretches = Stretches.between_walls(recording_of(lengths), table)
    expected = [s for s in stretches if max(s.start, start) < min(s.stop, start + n)]
    assert list(stretches.overlapping(start, start + n)) == expected


def test_a_wall_without_samples_is_none():
    recording = recording_of([10])
    table = np.array([[4, 4], [7, 5]])
    assert [(s.start, s.stop) for s in Stretches.between_walls(recording, table)] == [(0, 10)]


def test_infinities_of_both_signs_are_missing():
    trace = np.zeros(50, np.float32)
    trace[[10, 20]] = np.inf, -np.inf
    assert missing_runs(Recording.from_array(trace, 10.0)).tolist() == [[10, 11], [20, 21]]
