"""Folders and files that SpikeInterface saved, read lazily through SpikeInterface itself."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from spikelens import rooms
from spikelens.errors import UnreadableFile, UnsupportedInput
from spikelens.readers import Hints, Reader
from spikelens.readers._opening import identity
from spikelens.recording import Recording

_MARKS = ("si_folder.json", "spikeinterface_info.json", "cached.json")


@dataclass(frozen=True, kw_only=True)
class Spikeinterface(Reader):
    """A recording saved by SpikeInterface (`recording.save`), with its segments as sweeps.

    Needs SpikeInterface, which is installed by itself: it wants zarr below 3.
    """

    needs: ClassVar[tuple[str, ...]] = ("spikeinterface",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return path.is_dir() and any((path / mark).exists() for mark in _MARKS)

    def read(self, path: Path, hints: Hints) -> Recording:
        if any(value is not None for value in hints.parameters().values()):
            raise UnsupportedInput(f"{path} says its own rate and units; leave the hints out")
        try:
            import spikeinterface
        except ImportError as why:
            raise UnsupportedInput(
                f"{path} was saved by SpikeInterface, which reads it: pip install spikeinterface"
            ) from why
        made: Recording = rooms.load("bridges", "spikeinterface")().recording_in(
            _loaded(spikeinterface, path)
        )
        return dataclasses.replace(made, **identity(path, self.method_name()))


def _loaded(spikeinterface: Any, path: Path) -> Any:
    load = getattr(spikeinterface, "load", None) or spikeinterface.load_extractor
    try:
        found = load(path)
    except Exception as why:
        # SpikeInterface raises whatever its layers raise.
        told = (str(why) or type(why).__name__).splitlines()[0]
        raise UnreadableFile(f"{path} cannot be read by SpikeInterface: {told}") from why
    if not hasattr(found, "get_traces"):
        raise UnsupportedInput(f"{path} holds no recording, but a {type(found).__name__}")
    return found
