"""Blocks of many channels: the unit in which they are filtered and searched.

A block's filtered samples depend on the recording, the filter and the block alone. The
grid of blocks depends on the stretches and the filter, not on chunks or workers, so
that every way of sharing the work gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from spikelens.stretches import Stretch, Stretches


@dataclass(frozen=True)
class Block:
    """Samples `start` to `stop` of a stretch."""

    stretch: Stretch
    start: int
    stop: int

    @property
    def is_first(self) -> bool:
        """Whether a wall stands before it."""
        return self.start == self.stretch.start

    @property
    def is_last(self) -> bool:
        """Whether a wall stands behind it."""
        return self.stop == self.stretch.stop


@dataclass(frozen=True)
class Share:
    """Blocks that one task answers for, in order, and the block before them for their first border."""

    number: int
    blocks: tuple[Block, ...]
    before: Block | None

    def __str__(self) -> str:
        return f"the part of samples {self.blocks[0].start} to {self.blocks[-1].stop}"

    @property
    def n_samples(self) -> int:
        return self.blocks[-1].stop - self.blocks[0].start

    @property
    def name(self) -> str:
        """Its bounds in samples, which do not change if there are other shares."""
        return f"{self.blocks[0].start:012d}-{self.blocks[-1].stop:012d}"


def blocks_of(stretches: Stretches, length: int) -> list[list[Block]]:
    """The blocks of each stretch, `length` samples long; the last of half to one and a half.

    >>> import numpy as np
    >>> one = Stretches(np.array([0]), np.array([0]), np.array([1040]))
    >>> [(b.start, b.stop) for b in blocks_of(one, 100)[0]][-2:]
    [(800, 900), (900, 1040)]
    """
    return [list(_blocks(stretch, length)) for stretch in stretches]


def _blocks(stretch: Stretch, length: int) -> Iterator[Block]:
    n = max(1, (len(stretch) + length // 2) // length)
    for k in range(n):
        start = stretch.start + k * length
        yield Block(stretch, start, stretch.stop if k == n - 1 else start + length)


def shares(by_stretch: Sequence[Sequence[Block]], blocks_per_share: int) -> list[Share]:
    """Cut the blocks into shares of at most so many; none crosses a wall."""
    out: list[Share] = []
    for blocks in by_stretch:
        for low in range(0, len(blocks), blocks_per_share):
            before = blocks[low - 1] if low else None
            out.append(Share(len(out), tuple(blocks[low : low + blocks_per_share]), before))
    return out


def surveyed(by_stretch: Sequence[Sequence[Block]], n: int, seed: int = 0) -> list[Block]:
    """At most `n` blocks, one drawn from each of `n` equal parts; the same for every run."""
    every = [block for blocks in by_stretch for block in blocks]
    if len(every) <= n:
        return every
    rng = np.random.default_rng(seed)
    edges = np.linspace(0, len(every), n + 1).astype(int)
    return [every[rng.integers(a, b)] for a, b in pairwise(edges)]
