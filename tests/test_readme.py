from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from spikelens.cli import commands, run
from tests.data import recording_file

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_first_commands_run_as_printed(tmp_path, monkeypatch, capsys):
    shutil.copy(recording_file("pyabf/171116sh_0016.abf"), tmp_path / "cell.abf")
    monkeypatch.chdir(tmp_path)
    lines = [line.partition("#")[0].split() for block in blocks("sh") for line in block.splitlines()]
    ours = [line[1:] for line in lines if line[:1] == ["spikelens"] and line[1] in ("find", "info")]
    on_a_cell = [line for line in ours if line[1:] == ["cell.abf"]]
    assert len(on_a_cell) == 2
    for line in on_a_cell:
        assert run(line) == 0
    assert "10 spikes" in capsys.readouterr().out
    written = {p.name for p in (tmp_path / "spikelens-out" / "cell").iterdir()}
    named = set(re.findall(r"`([\w.]+\.(?:csv|parquet|png|html|json|txt))`", README))
    assert written <= named


def test_the_export_runs_as_printed(tmp_path, monkeypatch):
    shutil.copy(recording_file("pyabf/171116sh_0016.abf"), tmp_path / "cell.abf")
    monkeypatch.chdir(tmp_path)
    [line] = re.findall(r"^\| `spikelens (export [^`]*)`", README, re.MULTILINE)
    assert run(line.split()) == 0


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bspikelens ([a-z]+)\b", README)) - {"demo"}))
def test_every_command_named_exists(name):
    assert name in commands.list_commands(None)


def test_make_knows_the_targets_named():
    made = set(re.findall(r"^make (\w+)", README, re.MULTILINE))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= made <= targets
