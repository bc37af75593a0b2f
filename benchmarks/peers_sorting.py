"""SpikeInterface's comparison and quality of units, for the tests that hold ours to them.

    python peers_sorting.py FILE

reads trains of a truth and of a sorting (samples) as JSON, and prints its figures as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np


def main(path: Path) -> None:
    from spikeinterface.comparison import compare_sorter_to_ground_truth
    from spikeinterface.core import NumpySorting

    held = json.loads(path.read_text())
    rate = float(held["sampling_rate"])
    a, b = (
        NumpySorting.from_samples_and_labels(
            [np.array(held[f"sample_{which}"])], [np.array(held[f"unit_{which}"])], rate
        )
        for which in "ab"
    )
    compared: Any = compare_sorter_to_ground_truth(a, b, delta_time=0.4, exhaustive_gt=True)
    figures = compared.get_performance()
    told = {name: figures[name].astype(float).tolist() for name in ("accuracy", "precision", "recall")}
    told["partner"] = [int(compared.hungarian_match_12[u]) for u in a.unit_ids]
    told["agreement"] = compared.agreement_scores.to_numpy().tolist()
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
