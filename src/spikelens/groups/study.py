"""A study of cells: every recording measured, cells told apart, groups compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from spikelens import api
from spikelens.cards import rows_card
from spikelens.detecting import Progress
from spikelens.errors import BadParameter, SpikelensError
from spikelens.features import Feature
from spikelens.groups.table import IDENTITY, cell_rows, comparison_rows
from spikelens.profiles import MEASURES, NOTHING, Beside, checked_measures, profile_of
from spikelens.runs.finding import Found, find_in
from spikelens.runs.request import Request
from spikelens.runs.sheet import Sheet
from spikelens.summary import Row

Watch = Callable[[Path], Progress]


@dataclass(frozen=True)
class Cells:
    """The cells of a study, in tidy tables."""

    recordings: list[Row]
    """A row per recording."""
    rows: list[Row]
    """A row per cell and condition."""
    comparisons: list[Row]
    columns: tuple[Feature, ...]
    """The measures, in order: unit and rule of each."""
    methods: Mapping[str, str]
    """By measure, how it was done with the first recording that it fits."""
    warnings: tuple[str, ...]
    shown: list[tuple[str, Found]] = field(repr=False)
    """The first recording of each cell and condition, to draw."""

    def _repr_html_(self) -> str:
        return rows_card("Cells", self.rows) + rows_card("Comparisons", self.comparisons)


def compare_cells(
    paths: Sequence[Path],
    sheet: Sheet,
    request: Request,
    *,
    measures: Sequence[str] = tuple(MEASURES),
    beside: Beside = NOTHING,
    watch: Watch | None = None,
) -> Cells:
    """Measure every recording of a study and compare its groups and conditions.

    Parameters
    ----------
    paths : sequence of Path
        Recordings; those that the sheet excludes, or does not name, are left out.
    sheet : Sheet
        Which file is which cell, animal, group and condition.
    request : Request
        How spikes are found, alike in all.
    measures : sequence of str
        Of `spikelens.profiles.MEASURES`.
    beside : Beside
        Stimuli and steps of recordings of which the sheet names none (columns ``events``, ``protocol``).
    watch : callable, optional
        Called with each path as it begins.

    Returns
    -------
    Cells

    Raises
    ------
    BadParameter
        The sheet names none of the recordings, or none could be read.
    """
    names = checked_measures(measures)
    kept = [path for path in paths if sheet.of(path) and not sheet.excludes(path)]
    if not kept:
        raise BadParameter("the sheet names none of the recordings given: compare its column file with them")
    rows: list[Row] = []
    methods: dict[str, str] = {}
    columns: dict[str, Feature] = {}
    shown: dict[tuple[object, object], tuple[str, Found]] = {}
    warnings = [f"{name} is in the sheet, but was not given" for name in sheet.unmatched(paths)]
    warnings += [f"{path} is not in the sheet, and left out" for path in paths if not sheet.of(path)]
    for path in kept:
        identity = _identity(path, sheet)
        try:
            found = _find(path, request, watch)
        except SpikelensError as why:
            warnings.append(f"{path} is left out: {why}")
            continue
        told = profile_of(found.recording, found.spikes, names, _beside(path, sheet, beside, request))
        methods = {**told.methods, **methods}
        rows.append(identity | told.row)
        columns |= {f.name: f for f in told.columns if f.name not in columns}
        if not len(found.spikes) and found.spikes.provenance.mode != "voltage-clamp":
            warnings.append(f"{path.name}: no spikes were found")
        shown.setdefault((identity["cell"], identity["condition"]), (_called(identity), found))
        warnings += [f"{path.name}: {text}" for text in (*found.warnings, *told.reasons)]
    if not rows:
        raise BadParameter(f"none of {len(kept)} recordings could be used; the first: {warnings[-1]}")
    kept_columns = tuple(columns.values())
    cells = cell_rows(rows, kept_columns)
    warnings += _of_design(cells)
    compared = comparison_rows(cells, kept_columns)
    return Cells(rows, cells, compared, kept_columns, methods, tuple(warnings), list(shown.values()))


def _find(path: Path, request: Request, watch: Watch | None) -> Found:
    progress = watch(path) if watch else None
    return find_in(api.read(path, **request.hints), request, progress=progress)


def _beside(path: Path, sheet: Sheet, beside: Beside, request: Request) -> Beside:
    """What is known of one recording: what the sheet says of it goes first."""
    protocol = sheet.named(path, "protocol")
    return replace(
        beside,
        events=sheet.named(path, "events") or beside.events,
        protocol=Path(protocol) if protocol else beside.protocol,
        junction_potential=request.junction_potential,
    )


def _identity(path: Path, sheet: Sheet) -> Row:
    named = sheet.of(path)
    row: Row = {"file": str(path), **{name: named.get(name, "") for name in IDENTITY}}
    return row | {"cell": named.get("cell") or path.stem}


def _called(identity: Row) -> str:
    return " ".join(str(identity[name]) for name in ("cell", "condition") if identity[name])


def _of_design(cells: Sequence[Row]) -> list[str]:
    """What the design does not allow to be said."""
    told = []
    animals, n_cells = {row["animal"] for row in cells}, len({row["cell"] for row in cells})
    if animals == {""}:
        told.append("the sheet has no animals: whether cells are independent cannot be judged")
    elif len(animals) < n_cells:
        told.append(
            f"{n_cells} cells come from {len(animals)} animals; tests count cells, and cells of one animal"
            " resemble each other"
        )
    return told
