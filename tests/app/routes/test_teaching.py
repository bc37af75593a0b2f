"""Routes of review and training."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spikelens.app.library import Library
from spikelens.cli import run
from tests.app.serving import Page
from tests.data import recording_file


def test_the_doubtful_come_most_doubtful_first_and_are_counted(page):
    table = page.spikes()
    probability = table["probability"].astype(float)
    doubtful = np.flatnonzero((probability > 0.05) & (probability < 0.95))
    wanted = table["id"][doubtful[np.argsort(np.abs(probability[doubtful] - 0.5), kind="stable")]].tolist()
    answer = page.get("/labels/next", n=1000)
    assert answer == {"ids": wanted, "left": len(wanted)}
    if wanted:
        page.edit({"do": "label", "id": wanted[0], "label": "spike"})
        assert page.get("/labels/next") == {"ids": wanted[1:2], "left": len(wanted) - 1}


def test_without_probabilities_those_near_the_divide_come_first(small):
    small.wait(small.post("/detect", method="prominence").json()["job"])
    table = small.spikes()
    answer = small.get("/labels/next", n=3)
    assert answer["left"] == len(table["id"]) and len(answer["ids"]) == 3
    small.edit({"do": "reject", "id": 2000})
    assert small.get("/labels/next", by="differ", n=9) == {"ids": [2000], "left": 1}
    assert small.ask("/labels/next", by="colour").status_code == 404


def test_hand_and_method_differ_by_a_label_too(small):
    small.edit(
        {"do": "label", "id": 2000, "label": "artefact"}, {"do": "label", "id": 6000, "label": "spike"}
    )
    small.edit({"do": "label", "id": 9000, "label": "burst"})
    assert small.get("/labels/next", by="differ", n=9) == {"ids": [2000], "left": 1}


def test_training_learns_from_the_hand_and_the_command_line_agrees(tmp_path):
    source = recording_file("sim/hard_13.npz")
    library = Library([source], sessions=tmp_path / "s")
    page = Page(library)
    table = page.spikes()
    truth = np.load(source)["spike_times_s"]
    early = page.wait(page.post("/train").json()["job"])
    assert early["state"] == "failed" and "too few" in early["error"]
    order = np.argsort(np.abs(table["probability"].astype(float) - 0.5), kind="stable")[:30]
    near = np.abs(table["time"][order][:, None] - truth).min(axis=1) < 1e-3
    edits = [
        {"do": "label", "id": int(i), "label": "spike" if yes else "noise"}
        for i, yes in zip(table["id"][order], near, strict=True)
    ]
    page.edit(*edits)
    done = page.wait(page.post("/train", save="my cell").json()["job"])
    assert done["state"] == "done", done
    result = done["result"]
    assert result["n_labels"] == 30 and result["n_off"] == 0
    assert 25 <= result["n_followed"] <= 30
    answer = page.get("/spikes")
    assert answer["parameters"]["model"] == "my cell.spikemodel"
    assert result["model"].endswith(".spikelens/my cell.spikemodel")
    table = page.spikes()
    (model,) = (tmp_path / "s").glob("*.spikelens/my cell.spikemodel")
    out = ["--no-report", "--quiet", "--out", str(tmp_path / "out")]
    assert run(["find", str(source), "--model", str(model), *out]) == 0
    by_command = pd.read_csv(tmp_path / "out" / "hard_13" / "spikes.csv")
    assert by_command["sample_index"].tolist() == table["sample_index"][table["by_method"]].tolist()
    assert result["after"]["n"] == int(np.isin(table["state"], ("accepted", "added")).sum())
    again = Library([source], sessions=tmp_path / "s")
    reopened = Page(again)
    reopened.wait()
    assert reopened.get("/spikes")["columns"] == page.get("/spikes")["columns"]
    for made in (library, again):
        made.close()


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "", "x" * 99, 7])
def test_a_models_name_is_no_path(small, name):
    answer = small.post("/train", save=name)
    assert answer.status_code == (200 if name == "" else 400)
