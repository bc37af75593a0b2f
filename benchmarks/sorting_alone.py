"""A sort in a process of its own that has done nothing before, as the peers' has not; `sorting.py` calls it.

    python sorting_alone.py SCENARIO RECORDING.bin

prints CPU seconds and peak memory as JSON, before anything is scored, as of the peers.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any


def main(name: str, path: Path) -> None:
    # Numba loads this tool of development, 6 MB, where it is installed; where peers are, it is not.
    absent: dict[str, Any] = sys.modules
    absent["coverage"] = None
    from sorting import timed
    from sorting_peer import peak_memory

    from spikelens.api import read
    from spikelens.sources import by_calls

    # Read by calls, as of probes in any run: pages of a file that is mapped count as the process's own.
    recording = read(path)
    _, cpu = timed(name, replace(recording, source=by_calls(recording.source)))
    print(json.dumps({"cold_cpu": cpu, "peak_mb": peak_memory()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
