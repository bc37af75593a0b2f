"""Stimuli: when each began, in which sweep, and under which conditions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import OutsideRecording, UnknownName
from spikelens.recording import Recording
from spikelens.runs.words import counted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Stimuli:
    """One entry per stimulus in every column, in the order in which they were given to the cell.

    Parameters
    ----------
    sweep : int64 array, (n_stimuli,)
    onset, duration : float64 array, (n_stimuli,), s
        From the start of the sweep; a duration is NaN where nobody says.
    conditions : mapping of str to array
        Numbers or text, such as frequency (Hz) and level (dB).
    origin : str
        Where they come from, in words.
    warnings : tuple of str
    units : mapping of str to str
        SI units of conditions, where they are known.
    """

    sweep: Ints
    onset: Floats
    duration: Floats
    conditions: Mapping[str, NDArray[Any]] = field(repr=False)
    origin: str = ""
    warnings: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.onset.size

    @classmethod
    def on_clock(
        cls,
        recording: Recording,
        start: Floats,
        stop: Floats,
        *,
        conditions: Mapping[str, NDArray[Any]] | None = None,
        origin: str = "",
    ) -> Self:
        """Stimuli at times (s) on the recording's clock; those it does not cover are left out and told.

        Raises
        ------
        OutsideRecording
            The recording covers none of them.
        """
        begins = recording.time_of(recording.sweeps.bounds[:-1])
        sweep = np.clip(np.searchsorted(begins, start + 1e-9, "right") - 1, 0, begins.size - 1)
        onset = np.asarray(start - begins[sweep], np.float64)
        # A time that is the sweep's first to all the digits it was written with belongs to it.
        onset = np.where(np.abs(onset) < 1e-9, 0.0, onset)
        return cls.in_sweeps(recording, sweep, onset, stop - start, conditions=conditions, origin=origin)

    @classmethod
    def in_sweeps(
        cls,
        recording: Recording,
        sweep: Ints,
        onset: Floats,
        duration: Floats,
        *,
        conditions: Mapping[str, NDArray[Any]] | None = None,
        origin: str = "",
    ) -> Self:
        """Stimuli at times (s) from the start of their sweeps; see `on_clock`."""
        all_of_them = cls(sweep, onset, duration, conditions or {}, origin)
        seconds = np.diff(recording.sweeps.bounds) / recording.sampling_rate
        known = (sweep >= 0) & (sweep < seconds.size)
        length = np.where(known, seconds[np.where(known, sweep, 0)], -np.inf)
        inside = known & (onset >= 0) & (onset < length)
        if not inside.any():
            raise OutsideRecording(_none_inside(recording, all_of_them))
        kept = all_of_them.take(np.flatnonzero(inside))
        order = np.lexsort((kept.onset, kept.sweep))
        lost = onset.size - int(inside.sum())
        told = f"{lost} of {onset.size} stimuli lie outside the recording and are left out"
        return dataclasses.replace(kept.take(order), warnings=(told,) if lost else ())

    def take(self, chosen: NDArray[Any]) -> Self:
        """Some of them, by index."""
        conditions = {name: column[chosen] for name, column in self.conditions.items()}
        return dataclasses.replace(
            self,
            sweep=self.sweep[chosen],
            onset=self.onset[chosen],
            duration=self.duration[chosen],
            conditions=conditions,
        )

    def with_warnings(self, *warnings: str) -> Self:
        """The same stimuli, with more said about them."""
        return dataclasses.replace(self, warnings=(*self.warnings, *warnings))

    def grouped(self, by: tuple[str, ...]) -> tuple[Stimuli, Ints, tuple[dict[str, Any], ...]]:
        """The stimuli whose conditions are known, each one's condition, and the conditions in order.

        Raises
        ------
        UnknownName
            A condition that the stimuli do not have.
        """
        known = {"sweep": self.sweep, **self.conditions}
        for name in by:
            if name not in known:
                raise UnknownName.among("condition", name, known)
        if not by:
            return self, np.zeros(len(self), np.int64), ({},)
        unknown = np.any([_is_missing(known[name]) for name in by], axis=0)
        kept = self.take(np.flatnonzero(~unknown))
        if unknown.any():
            what = " or ".join(by)
            kept = kept.with_warnings(
                f"{unknown.sum()} of {len(self)} stimuli lack a {what} and are left out"
            )
        if not len(kept):
            raise UnknownName(f"no stimulus has a known {' and '.join(by)}; check the columns of --events")
        columns = [known[name][~unknown] for name in by]
        values, codes = zip(*(np.unique(column, return_inverse=True) for column in columns), strict=True)
        rows, group = np.unique(np.column_stack(codes), axis=0, return_inverse=True)
        conditions = tuple({n: values[k][row[k]].item() for k, n in enumerate(by)} for row in rows)
        return kept, group.reshape(-1).astype(np.int64), conditions


def _is_missing(column: NDArray[Any]) -> NDArray[np.bool_]:
    if column.dtype.kind == "U":
        return np.asarray(column == "", bool)
    return np.asarray(np.isnan(column), bool)


def _none_inside(recording: Recording, stimuli: Stimuli) -> str:
    """Why no stimulus lies in the recording, as far as can be told."""
    if not len(stimuli):
        return f"{stimuli.origin} names no stimulus"
    first, last = (float(recording.time_of(k)) for k in (0, max(recording.n_samples - 1, 0)))
    words = (
        f"none of {len(stimuli)} stimuli of {stimuli.origin} lies within the recording's {first:g} to"
        f" {last:g} s ({recording.time_base} clock, {counted(len(recording.sweeps), 'sweep')})"
    )
    if np.nanmax(stimuli.onset, initial=0.0) > 100 * max(last, 1e-9):
        return f"{words}; times are in seconds: are these milliseconds or samples?"
    return f"{words}; give times in s on that clock, or a column sweep and times from its start"
