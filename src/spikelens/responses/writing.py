"""Responses of a file: found, measured, and described for their folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikelens import api
from spikelens.choosing import choose
from spikelens.files import fingerprint
from spikelens.html import Table
from spikelens.responses import columns, figures, tables, words
from spikelens.responses.csvfiles import joined
from spikelens.responses.plan import Plan
from spikelens.responses.running import Responses, respond
from spikelens.responses.sources import stimuli_from, usual_source
from spikelens.runs.analysis import Analysis, Picture, Section, key_of, origin_of, write_once
from spikelens.runs.blanks import blank_events
from spikelens.runs.finding import find_in
from spikelens.runs.request import Request
from spikelens.runs.steps import read_spike_times, spikes_at

if TYPE_CHECKING:
    from spikelens.recording import Recording
    from spikelens.spikes import Spikes

LISTED = 40
"""Conditions listed in the report; the table beside it has them all."""
TOLD = (
    "trials",
    "rate",
    "evoked_rate",
    "evoked_low",
    "evoked_high",
    "response",
    "p_corrected",
    "share_one",
    "share_more",
    "latency",
    "jitter",
    "fano_factor",
)
"""Columns listed in the report."""


@dataclass(frozen=True)
class Asked:
    """What is asked of one file."""

    plan: Plan
    events: str | None = None
    """Where stimuli come from; by default what the recording names, see `usual_source`."""
    request: Request = field(default_factory=Request)
    conditions: Path | None = None
    """A CSV with more conditions of the stimuli."""
    spikes: Path | None = None
    """Spikes found before; they are not sought again then."""

    @property
    def inputs(self) -> list[Path]:
        """Files beside the recording."""
        named = [Path(self.events)] if self.events and Path(self.events).is_file() else []
        return [*named, *(p for p in (self.conditions, self.spikes) if p is not None)]


def respond_file(path: Path, folder: Path, asked: Asked, *, force: bool = False) -> dict[str, Any]:
    """Measure the responses in one file and write their folder.

    Parameters
    ----------
    path : Path
        A recording.
    folder : Path
        Appears whole or not at all; if it holds these very results, nothing is done.
    asked : Asked
    force : bool
        Replace what another run left in `folder`.

    Returns
    -------
    dict
        What ``run.json`` holds.
    """
    recording = api.read(path, **asked.request.hints)
    settings = {"events": asked.events or "", **asked.plan.facts(), "find": asked.request.facts()}
    inputs = [recording.fingerprint, *map(fingerprint, asked.inputs)]
    key = key_of("respond", inputs, settings)

    def analyse() -> Analysis:
        responses, warned = _responses(recording, asked)
        return describe(responses, settings, warned)

    read = [path, *asked.inputs, *asked.request.files]
    return write_once(folder, key, analyse, inputs=read, force=force)


def _responses(recording: Recording, asked: Asked) -> tuple[Responses, Sequence[str]]:
    # Before the search, which takes longer: what is wrong with the stimuli is said at once.
    stimuli = stimuli_from(recording, asked.events or usual_source(recording))
    one, spikes, warned = _spikes(recording, asked)
    if asked.conditions is not None:
        stimuli = joined(stimuli, asked.conditions)
    return respond(one, spikes, stimuli, **asked.plan.facts()), warned


def _spikes(recording: Recording, asked: Asked) -> tuple[Recording, Spikes, Sequence[str]]:
    """The channel, its spikes, and what to distrust of both."""
    if asked.spikes is None:
        found = find_in(recording, asked.request)
        return found.recording, found.spikes, found.warnings
    chosen = choose(recording, channel=asked.request.channel, mode=asked.request.mode)
    spikes = spikes_at(chosen.recording, read_spike_times(asked.spikes), chosen.polarity)
    blank = blank_events(chosen.recording, asked.request.blank)
    start, stop = asked.request.start, asked.request.stop
    where = api.observed(chosen.recording, blank=blank, start=start, stop=stop)
    kept = spikes.take(where.at(spikes.sample_index) >= 0)
    return chosen.recording, replace(kept, stretches=where), chosen.recording.warnings


def describe(found: Responses, settings: Mapping[str, Any], warned: Sequence[str] = ()) -> Analysis:
    """Everything that the folder of responses says."""
    recording = found.recording
    rows = tables.condition_rows(found)
    tuned = tables.tuning_rows(found)
    return Analysis(
        command="respond",
        title=(recording.name, str(recording.path or "")),
        telling=_telling(found),
        verdict=words.verdict(found),
        sections=_sections(found, rows, tuned),
        tables={
            "responses": rows,
            "trials": tables.trial_rows(found),
            "psth": tables.psth_rows(found),
            **({"tuning": tuned} if tuned else {}),
        },
        columns={
            "responses": (*tables.condition_columns(found), *columns.COLUMNS),
            "trials": (*tables.condition_columns(found), *columns.TRIAL_COLUMNS),
            "psth": (*tables.condition_columns(found), *columns.PSTH_COLUMNS),
        },
        facts={"settings": settings, "responses": rows, "tuning": tuned, "n_spikes": len(found.spikes)},
        chosen=words.choices(found),
        warnings=(*warned, *found.warnings),
        methods=words.methods(found),
        origin=origin_of(recording),
    )


def _telling(found: Responses) -> list[tuple[str, str]]:
    excited = int((found.evidence.response == "excited").sum())
    n = len(found.trials.conditions)
    return [
        (f"{len(found.trials):,}", "trials"),
        (f"{n:,}", "condition" if n == 1 else "conditions"),
        (f"{excited:,}", "excited the cell"),
        (f"{int(found.counts.n.sum()):,}", "spikes in the windows"),
    ]


def _sections(found: Responses, rows: list[Any], tuned: list[Any]) -> list[Section]:
    drawn: list[str | Table | Picture] = [
        Picture(
            "raster",
            figures.raster_figure(found),
            "Above: a tick per spike, a line per trial. Below: the rate of all trials with its 95 % band;"
            " dashed, the spontaneous rate. Shaded: the window (orange) and the baseline (grey).",
        )
    ]
    late = Picture(
        "latency",
        figures.latency_figure(found),
        "First spikes in the window; the line shows what the spontaneous rate alone would give.",
    )
    sections = [
        Section("What followed the stimuli", drawn),
        Section("When the first spike came", [late]),
    ]
    if found.tuning is not None:
        sections.append(Section("Tuning", _tuning(found, tuned)))
    return [*sections, Section("In numbers", [_listed(rows)])]


def _tuning(found: Responses, tuned: list[Any]) -> list[str | Table | Picture]:
    tuning = found.tuning
    assert tuning is not None
    units = found.trials.stimuli.units
    parts: list[str | Table | Picture] = []
    if tuning.level:
        caption = "Evoked rate; a dot marks conditions that excite beyond chance."
        parts.append(Picture("map", figures.map_figure(tuning), caption))
    caption = "Evoked rate with its 95 % interval; dotted, the best value."
    parts.append(Picture("tuning", figures.tuning_figure(tuning, units.get(tuning.factor, "")), caption))
    body = [[row[name] for name in ("measure", "value", "in")] for row in tuned]
    return [*parts, Table("Measures of tuning", ["measure", "value", "in"], body, "; ".join(tuning.notes))]


def _listed(rows: list[Any]) -> Table:
    names = [*(n for n in rows[0] if n not in {f.name for f in columns.COLUMNS}), *TOLD]
    # The strongest answers first, where not all can be shown.
    shown = rows if len(rows) <= LISTED else sorted(rows, key=_strength)[:LISTED]
    note = f"The {LISTED} strongest of {len(rows)}; responses.csv has all." if len(shown) < len(rows) else ""
    header = [name.replace("_", " ") for name in names]
    return Table("Conditions", header, [[_told(row[name]) for name in names] for row in shown], note)


def _strength(row: Mapping[str, Any]) -> float:
    rate = row["evoked_rate"]
    return -rate if rate == rate else float("inf")


def _told(value: object) -> object:
    return None if isinstance(value, float) and value != value else value
