"""Frozen dataclasses to JSON values and back, by their annotations. Strict, since the other side may be anybody.

A field that is missing takes its default, so that a field can be added later; a field that is unknown is refused, and
so is a value of another type, an integer beyond 2**53, and nesting deeper than 32 levels.
"""

from __future__ import annotations

import base64
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

Json = Any
T = TypeVar("T")

LARGEST = 2**53
"""The largest integer that every reader of JSON takes as it is."""
_DEEPEST = 32


class CodecError(ValueError):
    """Data that is not what it says it is; the message names the place."""


def to_json(value: Any) -> Json:
    """A dataclass, tuple, mapping or plain value as JSON values. Tuples become lists, bytes base64."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def from_json(kind: type[T], data: Json, where: str = "") -> T:
    """Build ``kind`` from JSON values; ``where`` names the place in errors.

    Raises:
        CodecError: a field is unknown, missing or of another type.
    """
    return typing.cast(T, _reader(typing.cast(Any, kind))(data, where or kind.__name__))


_Reader = Callable[[Json, str], Any]


@cache
def _reader(kind: Any) -> _Reader:
    if kind in (Any, object):
        return _anything
    if kind is bytes:
        return _bytes
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


def _anything(data: Json, where: str) -> Any:
    _check_depth(data, where, 0)
    return data


def _check_depth(data: Json, where: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise CodecError(f"{where} is nested too deeply")
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for value in inner:
        _check_depth(value, where, depth + 1)


def _bytes(data: Json, where: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (TypeError, ValueError):
        raise CodecError(f"{where} is not base64") from None


def _plain_reader(kind: type) -> _Reader:
    def read(data: Json, where: str) -> Any:
        if type(data) is int and abs(data) > LARGEST:
            raise CodecError(f"{where} is beyond 2**53")
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
