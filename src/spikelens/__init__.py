"""Spikelens: find spikes in recordings of neurons, see them, and know how sure to be."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from spikelens.version import VERSION as __version__

_HOMES = {
    "Beside": "profiles",
    "Events": "recording",
    "Labels": "labels",
    "Recording": "recording",
    "Spikes": "spikes",
    "Windows": "windows",
    "classify": "learning",
    "compare": "labels",
    "compare_cells": "groups.study",
    "compare_units": "unitmatching",
    "cut": "learning",
    "detect": "api",
    "detect_on_probe": "probing",
    "epochs_of": "conditions.epochs",
    "export": "exports",
    "fetch": "datasets.fetching",
    "find": "api",
    "label": "learning",
    "make_book": "book.making",
    "measure": "api",
    "measure_conditions": "conditions.analysis",
    "measure_fi_curves": "conditions.curves",
    "measure_membrane": "membrane.measuring",
    "measure_patterns": "kinds.steps",
    "measure_quality": "quality.measuring",
    "measure_steps": "steps.measuring",
    "measure_units": "sortings.measuring",
    "name_kinds": "kinds.naming",
    "observed": "api",
    "plot": "api",
    "read": "api",
    "read_model": "modelfiles",
    "respond": "responses.running",
    "run_study": "study.running",
    "score": "api",
    "simulate": "simulation",
    "sort": "sorting",
    "train": "learning",
    "view": "app.notebook",
    "write_model": "modelfiles",
}
"""Public names and the modules they live in; imported when first asked for."""

__all__ = [
    "Beside",
    "Events",
    "Labels",
    "Recording",
    "Spikes",
    "Windows",
    "__version__",
    "classify",
    "compare",
    "compare_cells",
    "compare_units",
    "cut",
    "detect",
    "detect_on_probe",
    "epochs_of",
    "export",
    "fetch",
    "find",
    "label",
    "make_book",
    "measure",
    "measure_conditions",
    "measure_fi_curves",
    "measure_membrane",
    "measure_patterns",
    "measure_quality",
    "measure_steps",
    "measure_units",
    "name_kinds",
    "observed",
    "plot",
    "read",
    "read_model",
    "respond",
    "run_study",
    "score",
    "simulate",
    "sort",
    "train",
    "view",
    "write_model",
]

if TYPE_CHECKING:
    from spikelens.api import detect, find, measure, observed, plot, read, score
    from spikelens.app.notebook import view
    from spikelens.book.making import make_book
    from spikelens.conditions.analysis import measure_conditions
    from spikelens.conditions.curves import measure_fi_curves
    from spikelens.conditions.epochs import epochs_of
    from spikelens.datasets.fetching import fetch
    from spikelens.exports import export
    from spikelens.groups.study import compare_cells
    from spikelens.kinds.naming import name_kinds
    from spikelens.kinds.steps import measure_patterns
    from spikelens.labels import Labels, compare
    from spikelens.learning import classify, cut, label, train
    from spikelens.membrane.measuring import measure_membrane
    from spikelens.modelfiles import read_model, write_model
    from spikelens.probing import detect_on_probe
    from spikelens.profiles import Beside
    from spikelens.quality.measuring import measure_quality
    from spikelens.recording import Events, Recording
    from spikelens.responses.running import respond
    from spikelens.simulation import simulate
    from spikelens.sorting import sort
    from spikelens.sortings.measuring import measure_units
    from spikelens.spikes import Spikes
    from spikelens.steps.measuring import measure_steps
    from spikelens.study.running import run_study
    from spikelens.unitmatching import compare_units
    from spikelens.windows import Windows


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"spikelens has no {name!r}")
    value = getattr(importlib.import_module(f"spikelens.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
