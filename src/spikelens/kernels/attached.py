"""Base, peak, trough and half width of spikes in currents and extracellular voltages."""

from __future__ import annotations

import numpy as np
from numba import njit

from spikelens.kernels.waveform import crossing_after, crossing_before, lowest, vertex


@njit(cache=True, nogil=True)
def attached(trace, peaks, windows):
    """Measure spikes that point up.

    Parameters
    ----------
    trace : float array, (n_samples,)
    peaks : int64 array, (n_spikes,), sorted
    windows : (int, int, int), samples
        To either side of the peak; from where to where before it the base lies.

    Returns
    -------
    float64 array, (n_spikes, 4)
        Base, peak (between samples), sample of the trough, width in samples.
    """
    out = np.full((peaks.size, 4), np.nan)
    for k in range(peaks.size):
        peak = peaks[k]
        start = max(0, peak - windows[0], peaks[k - 1] + 1 if k > 0 else 0)
        stop = min(trace.size, peak + windows[0] + 1)
        if k + 1 < peaks.size:
            stop = min(stop, peaks[k + 1])
        early, late = max(start, peak - windows[1]), peak - windows[2]
        if early < late:
            out[k, 0] = np.median(trace[early:late].astype(np.float64))
        out[k, 1] = np.float64(trace[peak])
        if 0 < peak < trace.size - 1:
            around = trace[peak - 1 : peak + 2].astype(np.float64)
            if around[0] <= around[1] and around[2] <= around[1]:
                out[k, 1] = vertex(around[0], around[1], around[2])[1]
        trough = lowest(trace, peak, stop)
        if trough > peak and trough < trace.size - 1:
            out[k, 2] = trough
        half = 0.5 * (out[k, 0] + out[k, 1])
        out[k, 3] = crossing_after(trace, peak, stop, half) - crossing_before(trace, start, peak, half)
    return out
