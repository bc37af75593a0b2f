"""The pages of rooms and methods, from their own declarations and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from manual.papers import paper_of
from spikelens import rooms
from spikelens.features import Feature
from spikelens.params import Param

INTRODUCTION = """# Methods

Every method with its parameters, and every feature with its definition, as the code declares them.
`spikelens methods` prints the same. The names in IPFX and eFEL stand beside ours where they have one.
"""
USE = {
    "readers": "A reader is chosen by the file's ending and first bytes: `spikelens info FILE` says which.",
    "filters": "Filters are applied by the detectors that ask for one, and by `find` on many channels.",
    "detectors": '`spikelens find FILE --method {name}`; `spikelens.find(recording, "{name}")`.',
    "features": '`spikelens find FILE --feature-rule {name}`; in Python `feature_rule="{name}"`.',
    "labellers": '`spikelens label FILE --labeller {name}`; `spikelens.label(windows, "{name}")`.',
    "classifiers": "`spikelens train FILE LABELS --classifier {name}`; in Python `spikelens.train`.",
    "exporters": "`spikelens export FILE --out NEW --to {name}`; the ending of the new file chooses it, too.",
    "sorters": '`spikelens sort FILE --method {name}`; `spikelens.sort(recording, method="{name}")`.',
    "bridges": (
        "`recording.to_{name}()`, `spikes.to_{name}()` and `from_{name}`:"
        " [which there are](../../exports.md)."
    ),
    "engines": "`spikelens find FILE --engine {name}`.",
}
"""How a method of a room is named where it is used."""


def overview() -> str:
    """All methods on one page, as it is kept in docs/methods.md."""
    return INTRODUCTION + "".join("\n" + line for room in rooms.ROOMS for line in _room_lines(room)) + "\n"


def pages() -> dict[str, str]:
    """A page for each room and for each method, by path."""
    made = {f"methods/{room}/index.md": _room_page(room) for room in rooms.ROOMS}
    for room in rooms.ROOMS:
        made |= {f"methods/{room}/{name}.md": method_page(room, name) for name in rooms.names(room)}
    return made


def method_page(room: str, name: str) -> str:
    """One method: its docstring, how to use it, its parameters, features and references."""
    method = rooms.load(room, name)
    return "\n".join([f"# `{name}`", "", *_told(method), *_used(room, name), *_declared(method), ""])


def _room_page(room: str) -> str:
    doc = inspect.getdoc(__import__(f"spikelens.{room}", fromlist=["_"])) or ""
    first, _, rest = doc.partition("\n\n")
    lines = [
        f"# {room.capitalize()}",
        "",
        first.partition(": ")[2].capitalize() or first,
        "",
        _code(rest),
        "",
    ]
    lines += ["| method | what it does |", "|---|---|"]
    lines += [
        f"| [`{n}`]({n}.md) | {_cell(_code(rooms.load(room, n).summary()))} |" for n in rooms.names(room)
    ]
    return "\n".join(lines) + "\n"


def _told(method: type[Any]) -> Iterator[str]:
    """The docstring, its doctest left to the tests, and what the file says of the format or rule."""
    for text in (method.__doc__, _of_file(method)):
        yield _code(inspect.cleandoc(text or "").partition("\n>>> ")[0].strip())
        yield ""
    if getattr(method, "suffixes", ()):
        yield f"Endings: {', '.join(f'`{s}`' for s in method.suffixes)}\n"


def _of_file(method: type[Any]) -> str:
    """What the docstring of the method's file says after its first line."""
    return (inspect.getmodule(method).__doc__ or "").partition("\n\n")[2]


def _used(room: str, name: str) -> Iterator[str]:
    if room in USE and name != "train":
        yield f"**Use.** {USE[room].format(name=name)}\n"


def _declared(method: type[Any]) -> Iterator[str]:
    if method.schema():
        yield "## Parameters\n"
        yield from parameter_table(method.schema())
    if getattr(method, "features", ()):
        yield "## Features\n"
        yield from _features(method.features)
    if method.references:
        yield "## References\n"
        yield from (f"- {work}" for work in method.references)


def _features(features: tuple[Feature, ...]) -> Iterator[str]:
    """A part for each feature, so that links can lead to it."""
    for f in features:
        yield f"### `{f.name}` {{ #{f.name} }}\n"
        yield f"{_code(f.meaning)}\n"
        if f.formula:
            yield f"`{f.name} = {f.formula}`\n"
        names = {
            "Unit": f.unit,
            "IPFX": f"`{f.ipfx}`" if f.ipfx else "",
            "eFEL": f"`{f.efel}`" if f.efel else "",
        }
        told = [f"{key}: {value}" for key, value in names.items() if value]
        if told:
            yield f"{' · '.join(told)}\n"
        if paper_of(f.name):
            yield f"To read: {paper_of(f.name)}.\n"


def _room_lines(room: str) -> Iterator[str]:
    """A room on the overview: its methods, their parameters and features."""
    yield f"## {room.capitalize()}\n"
    for name in rooms.names(room):
        method = rooms.load(room, name)
        yield f"### `{name}`\n"
        yield f"{method.summary()}\n"
        if getattr(method, "suffixes", ()):
            yield f"Endings: {', '.join(f'`{s}`' for s in method.suffixes)}\n"
        yield from parameter_table(method.schema())
        yield from _feature_table(getattr(method, "features", ()))


def parameter_table(parameters: tuple[Param, ...]) -> Iterator[str]:
    """A row per parameter; nothing without any."""
    if not parameters:
        return
    yield "| parameter | default | unit | meaning |\n|---|---|---|---|"
    for p in parameters:
        choices = f" One of {', '.join(p.choices)}." if p.choices else ""
        default = "from the recording" if p.default is None else p.default
        yield f"| `{p.flag}` | {default} | {p.unit} | {p.help}{choices} |"
    yield ""


def _feature_table(features: tuple[Feature, ...]) -> Iterator[str]:
    """A row per feature; nothing without any."""
    if not features:
        return
    yield "| feature | unit | meaning | IPFX | eFEL |\n|---|---|---|---|---|"
    for f in features:
        yield f"| `{f.name}` | {f.unit} | {_cell(f.meaning)} | {f.ipfx} | {f.efel} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    """A docstring's double backticks as Markdown's single ones."""
    return re.sub(r"``(.+?)``", r"`\1`", text)
