"""The command ``prdrunner``: a group whose commands are imported when they are used, and the end of every error."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from typing import Any

import click

from prdrunner_tui import __version__
from prdrunner_tui.cli.output import complain
from prdrunner_tui.text.problem import Problem

COMMANDS: dict[str, str] = {
    "tui": "prdrunner_tui.tui.commands:tui",
    "run": "run:run",
    "init": "init:init",
    "plan": "plan:plan",
    "status": "status:status",
    "runs": "runs:runs",
    "logs": "logs:logs",
    "metrics": "metrics:metrics",
    "attach": "prdrunner_tui.tui.commands:attach",
    "join": "prdrunner_tui.tui.commands:join",
    "show": "show:show",
    "approve": "decide:approve",
    "reject": "decide:reject",
    "skip": "decide:skip",
    "answer": "decide:answer",
    "pause": "steering:pause",
    "resume": "run:resume",
    "stop": "steering:stop",
    "retry": "steering:retry",
    "message": "talking:message",
    "explain": "talking:explain",
    "require": "talking:require",
    "correct": "talking:correct",
    "feedback": "talking:feedback",
    "steer": "steer:steer",
    "checkpoint": "checkpoint:checkpoint",
    "publish": "steering:publish",
    "hunks": "hunks:hunks",
    "profiles": "profiles:profiles",
    "workers": "workers:workers",
    "trust": "trust:trust",
    "doctor": "doctor:doctor",
    "demo": "demo:demo",
    "reset-terminal": "prdrunner_tui.tui.commands:reset_terminal",
    "completion": "completion:completion",
}
"""Name -> module (under ``prdrunner_tui.cli``, or its whole name) and attribute, in the order of the help."""

SHORT: dict[str, str] = {
    "tui": "Show the PRDs and runs of this repository; also prdrunner alone.",
    "run": "Take a PRD through its phases.",
    "init": "Write a commented configuration from what is found here.",
    "plan": "Show the phases of a PRD.",
    "status": "Show the newest run of this repository.",
    "runs": "List runs, or show one.",
    "logs": "Show what agents and checks put out.",
    "metrics": "Show what a run used and made, by phase and by request.",
    "attach": "Show a run in the cockpit.",
    "join": "Show a run that another terminal shows too.",
    "show": "Show what waits for you, with its changes.",
    "approve": "Approve what waits for you.",
    "reject": "Reject what waits for you, with a reason.",
    "skip": "Skip the step that waits for you.",
    "answer": "Answer a question.",
    "pause": "Begin nothing new in a run.",
    "resume": "Go on with a run, also after a crash.",
    "stop": "End a run and its agents now.",
    "retry": "Take a failed phase up again.",
    "message": "Write to the agent of a phase.",
    "explain": "Ask the agent why or how.",
    "require": "Add a requirement to a phase.",
    "correct": "Say what is wrong with what the agent did.",
    "feedback": "Say what you think of what the agent did.",
    "steer": "Steer a phase, line by line.",
    "checkpoint": "List, show and restore checkpoints.",
    "publish": "Make the branch of a run in this repository.",
    "hunks": "Show what differs between two trees, and take some of it.",
    "profiles": "List the workers by name, and make, change and check them.",
    "workers": "List the agents, see whether they can work, and try one.",
    "trust": "Look at what this repository would run, and allow it.",
    "doctor": "Check the installation and every run of this repository.",
    "demo": "Play a recorded run on a copy of a sample project.",
    "reset-terminal": "Put the modes of a terminal back in order.",
    "completion": "Print the shell completion.",
}
"""The first line of each command's help, so that the list of commands needs none of their modules."""


_SIGINT, _SIGPIPE = 2, 13
"""Their numbers are the same on every system that we run on; importing their module is not free."""


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of :data:`COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        full = module if "." in module else f"prdrunner_tui.cli.{module}"
        command: click.Command = getattr(import_module(full), attribute)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Like click's, with a suggestion for a mistyped name."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from prdrunner_tui.text.suggest import did_you_mean

            hint = did_you_mean(name, COMMANDS) or "prdrunner --help lists the commands"
            raise Problem(f"there is no command {name[:60]!r}", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SHORT.items()))


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="prdrunner", message="%(prog)s %(version)s")
def cli() -> None:
    """A cockpit for AI coding agents: a PRD becomes verified, approved commits.

    \b
    Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 needs a person,
    4 no engine or no such run, 5 refused, 128+n ended by signal n.
    """


def run(arguments: list[str] | None = None) -> int:
    """Run a command line; its exit code. No error of a person's leaves a traceback."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = cli.main(args=given or _alone(), prog_name="prdrunner", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except Problem as problem:
        complain(problem)
        return problem.code
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stdout.write(f"{error.format_message()}\n")
        return 0
    except click.ClickException as error:
        usage = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "prdrunner"
        words = error.format_message().rstrip(".")
        complain(Problem(words[:1].lower() + words[1:], hint=f"{usage} --help lists what it takes"))
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 128 + _SIGINT
    except BrokenPipeError:
        _silence()
        return 128 + _SIGPIPE
    except OSError as error:
        _silence()
        where = str(error.filename) if error.filename is not None else ""
        complain(
            Problem(error.strerror or str(error), where=where, hint="mend that, then do it again", code=1)
        )
        return 1
    except Exception as error:
        # sqlite3 is not imported for this: a command that never read a log must not pay for it.
        if type(error).__module__ != "sqlite3":
            raise
        from prdrunner_tui.cli.room import no_room

        told = Problem(f"the list of runs cannot be read: {error}", hint="prdrunner doctor", code=1)
        complain(no_room(1) or told)
        return 1


def _alone() -> list[str]:
    """The command that `prdrunner` alone means: the start screen on a terminal, else the help."""
    from prdrunner_tui.cli.screen import on_terminal

    return ["tui"] if on_terminal() else []


def _silence() -> None:
    """Let nothing more be written to an output that takes nothing, at python's exit above all."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
