"""The exporters' room: from our types to a file or a folder, and a table back where it keeps one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from spikelens.errors import MissingFact, UnsupportedInput
from spikelens.params import Method
from spikelens.recording import Recording
from spikelens.spikes import Spikes


@dataclass(frozen=True, kw_only=True)
class Exporter(Method):
    """A file format to write. Files appear whole or not at all."""

    suffixes: ClassVar[tuple[str, ...]] = ()
    """Lower-case endings, with the dot, that choose this exporter."""
    holds_both: ClassVar[bool] = False
    """Whether a file of spikes holds their recording, too."""

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        """Write a table of spikes, with the recording where the format holds both."""
        raise UnsupportedInput(f"{self.method_name()} does not hold tables of spikes; choose another format")

    def write_recording(self, path: Path, recording: Recording, spikes: Spikes | None = None) -> None:
        """Write a recording, with its spikes where the format holds both."""
        raise UnsupportedInput(f"{self.method_name()} does not hold recordings; choose another format")

    def read_spikes(self, path: Path, recording: Recording) -> Spikes:
        """Read a table of spikes of `recording` back, with what was done to it elsewhere."""
        raise UnsupportedInput(f"no table of spikes is read back from {self.method_name()}")

    def lacking(self, recording: Recording | None) -> tuple[str, ...]:
        """Parameters that a file of good standing needs, and neither they nor the recording give."""
        return ()

    def check_facts(self, recording: Recording | None) -> None:
        """Ask for what `lacking` names.

        Raises
        ------
        MissingFact
            The message names the flags.
        """
        flags = [p.flag for p in self.schema() if p.name in self.lacking(recording)]
        if flags:
            raise MissingFact(
                f"{self.method_name()} files say of whom and when they are, and the recording does not:"
                f" give {', '.join(flags)}"
            )
