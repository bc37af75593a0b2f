"""Our recordings and spikes as SpikeInterface's objects; importing this imports SpikeInterface."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from spikeinterface.core import BaseRecording, BaseRecordingSegment

from spikelens.probes import Probe
from spikelens.recording import Recording
from spikelens.sources import Source


class SpikelensRecording(BaseRecording):  # type: ignore[misc]
    """A recording of ours, read when SpikeInterface asks; a segment per sweep.

    Workers get it by pickle, as our sources stay small: a mapped file is its path.
    """

    def __init__(self, recording: Recording) -> None:
        super().__init__(
            recording.sampling_rate, _names(recording), np.dtype(recording.source.dtype).newbyteorder("=")
        )
        self._serializability.update(json=False, pickle=True, memory=True)
        bounds = recording.sweeps.bounds
        # Sweeps laid end to end have no clock of their own; SpikeInterface lays them so, too.
        starts = recording.time_of(bounds[:-1]) if recording.time_base == "recorded" else [None] * len(bounds)
        for start, stop, began in zip(bounds[:-1], bounds[1:], starts, strict=False):
            segment = _Sweep(recording.source, (int(start), int(stop)), recording.sampling_rate, began)
            self.add_recording_segment(segment)
        self._kwargs = {"recording": recording}
        self.name = recording.name


class _Sweep(BaseRecordingSegment):  # type: ignore[misc]
    def __init__(self, source: Source, bounds: tuple[int, int], rate: float, began: float | None) -> None:
        super().__init__(sampling_frequency=rate, t_start=None if began is None else float(began))
        self._source, self._bounds = source, bounds

    def get_num_samples(self) -> int:
        """Samples of the sweep."""
        return self._bounds[1] - self._bounds[0]

    def get_traces(
        self, start_frame: int | None = None, end_frame: int | None = None, channel_indices: Any = None
    ) -> NDArray[Any]:
        """Samples as stored, (n_samples, n_channels)."""
        start = 0 if start_frame is None else int(start_frame)
        stop = self.get_num_samples() if end_frame is None else int(end_frame)
        stored = self._source.read(self._bounds[0] + start, self._bounds[0] + stop)
        native = np.asarray(stored, stored.dtype.newbyteorder("="))
        return native if channel_indices is None else native[:, channel_indices]


def recording_object(recording: Recording, probe: Probe | None) -> SpikelensRecording:
    """A lazy recording with gains, and with places of contacts, made up where they are not known."""
    made = SpikelensRecording(recording)
    channels = recording.channels
    units = [c.unit or "" for c in channels]
    if set(units) == {"V"}:
        made.set_channel_gains([c.gain * 1e6 for c in channels])
        made.set_channel_offsets([c.offset * 1e6 for c in channels])
    made.set_property("physical_unit", units)
    made.set_property("gain_to_physical_unit", [c.gain for c in channels])
    made.set_property("offset_to_physical_unit", [c.offset for c in channels])
    made.set_property("channel_name", [c.name for c in channels])
    _place(made, probe, len(channels))
    return made


def _place(made: Any, probe: Probe | None, n: int) -> None:
    """Give channels places, um: an analyzer wants some. Those not known stand 1 mm apart."""
    apart = np.column_stack([np.zeros(n), 1000.0 * np.arange(n)])
    known = None if probe is None else probe.positions[:, :2]
    places = apart if known is None else np.where(np.isfinite(known), known, apart)
    # Its own function for this leaves the recording's channels in their order.
    made.set_dummy_probe_from_locations(places)


def _names(recording: Recording) -> list[str]:
    """Channels by name where names differ, else by number."""
    names = [channel.name for channel in recording.channels]
    return names if len(set(names)) == len(names) else [str(k) for k in range(len(names))]
