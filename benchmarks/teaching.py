"""How much a person's labels help: F1 on hard cells of the second family by the number of labels.

    python benchmarks/teaching.py --cells 24 --to teaching.json

The labels are the truth's, asked as `spikelens ask` asks: the most uncertain first, every third
spread over all probabilities. Beside them as many drawn at random among the same candidates. The
seeds are used nowhere else.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import spikelens
from spikelens import api
from spikelens.choosing import Chosen, choose
from spikelens.detectors.adaptive import Adaptive
from spikelens.errors import BadParameter
from spikelens.scoring import Score, score_times
from spikelens.simulation import Simulation, simulate
from spikelens.spikes import Spikes
from spikelens.teaching import Said, teach, to_ask

FIRST_SEED = 111_000
NUMBERS = (0, 10, 20, 40)
WAYS = ("asked", "random")
_TOLERANCE = 1e-3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pupil:
    """A simulated cell, and what is found in it untaught."""

    made: Simulation
    chosen: Chosen
    untaught: Spikes

    @classmethod
    def of(cls, seed: int, duration: float, sampling_rate: float) -> Pupil:
        made = simulate(duration, sampling_rate, difficulty="hard", seed=seed, family="integrate-and-fire")
        chosen = choose(made.recording)
        return cls(made, chosen, api.detect(chosen, "adaptive"))

    def questions(self, way: str, n: int) -> Floats:
        """Times of the candidates that are to be labelled."""
        every = to_ask(self.untaught, n if way == "asked" else 10**9)
        if way == "random":
            order = np.random.default_rng(n).permutation(len(every))[:n]
            every = [every[k] for k in order]
        return np.array([table.time[row] for table, row in every], np.float64)

    def after(self, time: Floats) -> Score | None:
        """The score once the truth has labelled candidates at `time`; None if that was refused."""
        true = self.made.truth.time
        near = np.abs(time[:, None] - true).min(axis=1, initial=np.inf) < _TOLERANCE
        try:
            lesson = teach(self.chosen, Said.at(self.made.recording, time, near))
        except BadParameter:
            return None
        return self.score(api.detect(self.chosen, Adaptive().refined(lesson.taught, "labels")))

    def score(self, found: Spikes) -> Score:
        truth = self.made.truth
        seen = truth.visible
        return score_times(np.sort(truth.time[seen]), found.time, ignore=truth.time[~seen])


def taught(pupil: Pupil, way: str, n: int) -> tuple[Score, bool]:
    """The score after `n` labels, and whether they were refused, so that all is as before."""
    before = pupil.score(pupil.untaught)
    after = pupil.after(pupil.questions(way, n)) if n else before
    return (before, True) if after is None else (after, False)


def figures(answers: Sequence[tuple[Score, bool]]) -> dict[str, float]:
    """F1 of all cells together and of the worst one, and in how many labels were refused."""
    scores = [score for score, _ in answers]
    both = sum(s.n_found + s.n_true for s in scores)
    return {
        "f1": 2 * sum(s.n_matched for s in scores) / both if both else 1.0,
        "worst": min(s.f1 for s in scores),
        "refused": sum(was_refused for _, was_refused in answers),
    }


def as_markdown(results: dict[str, dict[str, float]]) -> str:
    lines = ["| labels | pooled F1 | worst cell | cells refused |", "| --- | --- | --- | --- |"]
    for name, row in results.items():
        lines.append(f"| {name} | {row['f1']:.3f} | {row['worst']:.2f} | {row['refused']:.0f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cells", type=int, default=24)
    parser.add_argument("--duration", type=float, default=60.0, help="of each cell, s")
    parser.add_argument("--sampling-rate", type=float, default=10e3, help="Hz")
    parser.add_argument("--to", type=Path, help="JSON file for all figures")
    asked = parser.parse_args(arguments)
    answers: dict[str, list[tuple[Score, bool]]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + asked.cells):
        pupil = Pupil.of(seed, asked.duration, asked.sampling_rate)
        for n in NUMBERS:
            for way in WAYS[: None if n else 1]:
                answers.setdefault(f"{n} {way}" if n else "0", []).append(taught(pupil, way, n))
    results = {name: figures(each) for name, each in answers.items()}
    print(as_markdown(results))
    if asked.to:
        facts = {"date": datetime.date.today().isoformat(), "version": spikelens.__version__}
        asked.to.write_text(json.dumps(facts | {"cells": asked.cells, "results": results}, indent=1))


if __name__ == "__main__":
    main()
