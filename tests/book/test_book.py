"""The book of a recording: what fits is a page, what does not is named, and both stand on the first."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from spikelens.cli import run
from tests.factory import make_trace

RATE = 5000.0


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    """Twelve seconds with a spike 20 ms after each of 24 tones; a drug from the sixth second on."""
    start = np.arange(0.25, 12, 0.5)
    trace = make_trace(round(12 * RATE), RATE, np.round((start + 0.02) * RATE).astype(int))
    np.savez(tmp_path / "cell.npz", volts=trace, sampling_rate=RATE, unit="V")
    tones = "\n".join(f"{t},{1000 * (1 + k % 2)}" for k, t in enumerate(start))
    (tmp_path / "tones.csv").write_text(f"start,frequency\n{tones}\n")
    (tmp_path / "epochs.csv").write_text("label,start,stop\ncontrol,0,6\ndrug,6,12\n")
    return tmp_path


def book(cell: Path, *more: str) -> int:
    paths = [str(cell / "cell.npz"), "--out", str(cell / "book"), "--method", "prominence"]
    return run(["book", *paths, "--json", *more])


def test_every_page_that_fits_is_bound_and_the_rest_is_named(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--events", str(cell / "tones.csv"), "--by", "frequency", "--epochs", str(cell / "epochs.csv")]
    assert book(cell, *asked) == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record["pages"]) == ["kinds", "responses", "membrane", "quality", "conditions"]
    assert "what current was injected" in record["missing"]["steps"]
    assert record["n_spikes"] == 24
    page = (cell / "book" / "report.html").read_text("utf-8")
    linked = re.findall(r'href="([^"]+)"', page)
    assert linked == [f"{name}/report.html" for name in ("spikes", *record["pages"])]
    for place in linked:
        assert (cell / "book" / place).is_file()
        assert (cell / "book" / place).with_name("run.json").is_file()
    of_spikes = (cell / "book" / "spikes" / "report.html").read_text("utf-8")
    ways = re.findall(r'href="([^"]+)"', of_spikes)
    assert ways == ["../report.html", *(f"../{name}/report.html" for name in record["pages"])]
    for told in (*record["pages"].values(), "Not measured, and why"):
        assert told.split(";")[0].replace("'", "&#x27;") in page
    methods = (cell / "book" / "methods.txt").read_text()
    for words in ("Responses were measured", "Membrane potential without spikes", "Recording quality"):
        assert words in methods
    assert set(record["outputs"]) >= {"spikes/spikes.csv", "conditions/comparisons.csv", "methods.txt"}
    assert book(cell, *asked) == 0
    assert json.loads(capsys.readouterr().out)["already_done"]


def test_a_silent_recording_has_a_book_that_says_so(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flat = make_trace(round(5 * RATE), RATE, np.array([], int))
    np.savez(cell / "cell.npz", volts=flat, sampling_rate=RATE, unit="V")
    assert book(cell) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["n_spikes"] == 0
    assert set(record["missing"]) >= {"steps", "responses", "conditions"}
    assert any("no spikes" in text for text in record["warnings"])
