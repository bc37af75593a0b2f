"""Neo's own objects, made from ours and made into ours."""

from __future__ import annotations

import dataclasses

import neo
import numpy as np
import pytest
import quantities as pq

from spikelens.errors import OutsideRecording, UnsupportedInput
from spikelens.recording import Channel, Recording, Sweeps
from spikelens.sources import ArraySource
from spikelens.spikes import Spikes
from tests.exporters.cases import in_sweeps, simulated, table


def test_a_block_has_a_segment_per_sweep_at_its_true_time():
    recording = in_sweeps()
    block = recording.to_neo(table(recording, [0.1, 0.2, 90.05]))
    assert isinstance(block, neo.Block) and [type(s) for s in block.segments] == [neo.Segment] * 2
    signals = [segment.analogsignals[0] for segment in block.segments]
    assert [float(s.t_start.rescale("s")) for s in signals] == [0.0, 90.0]
    assert str(signals[0].units.dimensionality) == "V" and signals[0].sampling_rate == 1000 * pq.Hz
    for k, signal in enumerate(signals):
        np.testing.assert_array_equal(signal.magnitude, recording.read_sweep(k))
    trains = [segment.spiketrains[0] for segment in block.segments]
    assert [t.times.rescale("s").magnitude.tolist() for t in trains] == [[0.1, 0.2], [90.05]]
    assert float(trains[1].t_start) == 90.0 and float(trains[1].t_stop) == pytest.approx(90.2)
    (epoch,) = block.segments[0].epochs
    assert epoch.labels.tolist() == ["tone"] and epoch.durations[0].rescale("s") == 0.1 * pq.s
    assert len(block.segments[1].epochs) == 0


def test_a_recording_comes_back_whole_with_its_stimulus_and_events():
    recording = simulated().recording
    back = Recording.from_neo(recording.to_neo())
    np.testing.assert_array_equal(back.read(), recording.read())
    assert (back.sampling_rate, back.mode, back.name) == (10_000, recording.mode, recording.name)
    assert back.stimulus is not None and recording.stimulus is not None
    assert back.stimulus.channel.quantity == "current"
    np.testing.assert_array_equal(back.stimulus.read(0, 20_000), recording.stimulus.read(0, 20_000))
    np.testing.assert_allclose(np.sort(back.events.start), np.sort(recording.events.start))
    again = Recording.from_neo(in_sweeps().to_neo())
    assert again.sweeps.bounds.tolist() == [0, 300, 500] and again.sweeps.start_times.tolist() == [0, 90]


def test_a_table_comes_back_with_every_column():
    recording = in_sweeps()
    spikes = table(recording, [0.1, 0.2, 90.05])
    spikes = spikes.with_columns({"unit_id": np.array([4, 1, 4], np.int32)})
    trains = spikes.to_neo(recording)
    assert [(t.annotations["sweep"], t.annotations["unit"], len(t)) for t in trains] == [
        (0, 1, 1),
        (0, 4, 1),
        (1, 1, 0),
        (1, 4, 1),
    ]
    back = Spikes.from_neo(trains, recording)
    for name, column in spikes.columns.items():
        np.testing.assert_array_equal(back[name], column, err_msg=name)


def test_signals_in_other_units_become_volts():
    traces = np.array([[-70.0, 0.1], [30.0, 0.2]])
    volts = neo.AnalogSignal(traces[:, :1], units="mV", sampling_rate=20 * pq.kHz, name="Vm")
    amperes = neo.AnalogSignal(traces[:, 1:], units="nA", sampling_rate=20 * pq.kHz, name="Im")
    segment = neo.Segment()
    segment.analogsignals.extend([amperes, volts])
    recording = Recording.from_neo(segment)
    values = {c.name: recording.read()[:, k] for k, c in enumerate(recording.channels)}
    np.testing.assert_allclose(values["Vm"], [-0.07, 0.03], rtol=1e-6)
    np.testing.assert_allclose(values["Im"], [1e-10, 2e-10], rtol=1e-6)
    assert recording.sampling_rate == 20_000
    assert len(Recording.from_neo(volts).channels) == 1


def test_plain_trains_are_units_and_must_lie_in_the_recording():
    recording = in_sweeps()
    trains = [neo.SpikeTrain([100.0], t_stop=1e6, units="ms"), neo.SpikeTrain([0.2], t_stop=1, units="s")]
    back = Spikes.from_neo(trains, recording)
    assert back.time.tolist() == [0.1, 0.2] and back["unit_id"].tolist() == [0, 1]
    assert back.sample_index.tolist() == [100, 200] and np.isnan(back.height).all()
    assert "unit_id" not in Spikes.from_neo(trains[0], recording)
    assert len(Spikes.from_neo([], recording)) == 0
    with pytest.raises(OutsideRecording, match="spike at 5 s"):
        Spikes.from_neo(neo.SpikeTrain([5.0], t_stop=9, units="s"), recording)


def test_what_is_no_voltage_is_refused():
    heat = neo.AnalogSignal([[1.0], [2.0]], units="degC", sampling_rate=1 * pq.Hz)
    with pytest.raises(UnsupportedInput, match="no signal of voltage"):
        Recording.from_neo(heat)


def test_channels_of_a_quantity_share_a_signal():
    stored = np.arange(40, dtype=np.int16).reshape(10, 4)
    kinds = [Channel("a"), Channel("i", "current"), Channel("b"), Channel("ttl", "digital")]
    recording = Recording(ArraySource(stored), 1000.0, tuple(kinds), Sweeps.of_lengths([10]))
    signals = recording.to_neo().segments[0].analogsignals
    assert [s.name for s in signals] == ["a, b", "i", "ttl"]
    np.testing.assert_array_equal(signals[0].magnitude, stored[:, [0, 2]])
    assert signals[0].array_annotations["channel_names"].tolist() == ["a", "b"]
    back = Recording.from_neo(dataclasses.replace(recording).to_neo())
    assert [c.name for c in back.channels] == ["a", "b", "i"]
