"""The figure and the report of a run."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path

from spikelens.files import write_atomically, write_text
from spikelens.html import ReportFacts, Table, feature_table, report
from spikelens.plots.images import png
from spikelens.plots.overview import overview
from spikelens.runs import kindwords
from spikelens.runs.analysis import Link, body_of
from spikelens.runs.finding import Found
from spikelens.runs.kindreport import sections_of
from spikelens.runs.kinds import Named
from spikelens.runs.reading_on import reading_on
from spikelens.runs.words import methods_paragraph, were_given
from spikelens.summary import Row, feature_rows

DRAWING = threading.Lock()
"""Matplotlib's settings are the process's: one thread draws at a time."""
LEFT_OUT = "Values that the sampling, a filter or the electrode limits are left out."
SWEEPS_SHOWN = 60
"""A report lists no more sweeps than this; the table beside it has them all."""


def write_figure(found: Found, path: Path) -> None:
    """Write the whole recording and zooms on a few spikes, as PNG."""
    picture = png(overview(found.recording, found.spikes))
    write_atomically(path, lambda out: out.write(picture))


def methods_of(found: Found, named: Named | None = None) -> str:
    """The paragraph for a paper, with that of kinds if they were named."""
    paragraph = methods_paragraph(found.recording, found.spikes, found.request)
    return f"{paragraph} {kindwords.methods(named)}" if named else paragraph


def write_report(found: Found, path: Path, named: Named | None = None, *, pages: Sequence[Link] = ()) -> None:
    """Write the self-contained report; `pages` are those that lie beside it."""
    onwards = reading_on(found, pages)
    recording, spikes = found.recording, found.spikes
    facts = ReportFacts(
        title=recording.name,
        path=str(recording.path or ""),
        chosen=(*found.chosen.reasons, *_method_choice(found), *_more_choices(found)),
        warnings=found.warnings,
        tables=_tables(found),
        methods=methods_of(found, named),
        trust=found.judgement.sentences if found.judgement else (),
        more=[(part.title, body_of(part)) for part in sections_of(recording, named)] if named else (),
        last=[(onwards.title, body_of(onwards))],
    )
    write_text(path, report(recording, spikes, facts))


def _tables(found: Found) -> list[Table]:
    """The sweeps and, where there are spikes, their features."""
    tables = [_sweep_table(found.sweeps)]
    measured = [row for row in feature_rows(found.spikes) if row["n"]]
    return [*tables, feature_table(measured, LEFT_OUT)] if measured else tables


def _method_choice(found: Found) -> list[tuple[str, str]]:
    """The method and why; none was used on a held membrane."""
    if found.recording.mode == "voltage-clamp":
        return []
    made = found.spikes.provenance
    settings = ", ".join(f"{k} {v}" for k, v in made.parameters.items() if v is not None)
    if were_given(found.spikes):
        return [("spikes at times that were given", "as asked")]
    why = "as asked" if found.request.method else f"what suits {found.recording.mode} by default"
    return [(f"method {made.method} ({settings})", why)]


def _more_choices(found: Found) -> list[tuple[str, str]]:
    recording = found.recording
    clock = {
        "recorded": "the file says when each sweep began",
        "chained": "the file does not say when sweeps began",
    }
    choices = [(f"{recording.time_base} clock", clock[recording.time_base])]
    if found.request.blank:
        choices.append(
            (f"blanked {', '.join(found.request.blank)}", "as asked; left out of every rate and interval")
        )
    return choices


def _sweep_table(rows: Sequence[Row]) -> Table:
    shown = [*rows[:SWEEPS_SHOWN], rows[-1]] if len(rows) > SWEEPS_SHOWN + 1 else list(rows)
    names = [name for name in rows[0] if any(_is_told(row.get(name)) for row in shown)]
    note = f"The first {SWEEPS_SHOWN} sweeps; sweeps.csv has all." if len(shown) < len(rows) else ""
    header = [name.replace("_", " ") for name in names]
    return Table("Sweeps", header, [[_cell(row.get(name)) for name in names] for row in shown], note)


def _cell(value: object) -> object:
    return value if _is_told(value) else None


def _is_told(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))
