"""Folder names of any paths, fingerprints of any bytes, and parameters of every method."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelens import rooms
from spikelens.errors import BadParameter, UnknownName
from spikelens.files import fingerprint, to_json, unique_names

PARTS = st.sampled_from(["a", "b", "c", "b-a"])
PATHS = st.builds(
    lambda folders, name, ending: Path("/data", *folders, f"{name}.{ending}"),
    st.lists(PARTS, max_size=4),
    PARTS,
    st.sampled_from(["abf", "nwb"]),
)
METHODS = [(room, name) for room in rooms.ROOMS for name in rooms.names(room)]
every_method = pytest.mark.parametrize(("room", "name"), METHODS)


@settings(max_examples=300)
@given(st.lists(PATHS, min_size=1, max_size=8, unique=True))
def test_no_two_recordings_share_a_folder(paths):
    names = unique_names(paths)
    assert len(set(names)) == len(paths)
    for path, name in zip(paths, names, strict=True):
        assert "/" not in name and f"-{path.stem}-" in f"-{name}-"


def test_a_dash_in_a_name_is_not_taken_for_a_folder():
    paths = [Path("/a.abf"), Path("/b-a.abf"), Path("/b/a.abf")]
    assert len(set(unique_names(paths))) == 3


@given(st.lists(PATHS, min_size=1, max_size=6, unique=True), st.randoms())
def test_names_do_not_depend_on_the_order(paths, chance):
    named = dict(zip(paths, unique_names(paths), strict=True))
    mixed = paths.copy()
    chance.shuffle(mixed)
    assert dict(zip(mixed, unique_names(mixed), strict=True)) == named


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=4000), place=st.integers(0, 3999))
def test_a_small_file_is_fingerprinted_to_the_last_bit(tmp_path, content, place):
    path = tmp_path / "a"
    path.write_bytes(content)
    before = fingerprint(path)
    changed = bytearray(content)
    changed[place % len(content)] ^= 1
    path.write_bytes(changed)
    assert fingerprint(path) != before
    path.write_bytes(content + b"\0")
    assert fingerprint(path) != before
    path.write_bytes(content)
    assert fingerprint(path) == before


@pytest.mark.parametrize("place", [0, 65_535, -1, -65_536])
def test_head_and_tail_of_a_large_file_are_always_seen(tmp_path, place):
    path, content = tmp_path / "a", bytearray(9_000_000)
    path.write_bytes(content)
    before = fingerprint(path)
    content[place] = 1
    path.write_bytes(content)
    assert fingerprint(path) != before


def test_a_folders_fingerprint_is_of_names_and_contents(tmp_path):
    (tmp_path / "cell").mkdir()
    one = tmp_path / "cell" / "a"
    one.write_bytes(b"1")
    before = fingerprint(tmp_path)
    one.rename(tmp_path / "cell" / "b")
    assert fingerprint(tmp_path) != before
    (tmp_path / "cell" / "b").rename(one)
    assert fingerprint(tmp_path) == before


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def without_nan(value):
    if isinstance(value, dict):
        return {k: without_nan(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_nan(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@given(json_values)
def test_json_comes_back_with_null_for_what_is_no_number(document):
    assert json.loads(to_json(document)) == without_nan(document)


@every_method
def test_defaults_are_within_their_own_bounds_and_go_round(room, name):
    method = rooms.load(room, name)
    made = method()
    assert method.from_parameters(made.parameters()) == made
    assert json.loads(to_json(made.parameters())) == made.parameters()
    as_text = {k: str(v) for k, v in made.parameters().items()}
    assert method.from_parameters(as_text) == made
    assert method.summary().endswith(".")


@every_method
def test_what_lies_beyond_a_bound_is_refused_by_name(room, name):
    method = rooms.load(room, name)
    for declared in method.schema():
        step = 1 if declared.type is int else 1e-9
        for end, way in ((declared.low, -1), (declared.high, 1)):
            if end is None:
                continue
            assert declared.check(end) == end
            with pytest.raises(BadParameter, match=declared.name):
                method.from_parameters({declared.name: end + way * max(step, abs(end) * step)})
        if declared.choices:
            with pytest.raises(UnknownName, match=declared.choices[0]):
                method.from_parameters({declared.name: "none of these"})


@every_method
def test_a_parameter_is_told_in_one_sentence_with_its_unit(room, name):
    for declared in rooms.load(room, name).schema():
        assert declared.help.endswith(".") and "\n" not in declared.help
        assert declared.flag == declared.flag.lower() and "_" not in declared.flag
        if declared.type is not float:
            assert declared.unit == ""
