"""The first page of a book: what was done, what was found, what to distrust, and the way to each page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from spikelens.book.pages import Material, Pages
from spikelens.html import Table
from spikelens.plots.overview import overview
from spikelens.runs.analysis import Analysis, Link, Picture, Section, origin_of, write_analysis
from spikelens.runs.finding import Found
from spikelens.runs.one import write_found
from spikelens.runs.placing import write_record
from spikelens.runs.record import record_of
from spikelens.runs.words import counted, methods_paragraph
from spikelens.summary import were_sought

TITLES = {
    "kinds": "Kinds of spikes and patterns of firing",
    "steps": "Current steps",
    "responses": "Responses to stimuli",
    "membrane": "The membrane potential without its spikes",
    "quality": "The quality of the recording",
    "conditions": "Conditions",
}
CHIEF = {
    "kinds": ("kinds", "patterns"),
    "steps": ("fi_curve", "vi_curve", "time_constant"),
    "responses": ("raster", "map"),
    "membrane": ("distribution", "triggered_membrane"),
    "quality": ("quality",),
    "conditions": ("rate", "fi_curves"),
}
"""The figures of each page that the first page shows, too."""


def bound(material: Material, pages: Pages) -> Analysis:
    """Bind the pages: an analysis whose folder holds theirs."""
    recording, found = material.recording, material.found
    return Analysis(
        command="book",
        title=(recording.name, str(recording.path or "")),
        telling=_telling(found, pages),
        verdict=_of_spikes(found),
        sections=[_spikes(found), *(_section(n, p) for n, p in pages.written.items()), *_missing(pages)],
        files={
            "spikes": partial(_write_spikes, found=found, pages=_beside(pages)),
            **{name: partial(_write_page, page=page) for name, page in pages.written.items()},
        },
        facts={
            "n_spikes": len(found.spikes),
            "pages": {name: page.verdict for name, page in pages.written.items()},
            "missing": dict(pages.missing),
        },
        chosen=_chosen(found, pages),
        warnings=_warnings(found, pages),
        methods=_methods(found, pages),
        origin=origin_of(recording),
    )


def _telling(found: Found, pages: Pages) -> list[tuple[str, str]]:
    """The count of spikes, and the first numbers of the pages that a cell is known by."""
    n, is_known = len(found.spikes), were_sought(found.recording, found.spikes)
    known = [pages.written[name].telling[:4] for name in ("steps", "responses") if name in pages.written]
    counts = [(f"{n:,}", "spike" if n == 1 else "spikes")] if is_known else []
    return [*counts, *(item for items in known for item in items)]


def _warnings(found: Found, pages: Pages) -> list[str]:
    """What to distrust: of the spikes, on which all rests, then what each page adds."""
    told = list(found.warnings)
    for name, page in pages.written.items():
        told += [f"{name}: {text}" for text in page.warnings if text not in found.warnings]
    return told


def _of_spikes(found: Found) -> str:
    if not were_sought(found.recording, found.spikes):
        return "No spikes were sought: the membrane was held in voltage clamp."
    row = found.sweeps[-1]
    rate = f"{row['average_rate']:.3g} per s"
    return f"{counted(len(found.spikes), 'spike')} in {row['exposure']:.4g} s observed ({rate})."


def _spikes(found: Found) -> Section:
    drawn = Picture("trace", overview(found.recording, found.spikes), "The recording, and spikes from near.")
    return Section("Spikes", [drawn, Link("More of spikes", "spikes/report.html")])


def _section(name: str, page: Analysis) -> Section:
    """What a page found, its chief figures, and the way to it."""
    shown = [
        replace(picture, name=f"{name}_{picture.name}")
        for picture in page.pictures
        if picture.name in CHIEF[name]
    ]
    way = Link(f"More of {TITLES[name][0].lower()}{TITLES[name][1:]}", f"{name}/report.html")
    return Section(TITLES[name], [page.verdict, *shown, way])


def _missing(pages: Pages) -> list[Section]:
    """What there is no page of, and why: a reader is not to take it for forgotten."""
    rows = [(TITLES[name], why) for name, why in pages.missing.items()]
    return [Section("Not measured, and why", [Table("", ("page", "why"), rows)])] if rows else []


def _chosen(found: Found, pages: Pages) -> list[tuple[str, str]]:
    all_of_them = [*found.chosen.reasons, *(c for page in pages.written.values() for c in page.chosen)]
    return list(dict.fromkeys((choice, why) for choice, why in all_of_them))


def _methods(found: Found, pages: Pages) -> str:
    """A paragraph for each page."""
    of_spikes = methods_paragraph(found.recording, found.spikes, found.request)
    return "\n\n".join([of_spikes, *(page.methods for page in pages.written.values() if page.methods)])


def _write_page(folder: Path, *, page: Analysis) -> None:
    folder.mkdir()
    write_analysis(page, folder)


def _beside(pages: Pages) -> list[Link]:
    """The ways from one page's folder to the first page and to the others."""
    others = [Link(TITLES[name], f"../{name}/report.html") for name in pages.written]
    return [Link("The first page", "../report.html"), *others]


def _write_spikes(folder: Path, *, found: Found, pages: Sequence[Link]) -> None:
    folder.mkdir()
    write_record(folder, record_of(found, "", write_found(found, folder, pages=pages)))
