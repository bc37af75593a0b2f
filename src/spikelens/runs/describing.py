"""What a recording is, before anything is sought in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spikelens.api import default_method
from spikelens.choosing import choose
from spikelens.errors import SpikelensError
from spikelens.recording import Mode, Recording


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
    used = (f"method {default_method(chosen.recording.mode)}", "what suits the mode by default")
    return document | {"chosen": [*chosen.reasons, used], "warnings": list(chosen.recording.warnings)}


def _stimulus(recording: Recording) -> dict[str, str] | None:
    if recording.stimulus is None:
        return None
    channel = recording.stimulus.channel
    return {"name": channel.name, "quantity": channel.quantity, "origin": recording.stimulus.origin}


def in_words(document: Mapping[str, Any]) -> str:
    """The document for a person."""
    shortest, longest = document["sweep_durations"]
    each = f"{longest:g} s each" if shortest == longest else f"{shortest:g} to {longest:g} s"
    lines = [
        f"{document['path']} (read by {document['reader']})",
        f"  {document['sampling_rate']:g} Hz, {document['duration']:g} s in {document['n_sweeps']} sweep(s)"
        f" of {each}, {document['time_base']} clock",
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
    lines += [f"  {name}: {value}" for name, value in document["header"].items() if value not in ("", None)]
    lines += [f"  would use {choice}: {reason}" for choice, reason in document["chosen"]]
    lines += [f"  warning: {text}" for text in document["warnings"]]
    return "\n".join(lines)
