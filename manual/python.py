"""The reference of the Python API: every public name, from its docstring."""

from __future__ import annotations

import spikelens

INTRODUCTION = """# Python

What `import spikelens` gives. Volts, amperes, seconds and hertz everywhere; names are loaded when they
are first used, so the import itself takes no time.
"""


def page() -> str:
    """The page, in which mkdocstrings puts the docstrings."""
    names = [name for name in spikelens.__all__ if name != "__version__"]
    types = [name for name in names if name[0].isupper()]
    verbs = [name for name in names if name not in types]
    parts = [INTRODUCTION, "## Types", *map(_entry, types), "## Functions", *map(_entry, verbs)]
    return "\n\n".join(parts) + "\n"


def _entry(name: str) -> str:
    return f"::: spikelens.{spikelens._HOMES[name]}.{name}"
