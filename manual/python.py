"""The reference of the Python API: every public name, from its docstring."""

from __future__ import annotations

import spikelens

INTRODUCTION = """# Python

What `import spikelens` gives. Volts, amperes, seconds and hertz everywhere; names are loaded when they
are first used, so the import itself takes no time.
"""
TYPES = ("Recording", "Events", "Spikes", "Windows", "Labels")


def page() -> str:
    """The page, in which mkdocstrings puts the docstrings."""
    verbs = [name for name in spikelens.__all__ if name not in TYPES and name != "__version__"]
    parts = [INTRODUCTION, "## Types", *map(_entry, TYPES), "## Functions", *map(_entry, verbs)]
    return "\n\n".join(parts) + "\n"


def _entry(name: str) -> str:
    return f"::: spikelens.{spikelens._HOMES[name]}.{name}"
