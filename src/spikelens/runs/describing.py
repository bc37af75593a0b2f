"""What a recording is, before anything is sought in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spikelens.api import default_method
from spikelens.choosing import choose
from spikelens.errors import SpikelensError
from spikelens.missing import missing_runs, missing_warnings
from spikelens.recording import Mode, Recording
from spikelens.runs.words import counted

LONGEST = 300
"""Characters of a header's fact that are shown to a person."""


def described(
    recording: Recording, *, channel: str | None = None, mode: Mode | None = None
) -> dict[str, Any]:
    """Everything `spikelens info` says, as one document."""
    lengths = np.diff(recording.sweeps.bounds) / recording.sampling_rate
    document: dict[str, Any] = {
        "path": str(recording.path),
        "reader": recording.reader,
        "sampling_rate": recording.sampling_rate,
        "duration": recording.duration,
        "n_sweeps": len(recording.sweeps),
        "sweep_durations": [float(lengths.min(initial=np.inf)), float(lengths.max(initial=0))],
        "time_base": recording.time_base,
        "channels": [
            {
                "name": c.name,
                "quantity": c.quantity,
                "stated_unit": c.stated_unit,
                "gain": c.gain,
                "offset": c.offset,
            }
            for c in recording.channels
        ],
        "stimulus": _stimulus(recording),
        "events": {s: len(recording.events.of_source(s)) for s in sorted(set(recording.events.source))},
        "header": dict(recording.header),
    }
    try:
        chosen = choose(recording, channel=channel, mode=mode)
    except SpikelensError as why:
        return document | {"chosen": [], "warnings": [*recording.warnings, str(why)]}
    reasons = list(chosen.reasons)
    if chosen.recording.mode != "voltage-clamp":
        name = default_method(chosen.recording.mode, recording.sampling_rate)
        reasons.append((f"method {name}", "what suits the mode by default"))
    warnings = [
        *chosen.recording.warnings,
        *missing_warnings(chosen.recording, missing_runs(chosen.recording)),
    ]
    return document | {"chosen": reasons, "warnings": warnings}


def _stimulus(recording: Recording) -> dict[str, str] | None:
    if recording.stimulus is None:
        return None
    channel = recording.stimulus.channel
    return {"name": channel.name, "quantity": channel.quantity, "origin": recording.stimulus.origin}


def in_words(document: Mapping[str, Any]) -> str:
    """The document for a person."""
    shortest, longest = document["sweep_durations"]
    each = f"{longest:g} s" if shortest == longest else f"{shortest:g} to {longest:g} s"
    lines = [
        f"{document['path']} (read by {document['reader']})",
        f"  {document['sampling_rate']:g} Hz, {document['duration']:g} s in"
        f" {counted(document['n_sweeps'], 'sweep')} of {each}, {document['time_base']} clock",
    ]
    for k, c in enumerate(document["channels"]):
        lines.append(
            f"  channel {k}: {c['name']}, {c['quantity']}, in {c['stated_unit'] or 'no stated unit'}"
        )
    stimulus = document["stimulus"]
    lines.append(
        f"  stimulus: {stimulus['name']} ({stimulus['origin']})" if stimulus else "  stimulus: not known"
    )
    lines += [f"  events: {count} of {source}" for source, count in document["events"].items()]
    lines += [line for name, value in document["header"].items() for line in _fact(name, value)]
    lines += [f"  would use {choice}: {reason}" for choice, reason in document["chosen"]]
    lines += [f"  warning: {text}" for text in document["warnings"]]
    return "\n".join(lines)


def _fact(name: str, value: object) -> list[str]:
    """A fact of the header in a line, one that has parts in a line for each; nothing if it says nothing."""
    if isinstance(value, Mapping):
        return [line for part, inner in value.items() for line in _fact(f"{name} {part}", _flat(inner))]
    return [] if value in ("", None) else [f"  {name}: {_cut(str(value))}"]


def _flat(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return ", ".join(f"{k.replace('_', ' ')} {_short(v)}" for k, v in value.items() if v is not None)


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _cut(text: str) -> str:
    """Text of at most `LONGEST` characters; ``--json`` has all of it."""
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " ... (--json has all)"
