"""What the viewer's page of the manual promises is run."""

from __future__ import annotations

import re
from pathlib import Path

from spikelens.cli import commands

PAGE = Path(__file__).resolve().parents[2] / "docs" / "viewer.md"


def test_its_flags_are_there() -> None:
    known = {
        flag for name in ("view", "find") for p in commands.get_command(None, name).params for flag in p.opts
    }
    hints = {"--sampling-rate", "--unit", "--model"}
    assert set(re.findall("`(--[a-z-]+)", PAGE.read_text("utf-8"))) <= known | hints
