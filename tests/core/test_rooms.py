from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint

import pytest

import spikelens
from spikelens import rooms
from spikelens.errors import UnknownName


@pytest.mark.parametrize("room", rooms.ROOMS)
def test_every_file_of_a_room_holds_the_method_it_is_named_after(room):
    assert rooms.names(room)
    for name in rooms.names(room):
        method = rooms.load(room, name)
        assert method.method_name() == name
        assert method.summary().endswith(".")
        assert all(p.help for p in method.schema())
        assert method().parameters() == {p.name: p.default for p in method.schema()}


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(UnknownName, match=r"no detector 'slop'; there are: .*slope"):
        rooms.load("detectors", "slop")
    with pytest.raises(UnknownName, match="no room"):
        rooms.names("cellar")


def test_dropping_in_a_file_adds_a_method(tmp_path, monkeypatch):
    (tmp_path / "my_own.py").write_text(
        "from dataclasses import dataclass\nfrom spikelens.params import Method\n"
        "@dataclass(frozen=True, kw_only=True)\nclass MyOwn(Method):\n    '''Mine.'''\n"
    )
    import spikelens.detectors

    monkeypatch.setattr(spikelens.detectors, "__path__", [*spikelens.detectors.__path__, str(tmp_path)])
    monkeypatch.setattr(rooms, "_own", lambda room: {"my_own"})
    for cached in (rooms.names, rooms.load):
        cached.cache_clear()
    assert rooms.names("detectors") == ("my_own",)
    assert rooms.load("detectors", "my_own").summary() == "Mine."
    for cached in (rooms.names, rooms.load):
        cached.cache_clear()


def test_another_package_comes_in_by_the_same_door(monkeypatch):
    point = EntryPoint("theirs", "spikelens.detectors.slope:Slope", "spikelens.detectors")
    monkeypatch.setattr(rooms, "_guests", lambda room: {"theirs": point})
    for cached in (rooms.names, rooms.load):
        cached.cache_clear()
    assert "theirs" in rooms.names("detectors")
    assert rooms.load("detectors", "theirs").__name__ == "Slope"
    for cached in (rooms.names, rooms.load):
        cached.cache_clear()


def test_public_names_are_there_and_others_are_not():
    for name in spikelens.__all__:
        assert getattr(spikelens, name) is not None
    assert set(spikelens.__all__) <= set(dir(spikelens))
    with pytest.raises(AttributeError, match="spikelens has no 'nothing'"):
        importlib.import_module("spikelens").nothing  # noqa: B018
