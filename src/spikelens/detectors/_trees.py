"""A learned answer as plain arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors._adaptation import COUNT, STRENGTH
from spikelens.kernels.forest import boosted


@dataclass(frozen=True)
class Trees:
    """Boosted trees; see `spikelens.kernels.forest.boosted` for the arrays."""

    first: NDArray[np.int32]
    feature: NDArray[np.int16]
    cut: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    start: float

    def log_odds(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of each row, shape (n_rows,)."""
        arrays = (self.first, self.feature, self.cut, self.left, self.right, self.value)
        return np.asarray(boosted(rows, *arrays, self.start), np.float64)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Every field by name, for one file of arrays."""
        return {f"{prefix}_{f.name}": np.asarray(getattr(self, f.name)) for f in dataclasses.fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> Self:
        """What `to_arrays` gave."""
        fields: dict[str, Any] = {f.name: arrays[f"{prefix}_{f.name}"] for f in dataclasses.fields(cls)}
        return cls(**fields | {"start": float(fields["start"])})


@dataclass(frozen=True)
class Answers:
    """What is learned, in the order in which it is asked."""

    by_shape: Trees
    """From a candidate's shape alone."""
    in_context: Trees
    """From its shape and what the first answers say of the recording."""
    scale: NDArray[np.float64]
    """How much to make of that, by what the recording is like; see `scaling`."""

    def settled(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of candidates by their context, float32 (n, n_context)."""
        odds = self.in_context.log_odds(rows)
        return np.asarray(scaling(rows, odds) @ self.scale)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything by name, for one file of arrays."""
        trees = self.by_shape.to_arrays("by_shape") | self.in_context.to_arrays("in_context")
        return trees | {"scale": self.scale}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What `to_arrays` gave."""
        by_shape, in_context = (Trees.from_arrays(arrays, name) for name in ("by_shape", "in_context"))
        return cls(by_shape, in_context, arrays["scale"])


def scaling(rows: NDArray[np.float32], odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """What log-odds are stretched and shifted by: terms of a line whose slope and height vary.

    They vary with how many likely spikes the recording has, and how large those are: where
    there are none to compare with, the same log-odds mean less.
    """
    count = np.clip(rows[:, COUNT].astype(np.float64), -2.5, 7) / 5
    strength = np.clip(rows[:, STRENGTH].astype(np.float64), -1, 6) / 5
    ones = np.ones(odds.size)
    return np.column_stack([ones, count, strength, odds, odds * count, odds * strength])
