"""What a person said of sorted units as wholes: names, merges, and spikes put elsewhere.

A unit's number means something in one sorting alone, so what is said of units is kept by
the sorting that it was said of, and holds for no other.

>>> units = Units().merged_into([2, 5], 1).with_spikes([120], 6)
>>> units.applied(np.array([100, 120, 140]), np.array([2, 2, 3])).tolist()
[1, 6, 3]
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import BadParameter

Pairs = Iterable[tuple[int, Any]]
"""As a log holds a mapping with numbers for keys: JSON has none."""
NO_UNIT = -1
"""What a spike's unit is where nobody says."""


@dataclass(frozen=True)
class Units:
    """What was said of one sorting's units."""

    names: Mapping[int, str] = field(default_factory=dict)
    merged: Mapping[int, int] = field(default_factory=dict)
    """What a unit of the sorter, or an earlier one of the hand, is now part of."""
    moved: Mapping[int, int] = field(default_factory=dict)
    """The unit of each spike, by id, that the hand put somewhere itself."""

    def named(self, unit: int, name: str) -> Self:
        """With another name for a unit; an empty one takes it away."""
        return dataclasses.replace(self, names=renamed(self.names, unit, name, "unit"))

    def merged_into(self, units: Iterable[int], into: int) -> Self:
        """With units become part of another, which keeps its name."""
        gone = set(units) - {into}
        if not gone:
            raise BadParameter(f"merging needs a unit other than {into}")
        # Of a unit that was merged before, the spikes are where it went, unless put back by hand.
        told = dict.fromkeys(sorted(gone), into) | dict(self.merged)
        merged = {old: into if now in gone else now for old, now in told.items()}
        merged = {old: now for old, now in merged.items() if old != now}
        moved = {spike: into if unit in gone else unit for spike, unit in self.moved.items()}
        names = {unit: name for unit, name in self.names.items() if unit not in gone}
        return dataclasses.replace(self, names=names, merged=merged, moved=moved)

    def with_spikes(self, spikes: Iterable[int], unit: int) -> Self:
        """With spikes put into a unit, a new one or one that there is."""
        return dataclasses.replace(self, moved={**self.moved, **dict.fromkeys(spikes, unit)})

    def applied(self, spikes: NDArray[np.int64], units: NDArray[Any]) -> NDArray[Any]:
        """The unit of each spike, by id, whose sorter says `units`."""
        out = units.copy()
        for old, now in self.merged.items():
            out[units == old] = now
        if self.moved:
            for row in np.flatnonzero(np.isin(spikes, np.fromiter(self.moved, np.int64, len(self.moved)))):
                out[row] = self.moved[int(spikes[row])]
        return out

    def next_number(self, units: NDArray[Any]) -> int:
        """A number that no unit has, or had."""
        used = (*self.names, *self.merged, *self.merged.values(), *self.moved.values())
        return 1 + max([NO_UNIT, int(units.max(initial=NO_UNIT)), *used])

    def document(self, touched: Iterable[int]) -> dict[str, Any]:
        """What `restored` needs to come back here from a state that differs in `touched` spikes."""
        return {
            "names": [list(pair) for pair in self.names.items()],
            "merged": [list(pair) for pair in self.merged.items()],
            "moved": [[spike, self.moved.get(spike)] for spike in touched],
        }

    def restored(self, names: Pairs, merged: Pairs, moved: Pairs) -> Self:
        """With names and merges as told, and the spikes in `moved` put back (None: where the sorter says)."""
        back: dict[int, int | None] = dict(moved)
        kept = {spike: unit for spike, unit in self.moved.items() if spike not in back}
        kept |= {spike: unit for spike, unit in back.items() if unit is not None}
        return dataclasses.replace(self, names=dict(names), merged=dict(merged), moved=kept)


def renamed(names: Mapping[int, str], number: int, name: str, what: str) -> dict[int, str]:
    """Names with another for `number`; an empty one takes it away.

    Raises
    ------
    BadParameter
        Another has this name already.
    """
    others = {n: known for n, known in names.items() if n != number}
    if name and name in others.values():
        other = next(n for n, known in others.items() if known == name)
        raise BadParameter(
            f"{what} {other} is called {name!r} already; merge the two, or choose another name"
        )
    return {**others, number: name} if name else others


def sorting_of(sample_index: NDArray[np.int64], unit_id: NDArray[Any]) -> str:
    """What tells one sorting from another: which spikes it found, and whose it says they are."""
    digest = hashlib.sha256(sample_index.astype("<i8").tobytes())
    digest.update(unit_id.astype("<i4").tobytes())
    return digest.hexdigest()[:16]
