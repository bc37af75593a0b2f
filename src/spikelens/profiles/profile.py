"""What a measure tells of a recording, and what it may need that the recording does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from spikelens.features import Feature
from spikelens.responses.plan import Plan
from spikelens.responses.sources import Given
from spikelens.summary import Row

NO_METHODS: Mapping[str, str] = {}


class Profile(NamedTuple):
    """Numbers of a recording by name, what each is, and why a measure gave none."""

    row: Row
    columns: tuple[Feature, ...]
    reasons: tuple[str, ...] = ()
    methods: Mapping[str, str] = NO_METHODS
    """By measure, how it was done, for a paper."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What is known of a recording beside what its file holds."""

    events: Given | None = None
    """Stimuli, as `spikelens.respond` takes them; without any, no responses are measured."""
    plan: Plan = field(default_factory=Plan)
    """How responses are measured."""
    protocol: Path | None = None
    """Current steps, as `spikelens.measure_steps` takes them."""
    junction_potential: float | None = None
    """V, subtracted from absolute voltages that are not the spikes' own."""

    @property
    def files(self) -> list[Path]:
        """The files among it."""
        named = [Path(self.events)] if isinstance(self.events, str | Path) else []
        return [p for p in (*named, self.protocol) if p is not None and p.is_file()]

    def facts(self) -> dict[str, object]:
        """All of it by name, for a record."""
        return {"events": str(self.events or ""), "protocol": str(self.protocol or ""), **self.plan.facts()}


NOTHING = Beside()
