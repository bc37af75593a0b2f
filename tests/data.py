"""Real recordings for tests, read where they stand; absent ones skip a test, saying so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("SPIKELENS_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def recording_file(name: str) -> Path:
    """The path of one shared recording, such as ``"pyabf/171116sh_0018.abf"``."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"recording {name} is absent; set SPIKELENS_DATA to its folder")
    return path
