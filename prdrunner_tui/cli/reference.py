"""The reference of the command line, made from the commands themselves.

``python -m prdrunner_tui.cli.reference`` prints it; ``--check FILE`` fails when the file is not what would be printed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from prdrunner_tui.cli.main import COMMANDS, SHORT, cli
from prdrunner_tui.text.safe import sanitize


def reference() -> str:
    """The whole reference as markdown."""
    parts = [
        "# Command line",
        "",
        "Made from the commands themselves; `make docs` makes it anew.",
        "`feature-prd-runner` is another name of `prdrunner`.",
        "",
        "Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 needs a person, 4 no engine or no such run,",
        "5 refused (stale, denied), 128+n ended by signal n; 73, 74 and 77 a state directory that cannot be used.",
        "",
        "| command | |",
        "|---|---|",
        *(f"| [{name}](#{name}) | {SHORT[name]} |" for name in COMMANDS),
        "",
    ]
    context = click.Context(cli, info_name="prdrunner")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        parts += _section(command, name, context, 2)
    return "\n".join(parts).rstrip() + "\n"


def _section(command: click.Command, name: str, parent: click.Context, level: int) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100, max_content_width=100)
    yield f"{'#' * level} {name}"
    yield ""
    yield "```text"
    yield from (line.rstrip() for line in command.get_help(context).splitlines())
    yield "```"
    yield ""
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            inner = command.get_command(context, below)
            assert inner is not None
            yield from _section(inner, f"{name} {below}" if level > 2 else below, context, level + 1)


def main(arguments: list[str]) -> int:
    """Print the reference, or compare it with a file."""
    made = reference()
    if not arguments:
        sys.stdout.write(sanitize(made, newlines=True))
        return 0
    path = Path(arguments[1])
    if path.is_file() and path.read_text("utf-8") == made:
        return 0
    sys.stderr.write(f"{path} is not up to date: make docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
