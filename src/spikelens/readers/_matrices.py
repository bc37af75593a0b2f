"""Arrays and matrices of samples, whatever file they stand in.

A matrix holds one channel, a sweep in each row or in each column: recordings have more
samples than sweeps, so the longer side is taken for time unless the user says. It holds
channels where the user says so, or where sweep lengths stand beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikelens.choosing import AS_ASKED
from spikelens.errors import MissingFact, UnknownName, UnreadableFile, UnsupportedInput
from spikelens.readers import Hints
from spikelens.readers._facts import Trace, channels_of, contradictions, rate_of
from spikelens.readers._lazy import LazySource, MatrixSource, RowsSource
from spikelens.readers._opening import identity
from spikelens.recording import MODES, Mode, Recording, Sweeps
from spikelens.sources import Source

SAMPLES = ("samples", "volts")
"""Names that say by themselves which array holds the recording."""
OF_SWEEPS = ("sweep_lengths", "sweep_starts")
"""Names of arrays that are facts, with an entry per sweep."""
_RATES = {"fs", "sr", "srate", "sfreq", "fshz", "samplingrate", "samplerate", "samplingratehz"}
_RATES |= {"samplingfrequency", "samplefrequency", "sampratehz", "samprate"}
_INTERVALS = {"dt", "si", "samplinginterval", "sampleinterval"}
_PLAUSIBLE = (200.0, 1e6)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a file says of the array that holds its samples."""

    trace: Trace
    sampling_rate: float | None = None
    sweep_lengths: Sequence[int] | None = None
    sweep_starts: Sequence[float] | None = None
    """s, one per sweep length."""
    mode: Mode = "unknown"


def read_matrix(
    path: Path, reader: str, open_array: Callable[[], Any], found: Found, hints: Hints
) -> Recording:
    """The recording of an array, opened by a callable that can be pickled.

    Parameters
    ----------
    open_array : callable
        Gives an array-like, (n_samples,) or a matrix of sweeps; with sweep lengths that
        add up to its rows it is (n_samples, n_channels) instead, and with the hint
        `channels_in` its columns or rows are channels.

    Raises
    ------
    MissingFact
        Neither file nor hints give the sampling rate or a unit.
    UnsupportedInput
        The array is not numeric, or not one- or two-dimensional.
    """
    array = open_array()
    check_samples(array.shape, np.dtype(array.dtype), found.trace.name, path)
    source = LazySource.opened(open_array, array)
    chained, sweeps, note = _in_sweeps(source, len(array.shape), found, hints)
    traces = traces_of(found.trace, chained.shape[1])
    return Recording(
        source=chained,
        sampling_rate=rate_of(found.sampling_rate, hints),
        channels=channels_of(traces, hints),
        sweeps=sweeps,
        mode=found.mode,
        header=note,
        warnings=contradictions(hints, rate=found.sampling_rate, traces=traces),
        **identity(path, reader),
    )


def check_samples(shape: tuple[int, ...], dtype: np.dtype[Any], name: str, path: Path) -> None:
    """See that an array can hold a recording."""
    if dtype.kind not in "iuf" or len(shape) not in (1, 2):
        raise UnsupportedInput(
            f"{name} in {path} is not a vector or matrix of numbers ({dtype}, {sized(shape)}); "
            "choose another with --variable"
        )
    if math.prod(shape) == 0:
        raise UnreadableFile(f"{name} in {path} holds no samples")


def in_columns(shape: tuple[int, int], hints: Hints) -> bool:
    """Whether the sweeps of a matrix are its columns."""
    return hints.sweeps_in == "columns" if hints.sweeps_in else shape[0] > shape[1]


def sweeps_note(shape: tuple[int, int], hints: Hints) -> dict[str, object]:
    """The header's word on which side of a matrix is a sweep, and how it was known."""
    said, other = ("columns", "rows") if in_columns(shape, hints) else ("rows", "columns")
    if hints.sweeps_in:
        return {"sweeps_in": f"{said}, {AS_ASKED}"}
    wrong = f"if wrong, say --sweeps-in {other}, or of channels --channels-in {said}"
    return {"sweeps_in": f"{said}, as the matrix is {sized(shape)}; {wrong}"}


def channels_note(hints: Hints) -> dict[str, object]:
    """The header's word on a matrix of channels."""
    return {"channels_in": f"{hints.channels_in}, {AS_ASKED}"}


def traces_of(trace: Trace, n_channels: int) -> list[Trace]:
    """One trace per channel, numbered from 0 when there are several."""
    if n_channels == 1:
        return [trace]
    return [Trace(f"{trace.name} {k}", trace.unit, trace.gain, trace.offset) for k in range(n_channels)]


