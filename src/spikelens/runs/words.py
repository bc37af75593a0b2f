"""What a run did, in words: the paragraph for a paper, and the screen after a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spikelens import rooms
from spikelens.recording import Recording
from spikelens.runs.placing import changed_in
from spikelens.runs.request import Request
from spikelens.spikes import Spikes

SCREENS = 3
"""Of more recordings than this, each gets one line on the screen."""


def counted(n: int, noun: str) -> str:
    """A number with its noun: ``1 spike``, ``2 spikes``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def methods_paragraph(recording: Recording, spikes: Spikes, request: Request | None = None) -> str:
    """A paragraph for a paper: version, rules, settings, counts and citations."""
    request = request or Request()
    made = spikes.provenance
    channel = recording.channels[0]
    observed = spikes.stretches.n_samples() / spikes.sampling_rate
    where = (
        f"channel {channel.name} of {recording.name} ({recording.mode}, {recording.sampling_rate:g} Hz,"
        f" {counted(len(recording.sweeps), 'sweep')}, {observed:.6g} s observed)"
    )
    if recording.mode == "voltage-clamp":
        return (
            f"No spikes were sought by Spikelens {made.version} on {where}, since the membrane was held"
            " in voltage clamp."
        )
    sentences = [
        f"Spikes were {'measured' if were_given(spikes) else 'detected'} with Spikelens {made.version}"
        f" on {where}.",
        *_left_out(recording, request),
        *_method_words(spikes),
        *_feature_words(spikes),
        f"Spike times are those of the {request.align}, on the {recording.time_base} clock of the recording.",
        f"{counted(len(spikes), 'spike')} {'was' if len(spikes) == 1 else 'were'} found.",
        f"To cite: {'; '.join(_works(spikes))}.",
    ]
    return " ".join(sentences)


def _left_out(recording: Recording, request: Request) -> list[str]:
    """What was not looked at because the user said so."""
    sentences = []
    if request.start is not None or request.stop is not None:
        start = "the beginning" if request.start is None else f"{request.start:g} s"
        stop = "the end" if request.stop is None else f"{request.stop:g} s"
        sentences.append(f"Only the time from {start} to {stop} was analysed.")
    if request.blank:
        n = sum(label == "blank" for label in recording.events.label)
        sentences.append(
            f"The time around {counted(n, 'event')} ({', '.join(request.blank)}) was blanked before detection"
            " and left out of all rates and intervals."
        )
    return sentences


def _method_words(spikes: Spikes) -> list[str]:
    made = spikes.provenance
    if were_given(spikes):
        return ["The times of spikes were given."]
    way = way_of(spikes)
    method = rooms.load("detectors", made.method)
    sentences = [
        f"The method {made.method} ({_summary(method)}) was used with"
        f" {settings_words(method, made.parameters)}; spikes were sought {way}."
    ]
    if made.filter:
        filter_ = rooms.load("filters", str(made.filter["name"]))
        settings = settings_words(filter_, {k: v for k, v in made.filter.items() if k != "name"})
        sentences.append(f"The trace was first filtered ({made.filter['name']}: {settings}).")
    return sentences


def way_of(spikes: Spikes) -> str:
    """Which way spikes were sought."""
    return {1: "upwards", -1: "downwards"}.get(spikes.provenance.polarity, "in both directions")


def were_given(spikes: Spikes) -> bool:
    """Whether someone else, none of our methods, said where spikes are."""
    return spikes.provenance.method not in rooms.names("detectors")


def _feature_words(spikes: Spikes) -> list[str]:
    made = spikes.provenance
    if not made.feature_rule or not len(spikes):
        return []
    rule = rooms.load("features", made.feature_rule)
    settings = settings_words(rule, made.feature_parameters)
    told = f"; {settings}" if settings else ""
    sentences = [f"Features follow the rule {made.feature_rule} ({_summary(rule)}{told})."]
    voltages = [meaning for name, meaning in spikes.rules.items() if name.endswith("_v")]
    if voltages:
        sentences.append(f"Voltages were {voltages[0].rpartition('(')[2].rstrip(')')}.")
    return sentences


def _summary(method: type[Any]) -> str:
    summary: str = method.summary().rstrip(".")
    return summary


def settings_words(method: type[Any], parameters: Mapping[str, object]) -> str:
    """A method's settings for a sentence, with their units."""
    units = {p.name: p.unit for p in method.schema()}
    given = {name: value for name, value in parameters.items() if value is not None}
    return ", ".join(_setting(name.replace("_", " "), v, units.get(name, "")) for name, v in given.items())


