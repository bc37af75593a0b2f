"""IPFX and eFEL on the same steps, in their own environment; absent, a test skips, saying so."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from spikelens.steps.measuring import Steps

DRIVER = Path(__file__).resolve().parents[2] / "benchmarks" / "peers_steps.py"


def peer(name: str, steps: Steps) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A peer's rows, and its numbers of the cell; None is NaN."""
    python = os.environ.get("SPIKELENS_PEERS")
    if not python:
        pytest.skip("SPIKELENS_PEERS does not name the Python of an environment with IPFX and eFEL")
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "steps.npz")
        _save(path, steps)
        run = subprocess.run([python, str(DRIVER), name, path], capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout, parse_constant=float)
    rows = [_with_nan(row) for row in answer["sweeps"]]
    return rows, _with_nan(answer["cell"])


def _save(path: str, steps: Steps) -> None:
    first = steps.trials[0].step
    np.savez(
        path,
        volts=np.array([trial.volts for trial in steps.trials]),
        current=np.array([trial.step.amperes for trial in steps.trials]),
        sampling_rate=steps.recording.sampling_rate,
        onset=first.onset,
        offset=first.offset,
    )


def _with_nan(row: dict[str, Any]) -> dict[str, Any]:
    return {k: np.nan if v is None else v for k, v in row.items()}
