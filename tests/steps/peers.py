"""IPFX and eFEL on the same steps, in their own environment; absent, a test skips, saying so."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikelens.steps.measuring import Steps

DRIVER = Path(__file__).resolve().parents[2] / "benchmarks" / "peers_steps.py"


def peer(name: str, steps: Steps, folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A peer's rows, and its numbers of the cell; None is NaN."""
    python = os.environ.get("SPIKELENS_PEERS")
    if not python:
        pytest.skip("SPIKELENS_PEERS does not name the Python of an environment with IPFX and eFEL")
    first = steps.trials[0].step
    np.savez(
        folder / "steps.npz",
        volts=np.array([trial.volts for trial in steps.trials]),
        current=np.array([trial.step.amperes for trial in steps.trials]),
        sampling_rate=steps.recording.sampling_rate,
        onset=first.onset,
        offset=first.offset,
    )
    path = str(folder / "steps.npz")
    run = subprocess.run([python, str(DRIVER), name, path], capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout, parse_constant=float)
    rows = [{k: np.nan if v is None else v for k, v in row.items()} for row in answer["sweeps"]]
    return rows, {k: np.nan if v is None else v for k, v in answer["cell"].items()}
