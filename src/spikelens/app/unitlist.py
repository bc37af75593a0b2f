"""The units of a sorting as corrected, each with its figures."""

from __future__ import annotations

import math
from typing import Any

from spikelens.app.review import Review


def unit_rows(review: Review | None) -> list[dict[str, Any]]:
    """A row per unit: see `spikelens.unitquality.COLUMNS`; null where there is no number."""
    if review is None or not review.sorting:
        return []
    # Loaded when asked for: few recordings are sorted.
    from spikelens.sortings.measuring import measure_units

    spikes = review.spikes()
    sorted_ones = spikes.take(spikes["unit_id"] >= 0)
    if not len(sorted_ones):
        return []
    rows = measure_units(review.detected.recording, sorted_ones).rows
    return [{name: _told(value) for name, value in row.items()} for row in rows]


def _told(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
