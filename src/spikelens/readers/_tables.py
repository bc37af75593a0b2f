"""Tables of numbers, from text or a spreadsheet, read as recordings.

A column of times gives the sampling rate. The other columns are grouped by their unit:
groups of equal size are channels, and the columns within a group are sweeps. A bare
table, without headings and times, is a matrix of sweeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from spikelens.choosing import AS_ASKED
from spikelens.errors import UnreadableFile
from spikelens.readers import Hints
from spikelens.readers._facts import Trace, channels_of, contradictions, left_aside, rate_of
from spikelens.readers._lazy import LazySource
from spikelens.readers._matrices import channels_note, choose, in_columns, sweeps_note, traces_of
from spikelens.readers._opening import identity
from spikelens.readers._times import is_count, is_even, is_named_time, rate_of_times
from spikelens.recording import Floats, Quantity, Recording, Sweeps
from spikelens.sources import Stored
from spikelens.units import parse_unit

_BRACKETED = re.compile(r"^(.*?)\s*[\[(]\s*([^\])]*?)\s*[\])]\s*$")

_NAMES: dict[Quantity, set[str]] = {
    "voltage": {"voltage", "potential", "vm", "vmem", "v", "volts"},
    "current": {"current", "im", "iinj", "i", "amps"},
    "other": {"command", "cmd", "stimulus", "stim"},
}
"""Words of headings by the quantity they name."""


@dataclass(frozen=True)
class Table:
    """Columns of numbers: values (n_rows, n_columns), names where there are headings."""

    values: Floats
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Lines above the table that are no headings."""
    doubts: tuple[str, ...] = ()
    """What to warn of."""


@dataclass(frozen=True)
class _Arranged:
    samples: Stored
    """float32, (n_samples, n_channels), sweeps chained."""
    traces: list[Trace]
    lengths: list[int]
    rate: float | None
    header: dict[str, object] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def read_table(path: Path, reader: str, load: Callable[[Path], Table], hints: Hints) -> Recording:
    """The recording in a table that `load`, which can be pickled, gives.

    Raises
    ------
    MissingFact
        There is neither a column of times nor a hinted rate, or no unit.
    UnsupportedInput
        Times are not evenly spaced.
    """
    arranged = _arrange(path, load(path), hints)
    channels = channels_of(arranged.traces, hints)
    return Recording(
        source=LazySource.opened(partial(_samples, path, load, hints), arranged.samples),
        sampling_rate=rate_of(arranged.rate, hints),
        channels=channels,
        sweeps=Sweeps.of_lengths(arranged.lengths),
        header=arranged.header,
        warnings=(
            *contradictions(hints, rate=arranged.rate, traces=arranged.traces),
            *arranged.doubts,
            *left_aside(arranged.traces, channels),
        ),
        **identity(path, reader),
    )


def headings(above: Sequence[Sequence[str]], n_columns: int) -> tuple[str, ...]:
    """Column names from the rows above a table; a row of units under them is joined in.

    >>> headings([["t", "Vm"], ["s", "mV"]], 2)
    ('t (s)', 'Vm (mV)')
    """
    rows = [[cell.strip().strip("\"'") for cell in row] for row in above]
    fitting = [row for row in rows if len(row) == n_columns]
    if not fitting or fitting[-1] is not rows[-1]:
        return ()
    if len(fitting) > 1 and all(_is_unit(cell) or not cell for cell in fitting[-1]):
        pairs = zip(fitting[-2], fitting[-1], strict=True)
        return tuple(f"{name} ({unit})" if unit else name for name, unit in pairs)
    return tuple(fitting[-1])


def _samples(path: Path, load: Callable[[Path], Table], hints: Hints) -> Stored:
    return _arrange(path, load(path), hints).samples


def _arrange(path: Path, table: Table, hints: Hints) -> _Arranged:
    kept = np.flatnonzero(np.isfinite(table.values).any(axis=0))
    if kept.size == 0:
        raise UnreadableFile(f"{path} holds no numbers")
    columns = [table.values[:, k] for k in kept]
    traces = _traces([table.names[k] for k in kept] if table.names else [""] * kept.size)
    header: dict[str, object] = {"comment": "\n".join(table.notes)} if table.notes else {}
    while len(columns) > 1 and is_count(traces[0].name, columns[0]):
        columns, traces = columns[1:], traces[1:]
    time = _time_column(traces, columns, has_names=bool(table.names))
    rate = None
    if time is not None:
        rate, unit = rate_of_times(columns[time], traces[time].name, traces[time].unit)
        header["time_unit"] = unit
        del columns[time], traces[time]
    if time is None and not table.names:
        arranged = _matrix(np.stack(columns, axis=1), header, hints)
    else:
        arranged = _grouped(columns, _numbered(traces), rate, header, hints)
    return replace(arranged, doubts=table.doubts + arranged.doubts)


