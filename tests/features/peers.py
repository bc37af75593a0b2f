"""IPFX and eFEL themselves, run in their own environment; absent, a test skips, saying so."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

DRIVER = Path(__file__).resolve().parents[2] / "benchmarks" / "peers_features.py"


def peer(name: str, volts: NDArray[np.float32], rate: float, folder: Path) -> dict[str, NDArray]:
    """A peer's table of features."""
    python = os.environ.get("SPIKELENS_PEERS")
    if not python:
        pytest.skip("SPIKELENS_PEERS does not name the Python of an environment with IPFX and eFEL")
    path = folder / "trace.npz"
    np.savez(path, volts=volts, sampling_rate=rate)
    run = subprocess.run([python, str(DRIVER), name, str(path)], capture_output=True, text=True, check=True)
    return {k: _array(v) for k, v in json.loads(run.stdout).items()}


def _array(values: list) -> NDArray:
    if any(isinstance(v, str) for v in values):
        return np.array(["" if v in (None, "nan") else v for v in values])
    return np.array([np.nan if v is None else v for v in values], np.float64)
