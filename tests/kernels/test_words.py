"""Words of a text column, numbered in one pass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.kernels.words import numbered

LETTERS = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])


@given(
    st.lists(st.sampled_from(["", "a", "b", "ab", "ba", "é", "AP10", "AP01"]) | st.text(LETTERS, max_size=5))
)
def test_words_are_those_of_the_rows_each_once(texts):
    place, words = numbered(np.array(texts, "U5"))
    assert words[place].tolist() == texts
    assert words.tolist() == list(dict.fromkeys(texts))
    assert place.dtype == np.int32


@pytest.mark.parametrize("kind", ["<U4", ">U4", "U0"])
def test_byte_orders_and_no_letters(kind):
    column = np.array(["ab", "cd", "ab"]).astype(kind) if kind != "U0" else np.zeros(3, "U0")
    place, words = numbered(column)
    assert words[place].tolist() == column.tolist()


def test_every_other_row_of_a_longer_column():
    column = np.array(["ab", "cd", "ab", "ef"])[::2]
    assert numbered(column)[0].tolist() == [0, 0]


def test_nothing_has_no_words():
    place, words = numbered(np.empty(0, "U3"))
    assert place.size == words.size == 0


@given(st.lists(st.tuples(st.integers(-2, 2), st.sampled_from(["a", "b", "AP10"])), min_size=1))
def test_keys_change_nothing_whether_they_have_a_word_each_or_not(rows):
    keys, texts = np.array([k for k, _ in rows], np.int32), [text for _, text in rows]
    column = np.array(texts, "U4")
    for given_keys in (keys, np.zeros_like(keys), keys.astype(np.int64) * 2**40):
        place, words = numbered(column, given_keys)
        assert words[place].tolist() == texts
        assert words.tolist() == list(dict.fromkeys(texts))


def test_each_key_has_its_word():
    keys = np.random.default_rng(0).integers(3, 9, 5000).astype(np.int32)
    names = np.array([f"AP{k}" for k in range(9)])
    place, words = numbered(names[keys], keys)
    assert words[place].tolist() == names[keys].tolist() and len(words) == 6
