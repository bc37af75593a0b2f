"""A learned answer as plain arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

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

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything by name, for one file of arrays."""
        named = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self))
        return {key: array for name, trees in named for key, array in trees.to_arrays(name).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What `to_arrays` gave."""
        return cls(*(Trees.from_arrays(arrays, f.name) for f in dataclasses.fields(cls)))
