"""Is a worker there? Its program, the version of it, whether it answers, whether it is signed in.

Nothing here takes a turn or costs anything: a program is asked for its version, and an agent that speaks ACP is
greeted. What can only be guessed is told as not known. Credentials are looked for, never read.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shlex
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, TypeAlias

from prdrunner_tui.repo.program import end_program, start_program
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.redact import SECRET_NAMES
from prdrunner_tui.text.safe import SafeText, one_line
from prdrunner_tui.workers.acp.link import LineCutter, check_installed, read_message
from prdrunner_tui.workers.acp.plain import items, mapping, text
from prdrunner_tui.workers.acp.profile import FromEnvironment, Profile, from_options

Level: TypeAlias = Literal["ok", "warn", "fail"]

VERSION_SECONDS = 10.0
_MOST_BYTES = 65_536
_PROTOCOL = 1
_VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+(?:[-+][\w.]+)?)")
_PINNED = re.compile(r"(?:@|==)(\d[\w.+-]*)\s*$")
_SETS = re.compile(r"[A-Za-z_]\w*=")
_SHELL = re.compile(r"[|&;<>()$`\n]")
_WORDS_OF_A_SHELL = (
    ".", ":", "[", "!", "{", "alias", "break", "case", "cd", "command", "continue", "eval", "exec", "exit", "export",
    "for", "if", "read", "return", "set", "shift", "source", "test", "trap", "ulimit", "umask", "unset", "until",
    "wait", "while",
)  # fmt: skip
_INTERPRETERS = ("sh", "bash", "dash", "zsh", "python", "python3", "node", "ruby", "perl")
_STARTERS = ("python*", "node", "deno", "bun", "npx", "bunx", "uv", "uvx", "pipx", "sh", "bash", "dash", "zsh",
             "env", "ruby", "perl", "java", "docker", "podman", "ssh", "sudo", "nice", "timeout")  # fmt: skip
"""Programs that start the agent and are none: their version says nothing of it."""

_SIGNED_IN: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "claude-agent-acp": (("CLAUDE_CONFIG_DIR", "~/.claude", ".credentials.json"),),
    "codex-acp": (("CODEX_HOME", "~/.codex", "auth.json"),),
    "gemini": (("", "~/.gemini", "oauth_creds.json"),),
    "opencode": (("XDG_DATA_HOME", "~/.local/share", "opencode/auth.json"),),
    "qwen": (("", "~/.qwen", "oauth_creds.json"),),
    "vibe": (("VIBE_HOME", "~/.vibe", ".env"),),
}
"""Agent profile -> where its program keeps what it was given at a sign-in: a variable, the directory without it, a
file below. That the file is there says that somebody signed in, not that it still holds."""


@dataclass(frozen=True, slots=True)
class Program:
    """The program that a worker starts; `path` is "" where there is none, `install` the command that gets it."""

    word: str
    path: str
    install: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at. `fix` is one line that mends it."""

    level: Level
    name: str
    text: SafeText
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Greeting:
    """How an agent answered the greeting. `problem` is "" where it did; `auth` names its ways to sign in."""

    problem: str = ""
    name: str = ""
    version: str = ""
    auth: tuple[str, ...] = ()


def program_of(worker: str, options: Mapping[str, Any], root: Path, search: str | None) -> Program | None:
    """The program of a worker, None where none can be named (a recording, a line that is shell).

    Args:
        root: the directory in which a path that is not absolute begins.
        search: the PATH in which it is looked for.

    Raises:
        Problem: the options are not usable.
    """
    if worker == "acp":
        agent = from_options(options)
        return Program(agent.argv[0], _found(agent.argv[0], root, search), agent.install)
    if worker != "command":
        return None
    line = str(options.get("command", ""))
    with contextlib.suppress(ValueError):
        word = next((word for word in shlex.split(line) if not _SETS.match(word)), "")
        if word and not _SHELL.search(word) and word not in _WORDS_OF_A_SHELL:
            return Program(word, _found(word, root, search))
    return None


