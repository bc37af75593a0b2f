from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spikelens.blocks import blocks_of, shares, surveyed
from spikelens.stretches import Stretches


def stretches_of(lengths, gap):
    stops = np.cumsum(np.array(lengths) + gap) - gap
    starts = stops - np.array(lengths)
    return Stretches(np.zeros(len(lengths), np.int64), starts.astype(np.int64), stops.astype(np.int64))


cases = st.tuples(
    st.lists(st.integers(1, 900), min_size=1, max_size=5), st.integers(0, 30), st.integers(2, 200)
)


@given(cases)
def test_blocks_cover_every_stretch_once_and_none_is_short(case):
    lengths, gap, length = case
    for blocks, stretch in zip(
        blocks_of(stretches_of(lengths, gap), length), stretches_of(lengths, gap), strict=True
    ):
        assert blocks[0].start == stretch.start and blocks[-1].stop == stretch.stop
        assert all(a.stop == b.start for a, b in pairwise(blocks))
        assert [b.is_first for b in blocks] == [True] + [False] * (len(blocks) - 1)
        assert [b.is_last for b in blocks] == [False] * (len(blocks) - 1) + [True]
        if len(blocks) > 1:
            assert all(length // 2 <= b.stop - b.start <= length + length // 2 + 1 for b in blocks)


@given(cases, st.integers(1, 9))
def test_shares_hold_every_block_once_with_the_one_before(case, per_share):
    lengths, gap, length = case
    by_stretch = blocks_of(stretches_of(lengths, gap), length)
    parts = shares(by_stretch, per_share)
    assert [b for share in parts for b in share.blocks] == [b for blocks in by_stretch for b in blocks]
    assert [share.number for share in parts] == list(range(len(parts)))
    assert len({share.name for share in parts}) == len(parts)
    assert sum(share.n_samples for share in parts) == sum(lengths)
    assert str(parts[0]) == f"the part of samples 0 to {parts[0].n_samples}"
    for share in parts:
        first = share.blocks[0]
        assert (share.before is None) == first.is_first
        if share.before is not None:
            assert share.before.stop == first.start and share.before.stretch == first.stretch


@given(st.integers(1, 400), st.integers(1, 40))
def test_surveyed_blocks_are_spread_and_always_the_same(n_blocks, n):
    by_stretch = blocks_of(stretches_of([100 * n_blocks], 0), 100)
    chosen = surveyed(by_stretch, n)
    assert len(chosen) == min(n, n_blocks) == len(set(chosen))
    assert chosen == surveyed(by_stretch, n) == sorted(chosen, key=lambda b: b.start)
    for k, block in enumerate(chosen):
        part = n_blocks / len(chosen)
        assert k * part - 1 <= block.start / 100 <= (k + 1) * part
