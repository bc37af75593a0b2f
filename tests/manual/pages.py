"""The manual's pages: which there are, and the code on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}


def code(page: str, language: str = "python") -> list[str]:
    """The blocks of one language, those that are files to write left out."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGES[page].read_text("utf-8"), re.DOTALL | re.MULTILINE)


def files(page: str) -> dict[str, str]:
    """The blocks that are files to write, by their path."""
    found = re.findall(
        r'^```\w+ title="(.+?)"\n(.*?)^```', PAGES[page].read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return dict(found)


def commands(page: str) -> Iterator[str]:
    """The lines that call `spikelens`, in shell blocks and in indented ones."""
    text = re.sub(r"\\\n\s*", "", PAGES[page].read_text("utf-8"))
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    indented = re.findall(r"^    (spikelens .*)$", text, re.MULTILINE)
    for line in [*indented, *"\n".join(blocks).splitlines()]:
        if line.split()[:1] == ["spikelens"]:
            yield line.partition(" #")[0].strip()
