"""An integrate-and-fire membrane that draws its spikes from a shape; millivolts and milliseconds."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def integrate_and_fire_cell(excitation, inhibition, current, shape, cell, step):
    """Membrane potential (mV) of an adaptive exponential integrate-and-fire cell, and its spikes.

    Parameters
    ----------
    excitation, inhibition : float32 arrays, (n,), uS
    current : float32 array, (n,), nA
    shape : float64 array, (n_shape,)
        A spike's course from its foot on, as shares of its height above the threshold.
    cell : tuple of float
        Capacitance (nF), leak (uS), its reversal (mV), slope factor and threshold (mV),
        spike height (mV), subthreshold adaptation (uS), jump of adaptation per spike (nA),
        shares of adaptation and of lost height kept per step, share of height lost per spike.
    step : float, ms
    """
    capacitance, leak, rest, slope, threshold, height, below, jump, keep_w, keep_loss, loss = cell
    out = np.empty(excitation.size, np.float32)
    feet = np.empty(excitation.size // max(shape.size, 1) + 1, np.int64)
    n = 0
    v, w, lost = rest, 0.0, 0.0
    i = 0
    while i < out.size:
        total = leak + excitation[i] + inhibition[i]
        upstroke = leak * slope * np.exp(min((v - threshold) / slope, 5.0))
        drive = leak * rest - inhibition[i] * 75.0 + current[i] - w + upstroke
        v = drive / total + (v - drive / total) * np.exp(-step * total / capacitance)
        w = below * (v - rest) + (w - below * (v - rest)) * keep_w
        lost *= keep_loss
        out[i] = v
        i += 1
        if v < threshold + 2.5 * slope:
            continue
        feet[n] = i - 1
        n += 1
        foot, tall = v, height * (1.0 - lost)
        for k in range(min(shape.size, out.size - i)):
            out[i + k] = foot + shape[k] * tall
        i += shape.size
        v = foot + shape[-1] * tall
        w = w * keep_w**shape.size + jump
        lost += loss * (1.0 - lost)
    return out, feet[:n]
