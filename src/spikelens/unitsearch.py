"""The search for units: filtered pieces of a recording, given to a sorter, learned from and assigned.

The unit of work is the block. A piece is a block with the margin its sorter asks for,
filtered as a pure function of recording, settings and block; so chunks, engines and
workers give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.blocks import Block, Share, blocks_of, shares
from spikelens.preparing import Preparation
from spikelens.probes import Probe
from spikelens.recording import Recording
from spikelens.sorters import Columns, Learned, Piece, Site, Sorter
from spikelens.stretches import Stretches

PIECE = 1.0
"""Length of a piece's core, s; longer where the filter remembers longer."""
RADIUS = 60.0
"""Contacts nearer than this see the same neurons, um."""
RESTING_BLOCKS, RESTING_STEP = 16, 4
"""A channel's resting value is told by so many blocks at most, and every so many samples of them."""
CLOSE, APART = 10.0, 1000.0
"""How far apart contacts of unknown places are said to be, um, if they see the same neurons and if not."""


@dataclass(frozen=True)
class UnitSearch:
    """Where, with what and on which channels units are sought. Small when pickled."""

    recording: Recording
    stretches: Stretches
    sorter: Sorter
    probe: Probe
    radius: float = RADIUS
    resting: NDArray[Any] | None = None
    """Each channel's resting value, as stored, where no filter takes it out."""
    learned: Learned = None
    """Like `resting`, None before `taught`, and where there is nothing to learn from."""

    def taught(self) -> UnitSearch:
        """The search with what the sorter learned from pieces all over the recording, if there are any."""
        if not self._flat:
            return self
        level = self if self.preparation.filter is not None else replace(self, resting=self._at_rest())
        return replace(level, learned=self.sorter.learn(Pieces(level, tuple(level._flat)), self.site))

    @cached_property
    def site(self) -> Site:
        """Channels and rate, as the sorter is told of them."""
        near = self.probe.near(self.radius)
        places = self.probe.positions[:, :2]
        if len(places) > 1 and not (
            np.isfinite(places).all() and np.unique(places, axis=0).shape == places.shape
        ):
            apart = APART if near.shape[1] == 1 else CLOSE
            places = np.column_stack([np.zeros(len(near)), apart * np.arange(len(near))])
        return Site(near, self.recording.sampling_rate, np.nan_to_num(places))

    @cached_property
    def preparation(self) -> Preparation:
        """How samples are filtered; nothing is taken out in common, which whitening does."""
        n, rate = len(self.recording.channels), self.recording.sampling_rate
        wanted = self.sorter.prefilter(rate)
        made = None if wanted is None else rooms.load("filters", wanted[0]).from_parameters(wanted[1])
        resting = np.zeros(n) if self.resting is None else self.resting
        return Preparation(self.recording, made, "none", np.ones(n, np.float32), resting)

    def shares(self, duration: float) -> list[Share]:
        """The work in shares of about `duration` (s), at least one block each."""
        return shares(self._blocks, max(1, round(duration * self.recording.sampling_rate / self._length)))

    def units_in(self, share: Share) -> Columns:
        """The spikes a share answers for, in order of sample."""
        found = [self.sorter.assign(self.piece(block), self.site, self.learned) for block in share.blocks]
        table = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
        order = np.lexsort((table["unit_id"], table["sample_index"]))
        return {name: column[order] for name, column in table.items()}

    def piece(self, block: Block) -> Piece:
        """A block with its margins, filtered, in V."""
        margin = self.sorter.margin(self.recording.sampling_rate)
        start = max(block.start - margin, block.stretch.start)
        stop = min(block.stop + margin, block.stretch.stop)
        rows: NDArray[Any] = self.preparation.rows(Block(block.stretch, start, stop))
        volts = np.multiply(rows, np.float32(self.preparation.gain), dtype=np.float32, casting="same_kind")
        return Piece(volts, start, (block.start - start, block.stop - start))

    def _at_rest(self) -> NDArray[Any]:
        """The median of each channel in blocks from all over the recording."""
        some = self._flat[:: max(1, len(self._flat) // RESTING_BLOCKS)]
        held = [self.recording.stored(block.start, block.stop)[::RESTING_STEP] for block in some]
        return np.asarray(np.nan_to_num(np.nanmedian(np.concatenate(held), axis=0)))

    @cached_property
    def _blocks(self) -> list[list[Block]]:
        return blocks_of(self.stretches, self._length)

    @cached_property
    def _flat(self) -> list[Block]:
        return [block for blocks in self._blocks for block in blocks]

    @property
    def _length(self) -> int:
        return max(round(PIECE * self.recording.sampling_rate), self.preparation.block_samples)

    def __getstate__(self) -> dict[str, object]:
        return {
            k: v for k, v in self.__dict__.items() if k not in ("preparation", "_blocks", "_flat", "site")
        }


class Pieces(Sequence[Piece]):
    """Pieces that are read and filtered when they are asked for, and not kept."""

    def __init__(self, search: UnitSearch, blocks: tuple[Block, ...]) -> None:
        self._search, self._chosen = search, blocks

    def __len__(self) -> int:
        return len(self._chosen)

    @overload
    def __getitem__(self, at: int) -> Piece: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Piece]: ...
    def __getitem__(self, at: int | slice) -> Piece | Sequence[Piece]:
        if isinstance(at, slice):
            return Pieces(self._search, self._chosen[at])
        return self._search.piece(self._chosen[at])

    def __iter__(self) -> Iterator[Piece]:
        return (self._search.piece(block) for block in self._chosen)
