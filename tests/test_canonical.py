"""Filtered recordings: the same bytes however they are read, and those of the whole sweep."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from spikelens.canonical import BLOCKS_KEPT, FilteredSource, filtered
from spikelens.filters import Filter
from spikelens.filters.butterworth import Butterworth
from spikelens.filters.notch import Notch
from spikelens.recording import Recording
from spikelens.stretches import Stretches

RATE = 4_000.0
GAIN = 3e-5
NO_WALLS = np.empty((0, 2), np.int64)
LENGTHS = [9_000, 1, 7_500]
N = sum(LENGTHS)
BAND = Butterworth(low=300.0, high=1_500.0)
SLOW = Butterworth(low=2.0, high=None)


def recording(n_channels: int = 1) -> Recording:
    walk = np.cumsum(np.random.default_rng(6).integers(-5, 6, (N, n_channels)), axis=0) - 2_300
    return Recording.from_array(walk.astype(np.int16), RATE, gain=GAIN, sweep_lengths=LENGTHS)


def stretches_of(rec: Recording, walls: np.ndarray = NO_WALLS) -> Stretches:
    return Stretches.between_walls(rec, walls)


@pytest.mark.parametrize("filter_", [BAND, Notch(), Notch(quality=2.0), SLOW], ids=str)
def test_blocks_are_scipys_whole_sweep(filter_: Filter) -> None:
    rec = recording(2)
    walls = np.array([[3_000, 3_100]])
    out = filtered(rec, filter_, stretches_of(rec, walls)).read()
    for start, stop in [(0, 3_000), (3_100, 9_000), (9_001, N)]:
        whole = rec.stored(start, stop) * GAIN
        expected = signal.sosfiltfilt(filter_.sections(RATE), whole, axis=0)
        assert np.abs(out[start:stop] - expected).max() < 1e-3 * GAIN
    assert np.isnan(out[3_000:3_100]).all()


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_slices_give_the_same_bytes(data: st.DataObject) -> None:
    rec = recording()
    kept = stretches_of(rec, np.array([[5_000, 5_001]]))
    whole = filtered(rec, BAND, kept).read()
    source = filtered(rec, BAND, kept)
    for _ in range(4):
        a = data.draw(st.integers(0, N))
        b = data.draw(st.integers(a, N))
        assert source.read(a, b).tobytes() == whole[a:b].tobytes()


def test_a_block_does_not_see_past_its_margin() -> None:
    rec = recording()
    source = filtered(rec, BAND, stretches_of(rec)).source
    assert isinstance(source, FilteredSource)
    far = source.block_samples + source.margin
    stored = rec.stored().copy()
    stored[far:9_000] += 999
    other = Recording.from_array(stored, RATE, gain=GAIN, sweep_lengths=LENGTHS)
    changed = filtered(other, BAND, stretches_of(other)).source
    first = slice(0, source.block_samples)
    assert source.read(0, N)[first].tobytes() == changed.read(0, N)[first].tobytes()
    assert source.read(0, N).tobytes() != changed.read(0, N).tobytes()


def test_it_pickles_without_its_blocks_and_reads_the_same() -> None:
    rec = recording()
    source = filtered(rec, BAND, stretches_of(rec)).source
    before = len(pickle.dumps(source))
    read = source.read(0, N)
    packed = pickle.dumps(source)
    assert len(packed) == before
    assert pickle.loads(packed).read(0, N).tobytes() == read.tobytes()


def test_overlapping_reads_filter_each_block_once() -> None:
    class Counting:
        calls = 0

        def margin(self, sampling_rate: float) -> int:
            return 10

        def apply(self, samples, sampling_rate, *, wall_before, wall_after):  # type: ignore[no-untyped-def]
            Counting.calls += 1
            return samples

    rec = recording()
    lazy = filtered(rec, Counting(), stretches_of(rec))
    assert Counting.calls == 0
    assert lazy.channels[0].gain == 1.0 and lazy.sweeps is rec.sweeps
    for start in range(0, 2_000, 100):
        assert np.array_equal(lazy.read(start, start + 3_000), rec.read(start, start + 3_000))
    assert Counting.calls == 3 <= BLOCKS_KEPT
