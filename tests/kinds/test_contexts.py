"""Doublets, bursts and runs: planted ones, walls, and the interval that the recording tells."""

from __future__ import annotations

import numpy as np
import pytest
from kinds import FIRST_SEED, bursts
from kinds_trains import planted

from spikelens.kinds.bursts import burst_rows, contexts, valley
from spikelens.kinds.rule import KindRule

RULE = KindRule()


def words(times, held=None, rule=RULE):
    times = np.asarray(times, float)
    told = contexts(times, np.zeros(times.size, np.int64) if held is None else np.asarray(held), rule)
    return told.context.tolist(), told.burst.tolist()


def test_planted_doublets_and_bursts_are_found():
    rows = bursts(4)
    assert all(row["precision"] > 0.9 and row["recall"] > 0.9 for row in rows.values())


def test_words_and_numbers_of_a_few_spikes():
    times = [0.0, 0.5, 0.505, 1.0, 1.004, 1.009, 1.5, 1.505, 1.51, 1.516]
    context, burst = words(times)
    assert context == ["single", *["doublet"] * 2, *["burst"] * 7]
    assert burst == [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]


def test_too_few_for_a_burst_are_no_doublet():
    times = [0.5, 0.505, 1.0, 1.004, 1.009, 1.5, 1.505, 1.51, 1.515, 1.52]
    context, _ = words(times, rule=KindRule(burst_spikes=5))
    assert context == [*["doublet"] * 2, *["single"] * 3, *["burst"] * 5]


def test_two_spikes_are_a_doublet_where_the_silence_is_long_against_their_interval():
    rule = KindRule(burst_interval=0.01)
    for silence, word in ((0.015, "single"), (0.017, "doublet")):
        assert words([0.5, 0.508, 0.508 + silence], rule=rule)[0] == [word, word, "single"]


def test_a_wall_ends_a_burst_and_stands_for_silence():
    context, burst = words([0.1, 0.104, 0.108, 0.112, 0.116, 0.12], [0, 0, 0, 1, 1, 1])
    assert context == ["burst"] * 6
    assert burst == [1, 1, 1, 2, 2, 2]


def test_steady_fast_firing_is_no_burst():
    assert words(np.arange(60) * 0.0082)[0] == ["run"] * 60
    around_the_limit = np.cumsum(np.tile([0.0095, 0.0105], 30))
    assert words(around_the_limit)[0] == ["single"] * 60


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_spikes(n):
    assert words(np.arange(n) * 1.0) == (["single"] * n, [0] * n)


def test_the_recording_tells_the_interval_where_short_and_long_ones_lie_apart():
    train = planted(np.random.default_rng(FIRST_SEED + 600), duration=60.0)
    isi = np.diff(train.times)
    found = valley(isi)
    assert found is not None and 0.004 < found <= 0.03
    regular = np.abs(np.random.default_rng(0).normal(0.02, 0.004, 200))
    assert valley(regular) is None
    assert valley(isi[:20]) is None
    told = contexts(train.times, np.zeros(train.times.size, np.int64), KindRule(burst_interval=0.002))
    assert told.interval == 0.002 and not told.is_valley


def test_a_burst_is_listed_with_its_rate_and_the_fall_of_its_heights():
    times = np.array([0.5, 1.0, 1.005, 1.01])
    rows = burst_rows(times, np.zeros(4, int), np.array([0.08, 0.08, 0.06, 0.04]), np.array([0, 1, 1, 1]))
    assert len(rows) == 1
    assert rows[0] == {
        "burst": 1,
        "sweep": 0,
        "start": 1.0,
        "stop": 1.01,
        "spikes": 3,
        "rate": pytest.approx(200.0),
        "height_ratio": pytest.approx(0.5),
    }
