"""What an agent sees of the machine, and the bubblewrap command line that makes it so. Pure.

The whole file system is there, read-only. Directories of `hide` look empty, and what is written there is forgotten
with the process; what is named below them comes back. The deepest place that covers a path decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from prdrunner_tui.text.problem import Problem

SHARED = ("/run", "/tmp", "/var/tmp")
"""Directories in which programs of the machine leave their sockets: of docker, dbus, X11, tmux, ssh-agent."""

TEMPORARY = "/tmp"
"""Where temporary files go in a sandbox."""

_Kind = Literal["hide", "link", "read", "write", "keep", "copy", "guard"]
_ORDER: tuple[_Kind, ...] = ("hide", "link", "read", "copy", "keep", "write", "guard")
_OPEN = frozenset[_Kind]({"write", "keep"})


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What the programs of a job see. Every path is absolute and free of symlinks, but for the places of `links`.

    `program` is bubblewrap's own. `hide`: directories that look empty. `read`, `write`: what is seen as it is.
    `keep`: place -> directory that is seen there instead, writable. `copy`: files of which each program gets a copy
    of its own. `links`: place -> target of symlinks below hidden directories. `guard`: never writable, whatever
    `write` covers. `network` False: no other network than a loopback of its own.
    """

    program: str
    hide: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    keep: Mapping[str, str] = field(default_factory=dict)
    copy: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    guard: tuple[str, ...] = ()
    network: bool = True


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A command line of bubblewrap. `files`: (position in `argv`, path): the word there becomes the number of a
    descriptor that is open on the path."""

    argv: tuple[str, ...]
    files: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    kind: _Kind
    source: str = ""


def wrap(sandbox: Sandbox, argv: Sequence[str], cwd: str) -> Wrapped:
    """The command line that runs `argv` in `cwd` inside the sandbox.

    No `--new-session`: whoever starts it gives it a session without a terminal, and signals its process group.
    """
    words = [
        sandbox.program,
        *("--unshare-user-try", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--cap-drop", "ALL"),
        *(() if sandbox.network else ("--unshare-net",)),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
    ]
    files: list[tuple[int, str]] = []
    for place in _needed(sandbox):
        if place.kind == "hide":
            words += ["--tmpfs", place.path]
        elif place.kind == "link":
            words += ["--symlink", place.source, place.path]
        elif place.kind == "copy":
            files.append((len(words) + 3, place.path))
            words += ["--perms", "0600", place.source, "", place.path]
        elif place.kind in ("read", "guard"):
            words += ["--ro-bind-try", place.path, place.path]
        else:
            words += ["--bind", place.source or place.path, place.path]
    words += ["--chdir", cwd, "--", *argv]
    return Wrapped(tuple(words), tuple(files))


def environment(sandbox: Sandbox, env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program inside: temporary files go where it may write."""
    given = env.get("TMPDIR", "")
    if given and any(below(given, folder) for folder in sandbox.write):
        return dict(env)
    return {**env, "TMPDIR": TEMPORARY}


def below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def refuse_outside(write: Sequence[str], closed: Sequence[str]) -> None:
    """Refuse paths to write that lie in what is closed to agents.

    Raises:
        Problem: one does.
    """
    for path in write:
        for folder in closed:
            if below(path, folder):
                raise Problem(
                    f"sandbox: {path} is closed to agents", hint=f"nothing in {folder} can be opened to them"
                )


def _needed(sandbox: Sandbox) -> list[_Place]:
    """The mounts from the root downwards, without those that change nothing."""
    places = sorted(_places(sandbox), key=lambda p: (len(PurePosixPath(p.path).parts), _ORDER.index(p.kind)))
    chosen: list[_Place] = []
    for place in places:
        over = next((c for c in reversed(chosen) if c.path != place.path and below(place.path, c.path)), None)
        same = next((c for c in reversed(chosen) if c.path == place.path), None)
        around = same or over
        hidden = around is not None and around.kind == "hide"
        writable = around is not None and around.kind in _OPEN
        if place.kind == "link" and not hidden:
            continue
        if place.kind in ("read", "guard") and not writable and not (hidden and place.kind == "read"):
            continue
        if place.kind == "copy":
            # A file of its own can be replaced by another one, as agents do; over a mount that fails.
            place = _Place(place.path, "copy", "--file" if hidden else "--bind-data")
        chosen.append(place)
    return chosen


def _places(sandbox: Sandbox) -> Iterator[_Place]:
    yield from (_Place(path, "hide") for path in sandbox.hide)
    yield from (_Place(path, "link", target) for path, target in sandbox.links.items())
    yield from (_Place(path, "read") for path in sandbox.read)
    yield from (_Place(path, "copy") for path in sandbox.copy)
    yield from (_Place(path, "keep", source) for path, source in sandbox.keep.items())
    yield from (_Place(path, "write") for path in sandbox.write)
    yield from (_Place(path, "guard") for path in sandbox.guard)
