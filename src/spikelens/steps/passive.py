"""The membrane without spikes: sag, and the exponential with which it charges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

IPFX_PEAK, IPFX_BASE = 5e-3, 30e-3
"""IPFX averages the trough over so long, and baseline and steady state over so long, s."""
EFEL_SHARE = 0.1
"""eFEL's base is the last tenth of the time before a step, its steady state that of the step."""
SMOOTHED = 5e-3
"""Extremes are those of means of so long, s."""
EDGE = 5e-3
"""A transient of pipette and bridge is over by so long after the onset, s."""
DEPARTED = 4.0
"""Within it, what is so many standard deviations off the exponential belongs to it."""
JUMP_WINDOW = (0.3e-3, 2e-3)
"""From when the pipette has charged to when the membrane still charges nearly straight, s."""
TAUS = (2e-4, 1.0)
"""Time constants that are tried, s."""
MOST_TAUS = 5.0
"""The fit ends after about so many time constants."""


def running_mean(volts: Floats, n: int) -> Floats:
    """Means of `n` successive samples: one fewer than samples less `n - 2`; of all if they are fewer."""
    n = max(1, min(n, volts.size))
    total = np.cumsum(np.concatenate([[0.0], volts]))
    return np.asarray((total[n:] - total[:-n]) / n, np.float64)


def sag_ipfx(volts: Floats, onset: int, offset: int, sampling_rate: float) -> float:
    """IPFX's sag: how far the trough relaxes towards baseline by the end, as a share of the trough.

    Parameters
    ----------
    volts : float64 array
        A sweep.
    onset, offset : int
        The step, in samples of the sweep.
    """
    trough = onset + int(np.argmin(volts[onset:offset]))
    half, base = IPFX_PEAK / 2 * sampling_rate, round(IPFX_BASE * sampling_rate)
    peak = volts[max(trough - int(half), 0) : trough + int(np.ceil(half))].mean()
    rest = _mean(volts[max(onset - base, 0) : onset])
    steady = volts[max(offset - base, onset) : offset].mean()
    return float((peak - steady) / (peak - rest)) if peak != rest else float("nan")


def sag_efel(volts: Floats, onset: int, offset: int) -> tuple[float, float]:
    """The sags of eFEL: ``sag_ratio1`` (sag over trough) and ``sag_ratio2`` (what is left of the trough)."""
    rest = _mean(volts[onset - round(EFEL_SHARE * onset) : onset])
    steady = volts[offset - round(EFEL_SHARE * (offset - onset)) : offset].mean()
    trough = volts[onset:offset].min()
    if rest == trough:
        return float("nan"), float("nan")
    return float((steady - trough) / (rest - trough)), float((rest - steady) / (rest - trough))


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")


@dataclass(frozen=True)
class Charging:
    """An exponential fitted to the start of a response: ``end + swing * exp(-t / tau)``."""

    tau: float
    """s."""
    end: float
    """What the response tends to, V or, of one per ampere, ohm."""
    swing: float
    """From there back to where the exponential starts, at the onset."""
    window: tuple[float, float]
    """What was fitted, s from the onset."""
    r2: float
    """Share of the variance within the window that the exponential explains."""

    def at(self, time: Floats) -> Floats:
        """The exponential at times from the onset, s."""
        return self.end + self.swing * np.exp(-time / self.tau)


def bridge_jump(response: Floats, sampling_rate: float) -> float:
    """What a response jumps at its onset: the parabola through 0.3 to 2 ms after it, back at the onset.

    Parameters
    ----------
    response : float64 array
        From the onset of a step, less what was before.

    Returns
    -------
    float
        In the response's unit; NaN if there are too few samples.
    """
    low, high = (round(x * sampling_rate) for x in JUMP_WINDOW)
    times, values = np.arange(low, high) / sampling_rate, response[low:high]
    if values.size < times.size or values.size < 4:
        return float("nan")
    return float(np.linalg.lstsq(np.vander(times, 3), values, rcond=None)[0][-1])


def charging(response: Floats, sampling_rate: float, *, skip: float | None = None) -> Charging | None:
    """Fit an exponential to how a response begins, up to its summit, without the transient at its onset.

    Parameters
    ----------
    response : float64 array
        From the onset to the offset of a step, less the baseline, turned so that it rises.
    sampling_rate : float, Hz
    skip : float, s, optional
        Length of the transient; by default the samples of the first 5 ms from which on
        the exponential fitted to what follows holds, within 4 standard deviations.

    Returns
    -------
    Charging or None
        None if there is nothing to fit: too few samples, or no decay within the window.
    """
    stop = _fit_end(response, sampling_rate)
    edge = min(round(EDGE * sampling_rate), stop // 4)
    if skip is None:
        late = _fitted(response, sampling_rate, edge, stop)
        start = 1 if late is None else _departed(response, late, sampling_rate, (edge, stop))
    else:
        start = round(skip * sampling_rate)
    return _fitted(response, sampling_rate, start, stop)


def _fit_end(response: Floats, sampling_rate: float) -> int:
    """The sample of the summit, or about five time constants if that is earlier."""
    n = round(SMOOTHED * sampling_rate)
    smooth = running_mean(response, n)
    summit = int(np.argmax(smooth))
    reached = int(np.argmax(smooth >= (1 - np.exp(-1)) * smooth[summit]))
    return min(summit, round(MOST_TAUS * max(reached + n // 2, 1))) + n // 2


def _departed(response: Floats, late: Charging, sampling_rate: float, bounds: tuple[int, int]) -> int:
    """The sample after the last one of the first few that the later exponential does not explain."""
    edge, stop = bounds
    off = response[:stop] - late.at(np.arange(stop) / sampling_rate)
    far = np.flatnonzero(np.abs(off[:edge]) > DEPARTED * off[edge:].std())
    return int(far[-1]) + 1 if far.size else 1


def _fitted(response: Floats, sampling_rate: float, start: int, stop: int) -> Charging | None:
    """The exponential with the least squares over samples `start` to `stop`."""
    from scipy.optimize import minimize_scalar

    values, times = response[start:stop], np.arange(start, stop) / sampling_rate
    if values.size < 10 or not np.isfinite(values).all():
        return None
    solve = _solver(values, times)
    tried = np.geomspace(*TAUS, 50)
    best = int(np.argmin([solve(tau)[0] for tau in tried]))
    if best in (0, tried.size - 1):
        return None
    bounds = (np.log(tried[best - 1]), np.log(tried[best + 1]))
    found = minimize_scalar(lambda log: solve(np.exp(log))[0], bounds=bounds, method="bounded")
    tau = float(np.exp(found.x))
    squares, end, swing = solve(tau)
    variance = float(((values - values.mean()) ** 2).sum())
    r2 = 1 - squares / variance if variance else 0.0
    return Charging(tau, end, swing, (start / sampling_rate, stop / sampling_rate), r2)


def _solver(values: Floats, times: Floats) -> Callable[[float], tuple[float, float, float]]:
    """For a time constant: squares left, end and swing of the best exponential that has it."""

    def solve(tau: float) -> tuple[float, float, float]:
        shape = np.exp(-times / tau)
        centred = shape - shape.mean()
        power = float(centred @ centred)
        swing = float(centred @ values) / power if power > 0 else 0.0
        end = float(values.mean() - swing * shape.mean())
        left = values - end - swing * shape
        return float(left @ left), end, swing

    return solve
