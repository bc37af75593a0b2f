"""Spikelens and its peers on the same simulated cells: F1 and samples per CPU second.

    SPIKELENS_PEERS=/path/to/peers/bin/python python benchmarks/peers.py [--seeds 6] [--duration 30]

Makes a table in Markdown on stdout. Peers run in an environment of their own, made from
`benchmarks/peers.lock`; without one only our methods are shown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikelens import api
from spikelens.recording import Recording
from spikelens.scoring import Score, score_times
from spikelens.simulation import Simulation, simulate

LEVELS = ("easy", "medium", "hard")
RATES = (4_000.0, 10_000.0, 20_000.0, 50_000.0)
FIRST_SEED = 9_000
"""No model was trained on these; limits of `adaptive` were set with some of them in view."""


@dataclass(frozen=True)
class Case:
    level: str
    rate: float
    cell: Simulation


@dataclass(frozen=True)
class Answer:
    times: np.ndarray
    cpu: float
    error: str = ""


def cases(seeds: int, duration: float) -> list[Case]:
    """Every level at every rate, the same cells at each rate."""
    chosen = range(FIRST_SEED, FIRST_SEED + seeds)
    return [
        Case(level, rate, simulate(duration, rate, difficulty=level, seed=seed))
        for level in LEVELS
        for rate in RATES
        for seed in chosen
    ]


def ours(cases: list[Case], method: str, verb: Callable[..., object]) -> list[Answer]:
    """One of our detectors, warm."""
    verb(cases[0].cell.recording, method)
    answers = []
    for case in cases:
        begun = time.process_time()
        spikes = verb(case.cell.recording, method)
        answers.append(Answer(spikes.time, time.process_time() - begun))  # type: ignore[attr-defined]
    return answers


def theirs(cases: list[Case], python: str) -> tuple[dict[str, list[Answer]], dict[str, str]]:
    """Every peer's answers, and the peers' versions."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traces.npz"
        arrays: dict[str, np.ndarray] = {}
        for k, case in enumerate(cases):
            recording: Recording = case.cell.recording
            arrays |= {f"v{k}": recording.read()[:, 0].astype(np.float64), f"rate{k}": np.array(case.rate)}
        np.savez(path, **arrays)  # type: ignore[arg-type]
        worker = Path(__file__).with_name("peers_worker.py")
        done = subprocess.run([python, worker, path], stdout=subprocess.PIPE, check=True)
    document = json.loads(done.stdout)
    answers = {
        name: [Answer(np.array(a["times"]), a["cpu"], a["error"]) for a in given]
        for name, given in document["answers"].items()
    }
    return answers, document["versions"]


def scored(case: Case, answer: Answer) -> Score:
    truth = case.cell.truth
    hidden = truth.time[~truth.visible]
    return score_times(truth.time[truth.visible], np.sort(answer.times), ignore=hidden)


def row(name: str, cases: list[Case], answers: list[Answer]) -> list[str]:
    """Pooled and worst F1 per level and rate, then speed over all."""
    cells = []
    for level in LEVELS:
        for rate in RATES:
            mine = [
                scored(c, a)
                for c, a in zip(cases, answers, strict=True)
                if (c.level, c.rate) == (level, rate)
            ]
            matched, true, found = (
                sum(getattr(s, n) for s in mine) for n in ("n_matched", "n_true", "n_found")
            )
            pooled = 2 * matched / (true + found) if true + found else 1.0
            cells.append(f"{pooled:.3f} ({min(s.f1 for s in mine):.2f})")
    samples = sum(c.cell.recording.n_samples for c in cases)
    cpu = sum(a.cpu for a in answers)
    failed = sum(bool(a.error) for a in answers)
    return [name + (f" ({failed} failed)" if failed else ""), *cells, f"{samples / cpu / 1e6:.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--duration", type=float, default=30.0)
    asked = parser.parse_args()
    made = cases(asked.seeds, asked.duration)
    methods = ("adaptive", "deviation", "level", "slope", "prominence", "bandpass_mad")
    rows = [row(f"spikelens {method}", made, ours(made, method, api.detect)) for method in methods]
    rows += [
        row(f"spikelens {m} + features", made, ours(made, m, api.find)) for m in ("adaptive", "prominence")
    ]
    python = os.environ.get("SPIKELENS_PEERS")
    versions: dict[str, str] = {}
    if python:
        answers, versions = theirs(made, python)
        rows += [row(name, made, given) for name, given in answers.items()]
    else:
        print("SPIKELENS_PEERS is not set: peers are left out", file=sys.stderr)
    header = [
        "F1 pooled (worst cell)",
        *(f"{v} {r / 1e3:g} kHz" for v in LEVELS for r in RATES),
        "Msamples/CPU s",
    ]
    print(f"{asked.seeds} cells of {asked.duration:g} s per level and rate, tolerance 1 ms; {versions}\n")
    for line in (header, ["---"] * len(header), *rows):
        print("| " + " | ".join(line) + " |")


if __name__ == "__main__":
    main()
