"""The lines of the control socket: one JSON object a line, with limits on size and depth.

A request is ``{"id": N, "do": VERB, ...}``. It is answered by ``{"id": N, "ok": VALUE}`` or
``{"id": N, "refused": {"code", "message", "hint"}}``. After an ``attach`` come, in between,
``{"event": {"run", "seq", "at", "name", "version", "data"}}``, ``{"signal": {...}}`` and
``{"resync": {"run", "after": N}}`` for a client that was too slow: it attaches again after event N. The
last line of an engine that ends is ``{"gone": WHY}``.
"""

from __future__ import annotations

import json
import re
from typing import Any

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.values import from_json

VERSION = 1
"""The version of this protocol; ``hello`` carries it."""

MAX_LINE = 1024 * 1024
"""Bytes of a line, its newline included."""

MAX_DEPTH = 32
"""Nesting of a message."""

SNAPSHOT_LIMIT = 256 * 1024
"""Bytes of a snapshot, about."""

MAX_LOG_LINES = 2000
"""Lines in one answer to a query of the log."""

Json = Any

_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
"""Texts in a line of JSON; one that does not end goes on to the end of the line."""


class WireError(ValueError):
    """A line that is not a message; the text says why."""


def encode(message: dict[str, Json]) -> bytes:
    """A message as a line. A lone surrogate, as in the name of a file that is no UTF-8, arrives as it is."""
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def decode(line: bytes) -> dict[str, Json]:
    """The message in a line.

    Raises:
        WireError: too long, too deep, not JSON, not an object.
    """
    if len(line) > MAX_LINE:
        raise WireError(f"a line of {len(line):,} bytes; at most {MAX_LINE:,} are taken")
    if _depth(line) > MAX_DEPTH:
        raise WireError(f"nested deeper than {MAX_DEPTH}")
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {error}") from None
    if not isinstance(message, dict):
        raise WireError("a message is an object")
    return message


def _depth(line: bytes) -> int:
    """The nesting, without parsing; brackets inside texts do not count where there are many."""
    opened = line.count(b"[") + line.count(b"{")
    if opened <= MAX_DEPTH:
        return opened
    depth = deepest = 0
    # Without its texts a line is short: a megabyte of them is not walked byte by byte.
    for byte in _STRINGS.sub(b"", line):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def refusal_to_json(refusal: Refusal) -> dict[str, str]:
    """A refusal as an object."""
    return {"code": refusal.code, "message": refusal.message, "hint": refusal.hint}


def refusal_from_json(data: Json) -> Refusal:
    """The refusal in an object; raises CodecError."""
    return from_json(Refusal, data)
