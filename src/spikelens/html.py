"""The report: one HTML file that needs nothing else, in the order of a physiologist's questions.

What was found, the trace, can I believe it, what the spikes are like, what was chosen
and why, how to write it up, and where it came from. Figures lie inside as SVG; there
is no script, and every text is escaped.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from spikelens.evidence import evidence
from spikelens.plots.heights import heights
from spikelens.plots.images import canvas, svg
from spikelens.plots.intervals import intervals
from spikelens.plots.phase_plane import phase_plane
from spikelens.plots.rate import rate
from spikelens.plots.trace import trace
from spikelens.plots.waveforms import waveforms
from spikelens.prefixes import quantity
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REM_PER_INCH = 7.2
"""How large figures are shown: one of the page's width is 8.6 inches wide."""


class Table(NamedTuple):
    """A table for people: text as it is, numbers with four digits, None as a dash."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]
    note: str = ""


@dataclass(frozen=True)
class ReportFacts:
    """What a report says beside what the recording and its spikes hold."""

    title: str
    path: str = ""
    chosen: Sequence[tuple[str, str]] = ()
    """Each choice and its reason."""
    warnings: Sequence[str] = ()
    tables: Sequence[Table] = ()
    methods: str = ""
    """A paragraph for a paper."""
    trust: Sequence[str] = ()
    """How far to believe the spikes, and what that rests on."""
    more: Sequence[tuple[str, str]] = ()
    """Further sections after the spikes' likeness: title, and body as HTML."""
    last: Sequence[tuple[str, str]] = ()
    """The same, at the end."""


def report(recording: Recording, spikes: Spikes, facts: ReportFacts) -> str:
    """Write the report of one recording.

    Parameters
    ----------
    recording : Recording
        Of the channel the spikes were found in.
    spikes : Spikes
    facts : ReportFacts

    Returns
    -------
    str
        A whole HTML document; UTF-8 is declared.
    """
    sections = (
        _found(recording, spikes, facts),
        as_section("The recording", _trace(recording, spikes)),
        as_section("Can I believe it?", _belief(recording, spikes, facts.trust)),
        as_section("What the spikes are like", _likeness(recording, spikes)),
        *(as_section(title, body) for title, body in facts.more),
        as_section("In numbers", "".join(map(as_table, facts.tables))),
        as_section("What was chosen, and why", as_pairs(facts.chosen, ("choice", "reason"))),
        as_section("For the methods section", _methods(facts.methods)),
        as_section("Where it comes from", _provenance(recording, spikes)),
        *(as_section(title, body) for title, body in facts.last),
    )
    return page(f"{facts.title}: spikes", sections, spikes.provenance.version)


def page(title: str, sections: Iterable[str], version: str) -> str:
    """A whole document of sections that are HTML already; empty ones are left out."""
    style = files("spikelens").joinpath("report.css").read_text("utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(filter(None, sections))
        + f"\n<footer>Made by Spikelens {escape(version)}.</footer>\n</body>\n</html>\n"
    )


def as_section(title: str, body: str) -> str:
    """A section with its heading; nothing if there is nothing in it."""
    return f"<section>\n<h2>{escape(title)}</h2>\n{body}\n</section>" if body else ""


def _found(recording: Recording, spikes: Spikes, facts: ReportFacts) -> str:
    """The head: the counts, one sentence, and what to distrust."""
    eyebrow = "Voltage clamp" if _is_held(recording) else "Spikes found"
    words = _verdict(recording, spikes)
    return head(eyebrow, (facts.title, facts.path), _counts(recording, spikes), words, facts.warnings)


def head(
    eyebrow: str,
    title: tuple[str, str],
    figures: Sequence[tuple[str, str]],
    words: str,
    warnings: Sequence[str] = (),
) -> str:
    """The head of a page: title and path, telling numbers with what they count, a sentence, warnings."""
    items = "".join(f"<li><b>{escape(value)}</b>{escape(what)}</li>" for value, what in figures)
    return (
        f'<header>\n<div class="eyebrow">{escape(eyebrow)}</div>\n<h1>{escape(title[0])}</h1>\n'
        f'<div class="path">{escape(title[1])}</div>\n<ul class="figures">{items}</ul>\n'
        f'<p class="verdict">{escape(words)}</p>\n{as_warnings(warnings)}</header>'
    )


