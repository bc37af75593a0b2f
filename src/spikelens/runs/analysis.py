"""What an analysis command leaves behind: tables, figures, a report, and the record of how it was made.

An analysis is described whole, then written whole: `write_once` makes the folder or finds
that it is there already. `steps`, `respond` and their like differ in what they describe.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spikelens.cards import framed
from spikelens.features import Feature
from spikelens.files import to_json, write_atomically, write_text
from spikelens.html import Table, as_pairs, as_picture, as_section, as_table, head, page
from spikelens.plots.images import png, svg
from spikelens.recording import Recording
from spikelens.runs.placing import RUN_FILE, finished_run, placing, write_record
from spikelens.runs.tables import Rows, write_rows
from spikelens.version import VERSION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REPORT = "report.html"
OF_HEADER = ("date", "protocol", "comment")
"""Facts of a file's header that belong on a page of a lab book."""
SMALL = 5.0
"""Narrower figures do not fill the width of the report, inches."""


@dataclass(frozen=True)
class Picture:
    """A figure with the name of its files and the words below it."""

    name: str
    figure: Figure
    caption: str

    @cached_property
    def drawn(self) -> bytes:
        """The figure as SVG: a file of its own, and part of the report."""
        return svg(self.figure)


class Link(NamedTuple):
    """A way to another page."""

    text: str
    place: str
    """Relative to this page."""


class Section(NamedTuple):
    """A part of the report: paragraphs, tables, figures and links in the order they are read."""

    title: str
    parts: Sequence[str | Table | Picture | Link]


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """All that an analysis of a recording says, before anything is written."""

    command: str
    """The word users type, such as ``steps``."""
    title: tuple[str, str]
    """What the report is of, and the path of what was analysed."""
    telling: Sequence[tuple[str, str]] = ()
    """A few numbers as text, each with what it is."""
    verdict: str
    """The finding in a sentence or two; what the terminal says as well."""
    sections: Sequence[Section] = ()
    tables: Mapping[str, Rows] = field(default_factory=dict)
    """Rows by the name of their CSV."""
    columns: Mapping[str, Sequence[Feature]] = field(default_factory=dict)
    """By table, what its columns mean: they become ``columns.csv``."""
    files: Mapping[str, Callable[[Path], object]] = field(default_factory=dict)
    """What else to write: by path within the folder, what writes it when called with its place."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else ``run.json`` and ``--json`` are to hold: settings, choices, results."""
    chosen: Sequence[tuple[str, str]] = ()
    """Each choice and its reason."""
    warnings: Sequence[str] = ()
    """What to distrust."""
    methods: str = ""
    """For a paper; an empty line parts paragraphs."""
    origin: Sequence[tuple[str, str]] = ()
    """Where the data come from; `origin_of` says it of a recording."""

    def _repr_html_(self) -> str:
        return framed(report_of(self))

    @property
    def pictures(self) -> list[Picture]:
        """The figures of all sections."""
        return [part for section in self.sections for part in section.parts if isinstance(part, Picture)]


def origin_of(recording: Recording) -> list[tuple[str, str]]:
    """Where a recording comes from, in words."""
    written = {f"the file's {name}": str(recording.header.get(name) or "") for name in OF_HEADER}
    ours = {"fingerprint": recording.fingerprint, "version": f"Spikelens {VERSION}"}
    told = {**written, **recording.facts(), **ours}
    return [(what, said) for what, said in told.items() if said and not what.startswith("warning ")]


def key_of(command: str, inputs: Sequence[str], settings: Mapping[str, object]) -> str:
    """What tells one analysis from another: its inputs' fingerprints, its settings and our version."""
    told = {"command": command, "inputs": list(inputs), "settings": settings, "version": VERSION}
    return hashlib.sha256(to_json(told).encode()).hexdigest()


