"""The quality of each unit of a sorting, from its spikes and their waveforms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.cards import rows_card
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.unitquality import (
    UnitRule,
    amplitude_cutoff,
    close_pairs,
    contamination,
    isolation,
    presence,
    violations,
)
from spikelens.unitwaves import UnitWaves, unit_waves

REFRACTORY = 1.5e-3
"""Where the sorter names no refractory period, s."""


@dataclass(frozen=True)
class MeasuredUnits:
    """Sorted spikes, the waveforms of some, and a row of figures per unit."""

    recording: Recording
    """Of the channels that were sorted."""
    spikes: Spikes
    waves: UnitWaves
    rows: list[dict[str, object]]
    rule: UnitRule

    def _repr_html_(self) -> str:
        return rows_card("Units", self.rows)

    @property
    def refractory(self) -> float:
        """The refractory period that violations are counted by, s."""
        return float(str(self.spikes.provenance.parameters.get("refractory", REFRACTORY)))

    def trains(self) -> list[NDArray[np.float64]]:
        """The spike times of each unit, s."""
        return [self.spikes.time[self.spikes["unit_id"] == u] for u in self.waves.unit]

    def names(self) -> list[str]:
        """What each unit is called in figures."""
        return [f"unit {u}" for u in self.waves.unit]


def measure_units(recording: Recording, spikes: Spikes, **rule: object) -> MeasuredUnits:
    """Measure the units of a sorting.

    Parameters
    ----------
    recording : Recording
        Of the channels that were sorted.
    spikes : Spikes
        As `spikelens.sort` returns them.
    **rule
        Parameters of `UnitRule`.

    Returns
    -------
    MeasuredUnits
        With a row per unit: see `spikelens.unitquality.COLUMNS`.
    """
    made = UnitRule.from_parameters(rule)
    waves = unit_waves(recording, spikes)
    measured = MeasuredUnits(recording, spikes, waves, [], made)
    d_prime, l_ratio = isolation(waves.points())
    observed = spikes.stretches.n_samples() / spikes.sampling_rate
    for k, unit in enumerate(waves.unit):
        row = _row(measured, k, int(unit), observed)
        row |= {"d_prime": float(d_prime[k]), "l_ratio": float(l_ratio[k])}
        measured.rows.append({**row, "proposal": made.proposal(_numbers(row))})
    return measured


def _numbers(row: dict[str, object]) -> dict[str, float]:
    return {name: float(value) for name, value in row.items() if isinstance(value, int | float)}


def _row(measured: MeasuredUnits, k: int, unit: int, observed: float) -> dict[str, object]:
    spikes, waves = measured.spikes, measured.waves
    mine = spikes.take(spikes["unit_id"] == unit)
    lived = spikes.stretches.observed_before(mine.sample_index) / spikes.sampling_rate
    channel = waves.channel(k) if len(waves.waves[k]) else 0
    wave = waves.mean(k)[:, channel] if len(waves.waves[k]) else np.zeros(1)
    height = float(wave[np.abs(wave).argmax()])
    violated = _by_stretch(mine, lambda time: violations(time, measured.refractory))
    pairs = _by_stretch(mine, lambda time: close_pairs(time, measured.refractory))
    probability = mine["unit_probability"].astype(np.float64)
    return {
        "unit_id": unit,
        "proposal": "",
        "n_spikes": len(mine),
        "rate": len(mine) / observed if observed else float("nan"),
        "channel": measured.recording.channels[channel].name,
        "height": height,
        "snr": abs(height) / float(waves.noise_level[channel]),
        "isi_violations": violated / max(len(mine) - 1, 1),
        "contamination": contamination(len(mine), pairs, observed, measured.refractory),
        "presence": presence(lived, observed),
        "amplitude_cutoff": amplitude_cutoff(np.abs(mine.height)),
        "unit_probability": float(np.nanmean(probability))
        if np.isfinite(probability).any()
        else float("nan"),
    }


def _by_stretch(mine: Spikes, count: Callable[[NDArray[np.float64]], int]) -> int:
    """The sum of counts in each stretch: no interval crosses a wall."""
    stretch = mine.stretches.at(mine.sample_index)
    return sum(count(mine.sample_index[stretch == s] / mine.sampling_rate) for s in np.unique(stretch))
