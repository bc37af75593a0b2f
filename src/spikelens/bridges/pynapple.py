"""pynapple: time series on intervals, in SI units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.bridges import Bridge, imported
from spikelens.errors import UnsupportedInput
from spikelens.recording import Channel, Recording, Sweeps
from spikelens.sources import ArraySource
from spikelens.spikes import Spikes
from spikelens.stretches import Stretches
from spikelens.trains import apart, observed_intervals, rows_of_units, spikes_of_trains


@dataclass(frozen=True, kw_only=True)
class Pynapple(Bridge):
    """A `Tsd` or `TsdFrame` on the intervals of sweeps; a `TsGroup` over the observed time.

    pynapple keeps times to a nanosecond. Intervals end one nanosecond early, as those
    that touch would be joined and sweeps lost.
    """

    needs: ClassVar[tuple[str, ...]] = ("pynapple",)

    def recording_out(self, recording: Recording, spikes: Spikes | None = None) -> Any:
        pynapple = imported("pynapple")
        times = recording.time_of(np.arange(recording.n_samples))
        sweeps = Stretches.between_walls(recording, np.empty((0, 2), np.int64))
        support = _intervals(recording, sweeps)
        values = recording.read()
        if len(recording.channels) == 1:
            return pynapple.Tsd(times, values[:, 0], time_support=support)
        names = [channel.name for channel in recording.channels]
        return pynapple.TsdFrame(times, values, time_support=support, columns=names)

    def recording_in(self, given: Any) -> Recording:
        """A recording in V; sweeps are the intervals that the series is defined on.

        Raises
        ------
        UnsupportedInput
            Samples are not evenly spaced.
        """
        times, values = np.asarray(given.t), np.asarray(given.values)
        starts = given.time_support.start
        bounds = np.append(np.searchsorted(times, starts), times.size)
        kept = np.diff(bounds) > 0
        rate = _rate(times, bounds)
        names = [str(c) for c in given.columns] if values.ndim == 2 else ["trace"]
        return Recording(
            source=ArraySource(values.reshape(times.size, -1)),
            sampling_rate=rate,
            channels=tuple(Channel(name) for name in names),
            sweeps=Sweeps.of_lengths(np.diff(bounds)[kept], times[bounds[:-1][kept]]),
            name="pynapple",
            reader="pynapple",
        )

    def spikes_out(self, spikes: Spikes, recording: Recording) -> Any:
        pynapple = imported("pynapple")
        support = _intervals(recording, spikes.stretches)
        units = rows_of_units(spikes)
        trains = {unit: pynapple.Ts(np.sort(spikes.time[rows])) for unit, rows in units.items()}
        channels = [spikes["channel"][rows[0]] if rows.size else "" for rows in units.values()]
        return pynapple.TsGroup(trains, time_support=support, metadata={"channel": np.array(channels)})

    def spikes_in(self, given: Any, recording: Recording) -> Spikes:
        grouped = hasattr(given, "keys")
        trains = {unit: given[unit].t for unit in given} if grouped else {0: given.t}
        return spikes_of_trains(recording, trains, made_by="pynapple")


def _intervals(recording: Recording, stretches: Stretches) -> Any:
    pynapple = imported("pynapple")
    where = apart(observed_intervals(recording, stretches))
    return pynapple.IntervalSet(where[:, 0], where[:, 1])


def _rate(times: NDArray[np.float64], bounds: NDArray[np.int64]) -> float:
    """The sampling rate, Hz, from the steps inside intervals."""
    steps = np.delete(np.diff(times), bounds[1:-1] - 1)
    if not steps.size:
        raise UnsupportedInput("a series of one sample has no sampling rate")
    step = float(np.median(steps))
    if np.abs(steps - step).max() > 0.01 * step:
        raise UnsupportedInput("the samples are not evenly spaced; spikes are sought in even ones")
    # The mean over all steps knows more digits than any one of them.
    rate = 1 / float(steps.mean())
    near = round(rate, 3)
    return near if abs(near - rate) < 1e-6 * rate else rate
