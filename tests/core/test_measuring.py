"""Features put back into a table: which chunk, which way, which clock, and what is told."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.factory import make_recording, make_spikes, make_trace

from spikelens import api
from spikelens.errors import UnknownName
from spikelens.features.spikelens import Spikelens
from spikelens.measuring import corrected, measured
from spikelens.recording import Recording

RATE = 20_000.0
PEAKS = [2000, 6000, 6100, 15_000]


@pytest.fixture
def recording():
    return make_recording(PEAKS, sweep_lengths=[8000, 12_000])


@pytest.mark.parametrize("chunk", [1, 37, 2000, 2001, 6050, 10**6])
def test_a_border_between_neighbours_or_on_a_peak_changes_nothing(recording, chunk):
    spikes = make_spikes(recording, PEAKS, rejected=[10_000])
    whole = measured(recording, spikes, Spikelens(), 10**6)
    parts = measured(recording, spikes, Spikelens(), chunk)
    for table, other in ((whole, parts), (whole.candidates, parts.candidates)):
        assert {n: c.tobytes() for n, c in table.columns.items()} == {
            n: c.tobytes() for n, c in other.columns.items()
        }


def test_spikes_of_both_ways_keep_their_own_numbers():
    trace = make_trace(20_000, RATE, [3000]) - make_trace(20_000, RATE, [9000], seed=1) - 0.065
    recording = Recording.from_array(trace, RATE)
    spikes = api.measure(recording, make_spikes(recording, [3000, 9000]))
    up = api.measure(recording, make_spikes(recording, [3000]))
    turned = Recording.from_array(-trace, RATE)
    down = api.measure(turned, make_spikes(turned, [9000]))
    assert np.sign(spikes.height).tolist() == [1, -1]
    for name in ("peak_v", "threshold_v", "upstroke", "amplitude"):
        assert spikes[name].tolist() == [up[name][0], -down[name][0]]
    assert spikes["width"].tolist() == [up["width"][0], down["width"][0]]


def test_a_height_of_minus_zero_points_down(recording):
    flat = make_spikes(recording, PEAKS, columns={"height": np.array([-0.0, 0.0, 1.0, -1.0])})
    found = api.measure(recording, flat)
    assert (np.sign(found["upstroke"][[1, 2]]) == 1).all()
    assert not (found["upstroke"][[0, 3]] > 0).any()


def test_a_junction_potential_of_zero_is_told_and_changes_nothing(recording):
    rule, spikes = Spikelens(), make_spikes(recording, PEAKS, rejected=[10_000])
    plain = measured(recording, spikes, rule, 10**6)
    none, zero, some = (corrected(plain, rule, v) for v in (None, 0.0, -0.005))
    assert "not corrected" in none.rules["peak_v"] and "of 0 mV" in zero.rules["peak_v"]
    np.testing.assert_array_equal(none["peak_v"], zero["peak_v"])
    np.testing.assert_allclose(some["peak_v"], plain["peak_v"] + 0.005)
    np.testing.assert_allclose(some.candidates["peak_v"], plain.candidates["peak_v"] + 0.005)
    for name in ("amplitude", "height", "upstroke", "width"):
        np.testing.assert_array_equal(some[name], plain[name])


def test_empty_tables_have_every_column_with_its_kind(recording):
    some, none = (api.measure(recording, make_spikes(recording, p, rejected=[])) for p in (PEAKS, []))
    assert {n: c.dtype.kind for n, c in some.columns.items()} == {
        n: c.dtype.kind for n, c in none.columns.items()
    }
    assert dict(some.units) == dict(none.units) and dict(some.rules) == dict(none.rules)
    assert set(none.candidates.columns) == set(none.columns)


def test_measuring_again_replaces_and_adds_no_row(recording):
    once = api.measure(recording, make_spikes(recording, PEAKS))
    twice = api.measure(recording, once)
    assert list(once.columns) == list(twice.columns)
    assert all(once[n].tobytes() == twice[n].tobytes() for n in once.columns)


def test_the_channel_spikes_were_found_in_is_measured():
    both = np.column_stack([make_trace(20_000, RATE), make_trace(20_000, RATE, PEAKS)])
    recording = Recording.from_array(both, RATE)
    spikes = api.detect(recording, channel=1)
    whole, chosen = api.measure(recording, spikes), api.measure(recording.select(1), spikes)
    assert (whole["peak_v"] > 0.02).all()
    assert whole["peak_v"].tolist() == chosen["peak_v"].tolist()


@pytest.mark.parametrize(
    ("mode", "rule"),
    [
        ("current-clamp", "spikelens"),
        ("unknown", "spikelens"),
        ("cell-attached", "cell_attached"),
        ("extracellular", "cell_attached"),
    ],
)
def test_a_rule_suits_the_mode_unless_one_is_named(recording, mode, rule):
    spikes = make_spikes(recording, PEAKS)
    of_mode = dataclasses.replace(spikes, provenance=dataclasses.replace(spikes.provenance, mode=mode))
    assert api.measure(recording, of_mode).provenance.feature_rule == rule
    assert api.measure(recording, of_mode, feature_rule="efel").provenance.feature_rule == "efel"
    with pytest.raises(UnknownName, match="no rule for spikes 'train'"):
        api.measure(recording, of_mode, feature_rule="train")


def test_parameters_of_the_rule_are_kept_with_the_table(recording):
    found = api.measure(recording, make_spikes(recording, PEAKS), timescale=2.0)
    assert found.provenance.feature_parameters["timescale"] == 2.0
    with pytest.raises(UnknownName, match="parameter of spikelens"):
        api.measure(recording, make_spikes(recording, PEAKS), loudness=2.0)
