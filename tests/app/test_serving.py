"""The server as people run it: from the command line, from a notebook, killed and started again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

import spikelens
from spikelens.app import starting
from spikelens.cli import run
from spikelens.exporters.npz import Npz
from tests.app.serving import Page
from tests.factory import make_recording

PEAKS = list(range(1000, 200_000, 1000))
SOURCES = str(Path(__file__).resolve().parents[2] / "src")


@pytest.fixture
def cell(tmp_path):
    path = tmp_path / "cell.npz"
    Npz().write_recording(path, make_recording(PEAKS, n_samples=200_000))
    return path


class Command:
    """A server in a process of its own, and a client that has the cookie."""

    def __init__(self, *arguments: object) -> None:
        words = [sys.executable, "-m", "spikelens", "view", *map(str, arguments), "--no-browser"]
        environment = os.environ | {"PYTHONPATH": SOURCES}
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout is not None
        address = self.process.stdout.readline().strip()
        assert address, self.process.communicate()[1]
        home = address.partition("/?")[0]
        self.client = httpx.Client(base_url=home, headers={"origin": home}, timeout=60)
        assert self.client.get(address).status_code == 303
        (row,) = self.client.get("/api/recordings").json()["recordings"]
        self.url = f"/api/recordings/{row['id']}"

    def table(self) -> dict:
        """The table, once the spikes are found."""
        while True:
            answer = self.client.get(f"{self.url}/spikes", params={"columns": "id,state,label"}).json()
            if answer["columns"]:
                return answer

    def edit(self, revision: int, **edit: object) -> httpx.Response:
        return self.client.post(f"{self.url}/edits", json={"revision": revision, "edits": [edit]})

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_server_loses_nothing_that_was_acknowledged(cell):
    """Killed in the middle of a burst of edits, three times over; every answer given holds."""
    told: dict[int, str] = {}
    for turn in range(3):
        server = Command(cell)
        table = server.table()
        kept = dict(zip(table["columns"]["id"], table["columns"]["label"], strict=True))
        assert {i: kept[i] for i in told} == told
        # However slow the machine: each spike has been labelled when the kill is on its way.
        killer = threading.Timer(0.005 * turn, server.process.send_signal, (signal.SIGKILL,))
        revision = table["revision"]
        try:
            for k in range(10_000):
                if k == len(PEAKS) + turn:
                    killer.start()
                spike, label = PEAKS[k % len(PEAKS)], f"turn {turn} edit {k}"
                answer = server.edit(revision, do="label", id=spike, label=label)
                revision = answer.json()["revision"]
                told[spike] = label
        except httpx.TransportError:
            # The edit on its way may have been kept or not; nobody was told.
            told.pop(spike, None)
        killer.join()
        server.kill()
    assert len(told) >= len(PEAKS) - 1
    again = Command(cell)
    table = again.table()["columns"]
    kept = dict(zip(table["id"], table["label"], strict=True))
    assert {i: kept[i] for i in told} == told
    assert again.client.get(again.url).json()["session"]["can_undo"]
    again.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows interrupts otherwise")
def test_the_command_says_where_it_is_and_ends_when_interrupted(cell, tmp_path):
    server = Command(cell, "--sessions", tmp_path / "kept", "--author", "ann")
    revision = server.table()["revision"]
    assert server.edit(revision, do="reject", id=PEAKS[0]).status_code == 200
    # An open stream must not keep the server alive.
    listening = threading.Thread(target=_listen, args=(server,), daemon=True)
    listening.start()
    server.process.send_signal(signal.SIGINT)
    out, err = server.process.communicate(timeout=30)
    assert (out, err, server.process.returncode) == ("", "", 0)
    listening.join(10)
    assert not listening.is_alive()
    (folder,) = (tmp_path / "kept").iterdir()
    assert re.fullmatch(r"cell-[0-9a-f]{8}\.spikelens", folder.name)
    assert json.loads((folder / "edits.jsonl").read_text())["author"] == "ann"
    assert not cell.with_suffix(".spikelens").exists()


def _listen(server: Command) -> None:
    try:
        with server.client.stream("GET", f"{server.url}/stream") as answer:
            list(answer.iter_lines())
    except httpx.TransportError:
        return


@pytest.mark.parametrize(
    ("arguments", "complaint", "code"),
    [
        (["nothing.abf"], "does not exist", 3),
        (["{cell}", "--port", "99999999"], "--port", 2),
        (["{cell}", "--sampling-rate", "-5"], "at least", 2),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(cell, capsys, arguments, complaint, code):
    words = [word.format(cell=cell) for word in arguments]
    assert run(["view", *words, "--no-browser"]) == code
    err = capsys.readouterr().err
    assert complaint in err and "Traceback" not in err


def test_the_browser_is_opened_at_the_address(cell, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr(starting.webbrowser, "open", opened.append)
    monkeypatch.setattr(
        starting.Served, "run", lambda self, server: self._socket.close() or server.started_calls()
    )
    monkeypatch.setattr(
        starting.Served,
        "server",
        lambda self, *, started: type("S", (), {"started_calls": staticmethod(started)}),
    )
    assert run(["view", str(cell)]) == 0
    assert opened == [capsys.readouterr().out.strip()]


@pytest.fixture
def viewer(cell, tmp_path):
    made = spikelens.view(cell, sessions=tmp_path / "s", author="ann")
    yield made
    made.close()


def client_of(viewer) -> tuple[httpx.Client, str]:
    home = viewer.address.partition("/?")[0]
    client = httpx.Client(base_url=home, headers={"origin": home}, timeout=60)
    client.get(viewer.address)
    (row,) = client.get("/api/recordings").json()["recordings"]
    return client, f"/api/recordings/{row['id']}"


def test_a_notebook_shows_the_page_and_gets_the_corrected_spikes(viewer):
    html = viewer._repr_html_()
    assert html.startswith("<iframe") and viewer.address.replace("&", "&amp;") in html
    assert viewer.address.startswith("http://localhost:")
    client, url = client_of(viewer)
    client.get(url)
    before = viewer.spikes()
    assert before.sample_index.tolist() == PEAKS
    client.post(f"{url}/edits", json={"revision": 0, "edits": [{"do": "reject", "id": PEAKS[0]}]})
    assert viewer.spikes().sample_index.tolist() == PEAKS[1:]


def test_a_recording_in_memory_can_be_viewed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    viewer = spikelens.view(make_recording([5000], name="my cell/1"))
    client, url = client_of(viewer)
    client.get(url)
    viewer.spikes()
    client.post(f"{url}/edits", json={"revision": 0, "edits": [{"do": "reject", "id": 5000}]})
    viewer.close()
    assert (tmp_path / "my cell_1.spikelens" / "edits.jsonl").exists()
    again = spikelens.view(make_recording([5000], name="my cell/1"))
    assert again.spikes().sample_index.size == 0
    again.close()
    again.close()


def test_windows_hear_of_each_others_edits(viewer):
    client, url = client_of(viewer)
    client.get(url)
    viewer.spikes()
    heard, listening = [], threading.Event()

    def listen():
        with client.stream("GET", f"{url}/stream") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                heard.append(line)
                listening.set()
                if "second" in line:
                    return

    window = threading.Thread(target=listen)
    window.start()
    assert listening.wait(30)
    other, _ = client_of(viewer)
    rejected = {"revision": 0, "edits": [{"do": "reject", "id": PEAKS[0]}]}
    other.post(f"{url}/edits", json=rejected, headers={"x-window": "second"})
    window.join(30)
    told = [line for line in heard if line]
    assert told[::2] == ["event: revision"] * 2
    # First what is the newest: a window may have loaded the table before it changed last.
    now, then = (json.loads(line.removeprefix("data: ")) for line in told[1::2])
    assert now == {"revision": 0, "by": ""}
    assert then == {"revision": 1, "by": "second"}


def test_a_window_that_goes_away_stops_nothing(viewer):
    """Training goes on without the page that began it, and the next page sees its end."""
    client, url = client_of(viewer)
    client.get(url)
    viewer.spikes()
    with client.stream("GET", f"{url}/stream") as answer:
        next(answer.iter_lines())
        job = client.post(f"{url}/detect", json={"method": "prominence"}).json()["job"]
    client.close()
    other, _ = client_of(viewer)
    viewer._served.library.jobs.get(job).ended.wait(60)
    assert other.get(f"/api/jobs/{job}").json()["state"] == "done"
    assert other.get(f"{url}/spikes").json()["method"] == "prominence"


def test_looking_at_help_loads_no_server():
    code = "import sys; from spikelens.cli import run; run(['view', '--help'])"
    code += "; print('starlette' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": SOURCES},
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "False" and "--no-browser" in done.stdout


def test_folders_are_searched_and_given_in_order(tmp_path):
    for name in ("b", "a"):
        Npz().write_recording(tmp_path / f"{name}.npz", make_recording([5000]))
    viewer = spikelens.view([tmp_path / "b.npz", tmp_path])
    names = [item.name for item in viewer._served.library.items()]
    viewer.close()
    assert names == ["b.npz", "a.npz"]
    assert Page(viewer._served.library).client.get("/api/recordings").status_code == 200
