"""A sort in a process of its own that has done nothing before, as the peers' has not; `sorting.py` calls it.

    python sorting_alone.py SCENARIO RECORDING.npz

prints CPU seconds and peak memory as JSON, before anything is scored, as of the peers.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np


def main(name: str, path: Path) -> None:
    # Numba loads this tool of development, 6 MB, where it is installed; where peers are, it is not.
    absent: dict[str, Any] = sys.modules
    absent["coverage"] = None
    from sorting import timed
    from sorting_peer import peak_memory

    with np.load(path) as held:
        _, cpu = timed(name, dict(held))
    print(json.dumps({"cold_cpu": cpu, "peak_mb": peak_memory()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
