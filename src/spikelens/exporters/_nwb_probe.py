"""The channels of an extracellular recording in NWB: electrodes of a probe, and a series per sweep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pynwb.ecephys import ElectricalSeries

from spikelens.exporters._nwb_samples import Samples, device_of, sweep_of
from spikelens.probes import Probe, read_probe
from spikelens.recording import Recording


def add_extracellular(file: Any, recording: Recording, facts: Mapping[str, Any]) -> None:
    """All channels as electrodes of a probe, and an electrical series per sweep."""
    region = _electrodes(file, recording, facts)
    n_sweeps, n_channels = len(recording.sweeps), len(recording.channels)
    filter_ = recording.header.get("filter")
    for sweep in range(n_sweeps):
        start, stop, told = sweep_of(recording, sweep)
        read = _reader_from(recording, start)
        file.add_acquisition(
            ElectricalSeries(
                name="ElectricalSeries" if n_sweeps == 1 else f"ElectricalSeries{sweep:04d}",
                description=f"{recording.name}, all channels.",
                data=Samples(read, (stop - start, n_channels)),
                electrodes=region,
                filtering=None if filter_ in (None, "") else str(filter_),
                **told,
            )
        )


def _reader_from(recording: Recording, start: int) -> Any:
    return lambda a, b: recording.read(start + a, start + b)


def _electrodes(file: Any, recording: Recording, facts: Mapping[str, Any]) -> Any:
    device = device_of(file, recording, facts, "probe")
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