def _setting(name: str, value: object, unit: str) -> str:
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name} {value:g} {unit}".strip() if isinstance(value, float) else f"{name} {value}"


def _works(spikes: Spikes) -> list[str]:
    """Spikelens, and the works that the methods used are owed to, each once."""
    made = spikes.provenance
    used = [] if were_given(spikes) else [("detectors", made.method)]
    if made.filter:
        used.append(("filters", str(made.filter["name"])))
    if made.feature_rule and len(spikes):
        used += [("features", made.feature_rule), ("features", "train")]
    works = [work for room, name in used for work in rooms.load(room, name).references]
    return list(dict.fromkeys([f"Spikelens {made.version}", *works]))


def screens(records: Sequence[Mapping[str, Any]]) -> str:
    """What a person reads after a run: a few recordings in full, many in a line each."""
    if len(records) <= SCREENS:
        return "\n".join(screen(record) for record in records)
    names = [Path(record["outputs"][0]).parent.name for record in records]
    widest = max(map(len, names))
    lines = []
    for name, record in zip(names, records, strict=True):
        notes = [f"{counted(len(record['warnings']), 'warning')}"] if record["warnings"] else []
        notes += ["done already"] if record.get("already_done") else []
        count = f"{record['n_spikes']:7d} spikes  {_number(record['rate']):>8} per s"
        if record["mode"] == "voltage-clamp":
            count = f"{'no spikes sought':>{len(count)}}"
        lines.append(f"{name:{widest}}  {count}  {record['mode']:13}  {', '.join(notes)}".rstrip())
    return "\n".join(lines)


def screen(record: Mapping[str, Any]) -> str:
    """What a person reads after a run of one recording, one screen at most."""
    sweeps = counted(record["n_sweeps"], "sweep")
    if record["mode"] == "voltage-clamp":
        found = f"no spikes sought in {record['exposure']:.6g} s, {sweeps}; voltage-clamp"
    else:
        found = (
            f"{counted(record['n_spikes'], 'spike')} in {record['exposure']:.6g} s"
            f" ({_number(record['rate'])} per s), {sweeps}; method {record['method']}, {record['mode']}"
        )
    lines = [f"{record['path']}", f"  {found}"]
    lines += [f"  {feature}" for feature in _telling(record)]
    lines += [f"  {trust}" for trust in _trust(record)]
    lines += [f"  warning: {text}" for text in record["warnings"]]
    already = " (was done already)" if record.get("already_done") else ""
    folder = Path(record["outputs"][0]).parent
    lines += [f"  {name} was not as it had been written, and is kept" for name in changed_in(folder)]
    lines.append(f"  results in {folder}{already}")
    return "\n".join(lines)


def _telling(record: Mapping[str, Any]) -> list[str]:
    """A line for each of the few features that tell most."""
    scales = {"V": (1e3, "mV"), "A": (1e12, "pA"), "s": (1e3, "ms"), "V/s": (1.0, "V/s")}
    lines = []
    for row in record["features"]:
        if row["feature"] in ("height", "threshold_v", "width", "upstroke", "size") and row["n"]:
            factor, unit = scales.get(row["unit"], (1.0, row["unit"]))
            low, middle, high = (row[k] * factor for k in ("lower_quartile", "median", "upper_quartile"))
            lines.append(
                f"{row['feature']:12} {middle:9.4g} {unit:4} [{low:.4g} to {high:.4g}], n {row['n']}"
            )
    return lines


def _trust(record: Mapping[str, Any]) -> list[str]:
    """How far to believe what was found, in a line or two."""
    lines = []
    judged, taught = record.get("judgement"), record.get("taught")
    if judged and record["n_spikes"]:
        lines.append(
            f"the model expects {judged['expected_precision']:.1%} of them to be spikes and"
            f" {judged['expected_missed']:.1f} missed, if {judged['assumes']}"
        )
    if taught:
        n_labels = taught["spikes"] + taught["others"]
        lines.append(
            f"taught by {n_labels} labels ({taught['spikes']} spikes, {taught['others']} others), of which"
            f" {taught['came_out_as_labelled']} came out as labelled"
        )
    return lines


def failure(path: Path, why: Exception) -> str:
    """An error as one line that names its file once."""
    said = str(why)
    if said.startswith(str(path)):
        return said
    return f"{path}: {said.removeprefix(f'{path.stem}: ')}"


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) and value == value else "?"
