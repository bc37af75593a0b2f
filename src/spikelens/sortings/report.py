"""What a sorting leaves behind: tables, figures and a report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spikelens.exporters.csv import Csv
from spikelens.exporters.parquet import Parquet
from spikelens.features import Feature
from spikelens.html import Table, figure_of
from spikelens.plots.correlograms import MOST_UNITS, correlograms
from spikelens.plots.unit_amplitudes import unit_amplitudes
from spikelens.plots.unit_features import unit_features
from spikelens.plots.unit_waveforms import unit_waveforms
from spikelens.prefixes import quantity
from spikelens.runs.analysis import Analysis, Picture, Section, origin_of
from spikelens.runs.tables import Rows
from spikelens.sorters import SORTED
from spikelens.sortings import words
from spikelens.sortings.measuring import MeasuredUnits
from spikelens.unitmatching import UnitComparison
from spikelens.unitquality import COLUMNS

MATCHES = (
    Feature("unit", "", "Unit of the truth, or of the other sorting."),
    Feature("n", "", "Its spikes."),
    Feature("found_as", "", "The unit here that agrees with it most; empty if none agrees by half."),
    Feature("accuracy", "", "Spikes both have, over spikes either has."),
    Feature("precision", "", "Share of the unit's spikes here that are the other's."),
    Feature("recall", "", "Share of the other's spikes that the unit here has."),
)


def analysis_of(
    measured: MeasuredUnits, comparison: UnitComparison | None, chosen: Sequence[tuple[str, str]]
) -> Analysis:
    """Describe a sorting: figures, tables and words."""
    tables: dict[str, Rows] = {"units": measured.rows}
    columns: dict[str, Sequence[Feature]] = {"units": COLUMNS, "spikes": _spike_columns()}
    sections = _sections(measured)
    if comparison is not None:
        tables["matches"] = comparison.rows()
        columns["matches"] = MATCHES
        sections.append(Section("Beside the truth", _beside(comparison)))
    made = measured.spikes.provenance
    return Analysis(
        command="sort",
        title=(measured.recording.name, str(measured.recording.path or "")),
        telling=_telling(measured),
        verdict=words.verdict(measured),
        sections=sections,
        tables=tables,
        columns=columns,
        files={
            "spikes.csv": lambda path: Csv().write_spikes(path, measured.spikes),
            "spikes.parquet": lambda path: Parquet().write_spikes(path, measured.spikes),
        },
        facts={
            "method": made.method,
            "settings": {**made.parameters, **measured.rule.parameters()},
            "filter": made.filter,
            "learned": dict(made.survey),
            "units": measured.rows,
            **({} if comparison is None else {"matches": comparison.rows()}),
        },
        chosen=chosen,
        warnings=words.warnings(measured),
        methods=words.methods(measured),
        origin=origin_of(measured.recording),
    )


def _spike_columns() -> list[Feature]:
    return [Feature(name, "", meaning) for name, _, meaning in SORTED]


def _telling(measured: MeasuredUnits) -> list[tuple[str, str]]:
    good = sum(row["proposal"] == "good" for row in measured.rows)
    return [
        (str(len(measured.rows)), "unit" if len(measured.rows) == 1 else "units"),
        (str(good), "proposed as good"),
        (f"{len(measured.spikes):,}", "spikes"),
    ]


def _sections(measured: MeasuredUnits) -> list[Section]:
    if not measured.rows:
        return []
    names, trains = measured.names(), measured.trains()
    titles = [f"{name}, {train.size:,}" for name, train in zip(names, trains, strict=True)]
    channels = [c.name for c in measured.recording.channels]
    unit = measured.recording.channels[0].unit
    heights = [measured.spikes.height[measured.spikes["unit_id"] == u] for u in measured.waves.unit]
    drawn = unit_waveforms(measured.waves.time, measured.waves.waves, titles, unit=unit, channels=channels)
    points = [p[:, :2] for p in measured.waves.points()]
    some = "" if len(names) <= MOST_UNITS else f" The {MOST_UNITS} largest units."
    return [
        Section("The units", [_table(measured), _thresholds(measured), Picture(
            "waveforms", drawn, "Filtered spikes of each unit, their mean, and one standard deviation to"
            " either side. The number is of spikes.",
        )]),
        Section("Are they one neuron each?", [
            Picture(
                "correlograms",
                correlograms(trains, names, refractory=measured.refractory),
                "On the diagonal, how long after its own spikes a unit fires: a neuron leaves the shaded"
                " refractory period empty. Elsewhere, how long after the row's unit the column's fires: two"
                f" halves of one neuron leave a gap at 0.{some}",
            ),
            Picture(
                "features",
                figure_of(unit_features(points, names)),
                "A dot per spike, where spikes differ most.",
            ),
        ]),
        Section("Over time", [Picture(
            "amplitudes",
            unit_amplitudes(trains, heights, names, span=_span(measured), unit=unit),
            "The height of each spike, and below it how often each unit fires.",
        )]),
    ]  # fmt: skip


def _span(measured: MeasuredUnits) -> tuple[float, float]:
    where = measured.spikes.stretches
    ends = measured.recording.time_of(np.array([where.start[0], where.stop[-1] - 1]))
    return float(ends[0]), float(ends[1])


def _table(measured: MeasuredUnits) -> Table:
    channels = measured.recording.channels
    names = [f.name for f in COLUMNS if f.name != "channel" or len(channels) > 1]
    body = [[_shown(n, row[n], channels[0].unit) for n in names] for row in measured.rows]
    heads = [n.replace("_", " ") for n in names]
    return Table("Units", heads, body, "What each column means is in columns.csv, all digits in units.csv.")


def _shown(name: str, value: object, unit: str) -> object:
    """A figure of the table, as short as it can be read."""
    if name == "height":
        return quantity(float(str(value)), unit)
    if name == "rate":
        return quantity(float(str(value)), "Hz")
    return float(f"{value:.2g}") if isinstance(value, float) else value


def _thresholds(measured: MeasuredUnits) -> str:
    r = measured.rule
    return (
        f"Proposed as noise: fewer than {r.least_spikes} spikes, or a mean waveform below {r.least_snr:g}"
        f" noise levels. Proposed as good: at most {r.most_contamination:.0%} contamination by intervals"
        f" below {1e3 * measured.refractory:g} ms, at most {r.most_cutoff:.0%} of spikes missing below,"
        f" spikes in at least {r.least_presence:.0%} of the parts, and a d' of at least"
        f" {r.least_d_prime:g} from the nearest unit. The rest is proposed as multi-unit. These are"
        " proposals: nothing was left out. The probability of a spike is given these units; whether the"
        " units themselves are neurons is what this table is to be judged by."
    )


def _beside(comparison: UnitComparison) -> list[str | Table | Picture]:
    rows = comparison.rows()
    names = [f.name for f in MATCHES]
    matched = Table("Units", [n.replace("_", " ") for n in names], [[row[n] for n in names] for row in rows])
    heads = ["", *(f"unit {u} here" for u in comparison.units_b), "not found"]
    left = [*(f"unit {u}" for u in comparison.units_a), "none of them"]
    body = [[name, *map(int, line)] for name, line in zip(left, comparison.confusion, strict=True)]
    words_ = (
        f"Mean accuracy {comparison.accuracy.mean():.3f} over {len(rows)} units, of which"
        f" {(comparison.accuracy >= 0.8).sum()} reach 0.8."
    )
    return [words_, matched, Table("Spikes by unit there (rows) and here (columns)", heads, body)]
