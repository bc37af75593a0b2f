"""Fetching against a server of our own, which breaks off, lies and refuses as asked."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import spikelens
from spikelens.cli import run
from spikelens.datasets import catalogue, downloading
from spikelens.datasets.catalogue import CATALOGUE, Dataset, dataset_named
from spikelens.datasets.downloading import sha256_of
from spikelens.datasets.fetching import datasets_folder, fetched
from spikelens.errors import DownloadFailed, MissingFact, UnknownName, WriteFailed
from tests.data import recording_file

BYTES = np.random.default_rng(0).bytes(300_000)


@dataclass
class Place:
    """What a server gives, how badly, and what it was asked."""

    content: bytes = BYTES
    break_after: int | None = None
    """It gives no more bytes than this per answer, and then hangs up."""
    honours_ranges: bool = True
    status: int = 200
    ranges: list[str | None] = field(default_factory=list)
    address: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        self.ranges.append(asked)
        if self.status != 200:
            handler.send_error(self.status)
            return
        start = int(asked[6:-1]) if asked and self.honours_ranges else 0
        if start >= len(self.content):
            handler.send_error(416)
            return
        rest = self.content[start:]
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        handler.send_header("Content-Length", str(len(rest)))
        handler.end_headers()
        handler.wfile.write(rest if self.break_after is None else rest[: self.break_after])


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"http://127.0.0.1:{server.server_port}/cell.abf"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


def dataset_at(place: Place, content: bytes = BYTES) -> Dataset:
    digest = hashlib.sha256(content).hexdigest()
    return Dataset("cell", "A cell.", "MIT", "Us.", place.address, "cell.abf", len(content), digest)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_file_is_fetched_once(place, tmp_path):
    told = []
    path, first = fetched(dataset_at(place), tmp_path, lambda *step: told.append(step))
    assert first and path.read_bytes() == BYTES and names(tmp_path) == ["cell.abf"]
    assert told[-1] == (300_000, 300_000)
    assert fetched(dataset_at(place), tmp_path, None) == (path, False)
    assert len(place.ranges) == 1


def test_a_broken_connection_is_taken_up_where_it_broke(place, tmp_path):
    place.break_after = 120_000
    path, _ = fetched(dataset_at(place), tmp_path, None)
    assert path.read_bytes() == BYTES
    assert place.ranges == [None, "bytes=120000-", "bytes=240000-"]


def test_what_came_before_giving_up_is_gone_on_with(place, tmp_path):
    place.break_after = 40_000
    with pytest.raises(DownloadFailed, match="after 160000 of 300000 bytes; run again"):
        fetched(dataset_at(place), tmp_path, None)
    assert names(tmp_path) == ["cell.abf.part"]
    place.break_after, place.ranges = None, []
    path, _ = fetched(dataset_at(place), tmp_path, None)
    assert path.read_bytes() == BYTES and place.ranges == ["bytes=160000-"]


def test_a_server_without_ranges_gives_all_anew(place, tmp_path):
    (tmp_path / "cell.abf.part").write_bytes(BYTES[:1000])
    place.honours_ranges = False
    path, _ = fetched(dataset_at(place), tmp_path, None)
    assert path.read_bytes() == BYTES and place.ranges == ["bytes=1000-"]


@pytest.mark.parametrize("content", [b"x" * 300_000, BYTES + b"more", BYTES[:-1] + b"?"])
def test_another_file_is_not_kept(place, tmp_path, content):
    place.content = content
    with pytest.raises(DownloadFailed, match="another file than the catalogue names"):
        fetched(dataset_at(place), tmp_path, None)
    assert names(tmp_path) == []


def test_a_shorter_file_never_takes_the_name(place, tmp_path):
    place.content = BYTES[:200_000]
    with pytest.raises(DownloadFailed):
        fetched(dataset_at(place), tmp_path, None)
    assert "cell.abf" not in names(tmp_path)


def test_the_beginning_of_another_version_is_thrown_away(place, tmp_path):
    (tmp_path / "cell.abf.part").write_bytes(b"y" * 1000)
    path, _ = fetched(dataset_at(place), tmp_path, None)
    assert path.read_bytes() == BYTES and place.ranges == ["bytes=1000-", None]


def test_a_file_changed_since_is_fetched_again(place, tmp_path):
    (tmp_path / "cell.abf").write_bytes(BYTES[:-1] + b"?")
    path, was_fetched = fetched(dataset_at(place), tmp_path, None)
    assert was_fetched and path.read_bytes() == BYTES


@pytest.mark.parametrize("status", [404, 503])
def test_a_refusal_is_told_in_a_line(place, tmp_path, status):
    place.status = status
    with pytest.raises(DownloadFailed, match=f"answers {status}") as told:
        fetched(dataset_at(place), tmp_path, None)
    assert "\n" not in str(told.value) and names(tmp_path) == []


def test_an_address_nobody_answers_is_told(place, tmp_path):
    nobody = replace(dataset_at(place), address="http://127.0.0.1:9/cell.abf")
    with pytest.raises(DownloadFailed, match="cannot be reached"):
        fetched(nobody, tmp_path, None)


def test_a_folder_that_cannot_be_written_is_told(place, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WriteFailed):
        fetched(dataset_at(place), tmp_path / "file", None)


def test_the_command_tells_where_whose_and_under_which_licence(place, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(catalogue, "CATALOGUE", (dataset_at(place),))
    monkeypatch.setattr(catalogue.dataset_named, "__defaults__", ((dataset_at(place),),))
    monkeypatch.setenv("SPIKELENS_DATASETS", str(tmp_path))
    assert run(["fetch", "cell"]) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path / 'cell.abf'} (fetched)" in out and "licence: MIT" in out and "cite: Us." in out
    assert spikelens.fetch("cell") == tmp_path / "cell.abf"
    assert run(["fetch", "cell", "--out", str(tmp_path / "else")]) == 0
    assert (tmp_path / "else" / "cell.abf").read_bytes() == BYTES
    capsys.readouterr()
    assert run(["fetch", "cell", "--quiet"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'cell.abf'}\n"
    assert run(["fetch"]) == 0
    assert "A cell." in capsys.readouterr().out


def test_names_that_are_none_and_those_that_need_an_account_are_told(tmp_path, capsys):
    with pytest.raises(UnknownName, match="current-steps"):
        spikelens.fetch("elephants")
    with pytest.raises(MissingFact, match=r"make an account at https://crcns\.org"):
        spikelens.fetch("ac-2", folder=tmp_path)
    assert run(["fetch", "ac-2"]) == MissingFact.exit_code
    assert "crcns.org/data-sets/ac/ac-2" in capsys.readouterr().err


def test_the_cache_is_where_the_system_keeps_such_things(monkeypatch, tmp_path):
    monkeypatch.delenv("SPIKELENS_DATASETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert datasets_folder() == tmp_path / "spikelens" / "datasets"


@pytest.mark.parametrize("dataset", [d for d in CATALOGUE if d.address], ids=lambda d: d.name)
def test_the_catalogue_knows_its_files(dataset):
    path = recording_file(f"pyabf/{dataset.file_name}")
    assert (path.stat().st_size, sha256_of(path)) == (dataset.n_bytes, dataset.sha256)
    assert dataset.address.startswith("https://") and dataset.address.endswith(dataset.file_name)
    assert dataset.licence and dataset.citation
    assert dataset_named(dataset.name) is dataset
    assert downloading.ATTEMPTS > 1
