"""The rooms, and the methods that live in them.

A room is a folder of the package; each public file in it is one method, and the file's
name is the method's name: ``detectors/slope.py`` holds ``class Slope``. Dropping in a
file adds a method. Other packages add theirs through entry points of the group
``spikelens.<room>``, by the same door:

    [project.entry-points."spikelens.detectors"]
    mine = "my_package.mine:Mine"
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from typing import Any

from spikelens.errors import UnknownName
from spikelens.params import Method

ROOMS = (
    *("readers", "filters", "detectors", "features", "labellers", "classifiers"),
    *("sorters", "exporters", "bridges", "engines"),
)
"""Every room that holds methods, in the order in which data pass through them."""


@cache
def names(room: str) -> tuple[str, ...]:
    """The names of a room's methods, ours and those of other packages, sorted.

    >>> "slope" in names("detectors")
    True
    """
    if room not in ROOMS:
        raise UnknownName.among("room", room, ROOMS)
    return tuple(sorted({*_own(room), *_guests(room)}))


@cache
def load(room: str, name: str) -> type[Any]:
    """The class of one method, a subclass of `Method`.

    Raises
    ------
    UnknownName
        No such method; the message lists those of the room.
    """
    if name not in names(room):
        raise UnknownName.among(room.removesuffix("s"), name, names(room))
    if name in _guests(room):
        found = _guests(room)[name].load()
    else:
        module = importlib.import_module(f"spikelens.{room}.{name}")
        found = getattr(module, class_name(name))
    assert isinstance(found, type) and issubclass(found, Method), f"{room}/{name} is no Method"
    return found


def class_name(name: str) -> str:
    """The class a file holds: ``bandpass_mad`` holds ``BandpassMad``.

    >>> class_name("bandpass_mad")
    'BandpassMad'
    """
    return "".join(word.capitalize() for word in name.split("_"))


def _own(room: str) -> set[str]:
    found = (f.name for f in files("spikelens").joinpath(room).iterdir())
    return {n[:-3] for n in found if n.endswith(".py") and not n.startswith("_")}


@cache
def _guests(room: str) -> dict[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=f"spikelens.{room}")}