def choose(kind: str, shapes: Mapping[str, tuple[int, ...]], hints: Hints, likely: Sequence[str] = ()) -> str:
    """The variable hinted at by name or counted from 1, else the only or likeliest one.

    Raises
    ------
    UnknownName, MissingFact
        It is not there, or several may be meant; both list what there is.
    UnsupportedInput
        There is none.
    """
    listed = [f"{k} {name} ({sized(shape)})" for k, (name, shape) in enumerate(shapes.items(), 1)]
    wanted = hints.variable
    if wanted is not None:
        if wanted in shapes:
            return wanted
        if wanted.isdecimal() and 1 <= int(wanted) <= len(shapes):
            return list(shapes)[int(wanted) - 1]
        raise UnknownName.among(kind, wanted, listed)
    if len(shapes) == 1:
        return next(iter(shapes))
    for name in likely:
        if name in shapes:
            return name
    if not listed:
        raise UnsupportedInput(f"the file has no {kind} of numbers that could be a recording; check the file")
    there = "; ".join(listed)
    raise MissingFact(f"which {kind} holds the recording is not clear; choose one with --variable: {there}")


def facts_beside(name: str, beside: Mapping[str, Any]) -> Found:
    """What values beside the array called `name`, as arrays, say of it."""
    single = {k: np.asarray(v) for k, v in beside.items() if np.size(v) == 1}
    numbers = {k: float(v.item()) for k, v in single.items() if v.dtype.kind in "iuf"}
    texts = {k: str(v.item()) for k, v in single.items() if v.dtype.kind in "US"}
    unit = texts.get("unit") or texts.get("units") or ("V" if name == "volts" else "")
    lengths, starts = beside.get("sweep_lengths"), beside.get("sweep_starts")
    return Found(
        trace=Trace(name, unit, numbers.get("gain", 1.0), numbers.get("offset", 0.0)),
        sampling_rate=rate_among(numbers),
        sweep_lengths=None if lengths is None else [int(n) for n in np.ravel(lengths)],
        sweep_starts=None if starts is None else [float(t) for t in np.ravel(starts)],
        mode=next((m for m in MODES if m == texts.get("mode")), "unknown"),
    )


def rate_among(scalars: Mapping[str, float]) -> float | None:
    """The sampling rate (Hz) that scalars with telling names give, if they leave no doubt.

    >>> rate_among({"fs": 20000.0, "gain": 2.0})
    20000.0
    >>> rate_among({"si": 50.0})
    20000.0
    >>> rate_among({"fs": 20000.0, "sr": 10000.0}) is None
    True
    """
    rates: set[float] = set()
    for name, value in scalars.items():
        word = re.sub(r"[^a-z]", "", name.lower())
        if word in _RATES and _is_plausible(value):
            rates.add(float(value))
        elif word in _INTERVALS and value > 0:
            # In s, ms or us: only one of the three may give a rate anybody records at.
            implied = [r for r in (1 / value, 1e3 / value, 1e6 / value) if _is_plausible(r)]
            rates.add(implied[0] if len(implied) == 1 else math.nan)
    return rates.pop() if len(rates) == 1 and not any(map(math.isnan, rates)) else None


def sized(shape: tuple[int, ...]) -> str:
    """A shape for people.

    >>> sized((300, 2000))
    '300 x 2000'
    """
    return " x ".join(map(str, shape)) or "scalar"


def _is_plausible(rate: float) -> bool:
    return _PLAUSIBLE[0] <= rate <= _PLAUSIBLE[1]


def _in_sweeps(
    source: LazySource, n_dimensions: int, found: Found, hints: Hints
) -> tuple[Source, Sweeps, dict[str, object]]:
    lengths = found.sweep_lengths
    if lengths is not None:
        # MATLAB knows no vectors: a chained recording is a matrix of one row or column.
        is_row = n_dimensions == 2 and source.shape[0] == 1
        chained: Source = MatrixSource(source) if is_row else source
        if sum(lengths) != chained.shape[0]:
            raise UnreadableFile(f"sweep_lengths add up to {sum(lengths)}, not {chained.shape[0]} samples")
        starts = found.sweep_starts
        fitting = starts if starts is not None and len(starts) == len(lengths) else None
        return chained, Sweeps.of_lengths(lengths, fitting), {}
    if n_dimensions == 1:
        return source, Sweeps.of_lengths([source.shape[0]]), {}
    if hints.channels_in:
        channels: Source = source if hints.channels_in == "columns" else RowsSource(source)
        return channels, Sweeps.of_lengths([channels.shape[0]]), channels_note(hints)
    columns = in_columns(source.shape, hints)
    length, n_sweeps = source.shape if columns else source.shape[::-1]
    sweeps = Sweeps.of_lengths([length] * n_sweeps)
    return MatrixSource(source, columns), sweeps, sweeps_note(source.shape, hints)
