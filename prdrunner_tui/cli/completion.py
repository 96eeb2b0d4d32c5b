"""``prdrunner completion``: the script that a shell needs to complete our commands."""

from __future__ import annotations

import click

from prdrunner_tui.cli.output import say


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion for a SHELL; for bash: eval "$(prdrunner completion bash)"."""
    from click.shell_completion import get_completion_class

    from prdrunner_tui.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None
    say(kind(cli, {}, "prdrunner", "_PRDRUNNER_COMPLETE").source())
