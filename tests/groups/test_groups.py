"""A study of simulated cells from its sheet to its folder, and what is said of sheets that do not fit."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from spikelens.cli import run
from spikelens.groups.study import compare_cells
from spikelens.profiles import MEASURES
from spikelens.runs.request import Request
from spikelens.runs.sheet import Sheet
from tests.data import recording_file
from tests.factory import make_trace

RATE = 5000.0
QUICK = ["--method", "prominence", "--measures", "train,features"]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Six cells a group, each before and with a drug that doubles its rate; a sheet names them."""
    return make_study(tmp_path, cells=6)


def make_study(folder: Path, cells: int) -> Path:
    lines = ["file,cell,animal,group,condition"]
    for g, group in enumerate(("wt", "ko")):
        for k in range(cells):
            for c, condition in enumerate(("control", "drug")):
                interval = 0.5 / (1 + g) / (1 + c) + 0.004 * k
                at = np.round(np.arange(0.1, 9.9, interval) * RATE).astype(int)
                name = f"{group}{k}_{condition}.npz"
                trace = make_trace(round(10 * RATE), RATE, at, seed=k)
                np.savez(folder / name, volts=trace, sampling_rate=RATE, unit="V")
                lines.append(f"{name},{group}{k},r{k // 2},{group},{condition}")
    (folder / "cells.csv").write_text("\n".join(lines) + "\n")
    return folder


def groups(study: Path, *more: str) -> int:
    files = sorted(str(path) for path in study.glob("*.npz"))
    return run(
        ["groups", *files, "--sheet", str(study / "cells.csv"), "--out", str(study / "out"), *QUICK, *more]
    )


def test_a_study_goes_from_its_sheet_to_its_folder(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert groups(study, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    out = study / "out"
    assert set(record["outputs"]) == {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    rows = list(csv.DictReader((out / "cells.csv").open()))
    assert len(rows) == 24
    rate = {(row["cell"], row["condition"]): float(row["average_rate"]) for row in rows}
    assert rate["wt0", "control"] == pytest.approx(2.0, abs=0.1)
    assert rate["ko0", "drug"] == pytest.approx(7.9, abs=0.2)
    told = {(r["measure"], r["a"], r["b"]): r for r in csv.DictReader((out / "comparisons.csv").open())}
    pair = told["average_rate", "wt, control", "wt, drug"]
    assert (pair["paired"], pair["n_a"], pair["test"]) == ("True", "6", "Wilcoxon signed ranks")
    assert float(pair["p"]) == pytest.approx(2 / 2**6)
    explained = list(csv.DictReader((out / "columns.csv").open()))
    assert {row["column"] for row in explained if row["table"] == "cells"} == set(rows[0])
    assert {"cells.xlsx", "igor/cells.itx", "prism/average_rate.csv", "figures/width.svg"} <= set(
        record["outputs"]
    )
    assert len(list((out / "traces").glob("*.svg"))) == 24
    assert "12 cells come from 3 animals" in " ".join(record["warnings"])
    assert "Wilcoxon" in (out / "methods.txt").read_text()
    assert groups(study, "--json") == 0
    assert json.loads(capsys.readouterr().out)["already_done"]


def test_a_file_that_fails_does_not_cost_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(tmp_path, cells=2)
    (study / "wt0_control.npz").write_bytes(b"broken")
    (study / "cells.csv").write_text((study / "cells.csv").read_text() + "lost.npz,x,,wt,control\n")
    assert groups(study, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    warnings = " ".join(record["warnings"])
    assert "wt0_control.npz is left out" in warnings
    assert "lost.npz is in the sheet, but was not given" in warnings
    assert record["recordings"] == 7


@pytest.mark.parametrize(
    ("sheet", "more", "words"),
    [
        ("file,cell\nnone.npz,a\n", [], "names none of the recordings"),
        ("cell\na\n", [], "no column 'file'"),
        (None, ["--measures", "train,shape"], "no measure 'shape'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    study: Path, capsys: pytest.CaptureFixture[str], sheet: str | None, more: list[str], words: str
) -> None:
    if sheet:
        (study / "cells.csv").write_text(sheet)
    assert groups(study, *more) != 0
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and words in told[0]
    assert not (study / "out").exists()


def test_a_measure_that_does_not_fit_says_why_and_leaves_the_rest(tmp_path: Path) -> None:
    sheet = tmp_path / "cells.csv"
    sheet.write_text("file,cell,group\n171116sh_0018.abf,a,x\nopto_aps_good_units.abf,b,y\n")
    paths = [recording_file(f"pyabf/{name}.abf") for name in ("171116sh_0018", "opto_aps_good_units")]
    told = compare_cells(paths, Sheet.read(sheet), Request(method="prominence").checked())
    first, second = told.rows
    assert first["rheobase"] == pytest.approx(50e-12)
    assert second["rheobase"] != second["rheobase"]
    assert second["spikes"] == 150
    assert any("opto_aps_good_units.abf: steps:" in text for text in told.warnings)
    assert set(MEASURES) >= {"train", "features", "steps"}


def test_a_silent_cell_has_a_rate_of_0_no_features_and_a_warning(tmp_path: Path) -> None:
    for name, at in (("silent", []), ("firing", np.arange(1000, 24_000, 2000))):
        trace = make_trace(25_000, RATE, np.array(at, int))
        np.savez(tmp_path / f"{name}.npz", volts=trace, sampling_rate=RATE, unit="V")
    (tmp_path / "cells.csv").write_text("file,cell,group\nsilent.npz,a,x\nfiring.npz,b,y\n")
    paths = [tmp_path / "silent.npz", tmp_path / "firing.npz"]
    request = Request(method="prominence").checked()
    told = compare_cells(paths, Sheet.read(tmp_path / "cells.csv"), request, measures=["train", "features"])
    silent, firing = told.rows
    assert (silent["spikes"], silent["average_rate"]) == (0, 0.0)
    assert silent["width"] != silent["width"] and firing["width"] > 0
    assert any("silent.npz: no spikes" in text for text in told.warnings)


def test_the_sheet_names_stimuli_and_steps_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    at = np.arange(1000, 24_000, 2000)
    trace = make_trace(25_000, RATE, at)
    np.savez(folder / "a.npz", volts=trace, sampling_rate=RATE, unit="V")
    onsets = "\n".join(str((k - 100) / RATE) for k in at)
    (tmp_path / "tones.csv").write_text(f"start\n{onsets}\n")
    (folder / "steps.csv").write_text("sweep,onset,offset,current\n0,0.1,4.9,1e-10\n")
    (tmp_path / "cells.csv").write_text("file,cell,events,protocol\na.npz,a,tones.csv,steps.csv\n")
    told = compare_cells(
        [folder / "a.npz"],
        Sheet.read(tmp_path / "cells.csv"),
        Request(method="prominence").checked(),
        measures=["steps", "responses"],
    )
    (row,) = told.rows
    assert row["rheobase"] == pytest.approx(100e-12)
    assert row["response_latency"] == pytest.approx(0.02, abs=1e-3)
    assert set(told.methods) == {"steps", "responses"}
