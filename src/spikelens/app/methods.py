"""The methods a page may choose, as the forms it draws need them."""

from __future__ import annotations

from functools import cache
from typing import Any

from spikelens import api, rooms
from spikelens.params import Param
from spikelens.recording import MODES

_ROOMS = ("detectors", "sorters", "classifiers", "labellers", "filters")


@cache
def all_methods() -> dict[str, Any]:
    """Methods by room, and the default detector of each mode."""
    listed = {room: [_method(room, name) for name in rooms.names(room)] for room in _ROOMS}
    by_mode = {mode: api.default_method(mode) for mode in MODES}
    return {**listed, "default": by_mode["current-clamp"], "default_by_mode": by_mode}


def _method(room: str, name: str) -> dict[str, Any]:
    made = rooms.load(room, name)
    described = {
        "name": name,
        "summary": made.summary(),
        "parameters": [_parameter(p) for p in made.schema()],
    }
    return described | {"quantities": list(getattr(made, "quantities", ()))}


def _parameter(declared: Param) -> dict[str, Any]:
    return {
        "name": declared.name,
        "flag": declared.flag,
        "type": declared.type.__name__,
        "optional": declared.optional,
        "unit": declared.unit,
        "default": declared.default,
        "minimum": declared.low,
        "maximum": declared.high,
        "choices": list(declared.choices),
        "help": declared.help,
    }
