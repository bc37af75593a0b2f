"""The command: one folder, the same numbers as the function, and what it says when it cannot."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import spikelens
from spikelens.cli import run
from spikelens.cli._options import Grown
from spikelens.cli.steps import command
from spikelens.errors import MissingFact, OutputExists
from spikelens.plots.current_raster import current_raster
from spikelens.plots.fi_curve import fi_curve
from spikelens.plots.images import png
from spikelens.plots.step_traces import step_traces
from spikelens.plots.time_constant import time_constant
from spikelens.plots.vi_curve import vi_curve
from spikelens.recording import Recording
from spikelens.runs.analysis import report_of
from spikelens.steps.columns import CELL, SWEEPS
from spikelens.steps.measuring import Steps, measure_steps
from spikelens.steps.report import analysis_of
from tests.data import recording_file
from tests.steps.cells import Cell, Protocol, stepped

PICO = 1e-12
CURRENTS = [k * 40 * PICO for k in range(-2, 6)]
PICTURES = {"traces", "raster", "fi_curve", "vi_curve", "time_constant"}


def write_cell(folder: Path, currents: Sequence[float] = CURRENTS) -> tuple[Path, Path]:
    """A recording as .npz, which holds no command, and the steps as CSV."""
    from spikelens.exporters.npz import Npz

    recording, _ = stepped(Cell(), currents)
    Npz().write_recording(folder / "cell.npz", recording)
    rows = [f"{k},0.2,0.7,{current!r}" for k, current in enumerate(currents)]
    (folder / "steps.csv").write_text("\n".join(["sweep,onset,offset,current", *rows]) + "\n")
    return folder / "cell.npz", folder / "steps.csv"


def steps(path: Path, out: Path, *flags: str) -> int:
    return run(["steps", str(path), "--out", str(out), "--method", "prominence", *flags])


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cell's recording, its steps, and the folder that the command writes."""
    folder = tmp_path_factory.mktemp("cell")
    path, protocol = write_cell(folder)
    assert steps(path, folder / "out", "--protocol", str(protocol)) == 0
    return folder


@pytest.fixture
def written(once: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    """A copy of that folder, to do with as one likes."""
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "cell.npz", tmp_path / "steps.csv", tmp_path / "out"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def test_the_folder_is_whole_and_its_tables_are_the_functions(written, capsys):
    path, protocol, out = written
    capsys.readouterr()
    assert steps(path, out, "--protocol", str(protocol)) == 0
    said = capsys.readouterr().out
    assert "rheobase 160 pA" in said and "report.html" in said
    record = json.loads((out / "run.json").read_text())
    assert sorted(p.name for p in out.iterdir()) == sorted(record["outputs"])
    assert {f"{name}.{ending}" for name in PICTURES for ending in ("png", "svg")} < set(record["outputs"])
    recording = spikelens.read(path)
    found = spikelens.measure_steps(recording, spikelens.find(recording, "prominence"), protocol=protocol)
    for rows, ours in ((table(out / "sweeps.csv"), found.sweeps), (table(out / "cell.csv"), [found.cell])):
        for row, mine in zip(rows, ours, strict=True):
            assert set(row) == set(mine)
            for name, value in mine.items():
                if isinstance(value, float):
                    known = float(row[name]) if row[name] else math.nan
                    assert known == pytest.approx(value, nan_ok=True), name
    assert record["cell"]["rheobase"] == pytest.approx(160 * PICO)
    assert record["sweeps"][0]["spikes"] == 0 and record["origin"] == "given"


def test_every_column_has_its_unit_and_rule(written):
    _, _, out = written
    told = {(row["table"], row["column"]): row for row in table(out / "columns.csv")}
    for name in ("sweeps", "cell"):
        rows = table(out / f"{name}.csv")
        assert [column for kind, column in told if kind == name] == list(rows[0])
    assert all(row["rule"].endswith(".") for row in told.values())
    assert told["cell", "input_resistance"]["unit"] == "ohm"
    assert len({f.name for f in SWEEPS}) == len(SWEEPS) and len({f.name for f in CELL}) == len(CELL)


def test_the_report_and_the_methods_say_what_was_done(written):
    _, _, out = written
    report = (out / "report.html").read_text(encoding="utf-8")
    for heading in (
        "The steps",
        "Firing and membrane",
        "The cell in numbers",
        "Sweep by sweep",
    ):
        assert f"<h2>{heading}</h2>" in report
    assert report.count("<img") == len(PICTURES)
    methods = (out / "methods.txt").read_text(encoding="utf-8")
    assert "the steps were given by hand" in methods and "Theil" in methods
    assert "capacitance" in methods and "Sen (1968)" in methods


def test_the_same_is_not_done_twice_and_another_needs_force(written, capsys):
    path, protocol, out = written
    again = ("--protocol", str(protocol))
    capsys.readouterr()
    assert steps(path, out, *again, "--json") == 0
    assert json.loads(capsys.readouterr().out)["already_done"]
    assert steps(path, out, *again, "--baseline", "0.05") == OutputExists.exit_code
    assert steps(path, out, *again, "--baseline", "0.05", "--force") == 0
    assert json.loads((out / "run.json").read_text())["settings"]["baseline"] == 0.05
    protocol.write_text(protocol.read_text().replace("0.7", "0.6"))
    assert steps(path, out, *again, "--baseline", "0.05") == OutputExists.exit_code


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ((), 3, "give --protocol"),
        (("--mode", "voltage-clamp", "--protocol", "steps.csv"), 3, "voltage clamp"),
        (("--protocol", "absent.csv"), 3, "cannot read absent.csv"),
        (("--protocol", "steps.csv", "--baseline", "0"), 2, "baseline must be at least"),
        (("--protocol", "steps.csv", "--method", "oracle"), 2, "oracle"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, capsys, flags, code, said):
    write_cell(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["steps", "cell.npz", *flags]) == code
    err = capsys.readouterr().err
    assert said in err and len([line for line in err.splitlines() if line.startswith("spikelens:")]) == 1
    assert not (tmp_path / "spikelens-steps").exists()


def test_no_flag_is_given_twice_whatever_the_method():
    from spikelens import rooms

    for method in rooms.names("detectors"):
        assert isinstance(command, Grown)
        context = command.make_context("steps", ["x", "--method", method])
        flags = [flag for p in context.command.params for flag in p.opts if flag.startswith("--")]
        assert len(set(flags)) == len(flags), method


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        (
            "pyabf/171116sh_0018.abf",
            {"rheobase": 50e-12, "fi_gain": 6.4e10, "input_resistance": 117e6, "time_constant": 34.4e-3},
        ),
        (
            "nwbshowcase/LantyerEtAl2018_180817_ME_9_CC.nwb",
            {"rheobase": 161e-12, "fi_gain": 2.5e11, "input_resistance": 187e6, "time_constant": 9.7e-3},
        ),
        ("pyabf/17o05028_ic_steps.abf", {"fi_gain": 4e11, "time_constant": 50e-3}),
        ("pyabf/2019_07_24_0055_fsi.abf", {"fi_gain": 3.7e11, "maximum_rate": 128}),
    ],
)
def test_real_cells_from_file_to_folder(tmp_path, name, numbers):
    assert run(["steps", str(recording_file(name)), "--out", str(tmp_path / "out")]) == 0
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    for what, value in numbers.items():
        assert record["cell"][what] == pytest.approx(value, rel=0.02), what


