"""From the text of a git hunk to blocks of changed lines."""

from __future__ import annotations

from collections.abc import Iterator

from unidiff.patch import Hunk as GitHunk
from unidiff.patch import PatchSet

from prdrunner_tui.changes.units import CONTEXT, Hunk

# One character a byte both ways: unidiff reads text, lines are bytes.
_CODEC = "latin-1"
_FILE_HEAD = ("--- a\n", "+++ b\n")


def parse_git_hunk(text: bytes, *, path: bytes, number: int) -> Iterator[Hunk]:
    """The blocks of consecutive changed lines of one git hunk, without ids.

    Args:
        text: the ``@@`` line and what follows it, with at least three lines of context where there are any.
        path: of the file now.
        number: which git hunk of its file it is, from 1.

    Raises:
        unidiff.UnidiffParseError: the lines are not as many as the ``@@`` line says.
    """
    parsed = _read(text)
    old_lines = [value for sign, value in _lines(parsed) if sign != "+"]
    old_first = _first(parsed.source_start, parsed.source_length)
    new_first = _first(parsed.target_start, parsed.target_length)
    old_at = new_at = 0
    removed: list[bytes] = []
    added: list[bytes] = []

    def block() -> Hunk:
        old_begin, new_begin = old_at - len(removed), new_at - len(added)
        return Hunk(
            id="",
            path=path,
            old_start=old_first + old_begin - (not removed),
            new_start=new_first + new_begin - (not added),
            removed=tuple(removed),
            added=tuple(added),
            before=tuple(old_lines[max(0, old_begin - CONTEXT) : old_begin]),
            after=tuple(old_lines[old_at : old_at + CONTEXT]),
            git_hunk=number,
        )

    for sign, value in _lines(parsed):
        if sign == " " and (removed or added):
            yield block()
            removed.clear()
            added.clear()
        if sign != "+":
            old_at += 1
        if sign != "-":
            new_at += 1
        if sign != " ":
            (removed if sign == "-" else added).append(value)
    if removed or added:
        yield block()


def _first(start: int, length: int) -> int:
    # Of an empty range git names the line in front.
    return start if length else start + 1


def _read(text: bytes) -> GitHunk:
    lines = text.decode(_CODEC).split("\n")
    if not lines[-1]:
        lines.pop()
    return PatchSet([*_FILE_HEAD, *(f"{line}\n" for line in lines)])[0][0]


def _lines(hunk: GitHunk) -> list[tuple[str, bytes]]:
    """Sign and bytes of each line; the line in front of git's marker has no line feed."""
    found: list[tuple[str, bytes]] = []
    for line in hunk:
        if line.line_type == "\\":
            sign, value = found[-1]
            found[-1] = sign, value.removesuffix(b"\n")
        else:
            found.append((line.line_type, line.value.encode(_CODEC)))
    return found
