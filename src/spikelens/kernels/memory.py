"""Memory that vector instructions like: where a cache line begins, an array does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE_BYTES = 64
"""A cache line of every processor we know; vectors across two of them take twice as long."""


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """An array like NumPy's ``empty``, which begins where a cache line does.

    >>> aligned((3, 5), np.float32).ctypes.data % LINE_BYTES
    0
    """
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    held = np.empty(n_bytes + LINE_BYTES, np.uint8)
    first = -held.ctypes.data % LINE_BYTES
    return held[first : first + n_bytes].view(dtype).reshape(shape)