def _counts(recording: Recording, spikes: Spikes) -> list[tuple[str, str]]:
    """The figures at the head, each with what it counts."""
    observed = spikes.stretches.n_samples() / spikes.sampling_rate
    n_sweeps = len(recording.sweeps)
    length = (f"{observed:,.4g} s", f"observed of {recording.duration:,.4g} s")
    if _is_held(recording):
        return [length, (f"{n_sweeps:,}", "sweep" if n_sweeps == 1 else "sweeps")]
    per_second = f"{len(spikes) / observed:.3g}" if observed else "\u2013"
    shown = [
        (f"{len(spikes):,}", "spike" if len(spikes) == 1 else "spikes"),
        (per_second, "per second"),
        length,
    ]
    if n_sweeps > 1:
        shown.append((f"{np.unique(spikes.sweep).size}", f"of {n_sweeps} sweeps with spikes"))
    return shown


def _is_held(recording: Recording) -> bool:
    """Whether no spikes were sought, since the membrane was held."""
    return recording.mode == "voltage-clamp"


def _verdict(recording: Recording, spikes: Spikes) -> str:
    """One sentence: how tall spikes are, and how far from what was rejected."""
    if _is_held(recording):
        return "No spikes were sought: the membrane was held in voltage clamp."
    unit = recording.channels[0].unit
    n_rejected = len(spikes.candidates) if spikes.candidates is not None else 0
    if not len(spikes):
        noun = "candidate was" if n_rejected == 1 else "candidates were"
        return f"No spikes were found; {n_rejected:,} {noun} looked at and rejected."
    size = np.abs(spikes.height)
    low, middle, high = (quantity(float(q), unit) for q in np.nanquantile(size, [0.25, 0.5, 0.75]))
    words = f"The median spike is {middle} tall (quartiles {low} and {high}); the smallest is "
    words += f"{quantity(float(np.nanmin(size)), unit)}."
    if spikes.candidates is None or not n_rejected:
        return words + " Nothing else came near enough to be rejected."
    largest = float(np.nanmax(np.abs(spikes.candidates.height), initial=0.0))
    noun = "candidate was" if n_rejected == 1 else "candidates were"
    return words + f" {n_rejected:,} {noun} rejected, the largest of {quantity(largest, unit)}."


def as_warnings(warnings: Sequence[str]) -> str:
    """What to distrust, as a list that stands out."""
    items = "".join(f"<li>{escape(text)}</li>" for text in warnings)
    return f'<ul class="warnings" aria-label="Warnings">{items}</ul>\n' if items else ""


def _trace(recording: Recording, spikes: Spikes) -> str:
    caption, alt = "Hatched time was not observed.", "The whole recording"
    if not _is_held(recording):
        caption = f"Spikes are blue, the rest grey. Above: a tick per spike, and the rate. {caption}"
        alt += " with its spikes in blue"
    wide = figure_of(trace(recording, spikes, ax=canvas(8.6, 3.0)))
    narrow = figure_of(trace(recording, spikes, ax=canvas(4.2, 2.8)))
    return as_picture(wide, caption, alt, narrow=narrow)


def _belief(recording: Recording, spikes: Spikes, trust: Sequence[str]) -> str:
    """What is estimated, and what to judge by eye; nothing if nothing was found or rejected."""
    shown = evidence(recording, spikes)
    if not shown:
        return ""
    words = "".join(f"<p>{escape(text)}</p>\n" for text in trust)
    pictures = "".join(as_picture(e.wide, e.caption, e.alt, narrow=e.narrow) for e in shown)
    if spikes.candidates is None or not len(spikes.candidates):
        return words + pictures
    counts = Counter(str(v).replace("_", " ") for v in spikes.candidates["verdict"])
    rows = [(verdict, count) for verdict, count in counts.most_common()]
    return words + pictures + as_table(Table("Rejected candidates", ("verdict", "n"), rows))


def _likeness(recording: Recording, spikes: Spikes) -> str:
    if not len(spikes):
        return ""
    panels = [
        (waveforms(recording, spikes), "Spikes laid over one another on their peaks"),
        (phase_plane(recording, spikes), "Speed of change over voltage"),
        (intervals(spikes), "Histogram of interspike intervals"),
        (heights(recording, spikes), "Heights of spikes over time"),
        (rate(recording, spikes), "Firing rate"),
    ]
    drawn = "".join(as_picture(figure_of(axes), "", alt) for axes, alt in panels)
    return f'<div class="grid">{drawn}</div>'


