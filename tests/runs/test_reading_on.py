"""A report of spikes names the commands for the other pages, and they are right as they stand."""

import html
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from tests.factory import make_trace
from tests.steps.cells import Cell, stepped

from spikelens.cli import run

RATE = 5000.0


def commands_in(report: Path) -> list[list[str]]:
    """The command lines that a report names."""
    text = html.unescape(report.read_text("utf-8").partition("Where to read on")[2])
    return [shlex.split(line) for line in re.findall(r">(spikelens [^<]+)<", text)]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Of a cell whose file lacks rate and unit, and whose name has a blank."""
    monkeypatch.chdir(tmp_path)
    trace = make_trace(20_000, RATE, np.arange(2000, 18_000, 1500))
    np.save("my cell.npy", trace * 1e3)
    flags = ["--unit", "mV", "--sampling-rate", "5000", "--method", "prominence", "--cutoff", "0.02"]
    assert run(["find", "my cell.npy", *flags, "--start", "0.5", "--quiet"]) == 0
    return commands_in(next(Path("spikelens-out").glob("*/report.html")))


def test_each_command_reads_and_seeks_as_the_report_did(
    told: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert [words[1] for words in told] == ["book", "kinds", "membrane", "quality"]
    for words in told:
        assert words[2] == "my cell.npy"
        flags = dict(zip(words[3::2], words[4::2], strict=True))
        assert flags.pop("--sampling-rate") in ("5000", "5000.0")
        asked = {"--unit": "mV", "--method": "prominence", "--cutoff": "0.02", "--start": "0.5"}
        assert flags == asked
    capsys.readouterr()
    for words in told[1:]:
        assert run(words[1:]) == 0, capsys.readouterr().err
        assert Path(f"spikelens-{words[1]}", "report.html").is_file()


def test_steps_are_named_where_the_file_tells_the_current(tmp_path: Path) -> None:
    from spikelens.runs.given import found_of
    from spikelens.runs.reading_on import reading_on

    recording, spikes = stepped(Cell(), [-50e-12, 0.0, 200e-12])
    (table,) = reading_on(found_of(recording, spikes)).parts
    assert [str(row[1]).split()[1] for row in table.rows] == ["book", "steps", "kinds", "membrane", "quality"]
