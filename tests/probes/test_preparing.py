"""Referenced and filtered rows against NumPy and SciPy on the whole recording."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from spikelens.blocks import blocks_of
from spikelens.detectors.bandpass_mad import BandpassMad
from spikelens.exclusive import Exclusive
from spikelens.filters._notched import with_notch
from spikelens.filters.bessel import Bessel
from spikelens.filters.butterworth import Butterworth
from spikelens.preparing import Preparation
from spikelens.recording import Recording
from spikelens.stretches import Stretches
from tests.probes.cases import GAIN, NO_WALLS, RATE, counts

BAND = Butterworth(low=300.0, high=6000.0, order=3)
FILTERS = [
    BAND,
    Butterworth(low=300.0, high=None, order=4),
    Butterworth(low=300.0, high=6000.0, order=2, causal=True),
    Bessel(low=500.0, high=5000.0, order=3),
    Butterworth(low=1.0, high=None, order=2),
    with_notch(BAND, frequency=60.0, harmonics=3, causal=False),
    None,
]
N = 45_000
REFERENCES = {"median": np.median, "mean": np.mean}


def resting(stored):
    return np.rint(np.median(stored, axis=0))


def expected(stored, filter_, reference, rest=None):
    x = stored - (resting(stored) if rest is None else rest)
    if reference != "none":
        x = x - REFERENCES[reference](x, axis=1, keepdims=True)
    if filter_ is None:
        return x
    sections = filter_.sections(RATE)
    if filter_.causal:
        start = signal.sosfilt_zi(sections)[:, :, None] * x[0]
        return signal.sosfilt(sections, x, axis=0, zi=start)[0]
    return signal.sosfiltfilt(sections, x, axis=0)


def prepared(recording, filter_, reference, weight=None, walls=NO_WALLS, rest=None):
    weight = np.ones(len(recording.channels), np.float32) if weight is None else weight
    rest = resting(recording.stored()) if rest is None else rest
    preparation = Preparation(recording, filter_, reference, weight, rest)
    blocks = blocks_of(Stretches.between_walls(recording, walls), preparation.block_samples)
    return preparation, [np.concatenate([preparation.rows(b).copy() for b in part]) for part in blocks]


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("asked", "order"), [("butterworth", 5), ("bessel", 2), ("none", None)])
def test_what_a_user_asks_of_the_filter_is_scipys_design(asked, order, causal):
    settings = Exclusive.from_parameters(
        {"filter": asked, "order": order, "causal": causal, "notch": 50.0, "harmonics": 2}
    )
    filter_ = settings.filter_for(BandpassMad(low=400.0, high=5000.0), RATE)
    hum = [signal.tf2sos(*signal.iirnotch(f, f / 20.0, fs=RATE)) for f in (50.0, 100.0)]
    design = {"butterworth": signal.butter, "bessel": signal.bessel}.get(asked)
    band = [] if design is None else [design(order, [400.0, 5000.0], "bandpass", fs=RATE, output="sos")]
    sections = np.concatenate([*hum, *band])
    stored = counts(N)
    _, (rows,) = prepared(Recording.from_array(stored, RATE, gain=GAIN), filter_, "none")
    x = stored - resting(stored)
    if causal:
        start = signal.sosfilt_zi(sections)[:, :, None] * x[0]
        wanted = signal.sosfilt(sections, x, axis=0, zi=start)[0]
    else:
        wanted = signal.sosfiltfilt(sections, x, axis=0)
    assert np.abs(rows - wanted).max() < 1e-3


@pytest.mark.parametrize("reference", ["median", "mean", "none"])
@pytest.mark.parametrize("filter_", FILTERS, ids=str)
def test_blocks_are_scipys_whole_trace_to_a_thousandth_of_a_count(filter_, reference):
    stored = counts(N)
    recording = Recording.from_array(stored, RATE, gain=GAIN)
    preparation, (rows,) = prepared(recording, filter_, reference)
    assert preparation.counts and preparation.gain == GAIN
    assert np.abs(rows - expected(stored, filter_, reference)).max() < 1e-3


@pytest.mark.parametrize("reference", ["median", "mean", "none"])
def test_volts_are_prepared_as_counts_are(reference):
    stored = counts(N)
    recording = Recording.from_array((stored * GAIN).astype(np.float32), RATE)
    preparation, (rows,) = prepared(recording, BAND, reference, rest=resting(stored) * GAIN)
    assert not preparation.counts and preparation.gain == 1.0
    assert np.abs(rows / GAIN - expected(stored, BAND, reference)).max() < 1e-2


def test_every_stretch_starts_anew():
    stored = counts(N)
    recording = Recording.from_array(stored, RATE, gain=GAIN, sweep_lengths=[20_000, 25_000])
    walls = np.array([[30_000, 30_500]])
    _, parts = prepared(recording, BAND, "median", walls=walls)
    rest = resting(stored)
    for part, (start, stop) in zip(parts, [(0, 20_000), (20_000, 30_000), (30_500, N)], strict=True):
        assert np.abs(part - expected(stored[start:stop], BAND, "median", rest)).max() < 1e-3


@pytest.mark.parametrize("n", [1, 2, 3, 10, 50])
def test_short_stretches(n):
    recording = Recording.from_array(counts(n), RATE, gain=GAIN)
    _, (rows,) = prepared(recording, BAND, "median")
    assert rows.shape == (n, 10) and np.isfinite(rows).all()


@pytest.mark.parametrize("reference", ["median", "mean"])
@pytest.mark.parametrize("integers", [True, False])
def test_channels_left_out_are_still_and_not_in_the_reference(reference, integers):
    stored = counts(N)
    stored[:, 4] = 30_000
    weight = np.full(10, -1, np.float32)
    weight[4] = 0
    samples = stored if integers else (stored * GAIN).astype(np.float32)
    recording = Recording.from_array(samples, RATE, gain=GAIN if integers else 1.0)
    rest = resting(stored) * (1 if integers else GAIN)
    preparation, (rows,) = prepared(recording, BAND, reference, weight, rest=rest)
    kept = np.arange(10) != 4
    assert (rows[:, 4] == 0).all()
    want = -expected(stored[:, kept], BAND, reference)
    assert np.abs(rows[:, kept] * preparation.gain / GAIN - want).max() < 1e-2


def test_channels_of_different_gain_are_compared_in_volts():
    import dataclasses

    stored = counts(N)
    recording = Recording.from_array(stored, RATE, gain=GAIN)
    channels = [dataclasses.replace(c, gain=GAIN * (1 + k % 2)) for k, c in enumerate(recording.channels)]
    preparation, (rows,) = prepared(dataclasses.replace(recording, channels=tuple(channels)), BAND, "median")
    assert not preparation.counts
    want = expected(stored * (1 + np.arange(10) % 2), BAND, "median")
    assert np.abs(rows / GAIN - want).max() < 2e-2
