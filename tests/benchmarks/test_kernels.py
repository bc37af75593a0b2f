"""The kernels' benchmark runs, finds what it planted, and prints its table."""

from __future__ import annotations

import pytest
from benchmarks import kernels


def test_every_step_finds_the_planted_spikes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "REPEATS", 1)
    rows = kernels.measure(20.0)
    spikes = [row for row in rows if "min/max" not in row.name and "deviation" not in row.name]
    assert len(spikes) == 9
    assert {row.found for row in spikes} == {10}
    assert all(row.rate > 0 for row in rows)


def test_it_prints_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(kernels, "REPEATS", 1)
    monkeypatch.setattr("sys.argv", ["kernels.py", "4"])
    kernels.main()
    lines = capsys.readouterr().out.splitlines()
    assert "Msamples/s" in lines[0] and len(lines) == 12
