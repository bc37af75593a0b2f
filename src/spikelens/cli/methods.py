"""``spikelens methods``: every room's methods, from their own declarations."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from spikelens.cli._options import as_json


@click.command("methods")
@click.argument("room", required=False)
@as_json
def command(room: str | None, as_json: bool) -> None:
    """List all methods with their parameters.

    With units and defaults; of one ROOM if it is named, such as detectors.
    """
    from spikelens import rooms
    from spikelens.files import to_json

    if room:
        rooms.names(room)
    listed = [_described(r, name) for r in rooms.ROOMS if room in (None, r) for name in rooms.names(r)]
    click.echo(to_json({"schema_version": 1, "methods": listed}) if as_json else _in_words(listed))


def _described(room: str, name: str) -> dict[str, Any]:
    from spikelens import rooms

    method = rooms.load(room, name)
    parameters = [dataclasses.asdict(p) | {"type": p.type.__name__} for p in method.schema()]
    return {"room": room, "name": name, "summary": method.summary(), "parameters": parameters}


def _in_words(methods: list[dict[str, Any]]) -> str:
    lines, room = [], ""
    for method in methods:
        if method["room"] != room:
            room = method["room"]
            lines.append(room)
        lines.append(f"  {method['name']}: {method['summary']}")
        for p in method["parameters"]:
            default = (
                "chosen from the recording" if p["default"] is None else f"{p['default']} {p['unit']}".strip()
            )
            flag = "--" + p["name"].replace("_", "-")
            lines.append(f"      {flag} [{default}]: {p['help']}")
    return "\n".join(lines)
