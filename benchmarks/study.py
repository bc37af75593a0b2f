"""What is known of the 2017 study's method, measured again on simulated cells.

    python -m benchmarks.study [--cells 8] [--duration 60] [--rate 10000]

Each cell is cut into windows of 100 samples; models are trained on the first two thirds
with true labels and judged on the rest. Makes a table in Markdown on stdout, with what
was known beside it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spikelens.errors import BadParameter
from spikelens.labels import compare
from spikelens.learning import cut, label, train
from spikelens.simulation import simulate
from spikelens.study.checks import adjoining, shifted
from spikelens.windows import Windows

LEVELS = ("easy", "medium", "hard")
CUTOFFS = (0.013, 0.017, 0.020)
MOVED = 0.012
"""How much higher the drifted trace rests, V."""
SPIKE_RATE = (1.0, 4.0)
"""Cells fire at such rates, Hz: a silent one has no F1."""
FIRST_SEED = 40_000
WAYS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "pictures + logistic": ("images", {"learner": "logistic"}),
    "pictures + forest": ("images", {"learner": "forest"}),
    "raw numbers + logistic": ("waveform", {"learner": "logistic", "centred": False}),
    "centred + forest": ("waveform", {"learner": "forest"}),
    "shape + forest": ("shape", {"learner": "forest"}),
}
KNOWN: Mapping[str, tuple[str, str, str]] = {
    "rule at 0.013 V": (".94", ".89", ".26"),
    "rule at 0.017 V": (".95", ".87", ".02"),
    "rule at 0.020 V": (".95", ".77", ".01"),
    "pictures + logistic": (".76", ".77", ".18"),
    "centred + forest": ("1.00", ".98", ".88"),
    "pictures + logistic, 12 mV higher": (".1-.2", ".1-.2", ""),
    "false windows of the rule that adjoin a true spike's": ("96 %", "88 %", ""),
}


@dataclass(frozen=True)
class Cell:
    """A simulated cell, cut and truly labelled."""

    windows: Windows
    times: np.ndarray

    def part(self, first: float, last: float) -> Windows:
        n = len(self.windows)
        return self.windows.between(int(first * n) + 1, int(last * n))


def make_cell(level: str, seed: int, duration: float, rate: float) -> Cell:
    made = simulate(duration, rate, difficulty=level, seed=seed, rate=SPIKE_RATE)
    return Cell(cut(made.recording, 100), made.truth.time[made.truth.visible])


def measure_cell(cell: Cell, other: Cell) -> dict[str, float]:
    """F1 of spike windows in a cell's last third, by each way; NaN where nothing can be learnt.

    The last way learns from the whole of the `other` cell: from pictures on one y-range,
    which another cell's resting level and spike height do not fit.
    """
    training, test = cell.part(0, 2 / 3), cell.part(2 / 3, 1)
    truth = label(test, "truth", times=cell.times)
    rows: dict[str, float] = {}
    for cutoff in CUTOFFS:
        rule = label(test, "deviation", cutoff=cutoff)
        rows[f"rule at {cutoff:.3f} V"] = compare(rule, truth).f1("spike")
    everywhere = label(cell.windows, "truth", times=cell.times)
    false, beside = adjoining(cell.windows, label(cell.windows, cutoff=CUTOFFS[0]), everywhere)
    rows |= {"false windows": false, "beside": beside}
    moved = test.on(shifted(test.recording, MOVED))
    true = label(training, "truth", times=cell.times)
    for name, (classifier, settings) in WAYS.items():
        try:
            model = train(training, true, classifier, **settings)
        except BadParameter:
            continue
        rows[name] = compare(model.predict(test), truth).f1("spike")
        rows[f"{name}, 12 mV higher"] = compare(model.predict(moved), truth).f1("spike")
    foreign = label(other.windows, "truth", times=other.times)
    model = train(other.windows, foreign, "images", learner="logistic")
    rows["pictures + logistic, learnt on another cell"] = compare(model.predict(test), truth).f1("spike")
    return rows


def summarise(measured: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Means over cells, and the share of false windows over all of them."""
    names = [name for name in measured[0] if name not in ("false windows", "beside")]
    means = {name: float(np.mean([m[name] for m in measured if name in m])) for name in names}
    false = sum(m["false windows"] for m in measured)
    share = sum(m["beside"] for m in measured) / false if false else float("nan")
    return means | {"false windows of the rule that adjoin a true spike's": share}


def table(results: Mapping[str, Mapping[str, float]]) -> str:
    """Measured and known figures in Markdown, a column pair per level."""
    head = " | ".join(f"{level} | known" for level in results)
    lines = [f"| mean F1 of spike windows | {head} |", "|" + "---|" * (1 + 2 * len(results))]
    names = dict.fromkeys(name for result in results.values() for name in result)
    for name in names:
        known = dict(zip(LEVELS, KNOWN.get(name, ("", "", "")), strict=True))
        cells = " | ".join(f"{results[k].get(name, np.nan):.2f} | {known[k]}" for k in results)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def run(
    cells: int, duration: float, rate: float, levels: Sequence[str] = LEVELS
) -> dict[str, dict[str, float]]:
    """All levels, the same number of cells each."""
    seeds = range(FIRST_SEED, FIRST_SEED + cells)
    results = {}
    for level in levels:
        made = [make_cell(level, seed, duration, rate) for seed in seeds]
        results[level] = summarise(
            [measure_cell(a, b) for a, b in zip(made, made[1:] + made[:1], strict=True)]
        )
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=8)
    parser.add_argument("--duration", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=10_000.0)
    asked = parser.parse_args()
    print(table(run(asked.cells, asked.duration, asked.rate)))


if __name__ == "__main__":
    main()
