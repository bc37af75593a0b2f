"""Spikes under eFEL's names and in its units: ms and mV, times from the start of each sweep."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.errors import UnsupportedInput
from spikelens.spikes import Spikes

_FACTORS = {"V": 1e3, "s": 1e3, "V/s": 1.0, "1/s": 1e-3}
"""From our units to eFEL's: mV, ms, mV/ms, 1/ms."""


def efel_columns(spikes: Spikes) -> dict[str, NDArray[Any]]:
    """A column per feature that eFEL has a name for, after ``sweep`` and ``peak_indices``.

    Values are those of the rule that the spikes were measured by; with the rule ``efel``
    they are eFEL's own definitions.

    Raises
    ------
    UnsupportedInput
        The spikes were not measured, or by a rule that shares no feature with eFEL.
    """
    rule = spikes.provenance.feature_rule
    features = rooms.load("features", rule).features if rule else ()
    named = [feature for feature in features if feature.efel and feature.name in spikes]
    if not named:
        raise UnsupportedInput(
            "no column of these spikes has a name in eFEL; measure them with the feature rule efel"
        )
    began = spikes.time - spikes.time_in_sweep
    columns: dict[str, NDArray[Any]] = {
        "sweep": spikes.sweep,
        "peak_indices": _index(spikes.time_in_sweep, spikes.sampling_rate),
        "peak_time": spikes.time_in_sweep * 1e3,
    }
    for feature in named:
        values = spikes[feature.name].astype(np.float64)
        if feature.name.endswith("_time"):
            values = values - began
        columns[feature.efel] = (
            _index(values, spikes.sampling_rate)
            if feature.efel.endswith("_indices")
            else values * _FACTORS.get(feature.unit, 1.0)
        )
    return columns


def _index(seconds: NDArray[np.float64], sampling_rate: float) -> NDArray[Any]:
    """Samples of a sweep from its seconds; whole numbers unless some are missing."""
    samples = np.rint(seconds * sampling_rate)
    return samples if np.isnan(samples).any() else samples.astype(np.int64)
