"""Numbers as people write them: 52.3 mV, not 0.0523 V."""

from __future__ import annotations

import math
from collections.abc import Sequence

_PREFIXES = {1e9: "G", 1e6: "M", 1e3: "k", 1.0: "", 1e-3: "m", 1e-6: "µ", 1e-9: "n", 1e-12: "p"}
_AS_IT_IS = ("", "V/s", "1/s", "Hz")
_OF_CUSTOM = {"Hz/A": (1e12, "Hz/pA")}
_SYMBOLS = {"ohm": "Ω"}
_LARGE = ("ohm",)
"""Units that come in thousands and millions; of the others, 2000 s stay 2000 s."""


def si_factor(largest: float, unit: str) -> tuple[float, str]:
    """The factor and the prefixed unit in which `largest` (SI) is at least 1.

    >>> si_factor(0.08, "V")
    (0.001, 'mV')
    """
    if unit in _OF_CUSTOM:
        return _OF_CUSTOM[unit]
    if unit in _AS_IT_IS:
        return 1.0, unit
    there = [f for f in _PREFIXES if f <= 1 or unit in _LARGE]
    fitting = [f for f in there if largest >= f * (1 - 1e-9)]
    smallest = there[-1] if largest > 0 else 1.0
    factor = (fitting[0] if fitting else smallest) if math.isfinite(largest) else 1.0
    return factor, _PREFIXES[factor] + _SYMBOLS.get(unit, unit)


def quantity(value: float, unit: str, digits: int = 3) -> str:
    """A value with its unit, as people write it.

    >>> quantity(-0.0523, "V")
    '\u221252.3 mV'
    """
    factor, prefixed = si_factor(abs(value), unit)
    return f"{value / factor:.{digits}g} {prefixed}".strip().replace("-", "\u2212")


def megohms(ohm: float, digits: int = 3) -> str:
    """A resistance as people write it, in MΩ or GΩ.

    >>> megohms(1.124e8)
    '112 MΩ'
    """
    factor, unit = (1e9, "GΩ") if abs(ohm) >= 1e9 else (1e6, "MΩ")
    return f"{ohm / factor:.{digits}g} {unit}".replace("-", "\u2212")


def numbered(numbers: Sequence[int]) -> str:
    """Whole numbers in rising order, runs of three or more from first to last.

    >>> numbered([0, 1, 2, 5, 7, 8])
    '0 to 2, 5, 7, 8'
    """
    told: list[str] = []
    first = 0
    for k, number in enumerate(numbers):
        if k + 1 == len(numbers) or numbers[k + 1] != number + 1:
            run = numbers[first : k + 1]
            told += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(n) for n in run]
            first = k + 1
    return ", ".join(told)
