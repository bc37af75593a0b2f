"""The search of many channels: blocks are prepared, and peaks found that nothing near outdoes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.blocks import Block, Share, blocks_of, shares, surveyed
from spikelens.detectors.bandpass_mad import MAD_OF_NORMAL, BandpassMad
from spikelens.engines import Engine
from spikelens.engines.serial import Serial
from spikelens.exclusive import Exclusive
from spikelens.filters._recursive import FORGOTTEN
from spikelens.kernels.contacts import describe_contacts, exclusive_peaks, near_faults
from spikelens.preparing import Preparation, Rows
from spikelens.probes import Probe
from spikelens.recording import Recording
from spikelens.stretches import Stretches

Columns = dict[str, NDArray[Any]]

SURVEY_BLOCKS = 12
"""Blocks whose noise is measured."""
SURVEY_STEP = 16
"""One sample in so many is looked at: neighbours say the same of the noise."""
REST_STEP = 4
"""Of those, one in so many tells the resting value."""
BASE_WINDOW = 5e-3
"""A peak's height is measured from the lowest value in so many seconds before it."""
GUARD, LONGEST_GUARD = 2e-3, 20e-3
"""No spike is believed so close to a saturated or lost sample, s: while the filter rings, within these."""
RUNG_OUT = 1e-3
"""What is left of a swing over the whole range once the filter rings no longer."""
FLAT = 1e-3
"""A trace that does not change for so long is saturated or lost, s."""
_ALONE = Serial()


@dataclass(frozen=True)
class Noise:
    """What the survey tells of each channel; counts or V, as the rows are."""

    level: NDArray[np.float64]
    rest: NDArray[np.float64]
    """The resting value of each channel, as stored."""
    dead: tuple[int, ...] = ()
    """Channels that never change."""
    doubled: tuple[int, ...] = ()
    """Channels that repeat an earlier one, sample for sample."""


@dataclass(frozen=True)
class ProbeSearch:
    """Where and how spikes are sought on many channels. Small when pickled."""

    recording: Recording
    stretches: Stretches
    detector: BandpassMad
    settings: Exclusive
    probe: Probe
    sign: int = -1
    noise: Noise | None = None
    """None before the survey."""

    def surveyed(self, engine: Engine = _ALONE) -> ProbeSearch:
        """The search with the noise of every channel, from blocks all over the recording.

        Parameters
        ----------
        engine : Engine, optional
            What looks at the blocks, in this process: nothing else can be done before they are.
        """
        blocks = surveyed(self._blocks, SURVEY_BLOCKS)
        raw = _raw(self.recording, blocks, engine)
        level = np.full(len(raw), np.nan)
        noise = Noise(level, _rest(raw), *_useless(raw))
        known = replace(self, noise=noise)
        # Looks come in any order, which no median depends on.
        looks = list(engine.run(known._look, blocks))
        if looks:
            level = _deviations(np.concatenate(looks, axis=1), engine) / MAD_OF_NORMAL
        return replace(self, noise=replace(noise, level=level))

    def _look(self, block: Block) -> Rows:
        """Some filtered samples of a block, (n_channels, n_samples)."""
        return self.preparation.rows(block)[::SURVEY_STEP].T.copy()

    @cached_property
    def preparation(self) -> Preparation:
        """Reference and filter, with useless channels left out."""
        n, rate = len(self.recording.channels), self.recording.sampling_rate
        weight, rest = np.full(n, self.sign, np.float32), np.zeros(n)
        if self.noise is not None:
            weight[[*self.noise.dead, *self.noise.doubled]] = 0
            rest = self.noise.rest
        filter_ = self.settings.filter_for(self.detector, rate)
        return Preparation(self.recording, filter_, self.settings.reference_of(n), weight, rest)

    def shares(self, duration: float) -> list[Share]:
        """The work in shares of about `duration` (s), at least one block each."""
        length = self._block_samples
        return shares(self._blocks, max(1, round(duration * self.recording.sampling_rate / length)))

    def candidates(self, share: Share) -> Columns:
        """The peaks a share answers for, in order of sample and channel.

        Returns
        -------
        dict of arrays
            ``sample_index`` int64, ``channel_index`` int32, ``shift`` (samples), ``peak``
            and ``height`` (V or A) float64, ``fault`` bool.
        """
        found = [_columns(self, *piece) for piece in self._pieces(share)]
        table = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
        order = np.lexsort((table["channel_index"], table["sample_index"]))
        return {name: column[order] for name, column in table.items()}

    def _pieces(self, share: Share) -> Iterator[tuple[Block, Rows, int, tuple[int, int]]]:
        """Rows, the sample of the first, and which of them are answered for.

        Peaks near the border of two blocks are sought in a piece of both, so that
        each block is filtered once and a border is nothing special.
        """
        reach, rows_of = self._reach, self.preparation.rows
        tail = rows_of(share.before)[-2 * reach :].copy() if share.before else None
        for block in share.blocks:
            rows = rows_of(block)
            if tail is not None:
                yield (
                    block,
                    np.concatenate([tail, rows[: 2 * reach]]),
                    block.start - 2 * reach,
                    (reach, 3 * reach),
                )
            first = 0 if block.is_first else reach
            last = rows.shape[0] - (0 if block.is_last else reach)
            yield block, rows, block.start, (first, last)
            tail = rows[-2 * reach :].copy()

    @cached_property
    def _blocks(self) -> list[list[Block]]:
        return blocks_of(self.stretches, self._block_samples)

    @property
    def _block_samples(self) -> int:
        # Twice the reach from either border, in a block of half the length.
        return max(self.preparation.block_samples, 8 * self._reach)

    @property
    def _reach(self) -> int:
        """How far a peak's rule and its description look, samples."""
        return self._samples(max(self.settings.apart, BASE_WINDOW)) + 2

    @property
    def guard(self) -> int:
        """How near to saturated or lost samples no spike is believed, samples."""
        ringing = round(self.preparation.margin * math.log(RUNG_OUT) / math.log(FORGOTTEN))
        return min(max(self._samples(GUARD), ringing), self._samples(LONGEST_GUARD))

    def _samples(self, seconds: float) -> int:
        return round(seconds * self.recording.sampling_rate)

    @cached_property
    def _near(self) -> NDArray[np.int64]:
        return self.probe.near(self.settings.radius)

    def _limits(self, dtype: np.dtype[Any]) -> NDArray[Any]:
        assert self.noise is not None, "survey first"
        level = np.where(self.noise.level > 0, self.noise.level, np.inf)
        return (self.detector.cutoff * level).astype(dtype)

    def __getstate__(self) -> dict[str, object]:
        made = ("preparation", "_blocks", "_near")
        return {k: v for k, v in self.__dict__.items() if k not in made}


