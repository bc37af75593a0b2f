"""pynapple's own objects, made from ours and made into ours."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from spikelens.errors import UnsupportedInput
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from tests.exporters.cases import in_sweeps, simulated, table

pynapple = pytest.importorskip("pynapple", reason="pynapple is absent")
pytestmark = pytest.mark.filterwarnings("ignore:.*:Warning:pynapple")


def test_a_trace_is_a_tsd_in_volts_on_the_sweeps():
    recording = in_sweeps()
    tsd = recording.to_pynapple()
    assert isinstance(tsd, pynapple.Tsd)
    np.testing.assert_array_equal(tsd.values, recording.read()[:, 0])
    np.testing.assert_allclose(tsd.t, recording.time_of(np.arange(500)), atol=1e-9)
    np.testing.assert_allclose(tsd.time_support.start, [0, 90])
    np.testing.assert_allclose(tsd.time_support.end, [0.3, 90.2], atol=2e-9)
    back = Recording.from_pynapple(tsd)
    assert back.sweeps.bounds.tolist() == [0, 300, 500] and back.sweeps.start_times.tolist() == [0, 90]
    np.testing.assert_array_equal(back.read(), recording.read())


def test_sweeps_laid_end_to_end_are_not_joined():
    recording = Recording.from_array(np.arange(500) * 1e-3, 1000.0, sweep_lengths=[300, 200])
    back = Recording.from_pynapple(recording.to_pynapple())
    assert back.sweeps.bounds.tolist() == [0, 300, 500]


def test_several_channels_are_a_frame():
    recording = Recording.from_array(np.arange(40.0).reshape(20, 2), 12_500.0)
    frame = recording.to_pynapple()
    assert isinstance(frame, pynapple.TsdFrame) and list(frame.columns) == ["ch0", "ch1"]
    back = Recording.from_pynapple(frame)
    assert [c.name for c in back.channels] == ["ch0", "ch1"] and back.sampling_rate == 12_500
    np.testing.assert_array_equal(back.read(), recording.read())


def test_units_are_a_group_over_the_observed_time():
    recording = in_sweeps()
    spikes = table(recording, [0.1, 0.2, 90.05])
    spikes = spikes.with_columns({"unit_id": np.array([4, 1, 4], np.int32)})
    group = spikes.to_pynapple(recording)
    assert isinstance(group, pynapple.TsGroup) and list(group.keys()) == [1, 4]
    np.testing.assert_allclose(group[4].t, [0.1, 90.05])
    np.testing.assert_allclose(group.rates, [1 / 0.5, 2 / 0.5], rtol=1e-6)
    back = Spikes.from_pynapple(group, recording)
    np.testing.assert_array_equal(back.time, spikes.time)
    np.testing.assert_array_equal(back["unit_id"], spikes["unit_id"])
    one = Spikes.from_pynapple(group[4], recording)
    assert one.time.tolist() == [0.1, 90.05] and "unit_id" not in one


def test_times_finer_than_a_sample_are_kept_to_a_nanosecond():
    simulation = simulated()
    times = simulation.truth.time + 1.23e-6
    spikes = table(simulation.recording, times.tolist())
    group = spikes.to_pynapple(simulation.recording)
    np.testing.assert_allclose(group[0].t, times, atol=1e-9)


def test_uneven_samples_are_refused():
    uneven = pynapple.Tsd(np.array([0.0, 1.0, 1.5, 4.0]), np.zeros(4))
    with pytest.raises(UnsupportedInput, match="not evenly spaced"):
        Recording.from_pynapple(uneven)
    with pytest.raises(UnsupportedInput, match="no sampling rate"):
        Recording.from_pynapple(pynapple.Tsd(np.array([1.0]), np.zeros(1)))


def test_without_pynapple_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynapple", None)
    with pytest.raises(UnsupportedInput, match="pip install pynapple"):
        in_sweeps().to_pynapple()
