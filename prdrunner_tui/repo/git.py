"""Running git plumbing: a clean environment, no configuration but ours, nothing that executes foreign code."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, overload

from prdrunner_tui.repo.program import end_program, sound_path, start_program
from prdrunner_tui.text.problem import Problem

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

MINIMUM_VERSION = (2, 38)
"""The first git with ``merge-tree --write-tree``."""

FIXED_CONFIG: tuple[tuple[str, str], ...] = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.splitIndex", "false"),
    ("core.excludesFile", "/dev/null"),
    ("core.attributesFile", "/dev/null"),
    ("core.autocrlf", "false"),
    ("core.safecrlf", "false"),
    ("core.fileMode", "true"),
    ("core.symlinks", "true"),
    ("core.ignoreCase", "false"),
    ("core.precomposeUnicode", "false"),
    ("core.pager", "cat"),
    ("core.quotePath", "false"),
    ("core.logAllRefUpdates", "false"),
    # The index is a cache that import can rebuild; everything else must outlive a power cut.
    ("core.fsync", "all,-index"),
    # One flush for all objects of a command: they get their names only when they are on the disk.
    ("core.fsyncMethod", "batch"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("commit.gpgSign", "false"),
    ("protocol.allow", "never"),
    ("safe.directory", "*"),
    ("i18n.commitEncoding", "utf-8"),
    ("i18n.logOutputEncoding", "utf-8"),
    ("diff.algorithm", "histogram"),
    ("diff.renameLimit", "2000"),
    ("merge.renames", "true"),
    ("merge.renameLimit", "2000"),
    ("merge.directoryRenames", "false"),
    ("merge.conflictStyle", "merge"),
    ("checkout.workers", "2"),
    ("advice.detachedHead", "false"),
)
"""Configuration of every command; given on the command line, so that it beats any file git might read."""

_INHERITED = ("TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class GitError(Problem):
    """A git command ended with an unexpected exit code.

    Attributes:
        command: the arguments after our own global options, joined for display.
        exit_code: git's exit code, negative for a signal.
        stderr: all that git said on its standard error.
    """

    def __init__(self, command: str, exit_code: int, stderr: bytes) -> None:
        lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        first = lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else "no message"
        super().__init__(f"git {command.split(' ', 1)[0]} failed with exit {exit_code}: {first}", code=1)
        self.command = command
        self.exit_code = exit_code
        self.stderr = stderr


@dataclass(frozen=True, slots=True)
class GitResult:
    """What a git command left: its two streams and its exit code."""

    stdout: bytes
    stderr: bytes
    code: int

    @property
    def line(self) -> str:
        """The output as one stripped line of text (object ids, ref names)."""
        return os.fsdecode(self.stdout).strip()

    @property
    def records(self) -> tuple[bytes, ...]:
        """The NUL-terminated records of a ``-z`` output."""
        return tuple(self.stdout.split(b"\0")[:-1]) if self.stdout else ()


def clean_environment() -> dict[str, str]:
    """The environment of every git command: no configuration of the user or the system, no prompt, no locale."""
    env = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    env["PATH"] = sound_path()
    env.update(
        HOME="/dev/null",
        XDG_CONFIG_HOME="/dev/null",
        LC_ALL="C",
        GIT_CONFIG_NOSYSTEM="1",
        GIT_CONFIG_SYSTEM="/dev/null",
        GIT_CONFIG_GLOBAL="/dev/null",
        GIT_ATTR_NOSYSTEM="1",
        GIT_TERMINAL_PROMPT="0",
        GIT_OPTIONAL_LOCKS="0",
        GIT_NO_LAZY_FETCH="1",
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_ALLOW_PROTOCOL="none",
        GIT_EDITOR="false",
        GIT_PAGER="cat",
        GIT_ASKPASS="false",
        GIT_CEILING_DIRECTORIES="/",
    )
    return env


async def run(
    args: Sequence[str | bytes | Path],
    *,
    git_dir: Path | None = None,
    work_tree: Path | None = None,
    index: Path | None = None,
    objects: Path | None = None,
    alternates: Sequence[Path] = (),
    cwd: Path | None = None,
    config: Sequence[tuple[str, str]] = (),
    input: bytes | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> GitResult:
    """Runs ``git args`` and waits for it.

    Args:
        args: the sub-command and its arguments; paths and pathspecs are literal.
        git_dir: GIT_DIR; without it git discovers from ``cwd``.
        work_tree: GIT_WORK_TREE, also the working directory unless ``cwd`` is given.
        index: GIT_INDEX_FILE.
        objects: GIT_OBJECT_DIRECTORY, where new objects go.
        alternates: further object directories that are only read.
        cwd: the working directory; ``/`` by default, so that no place of ours leaks in.
        config: further ``-c`` pairs, later ones winning.
        input: bytes for standard input; without it standard input is empty.
        env: variables on top of `clean_environment`.
        check: raise `GitError` unless git exits 0.

    The command has a process group of its own, which is killed when the caller is cancelled.
    """
    command, environment = _prepared(
        args,
        git_dir=git_dir,
        work_tree=work_tree,
        index=index,
        objects=objects,
        alternates=alternates,
        config=config,
        env=env,
    )
    code, stdout, stderr = await _spawn(
        command, cwd=cwd or work_tree or Path("/"), env=environment, input=input
    )
    if check and code != 0:
        raise GitError(_shown(args), code, stderr)
    return GitResult(stdout, stderr, code)


def _shown(args: Sequence[str | bytes | Path]) -> str:
    return b" ".join(os.fsencode(arg) for arg in args).decode("utf-8", "replace")


def _prepared(
    args: Sequence[str | bytes | Path],
    *,
    git_dir: Path | None,
    work_tree: Path | None,
    index: Path | None,
    objects: Path | None,
    alternates: Sequence[Path],
    config: Sequence[tuple[str, str]],
    env: Mapping[str, str] | None,
) -> tuple[list[str | bytes | Path], dict[str, str]]:
    # check-ignore alone refuses to take its paths literally.
    literal = [] if args[0] == "check-ignore" else ["--literal-pathspecs"]
    command: list[str | bytes | Path] = ["git", *literal, "--no-replace-objects", "--no-pager"]
    for name, value in (*FIXED_CONFIG, *config):
        command += ["-c", f"{name}={value}"]
    environment = clean_environment()
    places = (
        ("GIT_DIR", git_dir),
        ("GIT_WORK_TREE", work_tree),
        ("GIT_INDEX_FILE", index),
        ("GIT_OBJECT_DIRECTORY", objects),
    )
    environment.update({name: os.fspath(path) for name, path in places if path is not None})
    if alternates:
        environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.pathsep.join(map(_quoted_alternate, alternates))
    environment.update(env or {})
    return [*command, *args], environment


def _quoted_alternate(path: Path) -> str:
    text = os.fspath(path)
    if os.pathsep not in text and not text.startswith('"'):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def _spawn(
    command: Sequence[str | bytes | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    input: bytes | None = None,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int = asyncio.subprocess.PIPE,
) -> tuple[int, bytes, bytes]:
    try:
        process = await start_program(
            command,
            stdin=asyncio.subprocess.PIPE if input is not None else stdin,
            stdout=stdout,
            stderr=asyncio.subprocess.PIPE,
            cwd=cwd,
            env=env,
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        if not cwd.is_dir():
            raise Problem("the directory does not exist", where=os.fspath(cwd), code=1) from error
        raise Problem("git is not installed or not on PATH", hint="install git 2.38 or newer") from error
    finally:
        for end in (stdin, stdout):
            if end > 0:
                os.close(end)
    try:
        out, err = await process.communicate(input)
    except asyncio.CancelledError:
        await end_program(process)
        raise
    code = process.returncode
    assert code is not None
    return code, out or b"", err


async def run_as_user(args: Sequence[str], *, cwd: Path) -> GitResult:
    """Runs git with the user's own configuration, only to read values (``rev-parse``, ``config``).

    The commands run this way execute nothing that configuration could name; hooks and fsmonitor are off all the
    same. Never raises for git's exit code.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    keep = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
    env.update({name: os.environ[name] for name in keep if name in os.environ})
    env["PATH"] = sound_path()
    env.update(LC_ALL="C", GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0", GIT_NO_LAZY_FETCH="1")
    # For gits that do not know the variable above: what may fetch nothing starts no program to fetch with.
    env["GIT_ALLOW_PROTOCOL"] = "none"
    command = ["git", "--no-pager", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", *args]
    return GitResult(*_reordered(await _spawn(command, cwd=cwd, env=env)))


def _reordered(ended: tuple[int, bytes, bytes]) -> tuple[bytes, bytes, int]:
    code, stdout, stderr = ended
    return stdout, stderr, code


@overload
async def together(first: Awaitable[A], second: Awaitable[B], /) -> tuple[A, B]: ...
@overload
async def together(first: Awaitable[A], second: Awaitable[B], third: Awaitable[C], /) -> tuple[A, B, C]: ...
async def together(*awaitables: Awaitable[object]) -> tuple[object, ...]:
    """Runs all to their end, then raises the first error; so that no git is left behind when one fails."""
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return tuple(results)


@dataclass(frozen=True, slots=True)
class Git:
    """A git directory together with where its objects are, as the target of commands.

    Attributes:
        git_dir: GIT_DIR.
        objects: GIT_OBJECT_DIRECTORY, or None for the one inside ``git_dir``.
        alternates: further object directories, read only.
        config: ``-c`` pairs on top of `FIXED_CONFIG`.
    """

    git_dir: Path
    objects: Path | None = None
    alternates: tuple[Path, ...] = ()
    config: tuple[tuple[str, str], ...] = field(default=())

    async def run(
        self,
        *args: str | bytes | Path,
        work_tree: Path | None = None,
        index: Path | None = None,
        input: bytes | None = None,
        env: Mapping[str, str] | None = None,
        config: Sequence[tuple[str, str]] = (),
        check: bool = True,
    ) -> GitResult:
        """As the function `run`, in this place."""
        return await run(
            args,
            git_dir=self.git_dir,
            work_tree=work_tree,
            index=index,
            objects=self.objects,
            alternates=self.alternates,
            config=(*self.config, *config),
            input=input,
            env=env,
            check=check,
        )

    async def pipe(self, args: Sequence[str], into: Git, then: Sequence[str], *, input: bytes) -> bytes:
        """Runs ``args`` here, piped into ``then`` in another place, with ``input`` for the first.

        Returns what the second printed.

        Raises:
            GitError: one of them failed; the first one's error wins.
        """
        read_end, write_end = os.pipe()
        first, first_env = self._prepared(args)
        second, second_env = into._prepared(then)
        root = Path("/")
        ended = await together(
            _spawn(first, cwd=root, env=first_env, input=input, stdout=write_end),
            _spawn(second, cwd=root, env=second_env, stdin=read_end),
        )
        for command, (code, _, stderr) in zip((args, then), ended, strict=True):
            if code != 0:
                raise GitError(_shown(command), code, stderr)
        return ended[1][1]

    def _prepared(self, args: Sequence[str]) -> tuple[list[str | bytes | Path], dict[str, str]]:
        return _prepared(
            args,
            git_dir=self.git_dir,
            work_tree=None,
            index=None,
            objects=self.objects,
            alternates=self.alternates,
            config=self.config,
            env=None,
        )


_version: tuple[int, ...] | None = None


async def require_version() -> tuple[int, ...]:
    """The version of git, looked up once.

    Raises:
        Problem: there is no git, or it is older than `MINIMUM_VERSION`.
    """
    global _version
    if _version is None:
        said = (await run(["version"])).line
        found = parse_version(said)
        if found < MINIMUM_VERSION:
            need = ".".join(map(str, MINIMUM_VERSION))
            raise Problem(f"git is too old: {said!r}", hint=f"install git {need} or newer")
        _version = found
    return _version


def parse_version(text: str) -> tuple[int, ...]:
    """``git version 2.39.5 (Apple Git-154)`` -> ``(2, 39, 5)``; an empty tuple when there is no number."""
    match = re.search(r"(\d+(?:\.\d+)+)", text)
    return tuple(int(part) for part in match.group(1).split(".")) if match else ()