def described(currents: Sequence[float], cell: Cell = Cell(), **protocol: float) -> tuple[Steps, set[str]]:  # noqa: B008
    found = measure_steps(*stepped(cell, currents, Protocol(**protocol)))
    return found, {picture.name for picture in analysis_of(found, (), ()).pictures}


@pytest.mark.parametrize(
    ("currents", "drawn"),
    [
        (CURRENTS, PICTURES),
        ([300 * PICO], {"traces", "raster"}),
        ([-100 * PICO], {"traces", "time_constant"}),
        ([160 * PICO, 200 * PICO], {"traces", "raster", "fi_curve"}),
        ([20 * PICO, 40 * PICO], {"traces", "vi_curve", "time_constant"}),
    ],
)
def test_what_is_drawn_is_what_there_is(currents, drawn):
    found, names = described(currents)
    assert names == drawn
    silent = "No curve can be drawn" in report_of(analysis_of(found, (), ()))
    assert silent == (not drawn - {"traces", "raster"})
    for picture in analysis_of(found, (), ()).pictures:
        assert png(picture.figure, dpi=30).startswith(b"\x89PNG")


def test_the_curves_show_the_points_and_the_lines():
    current, rate = np.array([0.0, 1e-10, 2e-10]), np.array([0.0, 5.0, 20.0])
    axes = fi_curve(current, rate, fit=(current[1:], rate[1:]), is_blocked=np.array([False, False, True]))
    shown = {line.get_gid(): line.get_xdata() for line in axes.lines}
    np.testing.assert_array_equal(shown["sweeps"], current[:2])
    np.testing.assert_array_equal(shown["block"], current[2:])
    np.testing.assert_array_equal(shown["fit"], current[1:])
    axes = vi_curve(current, -0.07 + rate / 1e3, trough=np.full(3, np.nan))
    assert {line.get_gid() for line in axes.lines} == {"steady"}
    time = np.arange(1000) / 1e4
    axes = time_constant(time, 1 - np.exp(-time / 0.01), 1 - np.exp(-time / 0.01), window=(0.01, 0.05))
    inside = next(line.get_xdata() for line in axes.lines if line.get_gid() == "fit")
    assert inside[[0, -1]] == pytest.approx([0.01, 0.05])


def test_the_raster_orders_by_current():
    times = [np.array([0.1, 0.2]), np.array([0.3]), np.empty(0)]
    axes = current_raster(times, np.array([2e-10, 1e-10, -1e-10]), steps=[(0.0, 0.5)] * 3)
    rows = {k: c.get_segments() for k, c in enumerate(axes.collections) if c.get_gid() == "spikes"}
    heights = [np.mean([s[:, 1].mean() for s in segments]) for segments in rows.values() if len(segments)]
    assert heights == [1.0, 2.0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["\u2212100", "100", "200"]


def test_long_traces_are_drawn_by_their_ranges_and_lose_no_spike():
    times, volts = np.arange(100_000) / 2e4, np.full(100_000, -0.07)
    volts[40_007] = 0.03
    figure = step_traces({"one": [(times, volts)], "none": []}, [(times, volts)])
    (line,) = figure.axes[0].lines
    assert line.get_ydata().max() == pytest.approx(0.03) and line.get_ydata().size < 4000


def test_the_function_is_public():
    assert spikelens.measure_steps is measure_steps
    recording = Recording.from_array(np.zeros(2000), 1e4)
    with pytest.raises(MissingFact):
        spikelens.measure_steps(recording, spikelens.find(recording))
