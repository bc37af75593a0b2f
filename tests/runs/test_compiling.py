"""What a first run on a machine compiles, and what is left to compile after it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

_AHEAD = "from spikelens.runs.compiling import compile_ahead; compile_ahead('level')"
_RUN = """
import sys
from pathlib import Path
from spikelens.runs.one import run_file
from spikelens.runs.request import Request

hints = {"sampling_rate": 20000.0, "unit": "V"}
run_file(Path(sys.argv[1]), Path(sys.argv[2]), Request(method="level", report=False, hints=hints))
"""


def _compiled(code: str, cache: Path, *words: object) -> set[str]:
    """Run code with a cache of its own; the compiled kernels that are in it afterwards."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    subprocess.run([sys.executable, "-c", code, *map(str, words)], env=environment, check=True)
    return {path.name for path in cache.rglob("*.nbc")}


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled with the JIT off")
def test_after_compiling_ahead_a_run_compiles_nothing(tmp_path: Path) -> None:
    ahead = _compiled(_AHEAD, tmp_path / "cache")
    trace = np.random.default_rng(1).normal(-0.06, 1e-4, 40_000)
    trace[[9_000, 22_000]] += 0.08
    np.save(tmp_path / "cell.npy", trace.astype(np.float32))
    after = _compiled(_RUN, tmp_path / "cache", tmp_path / "cell.npy", tmp_path / "out")
    assert len((tmp_path / "out" / "spikes.csv").read_text().splitlines()) == 3
    assert {name.partition(".")[0] for name in ahead} >= {"shapes", "onsets", "table"}
    assert after == ahead
