"""The study's figures, by file name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spikelens import rooms
from spikelens.calibration import reliability as reliability_of
from spikelens.labellers import Given
from spikelens.labels import Labels
from spikelens.plots._style import styled
from spikelens.plots.classified import classified
from spikelens.plots.confusion import confusion
from spikelens.plots.contacts import contacts
from spikelens.plots.levels import levels
from spikelens.plots.reliability import reliability
from spikelens.study.running import SHIFTS, Round, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ON_A_SHEET = 48
SECTIONS_SHOWN = 4
"""Sections drawn of those on which the cutoffs disagree."""
AROUND = 1
"""Windows drawn on either side of a disputed one."""
Section = tuple[float, float] | None


def contact_sheet(study: Study, name: str) -> Figure:
    """Pictures of training windows of one class, evenly taken from the judged cutoff's labels."""
    chosen = np.flatnonzero(study.judged.weak.are(name))
    shown = chosen[np.unique(np.linspace(0, chosen.size - 1, min(ON_A_SHEET, chosen.size)).astype(np.int64))]
    windows = study.training.take(shown)
    drawer = _drawer(study)
    pictures = drawer.draw(windows.read(), drawer.ground(windows))
    title = f"{name}: {shown.size} of {chosen.size} training windows, cutoff {study.judged.name} V"
    return contacts(pictures, windows.number.tolist(), title=title)


def _drawer(study: Study) -> Any:
    """The classifier that draws as the study's does, or the default one."""
    made = study.plan.made()
    return made if hasattr(made, "draw") else rooms.load("classifiers", "images")()


@styled
def cutoff_figure(study: Study, one: Round) -> Figure:
    """One cutoff: the rule beside the classifier, the applied range and every zoom."""
    sections: list[Section] = [None, *study.plan.zooms]
    figure = _figure(11, 0.5 + 2.1 * len(sections))
    panels = figure.subplots(len(sections), 2, squeeze=False, sharey=True)
    for row, section in zip(panels, sections, strict=True):
        for ax, (who, labels) in zip(row, _said(study, one, section), strict=True):
            _panel(study, labels, ax, section)
            ax.set_title(who)
        row[1].set_ylabel("")
    return figure


@styled
def side_by_side(study: Study, section: Section = None) -> Figure:
    """All cutoffs side by side, the rule above and the classifier below."""
    n = len(study.rounds)
    figure = _figure(max(4.2 * n, 6), 4.4)
    panels = figure.subplots(2, n, squeeze=False, sharey=True)
    for column, one in zip(panels.T, study.rounds, strict=True):
        for ax, (who, labels) in zip(column, _said(study, one, section), strict=True):
            _panel(study, labels, ax, section)
            ax.set_title(f"{one.name} V, {who}")
        column[0].set_xlabel("")
    for ax in panels[:, 1:].flat:
        ax.set_ylabel("")
    return figure


def _said(study: Study, one: Round, section: Section) -> list[tuple[str, Labels]]:
    """Who said what of a section; windows that were not applied to are asked about too."""
    if section is None:
        rule, found = one.rule, one.found
    else:
        windows = study.within(section)
        rule = rooms.load("labellers", "deviation")(cutoff=one.cutoff).label(windows, Given())
        found = one.model.predict(windows)
    return [
        (f"the rule: {rule.counts['spike']} of {len(rule)} windows", rule),
        (f"{one.model.name}: {found.counts['spike']} of {len(found)} windows", found),
    ]


def _panel(study: Study, labels: Labels, ax: Any, section: Section) -> None:
    start, stop = section or (None, None)
    classified(study.recording, labels, ax=ax, start=start, stop=stop)


@styled
def disputed_figure(study: Study) -> Figure | None:
    """Sections on which the cutoffs disagree, a column each, a row per cutoff; None if there are none."""
    rows = study.disputed
    if not rows.size:
        return None
    shown = rows[np.unique(np.linspace(0, rows.size - 1, min(SECTIONS_SHOWN, rows.size)).astype(np.int64))]
    figure = _figure(max(2.9 * shown.size, 4), 0.4 + 1.6 * len(study.rounds))
    panels = figure.subplots(len(study.rounds), shown.size, squeeze=False, sharey="col", sharex="col")
    for column, row in enumerate(shown):
        start, stop = _around(study, int(row))
        for ax, one in zip(panels[:, column], study.rounds, strict=True):
            classified(study.recording, one.found, ax=ax, start=start, stop=stop)
            said = one.found.names[row]
            ax.set_title(f"window {study.applied.number[row]} at {one.name} V: {said}")
            ax.set_ylabel("" if column else ax.get_ylabel())
            ax.set_xlabel("" if one is not study.rounds[-1] else ax.get_xlabel())
    return figure


def _around(study: Study, row: int) -> tuple[float, float]:
    """Times from a window before to a window after, within the sweep."""
    recording, length = study.recording, study.plan.window
    first = int(study.applied.start[row])
    sweep = int(recording.sweeps.at(first))
    low, high = (int(b) for b in recording.sweeps.bounds[sweep : sweep + 2])
    start = max(first - AROUND * length, low, int(study.applied.start[0]))
    stop = min(first + (1 + AROUND) * length, high - 1)
    return float(recording.time_of(start)), float(recording.time_of(stop))


@styled
def belief_figure(study: Study) -> Figure:
    """Reliability on held-out windows, and confusion with the reference."""
    figure = _figure(8, 3.2)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    curves = {}
    for one in study.rounds:
        spike = one.model.classes_.index("spike")
        curves[f"{one.name} V"] = reliability_of(one.model.held_out_[:, spike], one.weak.are("spike"))
    reliability(curves, ax=left)
    left.set_title("held-out training windows, against the rule")
    agreement = study.against_reference(study.judged.found)
    confusion(
        agreement, ax=right, title=f"{study.judged.name} V, applied range", reference=study.reference_name
    )
    return figure


@styled
def drift_figure(study: Study) -> Figure:
    """What another resting level does to each way of describing a window."""
    figure = _figure(4.6, 3.2)
    ax = levels(SHIFTS, study.drift, ax=figure.add_subplot())
    ax.set_title(f"applied range, against {study.reference_name}")
    return figure


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def all_figures(study: Study) -> dict[str, Figure]:
    """Every figure of a study by its name."""
    figures = {f"contacts_{name}": contact_sheet(study, name) for name in ("spike", "noise")}
    figures |= {f"cutoff_{r.name}": cutoff_figure(study, r) for r in study.rounds}
    figures["side_by_side"] = side_by_side(study)
    figures |= {f"zoom_{a:g}-{b:g}": side_by_side(study, (a, b)) for a, b in study.plan.zooms}
    disputed = disputed_figure(study)
    if disputed is not None:
        figures["disputed"] = disputed
    figures |= {"belief": belief_figure(study), "drift": drift_figure(study)}
    return figures
