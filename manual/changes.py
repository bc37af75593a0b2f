"""Release notes, gathered from the fragments of changelog.d."""

from __future__ import annotations

from pathlib import Path

from spikelens.version import VERSION

FRAGMENTS = Path(__file__).resolve().parent.parent / "changelog.d"
KINDS = {"added": "Added", "changed": "Changed", "fixed": "Mended", "removed": "Removed"}
"""Kinds of change by the ending of a fragment, `topic.kind.md`, in the order of the notes."""


def page(version: str = VERSION, fragments: Path = FRAGMENTS) -> str:
    """The notes of the version that is being made, as a page."""
    return f"# Changes\n\n{notes(version, fragments)}"


def notes(version: str, fragments: Path) -> str:
    """All fragments in Markdown: a heading for the version, a list for each kind.

    Raises
    ------
    ValueError
        A fragment's name says no kind that is known.
    """
    parts = [f"## {version}\n"]
    found = sorted(fragments.glob("*.md"))
    for path in found:
        if _kind(path) not in KINDS:
            raise ValueError(f"{path.name} must end in one of {', '.join(f'.{k}.md' for k in KINDS)}")
    for kind, title in KINDS.items():
        entries = [_listed(path.read_text("utf-8").strip()) for path in found if _kind(path) == kind]
        if entries:
            parts.append(f"### {title}\n\n" + "\n".join(entries) + "\n")
    return "\n".join(parts)


def _kind(path: Path) -> str:
    return path.stem.rpartition(".")[2]


def _listed(fragment: str) -> str:
    """A fragment as a list: it is one already, or is one entry, over as many lines as it needs."""
    return fragment if fragment.startswith("- ") else "- " + " ".join(fragment.split())
