"""Samples at another rate: a low-pass evaluated only where an output sample stands."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def resample(samples, ratio, n_out, taps):
    """Filter and resample at times ``0, ratio, 2 * ratio ...`` (input samples).

    Parameters
    ----------
    samples : float32 array, (n,)
        Beyond its ends the first and last value hold.
    taps : float64 array, (n_phases + 1, 2 * half)
        Row j weighs the 2 * half samples around a time that stands j / n_phases of a
        sample after sample ``half - 1`` of them.

    Returns
    -------
    float32 array, (n_out,)
    """
    n_phases = taps.shape[0] - 1
    half = taps.shape[1] // 2
    last = samples.size - 1
    out = np.empty(n_out, np.float32)
    for j in range(n_out):
        at = j * ratio
        i = int(at)
        weights = taps[int(np.rint((at - i) * n_phases))]
        first = i - half + 1
        total = 0.0
        if first >= 0 and first + weights.size <= samples.size:
            part = samples[first : first + weights.size]
            for k in range(weights.size):
                total += weights[k] * part[k]
        else:
            for k in range(weights.size):
                total += weights[k] * samples[min(max(first + k, 0), last)]
        out[j] = total
    return out
