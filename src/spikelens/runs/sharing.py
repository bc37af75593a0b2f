"""How the work of a run is shared out, and whether it is that of many channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from spikelens.choosing import choose
from spikelens.engines import Engine
from spikelens.engines.threads import Threads
from spikelens.errors import BadParameter
from spikelens.recording import Recording
from spikelens.runs.request import Request

FEW = 4
"""Of so many channels each is looked at to tell what was recorded; of more the first."""


@dataclass(frozen=True)
class Sharing:
    """How work is shared out; no result depends on it."""

    engine: Engine = field(default_factory=Threads)
    chunk: float | None = None
    """Recorded seconds per share; by default some seconds of one core's work."""
    shard: tuple[int, int] | None = None
    """(i, n): do every n-th share from the i-th on, counted from 1."""

    def mine(self, items: list[Any]) -> list[Any]:
        """The items that this shard answers for."""
        if self.shard is None:
            return items
        i, n = self.shard
        return items[i - 1 :: n]


def parse_shard(text: str) -> tuple[int, int]:
    """The shard that ``--shard`` names.

    >>> parse_shard("2/8")
    (2, 8)
    """
    i, slash, n = text.partition("/")
    if slash and i.isdecimal() and n.isdecimal() and 1 <= int(i) <= int(n):
        return int(i), int(n)
    raise BadParameter(f"--shard is the part and how many there are, such as 2/8, not {text!r}")


def is_probe(recording: Recording, request: Request) -> bool:
    """Whether spikes are sought on all channels: several voltages outside of cells, none of them named."""
    voltages = [k for k, c in enumerate(recording.channels) if c.quantity == "voltage"]
    if request.channel is not None or len(voltages) < 2:
        return False
    mode = request.mode or recording.mode
    if mode == "unknown":
        looked_at = recording if len(voltages) <= FEW else recording.select(voltages[0])
        mode = choose(looked_at).recording.mode
    return mode == "extracellular"
