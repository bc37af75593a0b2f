"""Every command in the manual is one that there is, with flags and values that it takes."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from spikelens.cli import commands as group
from tests.manual.pages import PAGES, commands

LINES = sorted({line for page in PAGES for line in commands(page)})


@pytest.mark.parametrize("line", LINES)
def test_it_is_understood(line: str) -> None:
    # `climb` is the detector that a page tells how to add; it has the flags of `prominence`.
    words = ["prominence" if word == "climb" else word for word in shlex.split(line)[1:]]
    context = click.Context(group, info_name="spikelens")
    name, command, rest = group.resolve_command(context, words)
    assert command is not None
    assert command.make_context(name, rest, context).params is not None


def test_what_is_not_there_is_not_understood() -> None:
    with pytest.raises(click.NoSuchOption):
        test_it_is_understood("spikelens find cell.abf --no-such-flag 1")


@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_commands_it_speaks_of_are_there(page: str) -> None:
    named = set(re.findall(r"`spikelens ([a-z]+)", PAGES[page].read_text("utf-8")))
    assert named <= set(group.list_commands(click.Context(group)))
