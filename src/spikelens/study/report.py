"""The study's report: one HTML file that tells the study in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from spikelens.html import Table, as_pairs, as_picture, as_section, as_table, head, page
from spikelens.runs.analysis import origin_of
from spikelens.study import tables, words
from spikelens.study.plan import ALL
from spikelens.study.running import Study
from spikelens.version import VERSION

LISTED = 20
"""Doubtful labels listed in the report; the file beside it has them all."""


def study_report(study: Study, figures: Mapping[str, bytes]) -> str:
    """Write the report.

    Parameters
    ----------
    study : Study
    figures : mapping of str to bytes
        PNGs of what `spikelens.study.figures.all_figures` gives.

    Returns
    -------
    str
        A whole HTML document.
    """
    sections = (
        _head(study),
        as_section("1. Windows and weak labels", _labelling(study, figures)),
        as_section("2. What the classifier learnt", _learning(study, figures)),
        as_section("3. Blue and grey: rule and classifier, cutoff by cutoff", _traces(study, figures)),
        as_section("4. Where the cutoffs disagree", _disputed(study, figures)),
        as_section("5. What the priors did", _told(words.priors(study)) + _rows(tables.prior_rows(study))),
        as_section("6. Pictures or numbers, and drift", _ways(study, figures)),
        as_section("7. Spikes at the borders of windows", _borders(study)),
        as_section("8. Labels to look at first", _doubtful(study)),
        as_section("For the methods section", f'<p class="methods">{escape(words.methods(study))}</p>'),
        as_section("Where it comes from", _provenance(study)),
    )
    return page(f"{study.recording.name}: the 2017 study", sections, VERSION)


def _head(study: Study) -> str:
    shown = [
        (f"{len(study.training):,}", "windows trained on"),
        (f"{len(study.applied):,}", "windows applied to"),
        (f"{len(study.rounds)}", "cutoffs" if len(study.rounds) > 1 else "cutoff"),
        (f"{study.judged.found.counts['spike']:,}", f"spike windows at {study.judged.name} V"),
    ]
    title = (study.recording.name, str(study.recording.path or ""))
    return head("The 2017 study", title, shown, words.summary(study), study.warnings)


def _labelling(study: Study, figures: Mapping[str, bytes]) -> str:
    seconds = study.plan.window / study.recording.sampling_rate * 1e3
    return (
        _told(
            f"The trace is cut into windows of {study.plan.window} samples ({seconds:g} ms). A window is"
            " labelled"
            " spike if its minimum or maximum lies farther from its mean than the cutoff, and noise"
            " otherwise."
        )
        + _rows(tables.count_rows(study), note=f"Class counts: {words.skew(study)}")
        + _figure(figures, "contacts_spike", "Training windows labelled spike, as the classifier sees them.")
        + _figure(figures, "contacts_noise", "Training windows labelled noise.")
        + _told(words.NOISE)
    )


def _learning(study: Study, figures: Mapping[str, bytes]) -> str:
    caption = (
        "Left: on training windows that the model had not seen, how often a stated probability came true; a"
        " dot's area grows with its number of windows. Right: who calls what what on the applied range."
    )
    note = "On training windows, each judged by a model that had not seen it, against the rule's own labels."
    return _rows(tables.calibration_rows(study), note=note) + _figure(figures, "belief", caption)


def _traces(study: Study, figures: Mapping[str, bytes]) -> str:
    body = _figure(
        figures, "side_by_side", "All cutoffs side by side: windows called spike are blue, others grey."
    )
    for one in study.rounds:
        body += _figure(
            figures, f"cutoff_{one.name}", f"Cutoff {one.name} V: the rule, and the classifier beside it."
        )
    for name in figures:
        if name.startswith("zoom_"):
            section = name.removeprefix("zoom_").replace("-", " to ")
            body += _figure(figures, name, f"{section} s; thin lines are the borders of windows.")
    note = f"Per window, against {study.reference_name}, on the applied range."
    body += _rows(tables.score_rows(study), note=note)
    return body + _rows(
        tables.spike_rows(study), note="Per spike: peaks of windows called spike, within 2 ms."
    )


def _disputed(study: Study, figures: Mapping[str, bytes]) -> str:
    caption = "Some disputed windows with their neighbours, a row per cutoff."
    drawn = _figure(figures, "disputed", caption) if "disputed" in figures else ""
    return _told(words.disputed(study)) + drawn + _rows(tables.agreement_rows(study))


def _ways(study: Study, figures: Mapping[str, bytes]) -> str:
    words_of_all = (
        "The study found raw lists of numbers hard to classify and pictures good. On this recording, with"
        " the same"
        " labels:"
        if study.plan.classifier == ALL
        else "With --classifier all this table also has raw numbers and shape measures."
    )
    note = f"F1 of spike windows against {study.reference_name}, also with the trace moved up."
    caption = "What another resting level does."
    return (
        _told(words_of_all)
        + _rows(tables.way_rows(study), note=note)
        + _told(words.drift(study))
        + _figure(figures, "drift", caption)
    )


def _borders(study: Study) -> str:
    return (
        _told(words.borders(study)) + _rows(tables.border_rows(study)) + _rows(tables.neighbour_rows(study))
    )


def _doubtful(study: Study) -> str:
    rows = tables.doubtful_rows(study)
    if not rows:
        return _told("The classifier contradicts no training label with confidence.")
    told = (
        f"{len(rows)} training labels at {study.judged.name} V are contradicted with confidence; worst first."
    )
    return _told(f"{told} All are in review.csv.") + _rows(rows[:LISTED])


def _provenance(study: Study) -> str:
    facts = origin_of(study.recording)
    facts.append(("classifier", f"{study.judged.model.name}: {words.settings(study)}"))
    if words.is_ac2(study):
        facts.append(("data to cite", words.AC2))
    return as_pairs(facts, ("what", "value"))


def _told(text: str) -> str:
    return f"<p>{escape(text)}</p>\n"


def _rows(rows: Sequence[Mapping[str, object]], *, note: str = "") -> str:
    if not rows:
        return ""
    body = [[f"{v} V" if k == "cutoff" else v for k, v in row.items()] for row in rows]
    return as_table(Table("", list(rows[0]), body, note))


def _figure(figures: Mapping[str, bytes], name: str, caption: str) -> str:
    return as_picture(figures[name], caption, caption)