def _columns(search: ProbeSearch, block: Block, rows: Rows, origin: int, bounds: tuple[int, int]) -> Columns:
    """The peaks of a piece, described."""
    apart, base = search._samples(search.settings.apart), search._samples(BASE_WINDOW)
    at, channel = exclusive_peaks(rows, search._limits(rows.dtype), search._near, apart, *bounds)
    shift, peak, height = describe_contacts(rows, at, channel, base)
    gain = search.preparation.gain
    return {
        "sample_index": at + origin,
        "channel_index": channel.astype(np.int32),
        "shift": shift,
        "peak": peak * gain,
        "height": height * gain,
        "fault": _faults(search, block, at + origin, channel),
    }


def _faults(
    search: ProbeSearch, block: Block, at: NDArray[np.int64], channel: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether saturated or lost samples lie near each peak; nothing is read where there is none."""
    if not at.size:
        return np.zeros(0, np.bool_)
    guard, flat = search.guard, max(search._samples(FLAT), 4)
    low = max(int(at.min()) - guard, block.stretch.start)
    high = min(int(at.max()) + guard + 1, block.stretch.stop)
    stored = search.preparation.stored(low, high)
    rails = (-np.inf, np.inf)
    if stored.dtype.kind in "iu":
        rails = (float(np.iinfo(stored.dtype).min), float(np.iinfo(stored.dtype).max))
    native = stored if stored.dtype.isnative else stored.astype(stored.dtype.newbyteorder("="))
    found: NDArray[np.bool_] = near_faults(native, at - low, channel, guard, flat, rails)
    return found


def _raw(recording: Recording, blocks: list[Block], engine: Engine) -> NDArray[Any]:
    """Some stored samples of each channel in order of time, (n_channels, n_samples)."""

    def look(block: Block) -> tuple[int, NDArray[Any]]:
        # A copy, so that what was read of the block is let go at once.
        return block.start, recording.stored(block.start, block.stop)[::SURVEY_STEP].T.copy()

    looks = dict(engine.run(look, blocks))
    nothing = np.empty((len(recording.channels), 0), recording.source.dtype)
    return np.concatenate([nothing, *(looks[block.start] for block in blocks)], axis=1)


def _rest(raw: NDArray[Any]) -> NDArray[np.float64]:
    """The median of each channel; whole numbers for whole numbers."""
    if not raw.shape[1]:
        return np.zeros(len(raw))
    middle = np.median(raw[:, ::REST_STEP], axis=1)
    return np.asarray(np.rint(middle) if raw.dtype.kind in "iu" else middle, np.float64)


def _useless(raw: NDArray[Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Channels that never change, and channels that repeat an earlier one, sample for sample."""
    if not raw.shape[1]:
        return (), ()
    dead = np.flatnonzero((raw == raw[:, :1]).all(axis=1)).tolist()
    first: dict[bytes, int] = {}
    doubled = [k for k, trace in enumerate(raw) if first.setdefault(trace.tobytes(), k) != k]
    return tuple(dead), tuple(k for k in doubled if k not in dead)


def _deviations(traces: Rows, engine: Engine) -> NDArray[np.float64]:
    """The median absolute deviation of each trace."""
    level = np.empty(len(traces))
    for rows, found in engine.run(
        lambda rows: (rows, _deviation(traces[rows])), _slices(len(traces), engine)
    ):
        level[rows] = found
    return level


def _slices(n: int, engine: Engine) -> list[slice]:
    """A part for each worker."""
    edges = np.linspace(0, n, engine.hands(n) + 1).astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(edges)]


def _deviation(traces: Rows) -> NDArray[np.float64]:
    """The median absolute deviation of each trace."""
    middle = np.median(traces, axis=1, keepdims=True)
    return np.asarray(np.median(np.abs(traces - middle), axis=1), np.float64)


def survey_facts(noise: Noise, gain: float) -> Mapping[str, object]:
    """The survey as a run's record tells it, V or A."""
    return {
        "noise_level": (noise.level * gain).tolist(),
        "dead_channels": list(noise.dead),
        "doubled_channels": list(noise.doubled),
    }
