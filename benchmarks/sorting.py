"""How well and how fast spikes are sorted into units, beside SpikeInterface's sorters.

    python benchmarks/sorting.py [--seeds 5] [--first 201] [--scenarios "wire 3" "tetrode 8"]
        [--folder DIR] [--peers PYTHON [--sorters simple mountainsort5] [--peer-seeds 2]] [--stored]

Recordings are those of `sorting_cases.py`, with seeds that nothing was tuned on; those of
SpikeInterface's generator are made by `--peers` (the Python of an environment that has it). Every
figure is kept in ``results/sorting.json``, ours under our version and peers' under SpikeInterface's, and
what is kept there is not measured again, but for ours with `--again`. `--stored` measures nothing. Prints
tables in Markdown. Accuracy is matched / (true + found - matched), the mean over true units, with spikes
paired within 0.4 ms. Before anything is timed, a second of a recording is sorted; where peers are run,
ours is also sorted in a process of its own, which loads its kernels, for its memory and "cold" time.

Peers want scikit-learn, hdbscan and mountainsort5 beside `peers.lock`; lupin wants torch, which makes
every peer half a gigabyte larger: ask for it apart, with an environment of its own.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from sorting_calibration import calibration_errors
from sorting_cases import CONTACTS, SCENARIOS, generate, generators_of, path_of
from sorting_reach import with_true_templates
from sorting_tables import failures, key_of, own_table, peers_table

from spikelens.engines.serial import Serial
from spikelens.probes import Probe
from spikelens.recording import Recording
from spikelens.scoring import match
from spikelens.sorting import sorted_spikes, unit_search
from spikelens.spikes import Spikes
from spikelens.unitmatching import TOLERANCE, UnitComparison, compare_units
from spikelens.unitsearch import UnitSearch
from spikelens.version import VERSION

FIRST_SEED = 201
"""Seeds below it were used to make the sorter."""
KEPT = Path(__file__).with_name("results") / "sorting.json"
PEERS = ("lupin", "spykingcircus2", "tridesclous2", "mountainsort5", "simple")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Threads that wait for one another cost CPU seconds, which would not be the peers' fault."""
COLLISION = 1e-3
"""A true spike so near another is collided, s."""
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
    spikes, cpu = timed(name, in_memory(name, case))
    found = spikes.sample_index / rate, spikes["unit_id"]
    compared, row = scored(case, rate, *found)
    true = case["sample"] / rate, case["unit"]
    return row | calibration_errors(compared, true, found, spikes["unit_probability"]) | {"cpu": cpu}


def timed(name: str, recording: Recording) -> tuple[Spikes, float]:
    """Sort a recording; its spikes, and the CPU seconds."""
    begun = time.process_time()
    spikes = sorted_spikes(search_of(name, recording).taught(), Serial())
    return spikes, time.process_time() - begun


def alone(name: str, case: dict[str, np.ndarray]) -> Row:
    """What a sort of a file costs in a process of its own."""
    worker = Path(__file__).with_name("sorting_alone.py")
    with tempfile.TemporaryDirectory() as folder:
        asked = [sys.executable, worker, name, as_file(name, case, Path(folder))]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
    told: Row = json.loads(done.stdout)
    return told


def in_memory(name: str, case: dict[str, np.ndarray]) -> Recording:
    """A recording whose samples are held."""
    return Recording.from_array(case["traces"], SCENARIOS[name].rate, mode="extracellular", gain=1e-6)


def as_file(name: str, case: dict[str, np.ndarray], folder: Path) -> Path:
    """A recording as raw samples, with what our reader is to be told of them."""
    path = folder / "traces.bin"
    case["traces"].astype("<f4").tofile(path)
    path.with_suffix(".toml").write_text(
        f'dtype = "<f4"\nsampling_rate = {SCENARIOS[name].rate}\nn_channels = {case["traces"].shape[1]}\n'
        'unit = "uV"\nmode = "extracellular"\n'
    )
    return path


def search_of(name: str, recording: Recording) -> UnitSearch:
    """The search for units in a recording, with its probe."""
    where = CONTACTS[SCENARIOS[name].contacts]
    return unit_search(recording, probe=Probe(where, np.zeros(len(where), np.int64)))


def reach(name: str, case: dict[str, np.ndarray]) -> float:
    """The accuracy of greedy matching with the true templates."""
    found = with_true_templates(search_of(name, in_memory(name, case)), case["sample"], case["unit"])
    rate = SCENARIOS[name].rate
    return float(scored(case, rate, found.sample / rate, found.unit)[1]["accuracy"])


def warm_up() -> None:
    """Sort a second of noise and clicks, so that nothing is compiled or read while it is timed."""
    rng = np.random.default_rng(0)
    for name in ("wire 3", "tetrode 8"):
        traces = rng.normal(0, 5, (60_000, len(CONTACTS[SCENARIOS[name].contacts]))).astype(np.float32)
        sample = np.arange(300, 59_000, 500)
        traces[sample] -= 80.0
        held = {"traces": traces, "sample": sample, "unit": np.zeros(sample.size, np.int64)}
        ours(name, held)
        reach(name, held)


def scored(
    case: dict[str, np.ndarray], rate: float, found: np.ndarray, unit: np.ndarray
) -> tuple[UnitComparison, Row]:
    """Units beside the true ones; accuracy, and recall of collided spikes. Times are in s."""
    true = case["sample"] / rate
    compared = compare_units(true, case["unit"], found, unit, least_agreement=0.0)
    near = np.diff(true, prepend=-1, append=1e9)
    collided = np.minimum(near[:-1], near[1:]) <= COLLISION
    hit = np.zeros(true.size, bool)
    for k in np.flatnonzero(compared.partner >= 0):
        a = np.flatnonzero(case["unit"] == compared.units_a[k])
        hit[a[match(true[a], found[unit == compared.units_b[compared.partner[k]]], TOLERANCE)[0]]] = True
    return compared, {
        "accuracy": float(compared.accuracy.mean()),
        "units": len(compared.units_b),
        "true_units": len(compared.units_a),
        "collided": float(hit[collided].mean()) if collided.any() else float("nan"),
    }


