"""The viewer's benchmark runs at a small size, and measures what it says."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import viewer


def test_every_figure_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "N_REQUESTS", 20)
    rows = {row.name: row for row in viewer.measure(5_000_000, n_spikes=6000)}
    assert len(rows) == 11
    assert all(row.value > 0 for name, row in rows.items() if "memory" not in name)
    assert {row.unit for row in rows.values()} == {"s", "ms", "MB"}


def test_the_trace_holds_the_spikes_that_are_edited(tmp_path) -> None:
    viewer.write_trace(tmp_path / "a.i2", 1_000_000)
    recording = viewer.mapped(tmp_path / "a.i2", 1_000_000)
    table = viewer.table_of(recording, 1000)
    assert recording.n_samples == 1_000_000
    assert (table.spikes.height > 0.08).all()
    assert np.diff(table.spikes.sample_index).tolist() == [viewer.APART] * 999


def test_it_prints_a_figure_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["viewer.py", "1e5"])
    monkeypatch.setattr(viewer, "N_REQUESTS", 5)
    viewer.main()
    assert "pyramid of 1e+05 samples" in capsys.readouterr().out.splitlines()[0]
