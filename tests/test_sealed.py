"""Sealed files: given back whole, and refused in one line if anything about them is not as it was."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelens.errors import UnreadableFile
from spikelens.sealed import (
    CLASSIFIER,
    CORRECTION,
    TAKEN_BY,
    card_hash,
    pack_arrays,
    read_sealed,
    unpack_arrays,
    write_sealed,
)

ARRAYS = {"weights": np.arange(5.0), "none": np.empty((0, 3), np.float32)}
MEMBERS = {"arrays.npz": pack_arrays(ARRAYS), "note": b"text"}
in_a_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_sealed(tmp_path / "a.spikemodel", CORRECTION, {"n_labels": 12}, MEMBERS)
    return tmp_path / "a.spikemodel"


def refused(path: Path, kind: str = CORRECTION) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_sealed(path, kind)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return str(caught.value)


def rewrite(path: Path, change: dict[str, object], *, signed: bool = False) -> None:
    """Change what the card says, and sign it anew as a forger would."""
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    card = json.loads(members["card.json"]) | change
    if signed:
        card["hash"] = card_hash(card)
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in {**members, "card.json": json.dumps(card).encode()}.items():
            packed.writestr(name, data)


def test_what_was_written_is_read(path: Path) -> None:
    card, members = read_sealed(path, CORRECTION)
    assert (card["kind"], card["n_labels"]) == (CORRECTION, 12)
    assert members == MEMBERS
    back = unpack_arrays(members["arrays.npz"])
    assert back.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert back[name].dtype == array.dtype and np.array_equal(back[name], array)


def test_the_same_content_gives_the_same_bytes(path: Path) -> None:
    before = path.read_bytes()
    write_sealed(path, CORRECTION, {"n_labels": 12}, MEMBERS)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("kind", "other"), [(CORRECTION, CLASSIFIER), (CLASSIFIER, CORRECTION)])
def test_another_kind_is_refused_with_the_command_that_takes_it(
    tmp_path: Path, kind: str, other: str
) -> None:
    write_sealed(tmp_path / "b", kind, {}, MEMBERS)
    said = refused(tmp_path / "b", other)
    assert kind in said and TAKEN_BY[kind] in said and TAKEN_BY[other] not in said


@in_a_folder
@given(cut=st.floats(0, 0.999))
def test_a_file_cut_short_is_refused_wherever_it_ends(path: Path, cut: float) -> None:
    short = path.with_name("short")
    whole = path.read_bytes()
    short.write_bytes(whole[: int(cut * len(whole))])
    refused(short)


@in_a_folder
@given(place=st.floats(0, 0.999), flip=st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_nothing(path: Path, place: float, flip: int) -> None:
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= flip
    other = path.with_name("other")
    other.write_bytes(content)
    try:
        found = read_sealed(other, CORRECTION)
    except UnreadableFile:
        return
    # A date or an attribute of the zip, which we do not use.
    assert found == read_sealed(path, CORRECTION)


@pytest.mark.parametrize(
    ("change", "signed", "words"),
    [
        ({"n_labels": 99}, False, "altered"),
        ({"hash": "0"}, False, "altered"),
        ({"members": {}}, True, "altered"),
        ({"members": {"arrays.npz": "", "note": ""}}, True, "altered"),
        ({"members": None}, True, "altered"),
        ({"kind": "oracle"}, True, "altered"),
        ({"kind": ["a", "list"]}, True, "altered"),
        ({"schema_version": "two"}, True, "altered"),
        (
            {"schema_version": 99, "kind": "of the future", "version": "9.9"},
            True,
            "Spikelens 9.9, which is newer",
        ),
    ],
)
def test_a_card_that_does_not_vouch_is_refused(
    path: Path, change: dict[str, object], signed: bool, words: str
) -> None:
    rewrite(path, change, signed=signed)
    assert words in refused(path)


def test_other_files_are_no_models(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "absent")
    (tmp_path / "pickle").write_bytes(pickle.dumps({"weights": 1}))
    assert "pickled models are never loaded" in refused(tmp_path / "pickle")
    (tmp_path / "empty").write_bytes(b"")
    refused(tmp_path / "empty")
    with zipfile.ZipFile(tmp_path / "zip", "w") as packed:
        packed.writestr("notes.txt", "hello")
    assert "it holds notes.txt" in refused(tmp_path / "zip")
    with zipfile.ZipFile(tmp_path / "none", "w"):
        pass
    assert "it holds nothing" in refused(tmp_path / "none")


@pytest.mark.parametrize("data", [b"", b"no zip", pickle.dumps([1]), MEMBERS["arrays.npz"][:-9]])
def test_arrays_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="arrays cannot be read"):
        unpack_arrays(data)


def test_arrays_of_objects_are_neither_packed_nor_unpacked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="plain arrays"):
        pack_arrays({"a": np.array([{}], object)})
    np.savez(tmp_path / "a.npz", a=np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="Object arrays"):
        unpack_arrays((tmp_path / "a.npz").read_bytes())
