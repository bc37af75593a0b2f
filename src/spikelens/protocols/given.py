"""A protocol that the user gives: a table of steps, or a recording of the current."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikelens import api
from spikelens.errors import BadParameter, UnreadableFile, UnsupportedInput
from spikelens.protocols.protocol import Protocol, Step, protocol_of
from spikelens.protocols.recognising import commands_in
from spikelens.recording import Recording

COLUMNS = ("sweep", "onset", "offset", "current")
LARGEST = 1e-6
"""No patch pipette injects more, A: a larger number was not in amperes."""


def given_protocol(path: Path, recording: Recording) -> Protocol:
    """Read a protocol for a recording.

    Parameters
    ----------
    path : Path
        A CSV with columns ``sweep`` (from 0), ``onset``, ``offset`` (s from the sweep's
        start) and ``current`` (A, from the holding current); or a recording of the
        current, of the same sweeps.
    recording : Recording

    Raises
    ------
    UnreadableFile
        The file cannot be read, lacks a column, or holds something that is no number.
    BadParameter
        A step that the recording has no room for, or a current that is none.
    UnsupportedInput
        A recording with other sweeps, or with no current in it.
    """
    if path.suffix.lower() == ".csv":
        return _of_table(path, recording)
    return _of_recording(path, recording)


def _of_recording(path: Path, recording: Recording) -> Protocol:
    other = api.read(path)
    currents = [k for k, channel in enumerate(other.channels) if channel.quantity == "current"]
    if not currents:
        raise UnsupportedInput(f"{path} holds no current; give a recording of the command, or a CSV of steps")
    alike = np.array_equal(other.sweeps.bounds, recording.sweeps.bounds)
    if not alike or not np.isclose(other.sampling_rate, recording.sampling_rate, rtol=1e-6):
        raise UnsupportedInput(f"{path} has other sweeps than {recording.name}: it is not its command")
    found = protocol_of(commands_in(other, currents[0]), other.sampling_rate, "recorded")
    reason = (f"steps from {path.name}", "the current, as given")
    return Protocol(found.steps, "recorded", found.left_out, (reason, *found.reasons))


def _of_table(path: Path, recording: Recording) -> Protocol:
    columns = _numbers(path)
    bounds, rate = recording.sweeps.bounds, recording.sampling_rate
    steps: dict[int, Step] = {}
    for sweep, onset, offset, current in zip(*(columns[name].tolist() for name in COLUMNS), strict=True):
        row = f"{path}: the step of sweep {sweep:g} from {onset:g} to {offset:g} s"
        if not (0 <= sweep < len(recording.sweeps) and sweep == int(sweep)):
            raise BadParameter(f"{row}: {recording.name} has sweeps 0 to {len(recording.sweeps) - 1}")
        length = int(bounds[int(sweep) + 1] - bounds[int(sweep)])
        if not 0 <= onset < offset <= (length + 0.5) / rate:
            raise BadParameter(f"{row} does not fit: the sweep lasts {length / rate:g} s")
        if abs(current) > LARGEST:
            raise BadParameter(f"{row} is of {current:g} A, which no pipette injects; 50 pA is 50e-12")
        if int(sweep) in steps:
            raise BadParameter(f"{row}: that sweep has a step already; give the one to measure")
        first, last = round(onset * rate), min(round(offset * rate), length)
        if first >= last:
            raise BadParameter(f"{row} holds no sample; samples are {1 / rate:g} s apart")
        steps[int(sweep)] = Step(int(sweep), first, last, current, free_to=length)
    missing = tuple((k, "no step given") for k in range(len(recording.sweeps)) if k not in steps)
    ordered = tuple(steps[k] for k in sorted(steps))
    return Protocol(ordered, "given", missing, ((f"steps from {path.name}", "as given"),))


def _numbers(path: Path) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as why:
        reason = (isinstance(why, OSError) and why.strerror) or " ".join(str(why).split())
        raise UnreadableFile(f"cannot read {path}: {reason}") from why
    lacking = [name for name in COLUMNS if name not in table]
    if lacking:
        there = ", ".join(map(str, table.columns))
        raise UnreadableFile(f"{path} has no column {lacking[0]!r}; it has: {there}")
    if table.empty:
        raise UnreadableFile(f"{path} holds no step; give a row for each sweep")
    columns = {name: pd.to_numeric(table[name], errors="coerce") for name in COLUMNS}
    for name, column in columns.items():
        if column.isna().any():
            raise UnreadableFile(f"{path}: column {name!r} holds something that is not a number")
    return {name: column.to_numpy(np.float64) for name, column in columns.items()}