def figure_of(axes: Axes) -> Figure:
    """The whole figure that axes are part of."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def as_picture(
    figure: Figure | bytes,
    caption: str,
    alt: str,
    *,
    narrow: Figure | None = None,
    drawn: bytes | None = None,
) -> str:
    """A figure, or a PNG of one, with its data inside; on narrow screens another one, if it is given.

    `drawn` is the figure as SVG, where it has been made already.
    """
    image = f'<img src="{_data(figure, drawn)}" alt="{escape(alt)}"{_no_wider(figure)}>'
    if narrow is not None:
        source = f'<source media="(max-width: 600px)" srcset="{_data(narrow)}">'
        image = f"<picture>{source}{image}</picture>"
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{image}{words}</figure>\n"


def _no_wider(figure: Figure | bytes) -> str:
    """Keeps a small figure's letters as large as those of the others."""
    if isinstance(figure, bytes):
        return ""
    return f' style="max-width: {figure.get_figwidth() * REM_PER_INCH:.4g}rem"'


def _data(figure: Figure | bytes, drawn: bytes | None = None) -> str:
    if isinstance(figure, bytes):
        return "data:image/png;base64," + b64encode(figure).decode("ascii")
    return "data:image/svg+xml;base64," + b64encode(drawn or svg(figure)).decode("ascii")


def as_table(table: Table) -> str:
    """A table that scrolls sideways on narrow screens."""
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.header)
    numeric = [any(map(_is_number, column)) for column in columns]
    head = _row("th", table.header, numeric, ' scope="col"')
    rows = "".join(_row("td", map(_text, row), numeric) for row in table.rows)
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    body = f"<table>{caption}<thead>{head}</thead><tbody>{rows}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{body}</div>{note}\n'


def _row(tag: str, texts: Iterable[str], numeric: Sequence[bool], more: str = "") -> str:
    """A row; all cells of a column that holds numbers stand to the right."""
    cells = (
        f'<{tag}{more} class="{"number" if is_number else "wide"}">{escape(text)}</{tag}>'
        for text, is_number in zip(texts, numeric, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _text(value: object) -> str:
    """What a cell says."""
    if value is None or (isinstance(value, float | np.floating) and not np.isfinite(value)):
        return "\u2013"
    if not _is_number(value):
        return str(value)
    text = f"{value:,}" if isinstance(value, int | np.integer) else f"{value:.4g}"
    return text.replace("-", chr(0x2212))


def as_pairs(pairs: Sequence[tuple[str, str]], header: tuple[str, str]) -> str:
    """A table of two columns; nothing if it has no row."""
    return as_table(Table("", header, pairs)) if pairs else ""


def _methods(paragraph: str) -> str:
    return f'<p class="methods">{escape(paragraph)}</p>' if paragraph else ""


def _provenance(recording: Recording, spikes: Spikes) -> str:
    made = spikes.provenance
    sought: dict[str, object] = {
        "method": f"{made.method} {_settings(made.parameters)}",
        "polarity": {1: "upwards", -1: "downwards", 0: "both ways"}[made.polarity],
        "filter": _settings(made.filter) if made.filter else "none",
        "measured in the recording": _settings(made.survey),
        "features": f"{made.feature_rule} {_settings(made.feature_parameters)}",
    }
    facts = {
        **recording.facts(),
        **({} if _is_held(recording) else sought),
        "reader": recording.reader,
        "fingerprint": made.fingerprint or recording.fingerprint,
        "version": f"Spikelens {made.version}",
    }
    said = [(k, str(v).strip()) for k, v in facts.items() if not k.startswith("warning ")]
    return as_pairs([(k, v) for k, v in said if v], ("what", "value"))


def _settings(parameters: Mapping[str, object]) -> str:
    return ", ".join(
        f"{k} = {v:.6g}" if isinstance(v, float) else f"{k} = {v}" for k, v in parameters.items()
    )


def feature_table(rows: Sequence[Mapping[str, object]], note: str = "") -> Table:
    """The table of features, each with its median and quartiles in a fitting unit.

    Parameters
    ----------
    rows : sequence of mappings
        With ``feature``, ``unit`` (SI), ``n``, ``median``, ``lower_quartile`` and
        ``upper_quartile``, as `spikelens.summary.feature_rows` gives.
    note : str
        Such as what was left out, and why.
    """
    header = ("feature", "median", "lower quartile", "upper quartile", "n")
    names = ("median", "lower_quartile", "upper_quartile")
    body = [(str(r["feature"]), *(measured(r[name], str(r["unit"])) for name in names), r["n"]) for r in rows]
    return Table("Features", header, body, note)


def measured(value: object, unit: str) -> object:
    """A value for a table of people: with its unit where it has one, None where it is not known."""
    if value is None or value == "" or value != value:
        return None
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return quantity(float(value), unit, 4) if unit and isinstance(value, (int, float)) else value
