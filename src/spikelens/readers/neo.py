"""Vendors' formats through Neo's raw readers, which keep samples on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.errors import UnknownName, UnreadableFile, UnsupportedInput
from spikelens.readers import Hints, Reader
from spikelens.readers._facts import Trace, channels_of, contradictions, rate_of
from spikelens.readers._neo_formats import FORMATS, NeoFile, NeoSegment, winwcp_starts
from spikelens.readers._opening import identity, reading
from spikelens.recording import Events, Recording, Sweeps
from spikelens.sources import ChainedSource
from spikelens.units import parse_unit

_SONPY_ONLY = ".smrx"


@dataclass(frozen=True, kw_only=True)
class Neo(Reader):
    """Other vendors' formats, through Neo: WinWCP, SpikeGLX, Spike2 .smr, Intan and more.

    WinWCP and SpikeGLX are tested here; the others are read through Neo, not tested
    here (`FORMATS` says which). Of several streams, `--variable` chooses; by default the
    fastest one that holds voltages. Segments are sweeps, events of the file are kept.
    """

    suffixes: ClassVar[tuple[str, ...]] = (*FORMATS, _SONPY_ONLY)
    needs: ClassVar[tuple[str, ...]] = ("neo",)

    def recognises(self, path: Path, head: bytes) -> bool:
        # A bare .bin belongs to the raw reader; SpikeGLX's has its description beside it.
        described = path.suffix.lower() != ".bin" or path.with_suffix(".meta").exists()
        return path.is_file() and described

    def read(self, path: Path, hints: Hints) -> Recording:
        """Open one stream of a vendor's file; see `Reader.read`.

        Raises
        ------
        UnsupportedInput
            A 64-bit Spike2 file (``.smrx``), or no analogue signal in the file.
        """
        if path.suffix.lower() == _SONPY_ONLY:
            raise UnsupportedInput(
                f"{path} is 64-bit Spike2, which is not supported; export it from Spike2 as .smr or .mat"
            )
        file = NeoFile(path)
        with reading(path, f"a file of {file.format.what}"):
            stream = _stream(file, hints)
            found, traces = _rate(file, stream), _traces(file, stream)
            source, sweeps = _samples(file, stream)
            events = _events(file)
        return Recording(
            source=source,
            sampling_rate=rate_of(found, hints),
            channels=channels_of(traces, hints),
            sweeps=sweeps,
            mode=file.format.mode,
            events=events,
            header=_header(file),
            warnings=(*_warnings(file), *contradictions(hints, rate=found, traces=traces)),
            **identity(path, self.method_name()),
        )


def _streams(file: NeoFile) -> list[str]:
    return [str(name) for name in file.rawio.header["signal_streams"]["name"]]


def _stream(file: NeoFile, hints: Hints) -> int:
    """The stream hinted at, else the fastest of those that hold voltages, or of all."""
    names = _streams(file)
    if not names:
        raise UnsupportedInput(f"{file.path} holds no analogue signal")
    if hints.variable is not None:
        return _index_of(hints.variable, names)
    order = sorted(range(len(names)), key=lambda k: -_rate(file, k))
    with_voltage = [k for k in order if _has_voltage(_traces(file, k))]
    return (with_voltage or order)[0]


def _index_of(variable: str, names: list[str]) -> int:
    if variable in names:
        return names.index(variable)
    if variable.isdecimal() and 1 <= int(variable) <= len(names):
        return int(variable) - 1
    raise UnknownName.among("stream", variable, (f"{k} ({n})" for k, n in enumerate(names, 1)))


def _has_voltage(traces: list[Trace]) -> bool:
    units = (parse_unit(trace.unit) for trace in traces)
    return any(unit is not None and unit.quantity == "voltage" for unit in units)


def _rate(file: NeoFile, stream: int) -> float:
    return float(file.rawio.get_signal_sampling_rate(stream_index=stream))


def _rows(file: NeoFile, stream: int) -> Any:
    header = file.rawio.header
    of_stream = header["signal_channels"]["stream_id"] == header["signal_streams"]["id"][stream]
    return header["signal_channels"][of_stream]


def _traces(file: NeoFile, stream: int) -> list[Trace]:
    return [
        Trace(str(row["name"]), str(row["units"]), float(row["gain"]), float(row["offset"]))
        for row in _rows(file, stream)
    ]


def _samples(file: NeoFile, stream: int) -> tuple[ChainedSource, Sweeps]:
    """All segments of the first block; the last sample of each is read to see that it is there."""
    rows = _rows(file, stream)
    stored = np.dtype(rows["dtype"][0]).str
    sizes = [
        int(file.rawio.get_signal_size(0, k, stream_index=stream)) for k in range(file.rawio.segment_count(0))
    ]
    parts = [
        NeoSegment(file, stream, k, (size, len(rows)), stored) for k, size in enumerate(sizes) if size > 0
    ]
    if not parts:
        raise UnreadableFile(f"{file.path} holds no samples")
    for part in parts:
        part.read(part.shape[0] - 1, part.shape[0])
    starts = _starts(file, parts)
    lengths = [part.shape[0] for part in parts]
    # Readers that know no times say that all segments start together.
    known = len(parts) == 1 or bool((np.diff(starts) > 0).all())
    return ChainedSource(parts), Sweeps.of_lengths(lengths, starts if known else None)


def _starts(file: NeoFile, parts: list[NeoSegment]) -> list[float]:
    if file.path.suffix.lower() == ".wcp":
        return winwcp_starts(file.path, [part.segment for part in parts])
    return [float(file.rawio.get_signal_t_start(0, p.segment, stream_index=p.stream)) for p in parts]


def _events(file: NeoFile) -> Events:
    found = Events.none()
    for k, name in enumerate(file.rawio.header["event_channels"]["name"]):
        for segment in range(file.rawio.segment_count(0)):
            found += _channel_events(file, segment, k, str(name))
    return found


def _channel_events(file: NeoFile, segment: int, channel: int, name: str) -> Events:
    stamps, durations, labels = file.rawio.get_event_timestamps(0, segment, channel)
    start = np.asarray(file.rawio.rescale_event_timestamp(stamps, "float64", channel), np.float64)
    lasting = np.zeros(start.size)
    if durations is not None:
        lasting = np.asarray(file.rawio.rescale_epoch_duration(durations, "float64", channel), np.float64)
    texts = [f"{name} {label}".strip() for label in labels]
    return Events.at(start, start + lasting, label=texts, source="tag")


def _header(file: NeoFile) -> dict[str, object]:
    kept = ("rec_datetime", "abf_version", "comment")
    notes = file.rawio.raw_annotations["blocks"][0]
    found: dict[str, object] = {name: str(notes[name]) for name in kept if notes.get(name)}
    return {"format": file.format.what} | found


def _warnings(file: NeoFile) -> tuple[str, ...]:
    said = []
    if not file.format.tested:
        said.append(f"{file.format.what} is read through Neo, not tested here; check values and times")
    if file.rawio.block_count() > 1:
        said.append(f"the file holds {file.rawio.block_count()} blocks; the first is read")
    return tuple(said)
