"""The filtered waveforms of sorted units, for figures and for how well units are isolated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.canonical import filtered
from spikelens.recording import Recording
from spikelens.spikes import Spikes

BEFORE, AFTER = 1.0e-3, 2.0e-3
"""What is cut before and after a spike's peak, s."""
MOST = 250
"""Spikes cut per unit, evenly from all over the recording."""
FEATURES = 4
"""Principal components that units are compared by, and two more per further channel up to ten."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UnitWaves:
    """Waveforms of some spikes of each unit.

    Parameters
    ----------
    unit : int64 array, (n_units,)
    waves : list of float32 arrays, (n_cut, n_samples, n_channels), V
    time : float64 array, (n_samples,), s
        From the spike's peak sample.
    noise_level : float64 array, (n_channels,), V
    """

    unit: NDArray[np.int64]
    waves: list[NDArray[np.float32]]
    time: Floats
    noise_level: Floats

    def mean(self, k: int) -> Floats:
        """The mean waveform of the k-th unit, (n_samples, n_channels), V."""
        return np.asarray(self.waves[k].mean(axis=0), np.float64)

    def channel(self, k: int) -> int:
        """The channel on which it is largest."""
        return int(np.abs(self.mean(k)).max(axis=0).argmax())

    def points(self) -> list[Floats]:
        """Each cut spike of each unit along the directions in which all differ most, in noise levels."""
        flat = [_flat(w / self.noise_level) for w in self.waves]
        if not flat:
            return []
        whole = np.concatenate(flat)
        centre = whole.mean(axis=0)
        n = min(FEATURES + 2 * (self.noise_level.size - 1), 10, whole.shape[1])
        _, _, ways = np.linalg.svd(whole - centre, full_matrices=False)
        ways = (
            ways[:n] * np.sign(ways[:n][np.arange(len(ways[:n])), np.abs(ways[:n]).argmax(axis=1)])[:, None]
        )
        return [np.asarray((part - centre) @ ways.T, np.float64) for part in flat]


def _flat(waves: NDArray[np.float64]) -> Floats:
    """A row of all samples of all channels per spike, of which there may be none."""
    return waves.reshape(len(waves), waves.shape[1] * waves.shape[2])


def unit_waves(recording: Recording, spikes: Spikes, *, most: int = MOST) -> UnitWaves:
    """Cut the filtered waveforms of sorted spikes.

    Parameters
    ----------
    recording : Recording
        Of the channels that were sorted.
    spikes : Spikes
        With ``unit_id``; those of no unit are left out.
    most : int
        Spikes cut per unit.
    """
    made = spikes.provenance.filter
    shown = recording
    if made is not None:
        name, parameters = str(made["name"]), {k: v for k, v in made.items() if k != "name"}
        shown = filtered(recording, rooms.load("filters", name).from_parameters(parameters), spikes.stretches)
    rate = recording.sampling_rate
    before, after = round(BEFORE * rate), round(AFTER * rate)
    units = np.unique(spikes["unit_id"][spikes["unit_id"] >= 0]).astype(np.int64)
    chosen = {int(u): _chosen(spikes, int(u), before, after, most) for u in units}
    cut = _cut(shown, np.unique(np.concatenate([*chosen.values(), np.empty(0, np.int64)])), before, after)
    shape = (before + after, len(recording.channels))
    waves = [np.array([cut[int(t)] for t in at]).reshape(len(at), *shape) for at in chosen.values()]
    return UnitWaves(units, waves, np.arange(-before, after) / rate, _noise(spikes, shown))


def _chosen(spikes: Spikes, unit: int, before: int, after: int, most: int) -> NDArray[np.int64]:
    """Peaks of some of a unit's spikes whose waveform crosses no wall."""
    at = spikes.sample_index[spikes["unit_id"] == unit]
    stretch = spikes.stretches.at(at)
    inside = (stretch >= 0) & (spikes.stretches.at(at - before) == stretch)
    at = at[inside & (spikes.stretches.at(at + after - 1) == stretch)]
    shown = np.unique(np.linspace(0, at.size - 1, min(most, at.size)).astype(np.int64))
    return np.asarray(at[shown] if at.size else at, np.int64)


def _cut(shown: Recording, at: NDArray[np.int64], before: int, after: int) -> dict[int, NDArray[np.float32]]:
    # In order of time, so that each filtered block is made once.
    return {int(t): shown.read(int(t) - before, int(t) + after) for t in at}


def _noise(spikes: Spikes, shown: Recording) -> Floats:
    level = spikes.provenance.survey.get("noise_level", 1.0)
    # A detector of one channel says a number.
    return np.broadcast_to(np.asarray(level, np.float64), len(shown.channels)).copy()
