"""What the default detector must reach, and what it does: one row per aim, misses included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Results = Mapping[str, Mapping[str, Mapping[str, Any]]]
Row = tuple[str, str, str, bool]
"""Aim, value to reach, value measured, reached."""

RULES = ("prominence", "slope", "level", "deviation", "bandpass_mad")
_AIMS = {"easy": (0.999, 0.998), "medium": (0.997, 0.993), "hard": (0.98, 0.96)}
"""Pooled F1 from 10 kHz on, and at 4 kHz."""
_SECOND_HARD = 0.92
BRIER = {"brier": "every candidate", "brier_listed": "the listed"}
"""Brier scores, and over what they are means."""
_HEIGHTS = {25: 0.995, 12: 0.995, 10: 0.995, 8: 0.97, 6: 0.90}


def reached(results: Results) -> list[Row]:
    """Every aim that these results speak of."""
    rows = [*_pooled(results), *_hybrids(results), *_false(results), *_probabilities(results)]
    return [*rows, *_artefacts(results), *_floor(results), *_speed(results)]


def _at_least(name: str, aim: float, value: float) -> Row:
    return name, f">= {aim:g}", f"{value:.4g}", value >= aim


def _at_most(name: str, aim: float, value: float) -> Row:
    return name, f"<= {aim:g}", f"{value:.4g}", value <= aim


def _rows(results: Results, wanted: Callable[[str], bool]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((group, rows["adaptive"]) for group, rows in results.items() if wanted(group))


def _pooled(results: Results) -> Iterator[Row]:
    for group, row in _rows(results, lambda g: g.endswith("kHz")):
        family, level, rate = group.rsplit(" ", 3)[:3]
        aim = _AIMS[level][rate == "4"]
        if level == "hard" and family != "conductance" and rate != "4":
            aim = _SECOND_HARD
        yield _at_least(f"{group}, pooled F1", aim, row["f1"])
        if level == "hard":
            yield _at_least(f"{group}, worst cell", 0.80, row["worst"])


def _hybrids(results: Results) -> Iterator[Row]:
    for height, aim in _HEIGHTS.items():
        for group, row in _rows(results, lambda g, h=height: g == f"real spikes of {h} mV"):
            yield _at_least(f"{group}, pooled F1", aim, row["f1"])


def _false(results: Results) -> Iterator[Row]:
    for group, row in _rows(results, lambda g: g.startswith("0/s") or g.endswith("no spikes")):
        yield _at_most(f"{group}, false spikes per minute", 0.5, row["false_per_minute"])
    silent = [row for _, row in _rows(results, lambda g: g.startswith("0/s"))]
    if silent:
        n = sum(row["n_cells"] for row in silent)
        together = sum(row["false_per_minute"] * row["n_cells"] for row in silent) / n
        yield _at_most(f"all {n} cells that never fire, false spikes per minute", 0.5, together)
    for group, row in _rows(results, lambda g: g.startswith("0.05/s")):
        yield _at_most(f"{group}, false spikes per minute", 0.3, row["false_per_minute"])


def _probabilities(results: Results) -> Iterator[Row]:
    for group, row in _rows(results, lambda g: g.split(" ")[0] in ("0.05/s", "0.5/s", "5/s")):
        if row["calibration_error"] is not None:
            yield _at_most(f"{group}, calibration error per cell", 0.10, row["calibration_error"])
    for key, whose in BRIER.items():
        for group, row in _rows(results, lambda g: " hard " in g):
            if row.get(key) is not None:
                yield _at_most(f"{group}, Brier score of {whose}", 0.008, row[key])


def _artefacts(results: Results) -> Iterator[Row]:
    beside = [rows for rows in results.values() if "prominence" in rows]
    taken = {m: sum(rows[m]["artefacts_taken"] for rows in beside) for m in ("prominence", "adaptive")}
    if taken["prominence"]:
        share = 1 - taken["adaptive"] / taken["prominence"]
        yield _at_least("artefacts that prominence takes for spikes, rejected", 0.90, share)


def _floor(results: Results) -> Iterator[Row]:
    below = total = 0
    for rows in results.values():
        if not rows.keys() >= set(RULES):
            continue
        mine = zip(rows["adaptive"]["f1_per_cell"], rows["adaptive"]["errors_per_cell"], strict=True)
        for k, (f1, errors) in enumerate(mine):
            best = max(rows[m]["f1_per_cell"][k] for m in RULES)
            fewest = min(rows[m]["errors_per_cell"][k] for m in RULES)
            below += f1 < best - 0.01 and errors > fewest + 1
            total += 1
    if total:
        yield _at_most(f"files (of {total}) on which a named rule is better by .01 and a spike", 0, below)


def _speed(results: Results) -> Iterator[Row]:
    slowest = min(row["samples_per_second"] for _, row in _rows(results, lambda g: g.endswith("kHz")))
    yield _at_least("samples per CPU second, slowest group", 1e7, slowest)
