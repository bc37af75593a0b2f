"""A cell's sweeps, electrode and events as NWB holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pynwb.epoch import TimeIntervals
from pynwb.icephys import (
    CurrentClampSeries,
    CurrentClampStimulusSeries,
    VoltageClampSeries,
    VoltageClampStimulusSeries,
)

from spikelens.exporters._nwb_samples import Samples, device_of, sweep_of
from spikelens.recording import Recording

_SERIES = {"voltage": CurrentClampSeries, "current": VoltageClampSeries}
_STIMULI = {"voltage": CurrentClampStimulusSeries, "current": VoltageClampStimulusSeries}
_SENT = {"voltage": "current", "current": "voltage"}
"""What is sent into a cell of which the other is recorded."""


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


def _electrode(file: Any, recording: Recording, facts: Mapping[str, Any]) -> Any:
    filter_ = recording.header.get("filter")
    described = recording.header.get("electrode_description") or (
        f"Channel {recording.channels[0].name}, {recording.mode}."
    )
    return file.create_icephys_electrode(
        name="electrode",
        description=str(described),
        cell_id=facts["cell_id"] or recording.name,
        device=device_of(file, recording, facts, "amplifier"),
        location=facts["location"] or str(recording.header.get("electrode_location") or "unknown"),
        filtering=None if filter_ in (None, "") else str(filter_),
    )


def _response(recording: Recording, sweep: int, electrode: Any) -> Any:
    start, stop, told = sweep_of(recording, sweep)
    channel, gain = recording.channels[0], recording.header.get("gain")
    samples = Samples(lambda a, b: recording.read(start + a, start + b)[:, 0], (stop - start,))
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
    start, stop, told = sweep_of(recording, sweep)
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


def events_table(recording: Recording) -> Any:
    """The recording's events as intervals."""
    events = recording.events
    intervals = TimeIntervals(name="events", description="Stimuli and tags of the recording.")
    intervals.add_column("label", "What it is.")
    intervals.add_column("value", "Its size, in SI units; NaN where it has none.")
    for start, stop, label, value in zip(events.start, events.stop, events.label, events.value, strict=True):
        intervals.add_row(start_time=start, stop_time=stop, label=label, value=value)
    return intervals