def peer(python: str, sorter: str, name: str, case: dict[str, np.ndarray]) -> Row:
    """Run a peer in a process of its own, cold, and score it as ours."""
    with tempfile.TemporaryDirectory() as folder:
        contacts = CONTACTS[SCENARIOS[name].contacts]
        np.savez(Path(folder) / "in.npz", rate=SCENARIOS[name].rate, contacts=contacts)
        as_file(name, case, Path(folder))
        worker = Path(__file__).with_name("sorting_peer.py")
        done = subprocess.run(
            [python, worker, sorter, folder], capture_output=True, text=True, env=os.environ | ONE_THREAD
        )
        if done.returncode:
            return {"error": reason(done.stderr, Path(folder) / "sorted" / "spikeinterface_log.json")}
        told = json.loads(done.stdout.strip().splitlines()[-1])
        with np.load(Path(folder) / "out.npz") as held:
            rate = SCENARIOS[name].rate
            _, row = scored(case, rate, held["sample"] / rate, held["unit"])
    return row | told


def reason(stderr: str, log: Path) -> str:
    """Why a peer failed: the last line of its trace in its log, or of what it printed."""
    trace = json.loads(log.read_text()).get("error_trace") if log.exists() else None
    text = "\n".join(trace) if isinstance(trace, list) else trace
    lines = (text or stderr).strip().splitlines()
    return lines[-1][:200] if lines else "failed"


def kept_rows() -> dict[str, list[Row]]:
    """All that was measured before: ours, and peers'."""
    found: dict[str, list[Row]] = json.loads(KEPT.read_text()) if KEPT.exists() else {"ours": [], "peers": []}
    return found


def keep(which: str, row: Row) -> None:
    """Add a row, in place of one of the same recording, version and sorter; others may have come since."""
    held = kept_rows()
    same = ("scenario", "generator", "seed", "version", "sorter")
    held[which] = [r for r in held[which] if any(r.get(k) != row.get(k) for k in same)] + [row]
    lines = {name: ",\n".join(json.dumps(r) for r in rows) for name, rows in held.items()}
    KEPT.write_text("{" + ",\n".join(f'"{name}": [\n{rows}\n]' for name, rows in lines.items()) + "}\n")


def measure(asked: argparse.Namespace, held: dict[str, list[Row]], recording: tuple[str, str, int]) -> None:
    """Sort one recording with ours, and with the peers that are asked for, unless their figures are kept."""
    name, generator, seed = recording
    told = {"scenario": name, "generator": generator, "seed": seed}
    today = {"date": datetime.date.today().isoformat(), "machine": platform.machine()}
    done = {key_of(r) for r in held["ours"] if r["version"] == VERSION}
    peers = {(*key_of(r), r["sorter"]) for r in held["peers"]}
    wanted = asked.sorters if asked.peers and seed < asked.first + asked.peer_seeds else ()
    wanted = [sorter for sorter in wanted if (*recording, sorter) not in peers]
    if not wanted and recording in done and not asked.again:
        return
    case = recording_of(asked.folder, name, generator, seed, asked.peers)
    if asked.again or recording not in done:
        row = told | ours(name, case) | {"reach": reach(name, case), "version": VERSION} | today
        if seed < asked.first + asked.peer_seeds:
            row |= alone(name, case)
        print(json.dumps(row), file=sys.stderr, flush=True)
        keep("ours", row)
    for sorter in wanted:
        row = told | {"sorter": sorter} | peer(asked.peers, sorter, name, case) | today
        print(json.dumps(row), file=sys.stderr, flush=True)
        keep("peers", row)


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parsed = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parsed.add_argument("--seeds", type=int, default=5, help="Recordings per scenario and generator.")
    parsed.add_argument("--first", type=int, default=FIRST_SEED, help="The first seed.")
    parsed.add_argument("--scenarios", nargs="+", default=list(SCENARIOS), choices=list(SCENARIOS))
    parsed.add_argument("--folder", type=Path, help="Where recordings are kept.")
    parsed.add_argument("--peers", help="A Python that has SpikeInterface and its sorters.")
    parsed.add_argument("--sorters", nargs="+", default=list(PEERS), help="Which of them.")
    parsed.add_argument("--peer-seeds", type=int, default=2, help="On how many of the seeds peers are run.")
    parsed.add_argument("--again", action="store_true", help="Measure ours again.")
    parsed.add_argument("--stored", action="store_true", help="Print what is kept, and measure nothing.")
    asked = parsed.parse_args()
    asked.folder = asked.folder or Path(tempfile.mkdtemp())
    return asked


def main() -> None:
    asked, held = arguments(), kept_rows()
    seeds = range(asked.first, asked.first + asked.seeds)
    recordings = [(n, g, seed) for n in asked.scenarios for seed in seeds for g in generators_of(n)]
    if not asked.stored:
        warm_up()
        for recording in recordings:
            measure(asked, held, recording)
    held = kept_rows()
    rows = [r for r in held["ours"] if key_of(r) in recordings and r["version"] == VERSION]
    rows.sort(key=lambda r: list(SCENARIOS).index(r["scenario"]))
    print(own_table(rows), "\n")
    peers = sorted(held["peers"], key=lambda r: list(SCENARIOS).index(r["scenario"]))
    print(peers_table(peers, rows), *failures(peers, rows), sep="\n")


if __name__ == "__main__":
    main()
