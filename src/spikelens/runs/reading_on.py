"""Where a report of spikes leads on to: the pages of its book, or the commands that write them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from spikelens.html import Table
from spikelens.recording import Recording
from spikelens.runs.analysis import Link, Section
from spikelens.runs.finding import Found
from spikelens.runs.request import Request

TITLE = "Where to read on"
_NOTE = "The first command writes all pages that fit, bound together; the others one each."


def reading_on(found: Found, pages: Sequence[Link] = ()) -> Section:
    """A section with links to pages that lie beside the report, or with the commands for them.

    Parameters
    ----------
    found : Found
    pages : sequence of Link
        Pages that are there; without any, those that fit the recording are named.
    """
    if pages:
        return Section(TITLE, list(pages))
    rows = [(what, command_of(verb, found)) for verb, what in _fitting(found)]
    return Section(TITLE, [Table("", ("page", "command"), rows, _NOTE)] if rows else [])


def _fitting(found: Found) -> list[tuple[str, str]]:
    """The verbs that have something to say of this recording, with what."""
    one = found.recording
    if one.mode == "extracellular":
        return [("sort", "which neuron fired each spike")]
    verbs = [("book", "all that fits")]
    if one.mode in ("current-clamp", "unknown") and one.channels[0].quantity == "voltage":
        verbs += [("steps", "the answer to current steps")] if _has_current(one) else []
        verbs += [
            ("kinds", "kinds of spikes, bursts, the firing pattern"),
            ("membrane", "the potential without its spikes"),
        ]
    verbs.append(("quality", "rest, noise and holding current over time"))
    if "tag" in one.events.source:
        verbs.append(("conditions", "what each condition, from a tag to the next, holds"))
    return verbs


def _has_current(recording: Recording) -> bool:
    """Whether the file says what current was injected."""
    return recording.stimulus is not None and recording.stimulus.channel.quantity == "current"


def command_of(verb: str, found: Found) -> str:
    """The command line that analyses the same recording, read and searched in the same way."""
    request, path = found.request, found.recording.path
    given = request.hints if verb == "sort" else {**request.hints, **_settings(request)}
    flags = [word for name, value in given.items() if value is not None for word in _flag(name, value)]
    blanks = [word for source in request.blank if verb != "sort" for word in ("--blank", source)]
    return shlex.join(["spikelens", verb, str(path or found.recording.name), *flags, *blanks])


def _settings(request: Request) -> dict[str, object]:
    """How spikes were sought and measured, None where it is the default."""
    return {
        "method": request.method,
        **request.parameters,
        "channel": request.channel,
        "mode": request.mode,
        "polarity": None if request.polarity == "auto" else request.polarity,
        "align": None if request.align == "peak" else request.align,
        "start": request.start,
        "stop": request.stop,
        "feature_rule": request.feature_rule,
        **request.feature_parameters,
        "junction_potential": request.junction_potential,
    }


def _flag(name: str, value: object) -> list[str]:
    told = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{told}" if value else f"--no-{told}"]
    return [f"--{told}", str(value)]
