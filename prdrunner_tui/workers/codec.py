"""A strict codec between frozen dataclasses and JSON values, driven by the type hints.

What comes in is untrusted: an unknown field, a missing one, a wrong type, a number beyond 2**53 or a
value nested too deeply is refused with a :class:`CodecError` that names the place.
"""

from __future__ import annotations

import base64
import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")

_BIGGEST = 2**53
_DEEPEST = 32


class CodecError(ValueError):
    """A value that is not what the type says; the message names the place."""


def encode(value: object) -> Any:
    """The JSON value of a dataclass (bytes become base64, tuples lists)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple | list):
        return [encode(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): encode(v) for k, v in value.items()}
    return value


def decode(cls: type[T], value: object, at: str = "") -> T:
    """A `cls` made of the JSON value; fields with a default may be missing.

    Raises:
        CodecError: the value does not fit.
    """
    if not isinstance(value, dict):
        raise CodecError(f"{at or cls.__name__}: an object was expected")
    hints = _hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = [k for k in value if k not in fields]
    if unknown:
        raise CodecError(f"{at or cls.__name__}: unknown field {str(unknown[0])[:60]!r}")
    made: dict[str, Any] = {}
    for name, field in fields.items():
        if name in value:
            made[name] = _value(hints[name], value[name], f"{at or cls.__name__}.{name}", 0)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise CodecError(f"{at or cls.__name__}: field {name!r} is missing")
    return cls(**made)


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(cls: type) -> dict[str, Any]:
    if cls not in _HINTS:
        _HINTS[cls] = typing.get_type_hints(cls)
    return _HINTS[cls]


def _value(hint: Any, value: object, at: str, depth: int) -> Any:
    if depth > _DEEPEST:
        raise CodecError(f"{at}: nested too deeply")
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _one_of(typing.get_args(hint), value, at, depth)
    if origin is typing.Literal:
        if any(type(value) is type(a) and value == a for a in typing.get_args(hint)):
            return value
        raise CodecError(f"{at}: {str(value)[:60]!r} is none of {', '.join(map(str, typing.get_args(hint)))}")
    if origin is tuple:
        if not isinstance(value, list):
            raise CodecError(f"{at}: a list was expected")
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, v, f"{at}[{i}]", depth + 1) for i, v in enumerate(value))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise CodecError(f"{at}: an object was expected")
        inner = typing.get_args(hint)[1]
        return {k: _value(inner, v, f"{at}.{str(k)[:40]}", depth + 1) for k, v in value.items()}
    return _plain(hint, value, at, depth)


def _one_of(choices: tuple[Any, ...], value: object, at: str, depth: int) -> Any:
    if value is None:
        if type(None) in choices:
            return None
        raise CodecError(f"{at}: must not be null")
    error: CodecError | None = None
    for choice in choices:
        if choice is type(None):
            continue
        try:
            return _value(choice, value, at, depth)
        except CodecError as bad:
            error = bad
    raise error or CodecError(f"{at}: nothing fits")


def _plain(hint: Any, value: object, at: str, depth: int) -> Any:
    if hint is Any or hint is object:
        _check_depth(value, at, depth)
        return value
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return decode(hint, value, at)
    if hint is bytes:
        if not isinstance(value, str):
            raise CodecError(f"{at}: base64 text was expected")
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            raise CodecError(f"{at}: not base64") from None
    if hint is float and type(value) is int and abs(value) <= _BIGGEST:
        return float(value)
    if type(value) is not hint:
        raise CodecError(f"{at}: {getattr(hint, '__name__', hint)} was expected")
    if type(value) is int and abs(value) > _BIGGEST:
        raise CodecError(f"{at}: a number beyond 2**53")
    return value


def _check_depth(value: object, at: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise CodecError(f"{at}: nested too deeply")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for v in inner:
        _check_depth(v, at, depth + 1)
