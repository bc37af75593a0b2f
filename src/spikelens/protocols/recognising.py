"""Where the command of a recording is told: its stimulus, a current beside it, or what the user gives."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from spikelens.errors import MissingFact, UnsupportedInput
from spikelens.protocols.plateaus import Command, command_of
from spikelens.protocols.protocol import Origin, Protocol, Step, protocol_of
from spikelens.recording import Recording

ASK = "give --protocol steps.csv with columns sweep, onset, offset (s) and current (A), or a recording of it"
AGREED = 0.2
"""A measured current that is farther from the command than this share, and 5 pA, is not believed."""


def recognise(recording: Recording) -> Protocol:
    """Find the step of each sweep in the command, or in a current that was recorded beside.

    Raises
    ------
    MissingFact
        Nothing says what current was injected.
    UnsupportedInput
        The command is known and holds no step: flat, a ramp, or something else.
    """
    sources = _sources(recording)
    if not sources:
        raise MissingFact(f"{recording.name} does not say what current was injected: {ASK}")
    why = ""
    for commands, origin, named in sources:
        try:
            found = protocol_of(commands, recording.sampling_rate, origin)
        except UnsupportedInput as failed:
            why = why or str(failed)
            continue
        told = replace(found, reasons=((f"steps from {named}", _ORIGINS[origin]), *found.reasons))
        return told if origin == "recorded" else as_measured(told, recording)
    raise UnsupportedInput(f"{recording.name}: {why}; {ASK}")


_ORIGINS: dict[Origin, str] = {
    "recorded": "the file holds it as a trace",
    "reconstructed": "rebuilt from the protocol in the file's header",
    "given": "as asked",
}


def _sources(recording: Recording) -> list[tuple[list[Command], Origin, str]]:
    """The commands of all sweeps from each place that may tell them, the best first."""
    found: list[tuple[list[Command], Origin, str]] = []
    stimulus = recording.stimulus
    if stimulus is not None and stimulus.channel.quantity == "current":
        origin: Origin = "reconstructed" if stimulus.origin == "reconstructed" else "recorded"
        commands = [
            command_of(stimulus.read(a, b).astype(np.float64), recording.sampling_rate)
            for a, b in _bounds(recording)
        ]
        found.append((commands, origin, f"the command {stimulus.channel.name}"))
    beside = [channel.name for channel in recording.channels if channel.quantity == "current"]
    return found + [(commands_in(recording, name), "recorded", f"the current {name}") for name in beside]


def commands_in(recording: Recording, channel: str | int) -> list[Command]:
    """The commands of all sweeps, of a channel that holds the current."""
    one = recording.select(channel)
    return [
        command_of(one.read(a, b)[:, 0].astype(np.float64), one.sampling_rate) for a, b in _bounds(recording)
    ]


def _bounds(recording: Recording) -> list[tuple[int, int]]:
    edges = recording.sweeps.bounds.tolist()
    return list(pairwise(edges))


def as_measured(protocol: Protocol, recording: Recording) -> Protocol:
    """The steps with the current that a channel of the recording measured, if one did and is believed."""
    channels = [c.name for c in recording.channels if c.quantity == "current"]
    if not channels:
        return protocol
    one = recording.select(channels[0])
    steps = tuple(replace(step, measured=_measured(one, step)) for step in protocol.steps)
    wrong = [s for s in steps if not abs(s.measured - s.current) <= AGREED * abs(s.current) + 5e-12]
    if wrong:
        nominal, measured = (f"{x * 1e12:.4g} pA" for x in (wrong[0].current, wrong[0].measured))
        why = f"the current {channels[0]} shows {measured} where the command is {nominal}; it is not used"
        return replace(protocol, warnings=(*protocol.warnings, why))
    reason = (
        f"currents measured in {channels[0]}",
        "a channel recorded beside, which agrees with the command",
    )
    return replace(protocol, steps=steps, reasons=(*protocol.reasons, reason))


def _measured(recording: Recording, step: Step) -> float:
    """The median of the current within a step, less that before it, A."""
    first = int(recording.sweeps.bounds[step.sweep])
    inside, before = (
        recording.read(first + a, first + b)[:, 0]
        for a, b in ((step.onset, step.offset), (step.free_from, step.onset))
    )
    return float(np.median(inside) - np.median(before)) if before.size else float("nan")
