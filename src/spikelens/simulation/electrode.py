"""From the membrane to the rig, without noise: access resistance, attenuation, seal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.membrane import through_electrode
from spikelens.simulation.grid import RATE, STEP, Trace, ornstein
from spikelens.simulation.levels import generator
from spikelens.simulation.membrane import Membrane
from spikelens.simulation.parameters import Electrode

_KNOT = 4000
_PLAIN_HEIGHT = 0.085
_WINDOW = 0.008

Floats = NDArray[np.float64]


def record(membrane: Membrane, electrode: Electrode, cutoff: float, seed: int) -> tuple[Trace, float]:
    """What the amplifier hands on of a membrane, V, on the grid.

    What is slower than `passing_time` passes whole. The rest is attenuated, by the factor
    that gives spikes their median height; that factor is returned, too.

    Parameters
    ----------
    cutoff : float, Hz
        Of the amplifier's filter.
    """
    n = membrane.voltage.size
    access, seal = _access_and_seal(electrode, n // _KNOT + 2, n, seed)
    shares = -np.expm1(-STEP / (electrode.access_time * access))
    slow_share = -np.expm1(-STEP / electrode.passing_time)
    filtered = amplified(membrane.voltage, cutoff)
    fast, slow = through_electrode(filtered, shares, slow_share, _KNOT)
    fast -= slow
    fast *= _between_knots(access**-0.5, n)
    kept = _between_knots(seal, n)
    fast *= kept
    slow *= kept
    gain = _gain(membrane, fast, slow, electrode.height)
    fast *= np.float32(gain)
    fast += slow
    return fast, gain


def amplified(trace: Trace, cutoff: float) -> Trace:
    """A trace of the grid after the amplifier's four-pole Bessel filter, with its delay."""
    from scipy.signal import bessel, sosfilt, sosfilt_zi

    sos = bessel(4, cutoff, fs=RATE, norm="mag", output="sos")
    filtered, _ = sosfilt(sos, trace, zi=sosfilt_zi(sos) * trace[0])
    return np.asarray(filtered, np.float32)


def _access_and_seal(electrode: Electrode, n_knots: int, n: int, seed: int) -> tuple[Floats, Floats]:
    rng = generator(seed, "access")
    along = np.arange(n_knots) * _KNOT / n
    walk = ornstein(n_knots, _KNOT * STEP, 15.0, rng)
    climb = along * rng.uniform(0, 1)
    access = np.clip(1 + electrode.access_change * (0.5 * walk + climb), 0.4, 3)
    lost = np.clip((along - electrode.seal_loss_start) / max(1 - electrode.seal_loss_start, 1e-3), 0, 1)
    return access, 1 - electrode.seal_loss * lost


def _between_knots(values: Floats, n: int) -> Trace:
    return np.interp(np.arange(n), np.arange(values.size) * _KNOT, values).astype(np.float32)


def _gain(membrane: Membrane, fast: Trace, slow: Trace, height: float) -> float:
    """The share of the fast part that gives spikes the median `height` (V)."""
    foot = membrane.foot[membrane.is_full]
    if foot.size == 0:
        return min(1.0, height / _PLAIN_HEIGHT)
    chosen = np.linspace(0, foot.size - 1, min(foot.size, 500)).astype(int)
    window = np.arange(round(_WINDOW * RATE))
    later = np.append(membrane.foot, fast.size)[np.searchsorted(membrane.foot, foot, "right")]
    at = np.minimum(foot[chosen, None] + window, later[chosen, None] - 1)
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        seen = slow[at] + np.float32(middle) * fast[at]
        low, high = (low, middle) if np.median(_rise(seen)) > height else (middle, high)
    return high


def _rise(windows: Trace) -> Trace:
    peak = np.argmax(windows, axis=1)
    lowest = np.minimum.accumulate(windows, axis=1)
    row = np.arange(peak.size)
    return np.asarray(windows[row, peak] - lowest[row, peak], np.float32)
