"""Runs a command line as the agent: one shell command a turn, judged by its exit and by the tree it leaves.

Options: `command` (a shell command line) and `prompt`, how the prompt is given:
- "stdin" (default): on standard input, which is then closed;
- "file": in a file outside the workspace, named by PRDRUNNER_PROMPT_FILE and `{prompt_file}`;
- "argument": quoted, in place of `{prompt}`, or as the last argument where the line has none.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.workers.environment import turn_variables
from prdrunner_tui.workers.port import Capabilities, Host, Turn, TurnResult, exit_words

_OPTIONS = ("command", "prompt")
_WAYS = ("stdin", "file", "argument")
_LONGEST_ARGUMENT = 120_000
"""Linux refuses an argument of 128 KiB."""


@dataclass(frozen=True, slots=True)
class CommandWorker:
    """The adapter; see the module."""

    command: str
    prompt: str = "stdin"

    @property
    def capabilities(self) -> Capabilities:
        """Output streams; nothing else can be known of a command line."""
        return Capabilities(streams=True)

    async def run(self, turn: Turn, host: Host) -> TurnResult:
        """Run the command in the workspace and wait for its exit."""
        env = {**host.env, **turn_variables(turn)}
        line = self.command
        stdin: bytes | None = None
        if self.prompt == "stdin":
            stdin = turn.prompt.encode("utf-8", "surrogateescape")
        elif self.prompt == "file":
            path = host.scratch / "prompt.md"
            path.write_bytes(turn.prompt.encode("utf-8", "surrogateescape"))
            env["PRDRUNNER_PROMPT_FILE"] = str(path)
            line = line.replace("{prompt_file}", shlex.quote(str(path)))
        else:
            if len(os.fsencode(turn.prompt)) > _LONGEST_ARGUMENT:
                raise Problem("the prompt is too long for an argument", hint="set prompt: file")
            quoted = shlex.quote(turn.prompt)
            line = line.replace("{prompt}", quoted) if "{prompt}" in line else f"{line} {quoted}"
        process = await host.spawn(line, env=env, stdin=stdin)
        exit_ = await process.wait()
        return TurnResult(
            outcome="ended" if exit_.code == 0 else "failed",
            reason=exit_words(exit_.code, exit_.signal),
            exit_code=exit_.code,
            signal=exit_.signal,
        )


def create(options: Mapping[str, Any]) -> CommandWorker:
    """The adapter for these options.

    Raises:
        Problem: an option that is missing, unknown or not usable.
    """
    for name in options:
        if name not in _OPTIONS:
            raise Problem(
                f"the worker command has no option {name[:60]!r}", hint=did_you_mean(name, _OPTIONS)
            )
    command = options.get("command")
    if not isinstance(command, str) or not command.strip():
        raise Problem(
            "the worker command needs a command line", hint="for example --worker 'command: sh agent.sh'"
        )
    if "\0" in command:
        raise Problem("the command line holds a NUL byte")
    way = options.get("prompt", "stdin")
    if way not in _WAYS:
        raise Problem(
            f"prompt: {str(way)[:40]!r} is none of {', '.join(_WAYS)}", hint=did_you_mean(str(way), _WAYS)
        )
    return CommandWorker(command, way)
