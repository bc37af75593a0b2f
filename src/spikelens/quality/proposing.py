"""Sections that had better be left out, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.prefixes import megohms, quantity
from spikelens.quality.rule import QualityRule

Floats = NDArray[np.float64]
Columns = Mapping[str, NDArray[Any]]

FIRST_SHARE, FIRST_LEAST = 0.1, 3
"""The reference is the median of the first tenth of a column's values, and of three at least."""

SURE = 3.0
"""A change of the bridge within so many standard errors is none."""


@dataclass(frozen=True)
class Proposal:
    """A stretch proposed for exclusion."""

    start: float
    """s, recording's clock."""
    stop: float
    reason: str
    measure: str
    """The column that gave the reason."""
    value: float
    """The worst of the stretch, in the column's unit."""
    limit: float
    words: str
    """What is wrong, with numbers."""


@dataclass(frozen=True)
class _Finding:
    """Sections one rule finds fault with."""

    reason: str
    measure: str
    is_bad: NDArray[np.bool_]
    limit: float
    words: Callable[[float], str]


def reference(values: Floats) -> float:
    """What a measure was in the beginning; NaN if it has no value."""
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan")
    return float(np.median(known[: max(FIRST_LEAST, round(FIRST_SHARE * known.size))]))


def propose(columns: Columns, rule: QualityRule) -> list[Proposal]:
    """Judge the sections; neighbours with one reason are one stretch.

    Returns
    -------
    list of Proposal
        In order of time; a stretch that is bad for two reasons is there twice.
    """
    findings = [_seal(columns, rule), _depolarised(columns, rule), _bridge(columns, rule)]
    findings += [_heights(columns, rule), _saturated(columns, rule)]
    if "access_resistance" in columns:
        findings.append(_access(columns, rule))
    found = [p for finding in findings for p in _stretches(columns, finding)]
    return sorted(found, key=lambda p: (p.start, p.reason))


def _seal(columns: Columns, rule: QualityRule) -> _Finding:
    values = columns["resting_potential"]
    first = reference(values)
    limit = (1 - rule.seal) * first
    lost = values > limit if first < 0 else np.zeros(values.size, bool)
    # A seal does not come back: from where on all that is known is lost.
    lasting = np.logical_and.accumulate((lost | ~np.isfinite(values))[::-1])[::-1]
    is_bad = lasting & np.isfinite(values)
    return _Finding(
        "seal loss",
        "resting_potential",
        is_bad,
        limit,
        lambda worst: f"rests at {_v(worst)} and not at {_v(first)} as before, to the end",
    )


def _depolarised(columns: Columns, rule: QualityRule) -> _Finding:
    values, limit = columns["resting_potential"], rule.depolarised
    return _Finding(
        "depolarised",
        "resting_potential",
        values > limit,
        limit,
        lambda worst: f"rests at {_v(worst)}, above {_v(limit)}",
    )


def _bridge(columns: Columns, rule: QualityRule) -> _Finding:
    first, allowed = _allowed(columns["bridge"], rule)
    unsure = np.nan_to_num(SURE * columns["bridge_error"])
    return _Finding(
        "bridge change",
        "bridge",
        np.abs(columns["bridge"] - first) > np.maximum(allowed, unsure),
        first + allowed,
        lambda worst: f"steps by {megohms(worst)} at pulse edges, not by {megohms(first)}",
    )


def _access(columns: Columns, rule: QualityRule) -> _Finding:
    first, allowed = _allowed(columns["access_resistance"], rule)
    return _Finding(
        "access change",
        "access_resistance",
        np.abs(columns["access_resistance"] - first) > allowed,
        first + allowed,
        lambda worst: f"access is {megohms(worst)}, and was {megohms(first)}",
    )


def _allowed(resistance: Floats, rule: QualityRule) -> tuple[float, float]:
    """What a resistance is at first, and by how much it may change, ohm."""
    first = reference(resistance)
    return first, max(rule.bridge_change * abs(first), rule.bridge_least)


def _heights(columns: Columns, rule: QualityRule) -> _Finding:
    values = columns["spike_height"]
    first = reference(values)
    limit = (1 - rule.height_loss) * first
    return _Finding(
        "spike height collapse",
        "spike_height",
        values < limit,
        limit,
        lambda worst: f"spikes are {_v(worst)} tall, and were {_v(first)}",
    )


def _saturated(columns: Columns, rule: QualityRule) -> _Finding:
    values, limit = columns["railed"], rule.saturated
    return _Finding(
        "saturated",
        "railed",
        values > limit,
        limit,
        lambda worst: f"{worst * 100:.3g} % of the samples stand at the end of the range",
    )


def _stretches(columns: Columns, finding: _Finding) -> list[Proposal]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finding.is_bad, [False]])))
    found = []
    for low, high in edges.reshape(-1, 2):
        values = columns[finding.measure][low:high]
        worst = float(values[np.argmax(np.abs(values - reference(columns[finding.measure])))])
        start, stop = float(columns["start"][low]), float(columns["stop"][high - 1])
        found.append(
            Proposal(start, stop, finding.reason, finding.measure, worst, finding.limit, finding.words(worst))
        )
    return found


def _v(value: float) -> str:
    return quantity(value, "V")
