"""Neo: a `Block` of segments, and spike trains, as Elephant's functions take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spikelens.bridges import Bridge, _neo_in, imported
from spikelens.recording import Events, Recording
from spikelens.spikes import Spikes
from spikelens.trains import rows_of_units


@dataclass(frozen=True, kw_only=True)
class Neo(Bridge):
    """A `Block` with a `Segment` per sweep: signals by quantity, the stimulus, events, spike trains.

    A train has a spike's further columns as array annotations.
    """

    needs: ClassVar[tuple[str, ...]] = ("neo",)

    def recording_out(self, recording: Recording, spikes: Spikes | None = None) -> Any:
        neo = imported("neo")
        block = neo.Block(name=recording.name, mode=recording.mode, time_base=recording.time_base)
        trains = [] if spikes is None else self.spikes_out(spikes, recording)
        for sweep in range(len(recording.sweeps)):
            segment = neo.Segment(name=f"sweep {sweep}", index=sweep)
            segment.analogsignals.extend(_signals(recording, sweep))
            segment.events.extend(_events(recording, sweep))
            segment.epochs.extend(_epochs(recording, sweep))
            # A list: Neo 0.14 walks over it twice.
            segment.spiketrains.extend([t for t in trains if t.annotations["sweep"] == sweep])
            block.segments.append(segment)
        block.check_relationships()
        return block

    def recording_in(self, given: Any) -> Recording:
        return _neo_in.recording_of(given)

    def spikes_out(self, spikes: Spikes, recording: Recording) -> list[Any]:
        return [
            _train(recording, spikes.take(rows[spikes.sweep[rows] == sweep]), sweep, unit)
            for sweep in range(len(recording.sweeps))
            for unit, rows in rows_of_units(spikes).items()
        ]

    def spikes_in(self, given: Any, recording: Recording) -> Spikes:
        return _neo_in.spikes_of(given, recording)


def _bounds(recording: Recording, sweep: int) -> tuple[int, int, float]:
    """A sweep's first sample, the one after its last, and its start, s."""
    start, stop = (int(b) for b in recording.sweeps.bounds[sweep : sweep + 2])
    return start, stop, float(recording.time_of(start))


def _signals(recording: Recording, sweep: int) -> list[Any]:
    """A signal per unit, of all channels that have it, and one of the stimulus."""
    from neo import AnalogSignal

    start, stop, began = _bounds(recording, sweep)
    values = recording.read(start, stop)
    common = {"sampling_rate": _quantity(recording.sampling_rate, "Hz"), "t_start": _quantity(began, "s")}
    signals = []
    for unit in dict.fromkeys(c.unit for c in recording.channels):
        mine = [k for k, c in enumerate(recording.channels) if c.unit == unit]
        names = [recording.channels[k].name for k in mine]
        told: dict[str, Any] = {"channel_names": names}
        signals.append(
            AnalogSignal(
                values[:, mine],
                units=unit or "dimensionless",
                name=", ".join(names),
                array_annotations=told,
                **common,
            )
        )
    sent = recording.stimulus
    if sent is not None:
        told = {"is_stimulus": True, "origin": sent.origin}
        trace = sent.read(start, stop)[:, None]
        units = sent.channel.unit or "dimensionless"
        signals.append(AnalogSignal(trace, units=units, name=sent.channel.name, **common, **told))
    return signals


def _quantity(value: Any, unit: str) -> Any:
    import quantities

    return quantities.Quantity(value, unit)


def _of_sweep(recording: Recording, sweep: int) -> Events:
    """The events that begin in a sweep, on the recording's clock."""
    events = recording.events
    if events.clock != "recording" or not len(events):
        return Events.none()
    begins = np.append(recording.time_of(recording.sweeps.bounds[:-1]), np.inf)
    first = -np.inf if sweep == 0 else begins[sweep]
    return events.where((events.start >= first) & (events.start < begins[sweep + 1]))


def _events(recording: Recording, sweep: int) -> list[Any]:
    from neo import Event

    events = _of_sweep(recording, sweep)
    instants = events.where(events.stop <= events.start)
    if not len(instants):
        return []
    told = {"value": instants.value, "source": np.array(instants.source)}
    labels = np.array(instants.label, "U")
    return [Event(times=_quantity(instants.start, "s"), labels=labels, name="events", array_annotations=told)]


def _epochs(recording: Recording, sweep: int) -> list[Any]:
    from neo import Epoch

    events = _of_sweep(recording, sweep)
    lasting = events.where(events.stop > events.start)
    if not len(lasting):
        return []
    told = {"value": lasting.value, "source": np.array(lasting.source)}
    return [
        Epoch(
            times=_quantity(lasting.start, "s"),
            durations=_quantity(lasting.stop - lasting.start, "s"),
            labels=np.array(lasting.label, "U"),
            name="epochs",
            array_annotations=told,
        )
    ]


def _train(recording: Recording, spikes: Spikes, sweep: int, unit: int) -> Any:
    from neo import SpikeTrain

    start, stop, began = _bounds(recording, sweep)
    columns = {name: column for name, column in spikes.columns.items() if name != "time"}
    return SpikeTrain(
        _quantity(spikes.time, "s"),
        t_start=_quantity(began, "s"),
        t_stop=_quantity(began + (stop - start) / recording.sampling_rate, "s"),
        sampling_rate=_quantity(recording.sampling_rate, "Hz"),
        name=f"unit {unit}",
        array_annotations=columns,
        sweep=sweep,
        unit=unit,
        method=spikes.provenance.method,
    )
