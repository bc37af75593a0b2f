"""Two sortings compared: by hand, and as SpikeInterface does."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from spikelens import errors
from spikelens.unitmatching import compare_units

RATE = 30_000.0
DRIVER = Path(__file__).resolve().parents[2] / "benchmarks" / "peers_sorting.py"


def trains(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A truth of four units, and a sorting that loses, invents, mixes up, merges and splits."""
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.choice(600_000, 900, replace=False)) * 5
    unit = rng.integers(0, 4, 900)
    kept = rng.random(900) > 0.1
    found, label = sample[kept] + rng.integers(-6, 7, kept.sum()), unit[kept].copy()
    label[label == 3] = 2
    mixed = rng.random(label.size) < 0.05
    label[mixed] = rng.integers(0, 3, mixed.sum())
    label[(label == 1) & (rng.random(label.size) < 0.3)] = 7
    more = rng.integers(0, 3_000_000, 60)
    found, label = np.append(found, more), np.append(label, rng.integers(0, 3, 60))
    order = np.argsort(found, kind="stable")
    return sample, unit, found[order], label[order]


def test_counts_by_hand():
    compared = compare_units(
        np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 0, 5]),
        np.array([1.0001, 2.0, 3.5, 4.0, 9.0]), np.array([8, 8, 8, 8, -1]),
    )  # fmt: skip
    assert compared.units_a.tolist() == [0, 5] and compared.units_b.tolist() == [8]
    assert compared.matched.tolist() == [[2], [1]]
    # Two of three and four agree by 2 / (3 + 4 - 2), one of one and four by a quarter: by less than a half.
    assert compared.partner.tolist() == [-1, -1]
    assert compared.confusion.sum() == 2 + 1 + 1 + 1


def test_equal_sortings_agree_in_all():
    sample, unit, _, _ = trains()
    compared = compare_units(sample / RATE, unit, sample / RATE, 3 - unit)
    assert (compared.accuracy == 1).all()
    assert compared.units_b[compared.partner].tolist() == [3, 2, 1, 0]
    assert np.trace(compared.confusion[:, ::-1][:, 1:]) == sample.size
    assert [row["found_as"] for row in compared.rows()] == [3, 2, 1, 0]


def test_every_spike_is_in_the_confusion_once():
    sample, unit, found, label = trains()
    compared = compare_units(sample / RATE, unit, found / RATE, label)
    assert compared.confusion[:-1].sum() == sample.size
    assert compared.confusion[:, :-1].sum() == found.size


def test_a_tolerance_is_above_nothing():
    with pytest.raises(errors.BadParameter, match="tolerance"):
        compare_units(np.zeros(1), np.zeros(1, int), np.zeros(1), np.zeros(1, int), tolerance=0)


@pytest.mark.peers
@pytest.mark.parametrize("seed", [0, 1])
def test_figures_are_spikeinterfaces(tmp_path, seed):
    python = os.environ.get("SPIKELENS_PEERS")
    if not python:
        pytest.skip("SPIKELENS_PEERS does not name the Python of an environment with SpikeInterface")
    sample, unit, found, label = trains(seed)
    told = {"sampling_rate": RATE, "sample_a": sample.tolist(), "unit_a": unit.tolist()}
    path = tmp_path / "trains.json"
    path.write_text(json.dumps(told | {"sample_b": found.tolist(), "unit_b": label.tolist()}))
    run = subprocess.run([python, str(DRIVER), str(path)], capture_output=True, text=True, check=True)
    theirs = json.loads(run.stdout)
    ours = compare_units(sample / RATE, unit, found / RATE, label)
    np.testing.assert_allclose(ours.agreement, theirs["agreement"], atol=0.01)
    names = [int(ours.units_b[p]) if p >= 0 else -1 for p in ours.partner]
    assert names == theirs["partner"]
    for figure in ("accuracy", "precision", "recall"):
        np.testing.assert_allclose(getattr(ours, figure), theirs[figure], atol=0.01)
