"""Runs over a probe that are stopped, damaged or doubled end with the same bytes, or say why not."""

from __future__ import annotations

import errno
import os
import shutil

import pytest
from tests.probes.cases import N_CHANNELS, counts
from tests.runs.probe_files import FIND, PLACES, N, digest, find, write

import spikelens
from spikelens.cli import run
from spikelens.errors import SpikelensError, UnreadableFile
from spikelens.runs import probe as module
from spikelens.runs.request import Request
from spikelens.store import Store


def test_a_run_done_already_is_not_done_again(here, monkeypatch):
    find()
    monkeypatch.setattr(module.ProbeSearch, "candidates", lambda *_: pytest.fail("searched again"))
    find()
    find("--radius", "80", code=1)


def test_what_an_ended_run_has_done_is_kept(here, monkeypatch):
    find(out="whole")
    done, real = [], module.ProbeSearch.candidates

    def fail_at_the_third(search, share):
        if len(done) == 2:
            raise SpikelensError("the light went out")
        done.append(share.name)
        return real(search, share)

    monkeypatch.setattr(module.ProbeSearch, "candidates", fail_at_the_third)
    find("--engine", "serial", "--chunk", "0.5", code=1)
    assert not os.path.exists("out/rec")
    again = []
    monkeypatch.setattr(
        module.ProbeSearch, "candidates", lambda search, s: again.append(s.name) or real(search, s)
    )
    find("--engine", "serial", "--chunk", "0.5")
    assert len(done) == 2 and again and not set(done) & set(again)
    assert digest("whole") == digest("out")


def test_a_task_that_is_asked_for_twice_is_done_once(here, monkeypatch):
    search = module.probe_search(spikelens.read("rec.bin"), Request(probe={"probe": "line.json"})).surveyed()
    store, share = Store(here / "store", "key"), search.shares(1.0)[0]
    row = module.keep_share(search, store, share)
    assert row["start"] == 0 and row["key"] == "key" and row["rows"] == len(store.read(share.name)["height"])
    monkeypatch.setattr(module.ProbeSearch, "candidates", lambda *_: pytest.fail("searched again"))
    assert module.keep_share(search, store, share) == row


def test_damaged_parts_are_done_again(here, monkeypatch):
    find(out="whole")
    monkeypatch.setattr("spikelens.runs.probefolder._placed", _refuse)
    find("--chunk", "0.5", code=1)
    monkeypatch.undo()
    monkeypatch.chdir(here)
    parts = sorted(here.glob("out/.parts/*/*"))
    assert len(parts) >= 6
    for k, part in enumerate(parts):
        content = bytearray(part.read_bytes())
        content[(37 * k) % len(content)] ^= 4
        part.write_bytes(content[: len(content) - k % 3])
    find("--chunk", "0.5")
    assert digest("whole") == digest("out")


def _refuse(*_args):
    raise SpikelensError("stopped before the end")


@pytest.mark.parametrize("change", ["touched", "grown", "truncated", "replaced"])
def test_a_changed_input_never_resumes(here, monkeypatch, change):
    monkeypatch.setattr("spikelens.runs.probefolder._placed", _refuse)
    find("--chunk", "0.5", code=1)
    monkeypatch.undo()
    monkeypatch.chdir(here)
    stored = counts(N, PLACES)
    other = {"touched": stored, "grown": counts(N + 4_000, PLACES), "truncated": stored[: N - 5_000]}
    write(here / "rec.bin", other.get(change, counts(N, PLACES[:50], seed=5)))
    os.utime("rec.bin", ns=(1, 1))
    find("--chunk", "0.5")
    shutil.copy("rec.bin", "copy.bin")
    shutil.copy("rec.toml", "copy.toml")
    assert run(["find", "copy.bin", "--probe", "line.json", "--no-report", "--quiet", "--out", "fresh"]) == 0
    assert (here / "out/rec/spikes.csv").read_bytes() == (here / "fresh/copy/spikes.csv").read_bytes()


def test_an_input_that_changes_under_the_run_is_refused(here, monkeypatch):
    real = module.ProbeSearch.candidates

    def changing(search, share):
        os.utime("rec.bin", ns=(7, 7))
        return real(search, share)

    monkeypatch.setattr(module.ProbeSearch, "candidates", changing)
    find(code=UnreadableFile.exit_code)
    assert not os.path.exists("out/rec")


def test_an_input_that_shrinks_under_the_run_is_refused(here, monkeypatch):
    real = module.ProbeSearch.candidates

    def shrinking(search, share):
        os.truncate("rec.bin", 1_000)
        return real(search, share)

    monkeypatch.setattr(module.ProbeSearch, "candidates", shrinking)
    find(code=UnreadableFile.exit_code)
    assert not os.path.exists("out/rec")


@pytest.mark.parametrize("engine", ["serial", "threads"])
def test_a_disk_that_fails_while_it_is_read_is_said_and_the_run_resumes(here, monkeypatch, capsys, engine):
    find(out="whole")
    real, calls = os.preadv, []

    def failing(number, buffers, at):
        calls.append(at)
        if len(calls) > 15:  # Past the survey, in the midst of the shares.
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(number, buffers, at)

    monkeypatch.setattr(os, "preadv", failing)
    capsys.readouterr()
    find("--engine", engine, "--chunk", "0.5", code=UnreadableFile.exit_code)
    told = capsys.readouterr().err
    assert "cannot read rec.bin: Input/output error" in told and "Traceback" not in told
    assert not os.path.exists("out/rec") and list(here.glob("out/.parts/*/*.parquet"))
    monkeypatch.undo()
    monkeypatch.chdir(here)
    find("--chunk", "0.5")
    assert digest("whole") == digest("out")


@pytest.mark.parametrize("name", ["spikes.parquet", "spikes.csv", "channels.csv", "run.json"])
def test_a_damaged_result_is_made_again(here, name, capsys):
    find()
    before = digest()
    sound = (here / "out/rec" / name).read_bytes()
    place = sound.find(b'"n_spikes"') + 12 if name == "run.json" else len(sound) // 2
    damaged = bytearray(sound)
    damaged[place] ^= 1
    (here / "out/rec" / name).write_bytes(damaged)
    find()
    assert digest() == before and (here / "out/rec" / name).read_bytes() == sound


def test_an_input_of_the_wrong_channel_count_is_refused(here, capsys):
    said = (here / "rec.toml").read_text().replace(f"n_channels = {N_CHANNELS}", "n_channels = 7")
    (here / "rec.toml").write_text(said)
    find(code=3)
    assert "truncated" in capsys.readouterr().err


def test_two_drivers_of_one_output_agree(here):
    import threading

    find(out="whole")
    codes = []
    asked = [*FIND, "--quiet", "--out", "out", "--chunk", "0.5"]
    drivers = [threading.Thread(target=lambda: codes.append(run(asked))) for _ in range(2)]
    for driver in drivers:
        driver.start()
    for driver in drivers:
        driver.join()
    assert codes == [0, 0] and digest("whole") == digest("out")
    assert sorted(os.listdir("out")) == ["rec"]
