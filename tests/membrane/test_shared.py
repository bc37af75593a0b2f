"""Spike-triggered averages and coherence, against Elephant, SciPy and chance."""

from __future__ import annotations

import json
import os
import subprocess

import numpy as np
import pytest
from scipy.signal import coherence as scipys
from scipy.signal import csd

from spikelens.errors import UnknownName, UnsupportedInput
from spikelens.membrane.coherence import find_coherence
from spikelens.membrane.measuring import measure_membrane
from spikelens.membrane.passing import pass_over
from spikelens.membrane.rule import MembraneRule
from spikelens.membrane.triggered import trigger_average
from spikelens.recording import Recording
from spikelens.stretches import Stretches
from tests.data import recording_file
from tests.factory import NO_WALLS, make_spikes
from tests.membrane.cells import RATE, wander, with_spikes

SLOW = 2000.0
"""At this rate a bin of the coarse trace is one sample."""


def coarse_of(samples, lengths=None, rate=SLOW):
    recording = Recording.from_array(np.asarray(samples, np.float32), rate, sweep_lengths=lengths)
    return recording, pass_over(recording, Stretches.between_walls(recording, NO_WALLS)).coarse


def test_an_average_is_numpys_and_leaves_out_spikes_near_edges():
    rng = np.random.default_rng(1)
    recording, coarse = coarse_of(rng.normal(size=6000), [2000, 4000])
    peaks = [10, 300, 1990, 2100, 2300, 5999]
    found = trigger_average(coarse, make_spikes(recording, peaks), MembraneRule(reach=0.05, shuffles=20))
    used = [300, 2100, 2300]
    trace = recording.read()[:, 0]
    np.testing.assert_allclose(
        found.mean, np.mean([trace[p - 100 : p + 101] for p in used], axis=0), atol=1e-6
    )
    assert (found.n_used, found.n_left_out) == (3, 3)
    assert found.lag[[0, 100, -1]].tolist() == [-0.05, 0.0, 0.05]


ELEPHANT = """
import json, sys
import numpy as np, neo, quantities as pq
from elephant.sta import spike_triggered_average
held = np.load(sys.argv[1])
rate = float(held["rate"])
signal = neo.AnalogSignal(held["volts"], units="V", sampling_rate=rate * pq.Hz)
train = neo.SpikeTrain(held["times"] * pq.s, t_stop=signal.t_stop)
half = float(held["reach"]) * pq.s
average = spike_triggered_average(signal, train, (-half, half))
print(json.dumps([average.magnitude[:, 0].tolist(), int(np.sum(average.annotations["used_spikes"]))]))
"""


