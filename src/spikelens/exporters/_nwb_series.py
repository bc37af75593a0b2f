"""A recording's sweeps, electrodes and events as NWB holds them; samples are written piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from hdmf.data_utils import GenericDataChunkIterator
from numpy.typing import NDArray
from pynwb.ecephys import ElectricalSeries
from pynwb.epoch import TimeIntervals
from pynwb.icephys import (
    CurrentClampSeries,
    CurrentClampStimulusSeries,
    VoltageClampSeries,
    VoltageClampStimulusSeries,
)

from spikelens.probes import Probe, read_probe
from spikelens.recording import Recording

_SERIES = {"voltage": CurrentClampSeries, "current": VoltageClampSeries}
_STIMULI = {"voltage": CurrentClampStimulusSeries, "current": VoltageClampStimulusSeries}
_SENT = {"voltage": "current", "current": "voltage"}
"""What is sent into a cell of which the other is recorded."""
_PIECE = 1 << 22
"""Samples times channels that are in memory at once."""


class _Samples(GenericDataChunkIterator):  # type: ignore[misc]
    """Samples of a sweep in V or A, read when they are written."""

    def __init__(self, read: Any, shape: tuple[int, ...]) -> None:
        self._read, self._shape = read, shape
        width = int(np.prod(shape[1:], dtype=np.int64))
        rows = max(1, min(shape[0], _PIECE // width))
        chunk = max(1, min(rows, (1 << 17) // width))
        super().__init__(
            buffer_shape=(rows - rows % chunk or rows, *shape[1:]), chunk_shape=(chunk, *shape[1:])
        )

    def _get_data(self, selection: tuple[slice, ...]) -> NDArray[np.float32]:
        read: NDArray[np.float32] = self._read(selection[0].start, selection[0].stop)
        return read

    def _get_maxshape(self) -> tuple[int, ...]:
        return self._shape

    def _get_dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)


def _sweep(recording: Recording, sweep: int) -> tuple[int, int, dict[str, Any]]:
    """A sweep's bounds, and what its series share."""
    start, stop = (int(bound) for bound in recording.sweeps.bounds[sweep : sweep + 2])
    told = {
        "rate": recording.sampling_rate,
        "starting_time": float(recording.time_of(start)),
        "conversion": 1.0,
    }
    return start, stop, told


def add_intracellular(file: Any, recording: Recording, facts: Mapping[str, Any]) -> None:
    """Sweeps of one electrode: responses, stimuli where there are some, and the tables that pair them."""
    electrode = _electrode(file, recording, facts)
    rows = []
    for sweep in range(len(recording.sweeps)):
        response, stimulus = _response(recording, sweep, electrode), _stimulus(recording, sweep, electrode)
        file.add_acquisition(response)
        if stimulus is not None:
            file.add_stimulus(stimulus)
        rows.append(
            file.add_intracellular_recording(electrode=electrode, stimulus=stimulus, response=response)
        )
    known = recording.header.get("stimulus_description") or recording.header.get("protocol") or "not known"
    together = [file.add_icephys_simultaneous_recording(recordings=[int(row)]) for row in rows]
    sequence = file.add_icephys_sequential_recording(
        simultaneous_recordings=[int(row) for row in together], stimulus_type=str(known)
    )
    repetition = file.add_icephys_repetition(sequential_recordings=[int(sequence)])
    file.add_icephys_experimental_condition(repetitions=[int(repetition)])


def _device(file: Any, recording: Recording, facts: Mapping[str, Any], usual: str) -> Any:
    named = facts["device"] or recording.header.get("amplifier") or usual
    read_by = f", read from {recording.reader}" if recording.reader else ""
    return file.create_device(str(named), description=f"What recorded {recording.name}{read_by}.")


def _electrode(file: Any, recording: Recording, facts: Mapping[str, Any]) -> Any:
    filter_ = recording.header.get("filter")
    described = recording.header.get("electrode_description") or (
        f"Channel {recording.channels[0].name}, {recording.mode}."
    )
    return file.create_icephys_electrode(
        name="electrode",
        description=str(described),
        cell_id=facts["cell_id"] or recording.name,
        device=_device(file, recording, facts, "amplifier"),
        location=facts["location"] or str(recording.header.get("electrode_location") or "unknown"),
        filtering=None if filter_ in (None, "") else str(filter_),
    )


