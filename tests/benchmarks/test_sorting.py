"""The sorting benchmark: measured once, kept, and printed from what is kept."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def sorting(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import sorting
    import sorting_cases

    short = {**sorting_cases.SCENARIOS, "wire 3": replace(sorting_cases.SCENARIOS["wire 3"], duration=10.0)}
    for module in (sorting, sorting_cases):
        monkeypatch.setattr(module, "SCENARIOS", short)
        monkeypatch.setattr(module, "generators_of", lambda name: ("own",), raising=False)
    monkeypatch.setattr(sorting, "KEPT", tmp_path / "sorting.json")
    monkeypatch.setattr(sorting, "warm_up", lambda: None)
    return sorting


def test_what_is_measured_is_kept_and_printed(sorting, monkeypatch, capsys, tmp_path):
    asked = ["sorting.py", "--seeds", "1", "--first", "3", "--scenarios", "wire 3", "--folder", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", asked)
    sorting.main()
    table = capsys.readouterr().out
    kept = json.loads((tmp_path / "sorting.json").read_text())
    (row,) = kept["ours"]
    assert row["true_units"] == 3 and 0 < row["accuracy"] <= 1 and row["reach"] > 0.9
    assert f"{row['accuracy']:.3f}" in table and "wire 3 (1 own)" in table
    kept["peers"] = [
        {"sorter": "simple", "scenario": "wire 3", "generator": "own", "seed": 3, "accuracy": 0.25,
         "units": 7, "cpu": 6.0, "peak_mb": 300.0},
        {"sorter": "lupin", "scenario": "wire 3", "generator": "own", "seed": 3, "error": "no units"},
    ]  # fmt: skip
    (tmp_path / "sorting.json").write_text(json.dumps(kept))
    monkeypatch.setattr(sys, "argv", [*asked, "--stored"])
    monkeypatch.setattr(sorting, "ours", lambda *_: pytest.fail("measured again"))
    sorting.main()
    table = capsys.readouterr().out
    assert "0.250 (7.0) 6 s 300 MB" in table and "failed" in table
    assert "- lupin fails on wire 3 (1 own, seed 3): no units" in table


def test_why_a_peer_failed_is_what_its_own_log_says(sorting, tmp_path):
    log = tmp_path / "log.json"
    assert sorting.reason("", log) == "failed"
    assert sorting.reason("Traceback\nSorting failed, see the log\n", log) == "Sorting failed, see the log"
    log.write_text(json.dumps({"error_trace": "Traceback\nValueError: no peaks\n"}))
    assert sorting.reason("Traceback\nSorting failed, see the log\n", log) == "ValueError: no peaks"
