from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikelens.classifiers._learners import LEARNERS
from spikelens.errors import UnreadableFile
from spikelens.learning import cut, label, train
from spikelens.modelfiles import read_model, write_model
from spikelens.models import Model
from spikelens.sealed import card_hash, hash_of
from tests.learning.cells import make_cell

RECORDING, PEAKS = make_cell(30, fingerprint="a cell")
WINDOWS = cut(RECORDING, 100)
TRUE = label(WINDOWS, "truth", times=RECORDING.time_of(PEAKS))


def fitted(name: str = "images", learner: str = "logistic") -> Model:
    return train(WINDOWS, TRUE, name, learner=learner, priors="0.9,0.1")


def refused(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_model(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def rewrite(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("name", ["images", "waveform", "shape"])
def test_a_file_gives_back_bit_equal_probabilities(tmp_path: Path, name: str, learner: str) -> None:
    model = fitted(name, learner)
    write_model(tmp_path / "a.spikemodel", model)
    back = read_model(tmp_path / "a.spikemodel")
    assert np.array_equal(back.predict_proba(WINDOWS), model.predict_proba(WINDOWS))
    assert back.classifier == model.classifier
    for field in ("n_samples", "sampling_rate", "unit", "classes_", "warnings"):
        assert getattr(back, field) == getattr(model, field)
    assert np.array_equal(back.held_out_, model.held_out_)
    assert back.saw(WINDOWS) == len(WINDOWS)


def test_the_card_says_what_a_person_wants_to_know(tmp_path: Path) -> None:
    write_model(tmp_path / "a.spikemodel", fitted())
    card = json.loads(members_of(tmp_path / "a.spikemodel")["card.json"])
    assert (card["window"], card["sampling_rate"], card["unit"]) == (100, 4000, "V")
    assert card["classes"] == ["noise", "spike"]
    assert card["kind"] == "classifier of windows"
    assert card["priors"] == [0.9, 0.1]
    assert card["facts"]["authors"] == ["truth"]
    assert len(card["facts"]["training_hash"]) == 64
    assert {"brier", "average_precision", "f1"} <= card["facts"]["scores"].keys()
    assert "scikit-learn" in card["versions"]


@pytest.mark.parametrize("member", ["card.json", "arrays.npz", "learner.skops"])
def test_an_altered_member_is_refused(tmp_path: Path, member: str) -> None:
    path = tmp_path / "a.spikemodel"
    write_model(path, fitted())
    members = members_of(path)
    if member == "card.json":
        members[member] = members[member].replace(b'"unit": "V"', b'"unit": "A"')
    else:
        members[member] += b" "
    rewrite(path, members)
    assert "altered" in refused(path)


class Boom:
    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was run",))


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.spikemodel"
    path.write_bytes(pickle.dumps(Boom()))
    assert "pickled models are never loaded" in refused(path)


def signed(members: dict[str, bytes]) -> dict[str, bytes]:
    """Members with a card that vouches for them, as a forger would make them."""
    card = json.loads(members["card.json"])
    card["members"] = {name: hash_of(data) for name, data in members.items() if name != "card.json"}
    card["hash"] = card_hash(card)
    return {**members, "card.json": json.dumps(card).encode()}


def test_pickled_arrays_are_refused_even_with_a_forged_card(tmp_path: Path) -> None:
    path = tmp_path / "a.spikemodel"
    write_model(path, fitted())
    out = io.BytesIO()
    np.savez(out, observed_=np.array([Boom()], object), allow_pickle=True)
    rewrite(path, signed({**members_of(path), "arrays.npz": out.getvalue()}))
    assert "no model that this version can read" in refused(path)


def test_types_we_do_not_trust_are_refused_even_with_a_forged_card(tmp_path: Path) -> None:
    from skops.io import dumps

    path = tmp_path / "a.spikemodel"
    write_model(path, fitted())
    rewrite(path, signed({**members_of(path), "learner.skops": dumps(Boom)}))
    assert "not trusted" in refused(path)


def test_a_newer_models_version_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.spikemodel"
    write_model(path, fitted())
    members = members_of(path)
    card = json.loads(members["card.json"]) | {"schema_version": 99, "version": "9.9"}
    rewrite(path, signed({**members, "card.json": json.dumps(card).encode()}))
    assert "Spikelens 9.9, which is newer" in refused(path)


def test_other_files_are_no_models(tmp_path: Path) -> None:
    assert "cannot read" in refused(tmp_path / "absent.spikemodel")
    rewrite(tmp_path / "zip", {"notes.txt": b"hello"})
    assert "it holds notes.txt" in refused(tmp_path / "zip")
    write_model(tmp_path / "cut", fitted())
    (tmp_path / "cut").write_bytes((tmp_path / "cut").read_bytes()[:-40])
    refused(tmp_path / "cut")


def test_unknown_classifiers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.spikemodel"
    write_model(path, fitted())
    members = members_of(path)
    card = json.loads(members["card.json"]) | {"classifier": "oracle"}
    rewrite(path, signed({**members, "card.json": json.dumps(card).encode()}))
    assert "no classifier 'oracle'" in refused(path)
