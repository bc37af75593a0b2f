"""Every error a user can meet.

::

    SpikelensError
    ├── InputError            the recording is the trouble
    │   ├── UnreadableFile    missing, empty, truncated, or not of its format
    │   ├── UnsupportedInput  readable, but not something spikes can be sought in
    │   ├── MissingFact       the file does not say, and no flag did (rate, unit, mode)
    │   └── DownloadFailed    an address does not answer, breaks off, or gives another file
    ├── RequestError          what was asked for is the trouble
    │   ├── UnknownName       no such method, channel, variable or parameter
    │   ├── BadParameter      a value of the wrong type, or outside its bounds
    │   └── OutsideRecording  a stretch, window or sample that the recording lacks
    └── OutputError           the results cannot be kept
        ├── OutputExists      a folder holds another run's results
        └── WriteFailed       disk full, read-only, input/output error

A message is one line: what is wrong, then what to do. `assert` is for our own
invariants, never for these.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import ClassVar


class SpikelensError(Exception):
    """Base of all errors meant for the user; its text is one line."""

    exit_code: ClassVar[int] = 1
    """What the command line exits with."""


class InputError(SpikelensError):
    """The recording cannot be used."""

    exit_code = 3


class UnreadableFile(InputError):
    """A file is missing, empty, truncated or not of the format it claims."""


class UnsupportedInput(InputError):
    """A file was read, but spikes cannot be sought in it as asked."""


class MissingFact(InputError):
    """The file does not hold a needed fact; the message names the flag that gives it."""


class DownloadFailed(InputError):
    """A public recording cannot be had from its address, or is not the one meant."""


class RequestError(SpikelensError):
    """What was asked for cannot be done."""

    exit_code = 2


class UnknownName(RequestError):
    """A name that nothing bears; the message lists those there are."""

    @classmethod
    def among(cls, what: str, name: object, known: Iterable[object], otherwise: str = "") -> UnknownName:
        """Say that `name` is no `what`, and list the `known` ones, or what to give `otherwise`."""
        listed = ", ".join(str(k) for k in known)
        if not otherwise:
            return cls(f"no {what} {str(name)!r}; there are: {listed or 'none'}")
        there = f"there are: {listed}; or give {otherwise}" if listed else f"there is none; give {otherwise}"
        return cls(f"no {what} {str(name)!r}; {there}")


class BadParameter(RequestError):
    """A parameter has the wrong type or lies outside its bounds."""


class OutsideRecording(RequestError):
    """A time, sample or window lies outside the recording or a sweep."""


class OutputError(SpikelensError):
    """Results cannot be kept."""


class OutputExists(OutputError):
    """The folder holds results of another input or other parameters."""


class WriteFailed(OutputError):
    """The system refused a write; the message names the path."""

    @classmethod
    def of(cls, path: object, why: OSError) -> WriteFailed:
        """Say that `path` cannot be written, and what to do where that is known."""
        advice = {
            errno.EACCES: "; write elsewhere, or ask for leave to write there",
            errno.EPERM: "; write elsewhere, or ask for leave to write there",
            errno.EROFS: "; write elsewhere: this place can only be read",
            errno.ENOSPC: "; make room, or write elsewhere",
        }
        return cls(f"cannot write {path}: {why.strerror or why}{advice.get(why.errno or 0, '')}")
