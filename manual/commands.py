"""The reference of the command line: the help of every command, as it prints it."""

from __future__ import annotations

import click

from spikelens.cli import commands

INTRODUCTION = """# Commands

`spikelens COMMAND --help` prints the same. Results go to stdout, progress and messages to stderr. Exit
codes: 0 done, 1 failed, 2 wrong usage, 3 a file that cannot be read, 130 interrupted. The flags of a
method, such as `--cutoff`, are those of the method that `--method` names; here the default's are shown.
"""


def page() -> str:
    """A section for each command."""
    context = click.Context(commands, info_name="spikelens", help_option_names=["-h", "--help"])
    return INTRODUCTION + "".join(_section(name, context) for name in commands.list_commands(context))


def _section(name: str, parent: click.Context) -> str:
    command = commands.get_command(parent, name)
    assert command is not None
    # Flags that grow with the arguments are there once the arguments are parsed.
    context = command.make_context(name, ["--help"], parent, resilient_parsing=True)
    context.max_content_width = 100
    return f"\n## `spikelens {name}`\n\n```text\n{context.command.get_help(context)}\n```\n"
