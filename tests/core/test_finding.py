"""What `detect` and `measure` promise beyond what each detector and rule does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.factory import make_recording, make_spikes, make_trace

from spikelens import api, rooms
from spikelens.choosing import choose
from spikelens.errors import BadParameter
from spikelens.recording import Channel, Recording, Sweeps
from spikelens.sources import ArraySource
from spikelens.summary import sweep_rows

RATE = 20_000.0


@pytest.mark.parametrize("asked", [{"channel": 0}, {"mode": "current-clamp"}])
@pytest.mark.parametrize("verb", [api.detect, api.find])
def test_what_is_chosen_already_is_not_chosen_anew(verb, asked) -> None:
    chosen = choose(make_recording([3_000]))
    with pytest.raises(BadParameter, match="settled"):
        verb(chosen, **asked)
    assert len(verb(chosen)) == 1


def test_deviation_decides_alike_whatever_the_byte_order() -> None:
    stored = np.rint(make_trace(20_000, RATE, [3_000, 9_000]) / 3e-5)
    for kind in ("<i2", ">i2", "<i4", ">i4"):
        recording = Recording.from_array(stored.astype(kind), RATE, gain=3e-5)
        assert api.detect(recording, "deviation").sample_index.tolist() == [3_000, 9_000], kind


@pytest.mark.parametrize("name", ["adaptive", "deviation", "prominence", "template"])
def test_an_event_seen_both_ways_is_one(name: str) -> None:
    trace = make_trace(20_000, RATE, [3_000, 9_000])
    found = api.detect(Recording.from_array(trace, RATE), name, polarity="both")
    assert found.sample_index.tolist() == [3_000, 9_000]
    assert (found.height > 0.08).all()


@pytest.mark.parametrize("name", rooms.names("detectors"))
def test_every_detector_says_when_a_rise_and_a_fall_are_one_event(name: str) -> None:
    assert rooms.load("detectors", name)().dead_time(RATE) == 20


@pytest.mark.parametrize("name", ["adaptive", "bandpass_mad", "template"])
def test_both_phases_of_a_biphasic_spike_are_one_event(name: str) -> None:
    t = np.arange(20_000) / RATE
    trace = 1e-6 * np.random.default_rng(0).standard_normal(t.size)
    for at in (0.1, 0.5):
        trace += 50e-6 * np.exp(-0.5 * ((t - at) / 2e-4) ** 2)
        trace -= 80e-6 * np.exp(-0.5 * ((t - at - 6e-4) / 2e-4) ** 2)
    recording = Recording.from_array(trace.astype(np.float32), RATE, mode="extracellular")
    found = api.detect(recording, name, polarity="both")
    assert found.time == pytest.approx([0.1006, 0.5006], abs=1e-4)
    assert (found.height < 0).all()
    assert found.provenance.polarity == 0


def test_a_candidate_is_measured_among_the_spikes_but_is_not_their_neighbour() -> None:
    peaks = [2_000, 2_100, 8_000]
    recording = make_recording(peaks)
    whole = api.measure(recording, make_spikes(recording, peaks))
    parted = api.measure(recording, make_spikes(recording, [2_100, 8_000], rejected=[2_000]))
    assert parted.candidates is not None
    assert parted.candidates["trough_time"].tolist() == whole["trough_time"][:1].tolist()
    alone = api.measure(recording, make_spikes(recording, [2_100, 8_000]))
    assert all(alone[name].tobytes() == parted[name].tobytes() for name in alone.columns)


def test_rejected_events_are_measured_on_their_own_channel() -> None:
    quiet, busy = make_trace(20_000, RATE), make_trace(20_000, RATE, [5_000])
    recording = Recording.from_array(np.column_stack([quiet, busy]), RATE)
    found = api.detect(recording, channel=1)
    none = found.take(np.zeros(len(found), bool))
    rejected = found.take(found.sample_index > 0)
    verdicts = {"verdict": np.full(len(found), "too_small")}
    table = replace(none, candidates=rejected.with_columns(verdicts))
    measured = api.measure(recording, table)
    assert measured.candidates is not None
    assert measured.candidates["peak_v"] == pytest.approx([0.03], abs=1e-3)


def test_the_junction_potential_is_taken_off_once() -> None:
    recording = make_recording([5_000])
    once = api.measure(recording, make_spikes(recording, [5_000]), junction_potential=0.01)
    twice = api.measure(recording, once, feature_rule="efel", junction_potential=0.01)
    assert twice["upstroke_v"] == pytest.approx(once["upstroke_v"])


@pytest.mark.parametrize("begun", [0.0, 100.0])
def test_latency_does_not_depend_on_when_the_recording_began(begun: float) -> None:
    trace = make_trace(20_000, RATE, [5_000])
    recording = replace(
        Recording.from_array(trace, RATE), sweeps=Sweeps.of_lengths([trace.size], start_times=[begun])
    )
    rows = sweep_rows(recording, api.detect(recording))
    assert [row["latency"] for row in rows] == pytest.approx([0.25, 0.25], abs=1e-4)


def test_an_unknown_quantity_is_refused_with_what_would_do() -> None:
    ttl = Recording(
        source=ArraySource(np.zeros((100, 2), np.int16)),
        sampling_rate=RATE,
        channels=(Channel("Vm"), Channel("TTL", "digital")),
        sweeps=Sweeps.of_lengths([100]),
        mode="current-clamp",
    )
    with pytest.raises(api.UnsupportedInput, match="TTL is a digital; choose another with --channel"):
        api.detect(ttl, channel="TTL")


def test_words_take_no_more_room_than_they_need_and_are_whole() -> None:
    peaks = [0, 5_000, 9_000]
    recording = make_recording(peaks)
    found = api.measure(recording, make_spikes(recording, peaks))
    assert "peak at the edge" in found["notes"][0]
    for name in ("notes", "limited", "shape"):
        assert found[name].dtype.itemsize == 8
        assert len({id(word) for word in found[name]}) == len(set(found[name].tolist()))
