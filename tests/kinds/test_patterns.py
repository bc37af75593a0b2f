"""Firing patterns: trains of each class by two generators, limits, and what each word rests on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kinds import FIRST_SEED, confusion
from kinds_trains import CELLS, DRAWN, drawn, modelled

from spikelens.kinds.columns import PATTERNS
from spikelens.kinds.patterns import NUMBERS, pattern_of, pauses
from spikelens.kinds.rule import PatternRule
from spikelens.kinds.terms import ONSETS, STEADY

RULE = PatternRule()


@pytest.mark.parametrize("truth", DRAWN)
def test_drawn_trains_are_named_by_their_class(truth):
    trains = [drawn(truth, np.random.default_rng([FIRST_SEED + 500, seed])) for seed in range(40)]
    assert confusion(trains)["right"] >= 0.9


@pytest.mark.parametrize("truth", ["adapting", "bursting", "delayed accelerating"])
def test_model_cells_are_named_by_their_class(truth):
    assert truth in CELLS
    trains = modelled(truth, np.random.default_rng(FIRST_SEED + 500), 4, duration=0.8)
    assert confusion(trains)["right"] >= 0.75


def test_with_fewer_than_four_intervals_nothing_is_named():
    told = pattern_of(np.full(3, 0.02), 0.01, RULE)
    assert told.name == "not applicable"
    assert told.why_not == "3 intervals, 4 are needed"
    assert pattern_of(np.full(4, 0.02), 0.01, RULE).name == "continuous non-adapting"


def test_few_intervals_that_grow_are_adaptation_and_not_irregular():
    told = pattern_of(np.array([0.035, 0.113, 0.141, 0.149]), 0.04, RULE)
    assert told.name == "continuous adapting"
    assert told.numbers is not None and told.numbers["cv2"] > RULE.irregular


@pytest.mark.parametrize(("latency", "onset"), [(0.0399, "continuous"), (0.06, "delayed"), (0.5, "delayed")])
def test_a_delay_is_long_against_the_intervals_and_at_least_50_ms(latency, onset):
    assert pattern_of(np.full(8, 0.02), latency, RULE).onset == onset


def test_a_burst_comes_first_only_if_slower_firing_follows():
    fast, slow = np.full(3, 0.006), np.full(6, 0.06)
    told = pattern_of(np.concatenate([fast, slow]), 0.01, RULE)
    assert told.name == "burst non-adapting" and told.numbers is not None
    assert told.numbers["onset_burst_spikes"] == 4
    assert pattern_of(np.full(12, 0.006), 0.01, RULE).onset == "continuous"


def test_a_pause_is_long_against_both_sides():
    isi = np.array([0.02, 0.02, 0.02, 0.13, 0.02, 0.02, 0.02])
    assert pauses(isi, RULE).tolist() == [False, False, False, True, False, False, False]
    # The last interval has nothing after it, and steps of adaptation have nothing shorter after them.
    assert not pauses(np.array([0.01, 0.03, 0.09, 0.27]), RULE).any()
    assert pattern_of(isi, 0.01, RULE).name == "stuttering"


@given(
    isi=st.lists(st.floats(1e-3, 1.0), min_size=0, max_size=40),
    latency=st.floats(0, 2),
    scale=st.sampled_from([1.0, 0.5]),
)
def test_any_train_has_words_of_the_rules_and_numbers_or_a_reason(isi, latency, scale):
    told = pattern_of(scale * np.array(isi), scale * latency, RULE)
    if told.steady:
        assert told.onset in {t.name for t in ONSETS} and told.steady in {t.name for t in STEADY}
        assert told.numbers is not None and set(NUMBERS) == set(told.numbers)
        assert not told.why_not
    else:
        assert told.name == "not applicable" and told.why_not and len(isi) < 4
    assert set(NUMBERS) < {f.name for f in PATTERNS}
