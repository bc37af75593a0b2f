"""Files that cannot be used: one line that says what is wrong and what to do, and nothing written."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.data import recording_file
from tests.factory import make_trace

from spikelens.app.library import Library
from spikelens.cli import run

RATE = 10_000.0
FACTS = ["--unit", "V", "--sampling-rate", "10000"]


def refused(capsys, arguments, code=3):
    """Run `find`, check that it is refused in one line and leaves nothing, and return the line."""
    assert run(["find", *map(str, arguments), "--no-report"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line for line in err.splitlines() if "compiling" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("spikelens: ")
    return lines[0]


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "spikelens-out").exists() or not list((tmp_path / "spikelens-out").iterdir())


@pytest.mark.parametrize(
    "ending", ["abf", "npy", "npz", "mat", "csv", "txt", "nwb", "wav", "ibw", "xlsx", "edf"]
)
@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"\x00\xff not what it says" * 20, "")],
    ids=["empty", "wrong format"],
)
def test_empty_and_wrong_files_are_named_once(tmp_path, capsys, ending, content, words):
    path = tmp_path / f"cell.{ending}"
    path.write_bytes(content)
    line = refused(capsys, [path, *FACTS])
    assert words in line
    assert line.count(str(path)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "pyabf/171116sh_0016.abf",
        "pyabf/18425108_abf1.abf",
        "nwbshowcase/LantyerEtAl2018_180817_ME_9_CC.nwb",
        "bluepyefe/B6_Ch3_IDRest_181.ibw",
        "ac2_like/ac2_like_sweeps_v5.mat",
        "myokit/wcp-file.wcp",
        "sim/easy_11.npz",
    ],
)
@pytest.mark.parametrize("share", [0.02, 0.6], ids=["in the header", "in the samples"])
def test_truncated_recordings_are_refused(tmp_path, capsys, name, share):
    whole = recording_file(name)
    cut = tmp_path / whole.name
    content = whole.read_bytes()
    cut.write_bytes(content[: int(share * len(content))])
    line = refused(capsys, [cut])
    assert len(line) < 400


def test_raw_samples_without_a_description_are_told_how_to_be_described(tmp_path, capsys):
    path = tmp_path / "probe.bin"
    path.write_bytes(bytes(4000))
    line = refused(capsys, [path, *FACTS])
    assert "probe.toml beside it" in line and "n_channels" in line


def test_a_missing_file_is_named(capsys):
    told = refused(capsys, ["none.abf"])
    assert told.startswith("spikelens: none.abf does not exist; check the path, it was looked for in ")


def test_an_unknown_ending_lists_those_that_are_known(tmp_path, capsys):
    (tmp_path / "cell.docx").write_bytes(b"words")
    assert ".abf" in refused(capsys, ["cell.docx"])


def test_a_text_that_is_no_table_is_not_told_that_its_ending_is_unknown(tmp_path, capsys):
    (tmp_path / "protocol.txt").write_text("step one\nhold the cell\n")
    line = refused(capsys, ["protocol.txt"])
    assert "endings that are known" not in line


def test_a_file_without_voltage_or_current_says_what_it_holds(tmp_path, capsys):
    (tmp_path / "bath.csv").write_text("temperature (degC)\n" + "36.5\n36.6\n" * 50)
    line = refused(capsys, ["bath.csv", "--sampling-rate", "100"])
    assert "--unit" in line


def test_unknown_channels_and_variables_list_what_there_is(capsys):
    abf = recording_file("pyabf/18425108.abf")
    line = refused(capsys, [abf, "--channel", "Vn"], code=2)
    assert "0 (Imemb), 1 (10_Vm)" in line
    mat = recording_file("ac2_like/ac2_like_sweeps_v5.mat")
    line = refused(capsys, [mat, *FACTS, "--variable", "respnse"], code=2)
    assert "2 response (300 x 2000)" in line


def test_missing_facts_name_their_flags(tmp_path, capsys):
    np.save(tmp_path / "cell.npy", make_trace(20_000, RATE, [5000]))
    assert "--sampling-rate" in refused(capsys, ["cell.npy", "--unit", "V"])
    assert "--unit" in refused(capsys, ["cell.npy", "--sampling-rate", "10000"])
    assert "--mode cell-attached" in refused(capsys, ["cell.npy", "--unit", "pA", "--sampling-rate", "10000"])


def test_a_folder_without_recordings_says_so(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert "no recording" in refused(capsys, ["empty"])


def test_one_bad_file_among_good_ones_costs_nothing_but_itself(tmp_path, capsys):
    good = recording_file("pyabf/171116sh_0016.abf")
    (tmp_path / "bad.abf").write_bytes(good.read_bytes()[:9000])
    arguments = ["find", str(good), "bad.abf", "none.abf", "--no-report", "--out", "out"]
    assert run(arguments) == 3
    out, err = capsys.readouterr()
    assert "10 spikes" in out
    assert "bad.abf" in err
    assert "none.abf does not exist" in err
    assert "1 of 3 recordings done" in err
    shutil.rmtree(tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot read"),
        ("t\n1\n", "no column 'time'; it has: t"),
        ("time\nsoon\n", "column 'time' holds something that is not a number"),
        ("time,sweep\n1.0,\n", "column 'sweep' holds something that is not a number"),
    ],
)
def test_tables_of_times_that_cannot_be_used_are_refused(tmp_path, capsys, text, words):
    (tmp_path / "found.csv").write_text(text)
    assert run(["score", "found.csv", "found.csv"]) == 3
    err = capsys.readouterr().err
    assert words in err
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_a_name_that_is_not_utf8_is_a_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    for name in (b"data/b\xe9d.npy", b"data/good.npy"):
        np.save("cell.npy", make_trace(20_000, 10_000.0, [3000]))
        os.rename(b"cell.npy", name)
    # As the program does.
    sys.stdout.reconfigure(errors="replace")
    facts = ["--unit", "V", "--sampling-rate", "10000"]
    odd = os.fsdecode(b"data/b\xe9d.npy")
    for _ in range(2):
        assert run(["find", "data", *facts, "--quiet", "--out", "all"]) == 0
    assert "b\\udce9d.npy" in Path("all/summary.csv").read_text()
    assert sorted(p.name for p in Path("all").iterdir()) == ["b_d", "good", "summary.csv", "summary.xlsx"]
    for command in ("quality", "kinds", "membrane", "book"):
        assert run([command, odd, *facts, "--out", command]) == 0
    for command in (["detect", "--out", "a.csv"], ["detect", "--out", "a.parquet"], ["info"]):
        assert run([command[0], odd, *facts, *command[1:]]) == 0
    library = Library([Path(odd).resolve()])
    assert [item.name for item in library.items()] == ["b\\udce9d.npy"]
    capsys.readouterr()


def test_what_a_text_is_instead_of_a_table_is_said(tmp_path, capsys):
    np.arange(999.0).tofile("cell.csv")
    assert "it holds binary numbers, and no text" in refused(capsys, ["cell.csv", *FACTS])
    (tmp_path / "cell.csv").write_text("1\n2\nthree\n4\n5\n")
    assert "it is no table of numbers at line 3, 'three'; mend the line" in refused(
        capsys, ["cell.csv", *FACTS]
    )


@pytest.mark.parametrize("ending", ["mat", "nwb"])
def test_a_file_that_is_cut_off_is_said_in_our_words(tmp_path, capsys, ending):
    import h5py
    from scipy.io import savemat

    trace = make_trace(20_000, RATE, [3000])
    if ending == "mat":
        savemat("cell.mat", {"x": trace})
    else:
        with h5py.File("cell.nwb", "w") as file:
            file["x"] = trace
    whole = (tmp_path / f"cell.{ending}").read_bytes()
    (tmp_path / f"cell.{ending}").write_bytes(whole[: len(whole) // 2])
    said = refused(capsys, [f"cell.{ending}", *FACTS])
    assert said == f"spikelens: cell.{ending} is cut off, or damaged; copy it again"


def test_no_events_and_no_labels_are_said_plainly(tmp_path, capsys):
    np.save("cell.npy", make_trace(20_000, RATE, [3000]))
    assert run(["conditions", "cell.npy", *FACTS, "--epochs", "tag"]) == 2
    assert (
        "no event source 'tag'; there is none; give the name of a CSV file of epochs"
        in capsys.readouterr().err
    )
    assert run(["compare", "none.csv", "other.csv"]) == 3
    assert "cannot read labels from none.csv: No such file or directory\n" in capsys.readouterr().err


def test_a_parameter_of_another_method_names_it(capsys):
    np.save("cell.npy", make_trace(20_000, RATE, [3000]))
    said = refused(capsys, ["cell.npy", *FACTS, "--method", "level", "--model", "x"], code=2)
    assert "--model is of the method adaptive, and level is used here: give --method adaptive" in said
    assert "give --method slope" in refused(capsys, ["cell.npy", *FACTS, "--smooth", "1"], code=2)
    assert "no such option '--nonsense'" in refused(capsys, ["cell.npy", *FACTS, "--nonsense", "1"], code=2)


def test_a_port_that_there_is_not_is_refused(capsys):
    assert run(["view", "cell.npy", "--port", "99999"]) == 2
    assert "is not in the range 0<=x<=65535" in capsys.readouterr().err
