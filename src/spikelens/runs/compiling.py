"""The first run on a machine compiles the kernels: detection here, features in a second process beside it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from importlib import import_module

import numpy as np

from spikelens import api, rooms
from spikelens.errors import SpikelensError
from spikelens.passes import Span, read_chunk
from spikelens.recording import Recording
from spikelens.stretches import Stretch

_RATE = 20_000.0
_PEAK = 500
_USED_LATER = ("pandas", "pyarrow.parquet")
"""Libraries that writing the tables loads; there is time for it while features still compile."""


def compile_ahead(detector: str | None = None, rule: str | None = None) -> None:
    """Compile what a run with these methods (default: the default ones) will call.

    Compiling holds the interpreter's lock, so only another process makes use of a second
    core. Both leave what they made in numba's cache. Where no process can be started, or
    it fails, the run itself compiles what is missing.
    """
    command = [sys.executable, "-m", __name__, rule or "spikelens"]
    nowhere = subprocess.DEVNULL
    try:
        # Its words are nobody's: whatever fails there fails again, and is told, in the run.
        beside = subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    except OSError:
        return
    # One spike may be too few for a method; the run will see whether its own are.
    with beside, suppress(SpikelensError):
        api.detect(_one_spike(), detector)
        for library in _USED_LATER:
            import_module(library)


def compile_rule(name: str) -> None:
    """Measure one spike by a rule of the features' room, so that its kernels are compiled."""
    recording = _one_spike()
    whole = Span(Stretch(0, recording.n_samples, 0), 0, recording.n_samples, 0, recording.n_samples)
    rooms.load("features", name)().measure(read_chunk(recording, whole), np.array([_PEAK]))


def _one_spike() -> Recording:
    at = np.arange(2 * _PEAK) - _PEAK
    trace = np.where(at < 0, np.exp(at / 4.0), np.exp(-at / 15.0)) * 0.08 - 0.06
    return Recording.from_array(trace.astype(np.float32), _RATE)


if __name__ == "__main__":
    compile_rule(sys.argv[1])
