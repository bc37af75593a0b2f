"""What a book is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from spikelens.profiles import NOTHING, Beside
from spikelens.runs.request import Request


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is known beside the recording; nothing need be."""

    request: Request = field(default_factory=Request)
    beside: Beside = NOTHING
    epochs: str | None = None
    """Conditions, as `spikelens.epochs_of` takes them; by default the recording's tags."""
    second: str | None = None
    """A second channel beside the membrane potential."""

    @property
    def files(self) -> list[Path]:
        """The files among it."""
        epochs = [Path(self.epochs)] if self.epochs and Path(self.epochs).is_file() else []
        return [*self.beside.files, *epochs]

    def facts(self) -> dict[str, object]:
        """All of it by name, for a record."""
        told = {"spikes": self.request.facts(), "epochs": self.epochs or "", "second": self.second or ""}
        return {**told, "beside": self.beside.facts()}