def _response(recording: Recording, sweep: int, electrode: Any) -> Any:
    start, stop, told = _sweep(recording, sweep)
    channel, gain = recording.channels[0], recording.header.get("gain")
    samples = _Samples(lambda a, b: recording.read(start + a, start + b)[:, 0], (stop - start,))
    return _SERIES[channel.quantity](
        name=f"sweep_{sweep:04d}",
        description=f"{channel.name}, {recording.mode}.",
        data=samples,
        electrode=electrode,
        sweep_number=np.uint32(sweep),
        stimulus_description=str(recording.header.get("stimulus_description") or "N/A"),
        **({"gain": float(gain)} if isinstance(gain, (int, float)) else {}),
        **told,
    )


def _stimulus(recording: Recording, sweep: int, electrode: Any) -> Any | None:
    """What was sent in a sweep; None where nobody knows."""
    sent = recording.stimulus
    quantity = recording.channels[0].quantity
    if sent is None or sent.channel.quantity != _SENT[quantity]:
        return None
    start, stop, told = _sweep(recording, sweep)
    values = sent.read(start, stop)
    if not np.isfinite(values).any():
        return None
    return _STIMULI[quantity](
        name=f"stimulus_{sweep:04d}",
        description=f"{sent.channel.name}, {sent.origin}.",
        data=values,
        electrode=electrode,
        sweep_number=np.uint32(sweep),
        **told,
    )


def add_extracellular(file: Any, recording: Recording, facts: Mapping[str, Any]) -> None:
    """All channels as electrodes of a probe, and an electrical series per sweep."""
    region = _electrodes(file, recording, facts)
    n_sweeps, n_channels = len(recording.sweeps), len(recording.channels)
    filter_ = recording.header.get("filter")
    for sweep in range(n_sweeps):
        start, stop, told = _sweep(recording, sweep)
        read = _reader_from(recording, start)
        file.add_acquisition(
            ElectricalSeries(
                name="ElectricalSeries" if n_sweeps == 1 else f"ElectricalSeries{sweep:04d}",
                description=f"{recording.name}, all channels.",
                data=_Samples(read, (stop - start, n_channels)),
                electrodes=region,
                filtering=None if filter_ in (None, "") else str(filter_),
                **told,
            )
        )


def _reader_from(recording: Recording, start: int) -> Any:
    return lambda a, b: recording.read(start + a, start + b)


def _electrodes(file: Any, recording: Recording, facts: Mapping[str, Any]) -> Any:
    device = _device(file, recording, facts, "probe")
    probe = _probe(recording, facts)
    place = facts["location"] or str(recording.header.get("electrode_location") or "unknown")
    is_placed = bool(np.isfinite(probe.positions).all())
    groups = {
        int(k): file.create_electrode_group(
            f"group{int(k)}" if is_placed else "electrodes",
            description="Channels that see the same neurons." if is_placed else "Geometry is not known.",
            location=place,
            device=device,
        )
        for k in (np.unique(probe.groups) if is_placed else [0])
    }
    file.add_electrode_column("channel_name", "The channel's name in the recording.")
    for k, channel in enumerate(recording.channels):
        x, y = (float(v) for v in probe.positions[k, :2])
        file.add_electrode(
            group=groups[int(probe.groups[k]) if is_placed else 0],
            location=place,
            channel_name=channel.name,
            **({"rel_x": x, "rel_y": y} if is_placed else {}),
        )
    return file.create_electrode_table_region(
        region=list(range(len(recording.channels))), description="All channels."
    )


def _probe(recording: Recording, facts: Mapping[str, Any]) -> Probe:
    kept = [k if c.index is None else c.index for k, c in enumerate(recording.channels)]
    if facts["probe"] is None:
        return Probe.apart(len(kept))
    return read_probe(Path(facts["probe"]), max(kept) + 1).of_channels(kept)


def events_table(recording: Recording) -> Any:
    """The recording's events as intervals."""
    events = recording.events
    intervals = TimeIntervals(name="events", description="Stimuli and tags of the recording.")
    intervals.add_column("label", "What it is.")
    intervals.add_column("value", "Its size, in SI units; NaN where it has none.")
    for start, stop, label, value in zip(events.start, events.stop, events.label, events.value, strict=True):
        intervals.add_row(start_time=start, stop_time=stop, label=label, value=value)
    return intervals
