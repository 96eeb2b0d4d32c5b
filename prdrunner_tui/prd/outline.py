"""A markdown text as sections, list entries, table rows and paragraphs with their lines.

Only the block level of CommonMark (plus tables and front matter) is parsed; inline marks are taken off by
`words.plain`. A text without any markdown heading gets headings from its lines in capital letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from prdrunner_tui.prd.words import heading_text, number_of, plain

_TASK = re.compile(r"\[([ xX])\]\s+")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_ATX = re.compile(r" {0,3}#{1,6}\s+\S")
_CAPITALS = re.compile(r"(?:(\d{1,3}(?:\.\d{1,3})*)[.)]\s+)?([^a-z\s*|#>-][^a-z]{3,79})$")
_MARKED_LINE = re.compile(r"(?:feature|epic|user story) \d{1,4}\s*[:.–—-]\s*\S", re.I)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list entry, or a table row. `line` to `end` are its lines, both included."""

    kind: Literal["paragraph", "item", "row"]
    text: str
    """Inline markdown, task mark taken off."""
    line: int
    end: int
    depth: int = 0
    """List entries around it (0 = not inside another one)."""
    number: str | None = None
    """Of an entry of a numbered list."""
    done: bool | None = None
    """Of an entry of a task list."""
    cells: tuple[str, ...] = ()
    """Of a table row, plain text."""
    header: tuple[str, ...] = ()
    """The header of its table."""


@dataclass(slots=True)
class Section:
    """A heading and everything up to the next one of its level or higher."""

    text: str
    level: int
    line: int
    end: int
    blocks: list[Block] = field(default_factory=list)
    """What stands directly under the heading, before its first subsection."""
    subsections: list[Section] = field(default_factory=list)
    parent: Section | None = None

    @property
    def number(self) -> str | None:
        """The number the heading begins with."""
        return number_of(self.text)

    def walk(self) -> Iterator[Section]:
        """This section and all below it, in the order of the document."""
        yield self
        for section in self.subsections:
            yield from section.walk()

    def all_blocks(self) -> Iterator[tuple[Section, Block]]:
        """The blocks of this section and of all below it, with the section each stands in."""
        for section in self.walk():
            for block in section.blocks:
                yield section, block


@dataclass(frozen=True, slots=True)
class Outline:
    """A document: its invisible top section, its lines as written, its front matter."""

    root: Section
    lines: tuple[str, ...]
    front_matter: str | None
    front_matter_line: int

    def source(self, first: int, last: int) -> str:
        """The lines `first` to `last` (from 1, both included) as written."""
        return "\n".join(self.lines[first - 1 : last])


def outline(text: str) -> Outline:
    """Parse a text with Unix line ends."""
    lines = tuple(text.split("\n"))
    prepared = text.replace("\u00a0", " ").replace("\u3000", " ")
    prepared = _without_comments(prepared)
    if not any(_ATX.match(line) for line in _outside_fences(prepared)):
        prepared = _headings_from_capitals(prepared)
    parser = (
        MarkdownIt("commonmark")
        .enable("table")
        .disable(["html_block", "code", "reference"])
        .use(front_matter_plugin)
    )
    parser.core.ruler.enableOnly(["normalize", "block"])
    return _Builder(lines).build(parser.parse(prepared))


def _without_comments(text: str) -> str:
    """The text with comments that begin a line emptied; one that is never closed is text."""
    out: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        end = text.find("-->", start)
        if end < 0:
            break
        line_start = text.rfind("\n", 0, start) + 1
        if text[line_start:start].strip():
            out.append(text[at : start + 4])
            at = start + 4
        else:
            out.append(text[at:start] + "\n" * text.count("\n", start, end))
            at = end + 3
    return "".join([*out, text[at:]])


def _outside_fences(text: str) -> Iterator[str]:
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if match and (not fence or match.group(1) == fence):
            fence = "" if fence else match.group(1)
        elif not fence:
            yield line


