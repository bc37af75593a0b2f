"""The benchmark of teaching runs whole when made small, and compares like with like."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def teaching(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    sys.modules.pop("teaching", None)
    import teaching as module

    yield module
    sys.modules.pop("teaching", None)


def test_a_smoke_run_prints_and_stores_a_table(
    teaching: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results.json"
    teaching.main(["--cells", "2", "--duration", "6", "--to", str(out)])
    stored = json.loads(out.read_text())
    assert list(stored["results"]) == [
        "0",
        *(f"{n} {way}" for n in (10, 20, 40) for way in ("asked", "random")),
    ]
    for row in stored["results"].values():
        assert 0 <= row["worst"] <= row["f1"] <= 1
        assert 0 <= row["refused"] <= 2
    assert "| 20 asked |" in capsys.readouterr().out


def test_the_untaught_and_the_refused_are_the_same(teaching: ModuleType) -> None:
    pupil = teaching.Pupil.of(77, 6.0, 10_000.0)
    before, refused = teaching.taught(pupil, "asked", 0)
    assert not refused
    after, refused = teaching.taught(pupil, "asked", 3)
    assert refused and (after.n_found, after.n_matched) == (before.n_found, before.n_matched)
    assert pupil.questions("asked", 5).size <= 5
    assert np.array_equal(pupil.questions("random", 4), pupil.questions("random", 4))


def test_figures_pool_counts_and_name_the_worst(teaching: ModuleType) -> None:
    from spikelens.scoring import score_times

    good = score_times(np.arange(8.0), np.arange(8.0))
    poor = score_times(np.arange(4.0), np.array([0.0, 9.0]))
    row = teaching.figures([(good, False), (poor, True)])
    assert row["f1"] == pytest.approx(2 * 9 / (16 + 6))
    assert row["worst"] == pytest.approx(2 / 6)
    assert row["refused"] == 1
