"""Units as files word them, and values that make no sense.

A wrong unit is the field's most frequent fault in data: millivolts read as volts, gains
off by a thousand. It is checked, said and never mended silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from spikelens.errors import BadParameter
from spikelens.recording import Quantity

_PREFIXES = {"": 1.0, "k": 1e3, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
_VOLTS = ("v", "volt", "volts")
_AMPERES = ("a", "amp", "amps", "ampere", "amperes")
_NAMED_PREFIXES = {"kilo": "k", "milli": "m", "micro": "u", "nano": "n", "pico": "p", "femto": "f"}


@dataclass(frozen=True)
class Unit:
    """A unit of voltage or current, as a factor to V or A."""

    quantity: Quantity
    factor: float


@cache
def parse_unit(text: str) -> Unit | None:
    """Read a unit as files write it; None if it is neither a voltage nor a current.

    >>> parse_unit("mV")
    Unit(quantity='voltage', factor=0.001)
    >>> parse_unit("uV").factor
    1e-06
    >>> parse_unit("Pa") is None
    True
    """
    word = text.strip().strip("[]()").strip().replace("\u00b5", "u").replace("\u03bc", "u")
    for long, short in _NAMED_PREFIXES.items():
        word = re.sub(f"^{long}(?=[va])", short, word, flags=re.IGNORECASE)
    prefix, base = word[:1], word[1:]
    if word.lower() in _VOLTS + _AMPERES:
        prefix, base = "", word
    if prefix not in _PREFIXES or base.lower() not in _VOLTS + _AMPERES:
        return None
    return Unit("voltage" if base.lower() in _VOLTS else "current", _PREFIXES[prefix])


def stated_unit(text: str) -> Unit:
    """The unit a user states.

    Raises
    ------
    BadParameter
        It is neither a voltage nor a current.
    """
    unit = parse_unit(text)
    if unit is None:
        raise BadParameter(f"unit {text!r} is neither a voltage nor a current; say V, mV, uV, A, nA or pA")
    return unit
