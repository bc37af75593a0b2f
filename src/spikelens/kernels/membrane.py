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


@njit(cache=True, nogil=True)
def integrate_and_fire(excitation, inhibition, current, cell, step):
    """Membrane potential (mV) of an adaptive exponential cell whose spikes are drawn in.

    Parameters
    ----------
    excitation, inhibition : float32 arrays, (n,), uS
    current : float32 array, (n,), nA
    cell : tuple of float
        Capacitance (nF), leak (uS), rest, threshold and sharpness (mV); adaptation: uS per
        mV, nA per spike, share kept per step; spike: rise and fall (ms), size and depth of
        the trough below a rested cell's foot (mV); afterdepolarisation: nA, share kept per step;
        share of its height that each spike costs the next, share of that loss kept per step,
        rise of the threshold per spike (mV), share of that kept per step; share of its width that a
        spike gains per share of its height lost.
    step : float, ms

    Returns
    -------
    voltage : float32 array, (n,)
    foot, peak : int64 arrays
    """
    capacitance, leak, rest, threshold, sharp = cell[:5]
    couple, jump, keep, rise, fall, size, trough, hump, hump_keep, loss, loss_keep = cell[5:16]
    lift, lift_keep, broaden = cell[16:]
    v = (leak * rest - inhibition[0] * 75.0) / (leak + excitation[0] + inhibition[0])
    w, after, lost, lifted = 0.0, 0.0, 0.0, 0.0
    rested = threshold + 3.0 * sharp
    end_of_spike = rested - trough
    cut, top, since = 0.0, 0.0, -1
    rise_steps, wider = max(int(np.rint(rise / step)), 1), 1.0
    foot, peak = [0], [0]
    out = np.empty(excitation.size, np.float32)
    for i in range(out.size):
        w = couple * (v - rest) + (w - couple * (v - rest)) * keep
        after *= hump_keep
        lost *= loss_keep
        lifted *= lift_keep
        if since < 0:
            total = leak + excitation[i] + inhibition[i]
            now = threshold + lifted
            push = leak * sharp * np.exp(min((v - now) / sharp, 3.0))
            drive = leak * rest - inhibition[i] * 75.0 + push - w + after + current[i]
            end = drive / total
            v = end + (v - end) * np.exp(-step * total / capacitance)
            cut = now + 3.0 * sharp
            if v >= cut:
                v, since = cut, 0
                # Sized from where a rested cell's spike begins: later peaks do not climb.
                top = max(rested + size * (1.0 - lost), cut + 0.2 * size)
                wider = 1.0 + broaden * lost
                rise_steps = max(int(np.rint(rise * wider / step)), 1)
                foot.append(i)
        else:
            since += 1
            if since <= rise_steps:
                v = cut + (top - cut) * np.sin(0.5 * np.pi * since / rise_steps) ** 1.3
            else:
                left = np.exp(-(((since - rise_steps) * step / (fall * wider)) ** 1.3))
                v = end_of_spike + (top - end_of_spike) * left
            if since == rise_steps:
                peak.append(i)
                w += jump
                after += hump
                lifted += lift
                lost += loss * (1.0 - lost)
            if since > rise_steps and v < end_of_spike + 1.0:
                since = -1
        out[i] = v
    n = len(peak)
    return out, np.array(foot)[1:n], np.array(peak)[1:n]
