"""What a shell offers while a command is typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "start.md"


def asked(**environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "spikelens"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def offered(typed: str) -> set[str]:
    """What bash is told for a line whose last word is being typed."""
    words = typed.split(" ")
    told = asked(_SPIKELENS_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1))
    return {line.partition(",")[2] for line in told.splitlines()}


def test_commands_flags_and_methods_are_offered():
    assert offered("spikelens st") == {"steps", "study"}
    assert offered("spikelens find cell.abf --method pro") == {"prominence"}
    assert offered("spikelens detect cell.abf --method ") >= {"adaptive", "level", "template"}
    assert offered("spikelens find cell.abf --feature-rule e") == {"efel"}


def test_the_flags_offered_are_those_of_the_method_that_was_named():
    assert "--min-peak" in offered("spikelens find cell.abf --method slope --min")
    assert "--min-peak" not in offered("spikelens find cell.abf --method level --min")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_manuals_line_for_each_shell_gives_its_script(shell):
    assert f"_SPIKELENS_COMPLETE={shell}_source spikelens" in PAGE.read_text("utf-8")
    script = asked(_SPIKELENS_COMPLETE=f"{shell}_source")
    assert "_SPIKELENS_COMPLETE" in script and re.search(r"\bspikelens\b", script)


def test_python_m_spikelens_is_the_same_command():
    told = subprocess.check_output([sys.executable, "-m", "spikelens", "--version"], text=True)
    assert re.fullmatch(r"spikelens \d+\.\d+\.\d+\s*", told)
