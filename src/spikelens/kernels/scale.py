"""Stored numbers to SI units, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


def scaled(
    stored: NDArray[Any], gain: NDArray[np.float64], offset: NDArray[np.float64]
) -> NDArray[np.float32]:
    """``stored * gain + offset`` as float32, shape (n_samples, n_channels).

    float32 that needs no change is handed on as it is, without a copy.
    """
    unchanged = stored.dtype == np.float32 and {*gain.tolist()} <= {1.0} and {*offset.tolist()} <= {0.0}
    if unchanged and stored.dtype.isnative:
        return stored
    native = stored if stored.dtype.isnative else stored.astype(stored.dtype.newbyteorder("="))
    out = np.empty(native.shape, np.float32)
    _scale(native, gain, offset, out)
    return out


@njit(cache=True, nogil=True)
def _scale(stored, gain, offset, out):  # type: ignore[no-untyped-def]
    if out.shape[1] > 1 and stored.strides[1] < stored.strides[0]:
        # Channels lie side by side.
        for i in range(out.shape[0]):
            for c in range(out.shape[1]):
                out[i, c] = np.float32(stored[i, c] * gain[c] + offset[c])
        return
    for c in range(out.shape[1]):
        column, written = stored[:, c], out[:, c]
        g, o = gain[c], offset[c]
        for i in range(column.size):
            written[i] = np.float32(column[i] * g + o)
