"""All candidates in one table: those accepted and those not, with the reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.factory import make_recording, make_spikes

from spikelens.exporters.parquet import read_parquet
from spikelens.runs.candidates import all_candidates, write_candidates
from spikelens.runs.finding import examined, find_in
from spikelens.runs.request import Request
from spikelens.simulation import simulate

RECORDING = simulate(30, 10_000, difficulty="hard", seed=13).recording


@pytest.fixture(scope="module")
def found():
    return examined(find_in(RECORDING, Request(candidates=True, report=False)))


def test_the_table_is_the_spikes_and_what_was_rejected(found, tmp_path):
    write_candidates(tmp_path, found.spikes)
    table = pd.read_csv(tmp_path / "candidates.csv", keep_default_na=False, na_values=[""])
    assert len(table) == len(found.spikes) + len(found.spikes.candidates) > len(found.spikes) > 0
    accepted = table["verdict"] == "spike"
    np.testing.assert_allclose(table["time"][accepted], found.spikes.time, atol=1e-7)
    assert table["reason"][accepted].isna().all() and table["reason"][~accepted].notna().all()
    listed = table["probability"][~accepted & (table["verdict"] != "artefact")]
    assert (listed >= 0.02).all()
    assert (np.diff(table["sample_index"]) > 0).all()
    typed = read_parquet(tmp_path / "candidates.parquet")
    assert list(typed) == list(table) and len(typed) == len(table)
    assert typed.attrs["units"]["height"] == "V"


def test_another_cut_can_be_made_from_the_table(found):
    (table,) = all_candidates(found.spikes)
    strict = find_in(RECORDING, Request(method="adaptive", parameters={"cut": 0.9}, report=False)).spikes
    mine = table.sample_index[(table.probability >= 0.9) & (table["verdict"] == "spike")]
    assert np.array_equal(mine, strict.sample_index)


def test_parts_are_the_whole_cut_apart(found, tmp_path, monkeypatch):
    write_candidates(tmp_path, found.spikes)
    (tmp_path / "parts").mkdir()
    monkeypatch.setattr("spikelens.runs.candidates.ROWS_AT_ONCE", 7)
    write_candidates(tmp_path / "parts", found.spikes)
    names = ("candidates.csv", "candidates.parquet")
    whole, parts = ([folder / name for name in names] for folder in (tmp_path, tmp_path / "parts"))
    assert whole[0].read_bytes() == parts[0].read_bytes()
    pd.testing.assert_frame_equal(read_parquet(whole[1]), read_parquet(parts[1]))


@pytest.mark.parametrize("rejected", [None, [], [5_000]])
def test_a_table_without_rejected_ones_is_that_of_the_spikes(rejected):
    recording = make_recording([3_000])
    spikes = make_spikes(recording, [3_000], rejected=rejected)
    if rejected:
        spikes.candidates.columns["reason"] = np.array(["why"])
    elif rejected is not None:
        spikes.candidates.columns["reason"] = np.empty(0, "U1")
    (table,) = all_candidates(spikes)
    assert table.sample_index.tolist() == [3_000, *(rejected or [])]
    assert table["reason"].tolist() == ["", *(["why"] if rejected else [])]
    assert table.candidates is None
