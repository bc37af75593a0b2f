"""Tiles hold what the samples hold, at every level, for every way of storing them."""

from __future__ import annotations

import dataclasses
import io
import os

import numpy as np
import pytest

from spikelens import api
from spikelens.app import pyramid as module
from spikelens.app.library import Library
from spikelens.app.pyramid import BASE, COLUMNS, Pyramid, cache_folder
from spikelens.app.tiles import some, tile
from spikelens.errors import OutsideRecording
from spikelens.recording import Channel, Recording, Sweeps
from spikelens.sources import ArraySource, ChosenChannels, MappedSource, reopened
from tests.app.serving import Page
from tests.data import recording_file

RATE = 20_000.0
N = 700_001


def stored(kind):
    rng = np.random.default_rng(3)
    values = (1000 * rng.standard_normal(N)).cumsum()
    values = values / np.abs(values).max()
    if np.dtype(kind).kind == "i":
        return (values * 30_000).astype(kind)
    values = values.astype(kind)
    values[5000:9000] = np.nan
    values[100_000] = np.inf
    return values


def recording_of(kind, gain=2e-3, offset=-0.01):
    source = ArraySource(stored(kind)[:, None])
    channel = Channel("Vm", "voltage", gain, offset)
    return Recording(source, RATE, (channel,), Sweeps.of_lengths([N]), fingerprint="f" * 64)


