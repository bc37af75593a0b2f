"""Every page that is made from the code, by its path in the manual."""

from __future__ import annotations

from manual import changes, commands, methods, python


def pages() -> dict[str, str]:
    """Markdown by path."""
    return {
        **methods.pages(),
        "python.md": python.page(),
        "commands.md": commands.page(),
        "changes.md": changes.page(),
    }
