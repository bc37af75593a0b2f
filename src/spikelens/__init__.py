"""Spikelens: find spikes in recordings of neurons, see them, and know how sure to be."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Events": "recording",
    "Recording": "recording",
    "Spikes": "spikes",
    "detect": "api",
    "find": "api",
    "measure": "api",
    "observed": "api",
    "plot": "api",
    "read": "api",
    "score": "api",
    "simulate": "simulation",
}
"""Public names and the modules they live in; imported when first asked for."""

__all__ = [
    "Events",
    "Recording",
    "Spikes",
    "__version__",
    "detect",
    "find",
    "measure",
    "observed",
    "plot",
    "read",
    "score",
    "simulate",
]

if TYPE_CHECKING:
    from spikelens.api import detect, find, measure, observed, plot, read, score
    from spikelens.recording import Events, Recording
    from spikelens.simulation import simulate
    from spikelens.spikes import Spikes


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"spikelens has no {name!r}")
    value = getattr(importlib.import_module(f"spikelens.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
