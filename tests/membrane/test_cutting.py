"""Spikes are cut where they are, whole, never across a wall, and the same for any chunk."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.membrane import cutting
from spikelens.membrane.bridging import bridged, write_trace
from spikelens.membrane.cutting import cut_spikes
from spikelens.membrane.rule import MembraneRule
from spikelens.recording import Recording
from tests.factory import make_spikes
from tests.membrane.cells import BACK, ONSET, RATE, wander, with_spikes

FLAT = np.full(20_000, -0.07)


def test_a_cut_begins_before_the_onset_and_ends_where_the_fall_is_back():
    recording, spikes = with_spikes(FLAT, [5000, 9000])
    cuts = cut_spikes(recording, spikes, MembraneRule(lead=1e-3))
    np.testing.assert_array_equal(cuts.start, spikes.sample_index - round((ONSET + 1e-3) * RATE))
    np.testing.assert_array_equal(cuts.stop, spikes.sample_index + round(BACK * RATE))


@pytest.mark.parametrize(("until", "after"), [("return", 12), ("trough", 40)])
def test_an_afterhyperpolarisation_stays_unless_the_trough_ends_the_cut(until, after):
    trace = FLAT.copy()
    trace[5013:5100] -= 5e-3 * np.exp(-0.5 * ((np.arange(5013, 5100) - 5040) / 12) ** 2)
    recording, spikes = with_spikes(trace, [5000])
    cuts = cut_spikes(recording, spikes, MembraneRule(until=until))
    assert abs(int(cuts.stop[0]) - 5000 - after) <= 1


def test_a_fall_that_never_comes_back_ends_at_its_lowest():
    trace = FLAT + np.where(np.arange(FLAT.size) >= 5000, 0.02, 0.0)
    trace[5020:] -= 1e-4 * np.minimum(np.arange(trace.size - 5020), 100) / 100
    recording, spikes = with_spikes(trace, [5000])
    cuts = cut_spikes(recording, spikes, MembraneRule(longest=0.01))
    assert cuts.stop[0] == 5000 + 99


def test_spikes_whose_falls_are_cut_short_by_the_next_are_one_cut():
    recording, spikes = with_spikes(FLAT + np.linspace(0, 0.03, FLAT.size), [5000, 5019, 5038])
    cuts = cut_spikes(recording, spikes, MembraneRule())
    assert len(cuts) == 1
    assert cuts.start[0] < 5000 - 6 and cuts.stop[0] >= 5038 + 12


def test_a_spike_without_an_onset_is_cut_from_2_ms_before_its_peak():
    recording, spikes = with_spikes(FLAT, [5000])
    blind = spikes.with_columns({"onset_time": np.array([np.nan])})
    assert cut_spikes(recording, blind, MembraneRule(lead=0)).start[0] == 5000 - 20


def test_nothing_is_cut_without_spikes():
    recording, spikes = with_spikes(FLAT, [])
    cuts = cut_spikes(recording, spikes, MembraneRule())
    assert len(cuts) == 0 and cuts.n_samples(0, recording.n_samples) == 0
    np.testing.assert_array_equal(bridged(recording, cuts).read(), recording.read())


@given(
    gaps=st.lists(st.integers(25, 900), min_size=1, max_size=12),
    lengths=st.sampled_from([None, [4000, 1000, 15_000]]),
    chunk=st.sampled_from([0.02, 0.037, 0.4]),
)
def test_cuts_hold_every_spike_and_depend_on_no_chunk(gaps, lengths, chunk):
    peaks = [p for p in np.cumsum([10, *gaps]).tolist() if 6 <= p < 20_000 - 13]
    recording, spikes = with_spikes(wander(20_000), peaks, sweep_lengths=lengths)
    whole = cut_spikes(recording, spikes, MembraneRule())
    longer, cutting.CHUNK = cutting.CHUNK, chunk
    try:
        again = cut_spikes(recording, spikes, MembraneRule())
    finally:
        cutting.CHUNK = longer
    for name in vars(whole):
        np.testing.assert_array_equal(getattr(whole, name), getattr(again, name))
    assert (whole.start[1:] > whole.stop[:-1]).all() and (whole.start < whole.stop).all()
    holder = np.searchsorted(whole.start, spikes.sample_index, "right") - 1
    inside = (spikes.sample_index >= whole.start[holder]) & (spikes.sample_index < whole.stop[holder])
    # A spike at the very edge of its sweep may have nothing beside it to be bridged from.
    edge = np.isin(spikes.sample_index + 1, recording.sweeps.bounds)
    assert (inside | edge).all()
    assert (recording.sweeps.at(whole.start) == recording.sweeps.at(whole.stop - 1)).all()


@given(
    low=st.integers(0, 20_000), length=st.integers(0, 3000), bridge=st.sampled_from(["straight", "monotone"])
)
def test_any_slice_is_the_slice_of_the_whole(low, length, bridge):
    recording, spikes = with_spikes(wander(20_000), [400, 1900, 1925, 7000, 19_000])
    bare = bridged(recording, cut_spikes(recording, spikes, MembraneRule()), bridge)
    high = min(low + length, 20_000)
    np.testing.assert_array_equal(bare.read(low, high), bare.read()[low:high])


@pytest.mark.parametrize("bridge", ["straight", "monotone"])
def test_a_bridge_stays_between_its_ends_and_touches_nothing_else(bridge):
    recording, spikes = with_spikes(wander(20_000, sd=4e-3), [*range(300, 19_000, 400)])
    cuts = cut_spikes(recording, spikes, MembraneRule())
    before, bare = recording.read().copy(), bridged(recording, cuts, bridge).read()
    touched = np.zeros(20_000, bool)
    for start, stop in zip(cuts.start, cuts.stop, strict=True):
        touched[start:stop] = True
        piece, ends = bare[start : stop + 1, 0], sorted([bare[start, 0], bare[stop, 0]])
        assert piece.min() >= ends[0] - 1e-7 and piece.max() <= ends[1] + 1e-7
        assert (np.diff(piece) * (ends[0] - ends[1] if piece[0] > piece[-1] else 1) >= -1e-7).all()
    np.testing.assert_array_equal(bare[~touched], before[~touched])
    np.testing.assert_array_equal(recording.read(), before)


def test_a_monotone_bridge_keeps_the_slopes_at_its_ends():
    ramp = -0.07 + np.cumsum(np.where(np.arange(20_000) < 5000, 2e-6, 1e-6))
    recording, spikes = with_spikes(ramp, [5000])
    cuts = cut_spikes(recording, spikes, MembraneRule())
    straight, curved = (np.diff(bridged(recording, cuts, b).read()[:, 0]) for b in ("straight", "monotone"))
    at = int(cuts.start[0])
    assert curved[at] == pytest.approx(2e-6, rel=0.1)
    assert straight[at] < 1.9e-6


def test_the_true_membrane_potential_is_had_back_within_its_own_wander():
    volts = wander(200_000, sd=2e-3, tau=0.02)
    recording, spikes = with_spikes(volts, [*range(1000, 199_000, 1000)])
    bare = bridged(recording, cut_spikes(recording, spikes, MembraneRule())).read()[:, 0]
    error = bare - volts
    # Stated error: 0.25 mV of 2 mV over all the time, and no bias beyond 0.03 mV.
    assert error.std() < 0.25e-3 and abs(error.mean()) < 0.03e-3
    assert abs(bare.std() - volts.std()) < 0.05e-3


def test_a_bridged_recording_is_pickled_and_written(tmp_path):
    recording, spikes = with_spikes(wander(20_000), [4000], sweep_lengths=[8000, 12_000])
    bare = bridged(recording, cut_spikes(recording, spikes, MembraneRule()))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(bare)).read(), bare.read())
    write_trace(tmp_path / "v.npy", bare)
    np.testing.assert_array_equal(np.load(tmp_path / "v.npy"), bare.read()[:, 0])
    write_trace(tmp_path / "v.nwb", bare)
    from spikelens import api

    again = api.read(tmp_path / "v.nwb")
    np.testing.assert_array_equal(again.read(), bare.read())
    assert list(again.sweeps.bounds) == [0, 8000, 20_000]


def test_stored_integers_are_bridged_in_volts():
    trace = np.round(FLAT * 1e5).astype(np.int16)
    trace[5000] = 3000
    recording = Recording.from_array(trace, RATE, gain=1e-5)
    spikes = make_spikes(recording, [5000], columns={"onset_time": np.array([0.4995])})
    bare = bridged(recording, cut_spikes(recording, spikes, MembraneRule()))
    np.testing.assert_allclose(bare.read(), -0.07, atol=1e-8)
    assert bare.channels[0].unit == "V"
