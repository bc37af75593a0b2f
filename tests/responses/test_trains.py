"""Trials as objects of other libraries, and Elephant's own answers on them."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spikelens import rooms
from spikelens.errors import UnsupportedInput
from spikelens.responses.running import Responses, respond
from tests.responses.cells import empty, poisson_cell, spikes_at, stimuli_at

DRIVER = Path(__file__).resolve().parents[2] / "benchmarks" / "peers_responses.py"


def by_elephant(found: Responses, bin: float, folder: Path) -> dict[str, object]:
    """What Elephant says of the trials."""
    python = os.environ.get("SPIKELENS_PEERS")
    if not python:
        pytest.skip("SPIKELENS_PEERS does not name the Python of an environment with Elephant")
    path = folder / "trials.pickle"
    path.write_bytes(pickle.dumps(found.to_neo()))
    done = subprocess.run(
        [python, str(DRIVER), str(path), str(bin)], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.mark.peers
@pytest.mark.parametrize("seed", range(3))
def test_elephant_counts_the_same_and_has_the_same_fano_factor_and_cv(tmp_path, seed):
    recording, spikes, stimuli = poisson_cell(80, spontaneous=30.0, evoked=0.8, seed=seed)
    # One window for all, as Elephant knows no other than the whole train.
    settings = {"window": "0:100ms", "baseline": "-100:0ms", "shown": "0:100ms", "bin": "5ms"}
    found = respond(recording, spikes, stimuli, **settings)
    theirs = by_elephant(found, 0.005, tmp_path)
    np.testing.assert_array_equal(theirs["psth"], found.psth.counts[0])
    # Theirs divides the squares by n, ours by n - 1.
    assert theirs["fano"] * 80 / 79 == pytest.approx(found.evidence.window.fano[0], rel=1e-9)
    train = rooms.load("features", "train")()
    for k, cv in enumerate(theirs["cv"]):
        times = np.asarray(found.to_neo()[k].magnitude) if k < 10 else np.empty(0)
        if times.size > 2:
            ours = train.measure(times, np.zeros(times.size, np.int64), 0.1, 0.0)["isi_cv"]
            assert cv == pytest.approx(ours, rel=1e-6)


def test_neo_trains_carry_conditions_and_lie_in_what_is_shown():
    recording = empty(1.0, 1.0)
    spikes = spikes_at(recording, [0.46, 0.52, 0.98, 1.03])
    stimuli = stimuli_at(recording, [0.5, 1.02], ear=["left", "right"])
    trains = respond(recording, spikes, stimuli, by="ear", shown="-50:60ms").to_neo()
    np.testing.assert_allclose(trains[0].magnitude, [-0.04, 0.02])
    np.testing.assert_allclose(trains[1].magnitude, [0.01])
    assert trains[1].annotations == {"ear": "right", "trial": 1, "sweep": 1, "is_whole": False}
    assert [float(t.t_start) for t in trains] == [-0.05, -0.05]
    assert str(trains[0].units.dimensionality) == "s"


def test_without_pynapple_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynapple", None)
    found = respond(*poisson_cell(3))
    with pytest.raises(UnsupportedInput, match="pip install pynapple"):
        found.to_pynapple()


def test_pynapple_gets_a_group_of_trials_with_conditions():
    pynapple = pytest.importorskip("pynapple", reason="pynapple is an optional extra, not installed here")
    recording = empty(2.0)
    stimuli = stimuli_at(recording, [0.5, 1.5], ear=["left", "right"])
    group = respond(recording, spikes_at(recording, [0.52, 0.53]), stimuli, by="ear").to_pynapple()
    assert isinstance(group, pynapple.TsGroup) and len(group) == 2
    np.testing.assert_allclose(group[0].t, [0.02, 0.03])
    assert list(group["ear"]) == ["left", "right"]
