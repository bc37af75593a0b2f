"""Tables of chunks put together: moved peaks, either polarity, and what becomes a row."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.factory import NO_WALLS, make_recording, make_trace
from tests.features.waves import chunk_of

from spikelens.joining import described, joined, reseated, spikes_of, undoubled
from spikelens.passes import read_chunk, spans
from spikelens.recording import Recording, Sweeps
from spikelens.spikes import REQUIRED, Provenance
from spikelens.stretches import Stretches

MADE = Provenance("by_hand", {}, "0", "", "current-clamp", 1)


def chunk(volts, start=0, sign=1):
    whole = chunk_of(np.asarray(volts), 1000.0, sign)
    return dataclasses.replace(whole, span=dataclasses.replace(whole.span, start=start))


def table(indices, heights=None, verdicts=None, sign=1, stretch=0):
    n = len(indices)
    return {
        "sample_index": np.asarray(indices, np.int64),
        "stretch": np.full(n, stretch),
        "shift": np.zeros(n),
        "peak": np.zeros(n),
        "height": np.ones(n) if heights is None else np.asarray(heights, float),
        "verdict": np.full(n, "spike") if verdicts is None else np.asarray(verdicts, "U9"),
        "sign": np.full(n, sign),
    }


@pytest.mark.parametrize(
    ("at", "reach", "moved"), [(5, 2, 6), (5, 0, 5), (3, 2, 4), (3, 3, 6), (0, 1, 1), (9, 3, 6)]
)
def test_a_candidate_moves_to_the_largest_sample_within_reach(at, reach, moved):
    volts = [0, 1, 0, 0, 2, 0, 5, 0, 0, 0]
    found = reseated(
        chunk(volts, start=100), {"sample_index": np.array([100 + at]), "x": np.array([7])}, reach
    )
    assert found["sample_index"].tolist() == [100 + moved]
    assert found["x"].tolist() == [7]


def test_of_a_turned_trace_the_lowest_sample_is_the_largest():
    volts = np.array([0.0, -1, 0, 3, 0, -5, 0])
    found = reseated(chunk(volts, sign=-1), {"sample_index": np.array([3])}, 2)
    assert found["sample_index"].tolist() == [5]


def test_a_description_is_of_the_sample_in_the_recording_and_turns_with_it():
    volts = np.array([0.0, 0, 0, -1, -4, -1, 0, 0], np.float32)
    down = described(chunk(volts, start=50, sign=-1), {"sample_index": np.array([54])}, 3)
    assert (down["peak"][0], down["height"][0], down["shift"][0]) == (4.0, 4.0, 0.0)
    up = described(chunk(-volts, start=50), {"sample_index": np.array([54])}, 3)
    assert {n: up[n].tolist() for n in up} == {n: down[n].tolist() for n in down}


def test_chunks_are_joined_in_order_of_sample_and_empty_ones_left_out():
    where = Stretches.between_walls(make_recording(n_samples=100), np.array([[40, 50]]))
    parts = [{"sample_index": np.array(i, np.int64), "height": np.array(i) / 2} for i in ([70, 60], [], [10])]
    whole = joined(parts, where)
    assert whole["sample_index"].tolist() == [10, 60, 70]
    assert whole["height"].tolist() == [5, 30, 35]
    assert whole["stretch"].tolist() == [0, 1, 1]
    assert joined(parts[1:2], where) is None and joined([], where) is None


@pytest.mark.parametrize("way", [1, -1])
def test_of_a_rise_and_a_fall_the_higher_stays(way):
    up, down = table([100, 500], [3, 1]), table([104, 504], [2, 2], sign=-1)
    kept = [t["verdict"].tolist() for t in undoubled([up, down][::way], 10)][::way]
    assert kept == [["spike", ""], ["", "spike"]]


def test_refused_events_and_other_stretches_remove_nothing():
    up, down = table([100], [1]), table([101], [9], ["too_small"], sign=-1)
    assert [t["verdict"].tolist() for t in undoubled([up, down], 10)] == [["spike"], ["too_small"]]
    far = table([101], [9], sign=-1, stretch=1)
    assert [t["verdict"].tolist() for t in undoubled([up, far], 10)] == [["spike"], ["spike"]]
    assert [t["verdict"].tolist() for t in undoubled([up, table([110], [9])], 10)] == [["spike"], ["spike"]]


@pytest.fixture
def recording():
    plain = make_recording(n_samples=1000, sampling_rate=1000.0, sweep_lengths=[400, 600])
    return dataclasses.replace(plain, sweeps=Sweeps.of_lengths([400, 600], [2.0, 10.0]))


def spikes_from(recording, *tables):
    return spikes_of(tables, recording, Stretches.between_walls(recording, NO_WALLS), MADE)


def test_rows_have_both_clocks_with_the_shift_in_each(recording):
    found = spikes_from(recording, table([100, 450]) | {"shift": np.array([0.25, -0.5])})
    assert found.time == pytest.approx([2.10025, 10.0495])
    assert found.time_in_sweep == pytest.approx([0.10025, 0.0495])
    assert found.sweep.tolist() == [0, 1]


def test_rows_are_sorted_signed_and_parted_by_verdict(recording):
    up = table([700, 300], [2, 1], ["spike", "artefact"])
    down = table([200, 500, 600], [3, 4, 5], ["spike", "", "spike"], sign=-1)
    found = spikes_from(recording, up, down)
    assert found.sample_index.tolist() == [200, 600, 700]
    assert found.height.tolist() == [-3, -5, 2]
    assert found.candidates.sample_index.tolist() == [300]
    assert found.candidates["verdict"].tolist() == ["artefact"]


def test_columns_of_the_detectors_own_are_kept_and_inner_ones_are_not(recording):
    own = table([100]) | {"slope": np.array([7.0]), "probability": np.array([0.75])}
    found = spikes_from(recording, own)
    assert list(found.columns) == [*REQUIRED, "slope"]
    assert found["slope"].tolist() == [7.0] and found.probability.tolist() == [0.75]
    assert np.isnan(spikes_from(recording, table([100])).probability).all()


@pytest.mark.parametrize("tables", [[], [table([])]])
def test_no_rows_have_the_columns_and_kinds_of_some(recording, tables):
    none, some = spikes_from(recording, *tables), spikes_from(recording, table([100]))
    assert len(none) == len(none.candidates) == 0
    assert {n: c.dtype.kind for n, c in none.columns.items()} == {
        n: c.dtype.kind for n, c in some.columns.items()
    }
    assert dict(none.units) == dict(some.units)


def test_the_channel_is_counted_through_the_file():
    both = np.column_stack([make_trace(1000, 1000.0), make_trace(1000, 1000.0)])
    one = Recording.from_array(both, 1000.0).select("ch1")
    found = spikes_from(one, table([100]))
    assert (found["channel"][0], found["channel_index"][0]) == ("ch1", 1)


def test_a_peak_at_the_first_sample_of_a_chunk_is_described_from_its_margin():
    trace = make_trace(2000, 10_000.0, [1000], noise=0.0)
    recording = Recording.from_array(trace, 10_000.0)
    where = Stretches.between_walls(recording, NO_WALLS)
    for size in (1000, 999, 1001, 5000):
        for span in spans(where, size, 60):
            if span.core_start <= 1000 < span.core_stop:
                known = described(read_chunk(recording, span), {"sample_index": np.array([1000])}, 50)
                assert known["height"][0] == pytest.approx(0.095, abs=1e-6)


def test_very_many_parts_are_joined_in_order_as_they_come():
    places = np.random.default_rng(0).integers(0, 8000, 150 * 3)
    parts = ({"sample_index": at, "twice": 2 * at} for at in np.sort(places).reshape(150, 3))
    both = joined(parts, Stretches.between_walls(make_recording(n_samples=8000), NO_WALLS))
    np.testing.assert_array_equal(both["sample_index"], np.sort(places))
    np.testing.assert_array_equal(both["twice"], 2 * np.sort(places))
