"""Options made from the declarations of methods, and those that several commands share."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from spikelens.params import Param

_Callback = Callable[..., Any]
Schemas = Mapping[str, Iterable[Param]]
"""Parameters by the group under which the callback receives them."""

recordings = click.argument(
    "paths", metavar="RECORDING...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
recording = click.argument("path", metavar="RECORDING", type=click.Path(path_type=Path))
measures = click.option(
    "--measures",
    metavar="NAMES",
    callback=lambda context, option, value: tuple(value.split(",")) if value else None,
    help="What to measure, with commas: train, features, steps ...; by default everything that fits.",
)
_STIMULI = (
    click.option(
        "--events",
        metavar="SOURCE",
        help="Stimuli, as respond takes them: a CSV, ttl, epoch, stimulus, ac2:TONES.",
    ),
    click.option("--by", metavar="NAMES", help="Columns that make a condition of stimuli: frequency,level."),
    click.option("--window", metavar="FROM:TO", help="Of the response; 5:55ms by default."),
    click.option("--baseline", metavar="FROM:TO", help="Of the spontaneous rate; -100:0ms by default."),
    click.option(
        "--protocol", type=click.Path(path_type=Path), help="Current steps, as the command steps takes them."
    ),
)


def beside_flags(command: _Callback) -> _Callback:
    """Give a command what measures need beside the recording: stimuli and steps."""
    for option in reversed(_STIMULI):
        command = option(command)
    return command


def beside_of(asked: Mapping[str, Any]) -> Any:
    """What `beside_flags` were given, as a `Beside`."""
    from spikelens.profiles import Beside
    from spikelens.responses.plan import Plan

    plan = Plan.of(**{name: asked[name] for name in ("by", "window", "baseline")})
    return Beside(events=asked["events"], plan=plan, protocol=asked["protocol"])


as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def names_of(room: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What a shell completes a flag with that takes the name of one of a room's methods."""

    def begun(context: click.Context, option: click.Parameter, typed: str) -> list[str]:
        from spikelens import rooms

        return [name for name in rooms.names(room) if name.startswith(typed)]

    return begun


detector = click.option(
    "--method",
    "detector",
    metavar="NAME",
    shell_complete=names_of("detectors"),
    help="A detector; `spikelens methods` lists them.",
)


class Grown(click.Command):
    """A command whose further options are made when its arguments are known.

    `grow` receives the arguments and returns parameters in groups; the callback
    receives each group as a dict of what was given.
    """

    def __init__(self, *args: Any, grow: Callable[[Sequence[str]], Schemas], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grow = grow

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        groups, said = self.grow(args), list(args)
        grown = copy.copy(self)
        grown.params = [*self.params, *(_option(p, g) for g, schema in groups.items() for p in schema)]
        try:
            context = super(Grown, grown).make_context(info_name, args, parent, **extra)
        except click.NoSuchOption as why:
            raise (_of_another_method(why.option_name, said) if "method" in groups else None) or why from None
        for group in groups:
            _gather(context.params, group)
        return context


def _of_another_method(flag: str, arguments: Sequence[str]) -> Exception | None:
    """Why an option is not known that is a parameter of other detectors; None if it is of none."""
    from spikelens import rooms
    from spikelens.errors import BadParameter

    detectors = {name: rooms.load("detectors", name).schema() for name in rooms.names("detectors")}
    owners = [name for name, schema in detectors.items() if flag in (p.flag for p in schema)]
    if not owners:
        return None
    used = value_of("--method", arguments) or "the default"
    which = f"method {owners[0]}" if len(owners) == 1 else f"methods {', '.join(owners)}"
    return BadParameter(f"{flag} is of the {which}, and {used} is used here: give --method {owners[0]}")


def _gather(values: dict[str, Any], group: str) -> None:
    """Move the values of a group into one dict, without those not given."""
    mine = [name for name in values if name.startswith(f"{group}.")]
    gathered = {name.partition(".")[2]: values.pop(name) for name in mine}
    values[group] = {name: value for name, value in gathered.items() if value is not None}


def _option(param: Param, group: str) -> click.Option:
    named = f"{group}.{param.name}"
    shown = "chosen from the recording" if param.default is None else f"{param.default}{_unit(param)}"
    told = f"{param.help} [{group}; default: {shown}]" if group == "method" else param.help
    if param.type is bool:
        return _Named([f"{param.flag}/--no-{param.flag[2:]}"], named, default=None, help=told)
    kind = param.unit or "|".join(param.choices) or _KINDS.get(param.type, "TEXT")
    return _Named([param.flag], named, default=None, metavar=kind, help=told)


_KINDS = {int: "N", float: "NUMBER"}


def _unit(param: Param) -> str:
    return f" {param.unit}" if param.unit else ""


class _Named(click.Option):
    """An option whose value is kept under a name of our choosing."""

    def __init__(self, flags: list[str], name: str, **kwargs: Any) -> None:
        super().__init__(flags, **kwargs)
        self.name = name


def value_of(flag: str, arguments: Sequence[str]) -> str | None:
    """What a flag was given on a command line that is not parsed yet."""
    for k, word in enumerate(arguments):
        if word == flag and k + 1 < len(arguments):
            return arguments[k + 1]
        if word.startswith(f"{flag}="):
            return word.partition("=")[2]
    return None


def reading(arguments: Sequence[str]) -> Schemas:
    """The hints that a reader takes."""
    from spikelens.readers import Hints

    return {"hints": Hints.schema()}


def finding(arguments: Sequence[str]) -> Schemas:
    """The hints, and the parameters of the chosen method and feature rule."""
    return {**reading(arguments), **detecting(arguments), **measuring(arguments)}


def sharing(arguments: Sequence[str]) -> Schemas:
    """What `finding` takes, what many channels are asked, and the parameters of the named engine."""
    from spikelens import rooms
    from spikelens.exclusive import Exclusive

    engine = rooms.load("engines", value_of("--engine", arguments) or "threads")
    return {**finding(arguments), "probe": Exclusive.schema(), "engine": engine.schema()}


def detecting(arguments: Sequence[str]) -> Schemas:
    """The parameters of the method that the arguments name, or of the default one."""
    from spikelens import rooms
    from spikelens.api import default_method

    of_probe = value_of("--probe", arguments) is not None
    mode: Any = value_of("--mode", arguments) or ("extracellular" if of_probe else "unknown")
    name = value_of("--method", arguments) or default_method(mode)
    return {"method": rooms.load("detectors", name).schema()}


def measuring(arguments: Sequence[str]) -> Schemas:
    """The parameters of the feature rule that the arguments name, or of the default one."""
    from spikelens import rooms

    return {"rule": rooms.load("features", value_of("--feature-rule", arguments) or "spikelens").schema()}
