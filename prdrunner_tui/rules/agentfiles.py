"""Which files of a repository an agent program obeys as its own configuration, whoever wrote them.

They can name programs (hooks, tool servers, plugins, commands of skills) that the agent starts without asking, or send
its requests elsewhere. Instructions in prose (``AGENTS.md`` and its like) are not among them: they start nothing.
"""

from __future__ import annotations

import posixpath
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

MOST = 20_000
"""Files for agents that one tree may hold. Nobody looks at more."""

_STARTS = "can name programs that {agent} starts"
_FOLDERS = {
    ".claude": "Claude Code",
    ".codex": "Codex",
    ".gemini": "Gemini CLI",
    ".qwen": "Qwen Code",
    ".opencode": "opencode",
    ".vibe": "Mistral Vibe",
    ".cursor": "Cursor",
    ".goose": "Goose",
    ".agents": "an agent",
    ".amp": "Amp",
    ".amazonq": "Amazon Q",
    ".augment": "Auggie",
    ".clinerules": "Cline",
    ".codebuddy": "CodeBuddy",
    ".continue": "Continue",
    ".copilot": "Copilot",
    ".crush": "Crush",
    ".factory": "Droid",
    ".iflow": "iFlow",
    ".junie": "Junie",
    ".kilocode": "Kilo Code",
    ".kiro": "Kiro",
    ".roo": "Roo Code",
    ".windsurf": "Windsurf",
}
_BELOW = {
    (".github", "agents"): "Copilot",
    (".github", "copilot"): "Copilot",
    (".github", "hooks"): "Copilot",
    (".github", "mcp.json"): "Copilot",
    (".vscode", "mcp.json"): "Copilot",
}
"""A folder of which only one part is obeyed, and that part."""
_FILES = {
    ".mcp.json": "Claude Code",
    "opencode.json": "opencode",
    "opencode.jsonc": "opencode",
    ".aider.conf.yml": "Aider",
    ".aider.model.settings.yml": "Aider",
    ".aider.model.metadata.json": "Aider",
    "crush.json": "Crush",
    ".crush.json": "Crush",
    ".lsp.json": "Qwen Code",
}
_ENDS = "".join(name[-1] + name[-1].upper() for name in _FILES if not name.startswith(".")).encode()
"""The last letters of those that do not begin with a dot, as all others do."""
_ENVIRONMENT = ".env"
_SETS = "can set where agents send their requests"
_UNSEEN = "leads to what is not committed"
_NAMING = frozenset(
    (
        "settings.json",
        "settings.local.json",
        "config.toml",
        "hooks.json",
        "hooks.toml",
        "mcp.json",
        _ENVIRONMENT,
    )
)
"""Files that name programs themselves; what lies beside them is mostly what they name, or prose."""
_LINKS = 40
"""Links that one path may lead through, as Linux has it."""
_STEPS = 200
"""Steps on the way of one path through links, more than anybody means."""
_REENCODES = b"working-tree-encoding"


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What of a tree agents obey.

    Attributes:
        files: path -> what it can do, in words; in order of the paths.
        places: paths that links in their place lead through and to, whether or not something is there.
    """

    files: Mapping[bytes, str]
    places: frozenset[bytes]

    def protected(self) -> tuple[bytes, ...]:
        """The places, as themselves and as folders ending in ``/``; the root is all there is, as an empty path."""
        return tuple(
            name for place in sorted(self.places) for name in (place, place + b"/")[: 2 if place else 1]
        )

    def concerns(self, path: bytes) -> bool:
        """Whether agents would obey another file at this path, or find another one by what it makes of a link."""
        if obeyed(path):
            return True
        below = path + b"/"
        return any(
            place in (path, b"") or path.startswith(place + b"/") or place.startswith(below)
            for place in self.places
        )


def obeyed(path: bytes) -> str:
    """What a file at this path of a repository can do to an agent that works there, in words; empty for nothing.

    Names are compared as the disk may do it that tells them least apart: without case, in any Unicode form, without
    invisible characters. There the program finds the file all the same.
    """
    if path.isascii() and path[:1] != b"." and b"/." not in path and path[-1:] not in _ENDS:
        return ""  # No name above is like that, and most of a large tree is.
    parts = _folded(path).split("/")
    agents = [_FOLDERS[part] for part in parts if part in _FOLDERS]
    agents += [_BELOW[pair] for pair in pairwise(parts) if pair in _BELOW]
    agents += [_FILES[parts[-1]]] if parts[-1] in _FILES else []
    if agents:
        return _STARTS.format(agent=agents[0])
    return _SETS if parts == [_ENVIRONMENT] else ""


def obeyed_files(paths: Iterable[bytes], links: Mapping[bytes, bytes]) -> Obeyed:
    """All files of a tree that agents obey, and those that they reach through links in their place.

    Args:
        paths: every path of the tree (files, links, submodules).
        links: where each link of the tree leads.

    Returns:
        What there is. A link that leads to nothing in the tree is there itself, with words on that. Where there are
        more than `MOST` files, some more than that.
    """
    tree = _Tree(sorted(paths))
    found: dict[bytes, str] = {}
    places: set[bytes] = set()
    pending = [(path, does) for path in tree.paths if (does := obeyed(path))]
    while pending and len(found) <= MOST:
        path, does = pending.pop()
        if path in found:
            continue
        found[path] = does
        if path in links:
            target, passed = _real(path, links)
            places.update(passed)
            if target is None or not tree.holds(target):
                found[path] = _UNSEEN
            if target is not None:
                pending += [(other, does) for other in tree.take(target)]
    return Obeyed(dict(sorted(found.items())), frozenset(places))


def in_order_of_weight(paths: Iterable[bytes]) -> list[bytes]:
    """The paths, those first that a person has to read in any case."""
    return sorted(paths, key=lambda path: (not _names_programs(path), path))


def attributes_over(paths: Iterable[bytes]) -> frozenset[bytes]:
    """Where files of git attributes would lie that apply to these paths."""
    found: set[bytes] = set()
    for path in paths:
        folder = path
        while folder:
            folder = posixpath.dirname(folder)
            name = posixpath.join(folder, b".gitattributes")
            if name in found:
                break
            found.add(name)
    return frozenset(found)


def reshapes(attributes: bytes) -> str:
    """What a file of git attributes can do to files beside it, in words; empty for nothing.

    In another encoding a text is another text: typographic quotes become those that JSON knows.
    """
    return "can make other text of the files for agents" if _REENCODES in attributes else ""


def _names_programs(path: bytes) -> bool:
    name = _folded(path).rpartition("/")[2]
    return name in _NAMING or name in _FILES


def _folded(path: bytes) -> str:
    if path.isascii():
        return path.decode("ascii").lower()
    text = unicodedata.normalize("NFD", path.decode("utf-8", "surrogateescape")).casefold()
    return "".join(char for char in unicodedata.normalize("NFD", text) if not _invisible(char))


def _invisible(char: str) -> bool:
    """Whether a disk may ignore a character: formats, variation selectors, and the like."""
    code = ord(char)
    return (
        unicodedata.category(char) == "Cf"
        or 0xFE00 <= code <= 0xFE0F
        or 0x180B <= code <= 0x180F
        or 0xE0000 <= code <= 0xE0FFF
        or code in (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)
    )


class _Tree:
    """The sorted paths of a tree, each of which is taken once."""

    def __init__(self, paths: Sequence[bytes]) -> None:
        self.paths = paths
        self._next: list[int] = []
        """The first path at or after each that was not taken yet, or one that knows a nearer one to it."""

    def holds(self, place: bytes) -> bool:
        """Whether there is a file at this place or below it."""
        return any(first < last for first, last in self._ranges(place))

    def take(self, place: bytes) -> list[bytes]:
        """What is at this place and below it, without what was taken before."""
        if not self._next:
            self._next = list(range(len(self.paths) + 1))
        taken = []
        for first, last in self._ranges(place):
            at = self._untaken(first)
            while at < last:
                taken.append(self.paths[at])
                self._next[at] = at + 1
                at = self._untaken(at + 1)
        return taken

    def _ranges(self, place: bytes) -> tuple[tuple[int, int], ...]:
        if not place:
            return ((0, len(self.paths)),)
        at = bisect_left(self.paths, place)
        itself = (at, at + (at < len(self.paths) and self.paths[at] == place))
        # "0" is what follows "/": between the two lie all names below.
        return itself, (bisect_left(self.paths, place + b"/"), bisect_left(self.paths, place + b"0"))

    def _untaken(self, at: int) -> int:
        while (following := self._next[at]) != at:
            self._next[at] = self._next[following]
            at = following
        return at


def _real(path: bytes, links: Mapping[bytes, bytes]) -> tuple[bytes | None, list[bytes]]:
    """Where a path leads when each link on its way is followed, and the paths on the way that decide on it.

    The end is empty for the root, and None where it is outside, or nowhere.
    """
    rest, done = path.split(b"/")[::-1], b""
    passed: list[bytes] = []
    followed = steps = 0
    while rest:
        part = rest.pop()
        steps += 1
        if part == b"..":
            if not done:
                return None, passed
            done = posixpath.dirname(done)
        elif part not in (b"", b"."):
            done = posixpath.join(done, part)
        if done in links:
            followed += 1
            target = links[done]
            passed.append(done)
            if followed > _LINKS or steps > _STEPS or not target or target.startswith(b"/"):
                return None, passed
            rest += target.split(b"/")[::-1]
            done = posixpath.dirname(done)
    return done, [*passed, done]
