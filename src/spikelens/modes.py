"""Clamp modes, from what is recorded and what is commanded."""

from __future__ import annotations

from collections.abc import Collection

from spikelens.recording import Mode, Quantity

_CLAMPS: dict[tuple[Quantity, Quantity], Mode] = {
    ("voltage", "current"): "current-clamp",
    ("current", "voltage"): "voltage-clamp",
}


def mode_of(recorded: Quantity, command: Quantity | None) -> Mode:
    """The clamp mode of a recorded and a commanded quantity.

    >>> mode_of("voltage", "current")
    'current-clamp'
    >>> mode_of("current", "current")
    'unknown'
    """
    return "unknown" if command is None else _CLAMPS.get((recorded, command), "unknown")


def mode_among(recorded: Collection[Quantity], command: Quantity | None) -> Mode:
    """The clamp mode of several recorded channels under one command.

    An amplifier reports the commanded quantity too, so one channel that answers the
    command is enough.

    >>> mode_among(["current", "voltage"], "current")
    'current-clamp'
    """
    modes = {mode_of(quantity, command) for quantity in recorded} - {"unknown"}
    return modes.pop() if len(modes) == 1 else "unknown"
