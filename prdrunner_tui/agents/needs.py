"""What a program needs of the directories that a sandbox hides: its own files, its interpreter, the way to them.

Reads the file system and changes nothing. The way to a file may lead over symlinks that are hidden themselves
(`~/.nvm/current/bin`, `/run/current-system`): they are named too, so that the same path leads there in the sandbox.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from prdrunner_tui.agents.sandbox import below

_HOPS = 40
_FIRST_LINE = 4096
_BINARIES = ("bin", "sbin")
_BESIDE = ("bin", "lib", "lib64", "libexec", "pyvenv.cfg")
"""What belongs to a program in PREFIX/bin."""


class Needs:
    """Collects what is needed. `hidden`: directories without symlinks in them; `home` is never opened as a whole.

    Attributes:
        read: paths that shall be seen.
        links: symlinks that shall be there: place -> target.
    """

    def __init__(self, hidden: Sequence[str], home: str) -> None:
        self._hidden = tuple(hidden)
        self._home = home
        self._closed = {home, f"{home}/.local", *self._hidden}
        self._seen: set[str] = set()
        self.read: set[str] = set()
        self.links: dict[str, str] = {}

    def add(self, path: str) -> str | None:
        """A file or directory shall be reached by this absolute path; where it really is, None when it is nowhere."""
        real = self._walk(path)
        if real is not None and self._is_hidden(real) and real not in self._closed:
            self.read.add(real)
        return real

    def search_path(self, value: str) -> None:
        """The programs in the directories of a PATH shall be found."""
        for folder in value.split(os.pathsep):
            if (
                not folder.startswith("/")
                or (real := self._walk(folder)) is None
                or not self._is_hidden(real)
            ):
                continue
            self.add(folder)
            prefix = Path(real).parent
            if Path(real).name in _BINARIES:
                self._beside(prefix)
            elif Path(real).name == "shims" and str(prefix) not in self._closed:
                # The programs of pyenv, asdf, rbenv, mise: what they run lies beside them.
                self.read.add(str(prefix))

    def program(self, word: str, path: str, depth: int = 0) -> None:
        """A program shall run, named as in a shell with this PATH; of a script its interpreter too."""
        found = shutil.which(word, path=path)
        if found is None or depth > 4 or found in self._seen:
            return
        self._seen.add(found)
        real = self.add(str(Path(found).absolute()))
        if real is None:
            return
        if self._is_hidden(real):
            self._around(Path(real))
        interpreter = _interpreter(real)
        for name in interpreter:
            self.program(name, path, depth + 1)

    def line(self, words: Sequence[str], path: str, *, within: str) -> None:
        """A command line shall run: its first program, and files that it names by their whole path.

        Of those not what lies in a hidden directory (`~/.ssh`) or is reached through one, unless it really is
        `within` the repository: a command line opens scripts, no credentials.
        """
        within = os.path.realpath(within)
        for position, word in enumerate(words):
            if position == 0:
                self.program(word, path)
            if not word.startswith("/") or not Path(word).is_file():
                continue
            # A link of the repository, or `..` in the word, leads anywhere: what counts is where the file really is.
            real, links = _trace(word)
            if real is None:
                continue
            if below(real, within) or not any(_in_hidden(place) for place in (word, *links, real)):
                self.program(word, path)
                self.add(word)

    def _around(self, real: Path) -> None:
        parts = real.parts
        if "node_modules" in parts:
            self.read.add(str(Path(*parts[: parts.index("node_modules") + 1])))
        elif real.parent.name in _BINARIES:
            self._beside(real.parent.parent)

    def _beside(self, prefix: Path) -> None:
        if str(prefix) != self._home:
            for name in _BESIDE:
                place = str(prefix / name)
                real, _ = _trace(place)
                # A `lib` that is a link out of the prefix could open any directory: repositories have programs too.
                if real is not None and (below(real, str(prefix)) or not self._is_hidden(real)):
                    self.add(place)

    def _is_hidden(self, path: str) -> bool:
        return any(below(path, folder) for folder in self._hidden)

    def _walk(self, path: str) -> str | None:
        """Where a path leads, without symlinks; those below hidden directories are noted on the way."""
        real, links = _trace(path)
        self.links |= {place: target for place, target in links.items() if self._is_hidden(place)}
        return real


def _trace(path: str) -> tuple[str | None, dict[str, str]]:
    """Where a path leads, without symlinks, None for nowhere; and the symlinks on the way, place -> target."""
    links: dict[str, str] = {}
    todo = list(reversed(Path(path).parts[1:]))
    at, hops = "/", 0
    while todo:
        name = todo.pop()
        if name == "..":
            at = os.path.dirname(at)  # noqa: PTH120 - `at` has no symlinks
            continue
        here = os.path.join(at, name)  # noqa: PTH118
        try:
            mode = os.lstat(here).st_mode
        except OSError:
            return None, links
        if not stat.S_ISLNK(mode):
            at = here
            continue
        hops += 1
        if hops > _HOPS:
            return None, links
        target = os.readlink(here)  # noqa: PTH115
        links[here] = target
        parts = Path(target).parts
        if target.startswith("/"):
            at, parts = "/", parts[1:]
        todo += reversed(parts)
    return at, links


def _in_hidden(path: str) -> bool:
    """Whether a path has a name that begins with a dot."""
    return any(part.startswith(".") for part in Path(path).parts)


def _interpreter(path: str) -> Iterable[str]:
    """The program that runs a script, by its first line; `env NAME` names another one by PATH."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ()
    with open(descriptor, "rb") as file:
        first = (file.read(_FIRST_LINE) or b"").split(b"\n", 1)[0]
    if not first.startswith(b"#!"):
        return ()
    words = first[2:].decode("utf-8", "replace").split()
    if words and Path(words[0]).name == "env":
        return [*words[:1], *[word for word in words[1:] if not word.startswith("-") and "=" not in word][:1]]
    return words[:1]
