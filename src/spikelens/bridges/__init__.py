"""The bridges' room: our types as objects of other libraries, and theirs as ours.

A bridge's name is its library's name: ``bridges/neo.py`` holds ``class Neo``, and the
types' methods ``to_neo`` and ``from_neo`` find it by that name. Nothing is written. What
the other library cannot hold is refused, with what it can.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, ClassVar

from spikelens.errors import UnsupportedInput
from spikelens.params import Method
from spikelens.recording import Recording
from spikelens.spikes import Spikes


@dataclass(frozen=True, kw_only=True)
class Bridge(Method):
    """Another library's objects. Times are s on the recording's clock, values V or A unless it says."""

    needs: ClassVar[tuple[str, ...]] = ()
    """Modules that are imported when an object is made, for `spikelens doctor`."""

    def recording_out(self, recording: Recording, spikes: Spikes | None = None) -> Any:
        """A recording as the library's object, with its spikes where that holds both."""
        raise UnsupportedInput(f"{self.method_name()} does not hold recordings")

    def recording_in(self, given: Any) -> Recording:
        """A recording from the library's object."""
        raise UnsupportedInput(f"no recording is made from {self.method_name()}")

    def spikes_out(self, spikes: Spikes, recording: Recording) -> Any:
        """Spikes as the library's object."""
        raise UnsupportedInput(f"{self.method_name()} does not hold spikes")

    def spikes_in(self, given: Any, recording: Recording) -> Spikes:
        """Spikes of a recording from the library's object.

        Raises
        ------
        OutsideRecording
            A spike lies outside the recording; the message names the first.
        """
        raise UnsupportedInput(f"no spikes are made from {self.method_name()}")


def imported(module: str) -> Any:
    """An optional library.

    Raises
    ------
    UnsupportedInput
        It is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as why:
        package = module.partition(".")[0]
        raise UnsupportedInput(f"{package} is not installed: pip install {package}") from why
