"""Frozen dataclasses to JSON and back, by their annotations, with a version for each event.

An event is stored as its class name, a version, and an object of its fields. A field that is missing takes its
default, so that a field can be added without a new version; a field that is unknown is refused. A change that
defaults cannot express raises the version and registers an upcaster from the one before.
"""

from __future__ import annotations

import hashlib
import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from prdrunner_tui.kernel import commands, events

Json = Any
T = TypeVar("T")

VERSIONS: Mapping[str, int] = {}
"""The version of each event that is not at 1."""

UPCASTERS: Mapping[tuple[str, int], Callable[[dict[str, Json]], dict[str, Json]]] = {}
"""What turns the fields of (event, version) into those of the next version."""

EVENT_TYPES: Mapping[str, type] = {kind.__name__: kind for kind in get_args(events.Event)}
COMMAND_TYPES: Mapping[str, type] = {kind.__name__: kind for kind in get_args(commands.Command)}


class CodecError(ValueError):
    """Data that is not what it says it is; the message names the place."""


def to_json(value: Any) -> Json:
    """A dataclass, tuple, mapping or plain value as JSON values. Tuples become lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    return value


def from_json(kind: type[T], data: Json) -> T:
    """Build ``kind`` from JSON values.

    Raises:
        CodecError: a field is unknown, missing or of another type.
    """
    return typing.cast(T, _reader(typing.cast(Any, kind))(data, kind.__name__))


def encode_event(event: events.Event) -> tuple[str, int, str]:
    """The name, the version and the canonical JSON text of an event."""
    name = type(event).__name__
    return name, VERSIONS.get(name, 1), canonical(to_json(event))


def decode_event(name: str, version: int, text: str) -> events.Event:
    """The event that ``encode_event`` stored, in whatever version.

    Raises:
        CodecError: an unknown name, a version newer than this program's, or fields that do not fit.
    """
    kind = EVENT_TYPES.get(name)
    if kind is None:
        raise CodecError(f"unknown event {name}")
    newest = VERSIONS.get(name, 1)
    if version > newest:
        raise CodecError(f"event {name} has version {version}, this program knows {newest}")
    data = json.loads(text)
    for step in range(version, newest):
        data = UPCASTERS[name, step](data)
    return typing.cast(events.Event, from_json(kind, data))


def encode_command(command: commands.Command) -> dict[str, Json]:
    """A command as ``{"command": NAME, ...fields}``."""
    return {"command": type(command).__name__, **to_json(command)}


def decode_command(data: Json) -> commands.Command:
    """The command that ``encode_command`` gave.

    Raises:
        CodecError: it is not one.
    """
    if not isinstance(data, dict) or not isinstance(data.get("command"), str):
        raise CodecError("a command is an object with a name")
    kind = COMMAND_TYPES.get(data["command"])
    if kind is None:
        raise CodecError(f"unknown command {data['command']!r:.60}")
    return typing.cast(commands.Command, from_json(kind, {k: v for k, v in data.items() if k != "command"}))


def canonical(data: Json) -> str:
    """JSON text that is the same for the same values: sorted keys, no spaces, no NaN."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 over the canonical form of a value: what was shown, or a whole state."""
    return hashlib.sha256(canonical(to_json(value)).encode("utf-8", "surrogatepass")).hexdigest()


_Reader = Callable[[Json, str], Any]


@cache
def _reader(kind: Any) -> _Reader:
    if kind is Any:
        return lambda data, where: data
    if is_dataclass(kind):
        return _dataclass_reader(typing.cast(type, kind))
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union_reader(get_args(kind))
    if origin is Literal:
        return _literal_reader(frozenset(get_args(kind)))
    if origin is tuple:
        return _tuple_reader(_reader(get_args(kind)[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_reader(_reader(get_args(kind)[1]))
    return _plain_reader(kind)


def _plain_reader(kind: type) -> _Reader:
    def read(data: Json, where: str) -> Any:
        if kind is float and type(data) is int:
            return float(data)
        if type(data) is not kind:
            raise CodecError(f"{where} is {type(data).__name__}, not {kind.__name__}")
        return data

    return read


def _literal_reader(allowed: frozenset[Any]) -> _Reader:
    def read(data: Json, where: str) -> Any:
        if not isinstance(data, str | int) or data not in allowed:
            raise CodecError(f"{where} is {data!r:.40}, not one of {', '.join(sorted(map(str, allowed)))}")
        return data

    return read


def _tuple_reader(item: _Reader) -> _Reader:
    def read(data: Json, where: str) -> Any:
        if not isinstance(data, list):
            raise CodecError(f"{where} is not a list")
        return tuple(item(value, f"{where}[{index}]") for index, value in enumerate(data))

    return read


def _mapping_reader(item: _Reader) -> _Reader:
    def read(data: Json, where: str) -> Any:
        if not isinstance(data, dict):
            raise CodecError(f"{where} is not an object")
        return {key: item(value, f"{where}.{key}") for key, value in data.items()}

    return read


def _union_reader(kinds: tuple[Any, ...]) -> _Reader:
    readers = [_reader(kind) for kind in kinds if kind is not type(None)]
    optional = len(readers) < len(kinds)

    def read(data: Json, where: str) -> Any:
        if data is None and optional:
            return None
        for position, reader in enumerate(readers):
            try:
                return reader(data, where)
            except CodecError:
                if position == len(readers) - 1:
                    raise
        raise CodecError(f"{where} is empty")

    return read


def _dataclass_reader(kind: type) -> _Reader:
    hints = typing.get_type_hints(kind)
    readers = {f.name: _reader(hints[f.name]) for f in fields(kind)}
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}

    def read(data: Json, where: str) -> Any:
        if not isinstance(data, dict):
            raise CodecError(f"{where} is not an object")
        if unknown := data.keys() - readers.keys():
            raise CodecError(f"{where} has no field {sorted(map(str, unknown))[0]!r:.60}")
        if missing := required - data.keys():
            raise CodecError(f"{where} lacks {sorted(missing)[0]}")
        return kind(**{name: readers[name](value, f"{where}.{name}") for name, value in data.items()})

    return read
