"""Which spikes to look at: the telling ones, a few of each table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from spikelens.spikes import Spikes

BURST = 0.05
"""Spikes closer than this (s) to the next may be of a burst."""


@dataclass(frozen=True)
class Pick:
    """A spike, or a rejected candidate, and why it is worth looking at."""

    why: str
    table: Spikes
    row: int
    reach: int = 0
    """Rows to either side that are to be seen with it, as those of a burst."""

    @property
    def span(self) -> tuple[int, int]:
        """The first and last row to be seen."""
        return self.row - self.reach, self.row + self.reach

    @property
    def is_rejected(self) -> bool:
        return str(self.table["verdict"][self.row]) != "spike"


def telling(spikes: Spikes) -> list[Pick]:
    """A typical spike, the smallest, the least certain or the tallest, a burst, a rejected one.

    One that is telling for two reasons is shown once.
    """
    if not len(spikes):
        return nearly_accepted(spikes, 1)
    size, given = np.abs(spikes.height), np.isfinite(spikes.probability)
    rows = {"typical": np.argmin(np.abs(size - np.median(size))), "smallest": np.argmin(size)}
    if given.any():
        rows["least certain"] = np.argmin(np.where(given, spikes.probability, np.inf))
    else:
        rows["tallest"] = np.argmax(size)
    reasons: dict[int, list[str]] = {}
    for why, row in rows.items():
        reasons.setdefault(int(row), []).append(why)
    if len(spikes) == 1:
        reasons = {0: ["the only spike"]}
    picks = [Pick(", ".join(why), spikes, row) for row, why in reasons.items()]
    return picks + _burst(spikes) + nearly_accepted(spikes, 1)


def _burst(spikes: Spikes) -> list[Pick]:
    """The three spikes that follow one another fastest, if they do so fast."""
    if len(spikes) < 3:
        return []
    stretch = spikes.stretches.at(spikes.sample_index)
    length = (spikes.sample_index[2:] - spikes.sample_index[:-2]) / spikes.sampling_rate
    length = np.where(stretch[2:] == stretch[:-2], length, np.inf)
    fastest = int(np.argmin(length))
    return [Pick("fastest three", spikes, fastest + 1, reach=1)] if length[fastest] <= 2 * BURST else []


def nearly_accepted(spikes: Spikes, most: int) -> list[Pick]:
    """The rejected candidates that came nearest: by probability where there is one, else by height."""
    rejected = spikes.candidates
    if rejected is None or not len(rejected):
        return []
    given = np.nan_to_num(rejected.probability, nan=0.0)
    order = np.lexsort((-np.nan_to_num(np.abs(rejected.height)), -given))
    return [_rejected(rejected, int(row)) for row in order[:most]]


def telling_artefacts(spikes: Spikes, most: int) -> list[Pick]:
    """The largest artefacts of each kind, the kinds in turn."""
    rejected = spikes.candidates
    if rejected is None:
        return []
    rows = np.flatnonzero(rejected["verdict"] == "artefact")
    rows = rows[np.argsort(-np.abs(rejected.height[rows]), kind="stable")]
    # The how-manieth of its kind each one is: the first of all kinds come first.
    seen: Counter[str] = Counter()
    turns = []
    for row in rows:
        kind = _kind(rejected, int(row))
        turns.append(seen[kind])
        seen[kind] += 1
    return [_rejected(rejected, int(rows[k])) for k in np.argsort(turns, kind="stable")[:most]]


def _rejected(rejected: Spikes, row: int) -> Pick:
    return Pick(f"rejected: {_kind(rejected, row)}", rejected, row)


def _kind(rejected: Spikes, row: int) -> str:
    """What a candidate was taken for; of an artefact the kind, where its reason says so."""
    verdict = str(rejected["verdict"][row]).replace("_", " ")
    if verdict != "artefact" or "reason" not in rejected:
        return verdict
    return str(rejected["reason"][row]).partition(":")[0]
