"""Tables of `sorting.py` in Markdown."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

Row = dict[str, Any]

GOALS = {"wire 3": 0.93, "wire 3 low": 0.95, "wire 5": 0.94, "tetrode 8": 0.995, "tetrode 8 low": 0.98,
         "probe 20": 0.97, "coloured easy 5": 0.99, "coloured easy 10": 0.93, "coloured easy 15": 0.70,
         "coloured difficult 5": 0.99, "coloured difficult 10": 0.85,
         "coloured difficult 15": 0.50}  # fmt: skip
ENOUGH = 0.98
"""A goal above what true templates reach is reached at this share of it."""


def own_table(rows: list[Row]) -> str:
    """Our figures: a line per scenario."""
    heads = ("recording (seeds)", "goal", "Spikelens, worst", "true templates", "reached",
             "right number of units", "collided found", "calibration error", "of single neurons",
             "CPU s")  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, found in _by(rows, "scenario").items():
        mean = {k: float(np.nanmean([r[k] for r in found]))
                for k in ("accuracy", "reach", "collided", "calibration_error",
                          "calibration_error_of_neurons", "cpu")}  # fmt: skip
        goal = GOALS.get(name)
        same = sum(r["units"] == r["true_units"] for r in found)
        asked = min(goal or 0.0, ENOUGH * mean["reach"])
        lines.append(
            f"| {name} ({seeds_of(found)}) | {goal or ''} | {mean['accuracy']:.3f},"
            f" {min(r['accuracy'] for r in found):.3f} | {mean['reach']:.3f} |"
            f" {'' if goal is None else 'yes' if mean['accuracy'] >= asked else '**no**'} |"
            f" {same} of {len(found)} | {mean['collided']:.2f} |"
            f" {mean['calibration_error']:.3f} | {mean['calibration_error_of_neurons']:.3f} |"
            f" {mean['cpu']:.1f} |"
        )
    return "\n".join(lines)


def peers_table(kept: list[Row], rows: list[Row]) -> str:
    """Peers beside ours on the very recordings that peers were measured on; units returned in brackets."""
    mine = {key_of(r): r for r in rows}
    kept = [r for r in kept if key_of(r) in mine]
    if not kept:
        return "No peer was measured on these recordings."
    names = sorted({r["sorter"] for r in kept})
    head = "| recording (seeds) | Spikelens | " + " | ".join(names) + " |"
    lines = [head, "|---" * (len(names) + 2) + "|"]
    for scenario, found in _by(kept, "scenario").items():
        own = list({key_of(r): mine[key_of(r)] for r in found}.values())
        cells = [_cell([r for r in found if r["sorter"] == name], len(own)) for name in names]
        lines.append(f"| {scenario} ({seeds_of(own)}) | {_cell(own, len(own))} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def failures(kept: list[Row], rows: list[Row]) -> list[str]:
    """A line for each peer that failed on one of our recordings, with its reason."""
    mine = {key_of(r) for r in rows}
    return [
        f"- {r['sorter']} fails on {r['scenario']} ({seeds_of([r])}, seed {r['seed']}): {r['error']}"
        for r in kept
        if "error" in r and key_of(r) in mine
    ]


def key_of(row: Row) -> tuple[str, str, int]:
    """Which recording a row is of."""
    return row["scenario"], row["generator"], row["seed"]


def seeds_of(rows: list[Row]) -> str:
    """How many recordings of which generators: ``5 SI, 5 own``."""
    short = {"spikeinterface": "SI"}
    return ", ".join(f"{len(some)} {short.get(g, g)}" for g, some in _by(rows, "generator").items())


def _cell(rows: list[Row], n: int) -> str:
    """A sorter's figures on some of a scenario's `n` recordings."""
    good = [r for r in rows if "error" not in r]
    if not good:
        return "failed" if rows else ""
    accuracy = sum(r["accuracy"] for r in good) / len(rows)
    failed = "" if len(good) == len(rows) else f", {len(rows) - len(good)} failed"
    # Peers are run in a process of their own, and so is ours a second time.
    costs = [(r.get("cold_cpu", r["cpu"]), r["peak_mb"]) for r in good if "peak_mb" in r]
    cpu, peak = np.mean(costs, axis=0) if costs else (np.nan, np.nan)
    few = "" if len(rows) == n else f", {len(rows)} of {n}"
    units = np.mean([r["units"] for r in good])
    return f"{accuracy:.3f} ({units:.1f}) {cpu:.0f} s {peak:.0f} MB{few}{failed}"


def _by(rows: list[Row], column: str) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        out[row[column]].append(row)
    return out
