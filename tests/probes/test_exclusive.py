"""What detection on many channels promises, whatever the chunks."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from spikelens.detectors.bandpass_mad import BandpassMad
from spikelens.errors import BadParameter, UnknownName
from spikelens.exclusive import Exclusive
from spikelens.probesearch import BASE_WINDOW, GUARD
from spikelens.recording import Recording
from tests.probes.cases import (
    GAIN,
    N_CHANNELS,
    RATE,
    counts,
    found_above,
    found_in,
    line,
    random_places,
    search_of,
    spike,
    table_of,
)

N = 90_000
PLACES = random_places(N)


@pytest.fixture(scope="module")
def stored():
    return counts(N, PLACES)


@pytest.fixture(scope="module")
def whole(stored):
    return table_of(search_of(stored), 60.0)


def near_enough(found, planted, within=2):
    """Every planted spike is found exactly once, and nothing else is."""
    assert len(found) == len(planted)
    for (at, channel), (true_at, true_channel) in zip(sorted(found), sorted(planted), strict=True):
        assert abs(at - true_at) <= within and channel == true_channel


def test_planted_spikes_are_found_once_each_on_their_channel(stored):
    near_enough(found_in(search_of(stored)), PLACES)


@pytest.mark.parametrize("chunk", [0.5, 0.7, 1.0, 2.0, 3.3, 60.0])
def test_the_chunk_size_does_not_matter(stored, whole, chunk):
    table = table_of(search_of(stored), chunk)
    for name, column in whole.items():
        assert table[name].tobytes() == column.tobytes()


@given(st.randoms(use_true_random=False), st.floats(0.5, 5.0))
def test_nor_does_the_order_of_the_work_or_who_does_it(chance, chunk):
    stored = counts(40_000, PLACES[:100])
    search = search_of(stored)
    expected = table_of(search, 60.0)
    parts = search.shares(chunk)
    mixed = parts.copy()
    chance.shuffle(mixed)
    other = pickle.loads(pickle.dumps(search))
    done = {share.number: (search if share.number % 2 else other).candidates(share) for share in mixed}
    for name, column in expected.items():
        assert np.concatenate([done[s.number][name] for s in parts]).tobytes() == column.tobytes()


def test_a_spike_at_every_offset_from_every_border_is_found_once():
    search = search_of(counts(N))
    length = search._block_samples
    borders = [length, 2 * length, 3 * length]
    assert borders[-1] + 200 < N
    for offset in range(-50, 51):
        planted = [(border + offset, 3 + k) for k, border in enumerate(borders)]
        shifted = search_of(counts(N, planted))
        for chunk in (0.5, 60.0):
            near_enough(found_in(shifted, chunk), planted)


@pytest.mark.parametrize("offset", range(51))
def test_a_spike_at_either_end_of_the_file_is_found_once(offset):
    n = 24_000
    planted = [(2 + offset, 2), (n - 3 - offset, 7)]
    near_enough(found_in(search_of(counts(n, planted))), planted, within=3)


def test_without_noise_a_spike_is_found_at_its_very_sample_wherever_it_stands():
    n = 40_000
    length = search_of(counts(n, noise=0.3))._block_samples
    for first in range(-50, 51, 5):
        # Of any channel one spike at a time, so that nothing is near another.
        planted = [(length + first + k + 600 * k, k) for k in range(5)]
        planted += [(2 * length + first + k + 600 * k, k + 5) for k in range(5)]
        search = search_of(counts(n, planted, noise=0.3))
        for chunk in (0.5, 60.0):
            big = found_above(search, 60 * GAIN, chunk)
            assert sorted(big) == sorted(planted)


@given(st.permutations(range(N_CHANNELS)))
def test_channels_may_come_in_any_order(order):
    stored = counts(30_000, PLACES[:80])
    probe = line()
    moved = dataclasses.replace(probe, positions=probe.positions[list(order)])
    expected = {(at, c) for at, c in found_in(search_of(stored))}
    found = {(at, order[c]) for at, c in found_in(search_of(stored[:, list(order)].copy(), probe=moved))}
    assert found == expected


def test_sign_gain_and_offset_change_what_they_should(stored):
    one = table_of(search_of(stored))
    turned = table_of(search_of(-stored, sign=1))
    tall = table_of(search_of(Recording.from_array(stored, RATE, gain=3 * GAIN, mode="extracellular")))
    for name, column in one.items():
        np.testing.assert_array_equal(turned[name], column)
        np.testing.assert_allclose(
            tall[name], 3 * column if name in ("peak", "height") else column, rtol=1e-12
        )
    shared = table_of(search_of(stored + np.int16(500)))
    np.testing.assert_array_equal(shared["sample_index"], one["sample_index"])


def test_later_in_the_file_is_as_many_samples_later(stored):
    late = np.concatenate([stored[1_233::-1], stored])  # Mirrored, so that nothing jumps.
    found = [(at, c) for at, c in found_in(search_of(late)) if at > 1_234 + 400]
    near_enough(found, [(at + 1_234, c) for at, c in PLACES if at > 400])


def test_sweeps_are_searched_as_if_alone(stored):
    recording = Recording.from_array(
        np.concatenate([stored, stored]), RATE, gain=GAIN, mode="extracellular", sweep_lengths=[N, N]
    )
    found = found_in(search_of(recording))
    half = [(at, c) for at, c in found if at < N]
    assert found == half + [(at + N, c) for at, c in half]
    near_enough(half, PLACES)


def test_of_simultaneous_peaks_the_largest_within_the_radius_stays():
    stored = counts(N, [(30_000, 2), (60_000, 2), (60_004, 6)])
    assert len(found_in(search_of(stored))) == 3
    assert len(found_in(search_of(stored, radius=500.0))) == 2
    assert len(found_in(search_of(stored, radius=0.0))) > 3


def test_of_peaks_within_the_time_the_largest_stays():
    stored = counts(N, [(30_000, 2), (30_040, 2)])
    assert len(found_in(search_of(stored, apart=1e-3))) == 2
    assert len(found_in(search_of(stored, apart=3e-3))) == 1


def test_dead_and_doubled_channels_are_left_out_and_named(stored):
    broken = stored.copy()
    broken[:, 4] = 17
    broken[:, 8] = broken[:, 0]
    search = search_of(broken)
    assert search.noise is not None
    assert (search.noise.dead, search.noise.doubled) == ((4,), (8,))
    channels = {c for _, c in found_in(search)}
    assert channels == {0, 1, 2, 3, 5, 6, 7, 9}


@pytest.mark.parametrize("lost", [np.int16(32767), np.int16(-32768), np.int16(0)])
def test_no_spike_is_believed_near_saturated_or_lost_samples(lost):
    places = [(20_000, 3), (40_000, 3), (60_000, 3)]
    stored = counts(N, places)
    stored[40_000:40_040] = lost
    search = search_of(stored)
    table, guard = table_of(search), search.guard
    assert guard >= round(GUARD * RATE)
    believed = table["sample_index"][~table["fault"]]
    assert not ((believed > 40_000 - guard) & (believed < 40_040 + guard)).any()
    assert table["fault"].any()
    assert {20_000, 60_000} <= {int(round(at, -2)) for at in believed}


@pytest.mark.parametrize("length", [1, 400, 4_000])
@pytest.mark.parametrize("value", [32767, -32768])
@pytest.mark.parametrize("which", [[3], list(range(N_CHANNELS))])
def test_a_saturated_amplifier_leaves_no_spikes_of_its_own(length, value, which):
    stored = counts(N)
    stored[40_000 : 40_000 + length, which] = value
    assert not [at for at, _ in found_in(search_of(stored)) if 38_000 < at < 46_000]


def test_the_guard_is_as_long_as_the_filter_rings_within_bounds():
    ms = [1e3 * search_of(counts(9_000), filter=f).guard / RATE for f in ("butterworth", None)]
    assert 4 < ms[0] < 12 and ms[1] == pytest.approx(1e3 * GUARD)


def test_missing_samples_are_a_wall(stored):
    volts = (stored * GAIN).astype(np.float32)
    volts[40_000:40_300] = np.nan
    search = search_of(
        Recording.from_array(volts, RATE, mode="extracellular"), walls=np.array([[39_960, 40_340]])
    )
    found = found_in(search)
    assert not [at for at, _ in found if 39_960 <= at < 40_340]
    expected = [(at, c) for at, c in PLACES if not 39_900 <= at < 40_400]
    assert {(round(at, -1), c) for at, c in expected} <= {
        (round(at + d, -1), c) for at, c in found for d in (-2, 0, 2)
    }


@pytest.mark.parametrize("value", [0, -7])
@pytest.mark.parametrize("n", [0, 1, 5, 3_000])
def test_constants_and_empty_recordings_give_none(n, value):
    search = search_of(np.full((n, 4), value, np.int16))
    assert sum(len(search.candidates(s)["sample_index"]) for s in search.shares(1.0)) == 0


def test_noise_alone_gives_next_to_none():
    assert len(found_in(search_of(counts(N)))) <= 3


def test_noise_levels_are_those_of_the_noise():
    noise = search_of(counts(N)).noise
    assert noise is not None
    alone = counts(N) - np.median(counts(N), axis=0)
    sections = signal.butter(3, [300.0, 6000.0], "bandpass", fs=RATE, output="sos")
    rest = signal.sosfiltfilt(sections, alone - np.median(alone, axis=1, keepdims=True), axis=0)
    assert np.abs(noise.level / rest.std(axis=0) - 1).max() < 0.08


def test_heights_are_those_of_the_filtered_spike(stored, whole):
    height = np.median(whole["height"]) / GAIN
    assert 90 < height < 260 and 0.5 * spike().min() > -1
    assert (whole["height"] >= whole["peak"]).all() and (np.abs(whole["shift"]) <= 0.5).all()


def test_a_task_is_small_when_it_is_sent():
    recording = Recording.from_array(np.zeros((1000, 4), np.int16), RATE, gain=GAIN, mode="extracellular")
    search = search_of(recording)
    before = len(pickle.dumps(search))
    search.shares(1.0)
    assert search._near.size and len(pickle.dumps(search)) == before


def test_settings_are_checked_and_chosen_by_the_number_of_channels():
    assert Exclusive().reference_of(8) == "median" and Exclusive().reference_of(7) == "none"
    assert Exclusive(reference="mean").reference_of(2) == "mean"
    assert Exclusive(filter=None).filter_for(BandpassMad(), RATE) is None
    bessel = Exclusive(filter="bessel").filter_for(BandpassMad(low=200.0, high=4000.0), RATE)
    assert bessel is not None
    assert (bessel.method_name(), bessel.parameters()["low"], bessel.parameters()["high"]) == (
        "bessel",
        200.0,
        4000.0,
    )
    with pytest.raises(UnknownName, match="butterworth"):
        Exclusive(filter="box")
    with pytest.raises(BadParameter, match="--filter none was asked for"):
        Exclusive(filter=None, order=3).filter_for(BandpassMad(), RATE)
    with pytest.raises(BadParameter, match="give --notch too"):
        Exclusive(harmonics=2).filter_for(BandpassMad(), RATE)
    with pytest.raises(BadParameter, match="radius"):
        Exclusive(radius=-1.0)
    assert search_of(counts(100))._reach >= round(BASE_WINDOW * RATE)
