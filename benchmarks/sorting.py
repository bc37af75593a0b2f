"""How well and how fast spikes are sorted into units, beside SpikeInterface's sorters.

    python benchmarks/sorting.py [--seeds 5] [--only wire] [--folder DIR] [--peers PYTHON]

Recordings are those of `sorting_cases.py`, with seeds that nothing was tuned on. Prints a
table in Markdown. Ours are sorted in this run; peers' figures are kept by version in
`sorting_peers.json`, and `--peers` (the Python of an environment that has them) measures
what is missing there. Accuracy is matched / (true + found - matched), the mean over true
units, with spikes paired within 0.4 ms.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from sorting_cases import CONTACTS, SCENARIOS, generate, generators_of, path_of

from spikelens.calibration import reliability
from spikelens.engines.serial import Serial
from spikelens.probes import Probe
from spikelens.recording import Recording
from spikelens.scoring import match
from spikelens.sorting import sorted_spikes, unit_search
from spikelens.unitmatching import compare_units

FIRST_SEED = 201
"""Seeds below it were used to make the sorter."""
KEPT = Path(__file__).with_name("sorting_peers.json")
PEERS = ("simple", "mountainsort5", "tridesclous2", "spykingcircus2")
COLLISION = 1e-3
"""A true spike so near another is collided, s."""
GOALS = {"wire 3": 0.93, "wire 3 low": 0.95, "wire 5": 0.94, "tetrode 8": 0.995, "tetrode 8 low": 0.98,
         "probe 20": 0.97, "coloured easy 5": 0.99, "coloured easy 10": 0.93, "coloured easy 15": 0.70,
         "coloured difficult 5": 0.99, "coloured difficult 10": 0.85,
         "coloured difficult 15": 0.50}  # fmt: skip
Row = dict[str, Any]


def recording_of(
    folder: Path, name: str, generator: str, seed: int, python: str | None
) -> dict[str, np.ndarray]:
    """A recording, made if it is not there; SpikeInterface's by the peers' Python."""
    path = path_of(folder, name, generator, seed)
    if not path.exists() and generator == "spikeinterface":
        script = Path(__file__).with_name("sorting_cases.py")
        subprocess.run([python or sys.executable, script, folder, name, generator, str(seed)], check=True)
    elif not path.exists():
        np.savez(path, **generate(name, generator, seed))  # type: ignore[arg-type]
    with np.load(path) as held:
        return dict(held)


def ours(name: str, case: dict[str, np.ndarray]) -> Row:
    """Sort a recording, and score it; CPU seconds are of the sorting alone."""
    rate = SCENARIOS[name].rate
    recording = Recording.from_array(case["traces"], rate, mode="extracellular", gain=1e-6)
    where = CONTACTS[SCENARIOS[name].contacts]
    begun = time.process_time()
    search = unit_search(recording, probe=Probe(where, np.zeros(len(where), np.int64))).taught()
    spikes = sorted_spikes(search, Serial())
    cpu = time.process_time() - begun
    row = scored(case, rate, spikes.sample_index, spikes["unit_id"])
    right = row.pop("right")
    known = reliability(spikes["unit_probability"], right)
    row["calibration_error"] = float(
        (np.abs(known.stated - known.true) * known.n).sum() / max(known.n.sum(), 1)
    )
    return row | {"cpu": cpu, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}


def scored(case: dict[str, np.ndarray], rate: float, sample: np.ndarray, unit: np.ndarray) -> Row:
    """Accuracy, units, recall of collided spikes, and which found spikes are right."""
    true, found = case["sample"] / rate, sample / rate
    compared = compare_units(true, case["unit"], found, unit, least_agreement=0.0)
    near = np.diff(true, prepend=-1, append=1e9)
    collided = np.minimum(near[:-1], near[1:]) <= COLLISION
    hit, right = np.zeros(true.size, bool), np.zeros(found.size, bool)
    for k, partner in zip(compared.units_a, compared.partner, strict=True):
        if partner >= 0:
            a, b = np.flatnonzero(case["unit"] == k), np.flatnonzero(unit == compared.units_b[partner])
            i, j = match(true[a], found[b], 0.4e-3)
            hit[a[i]], right[b[j]] = True, True
    return {
        "accuracy": float(compared.accuracy.mean()),
        "units": len(compared.units_b),
        "true_units": len(compared.units_a),
        "collided": float(hit[collided].mean()) if collided.any() else float("nan"),
        "right": right,
    }


def peer(python: str, sorter: str, name: str, case: dict[str, np.ndarray]) -> Row:
    """Run a peer in a process of its own, cold, and score it as ours."""
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "in.npz", traces=case["traces"], rate=SCENARIOS[name].rate,
                 contacts=CONTACTS[SCENARIOS[name].contacts])  # fmt: skip
        worker = Path(__file__).with_name("sorting_peer.py")
        done = subprocess.run([python, worker, sorter, folder], capture_output=True, text=True)
        if done.returncode:
            return {"error": done.stderr.strip().splitlines()[-1][:200] if done.stderr.strip() else "failed"}
        told = json.loads(done.stdout.strip().splitlines()[-1])
        with np.load(Path(folder) / "out.npz") as held:
            row = scored(case, SCENARIOS[name].rate, held["sample"], held["unit"])
    row.pop("right")
    return row | told


def table(rows: dict[str, list[Row]]) -> str:
    """The figures in Markdown: a line per scenario."""
    lines = ["| recording | goal | Spikelens | right number | collided | calibration error | CPU s |"]
    lines.append("|---|---|---|---|---|---|---|")
    for name, found in rows.items():
        mean = {
            k: np.nanmean([r[k] for r in found]) for k in ("accuracy", "collided", "calibration_error", "cpu")
        }
        same = np.mean([r["units"] == r["true_units"] for r in found])
        lines.append(
            f"| {name} ({len(found)} recordings) | {GOALS.get(name, '')} | {mean['accuracy']:.3f} |"
            f" {same:.0%} |"
            f" {mean['collided']:.2f} | {mean['calibration_error']:.3f} | {mean['cpu']:.1f} |"
        )
    return "\n".join(lines)


def peers_table(kept: dict[str, Row], rows: dict[str, list[Row]]) -> str:
    """Peers beside ours on the very recordings that peers were measured on."""
    by: dict[tuple[str, str], list[tuple[Row, Row]]] = defaultdict(list)
    mine = {(r["scenario"], r["generator"], r["seed"]): r for found in rows.values() for r in found}
    for row in kept.values():
        key = (row["scenario"], row["generator"], row["seed"])
        if key in mine:
            by[row["scenario"], row["sorter"]].append((row, mine[key]))
    lines = [
        "| recording | sorter | its accuracy (units) | ours (units) | CPU s | ours | peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for (name, sorter), pairs in sorted(by.items()):
        theirs = [p for p, _ in pairs]
        good = [p for p in theirs if "error" not in p]
        accuracy = np.mean([p.get("accuracy", 0.0) for p in theirs])
        own = np.mean([m["accuracy"] for _, m in pairs])
        told = "failed" if not good else f"{np.mean([p['cpu'] for p in good]):.0f}"
        memory = "" if not good else f"{np.mean([p['peak_mb'] for p in good]):.0f}"
        counts = [
            np.mean([p["units"] for p in some]) if some else 0 for some in (good, [m for _, m in pairs])
        ]
        lines.append(
            f"| {name} ({len(pairs)}) | {sorter} | {accuracy:.3f} ({counts[0]:.1f}) |"
            f" {own:.3f} ({counts[1]:.1f}) |"
            f" {told} | {np.mean([m['cpu'] for _, m in pairs]):.1f} | {memory} |"
        )
    return "\n".join(lines)


def main() -> None:
    parsed = argparse.ArgumentParser(description=__doc__)
    parsed.add_argument("--seeds", type=int, default=5)
    parsed.add_argument("--first", type=int, default=FIRST_SEED)
    parsed.add_argument("--only", default="", help="Scenarios whose name holds this.")
    parsed.add_argument("--folder", type=Path, help="Where recordings are kept.")
    parsed.add_argument("--peers", help="A Python that has SpikeInterface and its sorters.")
    parsed.add_argument("--sorters", default=",".join(PEERS))
    parsed.add_argument(
        "--rows", type=Path, help="Append every row of ours to this file, a JSON document a line."
    )
    asked = parsed.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp())
    kept: dict[str, Row] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    rows: dict[str, list[Row]] = defaultdict(list)
    for name in (n for n in SCENARIOS if asked.only in n):
        for generator in generators_of(name):
            for seed in range(asked.first, asked.first + asked.seeds):
                case = recording_of(folder, name, generator, seed, asked.peers)
                row = {"scenario": name, "generator": generator, "seed": seed} | ours(name, case)
                rows[name].append(row)
                print(json.dumps(row), file=sys.stderr, flush=True)
                if asked.rows:
                    with asked.rows.open("a") as out:
                        out.write(json.dumps(row) + "\n")
                for sorter in asked.sorters.split(",") if asked.peers else ():
                    key = f"{sorter} {name} {generator} {seed}"
                    if key not in kept:
                        told = {"sorter": sorter, "scenario": name, "generator": generator, "seed": seed}
                        kept[key] = told | peer(asked.peers, sorter, name, case)
                        KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    print(table(rows), "\n")
    print(peers_table(kept, rows))


if __name__ == "__main__":
    main()
