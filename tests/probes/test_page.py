"""The page on many channels: its Python runs, and does what it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np

from spikelens.cli import run
from tests.probes.cases import counts, probe_json, random_places
from tests.runs.test_probe import write

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
N = 60_000


def test_the_pages_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(Path("probe.bin"), counts(N, random_places(N)), mode="extracellular")
    probe_json(Path("probe.json"))
    assert run(["find", "probe.bin", "--probe", "probe.json", "--no-report", "--quiet", "--out", "out"]) == 0
    shutil.copy("out/probe/spikes.parquet", "spikes.parquet")
    known: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    assert len(blocks) == 2
    # 100 channels are not simulated here.
    for block in blocks:
        exec(block.replace("channel_index=100", "channel_index=3"), known)
    spikes, some, train = known["spikes"], known["ten_seconds"], known["one_train"]
    assert some["time"].between(1.0, 11.0).all() and len(some) == (spikes.time >= 1.0).sum()
    np.testing.assert_allclose(train["time"], spikes.time[spikes["channel_index"] == 3])
    assert list(train) == ["time"]
