from __future__ import annotations

import numpy as np
from benchmarks import pictures, study


def test_the_study_benchmark_measures_every_way_and_shows_the_drift() -> None:
    cell = study.make_cell("easy", 40_001, duration=30.0, rate=4000.0)
    rows = study.measure_cell(cell, study.make_cell("easy", 40_002, duration=30.0, rate=4000.0))
    assert {*study.WAYS, "pictures + logistic, learnt on another cell"} <= rows.keys()
    assert rows["centred + forest"] > rows["pictures + logistic, 12 mV higher"] + 0.3
    assert abs(rows["centred + forest"] - rows["centred + forest, 12 mV higher"]) < 0.1
    summary = study.summarise([rows, rows])
    assert summary["centred + forest"] == rows["centred + forest"]
    page = study.table({"easy": summary})
    assert "| rule at 0.013 V |" in page and "| .94 |" in page


def test_the_picture_benchmark_counts_pictures() -> None:
    windows = pictures.make_windows(200)
    assert np.isfinite(windows).all()
    assert pictures.kernel_rate(windows, 32, repeats=1) > pictures.matplotlib_rate(windows[:3], 32)
