"""Dependency lines of a feature, as written: words with their places, not yet resolved to features."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prdrunner_tui.prd import words

_LABEL = r"(?P<label>depends[ -]on|depends|dependency|dependencies|deps|requires|blocked by|needs|after)"
_EMPHASIS = r"(?:\*\*|__|\*|_)?"
_LINE = re.compile(
    rf"^[\s>]*(?:[-*+]\s+|\|\s*)?{_EMPHASIS}{_LABEL}"
    rf"(?P<mark>{_EMPHASIS}\s*[:：]\s*{_EMPHASIS}|\s+(?=\S))(?P<value>.*)$",
    re.I,
)
_HEADING = re.compile(rf"^ {{0,3}}#{{2,6}}\s+{_EMPHASIS}{_LABEL}{_EMPHASIS}\s*[:：]?\s*$", re.I)
_ENTRY = re.compile(r"^(\s*(?:[-*+]|\d{1,3}[.)])\s+)(?P<value>\S.*)$")
_FIRM = ("depends on", "depends-on", "depends", "deps", "blocked by", "after")
_NOTHING = frozenset({"", "-", "–", "—", "none", "nothing", "n/a", "na", "no", "nil"})
_COMMA = re.compile(r"\s*[,;、，]\s*")
_AND = re.compile(r"\s+(?:and|&)\s+", re.I)
_REMARK = re.compile(r"\([^)]*\)")
_AROUND = "[]|\"'`* \t"


@dataclass(frozen=True, slots=True)
class DepWord:
    """What stands in one place of a dependency line."""

    text: str
    line: int
    column: int
    firm: bool
    """``Depends on:`` and the like: what stands there is a feature. Of prose and ``Requires:`` it may be another
    thing (a library)."""
    parts: tuple[DepWord, ...] = ()
    """What it is made of when the whole is no feature: ``A, B and C``."""


class DepLines:
    """Fed the lines of one feature; collects the words of its dependency lines."""

    def __init__(self) -> None:
        self.words: list[DepWord] = []
        self._list_is_firm: bool | None = None  # inside the list below a label without a value

    def feed(self, number: int, line: str) -> bool:
        """Take a line outside fences; True when it says nothing but dependencies."""
        if self._list_is_firm is not None:
            entry = _ENTRY.match(line)
            if entry:
                self._add(entry.group("value"), number, entry.start("value"), self._list_is_firm)
                return True
            if not line.strip():
                return False
            self._list_is_firm = None
        if heading := _HEADING.match(line):
            self._list_is_firm = heading.group("label").casefold() in _FIRM
            return True
        match = _LINE.match(line)
        return bool(match) and self._label(match, number) if match else False

    def _label(self, match: re.Match[str], number: int) -> bool:
        label, value = match.group("label").casefold(), match.group("value")
        has_colon = ":" in match.group("mark") or "：" in match.group("mark")
        if not has_colon and label not in ("depends on", "blocked by"):
            return False
        firm = has_colon and label in _FIRM
        if has_colon and not value.strip():
            self._list_is_firm = firm
        else:
            self._add(value, number, match.start("value"), firm)
        return has_colon

    def _add(self, value: str, line: int, start: int, firm: bool) -> None:
        shown = _REMARK.sub(lambda match: " " * len(match.group()), value)
        word = _word(shown, line, start, firm)
        if word is None:
            return
        groups = [(at, text) for at, text in _split(_COMMA, shown) if text.strip()]
        parts: list[DepWord] = []
        for at, text in groups:
            whole = _word(text, line, start + at, firm)
            inner = [_word(piece, line, start + at + offset, firm) for offset, piece in _split(_AND, text)]
            found = tuple(one for one in inner if one is not None)
            if whole is not None:
                parts.append(_with_parts(whole, found))
        self.words.append(_with_parts(word, tuple(parts)))


def _with_parts(word: DepWord, parts: tuple[DepWord, ...]) -> DepWord:
    if len(parts) == 1:
        return parts[0]
    return DepWord(word.text, word.line, word.column, word.firm, parts)


def _word(text: str, line: int, start: int, firm: bool) -> DepWord | None:
    bare = words.plain(text.strip(_AROUND).rstrip(".").strip(_AROUND))
    if bare.casefold() in _NOTHING:
        return None
    return DepWord(bare, line, start + len(text) - len(text.lstrip(_AROUND)) + 1, firm)


def _split(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for match in pattern.finditer(text):
        yield at, text[at : match.start()]
        at = match.end()
    yield at, text[at:]
