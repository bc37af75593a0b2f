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
