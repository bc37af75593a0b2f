"""Progress on a terminal: what is done, how fast, and the time left; nothing where there is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.probes.cases import counts, probe_json, random_places
from tests.runs.probe_files import FIND, write

import spikelens

pty = pytest.importorskip("pty", reason="terminals are POSIX's")
N = 60_000
SLOWLY = """
import sys, time
from spikelens.cli import run
from spikelens.probesearch import ProbeSearch
real = ProbeSearch.candidates
ProbeSearch.candidates = lambda search, share: time.sleep(0.4) or real(search, share)
sys.exit(run(sys.argv[1:]))
"""


def on_terminal(command: list[str]) -> str:
    """What a command says to the terminal that its stderr is."""
    ours = os.environ | {"PYTHONPATH": str(Path(spikelens.__file__).parents[1]), "COLUMNS": "120"}
    outer, inner = pty.openpty()
    process = subprocess.Popen(command, stderr=inner, stdout=subprocess.DEVNULL, env=ours | {"TERM": "xterm"})
    os.close(inner)
    said = b""
    try:
        while piece := os.read(outer, 4096):
            said += piece
    except OSError:  # So Linux says that the other end is closed.
        pass
    os.close(outer)
    assert process.wait() == 0
    return said.decode()


def test_rate_and_time_left_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "rec.bin", counts(N, random_places(N)))
    probe_json(tmp_path / "line.json")
    asked = [*FIND, "--chunk", "0.5", "--engine", "threads"]
    said = on_terminal([sys.executable, "-c", SLOWLY, *asked])
    assert "1/1 rec.bin" in said
    assert re.search(r"[\d.]+ M/s", said) and re.search(r"0:00:0\d", said)
    assert "rec.bin" not in on_terminal([sys.executable, "-m", "spikelens", *asked, "--quiet"])
