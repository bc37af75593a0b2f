"""A column of times, and the sampling rate it gives."""

from __future__ import annotations

import re

import numpy as np

from spikelens.errors import UnsupportedInput
from spikelens.recording import Floats

_SECONDS = {"s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3}
_SECONDS |= {
    "millisecond": 1e-3,
    "milliseconds": 1e-3,
    "us": 1e-6,
    "\u00b5s": 1e-6,
    "\u03bcs": 1e-6,
    "min": 60.0,
}
_TIME = {"t", "time", "times", "zeit", "temps", "tiempo", "tempo", "timestamp", "timestamps"}
_COUNT = {"", "index", "sample", "samples", "row", "#", "no", "nr", "point", "unnamed: 0"}
_MOST_LIKELY_S = 0.005
"""Steps below this are taken for seconds (above 200 Hz), others for milliseconds."""
_MOSTLY = 0.99
"""Times with a slip here and there have at least this share of equal steps."""


def is_named_time(name: str, unit: str) -> bool:
    """Whether a heading says that its column holds times.

    >>> is_named_time("Time", "ms"), is_named_time("s", ""), is_named_time("Vm", "mV")
    (True, True, False)
    """
    words = re.split(r"[\s_]+", name.strip().lower())
    return words[0] in _TIME or unit.lower() in _SECONDS or (not unit and name.strip().lower() in _SECONDS)


def is_count(name: str, column: Floats) -> bool:
    """Whether a column merely numbers the rows: 0, 1, 2 ... or 1, 2, 3 ..."""
    numbered = column.size > 2 and column[0] in (0.0, 1.0) and bool(np.all(np.diff(column) == 1.0))
    return numbered and name.strip().lower() in _COUNT


def is_even(column: Floats) -> bool:
    """Whether a column increases by equal steps but for the rounding of print, or by a few lost rows."""
    if column.size < 3:
        return False
    steps = np.diff(column)
    if np.all(steps > 0) and _worst(column)[1] <= _allowed(column):
        return True
    usual = float(np.median(steps))
    alike = np.abs(steps - usual) <= 0.01 * usual
    return usual > 0 and bool(np.all(steps >= 0)) and bool(np.mean(alike) >= _MOSTLY)


def rate_of_times(column: Floats, name: str, unit: str) -> tuple[float, str]:
    """The sampling rate of evenly spaced times, however few digits they were printed with.

    First and last time give it; the roundest rate within their last digit is taken.

    Returns
    -------
    float, Hz, and the unit that the times were taken for

    Raises
    ------
    UnsupportedInput
        The times are not evenly spaced; the message names the first row.
    """
    row, worst = _worst(column)
    slip = _slip(column)
    if slip is not None:
        raise UnsupportedInput(
            f"the times of column {name!r} leave a row out or repeat one after row {slip} of its values;"
            " export them anew, or leave the column out and give --sampling-rate"
        )
    span = column[-1] - column[0]
    if not np.isfinite(worst) or span <= 0 or worst > _allowed(column):
        raise UnsupportedInput(
            f"the times of column {name!r} are not evenly spaced (see row {row + 1} of its values); "
            "resample them, or leave the column out and give --sampling-rate"
        )
    word = unit.lower() or next((w for w in re.split(r"[\s_]+", name.lower()) if w in _SECONDS), "")
    if word not in _SECONDS:
        word = "s" if span / (column.size - 1) < _MOST_LIKELY_S else "ms"
    rate = (column.size - 1) / (span * _SECONDS[word])
    is_exact = worst <= 1e-6 * span / (column.size - 1)
    return _roundest(rate, 1e-9 if is_exact else _last_digit(column) / span), word


def _worst(column: Floats) -> tuple[int, float]:
    """The row farthest from an even line, and how far it is."""
    off = np.abs(column - np.linspace(column[0], column[-1], column.size))
    row = int(np.argmax(off))
    return row, float(off[row])


def _slip(column: Floats) -> int | None:
    """The row after which one was lost or doubled, counted from 1, where nearly all steps are alike.

    Times that are printed to about a whole step leap now and then as well, but evenly.
    """
    steps = np.diff(column)
    if steps.size < 20 or not np.isfinite(steps).all():
        return None
    usual = float(np.median(steps))
    off = np.abs(steps - usual)
    odd = np.flatnonzero(off > 0.6 * abs(usual))
    is_print = odd.size > 2 and np.ptp(np.diff(odd)) <= 1
    if odd.size == 0 or is_print or odd.size > max(1.0, (1 - _MOSTLY) * steps.size):
        return None
    # Where digits run out, the steps about an odd one are odd as well.
    beside = np.pad(off <= 0.01 * abs(usual), 1, constant_values=True)
    alone = odd[beside[odd] & beside[odd + 2]]
    return int(alone[0]) + 1 if alone.size else None


def _allowed(column: Floats) -> float:
    step = (column[-1] - column[0]) / (column.size - 1)
    return float(max(0.01 * abs(step), 1.01 * _last_digit(column)))


def _last_digit(column: Floats) -> float:
    """The unit of the last digit that was printed, at least 1e-12."""
    # The last are the largest, so the coarsest where all have as many significant digits.
    some = column[-1000:]
    for digits in range(13):
        if np.allclose(some, np.round(some, digits), rtol=1e-13, atol=1e-13):
            return 10.0**-digits
    return 1e-12


def _roundest(rate: float, tolerance: float) -> float:
    for digits in range(1, 16):
        rounded = float(f"{rate:.{digits}g}")
        if abs(rounded - rate) <= tolerance * rate:
            return rounded
    return rate
