"""The hooks of MkDocs: pages and figures that the build makes, and tables it fills in."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import File, Files

from manual import figures, tables
from manual.generated import pages


def on_config(config: Any) -> Any:
    """Put the pages of methods, a section for each room, into the navigation."""
    for section in config.nav:
        if "Methods" in section:
            section["Methods"] = navigation()
    return config


def navigation() -> list[Any]:
    """The overview, then a section for each room: its own page, and one for each method."""
    from spikelens import rooms

    sections: list[Any] = ["methods.md"]
    for room in rooms.ROOMS:
        inside = [f"methods/{room}/{name}.md" for name in rooms.names(room)]
        sections.append({room.capitalize(): [f"methods/{room}/index.md", *inside]})
    return sections


def on_files(files: Files, config: Any) -> Files:
    """Add what is made: pages from the code's declarations, figures from simulated cells."""
    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    for name, drawing in figures.drawings().items():
        files.append(File.generated(config, f"figures/{name}.svg", content=drawing))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Fill tables in where a page has a comment that names one."""
    return tables.filled(markdown)
