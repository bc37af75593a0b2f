from __future__ import annotations

import os
import pickle
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.errors import OutsideRecording, UnknownName, UnreadableFile
from spikelens.recording import Channel, Events, Recording, Sweeps
from spikelens.sources import (
    ArraySource,
    CalledSource,
    ChainedSource,
    ChosenChannels,
    MappedSource,
    by_calls,
)


def two_channels() -> Recording:
    stored = np.arange(24, dtype=np.int16).reshape(12, 2)
    return Recording(
        source=ArraySource(stored),
        sampling_rate=10.0,
        channels=(Channel("Vm", "voltage", 1e-3, -0.070, "mV"), Channel("Im", "current", 1e-12)),
        sweeps=Sweeps.of_lengths([5, 7], [0.0, 90.0]),
    )


def test_values_are_stored_numbers_times_gain_plus_offset():
    recording = two_channels()
    assert recording.read(2, 4)[:, 0] == pytest.approx([4e-3 - 0.070, 6e-3 - 0.070])
    assert recording.read(0, 1)[0, 1] == pytest.approx(1e-12)
    assert recording.read().dtype == np.float32
    assert recording.read_sweep(1).shape == (7, 2)
    assert recording.stored(3, 4).dtype == np.int16


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (5, 3), (0, 13)])
def test_samples_outside_are_refused(start, stop):
    with pytest.raises(OutsideRecording, match="not within"):
        two_channels().read(start, stop)


def test_a_sweep_that_is_not_there_is_refused():
    with pytest.raises(OutsideRecording, match="no sweep 2; there are 0 to 1"):
        two_channels().read_sweep(2)


def test_true_sweep_starts_make_the_clock():
    recording = two_channels()
    assert recording.time_base == "recorded"
    assert recording.duration == pytest.approx(1.2)
    np.testing.assert_allclose(recording.time_of(np.array([0, 4, 5, 11])), [0, 0.4, 90.0, 90.6])
    np.testing.assert_array_equal(recording.sample_at([0.4, 50.0, 90.0]), [4, 5, 5])


def test_times_between_sweeps_are_of_no_sample():
    recording = two_channels()
    times = [-0.06, -0.05, 0.0, 0.4, 0.45, 0.46, 50.0, 89.94, 89.95, 90.0, 90.6, 90.65, 90.66, 1e9]
    there = [False, True, True, True, True, False, False, False, True, True, True, True, False, False]
    assert recording.is_recorded(times).tolist() == there
    assert not Recording.from_array(np.empty(0), 10.0).is_recorded(0.0).any()


@pytest.mark.parametrize("starts", [None, [0.0, np.nan], [0.0, 0.3], [5.0, 0.0]])
def test_starts_that_cannot_be_leave_sweeps_chained(starts):
    import dataclasses

    recording = dataclasses.replace(two_channels(), sweeps=Sweeps.of_lengths([5, 7], starts))
    assert recording.time_base == "chained"
    np.testing.assert_allclose(recording.time_of(np.array([4, 5])), [0.4, 0.5])


def test_channels_are_chosen_by_name_or_number():
    recording = two_channels()
    assert recording.select("Im").channels[0].index == 1
    assert recording.select("1").select("Im").channels[0].name == "Im"
    with pytest.raises(UnknownName, match=r"0 \(Vm\), 1 \(Im\)"):
        recording.select("V")
    with pytest.raises(UnknownName):
        recording.select(2)


def test_events_add_up_and_are_found_by_source():
    events = Events.at([1.0, 2.0], [1.5, 2.5], label="on", source="ttl") + Events.at(
        [3.0], source="tag", value=7
    )
    assert len(events) == 3
    assert events.of_source("tag").value.tolist() == [7.0]
    assert events.of_source("ttl").label == ("on", "on")
    assert len(Events.none()) == 0


def test_a_recording_shows_itself_with_its_text_escaped():
    recording = two_channels().with_warnings("a < b")
    shown = recording._repr_html_()
    assert "10 Hz" in shown
    assert "a &lt; b" in shown


@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.data())
def test_chained_parts_read_as_one(lengths, data):
    whole = np.arange(2 * sum(lengths)).reshape(-1, 2)
    cuts = np.cumsum([0, *lengths])
    chain = ChainedSource([ArraySource(whole[a:b]) for a, b in pairwise(cuts)])
    assert chain.shape == whole.shape
    start = data.draw(st.integers(0, whole.shape[0]))
    stop = data.draw(st.integers(start, whole.shape[0]))
    np.testing.assert_array_equal(chain.read(start, stop), whole[start:stop])


@pytest.mark.parametrize("channels_first", [False, True])
def test_a_mapped_file_reads_as_its_array_and_pickles_small(tmp_path, channels_first):
    samples = np.arange(3000, dtype="<i2").reshape(1000, 3)
    path = tmp_path / "raw.bin"
    path.write_bytes(b"head" + (samples.T if channels_first else samples).tobytes())
    source = MappedSource(path, "<i2", 1000, 3, offset=4, channels_first=channels_first)
    np.testing.assert_array_equal(source.read(10, 20), samples[10:20])
    packed = pickle.dumps(source)
    assert len(packed) < 1000
    np.testing.assert_array_equal(pickle.loads(packed).read(990, 1000), samples[990:])
    np.testing.assert_array_equal(ChosenChannels(source, (2,)).read(0, 4)[:, 0], samples[:4, 2])


@pytest.mark.parametrize("kind", ["<i2", ">f4"])
def test_calls_read_what_a_mapping_does(tmp_path, kind):
    samples = np.arange(3000).astype(kind).reshape(1000, 3)
    path = tmp_path / "raw.bin"
    path.write_bytes(b"head" + samples.tobytes())
    mapped = ChosenChannels(MappedSource(path, kind, 1000, 3, offset=4), (2, 0))
    called = by_calls(mapped)
    assert isinstance(called.source, CalledSource)
    for start, stop in ((0, 1000), (10, 20), (7, 7)):
        np.testing.assert_array_equal(called.read(start, stop), mapped.read(start, stop))
    again = pickle.loads(pickle.dumps(called))
    np.testing.assert_array_equal(again.read(990, 1000), samples[990:, [2, 0]])
    os.truncate(path, 100)
    with pytest.raises(UnreadableFile, match="truncated or replaced while it was read"):
        called.read(900, 1000)
    by_channel = MappedSource(path, kind, 10, 1, channels_first=True)
    assert by_calls(by_channel) is by_channel


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file that fails to be read is Linux's")
def test_what_the_system_cannot_read_is_an_error_with_the_path():
    failing = by_calls(MappedSource(Path("/proc/self/mem"), "<i2", 100, 1))
    with pytest.raises(UnreadableFile, match="cannot read /proc/self/mem: Input/output error"):
        failing.read(0, 10)


@pytest.mark.skipif(os.name == "nt", reason="Windows does not let a mapped file go")
def test_a_mapped_file_that_shrinks_is_an_error_and_one_that_is_gone_is_read_on(tmp_path):
    path = tmp_path / "x.bin"
    np.arange(40, dtype=np.int16).tofile(path)
    source = MappedSource(path, "<i2", 10, 4)
    assert source.read(9, 10).tolist() == [[36, 37, 38, 39]]
    os.truncate(path, 40)
    with pytest.raises(UnreadableFile, match="truncated or replaced while it was read"):
        source.read(0, 1)
    os.truncate(path, 80)
    path.unlink()
    assert source.read(0, 1).tolist() == [[0, 1, 2, 3]]
