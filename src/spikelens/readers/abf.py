"""Axon Binary Files of pCLAMP and AxoScope, versions 1 and 2."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from spikelens.errors import UnreadableFile
from spikelens.modes import mode_among
from spikelens.readers import Hints, Reader, _abf1, _abf2
from spikelens.readers import _abf_command as command
from spikelens.readers._abf_header import GAP_FREE, AbfHeader, Fields, Layout, Output
from spikelens.readers._facts import channels_of, contradictions, rate_of
from spikelens.readers._opening import identity, reading
from spikelens.recording import Channel, Events, Ints, Recording, Stimulus, Sweeps
from spikelens.sources import ChosenChannels, MappedSource
from spikelens.units import parse_unit

_VERSIONS = {b"ABF ": _abf1.read_header, b"ABF2": _abf2.read_header}
_VARIABLE_LENGTH = 1


@dataclass(frozen=True, kw_only=True)
class Abf(Reader):
    """Axon Binary Format, versions 1 and 2 (pCLAMP, Clampex, AxoScope).

    Samples stay on disk, mapped. Sweeps keep their true start times. The command is
    rebuilt from the protocol's table of epochs; epochs, digital outputs and tags become
    events. The clamp mode follows from what is recorded and what is commanded.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".abf",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head[:4] in _VERSIONS

    def read(self, path: Path, hints: Hints) -> Recording:
        """Open an ABF file; see `Reader.read`."""
        with reading(path, "an ABF file"):
            header = _header(path)
            source, sweeps = _samples(path, header.layout, len(header.traces))
        rate = rate_of(header.layout.sampling_rate, hints)
        channels = channels_of(header.traces, hints)
        output = command.active_output(header)
        commanded = parse_unit(output.unit) if output else None
        plain = Recording(
            source=source,
            sampling_rate=rate,
            channels=channels,
            sweeps=sweeps,
            mode=mode_among([c.quantity for c in channels], commanded.quantity if commanded else None),
            header={**header.facts, **_output_facts(output)},
            warnings=contradictions(hints, rate=header.layout.sampling_rate, traces=header.traces),
            **identity(path, self.method_name()),
        )
        return _with_protocol(plain, header, output)


def _header(path: Path) -> AbfHeader:
    with path.open("rb") as file:
        signature = file.read(4)
        if signature not in _VERSIONS:
            raise UnreadableFile(f"{path} is not an ABF file: it does not begin with ABF")
        return _VERSIONS[signature](Fields(file))


def _samples(path: Path, layout: Layout, n_channels: int) -> tuple[MappedSource, Sweeps]:
    """The mapped samples and their sweeps.

    Raises
    ------
    UnreadableFile
        The file ends before its last sample, or sweeps and samples do not agree.
    """
    dtype = np.dtype(layout.stored)
    if min(layout.n_values, n_channels, layout.start) <= 0:
        raise UnreadableFile(f"{path} holds no samples")
    there = (path.stat().st_size - layout.start) // dtype.itemsize
    if there < layout.n_values:
        raise UnreadableFile(
            f"{path} is cut off: {max(0, there):,} of {layout.n_values:,} values are there; copy it again"
        )
    values = _sweep_values(layout)
    if values.size and (values.min() <= 0 or values.sum() > layout.n_values):
        raise UnreadableFile(f"{path} lists sweeps that do not fit its samples")
    lengths = values // n_channels if values.size else np.array([layout.n_values // n_channels])
    starts = [start * layout.tick for start, _ in layout.synch] or [0.0]
    source = MappedSource(path, layout.stored, int(lengths.sum()), n_channels, layout.start)
    return source, Sweeps.of_lengths(lengths.tolist(), starts)


def _sweep_values(layout: Layout) -> Ints:
    values = np.array([length for _, length in layout.synch], np.int64)
    # Some writers give the length of event-triggered sweeps in ticks instead of values.
    if layout.operation == _VARIABLE_LENGTH and values.sum() > layout.n_values:
        values = values * layout.n_values // values.sum()
    return values


def _output_facts(output: Output | None) -> Mapping[str, object]:
    if output is None:
        return {}
    return {"command": output.name, "command_unit": output.unit, "holding": output.holding}


def _with_protocol(recording: Recording, header: AbfHeader, output: Output | None) -> Recording:
    """The same recording with its stimulus, events and what is to be said about them."""
    times = [time for time, _ in header.tags]
    events = Events.at(times, label=[comment for _, comment in header.tags], source="tag")
    if header.layout.operation == GAP_FREE or output is None:
        measured = _measured(recording, output)
        return dataclasses.replace(recording, stimulus=measured, events=events)
    source = _command_source(recording, header, output)
    unit = parse_unit(output.unit)
    trouble = _trouble(header, output)
    if trouble:
        return dataclasses.replace(recording, events=events).with_warnings(trouble)
    if output.is_enabled:
        events += command.epoch_events(source, recording, unit.factor if unit else 1.0)
    events += command.digital_events(source, header.digital, recording)
    return dataclasses.replace(recording, stimulus=_rebuilt(source, output), events=events)


def _command_source(recording: Recording, header: AbfHeader, output: Output) -> command.CommandSource:
    turn = output.number if header.is_alternating and output.number < 2 else None
    return command.CommandSource(output, recording.sweeps.bounds, turn)


def _trouble(header: AbfHeader, output: Output) -> str:
    """Why the command cannot be rebuilt; empty if it can."""
    if not output.is_enabled:
        return ""
    if header.has_user_list:
        return "the protocol changes from sweep to sweep by a user list; its command is not rebuilt"
    if not command.is_known(output):
        return "the command came from a file or an epoch of unknown kind; it is not rebuilt"
    return ""


def _rebuilt(source: command.CommandSource, output: Output) -> Stimulus | None:
    unit = parse_unit(output.unit)
    if unit is None:
        return None
    if not output.is_enabled:
        source = dataclasses.replace(source, output=dataclasses.replace(output, epochs=()))
    channel = Channel(output.name, unit.quantity, unit.factor, stated_unit=output.unit)
    return Stimulus(source, channel, "reconstructed")


def _measured(recording: Recording, output: Output | None) -> Stimulus | None:
    """Without a protocol: a recorded channel that bears the command's name, if there is one."""
    unit = parse_unit(output.unit) if output else None
    for k, channel in enumerate(recording.channels):
        is_named = any(word in channel.name.lower().split("_") for word in ("cmd", "com", "command"))
        if unit is not None and channel.quantity == unit.quantity and is_named:
            return Stimulus(ChosenChannels(recording.source, (k,)), channel, "recorded")
    return None
