"""The benchmark of kinds runs whole when made small."""

from __future__ import annotations

import json

import pytest


def test_a_smoke_run_prints_and_stores_its_tables(tmp_path, capsys):
    kinds = pytest.importorskip("kinds")
    out = tmp_path / "kinds.json"
    kinds.main(["--trains", "4", "--cells", "1", "--duration", "0", "--to", str(out)])
    stored = json.loads(out.read_text())
    assert stored["first_seed"] == kinds.FIRST_SEED
    assert len(stored["results"]["patterns"]) == len(kinds.DRAWN) + len(kinds.CELLS)
    assert all(0 <= row["right"] <= 1 for row in stored["results"]["patterns"].values())
    assert "| drawn adapting |" in capsys.readouterr().out
