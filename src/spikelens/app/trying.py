"""Trying settings before they are used: what would be found, and how that hangs on one of them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.app.desk import Desk
from spikelens.app.detection import Settings, accepted_in
from spikelens.app.placing import clipped
from spikelens.app.review import Review
from spikelens.app.told import observed
from spikelens.choosing import Chosen
from spikelens.detecting import Progress
from spikelens.errors import OutsideRecording, RequestError
from spikelens.stretches import Stretches

LONGEST = 60.0
"""Seconds that are looked at; a longer recording is tried in part."""
TOLERANCE = 1e-3
"""Two peaks closer than this are one spike, s."""
_PATIENCE = 8.0
"""A curve ends early after so many seconds."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """Settings, the channel they choose, and the part of it that is looked at."""

    settings: Settings
    chosen: Chosen
    stretches: Stretches
    part: tuple[int, int]

    @classmethod
    def of(cls, desk: Desk, settings: Settings, start: int, stop: int, *, longest: float = LONGEST) -> Trial:
        """A trial on at most `longest` (s) around samples `start` to `stop`."""
        if settings.sorts:
            raise RequestError("sorting looks at the whole recording; there is no preview of it")
        located, (_, review) = desk.located(settings), desk.seen()
        if review is not None and _is_same_trace(desk.settings, settings):
            chosen, where = review.detected.chosen, review.detected.spikes.stretches
        else:
            chosen = located.chosen(desk.recording)
            where = observed(chosen.recording)
        n_samples = desk.recording.n_samples
        most = round(min(longest * desk.recording.sampling_rate, n_samples))
        part = _part(start, stop, n_samples, most)
        return cls(located, chosen, clipped(where, *part), part)

    def found(self, progress: Progress | None = None) -> Ints:
        """The peaks of the spikes that would be found."""
        return accepted_in(self.chosen, self.settings, self.stretches, progress=progress).sample_index

    def with_value(self, name: str, value: object) -> Trial:
        """The same trial with another value of one parameter."""
        parameters = {**self.settings.parameters, name: value}
        return dataclasses.replace(self, settings=dataclasses.replace(self.settings, parameters=parameters))


def preview(trial: Trial, review: Review | None, *, progress: Progress | None = None) -> dict[str, Any]:
    """What would be found, and what of the method's present spikes that adds and takes away."""
    found, now = trial.found(progress), np.empty(0, np.int64)
    if review is not None:
        table = review.table(names=("sample_index", "by_method"))
        at = table["sample_index"]
        now = at[table["by_method"] & (at >= trial.part[0]) & (at < trial.part[1])]
    reach = round(TOLERANCE * trial.chosen.recording.sampling_rate)
    return {
        "count": int(found.size),
        "sample_index": found.tolist(),
        "appear": found[~_are_near(found, now, reach)].tolist(),
        "vanish": now[~_are_near(now, found, reach)].tolist(),
        "part": list(trial.part),
    }


def curve(trial: Trial, review: Review | None, name: str, values: Sequence[float]) -> Mapping[str, Any]:
    """Counts, and disagreements with the hand, over one parameter's values; ends early if slow."""
    said = ((), ()) if review is None else review.state.verdicts()
    inside = [_within(samples, *trial.part) for samples in said]
    reach = round(TOLERANCE * trial.chosen.recording.sampling_rate)
    begun, counts, errors = time.monotonic(), [], []
    for value in values:
        if time.monotonic() - begun > _PATIENCE:
            break
        found = trial.with_value(name, value).found()
        counts.append(int(found.size))
        missed, wrong = ~_are_near(inside[0], found, reach), _are_near(inside[1], found, reach)
        errors.append(int(missed.sum() + wrong.sum()))
    return {
        "values": list(values[: len(counts)]),
        "counts": counts,
        "errors": errors if any(at.size for at in inside) else None,
        "part": list(trial.part),
    }


def _is_same_trace(one: Settings, other: Settings) -> bool:
    return (one.channel, one.mode) == (other.channel, other.mode)


def _part(start: int, stop: int, n_samples: int, most: int) -> tuple[int, int]:
    if not 0 <= start < stop <= n_samples:
        raise OutsideRecording(f"samples {start} to {stop} are not within 0 to {n_samples}")
    low = max(0, min((start + stop - most) // 2, n_samples - most))
    return low, min(n_samples, low + most)


def _within(samples: Sequence[int], start: int, stop: int) -> Ints:
    return np.array([at for at in samples if start <= at < stop], np.int64)


def _are_near(some: Ints, others: Ints, reach: int) -> NDArray[np.bool_]:
    if not others.size:
        return np.zeros(some.size, bool)
    ordered = np.sort(others)
    place = np.searchsorted(ordered, some)
    left = np.abs(some - ordered[np.clip(place - 1, 0, ordered.size - 1)])
    right = np.abs(some - ordered[np.clip(place, 0, ordered.size - 1)])
    return np.asarray(np.minimum(left, right) <= reach)