def by_numpy(volts, level):
    """Extremes of each column, from the samples in volts."""
    length = 1 << level
    padded = np.full(-(-volts.size // length) * length, np.nan, np.float32)
    padded[: volts.size] = np.where(np.isfinite(volts), volts, np.nan)
    parts = padded.reshape(-1, length)
    with np.errstate(all="ignore"):
        return np.column_stack([np.fmin.reduce(parts, axis=1), np.fmax.reduce(parts, axis=1)])


@pytest.mark.parametrize("kind", ["<i2", ">i2", "i1", "<i4", "<f4", "<f8"])
@pytest.mark.parametrize("gain", [2e-3, -2e-3])
def test_every_level_is_what_the_samples_say(kind, gain, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 1 << 17)
    monkeypatch.setattr(module, "_REOPEN", 1 << 18)
    recording = recording_of(kind, gain)
    built = Pyramid(recording)
    built.build()
    volts = recording.read()[:, 0]
    for level in (1, 3, BASE - 1, BASE, BASE + 1, built.top_level):
        wanted = by_numpy(volts, level)
        finite = np.isinf(volts).sum() == 0
        found = np.concatenate(
            [built.extremes(level, a, min(a + (COLUMNS << level), N)) for a in range(0, N, COLUMNS << level)]
        )
        if not finite:
            # A column with an infinity shows none of its ends that is infinite.
            column = 100_000 >> level
            keep = np.arange(len(found)) != column
            wanted, found = wanted[keep], found[keep]
        np.testing.assert_allclose(found, wanted, rtol=2e-7, atol=1e-12)


def test_the_top_level_is_one_tile():
    built = Pyramid(recording_of("<i2"))
    built.build()
    assert tile(built, built.top_level, 0)[:4] == b"SLT1"
    for level, number in [(built.top_level + 1, 0), (built.top_level, 1), (0, N), (-1, 0), (0, -1)]:
        with pytest.raises(OutsideRecording, match="levels are 0 to"):
            tile(built, level, number)


def test_it_is_usable_while_it_builds(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 1 << 17)
    recording = recording_of("<i2")
    wanted, seen, halved = Pyramid(recording), [], module.halved
    wanted.build()
    built = Pyramid(recording)

    def watching(new):
        done = built.ready_samples
        if done:
            found = built.extremes(BASE + 1, 0, done)
            np.testing.assert_array_equal(found, wanted.extremes(BASE + 1, 0, done))
            assert built.extremes(BASE, 0, N) is None
            assert built.extremes(1, 0, 4096) is not None
            seen.append(done)
        return halved(new)

    monkeypatch.setattr(module, "halved", watching)
    built.build()
    assert len(set(seen)) == N >> 17


def test_it_is_kept_by_the_fingerprint_and_mapped(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 1 << 17)
    recording = recording_of("<i2")
    Pyramid(recording, name="0", cache=tmp_path).build()
    (kept,) = tmp_path.iterdir()
    os.utime(kept, (1, 1))
    again = Pyramid(recording, name="0", cache=tmp_path)
    monkeypatch.setattr(module, "columns", None)
    again.build()
    assert isinstance(again._kept.base, np.memmap) or isinstance(again._kept, np.memmap)
    assert again.done and kept.stat().st_mtime > 1
    monkeypatch.undo()
    other = dataclasses.replace(recording, fingerprint="0" * 64)
    monkeypatch.setattr(module, "_CHUNK", 1 << 17)
    Pyramid(other, name="0", cache=tmp_path).build()
    assert len(list(tmp_path.iterdir())) == 2


def pickled():
    """An array file that would run code if pickles were read."""
    kept = io.BytesIO()
    np.save(kept, np.array([print], object), allow_pickle=True)
    return kept.getvalue()


@pytest.mark.parametrize("damage", [b"", b"no array", pickled(), None])
def test_a_damaged_cache_is_made_again(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(module, "_CHUNK", 1 << 17)
    recording = recording_of("<i2")
    first = Pyramid(recording, cache=tmp_path)
    first.build()
    (kept,) = tmp_path.iterdir()
    kept.unlink()  # It is mapped: written over in place, it would take this process with it.
    if damage is None:
        np.save(kept, np.zeros((3, 2), np.int16))
    else:
        kept.write_bytes(damage)
    again = Pyramid(recording, cache=tmp_path)
    again.build()
    np.testing.assert_array_equal(again.extremes(BASE, 0, N), first.extremes(BASE, 0, N))


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 1 << 17)
    (tmp_path / "file").write_text("in the way")
    built = Pyramid(recording_of("<i2"), cache=tmp_path / "file")
    built.build()
    assert built.done and built.extremes(BASE, 0, N) is not None


def test_the_cache_is_where_the_system_keeps_such_things(monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKELENS_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("SPIKELENS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder() == tmp_path / "spikelens" / "pyramids"


def test_a_source_opened_anew_reads_the_same_and_maps_again(tmp_path):
    path = tmp_path / "a.bin"
    np.arange(40, dtype="<i2").tofile(path)
    whole = MappedSource(path, "<i2", 20, 2)
    chosen = ChosenChannels(whole, (1,))
    before = chosen.read(3, 9)
    again = reopened(chosen)
    assert "_mapped" in whole.__dict__ and "_mapped" not in again.source.__dict__
    np.testing.assert_array_equal(again.read(3, 9), before)
    in_memory = ArraySource(np.zeros((3, 1)))
    assert reopened(in_memory) is in_memory


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = recording_file("pyabf/18425108.abf")
    library = Library([path], sessions=tmp_path_factory.mktemp("s"), cache=tmp_path_factory.mktemp("c"))
    with Page(library).client:
        made = Page(library)
        made.wait()
        yield made


@pytest.mark.parametrize("channel", ["0", "1"])
def test_tiles_of_a_real_recording_agree_with_its_samples(page, channel):
    recording = api.read(recording_file("pyabf/18425108.abf"))
    volts = recording.read()[:, int(channel)]
    raw = np.concatenate([page.tile(0, k, channel)[1][:, 0] for k in range(3)])
    np.testing.assert_array_equal(raw, volts[: raw.size])
    head, data = page.tile(5, 1, channel)
    assert head == {
        "level": 5,
        "first_sample": COLUMNS << 5,
        "n_columns": COLUMNS,
        "samples_per_column": 32,
        "kind": 0,
        "reserved": 0,
    }
    part = volts[COLUMNS << 5 : COLUMNS << 6].reshape(-1, 32)
    np.testing.assert_allclose(data, np.column_stack([part.min(1), part.max(1)]), rtol=1e-6)


def test_a_filtered_tile_is_the_filtered_recording(page):
    from scipy.signal import butter, sosfiltfilt

    recording = api.read(recording_file("pyabf/18425108.abf"))
    sections = butter(3, 1000, "low", fs=recording.sampling_rate, output="sos")
    wanted = sosfiltfilt(sections, recording.read()[:, 1].astype(np.float64))
    _, found = page.tile(0, 2, "1", filter="butterworth", low="none", high="1000")
    part = wanted[2 * COLUMNS : 3 * COLUMNS]
    assert np.abs(found[:, 0] - part).max() < 1e-3 * np.abs(part).max()


def test_a_common_reference_looks_at_all_channels_of_its_quantity(tmp_path):
    volts = np.random.default_rng(2).normal(0, 1e-5, (4096, 4)).astype(np.float32)
    library = Library([Recording.from_array(volts, RATE)], sessions=tmp_path / "s")
    page = Page(library)
    _, found = page.tile(0, 0, "2", filter="median_reference")
    wanted = volts[:COLUMNS, 2] - np.median(volts[:COLUMNS], axis=1)
    np.testing.assert_allclose(found[:, 0], wanted, atol=1e-10)
    library.close()


def test_filters_that_nobody_looks_through_any_more_are_let_go(page):
    opened = page.library.open(page.id)
    first = opened.pyramid("1", "butterworth", {"low": "100"})
    for low in range(101, 101 + 4):
        latest = opened.pyramid("1", "butterworth", {"low": str(low)})
    assert first.called_off.is_set() and not latest.called_off.is_set()
    assert opened.pyramid("1", "butterworth", {"low": "104"}) is latest
    assert opened.pyramid("1", "butterworth", {"low": "100"}) is not first


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"filter": "none-such"}, 404),
        ({"filter": "butterworth", "high": "1e9"}, 400),
        ({"filter": "butterworth", "colour": "red"}, 404),
        ({"channel": "7"}, 404),
        ({"level": "x"}, 400),
        ({"level": "-1"}, 400),
        ({"tile": "99999999"}, 404),
        ({"level": "63"}, 400),
        ({"tile": "2", "last": "1"}, 400),
        ({"tile": "0", "last": "32"}, 400),
        ({"level": "8", "tile": "0", "last": "1"}, 404),
    ],
)
def test_tiles_there_are_not_are_refused_in_one_line(page, query, status):
    answer = page.ask("/tiles", **query)
    assert answer.status_code == status, answer.text
    assert "\n" not in answer.json()["error"]