def missing_script(worker: str, options: Mapping[str, Any], root: Path) -> str:
    """The script that a command line gives to a shell or an interpreter and that is not there, else ""."""
    words: list[str] = []
    with contextlib.suppress(ValueError):
        words = shlex.split(str(options.get("command", ""))) if worker == "command" else []
    if len(words) < 2 or not any(fnmatchcase(Path(words[0]).name, starter) for starter in _INTERPRETERS):
        return ""
    script = words[1]
    named = not script.startswith(("-", "~", "$")) and not _SHELL.search(script)
    return script if named and not (root / script).is_file() else ""


def version_in(output: str) -> str:
    """The version in what a program says of itself, "" where there is none. Pure."""
    found = _VERSION.search(output)
    return found.group(1) if found else ""


def tried_with(agent: Profile) -> str:
    """The version of an agent's program that it was tried with, from the command that installs it; "" if unknown."""
    found = _PINNED.search(agent.install)
    return found.group(1) if found else ""


def tells_version(word: str) -> bool:
    """Whether the version of a program is that of the agent, and not of what starts it."""
    name = Path(word).name
    return not any(fnmatchcase(name, starter) for starter in _STARTERS)


async def version_of(path: str, env: Mapping[str, str], cwd: Path, seconds: float = VERSION_SECONDS) -> str:
    """What a program answers to ``--version``, "" where it says none in time. It is ended in any case."""
    output = b""
    try:
        async with _started([path, "--version"], env, cwd, asyncio.subprocess.DEVNULL) as process:
            assert process.stdout is not None
            async with asyncio.timeout(seconds):
                while len(output) < _MOST_BYTES and (chunk := await process.stdout.read(4096)):
                    output += chunk
    except (OSError, TimeoutError):
        pass
    return version_in(output.decode("utf-8", "replace"))


async def greet(argv: Sequence[str], env: Mapping[str, str], cwd: Path, seconds: float) -> Greeting:
    """Start an agent that speaks ACP, greet it and end it. No session is opened and no model is asked."""
    hello = {"protocolVersion": _PROTOCOL, "clientCapabilities": {}}
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}).encode() + b"\n"
    try:
        async with _started(argv, env, cwd, asyncio.subprocess.PIPE) as process:
            assert process.stdin is not None and process.stdout is not None
            async with asyncio.timeout(seconds):
                with contextlib.suppress(ConnectionError):
                    process.stdin.write(line)
                    await process.stdin.drain()
                cutter = LineCutter()
                while chunk := await process.stdout.read(_MOST_BYTES):
                    for whole in cutter.feed(chunk):
                        message = read_message(whole)
                        if message is not None and message.get("id") == 1 and "method" not in message:
                            return read_greeting(message)
                return Greeting("its program ended without an answer")
    except TimeoutError:
        return Greeting(f"no answer within {seconds:g} s")
    except OSError as error:
        return Greeting(f"its program cannot be started: {error.strerror}")


def read_greeting(message: Mapping[str, Any]) -> Greeting:
    """An agent's answer to the greeting; whatever in it is not as promised counts as not said. Pure."""
    if "error" in message:
        words = text(mapping(message["error"]).get("message"), 200) or "an error without words"
        return Greeting(f"it answers the greeting with: {words}")
    result = mapping(message.get("result"))
    if result.get("protocolVersion") != _PROTOCOL:
        other = text(str(result.get("protocolVersion")), 20)
        return Greeting(f"it speaks version {other} of ACP, known is {_PROTOCOL}")
    info = mapping(result.get("agentInfo"))
    methods = (text(mapping(method).get("name"), 60) for method in items(result.get("authMethods"), 20))
    return Greeting(
        "", text(info.get("name"), 60), text(info.get("version"), 40), tuple(filter(None, methods))
    )


