"""The verb `sort`: two neurons of one wire told apart, by every way the same."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

import spikelens
from spikelens import errors
from spikelens.engines.serial import Serial
from spikelens.engines.threads import Threads
from spikelens.probes import Probe
from spikelens.recording import Recording
from spikelens.sorters import SORTED
from spikelens.sorters._drift import drift_of
from spikelens.sorters._noise import whitener_of
from spikelens.sorters._odds import fitted
from spikelens.sorting import sorted_spikes, unit_search, with_units
from spikelens.spikes import Spikes
from spikelens.trains import spikes_of_columns
from spikelens.unitmatching import compare_units
from tests.sorters.wires import RATE, probe, wire


@pytest.fixture(scope="module")
def case():
    recording, sample, unit = wire(20.0)
    return recording, sample, unit, spikelens.sort(recording, engine=Serial())


def test_two_neurons_are_told_apart(case):
    _, sample, unit, spikes = case
    compared = compare_units(sample / RATE, unit, spikes.time, spikes["unit_id"])
    assert len(compared.units_b) == 2
    assert compared.accuracy.min() > 0.93


def test_units_count_from_the_largest_and_times_lie_between_samples(case):
    _, _, _, spikes = case
    size = [np.median(np.abs(spikes.height[spikes["unit_id"] == u])) for u in (0, 1)]
    assert size[0] > size[1] > 50e-6
    assert (spikes.height < 0).all()
    parts = spikes.time * RATE - spikes.sample_index
    assert np.abs(parts).max() <= 0.51 and parts.std() > 0.1


def test_every_spike_says_how_sure_it_is_and_why(case):
    _, sample, _, spikes = case
    for name, kind, meaning in SORTED:
        assert spikes[name].dtype == np.dtype(kind), name
        assert spikes.rules[name] == meaning
    p = spikes["unit_probability"]
    assert ((p >= 0) & (p <= 1)).all() and np.median(p) > 0.99
    collided = np.minimum(np.diff(sample, prepend=-(10**6)), np.diff(sample, append=10**8)) <= 1e-3 * RATE
    assert spikes["collided"].mean() == pytest.approx(collided.mean(), abs=0.03)
    assert (spikes["runner_up"] != spikes["unit_id"]).all()
    assert not spikes["refractory"].any()


@pytest.mark.parametrize("way", [(Serial(), 1.0), (Threads(workers=2), 3.0), (Serial(), 1000.0)])
def test_chunks_and_threads_change_no_byte(case, way):
    recording, _, _, spikes = case
    again = spikelens.sort(recording, engine=way[0], chunk_duration=way[1])
    assert list(again.columns) == list(spikes.columns)
    for name in spikes.columns:
        assert again[name].tobytes() == spikes[name].tobytes(), name


def test_a_search_pickles_with_what_it_learned(case):
    recording, _, _, spikes = case
    search = pickle.loads(pickle.dumps(unit_search(recording).taught()))
    np.testing.assert_array_equal(sorted_spikes(search, Serial()).sample_index, spikes.sample_index)


def test_given_spikes_stay_and_are_told_their_units(case):
    recording, _, _, spikes = case
    given = spikes.take(np.arange(0, len(spikes), 3))
    plain = dataclasses.replace(
        given, columns={k: v for k, v in given.columns.items() if k not in {n for n, _, _ in SORTED}}
    )
    moved = plain.with_columns(
        {"sample_index": np.append(plain.sample_index[:-1], plain.sample_index[-1] + 90)}
    )
    told = spikelens.sort(recording, moved, engine=Serial())
    assert told.sample_index.tolist() == moved.sample_index.tolist()
    assert told["unit_id"][:-1].tolist() == given["unit_id"][:-1].tolist()
    assert told["unit_id"][-1] == -1 and np.isnan(told["unit_probability"][-1])


def table(recording: Recording, samples: list[int], channels: list[int], units: list[int]) -> Spikes:
    """Sorted spikes of a recording, which say nothing but their units."""
    columns = {name: np.zeros(len(samples), kind) for name, kind, _ in SORTED}
    columns |= {
        "unit_id": np.array(units),
        "sample_index": np.array(samples),
        "channel_index": np.array(channels),
    }
    return spikes_of_columns(recording, {**columns, "height": np.ones(len(samples))}, made_by="hand")


def test_a_given_spike_is_of_the_nearest_sorted_one_on_a_channel_near_it():
    recording = Recording.from_array(np.zeros((5_000, 3), np.float32), RATE, mode="extracellular")
    contacts = Probe(np.array([[0.0, 0], [0, 30], [0, 300]]), np.zeros(3, np.int64))
    search = unit_search(recording, probe=contacts)
    found = table(recording, [1_000, 1_006, 2_000, 2_001, 3_000], [0, 0, 2, 1, 2], [4, 5, 6, 7, 8])
    given = table(recording, [1_004, 1_008, 2_000, 3_000, 4_000], [0, 1, 0, 0, 0], [0] * 5)
    assert with_units(given, found, search)["unit_id"].tolist() == [5, 5, 7, -1, -1]
    # Times alone are of no channel.
    times = spikes_of_columns(recording, {"sample_index": given.sample_index}, made_by="hand")
    assert with_units(times, found, search)["unit_id"].tolist() == [5, 5, 6, 8, -1]


def test_of_sorted_spikes_at_once_a_given_one_is_of_that_on_its_channel():
    recording = Recording.from_array(np.zeros((5_000, 2), np.float32), RATE, mode="extracellular")
    found = table(recording, [1_000, 1_000], [0, 1], [3, 4])
    given = table(recording, [1_000, 1_000], [0, 1], [0, 0])
    assert with_units(given, found, unit_search(recording))["unit_id"].tolist() == [3, 4]


def test_noise_alone_has_no_units():
    trace = np.random.default_rng(0).normal(0, 5e-6, 60_000).astype(np.float32)
    spikes = spikelens.sort(Recording.from_array(trace, RATE, mode="extracellular"), engine=Serial())
    assert len(spikes) == 0
    assert all(name in spikes for name, _, _ in SORTED)


def test_where_nothing_was_recorded_there_are_no_units():
    lost = Recording.from_array(np.full((5_000, 2), np.nan, np.float32), RATE, mode="extracellular")
    spikes = spikelens.sort(lost, engine=Serial())
    assert len(spikes) == 0 and all(name in spikes for name, _, _ in SORTED)
    assert spikelens.measure_units(lost, spikes).rows == []
    nowhere = spikes.stretches.none()
    recording, _, _ = wire(1.0)
    given = spikelens.find(recording, "bandpass_mad")
    assert (spikelens.sort(recording, given, stretches=nowhere, engine=Serial())["unit_id"] == -1).all()


def test_walls_are_not_crossed():
    recording, _, _ = wire(12.0, seed=3)
    halves = Recording.from_array(
        recording.read(), RATE, mode="extracellular", sweep_lengths=[100_000, recording.n_samples - 100_000]
    )
    spikes = spikelens.sort(halves, engine=Serial())
    assert set(spikes.sweep) == {0, 1}
    assert (spikes.sample_index[spikes.sweep == 1] >= 100_000).all()


def test_what_cannot_be_sorted_is_said():
    current = Recording.from_array(np.zeros(5000, np.float32), RATE, quantity="current")
    with pytest.raises(errors.UnsupportedInput, match="no voltage"):
        spikelens.sort(current)
    with pytest.raises(errors.UnknownName, match="cutof"):
        spikelens.sort(wire(1.0)[0], cutof=3)


def test_whitened_noise_is_white():
    from spikelens.sorters import Piece, Site

    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(60_001, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])
    rows = (1e-5 * (mixed[1:] + 0.7 * mixed[:-1])).astype(np.float32)
    site = Site(np.array([[0, 1], [1, 0]]), RATE, np.zeros((2, 2)))
    white = whitener_of([Piece(rows, 0, (0, 60_000))], site)(rows)[100:]
    assert white.std(axis=0) == pytest.approx(1, abs=0.03)
    assert np.corrcoef(white.T)[0, 1] == pytest.approx(0, abs=0.03)
    for lag in (1, 2, 5):
        assert np.corrcoef(white[lag:, 0], white[:-lag, 0])[0, 1] == pytest.approx(0, abs=0.03)


def test_smooth_noise_between_spikes_is_one_along_a_spike():
    # Noise so smooth that hardly anything is left at high frequencies, with spikes in it.
    from scipy.ndimage import gaussian_filter1d

    from spikelens.sorters import Piece, Site

    rng = np.random.default_rng(0)
    noise = gaussian_filter1d(rng.normal(size=120_000), 3.0)
    noise *= 1e-5 / noise.std()
    spike = np.exp(-0.5 * ((np.arange(60) - 25) / 4.0) ** 2)
    rows = noise.copy()
    for at in range(300, 119_000, 700):
        rows[at : at + 60] -= 1e-4 * spike
    site = Site(np.array([[0]]), RATE, np.zeros((1, 2)))
    held = rows.astype(np.float32)[:, None]
    whitener = whitener_of([Piece(held, 0, (0, 120_000))], site)
    way = whitener(np.pad(spike, 60).astype(np.float32)[:, None])[:, 0]
    left = whitener(noise.astype(np.float32)[:, None])[200:, 0]
    along = np.convolve(left, way[::-1] / np.linalg.norm(way), "valid")
    assert along.std() == pytest.approx(1, abs=0.1)


def test_probabilities_are_bent_to_what_was_right():
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 3, 4000)
    right = rng.random(4000) < 1 / (1 + np.exp(-(0.5 * odds - 0.4)))
    curve = fitted(odds, right)
    assert (curve.slope, curve.offset) == pytest.approx((0.5, -0.4), abs=0.12)


def test_drift_follows_amplitudes():
    at = np.sort(np.random.default_rng(0).integers(0, 2_000_000, 1000))
    drift = drift_of(np.zeros(1000, int), at, 1 + 0.3 * at / 2e6, 1, RATE)
    assert drift.at(0.5e6)[0] == pytest.approx(1.075, abs=0.02)
    assert drift.at(1.5e6)[0] == pytest.approx(1.225, abs=0.02)


def test_the_neurons_of_a_probe_are_told_apart_wherever_they_peak():
    recording, contacts, sample, unit = probe()
    spikes = spikelens.sort(recording, probe=contacts, engine=Serial())
    compared = compare_units(sample / RATE, unit, spikes.time, spikes["unit_id"])
    assert len(compared.units_b) == 4
    assert compared.accuracy.min() > 0.95
    assert {int(c) for c in np.unique(spikes["channel_index"])} <= {1, 2, 5, 6, 9, 10}
