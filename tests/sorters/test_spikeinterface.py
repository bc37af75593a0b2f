"""What is handed to a sorter of SpikeInterface and what is made of its answer, without running one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import spikelens
from spikelens.engines.serial import Serial
from spikelens.recording import Recording
from spikelens.sorters import spikeinterface
from spikelens.stretches import Stretches

RATE = 10_000.0
TRUE = np.arange(500, 39_500, 1_000)


def troughs(name, rows, folder, settings):
    """A sorter of one unit: every sample far below the second channel's middle and below its neighbours."""
    x = rows[:, 1] - np.median(rows[:, 1])
    at = np.flatnonzero((x[1:-1] < -1e-4) & (x[1:-1] < x[:-2]) & (x[1:-1] < x[2:])) + 1
    found = np.zeros(at.size, [("sample_index", "i8"), ("unit_index", "i8")])
    found["sample_index"] = at
    return SimpleNamespace(unit_ids=[0], to_spike_vector=lambda: found)


@pytest.fixture(autouse=True)
def without_spikeinterface(monkeypatch):
    monkeypatch.setattr(spikeinterface, "_imported", lambda: troughs)
    monkeypatch.setattr(spikeinterface, "_handed", lambda rows, site, folder: rows)


def recording(offset: float = 0.0) -> Recording:
    """Spikes of one neuron on two channels, the second 200 uV high; the first may have an offset (V)."""
    rows = 1e-6 * np.random.default_rng(0).standard_normal((40_000, 2))
    for at in TRUE:
        rows[at - 10 : at + 11] -= np.exp(-0.5 * (np.arange(-10, 11) / 3) ** 2)[:, None] * [1.5e-4, 2e-4]
    return Recording.from_array((rows + np.array([offset, 0])).astype(np.float32), RATE, name="wire")


def test_spikes_after_a_gap_stand_where_they_were_recorded():
    bounds = np.array([[0, 10_200], [20_700, 33_000], [33_600, 40_000]])
    stretches = Stretches(np.zeros(3, np.int64), bounds[:, 0], bounds[:, 1])
    spikes = spikelens.sort(recording(), method="any", stretches=stretches, engine=Serial())
    inside = (TRUE[:, None] >= bounds[:, 0]) & (TRUE[:, None] < bounds[:, 1])
    assert spikes.sample_index.tolist() == TRUE[inside.any(axis=1)].tolist()


def test_an_offset_is_no_part_of_a_units_height():
    plain, offset = (spikelens.sort(recording(volts), method="any", engine=Serial()) for volts in (0.0, 1e-3))
    for spikes in (plain, offset):
        assert (spikes["channel_index"] == 1).all()
        assert spikes.height == pytest.approx(-2e-4, rel=0.02)