def sign_in(agent: Profile, environ: Mapping[str, str], methods: Sequence[str] | None) -> Point:
    """Whether somebody signed in, as far as that can be seen.

    Args:
        environ: the person's own environment.
        methods: the ways to sign in that the agent names; None where it was not asked.
    """
    wanted = [v.name for v in agent.env.values() if isinstance(v, FromEnvironment) and names_secret(v.name)]
    known = [name for name in dict.fromkeys(wanted) if environ.get(name)]
    if known:
        return _point("ok", "sign-in", f"{known[0]} is set")
    places = [_place(entry, environ) for entry in _SIGNED_IN.get(agent.name, ())]
    for shown, path in places:
        if path.is_file():
            return _point("ok", "sign-in", f"{shown} is there")
    if methods is not None and not methods and not agent.auth:
        # Some that want a key name no way to sign in: what is known of the agent goes before what it says.
        return _point("ok", "sign-in", "the agent names no way to sign in, so it needs none")
    looked = [*dict.fromkeys(wanted), *(shown for shown, _ in places)]
    if not looked:
        return _point("warn", "sign-in", "not known", agent.auth)
    several = f"none of {', '.join(looked)} is there" if len(looked) > 1 else f"{looked[0]} is not there"
    return _point("warn", "sign-in", f"not known: {several}", agent.auth)


def extra() -> Point:
    """Whether the package is there with which agents that speak ACP are spoken to."""
    try:
        check_installed()
    except Problem as missing:
        return _point("fail", "package", missing.message, missing.hint)
    return _point("ok", "package", "agent-client-protocol is installed")


def installed(program: Program, script: str = "") -> Point:
    """Whether the program is there, and the `script` that it is given, "" where none is missing."""
    if script:
        fix = "commit it, or name it by its whole path"
        return _point("fail", "program", f"{script} is not there for {program.word}", fix)
    if program.path:
        return _point("ok", "program", program.path)
    fix = program.install or f"install {one_line(program.word, 60)}, or mend PATH"
    return _point("fail", "program", f"{program.word} is not installed", fix)


def compared(version: str, agent: Profile) -> Point:
    """The version of an agent's program beside the one that it was tried with."""
    tried = tried_with(agent)
    if not version:
        return _point("ok", "version", f"not told; tried with {tried}" if tried else "not told")
    if not tried or version == tried:
        return _point("ok", "version", version)
    return _point("warn", "version", f"{version}; tried with {tried}", agent.install)


def answered(greeting: Greeting) -> Point:
    """Whether the agent answered the greeting."""
    if greeting.problem:
        return _point("fail", "answer", greeting.problem, "start it by hand and see what it says")
    return _point("ok", "answer", f"{greeting.name or 'the agent'} speaks ACP")


def _point(level: Level, name: str, words: str, fix: str = "") -> Point:
    return Point(level, name, one_line(words, 300), str(one_line(fix, 300)))


def names_secret(name: str) -> bool:
    """Whether a variable of that name holds a credential."""
    return any(fnmatchcase(name.upper(), pattern) for pattern in SECRET_NAMES)


def _place(entry: tuple[str, str, str], environ: Mapping[str, str]) -> tuple[str, Path]:
    """The name to show and the path of a file that an agent keeps."""
    variable, folder, file = entry
    given = environ.get(variable, "") if variable else ""
    if given:
        return f"{given.rstrip('/')}/{file}", Path(given, file)
    home = Path(environ.get("HOME") or Path.home())
    return f"{folder}/{file}", home / folder.removeprefix("~/") / file


def _found(word: str, root: Path, search: str | None) -> str:
    if "/" not in word:
        return shutil.which(word, path=search) or ""
    path = Path(word).expanduser() if word.startswith("~") else root / word
    return str(path) if path.is_file() and os.access(path, os.X_OK) else ""


@asynccontextmanager
async def _started(
    argv: Sequence[str], env: Mapping[str, str], cwd: Path, stdin: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program in a session of its own; its group is ended with the context. Raises OSError."""
    alone = stdin == asyncio.subprocess.DEVNULL
    process = await start_program(
        argv,
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT if alone else asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        await end_program(process)
