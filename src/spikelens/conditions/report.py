"""The conditions of one recording, described: tables, figures and what to distrust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spikelens.comparisons import COLUMNS as COMPARISON
from spikelens.conditions.analysis import Conditions
from spikelens.conditions.curves import COLUMNS as FI_CURVE
from spikelens.conditions.curves import FiCurve
from spikelens.conditions.epochs import by_label
from spikelens.conditions.measuring import COMPARED, within
from spikelens.features import Feature
from spikelens.html import Table, figure_of
from spikelens.html import measured as written
from spikelens.plots.conditions import conditions as conditions_figure
from spikelens.plots.fi_curves import fi_curves
from spikelens.plots.strip import strip
from spikelens.plots.waveforms import side_by_side
from spikelens.recording import Recording
from spikelens.runs.analysis import Analysis, Picture, Section, origin_of
from spikelens.runs.finding import Found
from spikelens.runs.words import counted, methods_paragraph
from spikelens.spikes import Spikes
from spikelens.steps.words import per_picoampere
from spikelens.summary import Row, fit_values


def describe_conditions(found: Found, measured: Conditions) -> Analysis:
    """Everything that the folder of ``spikelens conditions`` is to hold."""
    recording, spikes = found.recording, found.spikes
    curves = [row for curve in measured.fi_curves.values() for row in curve.rows()]
    return Analysis(
        command="conditions",
        title=(recording.name, str(recording.path or "")),
        telling=[(f"{row['average_rate']:.3g} per s", str(row["condition"])) for row in measured.rows],
        verdict=_verdict(measured),
        sections=_sections(found, measured),
        tables={
            "conditions": measured.rows,
            "epochs": measured.epoch_rows,
            "comparisons": measured.comparisons,
            **({"fi_curves": curves} if curves else {}),
        },
        columns={
            "conditions": (*_CONDITION, *measured.columns),
            "epochs": (*_EPOCH, *measured.columns),
            "comparisons": _COMPARED,
            **({"fi_curves": FI_CURVE} if curves else {}),
        },
        facts={
            "n_spikes": len(spikes),
            "reference": measured.reference,
            "conditions": measured.rows,
            "fi_curves": curves,
        },
        chosen=found.chosen.reasons,
        warnings=[*found.warnings, *_warnings(measured)],
        methods=f"{methods_paragraph(recording, spikes, found.request)}\n\n{_methods(measured)}",
        origin=origin_of(recording),
    )


_CONDITION = (
    Feature("condition", "", "The epochs' label."),
    Feature("epochs", "", "Epochs with this label, put together."),
    Feature("start", "s", "When the first begins, on the recording's clock."),
)
_EPOCH = (*_CONDITION[::2], Feature("stop", "s", "When it ends."))
_COMPARED = (
    Feature("measure", "", "What is compared: a rate, a feature of spikes, an answer to steps or stimuli."),
    Feature("unit", "", "Its unit."),
    Feature("a", "", "The reference."),
    Feature("b", "", "The condition beside it."),
    Feature("paired", "", "Whether values belong together two by two."),
    Feature("over", "", "What a value is of: a bin, a spike, or the current or stimulus that both had."),
    *COMPARISON,
)


def _verdict(measured: Conditions) -> str:
    told = [
        f"{row['condition']}: {counted(int(str(row['spikes'])), 'spike')} in {row['exposure']:.4g} s"
        f" ({row['average_rate']:.3g} per s)"
        for row in measured.rows
    ]
    return "; ".join(told) + "."


def _warnings(measured: Conditions) -> list[str]:
    told = [f"not measured: {reason}" for reason in measured.reasons]
    told += [f"{row['condition']}: {row['note']}" for row in measured.rows if row["note"]]
    if len(measured.rows) == 1:
        told.append("there is one condition only, so nothing is compared")
    return told


def _methods(measured: Conditions) -> str:
    names = ", ".join(by_label(measured.epochs))
    pairs = any(row["paired"] for row in measured.comparisons)
    told = measured.methods.items()
    return (
        f"Conditions ({names}) were compared with {measured.reference} within the cell: rates in bins of"
        f" about {measured.bin_duration:g} s and features spike by spike, by Mann-Whitney's U test with p"
        " adjusted after Benjamini and Hochberg; intervals of differences are 95 % bootstrap percentiles."
        " Bins and spikes of one cell are not independent."
        + (
            " Answers to the same step or stimulus were compared as pairs (Wilcoxon's signed ranks)."
            if pairs
            else ""
        )
        + "".join(f"\n\n{name.capitalize()}, of the first condition with them: {text}" for name, text in told)
    )


def _sections(found: Found, measured: Conditions) -> list[Section]:
    recording, spikes = found.recording, found.spikes
    drawn = conditions_figure(recording, spikes, [(e.label, e.start, e.stop) for e in measured.epochs])
    rate = Picture("rate", figure_of(drawn), "Rate over the recording; bars above it are the epochs.")
    sections = [
        Section("When was what", [rate, _epoch_table(measured)]),
        Section("What each condition holds", [_condition_table(measured), *_shapes(found, measured)]),
        *_curves(measured.fi_curves),
    ]
    if measured.comparisons:
        sections.append(
            Section(
                f"What differs from {measured.reference}",
                [
                    "Bins and spikes of one cell resemble their neighbours, so p is too small to speak of"
                    " more than this cell. To speak of cells, compare cells.",
                    _comparison_table(measured.comparisons),
                    *_strips(recording, spikes, measured),
                ],
            )
        )
    return sections


def _curves(curves: Mapping[str, FiCurve]) -> list[Section]:
    """The f-I curves on one pair of axes; nothing where no current was stepped, or no spike fired."""
    shown = {label: c for label, c in curves.items() if c.current.size > 1}
    if not any(c.rate.any() for c in shown.values()):
        return []
    axes = fi_curves(
        {label: (c.current, c.rate) for label, c in shown.items()},
        is_blocked={label: c.is_blocked for label, c in shown.items()},
    )
    words = "Rate over current, mean over the sweeps of each current."
    if any(c.is_blocked.any() for c in shown.values()):
        words += " Open: depolarisation block."
    body = [
        [
            label,
            int(c.n_sweeps.sum()),
            written(c.rheobase, "A"),
            per_picoampere(c.gain.slope) if c.gain else None,
        ]
        for label, c in shown.items()
    ]
    header = ("condition", "sweeps", "rheobase", "gain")
    return [
        Section(
            "Rate over current, by condition",
            [
                Picture("fi_curves", figure_of(axes), words),
                Table("", header, body, "fi_curves.csv has every point."),
            ],
        )
    ]


def _epoch_table(measured: Conditions) -> Table:
    shown = ("condition", "start", "stop", "exposure", "spikes", "average_rate", "note")
    units = {"start": "s", "stop": "s", "exposure": "s", "average_rate": "Hz"}
    names = [name for name in shown if name in measured.epoch_rows[0]]
    body = [[written(row[name], units.get(name, "")) for name in names] for row in measured.epoch_rows]
    return Table("Per epoch", [n.replace("_", " ") for n in names], body, "epochs.csv has every measure.")


def _condition_table(measured: Conditions) -> Table:
    """A row per measure and a column per condition: there are more measures than conditions."""
    labels = [str(row["condition"]) for row in measured.rows]
    features = (*_CONDITION[1:], *measured.columns)
    body = [[f.name, *(written(row.get(f.name), f.unit) for row in measured.rows)] for f in features]
    known = [row for row in body if any(value is not None for value in row[1:])]
    return Table("Per condition", ["measure", *labels], known, "columns.csv has every rule.")


def _comparison_table(rows: Sequence[Row]) -> Table:
    """Differences with their units."""
    told = ("centre_a", "centre_b", "difference", "low", "high")
    names = ("measure", "over", "paired", "a", "b", "n_a", "n_b", *told, "p", "q", "test")
    body = [[written(row[n], str(row["unit"]) if n in told else "") for n in names] for row in rows]
    return Table("Differences", [n.replace("_", " ") for n in names], body)


def _strips(recording: Recording, spikes: Spikes, measured: Conditions) -> list[Picture]:
    """A panel for each feature that there is, all values shown."""
    parts = {label: within(recording, spikes, mine) for label, mine in by_label(measured.epochs).items()}
    pictures = []
    for name in (n for n in COMPARED if n in spikes):
        samples = {label: fit_values(part, name) for label, part in parts.items()}
        known = {label: v for label, v in samples.items() if v is not None}
        if sum(v.size for v in known.values()):
            axes = strip(known, what=name, unit=spikes.units.get(name, ""))
            pictures.append(
                Picture(f"condition_{name}", figure_of(axes), f"{name} of each spike, by condition.")
            )
    return pictures


def _shapes(found: Found, measured: Conditions) -> list[Picture]:
    """The spikes of each condition, on one scale."""
    parts = {
        label: within(found.recording, found.spikes, mine)
        for label, mine in by_label(measured.epochs).items()
    }
    parts = {label: part for label, part in parts.items() if len(part)}
    if not parts:
        return []
    figure = side_by_side(found.recording, parts)
    return [Picture("waveforms", figure, "Spikes of each condition, and their median, on one scale.")]