def _time_column(traces: Sequence[Trace], columns: Sequence[Floats], *, has_names: bool) -> int | None:
    if len(columns) < 2:
        return None
    named = [k for k, trace in enumerate(traces) if is_named_time(trace.name, trace.unit)]
    if named:
        return named[0]
    unnamed = not has_names or traces[0].name == ""
    return 0 if unnamed and not traces[0].unit and is_even(columns[0]) else None


def _matrix(values: Floats, header: dict[str, object], hints: Hints) -> _Arranged:
    if hints.channels_in:
        channels = list(values.T if hints.channels_in == "columns" else values)
        traces = traces_of(Trace("trace"), len(channels))
        return _chained([channels], traces, None, header | channels_note(hints))
    sweeps = values.T if in_columns(values.shape, hints) else values
    return _chained(
        [[sweep] for sweep in sweeps], [Trace("trace")], None, header | sweeps_note(values.shape, hints)
    )


def _grouped(
    columns: list[Floats], traces: list[Trace], rate: float | None, header: dict[str, object], hints: Hints
) -> _Arranged:
    if hints.variable is not None:
        name = choose("column", {t.name: c.shape for t, c in zip(traces, columns, strict=True)}, hints)
        k = [t.name for t in traces].index(name)
        columns, traces = [columns[k]], [traces[k]]
    groups: dict[str, list[int]] = {}
    for k, trace in enumerate(traces):
        groups.setdefault(trace.unit or trace.named or "", []).append(k)
    if hints.channels_in == "columns" or len({len(group) for group in groups.values()}) > 1:
        groups = {str(k): [k] for k in range(len(traces))}
    doubts = _doubts(traces, len(groups), hints) if rate is not None else ()
    sweeps = [[columns[k] for k in of_sweep] for of_sweep in zip(*groups.values(), strict=True)]
    channels = [traces[group[0]] for group in groups.values()]
    if len(sweeps) > 1:
        # "Vm 1" is a sweep; the channel is "Vm".
        channels = [replace(t, name=re.sub(r"[\s_]*\d+$", "", t.name) or t.name) for t in channels]
        asked = f", {AS_ASKED}" if hints.sweeps_in == "columns" else ""
        header = header | {"sweeps_in": f"columns{asked}", "sweep_names": [t.name for t in traces]}
    return replace(_chained(sweeps, channels, rate, header), doubts=doubts)


def _doubts(traces: Sequence[Trace], n_channels: int, hints: Hints) -> tuple[str, ...]:
    """What to say where columns became sweeps though no heading or unit tells what they are."""
    is_told = hints.sweeps_in == "columns" or n_channels > 1 or len(traces) == 1
    if is_told or any(t.unit or t.named or not re.fullmatch(r"trace \d+", t.name) for t in traces):
        return ()
    return (
        f"the {len(traces)} columns beside the times have no headings, and are taken for sweeps of one"
        " channel (say so with --sweeps-in columns); of channels say --channels-in columns, or take one by"
        " its number with --variable 1",
    )


def _chained(
    sweeps: Sequence[Sequence[Floats]], traces: list[Trace], rate: float | None, header: dict[str, object]
) -> _Arranged:
    """Lay sweeps end to end, without the empty cells below the shorter ones."""
    parts = [np.stack(channels, axis=1).astype(np.float32) for channels in sweeps]
    ends = [int(np.flatnonzero(np.isfinite(part).any(axis=1))[-1]) + 1 for part in parts]
    samples = np.concatenate([part[:end] for part, end in zip(parts, ends, strict=True)])
    return _Arranged(samples, traces, ends, rate, header)


def _traces(names: Sequence[str]) -> list[Trace]:
    found = []
    for name in names:
        bracketed = _BRACKETED.match(name)
        label, unit = bracketed.groups() if bracketed else (name, _ending(name))
        found.append(Trace(label or unit, unit, named=None if unit else _named(label)))
    return found


def _named(name: str) -> Quantity | None:
    """The quantity that a heading without a unit names; a command's is another than the trace's.

    >>> _named("Voltage 2"), _named("Im_1"), _named("Command"), _named("neuron_v")
    ('voltage', 'current', 'other', None)
    """
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)]
    # A lone letter after a name is rather a name.
    said = {
        quantity
        for quantity, known in _NAMES.items()
        if any(word in known and (len(word) > 1 or word == words[0]) for word in words)
    }
    return "other" if "other" in said else said.pop() if len(said) == 1 else None


def _ending(name: str) -> str:
    """The unit that a heading is, or ends in: "mV", "Vm_mV", "Vm mV"."""
    word = re.split(r"[\s_]+", name)[-1]
    # A lone letter after a name is rather a name: "neuron_a", "channel V".
    return word if _is_unit(word) and (word == name or len(word) > 1) else ""


def _is_unit(word: str) -> bool:
    return parse_unit(word) is not None or is_named_time("", word)


def _numbered(traces: list[Trace]) -> list[Trace]:
    """Names that are all different."""
    named = [replace(t, name=t.name or "trace") for t in traces]
    names = [t.name for t in named]
    return [
        t if names.count(t.name) == 1 else replace(t, name=f"{t.name} {k}") for k, t in enumerate(named, 1)
    ]
