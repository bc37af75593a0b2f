"""Texts as references to words that rows share."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens.arrow import arrow_array, words_once
from spikelens.texts import fixed, shared


def test_rows_of_other_chunks_share_their_words_too():
    one, other = shared(np.array(["no onset", ""])), shared(np.array(["", "no onset"]))
    assert one[0] is other[1] and one[1] is other[0]
    assert shared(np.empty(0, "U9")).tolist() == []


def test_fixed_is_what_it_was():
    texts = np.array(["a", "longer", ""])
    back = fixed(shared(texts))
    assert back.dtype == texts.dtype and back.tolist() == texts.tolist()
    numbers = np.arange(3)
    assert fixed(numbers) is numbers


@pytest.mark.parametrize("n", [300, 60_000])
def test_files_number_shared_words_as_they_number_others(n):
    texts = np.array(["b", "", "a", "b"])[np.arange(n) % 4]
    assert words_once(shared(texts)).equals(words_once(texts))
    assert arrow_array(shared(texts)).to_pylist() == texts.tolist()
