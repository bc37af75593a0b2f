"""HEKA PatchMaster bundles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.errors import UnknownName, UnreadableFile
from spikelens.readers import Hints, Reader
from spikelens.readers._facts import Trace, channels_of, contradictions, rate_of
from spikelens.readers._heka_tree import HekaTrace, Node, pulsed_tree, trace_of
from spikelens.readers._opening import identity, reading
from spikelens.recording import Mode, Recording, Sweeps
from spikelens.sources import ChainedSource, MappedSource, Stored

_MODES: dict[int, Mode] = {1: "cell-attached", 3: "voltage-clamp", 4: "current-clamp", 5: "voltage-clamp"}
"""PatchMaster's recording modes: on cell, whole cell, current clamp, voltage clamp."""


@dataclass(frozen=True)
class BesideSource:
    """Traces of equal length, each stored on its own, side by side."""

    traces: Sequence[MappedSource]

    @property
    def shape(self) -> tuple[int, int]:
        return self.traces[0].n_samples, len(self.traces)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(*{trace.dtype for trace in self.traces})

    def read(self, start: int, stop: int) -> Stored:
        return np.column_stack([trace.read(start, stop) for trace in self.traces]).astype(self.dtype)


@dataclass(frozen=True, kw_only=True)
class Heka(Reader):
    """HEKA PatchMaster bundle (.dat); tested on files written here only, not on real ones.

    One series is one recording; `--variable` chooses it by label or counted from 1, by
    default the first. Sweeps start when the file says; samples stay on disk. The command
    is not rebuilt.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".dat",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head[:4] in (b"DAT1", b"DAT2")

    def read(self, path: Path, hints: Hints) -> Recording:
        """Open one series of a bundle; see `Reader.read`."""
        with reading(path, "a PatchMaster file"):
            series = _all_series(pulsed_tree(path))
            name = _chosen(series, hints, path)
            sweeps = _sweeps(series[name], path)
        first = next(iter(sweeps.values()))
        traces = [Trace(t.name, t.unit, t.gain) for t in first]
        rate = 1 / first[0].interval if first[0].interval > 0 else None
        starts = np.array([sweep.at(48, "d") for sweep in sweeps])
        others = () if len(series) == 1 else (f"series {name} of {len(series)} is read; --variable chooses",)
        return Recording(
            source=ChainedSource([_source(path, sweep) for sweep in sweeps.values()]),
            sampling_rate=rate_of(rate, hints),
            channels=channels_of(traces, hints),
            sweeps=Sweeps.of_lengths([s[0].n_samples for s in sweeps.values()], starts - starts[0]),
            mode=_MODES.get(first[0].recording_mode, "unknown"),
            header={"format": "PatchMaster", "series": name, "inputs": {t.name: _facts(t) for t in first}},
            warnings=(*others, *contradictions(hints, rate=rate, traces=traces)),
            **identity(path, self.method_name()),
        )


def _all_series(root: Node) -> dict[str, Node]:
    """Every series that has sweeps, named by group and series."""
    return {
        f"{g}.{s} {group.label} {series.label}".strip(): series
        for g, group in enumerate(root.children, 1)
        for s, series in enumerate(group.children, 1)
        if any(sweep.children for sweep in series.children)
    }


def _chosen(series: dict[str, Node], hints: Hints, path: Path) -> str:
    if not series:
        raise UnreadableFile(f"{path} holds no sweeps")
    names = list(series)
    if hints.variable is None:
        return names[0]
    if hints.variable.isdecimal() and 1 <= int(hints.variable) <= len(names):
        return names[int(hints.variable) - 1]
    fitting = [n for n in names if hints.variable in (n, n.split()[0], series[n].label)]
    if not fitting:
        raise UnknownName.among("series", hints.variable, (f"{k} ({n})" for k, n in enumerate(names, 1)))
    return fitting[0]


def _sweeps(series: Node, path: Path) -> dict[Node, list[HekaTrace]]:
    """The traces of each sweep; sweeps that broke off before their end are kept as they are."""
    sweeps = {sweep: [trace_of(t, path) for t in sweep.children] for sweep in series.children}
    whole = {sweep: traces for sweep, traces in sweeps.items() if traces and traces[0].n_samples > 0}
    if not whole:
        raise UnreadableFile(f"{path} holds no samples")
    kinds = {tuple((t.name, t.unit, t.gain, t.interval) for t in traces) for traces in whole.values()}
    if len(kinds) > 1 or any(len({t.n_samples for t in traces}) > 1 for traces in whole.values()):
        raise UnreadableFile(f"{path} holds sweeps or traces of different kinds in one series")
    return whole


def _source(path: Path, traces: list[HekaTrace]) -> BesideSource:
    return BesideSource([MappedSource(path, t.stored, t.n_samples, 1, t.offset) for t in traces])


def _facts(trace: HekaTrace) -> dict[str, float]:
    return {"lowpass_filter_hz": trace.bandwidth, "holding": trace.holding}
