"""YAML as plain data with positions, for files that strangers may have written.

Read from the parser's events of PyYAML's pure-Python loader: no constructor ever runs, nothing is recursive.
Only what JSON could say is accepted: mappings with text keys, lists, text, true/false, null, decimal numbers.
Anchors, aliases, tags, merge keys, repeated keys and second documents are refused. Words that YAML 1.1 would
turn into something else (``yes``, ``on``, ``010``, ``1e3``, ``12:30:45``) stay text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml as pyyaml

from prdrunner_tui.text.decode import decode_text
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
"""Plain data."""

KeyPath = tuple[str | int, ...]
"""Keys and indexes from the root to a value."""

_WRITE_OUT = "write the value out"
_QUOTE_IT = "quote it: text that begins with * stands in quotes, '*install *'"
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}\Z")
_LONG_INT = re.compile(r"[-+]?[1-9][0-9]{18,}\Z")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document.

    Attributes:
        name: the file's name as the person knows it.
        value: the data; None for an empty document.
        keys: where each key (or list entry) begins, ``(line, column)`` from 1.
        values: where each value begins.
    """

    name: str
    value: Value
    keys: Mapping[KeyPath, tuple[int, int]]
    values: Mapping[KeyPath, tuple[int, int]]

    def where(self, path: KeyPath, *, key: bool = False) -> str:
        """``file:line:column`` of a value, or of its key; of the nearest parent when it is not there."""
        while path and path not in self.values:
            path = path[:-1]
        line, column = (self.keys if key else self.values).get(path, (1, 1))
        return f"{self.name}:{line}:{column}"


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being filled."""

    path: KeyPath
    container: dict[str, Value] | list[Value]
    key: str | None = None
    at: dict[str, int] = field(default_factory=dict)

    def child_path(self) -> KeyPath:
        return (*self.path, self.key if self.key is not None else len(self.container))


def read_yaml(
    data: bytes, *, name: str, max_bytes: int = 1 << 20, max_depth: int = 32, max_nodes: int = 50_000
) -> Document:
    """Read one document.

    Raises:
        Problem: anything that is not accepted, with ``name:line:column`` and a hint.
    """
    text = decode_text(data, name=name, max_bytes=max_bytes)
    return _Reader(name, max_depth, max_nodes).read(text)


class _Reader:
    def __init__(self, name: str, max_depth: int, max_nodes: int) -> None:
        self.name = name
        self.max_depth = max_depth
        self.max_nodes = max_nodes
        self.keys: dict[KeyPath, tuple[int, int]] = {}
        self.values: dict[KeyPath, tuple[int, int]] = {}
        self.stack: list[_Open] = []
        self.root: Value = None
        self.documents = 0
        self.nodes = 0

    def read(self, text: str) -> Document:
        try:
            for event in pyyaml.parse(text, Loader=pyyaml.SafeLoader):
                self.take(event)
        except pyyaml.reader.ReaderError as error:
            before = text[: error.position].split("\n")
            where = f"{self.name}:{len(before)}:{len(before[-1]) + 1}"
            code = error.character if isinstance(error.character, int) else ord(error.character)
            raise Problem(f"character U+{code:04X} is not allowed", where=where, hint="remove it") from error
        except pyyaml.MarkedYAMLError as error:
            raise self.syntax_problem(error) from error
        except (pyyaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
            raise Problem("this is not YAML that can be read", where=self.name) from error
        return Document(self.name, self.root, self.keys, self.values)

    def syntax_problem(self, error: pyyaml.MarkedYAMLError) -> Problem:
        mark = error.problem_mark or error.context_mark
        where = f"{self.name}:{mark.line + 1}:{mark.column + 1}" if mark else self.name
        what = one_line(str(error.problem or error.context or "this is not YAML"), 120)
        hint = "check brackets, quotes and indentation up to here"
        if error.context == "while scanning an alias":
            return Problem("text that begins with * is not in quotes", where=where, hint=_QUOTE_IT)
        if "\\t" in what:
            hint = "indent with spaces, never with tabs"
        elif "mapping values are not allowed" in what:
            hint = "put text that holds a colon into quotes"
        elif "could not find expected ':'" in what:
            hint = "a key is followed by a colon and a space"
        return Problem(what, where=where, hint=hint)

    def problem(self, event: pyyaml.Event, message: str, hint: str = "") -> Problem:
        line, column = _position(event)
        return Problem(message, where=f"{self.name}:{line}:{column}", hint=hint)

    def take(self, event: pyyaml.Event) -> None:
        if isinstance(event, pyyaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.problem(event, "there is a second document", "keep one; remove what follows ---")
        elif isinstance(event, pyyaml.AliasEvent):
            raise self.problem(event, f"alias *{one_line(event.anchor or '', 40)} is not read", _QUOTE_IT)
        elif isinstance(event, pyyaml.NodeEvent):
            self.node(event)
        elif isinstance(event, pyyaml.CollectionEndEvent):
            self.stack.pop()

    def node(self, event: pyyaml.NodeEvent) -> None:
        self.nodes += 1
        if self.nodes > self.max_nodes:
            raise self.problem(event, f"more than {self.max_nodes:,} values", "make the file smaller")
        if event.anchor is not None:
            raise self.problem(event, f"anchor &{one_line(event.anchor, 40)} is not read", _WRITE_OUT)
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise self.problem(event, f"tag {one_line(str(tag), 60)} is not read", "remove it")
        parent = self.stack[-1] if self.stack else None
        if parent is not None and isinstance(parent.container, dict) and parent.key is None:
            self.key(event, parent)
        else:
            self.value(event, parent)

    def key(self, event: pyyaml.NodeEvent, parent: _Open) -> None:
        if not isinstance(event, pyyaml.ScalarEvent):
            raise self.problem(event, "a key must be plain text")
        key = event.value
        line, column = _position(event)
        if key == "<<" and event.style is None:
            raise self.problem(event, "merge key << is not read", "write the keys out")
        if key in parent.at:
            raise self.problem(
                event, f"key {one_line(key, 60)} is there twice, first in line {parent.at[key]}", "keep one"
            )
        parent.at[key] = line
        parent.key = key
        self.keys[parent.child_path()] = (line, column)

    def value(self, event: pyyaml.NodeEvent, parent: _Open | None) -> None:
        path = parent.child_path() if parent else ()
        position = _position(event)
        self.values[path] = position
        self.keys.setdefault(path, position)
        value: Value
        opened: _Open | None = None
        if isinstance(event, pyyaml.ScalarEvent):
            value = self.scalar(event)
        else:
            if len(self.stack) >= self.max_depth:
                raise self.problem(event, f"nested more than {self.max_depth} deep", "make it flatter")
            container: dict[str, Value] | list[Value] = (
                {} if isinstance(event, pyyaml.MappingStartEvent) else []
            )
            value = container
            opened = _Open(path, container)
        if parent is None:
            self.root = value
        elif isinstance(parent.container, dict):
            parent.container[str(parent.key)] = value
            parent.key = None
        else:
            parent.container.append(value)
        if opened:
            self.stack.append(opened)

    def scalar(self, event: pyyaml.ScalarEvent) -> Value:
        text: str = event.value
        if event.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.match(text):
            return int(text)
        if _FLOAT.match(text):
            return float(text)
        if _LONG_INT.match(text):
            raise self.problem(event, "the number is too large", "put it into quotes if it is text")
        return text


def _position(event: pyyaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
