"""JSON lines between a host and an engine, read as untrusted input: size, depth and shape are limited."""

from __future__ import annotations

import json
from typing import Any

from prdrunner_tui.kernel.values import LARGEST

LONGEST = 1024 * 1024
"""Bytes of the longest line that is read."""
DEEPEST = 32


class LineError(ValueError):
    """A line that is not an acceptable message; the message says why."""


def encode_line(message: dict[str, Any]) -> bytes:
    """The message as one line."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def decode_line(line: bytes) -> dict[str, Any]:
    """The object in a line.

    Raises:
        LineError: too long, too deep, not UTF-8, not JSON, or not an object.
    """
    if len(line) > LONGEST:
        raise LineError("a line over 1 MiB")
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except RecursionError:
        raise LineError("nested too deeply") from None
    except ValueError:
        raise LineError("not JSON") from None
    if not isinstance(value, dict):
        raise LineError("not an object")
    _limit(value, 0)
    return value


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _limit(value: object, depth: int) -> None:
    if depth > DEEPEST:
        raise LineError("nested too deeply")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST:
        raise LineError("a number beyond 2**53")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for v in inner:
        _limit(v, depth + 1)
