"""Igor Pro's binary waves and packed experiments."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from spikelens.errors import MissingFact, UnknownName, UnreadableFile
from spikelens.readers import Hints, Reader
from spikelens.readers._facts import Trace, channels_of, contradictions, rate_of
from spikelens.readers._igor_waves import Wave, waves_of
from spikelens.readers._opening import identity, reading
from spikelens.recording import Recording, Sweeps
from spikelens.sources import ChainedSource, MappedSource
from spikelens.units import parse_unit

_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 1e-3, "us": 1e-6}
_UNSCALED = 1.0
"""The step of a wave whose x scaling nobody set."""


@dataclass(frozen=True, kw_only=True)
class Igor(Reader):
    """Igor Pro waves (.ibw) and packed experiments (.pxp).

    Waves whose names differ only in the number at the end are the sweeps of one
    recording, so are the columns of a matrix. `--variable` chooses among several, by
    name or counted from 1; by default the first that is a voltage. Samples stay on disk.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".ibw", ".pxp")

    def recognises(self, path: Path, head: bytes) -> bool:
        if path.suffix.lower() == ".pxp":
            return len(head) >= 8
        return head[:2] in (b"\0\2", b"\2\0", b"\0\5", b"\5\0")

    def read(self, path: Path, hints: Hints) -> Recording:
        """Open the waves of one recording; see `Reader.read`."""
        with reading(path, "an Igor file"):
            waves = _chosen(waves_of(path), hints, path)
        first = waves[0]
        trace = Trace(first.name, first.unit)
        if hints.unit is None and parse_unit(first.unit) is None:
            raise MissingFact(_proposal(path, first))
        found = _rate(first)
        lengths = [wave.shape[0] for wave in waves for _ in range(math.prod(wave.shape[1:]))]
        return Recording(
            source=ChainedSource([_source(path, wave) for wave in waves]),
            sampling_rate=rate_of(found, hints),
            channels=channels_of([trace], hints),
            sweeps=Sweeps.of_lengths(lengths),
            header={"format": "Igor", "comment": first.note, "waves": [wave.name for wave in waves]},
            warnings=contradictions(hints, rate=found, traces=[trace]),
            **identity(path, self.method_name()),
        )


def _chosen(waves: list[Wave], hints: Hints, path: Path) -> list[Wave]:
    """The waves of one recording."""
    if not waves:
        raise UnreadableFile(f"{path} holds no numeric wave")
    series = _series(waves)
    if hints.variable is not None:
        return _named(hints.variable, series, {wave.name: wave for wave in waves})
    voltages = [name for name, group in series.items() if _is_voltage(group[0])]
    return series[(voltages or list(series))[0]]


def _series(waves: list[Wave]) -> dict[str, list[Wave]]:
    """Waves that are sweeps of one another, by their name without its number."""
    series: dict[str, list[Wave]] = {}
    for wave in waves:
        stem = re.sub(r"\d+$", "", wave.name)
        group = series.setdefault(stem or wave.name, [])
        if not group or (wave.unit, wave.step) == (group[0].unit, group[0].step):
            group.append(wave)
        else:
            series[wave.name] = [wave]
    return {(name if len(g) > 1 else g[0].name): g for name, g in series.items()}


def _named(variable: str, series: dict[str, list[Wave]], waves: dict[str, Wave]) -> list[Wave]:
    if variable in series:
        return series[variable]
    if variable in waves:
        return [waves[variable]]
    if variable.isdecimal() and 1 <= int(variable) <= len(series):
        return list(series.values())[int(variable) - 1]
    raise UnknownName.among("wave", variable, (f"{k} ({name})" for k, name in enumerate(series, 1)))


def _is_voltage(wave: Wave) -> bool:
    unit = parse_unit(wave.unit)
    return unit is not None and unit.quantity == "voltage"


def _source(path: Path, wave: Wave) -> MappedSource:
    return MappedSource(path, wave.stored, math.prod(wave.shape), 1, wave.offset)


def _rate(wave: Wave) -> float | None:
    seconds = _SECONDS.get(wave.x_unit.lower())
    is_unscaled = not wave.x_unit and wave.step == _UNSCALED
    return None if seconds is None or is_unscaled or wave.step <= 0 else 1 / (wave.step * seconds)


def _proposal(path: Path, wave: Wave) -> str:
    """Which unit to give, as far as the values tell."""
    values = _source(path, wave).read(0, math.prod(wave.shape)).astype(np.float64)
    low, middle, high = np.nanmin(values), np.nanmedian(values), np.nanmax(values)
    said = f"its unit is {wave.unit!r}" if wave.unit else "it has no unit"
    question = f"{path.name}, wave {wave.name}: {said}; values go from {low:.4g} to {high:.4g}"
    for unit, factor in (("mV", 1e3), ("V", 1.0)):
        if -0.12 * factor <= middle <= -0.02 * factor and high < 0.1 * factor:
            return f"{question}, as a membrane potential in {unit} would; if it is, give --unit {unit}"
    return f"{question}; give its unit with --unit, such as --unit mV or --unit pA"
