"""Medians of short columns, of which a recording's judgement takes dozens."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def median(values: NDArray[Any]) -> float:
    """The median of a column that holds something, and numbers only; NumPy's looks at more, and takes longer.

    >>> median(np.array([3.0, 1.0, 2.0])), median(np.array([4.0, 1.0, 2.0, 3.0]))
    (2.0, 2.5)
    """
    half = values.size // 2
    if values.size % 2:
        return float(np.partition(values, half)[half])
    low, high = np.partition(values, (half - 1, half))[half - 1 : half + 1]
    return float((low + high) / 2)


def deviation(values: NDArray[Any]) -> float:
    """The median absolute deviation."""
    return median(np.abs(values - median(values)))
