"""What is asked of responses: by which conditions, in which windows, drawn how."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from spikelens.errors import BadParameter, UnknownName

_FACTORS = {"": 1.0, "s": 1.0, "ms": 1e-3}
_TIME = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(ms|s)?", re.IGNORECASE)


class Window(NamedTuple):
    """Time from `low` up to, and without, `high`, s from the start of a stimulus."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """Its length, s."""
        return self.high - self.low

    def __str__(self) -> str:
        return f"{self.low * 1e3:g} to {self.high * 1e3:g} ms"


def parse_window(text: str) -> Window:
    """A window as people write it; a unit behind the last number goes for both.

    Raises
    ------
    BadParameter
        It cannot be read, or does not end after it begins.

    >>> parse_window("5:55ms")
    Window(low=0.005, high=0.055)
    >>> parse_window("-0.1:0")
    Window(low=-0.1, high=0.0)
    """
    low, colon, high = text.partition(":")
    matches = _TIME.fullmatch(low.strip()), _TIME.fullmatch(high.strip())
    if not colon or matches[0] is None or matches[1] is None:
        raise BadParameter(f"cannot read {text!r}: write FROM:TO, such as 5:55ms")
    units = [(m[2] or "").lower() for m in matches if m]
    factors = _FACTORS[units[0] or units[1]], _FACTORS[units[1]]
    window = Window(*(float(m[1]) * factor for m, factor in zip(matches, factors, strict=True) if m))
    if not window.width > 0:
        raise BadParameter(f"the window {text} holds no time: its end must come after its start")
    return window


def parse_time(text: str) -> float:
    """A length of time, s unless it ends in ms.

    >>> parse_time("5ms")
    0.005
    """
    found = _TIME.fullmatch(text.strip())
    seconds = float(found[1]) * _FACTORS[(found[2] or "").lower()] if found else 0.0
    if not seconds > 0:
        raise BadParameter(f"cannot read {text!r} as a length of time above 0, such as 5ms")
    return seconds


RESPONSE, BASELINE = Window(0.005, 0.055), Window(-0.1, 0.0)


@dataclass(frozen=True)
class Plan:
    """Everything that decides the measures, apart from spikes and stimuli; times in s."""

    by: tuple[str, ...] = ()
    """Columns of the stimuli whose values make a condition; none: all trials are one."""
    window: Window = RESPONSE
    """Where responses are counted."""
    baseline: Window = BASELINE
    """Where spontaneous spikes are counted."""
    shown: Window = field(default=None)  # type: ignore[assignment]
    """What raster and PSTH show; by default both windows, and as long behind the onset as before."""
    bin: float | None = None
    """Width of the PSTH's bins; by default a rule chooses."""
    smoothing: float | None = None
    """Standard deviation of a Gaussian that smooths the PSTH, in place of bins."""

    def __post_init__(self) -> None:
        if self.shown is None:
            low = min(self.window.low, self.baseline.low)
            object.__setattr__(self, "shown", Window(low, max(self.window.high, self.baseline.high, -low)))
        if self.bin is not None and self.smoothing is not None:
            raise BadParameter("give a width of bins or a smoothing, not both")
        if min(self.window.high, self.baseline.high) > max(self.window.low, self.baseline.low):
            raise BadParameter(f"the baseline ({self.baseline}) overlaps the window ({self.window})")
        if len(set(self.by)) < len(self.by):
            raise BadParameter(f"a condition is named twice in {','.join(self.by)}")
        for name in ("bin", "smoothing"):
            width = getattr(self, name)
            if width is not None and not 0 < width <= self.shown.width / 2:
                raise BadParameter(f"{name} must lie above 0 and be at most half of what is shown")

    @classmethod
    def of(cls, **settings: Any) -> Self:
        """A plan from values or from text such as ``by="frequency,level"``, ``window="5:55ms"``.

        Raises
        ------
        UnknownName
            A setting that there is not.
        BadParameter
            A value that cannot be read or makes no sense.
        """
        known = [*cls.__dataclass_fields__]
        for name in settings:
            if name not in known:
                raise UnknownName.among("setting of responses", name, known)
        return cls(**{k: _value(k, v) for k, v in settings.items() if v is not None})

    def facts(self) -> dict[str, object]:
        """All settings by name."""
        return dict(vars(self))


def _value(name: str, given: Any) -> Any:
    if name == "by":
        names = given.split(",") if isinstance(given, str) else given
        return tuple(n.strip() for n in names if n.strip())
    if name in ("bin", "smoothing"):
        return parse_time(given) if isinstance(given, str) else float(given)
    if isinstance(given, str):
        return parse_window(given)
    low, high = given
    return parse_window(f"{low}:{high}")
