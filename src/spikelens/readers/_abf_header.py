"""What the header of an Axon Binary File says, the same for versions 1 and 2.

The layout is Axon Instruments' (pCLAMP's "ABF File Support Pack"); fields are read at
their offsets, all little-endian. Neo and pyABF read the same files and check us in the
tests; neither gives all of what is needed here: Neo 0.14 does not read the protocol and
the tags of version 1, pyABF 2.3 not the true starts of its sweeps.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from spikelens.errors import UnreadableFile
from spikelens.readers._facts import Trace

BLOCK = 512
"""Sections begin at multiples of this many bytes."""
GAP_FREE = 3
"""Operation mode of continuous acquisition, in which no protocol runs."""
_OPERATIONS = {1: "variable-length events", 2: "fixed-length events", 3: "gap-free", 4: "oscilloscope"}
_TELEGRAPHED = {0: "voltage-clamp", 1: "current-clamp", 2: "zero-current"}


@dataclass(frozen=True)
class Epoch:
    """One column of the protocol's waveform table; durations in samples of one channel."""

    number: int
    kind: int
    level: float
    level_step: float
    """Added to `level` with each sweep; so for durations."""
    duration: int
    duration_step: int
    period: int
    width: int


@dataclass(frozen=True)
class Output:
    """An analogue output, and the waveform that the protocol sends to it."""

    number: int
    name: str
    unit: str
    holding: float
    is_enabled: bool
    waveform_source: int
    """0 none, 1 epochs, 2 a file."""
    keeps_last_level: bool
    """Between sweeps the last epoch's level stays, instead of the holding level."""
    epochs: tuple[Epoch, ...] = ()


@dataclass(frozen=True)
class DigitalOutputs:
    """Bits that the protocol sets, by number of the epoch."""

    output: int
    """The analogue output whose epochs time them."""
    steady: Mapping[int, int] = field(default_factory=dict)
    train: Mapping[int, int] = field(default_factory=dict)
    """Bits that follow the epoch's pulse train."""


@dataclass(frozen=True)
class Layout:
    """Where samples stand in the file, and how they are cut into sweeps."""

    stored: str
    start: int
    """First byte of the samples."""
    n_values: int
    """Of all channels together."""
    operation: int
    sampling_rate: float
    """Of one channel, Hz."""
    synch: tuple[tuple[int, int], ...]
    """Per sweep: start, in ticks, and number of values of all channels."""
    tick: float
    """s"""


@dataclass(frozen=True)
class AbfHeader:
    """Everything of the header that a recording needs."""

    layout: Layout
    traces: tuple[Trace, ...]
    outputs: tuple[Output, ...]
    digital: DigitalOutputs
    active_output: int
    tags: tuple[tuple[float, str], ...]
    """Time (s) and comment."""
    is_alternating: bool
    """Sweeps take turns between the first two outputs."""
    has_user_list: bool
    """A list changes the protocol from sweep to sweep; the epochs do not tell it."""
    facts: Mapping[str, object]


class Fields:
    """Numbers and texts at offsets of an open file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = file.seek(0, 2)

    def bytes_at(self, offset: int, size: int) -> bytes:
        self.check(offset, size)
        self._file.seek(offset)
        return self._file.read(size)

    def check(self, offset: int, size: int) -> None:
        """Refuse bytes that the file does not have, before a damaged count asks for them."""
        if min(offset, size) < 0 or offset + size > self._size:
            raise UnreadableFile(
                f"the header of {self._file.name} is cut off or damaged; copy the file again"
            )

    def all_at(self, offset: int, form: str) -> tuple[Any, ...]:
        """Values of a `struct` form, such as ``"16f"``."""
        return struct.unpack("<" + form, self.bytes_at(offset, struct.calcsize("<" + form)))

    def at(self, offset: int, form: str) -> Any:
        """One value."""
        return self.all_at(offset, form)[0]

    def table(self, offset: int, layout: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
        """Named values at offsets counted from `offset`."""
        return {name: self.at(offset + at, form) for name, (at, form) in layout.items()}


def text_of(raw: bytes) -> str:
    """Text as Axon writes it: Windows Latin, padded with blanks or zeros."""
    return raw.partition(b"\0")[0].decode("cp1252", errors="replace").strip()


def tick_length(unit: float, sampling_rate: float, n_channels: int) -> float:
    """Seconds per tick of sweep starts and tags; `unit` in microseconds.

    A unit of 0 means values of all channels, one after the other.
    """
    return unit * 1e-6 if unit else 1 / (sampling_rate * n_channels)


def input_facts(adc: Mapping[str, Any]) -> dict[str, object]:
    """What the amplifier told of one input: gain, filter and mode, for the header."""
    has_telegraph = bool(adc["telegraph_enabled"])
    return {
        "telegraph_enabled": has_telegraph,
        "telegraph_gain": adc["telegraph_gain"] if has_telegraph else 1.0,
        "telegraph_filter_hz": adc["telegraph_filter"] if has_telegraph else None,
        "telegraph_mode": _TELEGRAPHED.get(adc["telegraph_mode"]) if has_telegraph else None,
        "lowpass_filter_hz": adc["lowpass"],
        "volts_per_unit": adc["scale_factor"] * adc["signal_gain"] * adc["programmable_gain"],
    }


def trace_of(name: str, unit: str, adc: Mapping[str, Any], volts_per_count: float | None) -> Trace:
    """One input; `volts_per_count` at the digitiser, or None if values are stored as numbers."""
    if volts_per_count is None:
        return Trace(name, unit)
    gain = volts_per_count / (adc["scale_factor"] * adc["signal_gain"] * adc["programmable_gain"])
    gain /= adc["telegraph_gain"] if adc["telegraph_enabled"] else 1.0
    return Trace(name, unit, gain, adc["instrument_offset"] - adc["signal_offset"])


def operation_name(operation: int) -> str:
    """The acquisition mode in words."""
    return _OPERATIONS.get(operation, "episodic")
