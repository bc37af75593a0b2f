"""Kinds of shape: spikelets only where two heights are sure, widths only where they are the cell's."""

from __future__ import annotations

import numpy as np
import pytest
from kinds_recordings import with_spikelets

import spikelens
from spikelens.errors import UnsupportedInput
from spikelens.kinds.heights import stable_stretches, two_modes
from spikelens.kinds.naming import name_kinds
from spikelens.kinds.rule import KindRule
from tests.data import recording_file
from tests.factory import make_recording, make_spikes

RULE = KindRule()
RATE = 20_000.0


def spikes_of(size, silence=0.5, *, width=1e-3, onset=-0.05, limited="", mode="current-clamp"):
    """Spikes of given heights (V), so long after one another (s)."""
    size = np.asarray(size, float)
    at = np.cumsum(np.broadcast_to(np.round(np.asarray(silence) * RATE).astype(int), size.shape)) + 100
    recording = make_recording(n_samples=int(at[-1]) + 200, mode=mode)
    columns = {
        "height": size,
        "amplitude": size,
        "width": np.broadcast_to(width, size.shape).astype(float),
        "threshold_v": np.broadcast_to(onset, size.shape).astype(float),
        "limited": np.broadcast_to(np.asarray(limited, "U12"), size.shape),
        "shape": np.full(size.size, "", "U10"),
    }
    return make_spikes(recording, at.tolist(), columns=columns)


def two_heights(rng, n=60, low=0.015, tall=0.08, spread=0.05):
    is_low = rng.random(n) < 0.4
    return np.where(is_low, low, tall) * np.exp(rng.normal(0, spread, n)), is_low


def test_low_spikes_in_turns_with_tall_ones_are_spikelets():
    size, is_low = two_heights(np.random.default_rng(0))
    kind = name_kinds(spikes_of(size)).spikes["kind"]
    assert ((kind == "spikelet") == is_low).all()
    assert (kind[~is_low] == "full").all()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"order": True}, "turns"),
        ({"low": 0.05}, "bimodal|lower mode"),
        ({"spread": 0.5}, "bimodal|between"),
        ({"onset": True}, "set off"),
        ({"silence": 0.05}, "rested"),
    ],
)
def test_where_two_heights_are_not_sure_low_spikes_are_at_most_small(change, why):
    size, is_low = two_heights(
        np.random.default_rng(1), low=change.get("low", 0.015), spread=change.get("spread", 0.05)
    )
    if change.get("order"):
        size, is_low = np.sort(size)[::-1], np.sort(is_low)
    onset = np.where(is_low, -0.03, -0.05) if change.get("onset") else -0.05
    named = name_kinds(spikes_of(size, change.get("silence", 0.5), onset=onset))
    assert set(named.spikes["kind"]) <= {"full", "small"}
    told = " ".join(str(row["no_spikelets_since"]) for row in named.stretches)
    assert any(part in told for part in why.split("|"))


def test_a_low_spike_right_behind_a_tall_one_is_small():
    size, is_low = two_heights(np.random.default_rng(2))
    size, silence = np.append(size, [0.08, 0.015]), np.append(np.full(60, 0.5), [0.5, 0.005])
    kind = name_kinds(spikes_of(size, silence)).spikes["kind"]
    assert kind[-1] == "small" and (kind[:60][is_low] == "spikelet").all()


def test_heights_are_compared_within_stable_access_only():
    size = np.concatenate([np.full(40, 0.08), np.full(40, 0.03)]) * np.exp(
        np.random.default_rng(3).normal(0, 0.03, 80)
    )
    named = name_kinds(spikes_of(size))
    assert (named.spikes["kind"] == "full").mean() > 0.85
    assert len(named.stretches) > 1
    assert sum(int(row["spikes"]) for row in named.stretches) == 80
    steady = size[:40]
    assert len(stable_stretches(steady, np.ones(40, bool), RULE)) == 1


def test_fast_firing_that_shrinks_spikes_does_not_hide_them():
    # Ten trains: the first spike is rested, the others shrink to a third.
    size = np.tile(np.geomspace(0.08, 0.025, 12), 10)
    silence = np.tile([0.5, *[0.015] * 11], 10)
    named = name_kinds(spikes_of(size, silence))
    kind = named.spikes["kind"]
    assert ((kind == "small") == (size < 0.5 * 0.08)).all()
    assert named.stretches[0]["full_size"] == pytest.approx(0.08)


def test_widths_make_kinds_only_where_they_are_the_cells_own():
    width = np.full(30, 1e-3)
    width[5], width[9] = 2.5e-3, 4e-4
    assert name_kinds(spikes_of(np.full(30, 0.08), width=width)).counts("kind") == {
        "full": 28,
        "broad": 1,
        "fast": 1,
    }
    limited = name_kinds(spikes_of(np.full(30, 0.03), width=width, limited="electrode"))
    assert limited.counts("kind") == {"full": 30}


def test_modes_of_hardly_any_or_equal_heights():
    assert two_modes(np.full(30, 0.08), 5) is None
    assert two_modes(np.array([0.01, 0.08]), 5) is None
    assert name_kinds(spikes_of([0.08])).counts("kind") == {"full": 1}


def test_extracellular_spikes_have_no_kind_and_cell_attached_ones_no_shape():
    with pytest.raises(UnsupportedInput, match="sorted"):
        name_kinds(spikes_of(np.full(9, 1e-4), mode="extracellular"))
    size, _ = two_heights(np.random.default_rng(4))
    assert name_kinds(spikes_of(size * 1e-9, mode="cell-attached")).counts("kind") == {"full": 60}


def test_spikelets_of_a_recording_are_found_and_named():
    made = with_spikelets(31_000, 25.0)
    named = name_kinds(spikelens.find(made.recording)).spikes
    detected, there, called, wrong = made.scored(named)
    assert detected >= 0.9 * there
    assert called >= 0.9 * detected
    assert wrong == 0


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("pyabf/File_axon_3.abf", {"full", "small"}),
        ("pyabf/171116sh_0018.abf", {"full"}),
        ("pyabf/18425108.abf", {"full"}),
    ],
)
def test_recordings_without_spikelets_get_none(name, kinds):
    recording = spikelens.read(recording_file(name))
    assert set(name_kinds(spikelens.find(recording)).spikes["kind"]) == kinds
