"""The lines of a patch, read only, with the tokens of a diff; the head of each file is one row."""

from __future__ import annotations

import re

from prdrunner_tui.text.units import lines as changed_lines
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.span import Line, words

_SIGNS = {"+": "add", "-": "remove", "@": "muted"}
_LONGEST = 4000
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)")
_LETTERS = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13}


class Patch:
    """A patch by its rows: the head of a file in one, then its hunks as they are.

    Reading 100,000 lines takes some 50 ms.
    """

    def __init__(self, patch: bytes) -> None:
        raw = patch.split(b"\n")
        if raw[-1] == b"":
            raw.pop()
        self._lines: list[bytes] = []
        self._heads: dict[int, tuple[str, str]] = {}
        head: list[bytes] = []
        row, first, in_head = -1, 0, False
        for line in raw:
            if line.startswith(b"diff --git "):
                self._file(row, head, first)
                row, head, in_head = len(self._lines), [line], True
                self._lines.append(b"")
                first = len(self._lines)
            elif in_head and not line.startswith(b"@@"):
                head.append(line)
            else:
                in_head = False
                self._lines.append(line)
        self._file(row, head, first)

    def _file(self, row: int, head: list[bytes], first: int) -> None:
        """Tell a file whose hunks begin at ``first`` and end with what was read until now."""
        if row < 0:
            return
        added = removed = 0
        for line in self._lines[first:]:
            sign = line[:1]
            added += sign == b"+"
            removed += sign == b"-"
        self._heads[row] = _head(head, added, removed)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._lines)

    def head(self, number: int) -> tuple[str, str] | None:
        """The path of the file that begins in a row, and what happened to it; ``None`` for any other row."""
        return self._heads.get(number)

    def text(self, number: int) -> str:
        """A row, as far as anybody can scroll sideways; bytes that are no UTF-8 stay visible as such."""
        if number in self._heads:
            return "  ".join(self._heads[number])
        return _text(self._lines[number][:_LONGEST])

    def token(self, number: int) -> str:
        """What the row is in a diff."""
        if number in self._heads:
            return "text"
        return _SIGNS.get(self.text(number)[:1], "context")


def patch_line(patch: Patch, number: int, scene: Scene) -> Line:
    """A row of a patch as it is shown: ``src/todo/tags.py  M  +58/-6`` where a file begins."""
    head = patch.head(number)
    if head is not None:
        path, told = head
        return (*scene.foreign(path), *words("  "), *scene.foreign(told, "muted"))
    return scene.foreign(patch.text(number), patch.token(number)) if patch.text(number) else ()


def _head(head: list[bytes], added: int, removed: int) -> tuple[str, str]:
    """Where a file is, and in words what happened to it."""
    known = dict(_known(line) for line in head[1:])
    old, new = known.get("--- "), known.get("+++ ")
    path = _path(new if new not in (None, b"/dev/null") else old) if old or new else _named(head[0])
    letter = "M"
    told: list[str] = []
    if "new file mode " in known:
        letter = "A"
    elif "deleted file mode " in known:
        letter = "D"
    elif source := known.get("rename from ", known.get("copy from ")):
        letter = "R" if "rename from " in known else "C"
        target = known.get("rename to ", known.get("copy to ")) or b""
        path = f"{_text(_unquoted(source))} -> {_text(_unquoted(target))}"
    if "old mode " in known:
        told.append(f"mode {_text(known['old mode '])} -> {_text(known.get('new mode ') or b'?')}")
    elif known.get("new file mode ") in (b"120000", b"160000", b"100755"):
        told.append(f"mode {_text(known['new file mode '])}")
    if "Binary files " in known or "GIT binary patch" in known:
        told.append("binary")
    elif added or removed or not told:
        told.append(changed_lines(added, removed))
    return path, "  ".join((letter, *told))


_KNOWN = (
    "--- ", "+++ ", "new file mode ", "deleted file mode ", "old mode ", "new mode ", "rename from ", "rename to ",
    "copy from ", "copy to ", "Binary files ", "GIT binary patch",
)  # fmt: skip


def _known(line: bytes) -> tuple[str, bytes]:
    """What a line of a head says, and of what."""
    for name in _KNOWN:
        if line.startswith(name.encode()):
            return name, line[len(name) :]
    return "", line


def _path(side: bytes | None) -> str:
    """The path behind ``---`` or ``+++``, without the ``a/`` or ``b/`` before it."""
    path = _unquoted(side or b"")
    return _text(path[2:] if path[:2] in (b"a/", b"b/") else path)


def _named(line: bytes) -> str:
    """The path of ``diff --git a/P b/P``, where no other line tells it: both halves are the same."""
    told = line[len(b"diff --git ") :]
    half = told[: len(told) // 2]
    return _path(half) if told[len(half) + 1 :].replace(b"b/", b"a/", 1) == half else _text(told)


def _unquoted(path: bytes) -> bytes:
    """A path as git writes it: in quotes with escapes where it holds unusual bytes, with a tab behind spaces."""
    path = path.removesuffix(b"\t")
    if not (path.startswith(b'"') and path.endswith(b'"') and len(path) > 1):
        return path

    def meant(found: re.Match[bytes]) -> bytes:
        code = found[1]
        if code[:1].isdigit():
            return bytes([int(code, 8) & 0xFF])
        return bytes([_LETTERS[code]]) if code in _LETTERS else code

    return _ESCAPE.sub(meant, path[1:-1])


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
