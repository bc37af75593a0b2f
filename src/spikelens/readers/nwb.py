"""NWB 2 files, read through HDF5: patch-clamp sweeps, or an extracellular series.

Every patch-clamp series of one electrode and one mode is a sweep. Sweep times are on
the session's clock, as are the file's intervals and TTL pulses. Samples stay on disk.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.errors import UnsupportedInput
from spikelens.readers import Hints, Reader
from spikelens.readers._facts import RATES_EQUAL, channels_of, contradictions, rate_of
from spikelens.readers._lazy import NothingSource
from spikelens.readers._matrices import choose
from spikelens.readers._nwb_facts import events_of, header_of, stimuli_of
from spikelens.readers._nwb_series import MODES_OF, Series, chained, series_under, source_of
from spikelens.readers._opening import identity, reading
from spikelens.recording import Channel, Recording, Stimulus, Sweeps
from spikelens.sources import ChainedSource, Source
from spikelens.units import parse_unit

_FOLDERS = ("acquisition", "processing")


@dataclass(frozen=True, kw_only=True)
class Nwb(Reader):
    """Neurodata Without Borders, version 2."""

    suffixes: ClassVar[tuple[str, ...]] = (".nwb",)
    needs: ClassVar[tuple[str, ...]] = ("h5py",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"\x89HDF\r\n\x1a\n")

    def read(self, path: Path, hints: Hints) -> Recording:
        import h5py

        with reading(path, "an NWB file"), h5py.File(path, "r") as file:
            chosen, left_out = _chosen(file, path, hints)
            source, traces = chained(path, chosen)
            recording = Recording(
                source=source,
                sampling_rate=rate_of(chosen[0].rate, hints),
                channels=channels_of(traces, hints),
                sweeps=Sweeps.of_lengths([s.shape[0] for s in chosen], [s.start for s in chosen]),
                mode=MODES_OF[chosen[0].kind],
                stimulus=_stimulus(path, chosen, stimuli_of(file, chosen)),
                header=header_of(file, chosen),
                warnings=left_out + contradictions(hints, rate=chosen[0].rate, traces=traces),
                **identity(path, self.method_name()),
            )
            # Where sweeps are laid end to end, nobody knows where session times fall.
            clock = "recording" if recording.time_base == "recorded" else "session"
            return dataclasses.replace(recording, events=dataclasses.replace(events_of(file), clock=clock))


def _chosen(file: Any, path: Path, hints: Hints) -> tuple[list[Series], tuple[str, ...]]:
    """The series that make the recording, in order, and what is left out, in words."""
    likeliest = list(MODES_OF)
    there = [s for s in series_under(file, *_FOLDERS) if s.kind in MODES_OF]
    there = [s for s in there if s.kind != "TimeSeries" or parse_unit(s.unit)]
    if not there:
        raise UnsupportedInput(f"{path} holds no series of voltage or current that spikes can be sought in")
    there.sort(key=lambda s: (likeliest.index(s.kind), s.order))
    best = _best(there, hints)
    rates = Counter(s.rate for s in best)
    rate = rates.most_common(1)[0][0]
    kept = [s for s in best if s.rate == rate or _are_equal(s.rate, rate)]
    return sorted(kept, key=lambda s: s.order), _left_out(there, kept, hints)


def _best(there: Sequence[Series], hints: Hints) -> list[Series]:
    """One series where one is asked for; else those of the likeliest mode and electrode."""
    of_electrode = [s for s in there if hints.variable and s.electrode == hints.variable]
    candidates = of_electrode or list(there)
    mode, electrode = MODES_OF[candidates[0].kind], candidates[0].electrode
    alike = [s for s in candidates if MODES_OF[s.kind] == mode and s.shape[1] == candidates[0].shape[1]]
    is_patch = "Clamp" in candidates[0].kind
    if (hints.variable and not of_electrode) or (not is_patch and len(alike) > 1):
        names = {_unique(s, there): s for s in there}
        return [names[choose("series", {n: s.shape for n, s in names.items()}, hints)]]
    return [s for s in alike if s.electrode == electrode]


def _unique(series: Series, there: Sequence[Series]) -> str:
    return series.name if [s.name for s in there].count(series.name) == 1 else series.at


def _are_equal(rate: float | None, other: float | None) -> bool:
    return rate is not None and other is not None and abs(rate - other) <= RATES_EQUAL * other


def _left_out(there: Sequence[Series], kept: Sequence[Series], hints: Hints) -> tuple[str, ...]:
    others = [s for s in there if s not in kept]
    if not others or hints.variable:
        return ()
    kinds = Counter(f"{s.kind} of {s.electrode or 'no electrode'} at {s.rate or np.nan:g} Hz" for s in others)
    listed = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
    said = f"{len(kept)} of {len(there)} series are read; left out: {listed}"
    return (f"{said}; choose a series or an electrode with --variable",)


def _stimulus(path: Path, chosen: Sequence[Series], stimuli: Sequence[Series | None]) -> Stimulus | None:
    """What was sent into the cell, NaN where a sweep's stimulus is not in the file."""
    fitting = [
        s if s is not None and parse_unit(s.unit) and s.shape[1] == 1 and _are_equal(s.rate, r.rate) else None
        for r, s in zip(chosen, stimuli, strict=True)
    ]
    first = next((s for s in fitting if s is not None), None)
    known = parse_unit(first.unit) if first else None
    if first is None or known is None:
        return None
    parts = [_beside(path, r, s) for r, s in zip(chosen, fitting, strict=True)]
    # The parts are in V or A already, as their conversions may differ.
    channel = Channel(first.name, known.quantity, stated_unit=first.unit)
    return Stimulus(ChainedSource([p for pair in parts for p in pair]), channel, "recorded")


def _beside(path: Path, response: Series, stimulus: Series | None) -> list[Source]:
    """A stimulus cut or filled with NaN to the length of its response."""
    length = response.shape[0]
    if stimulus is None:
        return [NothingSource(length)]
    n = min(length, stimulus.shape[0])
    held: list[Source] = [dataclasses.replace(source_of(path, stimulus, in_si=True), shape=(n, 1))]
    return held + ([NothingSource(length - n)] if n < length else [])
