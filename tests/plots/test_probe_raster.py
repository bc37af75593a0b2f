from __future__ import annotations

import numpy as np

from spikelens.plots.probe_raster import probe_raster
from tests.factory import make_recording, make_spikes


def spikes_on(channels):
    recording = make_recording(n_samples=20_000)
    at = np.linspace(500, 19_000, len(channels)).astype(int)
    return make_spikes(recording, at, columns={"channel_index": np.array(channels, np.int32)})


def test_each_spike_is_a_dot_at_its_time_and_channel():
    spikes = spikes_on([3, 0, 7, 3])
    axes = probe_raster(spikes)
    np.testing.assert_allclose(
        axes.collections[0].get_offsets(), np.column_stack([spikes.time, [3, 0, 7, 3]])
    )
    assert axes.get_ylabel() == "channel"


def test_depths_are_drawn_where_all_are_known():
    spikes = spikes_on([0, 1])
    axes = probe_raster(spikes, np.array([20.0, 40.0]))
    assert axes.get_ylabel() == "depth (\u00b5m)"
    assert axes.collections[0].get_offsets()[:, 1].tolist() == [20.0, 40.0]
    assert probe_raster(spikes, np.array([20.0, np.nan])).get_ylabel() == "channel"


def test_rates_stand_beside():
    axes = probe_raster(spikes_on([2] * 10))
    (beside,) = axes.child_axes
    values = beside.patches[0].get_data().values
    assert values.sum() == 10  # Spikes of one second.


def test_no_spikes_are_said():
    assert "no spikes" in [text.get_text() for text in probe_raster(spikes_on([])).texts]
