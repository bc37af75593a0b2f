"""Cells from recordings, samples from cells, and what is compared with what."""

import csv
import math
from pathlib import Path

import pytest
from scipy import stats

from spikelens.features import Feature
from spikelens.groups.files import write_igor, write_prism
from spikelens.groups.table import are_paired, by_cell, cell_rows, comparison_rows, samples_of
from spikelens.summary import Row

WIDTH = Feature("width", "s", "Half width.")
COLUMNS = (Feature("spikes", "", ""), Feature("exposure", "s", ""), Feature("average_rate", "Hz", ""), WIDTH)
NAN = float("nan")


def recording(cell: str, group: str = "", condition: str = "", animal: str = "", **measures: float) -> Row:
    return {"file": f"{cell}.abf", "cell": cell, "group": group, "condition": condition, "animal": animal,
            **measures}  # fmt: skip


def design(*, conditions: tuple[str, ...] = ("control", "drug"), n: int = 7) -> list[Row]:
    """Cells of two groups; the drug widens every cell's spikes by 0.2 ms and a little more."""
    rows = []
    for g, group in enumerate(("wt", "ko")):
        for k in range(n):
            for c, condition in enumerate(conditions):
                width = 1e-3 + 0.5e-3 * g + 1e-5 * k + c * (2e-4 + 1e-6 * k)
                rows.append(recording(f"{group}{k}", group, condition, f"rat{k // 2}", width=width))
    return cell_rows(rows, (WIDTH,))


def test_recordings_of_a_cell_are_put_together_and_conditions_kept_apart() -> None:
    rows = [
        recording("a", condition="control", spikes=10, exposure=10.0, average_rate=1.0, width=1e-3),
        recording("a", condition="control", spikes=2, exposure=20.0, average_rate=0.1, width=3e-3),
        recording("a", condition="drug", spikes=0, exposure=5.0, average_rate=0.0, width=NAN),
    ]
    control, drug = cell_rows(rows, COLUMNS)
    assert (control["recordings"], control["spikes"], control["exposure"]) == (2, 12, 30.0)
    assert control["average_rate"] == pytest.approx(0.4)
    assert control["width"] == pytest.approx(2e-3)
    assert drug["spikes"] == 0
    assert math.isnan(float(str(drug["width"])))


def test_samples_are_called_by_what_tells_them_apart() -> None:
    assert list(samples_of(design())) == ["wt, control", "wt, drug", "ko, control", "ko, drug"]
    assert list(samples_of(design(conditions=("control",)))) == ["wt", "ko"]
    assert list(samples_of([recording("a", group="wt", condition="control")])) == ["wt, control"]
    assert list(samples_of([recording("a")])) == ["all cells"]


def test_conditions_of_the_same_cells_are_pairs_and_groups_are_not() -> None:
    cells = design()
    told = {(row["a"], row["b"]): row for row in comparison_rows(cells, (WIDTH,))}
    assert set(told) == {
        ("wt, control", "wt, drug"),
        ("ko, control", "ko, drug"),
        ("wt, control", "ko, control"),
        ("wt, drug", "ko, drug"),
    }
    pair = told["wt, control", "wt, drug"]
    samples = samples_of(cells)
    control, drug = (list(by_cell(cells, samples[f"wt, {c}"], "width").values()) for c in ("control", "drug"))
    assert pair["paired"] is True
    assert pair["p"] == pytest.approx(stats.wilcoxon(drug, control).pvalue)
    assert pair["difference"] == pytest.approx(2.03e-4)
    groups = told["wt, control", "ko, control"]
    ko = list(by_cell(cells, samples["ko, control"], "width").values())
    assert groups["paired"] is False
    assert groups["p"] == pytest.approx(stats.mannwhitneyu(control, ko).pvalue)
    assert (groups["animals_a"], groups["animals_b"]) == (4, 4)


def test_how_much_was_recorded_is_not_compared() -> None:
    rows = [recording(f"c{k}", "wt" if k < 4 else "ko", spikes=k, width=k * 1e-3) for k in range(8)]
    told = comparison_rows(cell_rows(rows, (COLUMNS[0], WIDTH)), (COLUMNS[0], WIDTH))
    assert {row["measure"] for row in told} == {"width"}


def test_lines_join_conditions_of_the_very_same_cells_only() -> None:
    one_group = [row for row in design() if row["group"] == "wt"]
    assert are_paired(one_group, samples_of(one_group).values())
    assert not are_paired(design(), samples_of(design()).values())
    fewer = one_group[1:]
    assert not are_paired(fewer, samples_of(fewer).values())


def test_prism_gets_a_column_per_sample_in_a_readable_unit(tmp_path: Path) -> None:
    write_prism(tmp_path / "width.csv", design(n=2), WIDTH)
    rows = list(csv.reader((tmp_path / "width.csv").open()))
    assert rows[0] == ["cell", "wt, control (ms)", "wt, drug (ms)", "ko, control (ms)", "ko, drug (ms)"]
    assert rows[1] == ["wt0", "1", "1.2", "", ""]
    assert rows[3] == ["ko0", "", "", "1.5", "1.7"]


def test_igor_gets_waves_with_units_and_names_it_takes(tmp_path: Path) -> None:
    cells = design(n=2)
    cells[0]["width"] = NAN
    cells[0]["cell"] = 'a "quoted" one'
    write_igor(tmp_path / "cells.itx", cells, (WIDTH, Feature("a_very_long_measure_name_indeed", "V", "x")))
    lines = (tmp_path / "cells.itx").read_text().split("\n")
    assert lines[0] == "IGOR"
    at = lines.index("WAVES/D\twidth_wt_control")
    assert lines[at + 1 : at + 5] == ["BEGIN", "\tNaN", "\t0.00101", "END"]
    assert lines[at + 5] == 'X SetScale d 0,0,"s",width_wt_control'
    assert '\t"a \\"quoted\\" one"' in lines
    names = [line.split("\t")[1] for line in lines if line.startswith("WAVES")]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 31 and name.isidentifier() for name in names)
    assert lines.count("BEGIN") == lines.count("END") == len(names)
