"""What a run did, in words: the paragraph for a paper, and the screen after a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spikelens import rooms
from spikelens.recording import Recording
from spikelens.spikes import Spikes


def methods_paragraph(recording: Recording, spikes: Spikes, align: str = "peak") -> str:
    """A paragraph for a paper: version, rules, settings and counts."""
    made = spikes.provenance
    channel = recording.channels[0]
    way = {1: "upwards", -1: "downwards"}.get(made.polarity, "in both directions")
    observed = spikes.stretches.n_samples() / spikes.sampling_rate
    sentences = [
        f"Spikes were detected with Spikelens {made.version} on channel {channel.name} of {recording.name}"
        f" ({recording.mode}, {recording.sampling_rate:g} Hz, {len(recording.sweeps)} sweep(s),"
        f" {observed:.6g} s observed).",
        f"The method {made.method} ({rooms.load('detectors', made.method).summary().rstrip('.')})"
        f" was used with {_settings(made.method, made.parameters)}; spikes were sought {way}.",
    ]
    if made.filter:
        settings = ", ".join(f"{k} {v}" for k, v in made.filter.items() if k != "name" and v is not None)
        sentences.append(f"The trace was first filtered ({made.filter['name']}: {settings}).")
    if made.feature_rule:
        summary = rooms.load("features", made.feature_rule).summary().rstrip(".")
        sentences.append(f"Features follow the rule {made.feature_rule} ({summary}).")
    sentences.append(_junction_words(spikes))
    sentences.append(
        f"Spike times are those of the {align}, on the {recording.time_base} clock of the recording."
    )
    sentences.append(f"{len(spikes)} spikes were found.")
    return " ".join(s for s in sentences if s)


def _settings(method: str, parameters: Mapping[str, object]) -> str:
    units = {p.name: p.unit for p in rooms.load("detectors", method).schema()}
    told = [
        f"{name.replace('_', ' ')} {value:g} {units[name]}".strip()
        if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in parameters.items()
        if value is not None
    ]
    return ", ".join(told) or "no settings"


def _junction_words(spikes: Spikes) -> str:
    rules = [rule for name, rule in spikes.rules.items() if name.endswith("_v")]
    if not rules:
        return ""
    return f"Voltages were {rules[0].rpartition('(')[2].rstrip(')')}."


def screen(record: Mapping[str, Any]) -> str:
    """What a person reads after a run, one screen at most."""
    lines = [
        f"{record['path']}",
        f"  {record['n_spikes']} spikes in {record['exposure']:.6g} s ({_number(record['rate'])} per s),"
        f" {record['n_sweeps']} sweep(s); method {record['method']}, {record['mode']}",
    ]
    lines += [f"  {feature}" for feature in _telling(record)]
    lines += [f"  warning: {text}" for text in record["warnings"]]
    already = " (was done already)" if record.get("already_done") else ""
    folder = record["outputs"][0].rpartition("/")[0] if record["outputs"] else ""
    return "\n".join([*lines, f"  results in {folder}{already}"])


def _telling(record: Mapping[str, Any]) -> list[str]:
    """A line for each of the few features that tell most."""
    scales = {"V": (1e3, "mV"), "A": (1e12, "pA"), "s": (1e3, "ms"), "V/s": (1.0, "V/s")}
    lines = []
    for row in record["features"]:
        if row["feature"] in ("height", "threshold_v", "width", "upstroke", "size") and row["n"]:
            factor, unit = scales.get(row["unit"], (1.0, row["unit"]))
            low, middle, high = (row[k] * factor for k in ("lower_quartile", "median", "upper_quartile"))
            lines.append(f"{row['feature']:12} {middle:9.4g} {unit}  [{low:.4g} to {high:.4g}], n {row['n']}")
    return lines


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else "?"
