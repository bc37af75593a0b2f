"""A cell's folder of the CRCNS data set ac-2: whole-cell recordings of auditory cortex.

DeWeese and Zador (CRCNS ac-2) played pure tones of 25 ms to rats; each row of the
matrix `r` is a sweep at 4000 Hz with its tone at sample 60, in mV above a baseline. Anaesthetised
cells heard 32 tones in turn, the others 260. None of this stands in the files.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from spikelens.readers import Hints
from spikelens.readers._facts import Trace
from spikelens.readers._matrices import Found, choose, read_matrix
from spikelens.recording import Events, Recording
from spikelens.sources import Stored

_MATRIX = "rmat_and_lfpmat.mat"
_BOTH_CHANNELS = "all_sweeps_both_channels.mat"
_PARAMETERS = "cell_specific_parameters.m"
_RATE = 4000.0
_TONE_SAMPLE, _TONE_SECONDS = 60, 0.025
_ASSIGNMENT = re.compile(r"^\s*(\w+)\s*=\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*;", re.MULTILINE)


def is_cell_folder(path: Path) -> bool:
    """Whether a folder holds one cell of the data set."""
    return (path / _MATRIX).is_file()


def read_cell_folder(path: Path, reader: str, hints: Hints, load: Callable[[Path, str], Stored]) -> Recording:
    """The sweeps of one cell with their tones as events and its parameters in the header.

    Parameters
    ----------
    load : callable
        Gives a variable of a MATLAB file.

    Raises
    ------
    UnreadableFile
        The folder is not a cell's; raised by `reading`.
    """
    from scipy.io import whosmat

    file = path / _MATRIX
    shapes = {name: shape for name, shape, _kind in whosmat(file) if len(shape) == 2}
    chosen = choose("variable", shapes, hints, ("r",))
    found = Found(trace=Trace(chosen, "mV"), sampling_rate=_RATE, mode="current-clamp")
    # Its sweeps are rows, even where there are more of them than samples in each.
    as_rows = dataclasses.replace(hints, sweeps_in=hints.sweeps_in or "rows")
    recording = read_matrix(path, reader, partial(load, file, chosen), found, as_rows)
    n_tones, warning = _tones_of(path)
    return dataclasses.replace(
        recording,
        events=_tones(recording, n_tones),
        header=_header(path) | {"n_tones": n_tones},
        warnings=recording.warnings + warning,
    )


def _tones_of(path: Path) -> tuple[int, tuple[str, ...]]:
    words = path.resolve().as_posix().lower()
    if "unanesthetized" in words:
        return 260, ()
    said = "anesthetized" in words
    return 32, () if said else ("32 tones in turn are assumed: no folder's name says anesthetized or not",)


def _tones(recording: Recording, n_tones: int) -> Events:
    sweeps = np.arange(len(recording.sweeps))
    onsets = recording.time_of(recording.sweeps.bounds[:-1] + _TONE_SAMPLE)
    tones = sweeps % n_tones
    return Events.at(
        onsets,
        onsets + _TONE_SECONDS,
        label=[f"tone {k}" for k in tones],
        value=[float(k) for k in tones],
        source="tone",
    )


def _header(path: Path) -> dict[str, object]:
    header: dict[str, object] = {
        "protocol": "CRCNS ac-2: pure tones of 25 ms",
        "sweeps_in": "rows",
        "baseline": "values are above a baseline that the file does not hold",
        "both_channels": _BOTH_CHANNELS if (path / _BOTH_CHANNELS).is_file() else "absent",
    }
    parameters = path / _PARAMETERS
    if parameters.is_file():
        header |= {k: float(v) for k, v in _ASSIGNMENT.findall(parameters.read_text("latin-1"))}
    return header
