"""Edits of kinds and units as wholes, as a page asks for them: checked against the table there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spikelens.app.review import Review
from spikelens.edits import Edit
from spikelens.errors import BadParameter, UnknownName

GROUP_FIELDS = {
    "name_kind": ("kind", "name"),
    "merge_kinds": ("kinds", "into"),
    "unit": ("ids", "unit"),
    "name_unit": ("unit", "name"),
    "merge_units": ("units", "into"),
}
"""What each such edit says."""


def regrouped(review: Review, edit: Mapping[str, Any]) -> Edit:
    """The edit as the log keeps it; a new unit gets its number here.

    Raises
    ------
    BadParameter
        The spikes are not sorted into units.
    UnknownName
        There is no such unit or spike.
    """
    what = edit["do"]
    kept = {"do": what, **{name: edit[name] for name in GROUP_FIELDS[what] if edit.get(name) is not None}}
    if "kind" in what:
        return kept
    if not review.sorting:
        raise BadParameter("these spikes are not sorted into units; sort them first, under Detect")
    kept["sorting"] = review.sorting
    if what == "unit":
        _check_spikes(review, kept.get("ids"))
        kept.setdefault("unit", review.next_unit())
        return kept
    _check_units(review, [*_listed(kept.get("units")), kept.get("into" if what == "merge_units" else "unit")])
    return kept


def _listed(given: object) -> list[Any]:
    return given if isinstance(given, list) else []


def _check_spikes(review: Review, spikes: object) -> None:
    for spike in _listed(spikes):
        if not isinstance(spike, int) or review.sample_of(spike) is None:
            raise UnknownName(f"no spike {spike!r}; it may have been taken away in another window")


def _check_units(review: Review, units: list[Any]) -> None:
    known = np.unique(review.table(names=("unit_id",))["unit_id"]).tolist()
    for unit in units:
        if unit not in known or unit < 0:
            raise UnknownName.among("unit", unit, [u for u in known if u >= 0])