def test_neighbours_are_sent_one_after_the_other(page):
    for level in (0, 3):
        apart = [page.ask("/tiles", channel="0", level=level, tile=k).content for k in (1, 2, 3)]
        together = page.ask("/tiles", channel="0", level=level, tile=1, last=3)
        assert together.content == b"".join(apart)


def test_of_neighbours_only_those_are_sent_that_are_built():
    volts = np.random.default_rng(3).normal(0, 1, 3 * (COLUMNS << 8)).astype(np.float32)
    pyramid = Pyramid(Recording.from_array(volts, RATE))
    pyramid.build()
    whole = some(pyramid, 8, range(3))
    pyramid.ready_samples = 2 * (COLUMNS << 8)
    assert some(pyramid, 8, range(3)) == whole[: 2 * len(whole) // 3]
    assert some(pyramid, 8, range(2, 3)) == b""


def test_a_tile_that_did_not_change_is_not_sent_again(page):
    first = page.ask("/tiles", channel="0", level=8, tile=0)
    mark = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    again = page.client.get(first.request.url, headers={"if-none-match": mark})
    assert (again.status_code, again.content) == (304, b"")
    version = page.get()["fingerprint"][:16]
    assert "immutable" in page.ask("/tiles", level=8, tile=0, v=version).headers["cache-control"]
    assert "immutable" not in page.ask("/tiles", level=8, tile=0, v="0000").headers["cache-control"]
