"""The benchmark of broad spikes counts what a recording holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def test_a_row_for_each_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    import broad

    rate, t = 5_000.0, np.arange(50_000) / 5_000.0
    since = t % 1.0 - 0.5
    beats = np.exp(-np.maximum(since, 0) / 0.06) / (1 + np.exp(-np.clip(since / 1e-3, -50, 50)))
    volts = -0.06 + 0.09 * beats + np.random.default_rng(0).normal(0, 2e-4, t.size)
    path = tmp_path / "heart.npz"
    np.savez(path, volts=volts, sampling_rate=rate, unit="V")
    broad.main([str(path)])
    assert "| `heart.npz` | 10 | 10 + 0 |" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="RECORDING"):
        broad.main([])
