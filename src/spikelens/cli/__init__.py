"""The command line: one file per subcommand, imported when it is asked for.

Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 failed,
2 usage, 3 input unreadable or unsupported, 130 interrupted. Nothing heavier than click
is imported before a command runs, so that help is instant.
"""

from __future__ import annotations

import importlib
import io
import sys
from difflib import get_close_matches
from pathlib import Path

import click

from spikelens.errors import SpikelensError
from spikelens.version import VERSION

INTERRUPTED = 130


class _Files(click.Group):
    """A group whose commands are the files of this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        found = (path.stem for path in Path(__file__).parent.glob("*.py"))
        return sorted(name for name in found if not name.startswith("_"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"spikelens.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        near = get_close_matches(args[0], self.list_commands(ctx), n=1)
        if near and near[0] != args[0] and not ctx.resilient_parsing:
            ctx.fail(f"there is no command {args[0]!r}; did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)


@click.command(cls=_Files, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, message="spikelens %(version)s")
def commands() -> None:
    """Find spikes in recordings of neurons, see them, and know how sure to be."""


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        # A console that lacks a letter of a recording's comment shows a question mark instead.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit code. Errors meant for the user are one line on stderr."""
    try:
        code = commands.main(arguments, prog_name="spikelens", standalone_mode=False)
    except click.ClickException as why:
        _say(why)
        return why.exit_code
    except SpikelensError as why:
        click.echo(f"spikelens: {why}", err=True)
        return why.exit_code
    except OSError as why:
        named = f"{why.filename}: " if why.filename else ""
        click.echo(f"spikelens: the system refused: {named}{why.strerror or why}", err=True)
        return SpikelensError.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("spikelens: interrupted; what was complete is kept", err=True)
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _say(why: click.ClickException) -> None:
    """A slip in the command itself, in one line as every other error; no command at all shows the help."""
    context = getattr(why, "ctx", None)
    if context is None or type(why).__name__ == "NoArgsIsHelpError":
        why.show()
        return
    words = " ".join(why.format_message().split()).rstrip(".")
    click.echo(f"spikelens: {words[:1].lower()}{words[1:]}; see {context.command_path} --help", err=True)
