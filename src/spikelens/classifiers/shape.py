"""Windows as a few measures of the largest excursion in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.classifiers import Classifier
from spikelens.models import Ground

NAMES = (
    "peak above the median",
    "trough below the median",
    "rise into the peak within 2 ms",
    "fall from the peak within 2 ms",
    "upstroke",
    "downstroke",
    "width at half height",
    "spread",
)
_REACH = 2e-3
"""How far from the peak its rise and fall are sought, s."""


@dataclass(frozen=True, kw_only=True)
class Shape(Classifier):
    """Height, rise, fall, upstroke, downstroke and width of a window's largest peak, and its spread."""

    def describe(self, values: NDArray[np.float32], sampling_rate: float, ground: Ground) -> NDArray[Any]:
        centred = values - np.median(values, axis=1, keepdims=True)
        slopes = np.diff(centred, axis=1) * np.float32(sampling_rate)
        reach = max(1, round(_REACH * sampling_rate))
        # The sharpest local peak, not the highest sample: a slow wave may ride above a spike.
        rise, fall = _walls(centred, reach)
        peak = np.argmax(np.minimum(rise, fall), axis=1)
        rows = np.arange(len(centred))
        height = np.minimum(rise, fall)[rows, peak]
        above = centred > (centred[rows, peak] - height / 2)[:, None]
        width = _run_around(above, peak) / sampling_rate
        columns = [
            centred[rows, peak],
            -centred.min(axis=1),
            rise[rows, peak],
            fall[rows, peak],
            slopes.max(axis=1),
            -slopes.min(axis=1),
            width,
            centred.std(axis=1),
        ]
        return np.column_stack(columns).astype(np.float32)


def _walls(centred: NDArray[np.float32], reach: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How far each sample stands above the lowest within `reach` before and after it."""
    padded = np.pad(centred, ((0, 0), (reach, reach)), mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, reach + 1, axis=1).min(axis=2)
    n_samples = centred.shape[1]
    return centred - lowest[:, :n_samples], centred - lowest[:, reach : reach + n_samples]


def _run_around(marked: NDArray[np.bool_], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Length of the run of marked samples that holds `at`, per row."""
    n_samples = marked.shape[1]
    places = np.arange(n_samples)
    gap = ~marked
    before = np.where(gap & (places < at[:, None]), places, -1).max(axis=1)
    after = np.where(gap & (places > at[:, None]), places, n_samples).min(axis=1)
    return np.asarray(after - before - 1, np.int64)
