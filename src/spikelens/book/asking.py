"""What a book is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from spikelens.conditions.epochs import Epoch
from spikelens.profiles import NOTHING, Beside
from spikelens.runs.request import Request


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is known beside the recording; nothing need be."""

    request: Request = field(default_factory=Request)
    beside: Beside = NOTHING
    epochs: str | tuple[Epoch, ...] | None = None
    """Conditions, or what `spikelens.epochs_of` takes; by default the recording's tags."""
    second: str | None = None
    """A second channel beside the membrane potential."""

    @property
    def files(self) -> list[Path]:
        """The files among it."""
        named = [Path(self.epochs)] if isinstance(self.epochs, str) else []
        return [*self.beside.files, *(path for path in named if path.is_file())]

    def facts(self) -> dict[str, object]:
        """All of it by name, for a record."""
        told = {"spikes": self.request.facts(), "epochs": _told(self.epochs), "second": self.second or ""}
        return {**told, "beside": self.beside.facts()}


def _told(epochs: str | tuple[Epoch, ...] | None) -> object:
    return [list(vars(epoch).values()) for epoch in epochs] if isinstance(epochs, tuple) else epochs or ""
