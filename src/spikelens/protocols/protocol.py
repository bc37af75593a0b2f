"""The protocol: which step of each sweep is *the* step, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from spikelens.errors import UnsupportedInput
from spikelens.protocols.plateaus import Command, Plateau

Origin = Literal["recorded", "reconstructed", "given"]
SLACK = 1e-3
"""Edges this close are the same edge, s."""
PICO = 12
"""A recorded step is nominally of whole pA, one from a header or a table of hundredths."""


@dataclass(frozen=True)
class Step:
    """The step of one sweep; samples count from the start of the sweep."""

    sweep: int
    onset: int
    offset: int
    current: float
    """From the holding current, A; nominal."""
    holding: float = 0.0
    """Holding current, A."""
    measured: float = float("nan")
    """The step as a measured current, A; NaN if the command was only rebuilt or given."""
    free_from: int = 0
    """The last change of the command before the onset."""
    free_to: int = 0
    """The next change after the offset, or the end of the sweep."""
    note: str = ""

    @property
    def amperes(self) -> float:
        """The step as measured if it was, else its nominal value."""
        return self.measured if np.isfinite(self.measured) else self.current


@dataclass(frozen=True)
class Protocol:
    """The steps of a recording, where they were read, and what was decided."""

    steps: tuple[Step, ...]
    origin: Origin
    left_out: tuple[tuple[int, str], ...] = ()
    """Sweeps without a step, each with why."""
    reasons: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def by_sweep(self) -> dict[int, Step]:
        return {step.sweep: step for step in self.steps}


def protocol_of(commands: Sequence[Command], sampling_rate: float, origin: Origin) -> Protocol:
    """Choose the step of each sweep.

    Parameters
    ----------
    commands : sequence of Command, one per sweep
    sampling_rate : float, Hz
    origin : str
        Where the commands were read.

    Raises
    ------
    UnsupportedInput
        No sweep holds a step.
    """
    slack = max(1, round(SLACK * sampling_rate))
    steady = [c for c in commands if not c.varies]
    places = _places(steady, slack)
    if not places:
        kinds = sorted({c.varies for c in commands if c.varies})
        held = f"is {' or '.join(kinds)}" if kinds else f"is flat at {commands[0].holding * 1e12:.4g} pA"
        raise UnsupportedInput(f"the command {held}, so there is no step to measure")
    chosen = max(places, key=lambda place: _rank(place, steady, slack))
    steps, left_out = [], []
    for sweep, command in enumerate(commands):
        step = _step_of(sweep, command, chosen, slack)
        if isinstance(step, str):
            left_out.append((sweep, step))
        elif origin == "recorded":
            steps.append(replace(step, measured=step.current, current=round(step.current, PICO)))
        else:
            steps.append(replace(step, current=round(step.current, PICO + 2)))
    reasons = (_why(chosen, places, steady, slack, sampling_rate),)
    return Protocol(tuple(steps), origin, tuple(left_out), reasons)


Place = tuple[int, int]


def _places(commands: Sequence[Command], slack: int) -> list[Place]:
    """Where any sweep has a plateau away from its holding level, each once."""
    places: list[Place] = []
    for command in commands:
        for plateau in command.plateaus[1:]:
            away = abs(plateau.level - command.holding) > command.tolerance
            place = (plateau.start, plateau.stop)
            if away and not any(_same(place, other, slack) for other in places):
                places.append(place)
    return places


def _same(one: Place, other: Place, slack: int) -> bool:
    return abs(one[0] - other[0]) <= slack and abs(one[1] - other[1]) <= slack


def _levels(place: Place, commands: Sequence[Command], slack: int) -> list[float]:
    """The levels that commands hold there, each once."""
    levels: list[float] = []
    for command in commands:
        level = command.level_within(*place, slack) - command.holding
        if np.isfinite(level) and all(abs(level - other) > command.tolerance for other in levels):
            levels.append(level)
    return levels


def _rank(place: Place, commands: Sequence[Command], slack: int) -> tuple[bool, bool, int, int, int]:
    """What varies goes first, then what leaves from holding, what most have, the longest, the first.

    A plateau within a longer one of most other sweeps is thus not taken for the step.
    """
    varied = len(_levels(place, commands, slack)) > 1
    n_sweeps = len(_befores(place, commands, slack))
    return varied, _from_holding(place, commands, slack), n_sweeps, place[1] - place[0], -place[0]


def _befores(place: Place, commands: Sequence[Command], slack: int) -> list[tuple[Command, Plateau]]:
    """Of each sweep with a plateau from edge to edge of a place, the plateau before."""
    return [
        (command, before)
        for command in commands
        for before, plateau in pairwise(command.plateaus)
        if _same((plateau.start, plateau.stop), place, slack)
    ]


def _from_holding(place: Place, commands: Sequence[Command], slack: int) -> bool:
    """Whether the first sweep that has it comes from its holding level."""
    command, before = _befores(place, commands, slack)[0]
    return abs(before.level - command.holding) <= command.tolerance


def _step_of(sweep: int, command: Command, place: Place, slack: int) -> Step | str:
    """The step of a sweep, or why it has none."""
    if command.varies:
        return f"the command is {command.varies}"
    level = command.level_within(*place, slack)
    note = ""
    if not np.isfinite(level):
        alone = [p for p in command.plateaus[1:] if abs(p.level - command.holding) > command.tolerance]
        if len(alone) != 1:
            return "no step where the other sweeps have theirs"
        place, level, note = (alone[0].start, alone[0].stop), alone[0].level, "step at another time"
    own = [p for p in command.plateaus if _same((p.start, p.stop), place, slack)]
    start, stop = (own[0].start, own[0].stop) if own else place
    edges = [p.start for p in command.plateaus] + [command.plateaus[-1].stop]
    return Step(
        sweep=sweep,
        onset=start,
        offset=stop,
        current=level - command.holding,
        holding=command.holding,
        free_from=max([e for e in edges if e < start - slack], default=0),
        free_to=min([e for e in edges if e > stop + slack], default=stop),
        note=note,
    )


def _why(
    chosen: Place, places: Sequence[Place], commands: Sequence[Command], slack: int, rate: float
) -> tuple[str, str]:
    """The choice, and its reason, in words."""
    what = f"the step at {chosen[0] / rate:.4g} to {chosen[1] / rate:.4g} s"
    others = [p for p in places if p != chosen]
    if not others:
        return what, "the only one"
    varied = [p for p in others if len(_levels(p, commands, slack)) > 1]
    told = []
    if len(_levels(chosen, commands, slack)) > 1 and len(varied) < len(others):
        told.append(f"its level varies between sweeps, unlike {_count(len(others) - len(varied))}")
    if any(not _from_holding(p, commands, slack) for p in others) and _from_holding(chosen, commands, slack):
        told.append("it starts from the holding current")
    return what, "; ".join(told) or "the longest of several"


def _count(n: int) -> str:
    return "that of another pulse" if n == 1 else f"those of {n} other pulses"