@pytest.mark.peers
def test_an_average_is_elephants(tmp_path):
    python = os.environ.get("SPIKELENS_PEERS")
    if not python:
        pytest.skip("SPIKELENS_PEERS does not name the Python of an environment with Elephant")
    rng = np.random.default_rng(2)
    recording, coarse = coarse_of(rng.normal(size=20_000))
    peaks = np.sort(rng.choice(20_000, 80, replace=False))
    spikes = make_spikes(recording, peaks)
    found = trigger_average(coarse, spikes, MembraneRule(reach=0.1, shuffles=20))
    facts = {
        "volts": recording.read()[:, 0].astype(np.float64),
        "rate": SLOW,
        "times": spikes.time + 0.25 / SLOW,
        "reach": 0.1,
    }
    np.savez(tmp_path / "trace.npz", **facts)
    run = subprocess.run(
        [python, "-W", "ignore", "-c", ELEPHANT, str(tmp_path / "trace.npz")], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    average, n_used = json.loads(run.stdout.splitlines()[-1])
    assert n_used == found.n_used
    n = min(len(average), found.mean.size)
    np.testing.assert_allclose(found.mean[:n], average[:n], rtol=1e-6, atol=1e-7)


def test_chance_leaves_the_control_band_as_often_as_is_said():
    outside = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        recording, coarse = coarse_of(rng.normal(size=40_000), [20_000, 20_000])
        peaks = np.sort(rng.choice(40_000, 200, replace=False))
        rule = MembraneRule(reach=0.05, shuffles=400, seed=seed)
        outside.append(trigger_average(coarse, make_spikes(recording, peaks), rule).outside.mean())
    assert 0.03 < np.mean(outside) < 0.08


def test_what_follows_spikes_leaves_the_band_and_the_spike_itself_is_gone():
    volts = wander(400_000, sd=1e-3)
    peaks = [*range(2000, 398_000, 1500)]
    bump = 2e-3 * np.exp(-0.5 * ((np.arange(400) - 200) / 60) ** 2)
    for peak in peaks:
        volts[peak + 300 : peak + 700] += bump
    recording, spikes = with_spikes(volts, peaks)
    found = measure_membrane(recording, spikes, shuffles=100).triggered
    at = np.searchsorted(found.lag, 0.05)
    assert found.mean[at] - found.control[at] == pytest.approx(2e-3, abs=0.4e-3) and found.outside[at]
    assert np.abs(found.mean[np.abs(found.lag) < 2e-3] + 0.065).max() < 1e-3


def test_the_same_seed_gives_the_same_band():
    recording, coarse = coarse_of(np.random.default_rng(0).normal(size=6000))
    spikes = make_spikes(recording, [*range(500, 5500, 130)])
    bands = [trigger_average(coarse, spikes, MembraneRule(seed=s, shuffles=30)).low for s in (4, 4, 5)]
    np.testing.assert_array_equal(bands[0], bands[1])
    assert not np.array_equal(bands[0], bands[2])


@pytest.mark.parametrize("peaks", [[], [50]])
def test_no_spike_that_can_be_used_gives_no_average(peaks):
    recording, coarse = coarse_of(np.zeros(6000))
    found = trigger_average(coarse, make_spikes(recording, peaks), MembraneRule())
    assert found.n_used == 0 and np.isnan(found.mean).all() and not found.outside.any()


def pair(n, seed=0):
    rng = np.random.default_rng(seed)
    shared = wander(n, mean=0, sd=1, tau=0.002, seed=seed)
    return shared + rng.normal(size=n), np.roll(shared, 4) + rng.normal(size=n)


def test_coherence_of_one_stretch_is_scipys():
    x, y = pair(40_000)
    found = find_coherence(coarse_of(x)[1], coarse_of(y)[1], segment=0.5)
    frequency, expected = scipys(np.float32(x), np.float32(y), SLOW, nperseg=1000)
    np.testing.assert_allclose(found.frequency, frequency[1:])
    np.testing.assert_allclose(found.coherence, expected[1:], rtol=1e-4, atol=1e-7)
    assert found.n_segments == 79 and 60 < found.n_independent < 79
    _, cross = csd(x, y, SLOW, nperseg=1000)
    np.testing.assert_allclose(found.phase[:20], np.angle(cross)[1:21], atol=1e-3)
    assert found.phase[10] < 0  # The second channel lags.


def test_segments_cross_no_wall():
    x, y = pair(24_000)
    lengths = [1000] * 24
    found = find_coherence(coarse_of(x, lengths)[1], coarse_of(y, lengths)[1], segment=1.0)
    cut = [np.float32(v).reshape(24, 1000) for v in (x, y)]
    _, expected = scipys(*(c.ravel() for c in cut), SLOW, nperseg=1000, noverlap=0)
    np.testing.assert_allclose(found.coherence, expected[1:], rtol=1e-4, atol=1e-7)
    assert found.segment == 0.5 and found.n_segments == 24


def test_independent_noise_is_below_the_level_as_often_as_is_said():
    below = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        traces = [coarse_of(rng.normal(size=60_000))[1] for _ in range(2)]
        found = find_coherence(*traces, segment=0.25)
        below.append((found.coherence[5:-5] < found.level).mean())
    assert 0.93 < np.mean(below) < 0.97


def test_too_few_segments_give_no_coherence():
    x, y = pair(4000)
    assert find_coherence(coarse_of(x)[1], coarse_of(y)[1], segment=1.0) is None
    assert find_coherence(coarse_of([0.0])[1], coarse_of([0.0])[1], segment=1.0) is None


def test_a_second_channel_is_another_channel_or_recording_of_the_same_samples():
    volts, field = wander(60_000), 1e-4 * wander(60_000, mean=0, sd=1, seed=3)
    recording, spikes = with_spikes(volts, [20_000, 30_000])
    both = Recording.from_array(np.column_stack([recording.read()[:, 0], field]).astype(np.float32), RATE)
    beside = Recording.from_array(field.astype(np.float32), RATE)
    by_name = measure_membrane(both, spikes, second=1, segment=0.2).second
    by_recording = measure_membrane(recording, spikes, second=beside, segment=0.2).second
    np.testing.assert_array_equal(by_name.coherence.coherence, by_recording.coherence.coherence)
    with pytest.raises(UnknownName, match="channel 'lfp'"):
        measure_membrane(both, spikes, second="lfp")
    with pytest.raises(UnsupportedInput, match="resample one"):
        measure_membrane(recording, spikes, second=Recording.from_array(field, RATE / 2))
    with pytest.raises(UnsupportedInput, match="not of the same time"):
        measure_membrane(recording, spikes, second=Recording.from_array(field[:-1], RATE))


@pytest.mark.parametrize(("mode", "quantity"), [("voltage-clamp", "current"), ("cell-attached", "voltage")])
def test_what_is_no_membrane_potential_is_refused(mode, quantity):
    recording = Recording.from_array(np.zeros(5000), RATE, mode=mode, quantity=quantity)
    with pytest.raises(UnsupportedInput, match="no free membrane potential"):
        measure_membrane(recording, make_spikes(recording, []))


def test_a_recording_that_is_all_spikes_is_measured_and_said():
    from spikelens.membrane.words import warnings

    recording, spikes = with_spikes(np.full(20_000, -0.065), [*range(40, 19_900, 19)])
    found = measure_membrane(recording, spikes)
    assert found.bridged_samples(found.whole.stretches) > 0.9 * 20_000
    assert any("largely the bridges'" in text for text in warnings(found))


@pytest.mark.parametrize("name", ["File_axon_3.abf", "171116sh_0018.abf", "18425108.abf"])
def test_real_spikes_are_gone_from_the_bridged_trace(name):
    from spikelens import api

    recording = api.read(recording_file(f"pyabf/{name}"))
    spikes = api.find(recording)
    found = measure_membrane(recording, spikes)
    bare = found.bridged.read()[:, 0]
    tall = found.recording.read()[spikes.sample_index, 0] - bare[spikes.sample_index]
    # Stimulus artefacts stand 18 ms into sweeps of File_axon_3.
    assert not ((spikes["time_in_sweep"] > 0.017) & (spikes["time_in_sweep"] < 0.019)).any()
    assert (tall > 0.7 * spikes["amplitude"]).mean() > 0.95
    assert 0 < found.bridged_samples(found.whole.stretches) < 0.05 * recording.n_samples
