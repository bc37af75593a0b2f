"""How well each method finds spikes, where the truth is known.

    SPIKELENS_PEERS=/path/to/peers/bin/python python benchmarks/accuracy.py --to results.json

Prints the tables of the page in Markdown and stores every figure with date and version. Without peers
only our methods are shown. `--cells 2 --duration 10` is a smoke run. `--share 0 2` and
`--share 1 2` are the two halves of a run, for two cores; `--stored` shows what such runs stored,
and `--plot` draws F1 over the height of spikes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import accuracy_page
import accuracy_plot
import numpy as np
from accuracy_candidates import everything
from accuracy_cases import FIRST_SEED, Case, Made, evoked, hybrids, negatives, simulated, sparse
from accuracy_figures import Answer, Judged, figures
from scipy.signal import find_peaks

import spikelens
from spikelens import api
from spikelens.choosing import Chosen

METHODS: dict[str, dict[str, object]] = {
    "adaptive": {},
    "template": {},
    "prominence": {},
    "slope": {},
    "level": {},
    "deviation": {},
    "bandpass_mad": {},
}
"""Our methods at their defaults."""
TUNED = {
    "SciPy, best prominence per group": [0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03],
    "SciPy, best level per group": [-0.06, -0.055, -0.05, -0.045, -0.04, -0.03, -0.02, 0.0],
}
"""Settings among which the best of each group is chosen with the truth in hand."""


def ours(case: Case, method: str) -> Answer:
    """One of our detectors on one case."""
    begun = time.process_time()
    found = api.detect(Chosen(case.recording, 1, ()), method, **METHODS[method])
    seconds = time.process_time() - begun
    rest = found.candidates
    if rest is None or not np.isfinite(found.probability).all():
        return Answer(found.time, seconds)
    return Answer(
        found.time,
        seconds,
        listed=Judged(
            np.concatenate([found.time, rest.time]),
            np.concatenate([found.probability, rest.probability]).astype(np.float64),
        ),
        every=Judged(*everything(case.recording)) if method == "adaptive" else None,
    )


def with_setting(case: Case, name: str, setting: float) -> Answer:
    """SciPy's peaks by prominence within 10 ms, or by level."""
    rate = case.recording.sampling_rate
    trace = case.recording.read(0, case.recording.n_samples)[:, 0].astype(np.float64)
    apart = max(1, int(1e-3 * rate))
    begun = time.process_time()
    if "prominence" in name:
        peaks, _ = find_peaks(trace, prominence=setting, wlen=int(0.01 * rate) | 1, distance=apart)
    else:
        peaks, _ = find_peaks(trace, height=setting, distance=apart)
    return Answer(peaks / rate, time.process_time() - begun)


def peers(cases: Sequence[Case], python: str) -> dict[str, list[Answer]]:
    """Every peer's answers at its defaults, each package in its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traces.npz"
        arrays: dict[str, Any] = {}
        for k, case in enumerate(cases):
            trace = case.recording.read(0, case.recording.n_samples)[:, 0].astype(np.float64)
            arrays |= {f"v{k}": trace, f"rate{k}": np.array(case.recording.sampling_rate)}
        np.savez(path, **arrays)
        worker = Path(__file__).with_name("peers_worker.py")
        done = subprocess.run([python, worker, path], stdout=subprocess.PIPE, check=True)
    given = json.loads(done.stdout)["answers"]
    return {name: [Answer(np.array(a["times"]), a["cpu"]) for a in each] for name, each in given.items()}


def measure(cases: Sequence[Case], python: str | None, only: str | None = None) -> dict[str, dict[str, Any]]:
    """Figures of every method on the cases of one group, or of `only` one of ours."""
    names = METHODS if only is None else [only]
    rows = {name: figures(cases, [ours(case, name) for case in cases]) for name in names}
    if only is not None:
        return rows
    for name, settings in TUNED.items():
        tried = [figures(cases, [with_setting(case, name, s) for case in cases]) for s in settings]
        rows[name] = max(tried, key=lambda row: row["f1"])
    if python:
        for name, answers in peers(cases, python).items():
            rows[name] = figures(cases, answers)
    return rows


def by_group(cases: Iterable[tuple[str, Made]]) -> Iterable[tuple[str, list[Made]]]:
    """Cases of the same group together, in the order in which groups come first."""
    kept: dict[str, list[Made]] = {}
    for group, case in cases:
        kept.setdefault(group, []).append(case)
    return kept.items()


def _all_cases(asked: argparse.Namespace) -> Iterable[tuple[str, Made]]:
    yield from simulated(asked.cells, asked.duration, tuple(asked.rates))
    yield from sparse(max(1, asked.cells // 2), asked.duration)
    yield from hybrids()
    yield from evoked(asked.cells, asked.duration)
    yield from negatives()


def merged(paths: Sequence[Path]) -> dict[str, Any]:
    """What several shares of one run stored, in the order in which a whole run stores it."""
    stored = [json.loads(path.read_text()) for path in paths]
    whole = {key: value for key, value in stored[0].items() if key != "results"}
    results = {group: rows for one in stored for group, rows in one["results"].items()}
    order = [group for one in stored for group in one["groups"]]
    whole["groups"] = sorted(set(order), key=order.index)
    return whole | {"results": {group: results[group] for group in whole["groups"] if group in results}}


def _run(asked: argparse.Namespace) -> dict[str, Any]:
    """Measure a share of all groups; what is done is stored after each."""
    python = os.environ.get("SPIKELENS_PEERS")
    if not python and not asked.only:
        print("SPIKELENS_PEERS is not set: peers are left out", file=sys.stderr)
    settings = {"cells": asked.cells, "duration": asked.duration, "rates": asked.rates}
    run: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "version": spikelens.__version__,
        "first_seed": FIRST_SEED,
        "asked": settings,
        "groups": [],
        "results": {},
    }
    number, of = asked.share
    # Compiled before anything is timed.
    ours(next(iter(simulated(1, 2.0)))[1](), "adaptive")
    for k, (group, cases) in enumerate(by_group(_all_cases(asked))):
        run["groups"].append(group)
        if k % of == number:
            run["results"][group] = measure([case() for case in cases], python, asked.only)
            if asked.to:
                asked.to.write_text(json.dumps(run, indent=1))
    if asked.to:
        asked.to.write_text(json.dumps(run, indent=1))
    return run


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cells", type=int, default=24, help="simulated cells per level and rate")
    parser.add_argument("--duration", type=float, default=60.0, help="of each simulated cell, s")
    parser.add_argument("--rates", type=float, nargs="+", default=[4e3, 10e3, 20e3, 50e3], help="Hz")
    parser.add_argument("--only", choices=list(METHODS), help="measure this method of ours alone")
    parser.add_argument("--to", type=Path, help="JSON file for all figures")
    parser.add_argument("--share", type=int, nargs=2, default=[0, 1], metavar=("NUMBER", "OF"))
    parser.add_argument("--stored", type=Path, nargs="+", help="show these instead of measuring")
    parser.add_argument("--plot", type=Path, help="file for the figure")
    asked = parser.parse_args(arguments)
    run = merged(asked.stored) if asked.stored else _run(asked)
    print(accuracy_page.as_markdown(run["results"]))
    if asked.stored and asked.to:
        asked.to.write_text(json.dumps(run, indent=1))
    if asked.plot:
        accuracy_plot.draw(run["results"], asked.plot)


if __name__ == "__main__":
    main()
