"""Neurodata Without Borders: sweeps as patch-clamp series, spikes as units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.errors import MissingFact, UnsupportedInput
from spikelens.exporters import Exporter
from spikelens.files import replacing
from spikelens.recording import Recording
from spikelens.spikes import Spikes

_UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Nwb(Exporter):
    """An NWB 2 file: one series of float32 volts or amperes per sweep, and the spikes.

    Volts and a conversion of 1, as scaled integers pass the validator and are then
    misread by common tools.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".nwb",)

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        if recording is None:
            raise MissingFact("an NWB file of spikes needs their recording; give it, too")
        self.write_recording(path, recording, spikes)

    def write_recording(self, path: Path, recording: Recording, spikes: Spikes | None = None) -> None:
        from pynwb import NWBHDF5IO

        if len(recording.channels) != 1:
            raise UnsupportedInput("an NWB file is written of one channel; choose a channel")
        file = _file(recording)
        electrode = _electrode(file)
        for sweep in range(len(recording.sweeps)):
            _add_sweep(file, recording, electrode, sweep)
        if len(recording.events):
            file.add_time_intervals(_events(recording))
        if spikes is not None:
            file.units = _units(recording, spikes)
        with replacing(path) as temporary, NWBHDF5IO(temporary, "w") as io:
            io.write(file)


def _file(recording: Recording) -> Any:
    from pynwb import NWBFile

    began = recording.header.get("date")
    is_known = isinstance(began, datetime)
    return NWBFile(
        session_description=recording.name + ("" if is_known else "; when it began is not known"),
        identifier=recording.fingerprint or recording.name,
        session_start_time=began if is_known else _UNKNOWN_START,
    )


def _electrode(file: Any) -> Any:
    device = file.create_device("amplifier")
    return file.create_icephys_electrode(name="electrode", description="as recorded", device=device)


def _add_sweep(file: Any, recording: Recording, electrode: Any, sweep: int) -> None:
    from pynwb.icephys import CurrentClampSeries, CurrentClampStimulusSeries, VoltageClampSeries

    of_quantity = {"voltage": CurrentClampSeries, "current": VoltageClampSeries}
    quantity, stimulus = recording.channels[0].quantity, recording.stimulus
    if quantity not in of_quantity:
        raise UnsupportedInput(f"a channel of quantity {quantity!r} has no place in an NWB file here")
    start, stop = (int(bound) for bound in recording.sweeps.bounds[sweep : sweep + 2])
    common = {
        "rate": recording.sampling_rate,
        "starting_time": float(recording.time_of(start)),
        "sweep_number": np.uint32(sweep),
        "electrode": electrode,
        "conversion": 1.0,
        "gain": 1.0,
    }
    data = recording.read(start, stop)[:, 0]
    file.add_acquisition(of_quantity[quantity](name=f"sweep_{sweep:04d}", data=data, **common))
    if quantity == "voltage" and stimulus is not None and stimulus.channel.quantity == "current":
        sent = stimulus.read(start, stop)
        file.add_stimulus(CurrentClampStimulusSeries(name=f"stimulus_{sweep:04d}", data=sent, **common))


def _events(recording: Recording) -> Any:
    from pynwb.epoch import TimeIntervals

    events = recording.events
    intervals = TimeIntervals(name="events", description="Stimuli and tags of the recording.")
    intervals.add_column("label", "What it is.")
    intervals.add_column("value", "Its size, in SI units; NaN where it has none.")
    for start, stop, label, value in zip(events.start, events.stop, events.label, events.value, strict=True):
        intervals.add_row(start_time=start, stop_time=stop, label=label, value=value)
    return intervals


def _units(recording: Recording, spikes: Spikes) -> Any:
    from pynwb.misc import Units

    units = Units(
        name="units",
        description=f"Spikes found by {spikes.provenance.method}.",
        resolution=1 / spikes.sampling_rate,
    )
    observed = spikes.stretches
    ends = recording.time_of(observed.stop - 1) + 1 / recording.sampling_rate
    intervals = np.column_stack([recording.time_of(observed.start), ends])
    of_unit = spikes["unit_id"] if "unit_id" in spikes else np.zeros(len(spikes), np.int32)
    for unit in np.unique(of_unit) if len(spikes) else [0]:
        times = np.sort(spikes.time[of_unit == unit])
        units.add_unit(id=int(unit), spike_times=times, obs_intervals=intervals)
    return units
