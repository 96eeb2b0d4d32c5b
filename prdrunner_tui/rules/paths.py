"""What an agent may read and edit: rules on paths.

A rule is a glob over the path from the root of the workspace, with ``/`` between its steps: ``*`` stands for any
characters of one step, ``?`` for one of them, ``**`` as a whole step for any steps, also none. A glob that ends in
``/`` stands for everything below that directory. Names that begin with a dot are names like others. There are no
character classes and no braces.

Only the text of a path is looked at, no disk. A step that may be a symbolic link is taken for what its name says, so
a path with ``..`` is never allowed, and the one who does the reading or writing must not follow links out of the
workspace.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from prdrunner_tui.rules.protected import protected
from prdrunner_tui.rules.verdict import Verdict, shown

MAX_LENGTH = 4096
"""Characters of a path; a longer one is never allowed."""

_MAX_STARS = 16
_IGNORED = re.compile(r"[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_REPOSITORY = re.compile(r"(?:\.git|git~\d+)(?::.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PathRules:
    """Rules on paths, as globs. Raises ValueError, with a sentence, when one cannot be read.

    Attributes:
        read: may be read.
        edit: may be read and edited, made and deleted.
        ask: are asked about, whatever the two before say.
        deny: may be neither read nor edited, whatever the others say.
    """

    read: tuple[str, ...] = ()
    edit: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Read every glob once."""
        for glob in (*self.read, *self.edit, *self.ask, *self.deny):
            read_glob(glob)

    def plus(self, other: PathRules) -> PathRules:
        """Both together."""
        return PathRules(
            self.read + other.read, self.edit + other.edit, self.ask + other.ask, self.deny + other.deny
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """A path from the root of the workspace, and why it cannot be judged by its text, if so."""

    path: str
    doubt: str = ""


@lru_cache(maxsize=4096)
def read_glob(glob: str) -> tuple[str, ...]:
    """The steps of a glob.

    Raises:
        ValueError: it can match no path of a workspace, or uses a pattern that there is not.
    """
    steps = glob.split("/")
    if steps[-1] == "" and len(steps) > 1:
        steps[-1] = "**"
    why = ""
    if not glob or len(glob) > MAX_LENGTH:
        why = "it is empty or too long"
    elif glob.startswith(("/", "~")) or ".." in steps:
        why = "it must stay inside the workspace"
    elif "" in steps or "." in steps:
        why = 'it has an empty step or a "."'
    elif any(char in glob for char in "[]{}!\\") or any(ord(char) < 32 or char == "\x7f" for char in glob):
        why = "only *, ? and ** are patterns"
    elif any("**" in step and step != "**" for step in steps):
        why = "** is a whole step"
    elif glob.count("*") > _MAX_STARS:
        why = f"it has more than {_MAX_STARS} patterns"
    if why:
        raise ValueError(f"{shown(glob)} is no glob: {why}")
    return tuple(steps)


def decide(path: str, kind: Literal["read", "edit"], rules: PathRules, *, workspace: str = "") -> Verdict:
    """What the rules say to one path.

    Args:
        path: as the agent gave it, relative to the workspace or absolute.
        kind: what is to be done with it; edit is every change, also making and deleting.
        rules: those of the phase.
        workspace: the absolute path of the workspace; without it every absolute path is outside.
    """
    if "\0" in path:
        return Verdict("deny", "a path cannot hold NUL")
    place = _place(path, workspace)
    steps = tuple(place.path.split("/"))
    for glob in rules.deny:
        if _matches(_folded(read_glob(glob)), _folded(steps)):
            return Verdict("deny", f"refused by your rule {shown(glob)}", glob)
    if any(_REPOSITORY.fullmatch(_plain_step(step)) for step in steps):
        answer: Literal["ask", "deny"] = "deny" if kind == "edit" else "ask"
        return Verdict(answer, f"{shown(path)} lies in the repository's own data")
    if place.doubt:
        return Verdict("ask", place.doubt)
    for glob in rules.ask:
        if _matches(_folded(read_glob(glob)), _folded(steps)):
            return Verdict("ask", f"your rule {shown(glob)} asks", glob)
    return _allowed(place.path, steps, kind, rules)


def matches(glob: str, path: str) -> bool:
    """Whether a glob matches a path from the root of the workspace; raises ValueError as `read_glob` does."""
    return _matches(read_glob(glob), tuple(path.split("/")))


def _allowed(path: str, steps: tuple[str, ...], kind: str, rules: PathRules) -> Verdict:
    steers = kind == "edit" and bool(protected((path.encode("utf-8", "surrogatepass"),)))
    for glob in rules.edit if kind == "edit" else rules.read + rules.edit:
        # What steers the agent itself takes effect at once, before any review: no pattern reaches it.
        if glob == path if steers else _matches(read_glob(glob), steps):
            return Verdict("allow", f"allowed by your rule {shown(glob)}", glob)
    if steers:
        return Verdict("ask", f"{shown(path)} steers agents or checks, and no rule names exactly this path")
    return Verdict("ask", "no rule covers it")


def _place(path: str, workspace: str) -> _Place:
    root = posixpath.normpath(workspace) if workspace else ""
    inside = path
    doubt = ""
    if any(ord(char) < 32 or char == "\x7f" for char in path):
        doubt = "the path has a control character"
    elif not path or len(path) > MAX_LENGTH:
        doubt = "the path is empty or too long"
    elif "\\" in path:
        doubt = "the path has a backslash"
    elif path.startswith("~"):
        doubt = f"{shown(path)} may lie in a home directory"
    elif ".." in path.split("/"):
        doubt = f'{shown(path)} has a step ".."'
    elif _IGNORED.search(path):
        doubt = "the path has an invisible character"
    if path.startswith("/"):
        clean = "/" + posixpath.normpath(path).lstrip("/")
        prefix = root.rstrip("/") + "/"
        if root and (clean == root or clean.startswith(prefix)):
            inside = clean[len(prefix) :]
        else:
            return _Place(clean.lstrip("/"), doubt or f"{shown(path)} lies outside the workspace")
    return _Place(posixpath.normpath(inside or "."), doubt)


def _plain_step(step: str) -> str:
    """A step as a disk may take it: without what some of them leave out."""
    return _IGNORED.sub("", step).rstrip(". ")


def _folded(steps: tuple[str, ...]) -> tuple[str, ...]:
    # A disk may tell neither upper from lower case nor two forms of one letter apart.
    return tuple(unicodedata.normalize("NFC", _IGNORED.sub("", step)).casefold() for step in steps)


def _matches(glob: tuple[str, ...], steps: tuple[str, ...]) -> bool:
    return _walk(glob, steps, "**", _step_matches)


@lru_cache(maxsize=65_536)
def _step_matches(glob: str, step: str) -> bool:
    return _walk(glob, step, "*", lambda one, letter: one in ("?", letter))


def _walk(
    glob: Sequence[str], found: Sequence[str], any_number: str, fits: Callable[[str, str], bool]
) -> bool:
    """Whether all of ``found`` matches; the usual walk with one place to go back to, linear for each ``any_number``."""
    at, number, back, tried = 0, 0, -1, 0
    while number < len(found):
        if at < len(glob) and glob[at] == any_number:
            back, tried, at = at, number, at + 1
        elif at < len(glob) and fits(glob[at], found[number]):
            at, number = at + 1, number + 1
        elif back >= 0:
            tried += 1
            at, number = back + 1, tried
        else:
            return False
    return all(one == any_number for one in glob[at:])
