"""The series of an NWB file: where they stand, and what their numbers mean."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from spikelens.readers._facts import Trace
from spikelens.readers._lazy import LazySource
from spikelens.readers._times import rate_of_times
from spikelens.recording import Mode
from spikelens.sources import ChainedSource, Source, Stored
from spikelens.units import parse_unit

MODES_OF: dict[str, Mode] = {
    "CurrentClampSeries": "current-clamp",
    "IZeroClampSeries": "current-clamp",
    "VoltageClampSeries": "voltage-clamp",
    "PatchClampSeries": "unknown",
    "ElectricalSeries": "extracellular",
    "TimeSeries": "unknown",
}
"""Types that hold recordings, the likeliest first, and the mode that each stands for."""
_UNITS_OF = {
    "CurrentClampSeries": "V",
    "IZeroClampSeries": "V",
    "VoltageClampSeries": "A",
    "ElectricalSeries": "V",
}


@dataclass(frozen=True)
class Series:
    """One series: ``value = stored * gains * conversion + offset``, in `unit`."""

    at: str
    """Its path in the file."""
    kind: str
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    unit: str
    gains: tuple[float, ...]
    """Per channel, the series' conversion included."""
    offset: float
    rate: float | None
    """Hz; None where the file does not say."""
    start: float
    """s, on the session's clock; NaN where the file does not say."""
    sweep_number: int | None
    electrode: str

    @property
    def name(self) -> str:
        return self.at.rpartition("/")[2]

    @property
    def order(self) -> tuple[float, float, str]:
        """By sweep number, then start time, then name; what is unknown comes last."""
        number = math.inf if self.sweep_number is None else float(self.sweep_number)
        return number, math.inf if math.isnan(self.start) else self.start, self.at

    def traces(self) -> list[Trace]:
        names = [self.name] if len(self.gains) == 1 else [f"ch{k}" for k in range(len(self.gains))]
        return [Trace(n, self.unit, g, self.offset) for n, g in zip(names, self.gains, strict=True)]

    def same_meaning(self, other: Series) -> bool:
        """Whether equal stored numbers mean equal values."""
        return (self.unit, self.gains, self.offset) == (other.unit, other.gains, other.offset)


def series_under(file: Any, *folders: str) -> list[Series]:
    """All series under some folders of a file that hold samples, in their order in the file."""
    found: dict[str, Series] = {}
    for folder in folders:
        for group in groups_under(file.get(folder)):
            series = _series(group)
            if series is not None:
                found[series.at] = series
    return list(found.values())


def groups_under(folder: Any) -> Iterator[Any]:
    """A folder's groups at any depth; a series is not looked into, links are followed."""
    import h5py

    if folder is None:
        return
    for name in folder:
        item = folder.get(name)
        if isinstance(item, h5py.Group):
            yield item
            if "data" not in item:
                yield from groups_under(item)


def type_of(group: Any) -> str:
    """The neurodata type of a group or data set, such as ``CurrentClampSeries``."""
    return text_of(group.attrs.get("neurodata_type", ""))


def text_of(value: Any) -> str:
    """Text as HDF5 holds it: bytes, str, or an array of one."""
    if isinstance(value, np.ndarray):
        return ", ".join(text_of(v) for v in value.ravel())
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def chained(path: Path, parts: Sequence[Series]) -> tuple[Source, list[Trace]]:
    """The samples of several series one after the other, and what they mean.

    Stored numbers are kept where they mean the same in all; else all become SI units.
    """
    alike = all(part.same_meaning(parts[0]) for part in parts)
    sources = [source_of(path, part, in_si=not alike) for part in parts]
    traces = parts[0].traces() if alike else [Trace(t.name, _si(t.unit)) for t in parts[0].traces()]
    if len(parts) == 1:
        return sources[0], traces
    if len(traces) == 1:
        # A single sweep's name would mislead.
        traces = [dataclasses.replace(traces[0], name=parts[0].electrode or parts[0].kind)]
    return ChainedSource(sources), traces


def source_of(path: Path, series: Series, *, in_si: bool) -> LazySource:
    """The samples of a series, as stored or in V or A."""
    dtype = np.dtype(np.float64) if in_si else series.dtype
    return LazySource(partial(_open, path, series, in_si), series.shape, dtype)


def _open(path: Path, series: Series, in_si: bool) -> Any:
    import h5py

    dataset = h5py.File(path, "r")[series.at]["data"]
    return _InSi(dataset, series) if in_si else dataset


class _InSi:
    """A data set whose slices are V or A."""

    def __init__(self, dataset: Any, series: Series) -> None:
        self._dataset = dataset
        unit = parse_unit(series.unit)
        factor = unit.factor if unit else 1.0
        self._gains, self._offset = np.array(series.gains) * factor, series.offset * factor

    def __getitem__(self, key: slice) -> Stored:
        stored = np.asarray(self._dataset[key], np.float64).reshape(-1, self._gains.size)
        return np.asarray(stored * self._gains + self._offset)


def _si(unit: str) -> str:
    known = parse_unit(unit)
    return unit if known is None else {"voltage": "V", "current": "A"}[known.quantity]


def _series(group: Any) -> Series | None:
    kind, data = type_of(group), group.get("data")
    if data is None or data.dtype.kind not in "iuf" or data.ndim not in (1, 2) or not data.size:
        return None
    n_channels = data.size // data.shape[0]
    conversion = float(data.attrs.get("conversion", 1.0))
    per_channel = group["channel_conversion"][()] if "channel_conversion" in group else np.ones(n_channels)
    rate, start = _timing(group)
    number = group.attrs.get("sweep_number")
    electrode = group.get("electrode")
    return Series(
        at=group.name,
        kind=kind,
        shape=(data.shape[0], n_channels),
        dtype=data.dtype,
        unit=text_of(data.attrs.get("unit", _UNITS_OF.get(kind, ""))),
        gains=tuple((conversion * np.ravel(per_channel)).tolist()),
        offset=float(data.attrs.get("offset", 0.0)),
        rate=rate,
        start=start,
        sweep_number=None if number is None else int(number),
        # By reference, as a link goes by the name it is met under.
        electrode="" if electrode is None else group.file[electrode.ref].name.rpartition("/")[2],
    )


def _timing(group: Any) -> tuple[float | None, float]:
    """Sampling rate and start time, stated or from the time stamps."""
    if "starting_time" in group:
        starting = group["starting_time"]
        rate = starting.attrs.get("rate")
        return None if rate is None else float(rate), float(starting[()])
    if "timestamps" not in group:
        return None, math.nan
    stamps = np.asarray(group["timestamps"][()], np.float64)
    if stamps.size < 2:
        return None, math.nan
    return rate_of_times(stamps, f"timestamps of {group.name}", "s")[0], float(stamps[0])
