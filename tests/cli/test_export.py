"""`spikelens export`: every format from the command line, and what it refuses."""

from __future__ import annotations

import json
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
from tests.factory import make_trace

import spikelens
from spikelens.cli import run
from spikelens.errors import BadParameter, MissingFact, OutputExists, RequestError, UnknownName
from spikelens.exporters.npz import Npz
from spikelens.recording import Recording
from spikelens.spikes import Spikes

pytestmark = pytest.mark.filterwarnings("ignore:.*:Warning:(pynwb|hdmf)")
RATE = 10_000.0
UP = [3000, 9000, 15_000]
FACTS = [
    *("--session-description", "steps", "--session-start-time", "2024-05-06T07:08"),
    *("--subject-id", "m7", "--species", "Mus musculus", "--sex", "F", "--age", "P70D"),
]


@pytest.fixture
def cell(tmp_path, monkeypatch):
    """A cell of two sweeps, in the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    recording = Recording.from_array(make_trace(20_000, RATE, UP), RATE, sweep_lengths=[12_000, 8000])
    Npz().write_recording(tmp_path / "cell.npz", recording)
    return spikelens.read("cell.npz")


def export(*flags: str) -> int:
    return run(["export", "cell.npz", "--method", "prominence", *flags])


def test_tables_are_those_that_find_writes(cell, tmp_path, capsys):
    assert export("--out", "a.csv") == 0
    assert "3 spikes in a.csv" in capsys.readouterr().out
    assert export("--out", "a.parquet") == 0
    assert run(["find", "cell.npz", "--method", "prominence", "--no-report", "--quiet"]) == 0
    for ending in ("csv", "parquet"):
        written = (tmp_path / f"a.{ending}").read_bytes()
        assert written == (tmp_path / "spikelens-out" / "cell" / f"spikes.{ending}").read_bytes()


def test_nwb_asks_for_subject_and_session_and_holds_them(cell, tmp_path, capsys):
    assert export("--out", "a.nwb") == MissingFact.exit_code
    err = capsys.readouterr().err
    assert all(flag in err for flag in FACTS if flag.startswith("--")) and err.count("\n") == 1
    assert not (tmp_path / "a.nwb").exists()
    assert export("--out", "a.nwb", *FACTS) == 0
    with h5py.File(tmp_path / "a.nwb") as file:
        assert file["general/subject/species"][()] == b"Mus musculus"
        assert file["processing/icephys/spikes/time"].shape == (3,)
        assert len(file["acquisition"]) == 2


def test_help_lists_the_facts_of_the_format_that_is_named(capsys):
    assert run(["export", "cell.npz", "--out", "a.nwb", "--help"]) == 0
    assert "--subject-id" in capsys.readouterr().out
    assert run(["export", "cell.npz", "--out", "a.csv", "--help"]) == 0
    assert "--subject-id" not in capsys.readouterr().out


def test_a_recording_alone_or_a_table_of_elsewhere(cell, tmp_path):
    assert export("--out", "a.mat", "--what", "recording") == 0
    np.testing.assert_array_equal(spikelens.read("a.mat").read(), cell.read())
    assert export("--out", "all.parquet") == 0
    assert export("--out", "b.csv", "--spikes", "all.parquet") == 0
    assert export("--out", "c.csv", "--spikes", "b.csv") == 0
    assert (tmp_path / "b.csv").read_text() == (tmp_path / "c.csv").read_text()
    pd.DataFrame({"time": [0.3]}).to_csv("times.csv", index=False)
    assert export("--out", "d.csv", "--spikes", "times.csv") == 0
    assert pd.read_csv("d.csv")["sample_index"].tolist() == [3000]


def test_a_folder_of_phys_goes_out_and_comes_back(cell, tmp_path, capsys):
    assert export("--out", "phy", "--to", "phy") == 0
    np.save("phy/spike_clusters.npy", np.array([0, 7, 0], np.int32))
    (tmp_path / "phy" / "cluster_group.tsv").write_text("cluster_id\tgroup\n0\tgood\n7\tnoise\n")
    assert export("--out", "sorted.csv", "--spikes", "phy") == 0
    table = pd.read_csv("sorted.csv")
    assert table["unit_id"].tolist() == [0, 7, 0] and table["kind"].tolist() == ["good", "noise", "good"]
    for force in ([], ["--force"]):
        assert export("--out", "phy", "--to", "phy", *force) == OutputExists.exit_code
        assert "phy is there already, maybe sorted by hand; choose another name\n" in capsys.readouterr().err


def test_results_are_added_to_a_copy_of_an_nwb_file(cell, tmp_path):
    cell.to_nwb(
        "theirs.nwb", **{f[2:].replace("-", "_"): v for f, v in zip(FACTS[::2], FACTS[1::2], strict=True)}
    )
    before = (tmp_path / "theirs.nwb").read_bytes()
    nwb = ["export", "theirs.nwb", "--method", "prominence", "--append"]
    assert run([*nwb, "--out", "copy.nwb"]) == 0
    assert (tmp_path / "theirs.nwb").read_bytes() == before
    assert len(Spikes.from_nwb("copy.nwb", spikelens.read("copy.nwb"))) == 3
    assert run([*nwb, "--out", "theirs.nwb", "--force"]) == OutputExists.exit_code
    assert (tmp_path / "theirs.nwb").read_bytes() == before
    assert run([*nwb, "--out", "theirs.nwb", "--force", "--in-place"]) == 0
    assert len(Spikes.from_nwb("theirs.nwb", spikelens.read("theirs.nwb"))) == 3
    assert export("--append", "--out", "b.nwb") == BadParameter.exit_code


def test_spikes_as_corrected_in_the_viewer_come_with_their_history(cell, tmp_path, capsys):
    from spikelens.app.library import Library

    shutil.copy("cell.npz", "other.npz")
    library = Library([tmp_path / "cell.npz"], author="ann")
    opened = library.open(library.items()[0].id)
    library.spikes(0)
    desk = opened.desk
    desk.edit(desk.revision, [{"do": "reject", "id": int(desk.review.peaks()[0])}])
    library.close()
    assert run(["export", "cell.npz", "--out", "a.nwb", "--corrected", *FACTS]) == 0
    with h5py.File("a.nwb") as file:
        assert file["processing/icephys/spikes/sample_index"][()].tolist() == UP[1:]
        history = json.loads(file["scratch/spikelens_edit_history"][()])
    assert [(e["author"], e["edits"][0]["do"]) for e in history] == [("ann", "reject")]
    assert run(["export", "other.npz", "--out", "b.csv", "--corrected"]) == RequestError.exit_code
    assert "export it without --corrected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        (["--out", "a.xyz"], UnknownName.exit_code, "there are: csv, efel"),
        (["--out", "a.csv", "--to", "spss"], UnknownName.exit_code, "no format 'spss'"),
        (["--out", "a.csv", "--what", "nothing"], UnknownName.exit_code, "all, spikes, recording"),
        (["--out", "cell.npz"], OutputExists.exit_code, "is the recording itself"),
        (["--out", "cell.npz", "--force"], OutputExists.exit_code, "is the recording itself"),
        (["--out", "a.nwb", "--sex", "both"], UnknownName.exit_code, "M, F, U, O"),
        (["--out", "a.csv", "--spikes", "none.csv"], 3, "none.csv does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(cell, tmp_path, capsys, flags, code, told):
    before = (tmp_path / "cell.npz").read_bytes()
    assert export(*flags) == code
    err = capsys.readouterr().err
    assert told in err and "Traceback" not in err
    assert [p.name for p in tmp_path.iterdir()] == ["cell.npz"]
    assert (tmp_path / "cell.npz").read_bytes() == before


def test_the_verb_writes_what_it_is_given(cell, tmp_path):
    spikes = spikelens.find(cell, "prominence")
    assert spikelens.export("a.npz", spikes, cell) == tmp_path.__class__("a.npz")
    assert "height" in np.load("a.npz").files
    spikelens.export("b.npz", recording=cell)
    assert "samples" in np.load("b.npz").files
    with pytest.raises(BadParameter, match="nothing to export"):
        spikelens.export("c.npz")
    with pytest.raises(UnknownName, match="parameter of csv"):
        spikelens.export("c.csv", spikes, subject_id="m7")