def _headings_from_capitals(text: str) -> str:
    """Give ``#`` to the title line, to lines in capitals, and one more to numbered lines in capitals."""
    out: list[str] = []
    blank_before = True
    first = True
    lines = text.split("\n")
    for index, line in enumerate(lines):
        match = _CAPITALS.match(line.strip()) if blank_before and not line.startswith((" ", "\t")) else None
        is_capitals = match and sum(c.isupper() for c in match.group(2)) >= 4
        following = lines[index + 1].strip() if index + 1 < len(lines) else ""
        if first and line.strip() and not following and len(line) <= 120 and number_of(line) is None:
            out.append(f"# {line.strip()}")
        elif len(line) <= 160 and _MARKED_LINE.match(line):
            out.append(f"### {line.strip()}")
        elif match and is_capitals:
            out.append(f"{'###' if match.group(1) else '##'} {line.strip()}")
        else:
            out.append(line)
        first = first and not line.strip()
        blank_before = not line.strip()
    return "\n".join(out)


class _Builder:
    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines = lines
        self.root = Section("", 0, 1, len(lines))
        self.current = self.root
        self.front_matter: str | None = None
        self.front_matter_line = 0
        self.items: list[tuple[Token, bool]] = []  # open list entries; whether their text was seen
        self.header: list[str] = []
        self.cells: list[str] = []
        self.in_header = False
        self.row = (1, 1)

    def build(self, tokens: list[Token]) -> Outline:
        for index, token in enumerate(tokens):
            self.take(token, tokens[index - 1] if index else token)
        return Outline(self.root, self.lines, self.front_matter, self.front_matter_line)

    def take(self, token: Token, previous: Token) -> None:
        kind = token.type
        if kind == "front_matter":
            self.front_matter = token.content
            self.front_matter_line = (token.map or [0, 0])[0] + 1
        elif kind == "list_item_open":
            self.items.append((token, False))
        elif kind == "list_item_close":
            self.items.pop()
        elif kind == "thead_open":
            self.in_header, self.header = True, []
        elif kind == "thead_close":
            self.in_header = False
        elif kind == "tr_open":
            self.cells = []
            self.row = _span(token, 1)
        elif kind == "tr_close" and not self.in_header:
            line, end = self.row
            self.add(
                Block(
                    "row",
                    " | ".join(self.cells),
                    line,
                    end,
                    cells=tuple(self.cells),
                    header=tuple(self.header),
                )
            )
        elif kind == "inline":
            self.inline(token, previous)

    def inline(self, token: Token, previous: Token) -> None:
        line, end = _span(token, 1)
        if previous.type == "heading_open" and not self.items:
            self.open_section(int(previous.tag[1]), token.content, line)
        elif previous.type in ("th_open", "td_open"):
            (self.header if self.in_header else self.cells).append(plain(token.content))
        elif self.items and not self.items[-1][1]:
            opened, _ = self.items[-1]
            self.items[-1] = (opened, True)
            first, last = _span(opened, line)
            task = _TASK.match(token.content)
            self.add(
                Block(
                    "item",
                    token.content[task.end() :] if task else token.content,
                    first,
                    max(first, self.trim(last)),
                    depth=len(self.items) - 1,
                    number=opened.info or None,
                    done=task.group(1) != " " if task else None,
                )
            )
        else:
            self.add(Block("paragraph", token.content, line, end, depth=len(self.items)))

    def trim(self, last: int) -> int:
        while last > 1 and last <= len(self.lines) and not self.lines[last - 1].strip():
            last -= 1
        return last

    def add(self, block: Block) -> None:
        self.current.blocks.append(block)

    def open_section(self, level: int, text: str, line: int) -> None:
        parent = self.current
        while parent.level >= level:
            parent.end = line - 1
            assert parent.parent is not None
            parent = parent.parent
        section = Section(heading_text(text), level, line, len(self.lines), parent=parent)
        parent.subsections.append(section)
        self.current = section


def _span(token: Token, fallback: int) -> tuple[int, int]:
    if token.map is None:
        return fallback, fallback
    return token.map[0] + 1, token.map[1]
