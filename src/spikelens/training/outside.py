"""The same cells heard from outside: cell-attached currents and extracellular units."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from spikelens.recording import Recording
from spikelens.simulation import Simulation
from spikelens.training.peaks import highest_near
from spikelens.training.troubles import ringing

Floats = NDArray[np.float64]

_BEFORE, _AFTER = 2e-3, 1e-3
_FAINTEST = 4.0
"""Spikes must stand so many times above the noise to be asked for."""


def from_outside(made: Simulation, rng: np.random.Generator) -> Simulation:
    """A mixture of the membrane's first and second derivative, with noise; spikes point up.

    The capacitive current follows the first derivative, what flows through channels lags
    and turns over, as the second does (Gold et al. 2006).
    """
    rate = made.recording.sampling_rate
    voltage = made.noise_free.astype(np.float64)
    first = np.gradient(gaussian_filter1d(voltage, rng.uniform(0.3e-4, 2e-4) * rate + 0.2))
    second = -np.gradient(first) * rate * 1e-4
    heard = first + rng.uniform(0, 1.5) * second
    truth = made.truth
    peak = highest_near(heard, truth.time[truth.visible], rate, before=_BEFORE, after=_AFTER)
    height = heard[peak]
    usual = float(np.median(height)) if height.size else float(heard.max() - heard.min())
    noise = usual / np.exp(rng.uniform(np.log(6), np.log(40)))
    low = gaussian_filter1d(rng.standard_normal(heard.size), 1e-3 * rate) * (2e-3 * rate * np.pi**0.5) ** 0.5
    heard += noise * (0.8 * rng.standard_normal(heard.size) + rng.uniform(0, 1) * low)
    if rng.random() < 0.3:
        heard += ringing(heard.size, rate, rng) * usual
    clear = np.zeros(len(truth), np.bool_)
    clear[np.flatnonzero(truth.visible)] = height > _FAINTEST * noise
    time = truth.time.copy()
    time[truth.visible] = peak / rate
    changed = Recording.from_array((heard * 1e-4 / usual).astype(np.float32), rate, name=made.recording.name)
    return dataclasses.replace(
        made, recording=changed, truth=dataclasses.replace(truth, time=time, visible=clear)
    )