def write_once(
    folder: Path,
    key: str,
    analyse: Callable[[], Analysis],
    *,
    inputs: Sequence[Path] = (),
    force: bool = False,
    again: bool = False,
) -> dict[str, Any]:
    """Do an analysis and write its folder, which appears whole or not at all.

    Parameters
    ----------
    folder : Path
        If it holds this very analysis, nothing is done.
    key : str
        Of `key_of`.
    analyse : callable
        Called only if there is something to do.
    inputs : sequence of Path
        What is read; none of it may lie in a folder that is replaced.
    force : bool
        Replace what another run left in `folder`.
    again : bool
        Do this very analysis even if `folder` holds it.

    Returns
    -------
    dict
        What ``run.json`` holds; with ``already_done`` if nothing was done.

    Raises
    ------
    OutputExists
        The folder holds something else, and `force` was not given.
    WriteFailed
        The system refused; what was there stays.
    """
    done = finished_run(folder, key, force=force, inputs=inputs)
    if done is not None and not again:
        return {**done, "already_done": True}
    analysis = analyse()
    with placing(folder) as under:
        record = write_analysis(analysis, under, key)
    return record


def write_analysis(analysis: Analysis, folder: Path, key: str = "") -> dict[str, Any]:
    """Write an analysis into a folder that is there, the record last; returns the record."""
    _write(analysis, folder)
    record = record_of(analysis, key, [*_names_in(folder), RUN_FILE])
    return write_record(folder, record)


def _names_in(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def record_of(analysis: Analysis, key: str, outputs: Sequence[str]) -> dict[str, Any]:
    """What ``run.json`` says of an analysis."""
    return {
        "schema_version": 1,
        "command": analysis.command,
        "path": analysis.title[1],
        "verdict": analysis.verdict,
        **analysis.facts,
        "chosen": [list(choice) for choice in analysis.chosen],
        "warnings": list(analysis.warnings),
        "outputs": list(outputs),
        "version": VERSION,
        "key": key,
    }


def _write(analysis: Analysis, folder: Path) -> None:
    """Write everything but the record."""
    for name, rows in analysis.tables.items():
        write_rows(folder / f"{name}.csv", rows, columns=[f.name for f in analysis.columns.get(name, ())])
    if analysis.columns:
        write_rows(folder / "columns.csv", column_rows(analysis.columns))
    for picture in analysis.pictures:
        for ending, drawn in (("png", png(picture.figure)), ("svg", picture.drawn)):
            write_atomically(folder / f"{picture.name}.{ending}", lambda out, data=drawn: out.write(data))  # type: ignore[misc]
    for name, write in analysis.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write(folder / name)
    if analysis.methods:
        write_text(folder / "methods.txt", analysis.methods + "\n")
    write_text(folder / REPORT, report_of(analysis))


def column_rows(columns: Mapping[str, Sequence[Feature]]) -> Rows:
    """A row per column of each table: its unit, and the rule it is had by."""
    return [
        {"table": table, "column": f.name, "unit": f.unit, "rule": f.meaning, "ipfx": f.ipfx, "efel": f.efel}
        for table, features in columns.items()
        for f in features
    ]


def report_of(analysis: Analysis) -> str:
    """The report of an analysis: one HTML document that needs nothing else."""
    title = analysis.title[0]
    paragraphs = filter(None, analysis.methods.split("\n\n"))
    methods = "".join(f'<p class="methods">{escape(text)}</p>\n' for text in paragraphs)
    sections = (
        head(
            analysis.command.capitalize(),
            analysis.title,
            analysis.telling,
            analysis.verdict,
            analysis.warnings,
        ),
        *(as_section(section.title, body_of(section)) for section in analysis.sections),
        as_section("What was chosen, and why", as_pairs(analysis.chosen, ("choice", "reason"))),
        as_section("For the methods section", methods),
        as_section("Where it comes from", as_pairs(analysis.origin, ("what", "value"))),
    )
    return page(f"{title}: {analysis.command}", sections, VERSION)


def body_of(section: Section) -> str:
    """The parts in order; small figures that follow one another stand side by side."""
    drawn = []
    for small, parts in groupby(section.parts, _is_small):
        body = "".join(map(_part, parts))
        drawn.append(f'<div class="grid">{body}</div>' if small else body)
    return "".join(drawn)


def _is_small(part: str | Table | Picture | Link) -> bool:
    return isinstance(part, Picture) and part.figure.get_figwidth() < SMALL


def _part(part: str | Table | Picture | Link) -> str:
    if isinstance(part, Link):
        return f'<p><a href="{escape(part.place, quote=True)}">{escape(part.text)}</a></p>\n'
    if isinstance(part, Table):
        return as_table(part)
    if isinstance(part, Picture):
        return as_picture(part.figure, part.caption, part.caption, drawn=part.drawn)
    return f"<p>{escape(part)}</p>\n"
