"""Tones of several frequencies and levels, and a cell of known tuning that hears them."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from spikelens.errors import BadParameter
from spikelens.runs.simulating import TONE_COLUMNS, parsed_tones, write_simulation
from spikelens.simulation import simulate
from spikelens.simulation.parameters import Drive, Tuning
from spikelens.simulation.tones import play_tones

DRIVE = Drive(tones=True, tone_interval=0.1, tone_reliability=0.8)
TUNED = Tuning(tone_frequencies=9, tone_levels=4, tone_quietest=20.0, tone_loudest=80.0)


def test_every_frequency_and_level_comes_equally_often_and_in_random_order():
    tones = play_tones(DRIVE, TUNED, 36 * 10 * 0.1 + 0.05, seed=1)
    assert len(tones) == 360
    pairs = np.unique(np.column_stack([tones.frequency, tones.level]), axis=0, return_counts=True)
    assert pairs[0].shape == (36, 2) and set(pairs[1]) == {10}
    np.testing.assert_allclose(np.unique(tones.frequency), np.geomspace(2000, 32_000, 9).round(1))
    np.testing.assert_allclose(np.unique(tones.level), [20, 40, 60, 80])
    assert (np.diff(tones.frequency[:36]) != 0).any() and (
        tones.frequency[:36] != tones.frequency[36:72]
    ).any()
    again, other = (play_tones(DRIVE, TUNED, 5.0, seed=s).frequency for s in (1, 2))
    np.testing.assert_array_equal(again, tones.frequency[: again.size])
    assert (other != again).any()


def test_the_share_is_reliability_at_the_preferred_frequency_and_half_at_the_threshold():
    tuned = Tuning(
        tone_frequencies=3,
        tone_lowest=4000.0,
        tone_highest=16_000.0,
        tone_levels=3,
        tone_quietest=10.0,
        tone_loudest=70.0,
        preferred_frequency=8000.0,
        tuning_width=1.0,
        level_threshold=40.0,
        level_width=2.0,
    )
    tones = play_tones(DRIVE, tuned, 5.0, seed=0)

    def share(frequency: float, level: float) -> float:
        return float(tones.share[(tones.frequency == frequency) & (tones.level == level)][0])

    assert share(8000, 70) == pytest.approx(0.8, abs=1e-6)
    assert share(8000, 40) == pytest.approx(0.4)
    assert share(8000, 10) < 1e-6
    assert share(16_000, 70) == share(4000, 70) == pytest.approx(0.8 * np.exp(-0.5), abs=1e-6)


def test_volleys_come_with_the_share_latency_and_jitter_asked_for():
    cell = simulate(
        400.0,
        1000.0,
        difficulty="easy",
        seed=2,
        family="integrate-and-fire",
        tones=True,
        tone_interval=0.1,
        tone_latency=0.02,
        tone_jitter=0.003,
        tone_frequencies=3,
        tone_levels=2,
        tone_reliability=0.9,
        rate=0.0,
    )
    tones = cell.tones
    sent = np.isfinite(tones.volley)
    for share in np.unique(tones.share):
        mine = tones.share == share
        spread = np.sqrt(share * (1 - share) / mine.sum())
        assert abs(sent[mine].mean() - share) < 4 * spread + 1e-9
    late = (tones.volley - tones.start)[sent]
    assert late.mean() == pytest.approx(0.02, abs=5e-4) and late.std() == pytest.approx(0.003, abs=5e-4)
    assert (np.isfinite(tones.size) == sent).all() and (tones.size[sent] > 0).all()
    events = cell.recording.events
    np.testing.assert_array_equal(events.of_source("stimulus").value[: len(tones)], tones.frequency)


def test_without_frequencies_tones_are_all_alike_and_one_level_is_the_loudest():
    plain = play_tones(DRIVE, Tuning(), 5.0, seed=0)
    assert np.isnan(plain.frequency).all() and (plain.share == 0.8).all()
    assert len(play_tones(Drive(tones=False), TUNED, 5.0, seed=0)) == 0
    one = play_tones(DRIVE, Tuning(tone_frequencies=2, tone_loudest=65.0), 5.0, seed=0)
    assert set(one.level) == {65.0}
    assert len(play_tones(DRIVE, TUNED, 0.04, seed=0)) == 0


@pytest.mark.parametrize(("text", "frequencies", "levels"), [("16x7", 16, 7), ("5X2", 5, 2), ("12", 12, 1)])
def test_tones_as_people_write_them(text, frequencies, levels):
    assert parsed_tones(text) == {"tones": True, "tone_frequencies": frequencies, "tone_levels": levels}


@pytest.mark.parametrize("text", ["", "x7", "5x", "a", "5x-1", "1.5x2"])
def test_tones_that_cannot_be_read(text):
    with pytest.raises(BadParameter, match="FREQUENCIESxLEVELS"):
        parsed_tones(text)


def test_tones_are_written_beside_the_recording(tmp_path):
    asked = {"duration": 5.0, "sampling_rate": 1000.0, "difficulty": "easy", "seed": 1}
    write_simulation(tmp_path / "cell.npz", asked, parsed_tones("4x2"), force=False)
    with (tmp_path / "cell.tones.csv").open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    tones = simulate(**asked, tones=True, tone_frequencies=4, tone_levels=2).tones
    assert list(rows[0]) == list(TONE_COLUMNS) and len(rows) == len(tones)
    np.testing.assert_allclose([float(r["frequency"]) for r in rows], tones.frequency)
    assert [r["volley"] == "" for r in rows] == np.isnan(tones.volley).tolist()
    write_simulation(tmp_path / "plain.npz", asked, {}, force=False)
    assert not (tmp_path / "plain.tones.csv").exists()
