"""The readers' room: from a file, or a folder, to a `Recording`.

A reader fills what its format holds and invents nothing: sweeps with their true start
times, command or stimulus, tags, clamp mode, protocol, holding, gain and filter. What
a file does not say comes from the user's `Hints`; what nobody says is a `MissingFact`
naming the flag.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from spikelens.errors import BadParameter
from spikelens.params import Method, param
from spikelens.recording import Recording


@dataclass(frozen=True, kw_only=True)
class Hints(Method):
    """What the user says of a file that the file does not say, or says wrongly."""

    sampling_rate: float | None = param(
        None, unit="Hz", low=1, high=1e6, help="Sampling rate, where the file has none or a wrong one."
    )
    unit: str | None = param(
        None, help="Unit of the stored values, such as mV or pA, where the file has none."
    )
    scale: float | None = param(None, help="Multiply the values, after the unit, by this factor.")
    variable: str | None = param(None, help="Variable, array or series by name, or counted from 1.")
    sweeps_in: str | None = param(
        None, choices=("rows", "columns"), help="Whether a matrix holds its sweeps in rows or in columns."
    )
    channels_in: str | None = param(
        None, choices=("rows", "columns"), help="A matrix holds channels, not sweeps: in rows or in columns."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scale == 0:
            raise BadParameter("scale must not be 0, which leaves nothing of the trace")
        if self.sweeps_in and self.channels_in:
            raise BadParameter(
                "a matrix holds sweeps or channels: give --sweeps-in or --channels-in, not both"
            )


@dataclass(frozen=True, kw_only=True)
class Reader(Method):
    """A file format. Slices agree with the whole; recordings pickle without their samples."""

    suffixes: ClassVar[tuple[str, ...]] = ()
    """Lower-case endings, with the dot."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Modules that are imported when a file is read, for `spikelens doctor`."""
    extra: ClassVar[str] = ""
    """The optional extra that installs `needs`, if they are not in the base."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file is of this format, from its first 4096 bytes; its suffix fits already.

        A reader of folders is asked about every folder, with no bytes.
        """
        return path.is_file()

    def advice(self, path: Path) -> str:
        """What to do with a file whose ending fits and that is not recognised; nothing special by default."""
        return ""

    @abstractmethod
    def read(self, path: Path, hints: Hints) -> Recording:
        """Open a recording of one or more channels; samples stay on disk where possible.

        Raises
        ------
        UnreadableFile
            Missing, empty, truncated, or not of this format; one line.
        MissingFact
            Neither file nor hints give the sampling rate or a unit.
        UnknownName
            The variable hinted at is not there; lists those that are.
        """
