"""What a file says and what the user says, brought together; the same for every format.

The user wins. Where the two contradict each other, `contradictions` puts it in words
for `Recording.warnings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spikelens.errors import MissingFact
from spikelens.readers import Hints
from spikelens.recording import Channel, Quantity
from spikelens.units import parse_unit, stated_unit

RATES_EQUAL = 1e-6
"""Sampling rates closer than this, relatively, are one: files say 999.99995."""


@dataclass(frozen=True)
class Trace:
    """A trace as its file describes it: ``value = stored * gain + offset`` in `unit`."""

    name: str
    unit: str = ""
    """As the file words it; empty where it does not say."""
    gain: float = 1.0
    offset: float = 0.0
    named: Quantity | None = None
    """What its name says it is, where the file gives no unit; "other" of a command."""


def rate_of(found: float | None, hints: Hints) -> float:
    """The sampling rate (Hz): the user's, else the file's.

    Raises
    ------
    MissingFact
        Neither says.
    """
    if hints.sampling_rate is not None:
        return hints.sampling_rate
    if found is None or not 0 < found < float("inf"):
        also = "" if hints.unit else ", and the unit with --unit if the file does not say it either"
        raise MissingFact(
            f"the file does not say its sampling rate; give it in Hz with --sampling-rate{also}"
        )
    return float(found)


def channels_of(traces: Sequence[Trace], hints: Hints) -> tuple[Channel, ...]:
    """Channels in V or A, with the user's unit and scale on the traces they can mean.

    A hinted unit means the traces of the same quantity and those without a known unit,
    unless their name says another quantity; where there are none, it means all. A hinted
    scale alone means the voltages, else all.

    Raises
    ------
    MissingFact
        No trace has a unit of voltage or current, and the user gave none.
    BadParameter
        The user's unit is neither a voltage nor a current.
    """
    if hints.unit is None and not any(parse_unit(t.unit) for t in traces):
        said = f"says {traces[0].unit!r}, which is" if traces[0].unit else "has no unit, so it is"
        raise MissingFact(
            f"{traces[0].name} {said} neither a voltage nor a current; give it with --unit, such as --unit mV"
        )
    meant = _meant(traces, hints)
    return tuple(_channel(t, hints if k in meant else Hints()) for k, t in enumerate(traces))


def contradictions(
    hints: Hints, *, rate: float | None = None, traces: Sequence[Trace] = ()
) -> tuple[str, ...]:
    """Warnings, one for each thing that the user says otherwise than the file."""
    said = []
    asked = hints.sampling_rate
    if asked and rate and abs(asked - rate) > RATES_EQUAL * rate:
        said.append(f"the file says {rate:g} Hz; {asked:g} Hz is used, as asked")
    for k in sorted(_meant(traces, hints)) if hints.unit else ():
        known = parse_unit(traces[k].unit)
        if known and hints.unit and known != stated_unit(hints.unit):
            said.append(
                f"the file says {traces[k].name} is in {traces[k].unit}; {hints.unit} is used, as asked"
            )
    return tuple(said)


def left_aside(traces: Sequence[Trace], channels: Sequence[Channel]) -> list[str]:
    """Warnings of columns that their headings name, but no unit makes use of."""
    words = {"voltage": ("voltage", "mV"), "current": ("current", "pA"), "other": ("command", "pA")}
    return [
        f"{trace.name} is taken for a {words[trace.named][0]}, and left aside for want of a unit;"
        f" write it into the heading, as in {trace.name} ({words[trace.named][1]})"
        for trace, channel in zip(traces, channels, strict=True)
        if trace.named in words and channel.quantity == "other"
    ]


def _meant(traces: Sequence[Trace], hints: Hints) -> set[int]:
    wanted = stated_unit(hints.unit).quantity if hints.unit else "voltage"
    known = [parse_unit(t.unit) for t in traces]
    fitting = {
        k
        for k, unit in enumerate(known)
        if (unit is None and hints.unit and traces[k].named in (None, wanted))
        or (unit is not None and unit.quantity == wanted)
    }
    return fitting or set(range(len(traces)))


def _channel(trace: Trace, hints: Hints) -> Channel:
    unit = stated_unit(hints.unit) if hints.unit else parse_unit(trace.unit)
    factor = (unit.factor if unit else 1.0) * (1.0 if hints.scale is None else hints.scale)
    return Channel(
        name=trace.name,
        quantity=unit.quantity if unit else "other",
        gain=trace.gain * factor,
        offset=trace.offset * factor,
        stated_unit=hints.unit or trace.unit,
    )
