"""A spiking membrane and what moves it, step by step; millivolts and milliseconds."""

from __future__ import annotations

import numpy as np
from numba import njit

LOW_MV, STEP_MV = -130.0, 0.1
"""First entry and spacing of the tables of gates."""


@njit(cache=True, nogil=True)
def autoregress(noise, keep):
    """Turn white noise of unit variance into an Ornstein-Uhlenbeck process, in place."""
    fresh = np.sqrt(1.0 - keep * keep)
    y = noise[0] if noise.size else 0.0
    for i in range(noise.size):
        y = keep * y + fresh * noise[i]
        noise[i] = y


@njit(cache=True, nogil=True)
def conductance_cell(excitation, inhibition, current, gates, cell, step):
    """Membrane potential (mV) of a cell with sodium, potassium, M and leak currents.

    Parameters
    ----------
    excitation, inhibition : float32 arrays, (n,), uS
    current : float32 array, (n,), nA
    gates : float64 array, (n_voltages, 9)
        From `LOW_MV` by `STEP_MV`: steady state and share kept per step of the gates m, h,
        n and p, and the steady state of the slow inactivation s.
    cell : float64 array
        Capacitance (nF), leak (uS) and its reversal (mV), sodium, potassium and M
        conductances (uS), shares of s kept per step while it falls and while it rises.
    step : float, ms
    """
    capacitance, leak, rest, sodium, potassium, slow, fall, rise = cell
    v = (leak * rest - inhibition[0] * 75.0) / (leak + excitation[0] + inhibition[0])
    m, h, n, p, s = 0.0, 1.0, 0.0, 0.02, 1.0
    out = np.empty(excitation.size, np.float32)
    last = gates.shape[0] - 2.0
    for i in range(out.size):
        at = min(max((v - LOW_MV) / STEP_MV, 0.0), last)
        k = int(at)
        w = at - k
        a, b = gates[k], gates[k + 1]
        m_end, h_end = a[0] + w * (b[0] - a[0]), a[2] + w * (b[2] - a[2])
        n_end, p_end = a[4] + w * (b[4] - a[4]), a[6] + w * (b[6] - a[6])
        s_end = a[8] + w * (b[8] - a[8])
        m = m_end + (m - m_end) * (a[1] + w * (b[1] - a[1]))
        h = h_end + (h - h_end) * (a[3] + w * (b[3] - a[3]))
        n = n_end + (n - n_end) * (a[5] + w * (b[5] - a[5]))
        p = p_end + (p - p_end) * (a[7] + w * (b[7] - a[7]))
        s = s_end + (s - s_end) * (fall if s_end < s else rise)
        g_na = sodium * m * m * m * h * s
        g_k = potassium * n * n * n * n + slow * p
        total = leak + g_na + g_k + excitation[i] + inhibition[i]
        end = (leak * rest + g_na * 50.0 - g_k * 90.0 - inhibition[i] * 75.0 + current[i]) / total
        v = end + (v - end) * np.exp(-step * total / capacitance)
        out[i] = v
    return out


@njit(cache=True, nogil=True)
def through_electrode(voltage, shares, slow_share, samples_per_share):
    """What an access resistance that changes lets through, and that once more, slower.

    Parameters
    ----------
    voltage : float32 array, (n,)
    shares : float64 array
        Share of the difference that a one-pole low-pass makes up per sample, at every
        `samples_per_share` samples; between them it changes linearly.
    slow_share : float
        The same of the second low-pass.
    """
    fast = np.empty_like(voltage)
    slow = np.empty_like(voltage)
    if voltage.size == 0:
        return fast, slow
    x = z = float(voltage[0])
    for i in range(voltage.size):
        k = i // samples_per_share
        w = (i - k * samples_per_share) / samples_per_share
        x += (voltage[i] - x) * (shares[k] + w * (shares[k + 1] - shares[k]))
        z += (x - z) * slow_share
        fast[i] = x
        slow[i] = z
    return fast, slow
