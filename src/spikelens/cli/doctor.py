"""``spikelens doctor``: what is installed, what is missing, and the line that installs it."""

from __future__ import annotations

from typing import Any

import click

from spikelens.cli._options import as_json

PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "pyarrow",
    "h5py",
    "neo",
    "pynwb",
    "matplotlib",
    "scikit-learn",
    "starlette",
    "uvicorn",
)


@click.command("doctor")
@as_json
def command(as_json: bool) -> None:
    """Check the installation.

    Versions, readers and compiled kernels, and the line that installs what is missing.
    """
    from spikelens.files import to_json

    document = _checked()
    click.echo(to_json(document) if as_json else _in_words(document))


def _checked() -> dict[str, Any]:
    import platform

    from spikelens import rooms
    from spikelens.kernels import are_compiled
    from spikelens.version import VERSION

    return {
        "schema_version": 1,
        "spikelens": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "readers": {name: _needs("readers", name) for name in rooms.names("readers")},
        "bridges": {name: _needs("bridges", name) for name in rooms.names("bridges")},
        "kernels_compiled": are_compiled(),
    }


def _needs(room: str, name: str) -> dict[str, Any]:
    """What a method's libraries lack, and the line that installs them."""
    from importlib.util import find_spec

    from spikelens import rooms

    method = rooms.load(room, name)
    missing = [module for module in method.needs if find_spec(module) is None]
    extra = getattr(method, "extra", "")
    package = f'"spikelens[{extra}]"' if extra else " ".join(missing)
    return {
        "suffixes": list(getattr(method, "suffixes", ())),
        "missing": missing,
        "install": f"pip install {package}" if missing else "",
    }


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _in_words(document: dict[str, Any]) -> str:
    lines = [f"spikelens {document['spikelens']}, Python {document['python']}, {document['system']}"]
    lines.append("packages: " + ", ".join(f"{name} {v}" for name, v in document["packages"].items()))
    for name, facts in document["readers"].items():
        state = (
            "ready" if not facts["missing"] else f"lacks {', '.join(facts['missing'])}: {facts['install']}"
        )
        lines.append(f"reader {name} ({' '.join(facts['suffixes']) or 'folders'}): {state}")
    for name, facts in document["bridges"].items():
        lines.append(f"bridge {name}: {facts['install'] or 'ready'}")
    compiled = "compiled" if document["kernels_compiled"] else "not compiled yet; the first run does it"
    return "\n".join([*lines, f"kernels: {compiled}"])
