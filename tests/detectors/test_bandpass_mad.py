from __future__ import annotations

import os

import numpy as np
import pytest
from tests.data import recording_file
from tests.detectors.run import NO_WALLS, detect

from spikelens import find, read
from spikelens.detectors.bandpass_mad import BandpassMad
from spikelens.errors import BadParameter
from spikelens.passes import read_chunk, survey_spans
from spikelens.recording import Recording
from spikelens.stretches import Stretches

RATE = 20_000.0


def test_the_noise_level_is_the_standard_deviation_of_normal_noise() -> None:
    trace = np.random.default_rng(0).normal(0.01, 3e-4, 400_000).astype(np.float32)
    trace[::5_000] = 0.1
    recording = Recording.from_array(trace, RATE)
    stretches = Stretches.between_walls(recording, NO_WALLS)
    blocks = [read_chunk(recording, span) for span in survey_spans(recording, stretches)]
    level = BandpassMad().survey(blocks)["noise_level"]
    assert level == pytest.approx(3e-4, rel=0.01)
    assert BandpassMad().survey(blocks[::-1])["noise_level"] == level


def test_nothing_to_survey_finds_nothing() -> None:
    assert np.isnan(BandpassMad().survey([])["noise_level"])
    recording = Recording.from_array(np.ones(5_000, np.float32), RATE)
    assert detect(recording, BandpassMad(), walls=np.array([[0, 5_000]])).sample_index.size == 0


def test_the_band_stays_below_half_the_sampling_rate() -> None:
    assert BandpassMad().prefilter(50_000.0)[1]["high"] == 6_000.0
    assert BandpassMad().prefilter(4_000.0)[1]["high"] == pytest.approx(1_800.0)


def test_either_edge_can_be_left_out_but_one_channel_needs_the_lower() -> None:
    assert BandpassMad(high="none").prefilter(50_000.0)[1] == {"low": 300.0, "high": None, "order": 3}
    assert BandpassMad(low=None).prefilter(50_000.0)[1]["low"] is None
    recording = Recording.from_array(np.ones(5_000, np.float32), RATE)
    with pytest.raises(BadParameter, match="give --low"):
        detect(recording, BandpassMad(low=None))


def test_currents_are_served_too() -> None:
    trace = np.random.default_rng(0).normal(0, 1e-12, 40_000).astype(np.float32)
    trace[[5_000, 20_000]] += 50e-12
    recording = Recording.from_array(trace, RATE, quantity="current")
    assert "current" in BandpassMad.quantities
    assert detect(recording, BandpassMad(cutoff=8)).sample_index.tolist() == [5_000, 20_000]


@pytest.mark.parametrize("cut", range(5, 20, 4))
def test_a_spike_cut_by_the_wall_does_not_ring(cut: int) -> None:
    t = np.arange(40_000) / RATE
    noise = np.random.default_rng(0).normal(-0.065, 1e-4, t.size)
    spikes = [80e-3 * np.exp(-0.5 * ((t - at) / 0.4e-3) ** 2) for at in (0.0, 0.5, 1.0)]
    recording = Recording.from_array((noise + sum(spikes))[cut:].astype(np.float32), RATE)
    assert detect(recording, BandpassMad()).sample_index == pytest.approx([10_000 - cut, 20_000 - cut], abs=5)


def test_a_smaller_spike_soon_after_a_large_one_stays() -> None:
    trace = np.random.default_rng(0).normal(0, 1e-4, 40_000)
    trace[[10_000, 10_080, 20_000, 20_160]] += [0.04, 0.01, 0.04, 0.003]
    recording = Recording.from_array(trace.astype(np.float32), RATE)
    assert detect(recording, BandpassMad()).sample_index.tolist() == [10_000, 10_080, 20_000, 20_160]


@pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="two million samples are too many with the JIT off"
)
def test_the_foot_of_a_spike_in_a_current_is_no_candidate() -> None:
    found = find(read(recording_file("pyabf/File_axon_1.abf")), "bandpass_mad", mode="cell-attached")
    assert len(found) == 138
    assert found.candidates is not None and len(found.candidates) == 0
