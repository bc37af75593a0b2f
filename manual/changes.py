"""Release notes, gathered from the fragments of changelog.d and kept in CHANGELOG.md."""

from __future__ import annotations

import datetime
from pathlib import Path

from spikelens.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"added": "Added", "changed": "Changed", "fixed": "Mended", "removed": "Removed"}
"""Kinds of change by the ending of a fragment, `topic.kind.md`, in the order of the notes."""


def page(root: Path = ROOT) -> str:
    """All notes as a page: those of the version that is being made, then those of older ones."""
    return "\n".join(part for part in ("# Changes\n", notes(root), _kept(root)) if part)


def notes(root: Path = ROOT, *, title: str = f"{VERSION}, not released yet") -> str:
    """The fragments in Markdown: a list for each kind; nothing without any.

    Raises
    ------
    ValueError
        A fragment's name says no kind that is known.
    """
    found = _fragments(root)
    for path in found:
        if _kind(path) not in KINDS:
            raise ValueError(f"{path.name} must end in one of {', '.join(f'.{k}.md' for k in KINDS)}")
    parts = [f"## {title}\n"] if found else []
    for kind, heading in KINDS.items():
        entries = [_listed(path.read_text("utf-8").strip()) for path in found if _kind(path) == kind]
        if entries:
            parts.append(f"### {heading}\n\n" + "\n".join(entries) + "\n")
    return "\n".join(parts)


def release(root: Path = ROOT) -> str:
    """Put the notes at the top of CHANGELOG.md, with the day, and remove the fragments."""
    made = notes(root, title=f"{VERSION}, {datetime.date.today().isoformat()}")
    (root / "CHANGELOG.md").write_text("\n".join(part for part in (made, _kept(root)) if part), "utf-8")
    for path in _fragments(root):
        path.unlink()
    return made


def _fragments(root: Path) -> list[Path]:
    return sorted((root / "changelog.d").glob("*.md"))


def _kept(root: Path) -> str:
    path = root / "CHANGELOG.md"
    return path.read_text("utf-8") if path.exists() else ""


def _kind(path: Path) -> str:
    return path.stem.rpartition(".")[2]


def _listed(fragment: str) -> str:
    """A fragment as a list: it is one already, or is one entry, over as many lines as it needs."""
    return fragment if fragment.startswith("- ") else "- " + " ".join(fragment.split())
