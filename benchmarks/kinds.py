"""How well firing patterns, doublets, bursts and kinds of spikes are named where the truth is known.

    python benchmarks/kinds.py --trains 200 --cells 20 --to kinds.json

The rules were set on other seeds (below 1000). The last table runs the whole way: a simulated
recording with full spikes and spikelets, or with full spikes alone, is searched by the default
detector, and what it found is named.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from kinds_recordings import with_spikelets
from kinds_trains import CELLS, DRAWN, Train, drawn, modelled, planted

from spikelens import api
from spikelens.kinds.bursts import contexts
from spikelens.kinds.naming import name_kinds
from spikelens.kinds.patterns import Pattern, pattern_of
from spikelens.kinds.rule import KindRule, PatternRule
from spikelens.simulation import simulate

FIRST_SEED = 30_000
CONTEXTS = ("single", "doublet", "burst")


def is_right(truth: str, pattern: Pattern) -> bool:
    """Whether a name says what is true; `delayed` and `burst` are of the onset."""
    said = {pattern.onset, pattern.steady}
    return all(word in said for word in truth.split())


def confusion(trains: Sequence[Train]) -> dict[str, object]:
    """The names that trains of one class get, and the share that is right among those named."""
    rule = PatternRule()
    found = [pattern_of(train.isi, train.latency, rule) for train in trains]
    named = [p for p in found if p.steady]
    right = sum(is_right(trains[0].truth, p) for p in named)
    counts = Counter(p.name for p in found)
    return {
        "right": right / len(named),
        "named": len(named) / len(found),
        "names": dict(counts.most_common(4)),
    }


def patterns(n: int) -> dict[str, dict[str, object]]:
    """Both generators, class by class."""
    rows = {}
    for k, truth in enumerate(DRAWN):
        trains = [drawn(truth, np.random.default_rng([FIRST_SEED + k, seed])) for seed in range(n)]
        rows[f"drawn {truth}"] = confusion(trains)
    for k, truth in enumerate(CELLS):
        rows[f"model {truth}"] = confusion(modelled(truth, np.random.default_rng(FIRST_SEED + 100 + k), n))
    return rows


def bursts(n: int) -> dict[str, dict[str, float]]:
    """Precision and recall of each context, spike by spike, over `n` trains; and of whole bursts."""
    truth, named, whole = [], [], np.zeros(3)
    for seed in range(n):
        train = planted(np.random.default_rng(FIRST_SEED + 200 + seed))
        told = contexts(train.times, np.zeros(train.times.size, np.int64), KindRule())
        truth.append(train.context)
        named.append(told.context)
        whole += _whole(train.context, train.times, told.burst)
    true, said = np.concatenate(truth), np.concatenate(named)
    rows = {
        word: {
            "precision": float((true[said == word] == word).mean()),
            "recall": float((said[true == word] == word).mean()),
        }
        for word in CONTEXTS
    }
    rows["whole bursts"] = {"precision": whole[0] / whole[2], "recall": whole[0] / whole[1]}
    return rows


def _whole(true: np.ndarray, times: np.ndarray, burst: np.ndarray) -> np.ndarray:
    """Bursts with exactly the planted spikes, planted bursts, named bursts."""
    groups = np.split(np.arange(times.size), np.flatnonzero(np.diff(times) > 0.0119) + 1)
    planted_ = {tuple(g.tolist()) for g in groups if true[g[0]] == "burst"}
    named = {tuple(np.flatnonzero(burst == k).tolist()) for k in range(1, int(burst.max(initial=0)) + 1)}
    return np.array([len(planted_ & named), len(planted_), len(named)], np.float64)


def kinds(n: int, duration: float) -> dict[str, dict[str, float]]:
    """Spikelets found again, and called so where there are none."""
    rows: dict[str, dict[str, float]] = {}
    for drift in (0.0, 0.3):
        counts = np.zeros(4)
        for seed in range(n):
            made = with_spikelets(FIRST_SEED + 300 + seed, duration, drift=drift)
            named = name_kinds(api.find(made.recording)).spikes
            counts += made.scored(named)
        rows[f"spikelets, access changes by {drift:.0%}"] = {
            "detected": counts[0] / counts[1],
            "called spikelet": counts[2] / max(counts[0], 1),
            "full called spikelet": counts[3],
        }
    for difficulty in ("easy", "medium", "hard"):
        said: Counter[str] = Counter()
        for seed in range(n):
            made = simulate(duration, 20_000.0, difficulty=difficulty, seed=FIRST_SEED + 400 + seed)
            said.update(name_kinds(api.find(made.recording)).counts("kind"))
        total = max(sum(said.values()), 1)
        rows[f"no spikelets, {difficulty}"] = {"spikes": total} | {k: v / total for k, v in said.items()}
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trains", type=int, default=200)
    parser.add_argument("--cells", type=int, default=20)
    parser.add_argument("--duration", type=float, default=60.0)
    parser.add_argument("--to", type=Path)
    asked = parser.parse_args(arguments)
    results = {
        "patterns": patterns(asked.trains),
        "contexts": bursts(asked.cells),
        "kinds": kinds(asked.cells, asked.duration) if asked.duration else {},
    }
    for title, rows in results.items():
        print(f"\n{title}")
        for name, row in rows.items():
            print(f"| {name} | " + " | ".join(f"{k} {_said(v)}" for k, v in row.items()) + " |")
    if asked.to:
        asked.to.write_text(
            json.dumps({"first_seed": FIRST_SEED, **vars(asked), "results": results}, default=str)
        )


def _said(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
