"""The flags of `find`, for every command that finds spikes before it does something with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spikelens.cli._options import detector, names_of

if TYPE_CHECKING:
    from spikelens.runs.request import Request

Command = TypeVar("Command", bound=Callable[..., Any])

_FLAGS = (
    detector,
    click.option("--channel", help="Channel by name, or counted from 0; by quantity otherwise."),
    click.option(
        "--mode", metavar="MODE", help="current-clamp, voltage-clamp, cell-attached or extracellular."
    ),
    click.option("--polarity", default="auto", show_default=True, help="auto, up, down or both."),
    click.option("--align", default="peak", show_default=True, help="Date spikes by their peak or onset."),
    click.option(
        "--blank", multiple=True, metavar="SOURCE:FROM:TO", help="Leave out time around events: ttl:-1ms:5ms."
    ),
    click.option("--start", type=float, metavar="s", help="Look from this time on."),
    click.option("--stop", type=float, metavar="s", help="Look up to this time."),
    click.option(
        "--feature-rule",
        shell_complete=names_of("features"),
        help="Definitions of the features: spikelens, ipfx or efel.",
    ),
    click.option(
        "--junction-potential", type=float, metavar="V", help="Subtract this from absolute voltages."
    ),
)


def finding_flags(command: Command) -> Command:
    """Give a command the flags of `find`; the parameters of methods come from `_options.finding`."""
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command


def request_of(
    asked: Mapping[str, Any],
    *,
    hints: Mapping[str, object],
    method: Mapping[str, object],
    rule: Mapping[str, object],
    probe: Mapping[str, object] | None = None,
    report: bool = True,
) -> Request:
    """What the flags ask for, checked.

    Parameters
    ----------
    asked : mapping
        Values of `finding_flags` by name; others in it are left alone.
    hints, method, rule, probe : mapping
        The groups that `_options.finding` gathers.
    report : bool
        Whether figures and a report are to be drawn.

    Raises
    ------
    UnknownName, BadParameter
        A choice that does not exist, or a value that is no good.
    """
    from spikelens.api import default_method
    from spikelens.runs.request import Request

    # A parameter without a method is one of the default method's, whatever the recording is.
    usual = default_method("extracellular" if probe else asked["mode"] or "unknown")
    named = asked["detector"] or (usual if method else None)
    kept = (
        "channel",
        "mode",
        "polarity",
        "align",
        "blank",
        "start",
        "stop",
        "feature_rule",
        "junction_potential",
    )
    return Request(
        method=named,
        parameters=method,
        feature_parameters=rule,
        hints=hints,
        probe=probe or {},
        report=report,
        **{name: asked[name] for name in kept},
    ).checked()
