"""SpikeInterface: lazy recordings, and sortings; ready for its analyzer and its sorters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.bridges import Bridge, imported
from spikelens.params import param
from spikelens.probes import read_probe
from spikelens.recording import Channel, Recording, Sweeps
from spikelens.sources import ChainedSource, SegmentSource
from spikelens.spikes import Spikes
from spikelens.trains import rows_of_units, spikes_of_trains
from spikelens.units import parse_unit

MICROVOLT = 1e-6


@dataclass(frozen=True, kw_only=True)
class Spikeinterface(Bridge):
    """A `BaseRecording` that stays lazy, a segment per sweep, and a `NumpySorting`.

    Any SpikeInterface recording becomes ours, lazily. It wants zarr below 3, so it is
    installed by itself, not as an extra.
    """

    needs: ClassVar[tuple[str, ...]] = ("spikeinterface",)
    probe: str | None = param(None, help="A probe's geometry, as probeinterface's JSON.")

    def recording_out(self, recording: Recording, spikes: Spikes | None = None) -> Any:
        imported("spikeinterface")
        from spikelens.bridges._spikeinterface_out import recording_object

        n = max(k if c.index is None else c.index for k, c in enumerate(recording.channels)) + 1
        places = None
        if self.probe is not None:
            kept = [k if c.index is None else c.index for k, c in enumerate(recording.channels)]
            places = read_probe(Path(self.probe), n).of_channels(kept)
        return recording_object(recording, places)

    def recording_in(self, given: Any) -> Recording:
        return recording_of(given)

    def spikes_out(self, spikes: Spikes, recording: Recording) -> Any:
        core = imported("spikeinterface.core")
        units, begins = rows_of_units(spikes), recording.sweeps.bounds
        per_sweep = [
            {
                unit: spikes.sample_index[mine] - begins[sweep]
                for unit, rows in units.items()
                for mine in [rows[spikes.sweep[rows] == sweep]]
            }
            for sweep in range(len(recording.sweeps))
        ]
        sorting = core.NumpySorting.from_unit_dict(per_sweep, recording.sampling_rate)
        names = {unit: str(spikes["channel"][rows[0]]) if rows.size else "" for unit, rows in units.items()}
        sorting.set_property("channel", [names[int(unit)] for unit in sorting.unit_ids])
        return sorting

    def spikes_in(self, given: Any, recording: Recording) -> Spikes:
        begins = recording.sweeps.bounds
        trains = {}
        for unit in given.unit_ids:
            of_sweeps = [
                given.get_unit_spike_train(unit, segment_index=k) + begins[k]
                for k in range(given.get_num_segments())
            ]
            trains[unit] = np.concatenate(of_sweeps)
        return spikes_of_trains(recording, trains, made_by="spikeinterface", in_samples=True)


def recording_of(given: Any) -> Recording:
    """A lazy recording from any of SpikeInterface's; without gains its numbers are taken for V."""
    parts = [
        SegmentSource(given, k, (given.get_num_samples(k), given.get_num_channels()))
        for k in range(given.get_num_segments())
    ]
    starts = [given.get_start_time(k) for k in range(len(parts))]
    known = len(parts) == 1 or len(set(starts)) > 1
    return Recording(
        source=ChainedSource(parts),
        sampling_rate=float(given.get_sampling_frequency()),
        channels=_channels(given),
        sweeps=Sweeps.of_lengths([p.shape[0] for p in parts], starts if known else None),
        name=str(getattr(given, "name", None) or "spikeinterface"),
        reader="spikeinterface",
    )


def _channels(given: Any) -> tuple[Channel, ...]:
    names = [str(name) for name in given.channel_ids]
    n = len(names)
    of_unit = given.get_property("physical_unit")
    if of_unit is not None and all(parse_unit(str(u)) for u in of_unit):
        known = [parse_unit(str(u)) for u in of_unit]
        gains, offsets = (given.get_property(f"{what}_to_physical_unit") for what in ("gain", "offset"))
        return tuple(
            Channel(name, unit.quantity, float(g) * unit.factor, float(o) * unit.factor, str(u))
            for name, unit, g, o, u in zip(names, known, gains, offsets, of_unit, strict=True)
            if unit is not None
        )
    gains, offsets = given.get_channel_gains(), given.get_channel_offsets()
    if gains is None:
        return tuple(Channel(name) for name in names)
    offsets = np.zeros(n) if offsets is None else offsets
    return tuple(
        Channel(name, "voltage", float(g) * MICROVOLT, float(o) * MICROVOLT, "uV")
        for name, g, o in zip(names, gains, offsets, strict=True)
    )
