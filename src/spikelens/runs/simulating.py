"""Simulated recordings as files, with the truth beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spikelens import rooms
from spikelens.errors import BadParameter, UnknownName
from spikelens.runs.steps import refuse_to_replace
from spikelens.runs.tables import write_rows
from spikelens.simulation import Tones, Truth, simulate
from spikelens.summary import Row

TRUTH_COLUMNS = ("time", "sample_index", "height", "visible", "kind")
TONE_COLUMNS = ("start", "stop", "frequency", "level", "share", "volley")


def parsed_overrides(texts: Sequence[str]) -> dict[str, object]:
    """Parameters from ``name=value``; ``name=low,high`` is a range to draw from.

    Values stay text: the parameter they are for knows what they must be.
    """
    overrides: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadParameter(f"cannot read {text!r}: write NAME=VALUE")
        low, comma, high = value.partition(",")
        overrides[name.strip()] = (low, high) if comma else value
    return overrides


def parsed_tones(text: str) -> dict[str, object]:
    """Parameters that play so many frequencies at so many levels.

    >>> parsed_tones("16x7")
    {'tones': True, 'tone_frequencies': 16, 'tone_levels': 7}
    """
    frequencies, times, levels = text.lower().partition("x")
    if not frequencies.isdecimal() or not (levels or "1").isdecimal() or times != "x" * bool(levels):
        raise BadParameter(f"cannot read {text!r}: write FREQUENCIESxLEVELS, such as 16x7")
    return {"tones": True, "tone_frequencies": int(frequencies), "tone_levels": int(levels or "1")}


def write_simulation(
    out: Path, asked: Mapping[str, Any], overrides: Mapping[str, Any], *, force: bool
) -> Path:
    """Simulate and write a recording; the truth goes beside it, as the ``.truth.csv`` that is returned.

    Where ``tone_frequencies`` is among `overrides`, a ``.tones.csv`` goes there as well.
    """
    exporter = _exporter(out)
    truth_path, tones_path = out.with_suffix(".truth.csv"), out.with_suffix(".tones.csv")
    has_tones = "tone_frequencies" in overrides
    for path in (out, truth_path, *([tones_path] if has_tones else [])):
        refuse_to_replace(path, force=force)
    simulation = simulate(**asked, **overrides)
    exporter.write_recording(out, simulation.recording)
    write_rows(truth_path, _truth_rows(simulation.truth), columns=TRUTH_COLUMNS)
    if has_tones:
        write_rows(tones_path, _tone_rows(simulation.tones), columns=TONE_COLUMNS)
    return truth_path


def _tone_rows(tones: Tones) -> list[Row]:
    columns = [getattr(tones, name).tolist() for name in TONE_COLUMNS]
    return [dict(zip(TONE_COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]


def _truth_rows(truth: Truth) -> list[Row]:
    columns = (truth.time, truth.sample_index, truth.height, truth.visible, truth.kind)
    return [
        {
            "time": f"{time:.7f}",
            "sample_index": int(at),
            "height": float(height),
            "visible": int(seen),
            "kind": str(kind),
        }
        for time, at, height, seen, kind in zip(*columns, strict=True)
    ]


def _exporter(out: Path) -> Any:
    suffixes = {s: name for name in rooms.names("exporters") for s in rooms.load("exporters", name).suffixes}
    if out.suffix.lower() not in suffixes:
        raise UnknownName.among("file ending to write", out.suffix, sorted(suffixes))
    return rooms.load("exporters", suffixes[out.suffix.lower()])()
