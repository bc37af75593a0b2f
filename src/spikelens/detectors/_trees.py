"""A learned answer as plain arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors._adaptation import COUNT, STRENGTH, Candidates
from spikelens.detectors._population import in_company
from spikelens.kernels.forest import MOST_LEAVES, boosted, lay_out


@dataclass(frozen=True)
class Trees:
    """Boosted trees as they were learned; see `spikelens.kernels.forest.lay_out` for the arrays."""

    first: NDArray[np.int32]
    feature: NDArray[np.int16]
    cut: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    start: float

    def log_odds(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of each row, shape (n_rows,)."""
        first, feature, cut, keeps, value = self._laid_out
        return np.asarray(boosted(rows, first, feature, cut, keeps, value, self.start), np.float64)

    @cached_property
    def _laid_out(self) -> tuple[NDArray[Any], ...]:
        """The arrays that `boosted` takes."""
        inner = self.feature >= 0
        before = np.concatenate([[0], np.cumsum(inner)])
        n_leaves = np.diff(self.first) - np.diff(before[self.first])
        assert n_leaves.max(initial=0) <= MOST_LEAVES, f"a tree has {n_leaves.max()} leaves"
        keeps = np.zeros(self.feature.size, np.uint32)
        leaves = np.zeros((self.first.size - 1, MOST_LEAVES), np.int32)
        lay_out(self.first, self.feature, self.left, self.right, keeps, leaves)
        return before[self.first], self.feature[inner], self.cut[inner], keeps[inner], self.value[leaves]

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Every field by name, for one file of arrays."""
        return {f"{prefix}_{f.name}": np.asarray(getattr(self, f.name)) for f in dataclasses.fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> Self:
        """What `to_arrays` gave."""
        fields: dict[str, Any] = {f.name: arrays[f"{prefix}_{f.name}"] for f in dataclasses.fields(cls)}
        return cls(**fields | {"start": float(fields["start"])})


_TREES = ("by_shape", "in_context", "together")
_SAY = 0.75
"""Of the third answer: where a cell is like none of those learned from, the second is the surer one."""


@dataclass(frozen=True)
class Answers:
    """What is learned, in the order in which it is asked."""

    by_shape: Trees
    """From a candidate's shape alone."""
    in_context: Trees
    """From its shape and what the first answers say of the recording."""
    scale: NDArray[np.float64]
    """How much to make of that, by what the recording is like; see `scaling`."""
    together: Trees
    """From what the recording's likeliest candidates are like together; see `in_company`."""

    def settled(self, seen: Candidates, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of candidates by their context, float32 (n, n_context)."""
        if not rows.size:
            return np.empty(0)
        odds = scaling(rows, self.in_context.log_odds(rows)) @ self.scale
        asked, told = in_company(seen, rows, odds)
        odds[asked] += _SAY * (self.together.log_odds(told) - odds[asked])
        return odds

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything by name, for one file of arrays."""
        named = {"scale": self.scale}
        for name in _TREES:
            named |= getattr(self, name).to_arrays(name)
        return named

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What `to_arrays` gave."""
        trees = {name: Trees.from_arrays(arrays, name) for name in _TREES}
        return cls(scale=arrays["scale"], **trees)


def scaling(rows: NDArray[np.float32], odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """What log-odds are stretched and shifted by: terms of a line whose slope and height vary.

    They vary with how many likely spikes the recording has, and how large those are: where
    there are none to compare with, the same log-odds mean less.
    """
    count = np.clip(rows[:, COUNT].astype(np.float64), -2.5, 7) / 5
    strength = np.clip(rows[:, STRENGTH].astype(np.float64), -1, 6) / 5
    ones = np.ones(odds.size)
    return np.column_stack([ones, count, strength, odds, odds * count, odds * strength])
