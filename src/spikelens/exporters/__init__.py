"""The exporters' room: from our types to a file, or to another library's objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from spikelens.errors import UnsupportedInput
from spikelens.params import Method
from spikelens.recording import Recording
from spikelens.spikes import Spikes


@dataclass(frozen=True, kw_only=True)
class Exporter(Method):
    """A file format to write. Files appear whole or not at all."""

    suffixes: ClassVar[tuple[str, ...]] = ()
    """Lower-case endings, with the dot, that choose this exporter."""

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        """Write a table of spikes, with the recording where the format holds both."""
        raise UnsupportedInput(f"{self.method_name()} does not hold tables of spikes; choose another format")

    def write_recording(self, path: Path, recording: Recording, spikes: Spikes | None = None) -> None:
        """Write a recording, with its spikes where the format holds both."""
        raise UnsupportedInput(f"{self.method_name()} does not hold recordings; choose another format")
