"""Events and commands as JSON, with a version for each event.

An event is stored as its class name, a version, and an object of its fields. A field that is missing takes its
default, so that a field can be added without a new version; a field that is unknown is refused. A change that
defaults cannot express raises the version and registers an upcaster from the one before.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing
from collections.abc import Callable, Mapping
from typing import Any, get_args

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.values import CodecError, Json, from_json, to_json

_SURROGATE = re.compile("[\ud800-\udfff]")

VERSIONS: Mapping[str, int] = {}
"""The version of each event that is not at 1."""

UPCASTERS: Mapping[tuple[str, int], Callable[[dict[str, Json]], dict[str, Json]]] = {}
"""What turns the fields of (event, version) into those of the next version."""

EVENT_TYPES: Mapping[str, type] = {kind.__name__: kind for kind in get_args(events.Event)}
COMMAND_TYPES: Mapping[str, type] = {kind.__name__: kind for kind in get_args(commands.Command)}


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
    if not 1 <= version <= newest:
        raise CodecError(f"event {name} has version {version}, this program knows {newest}")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"event {name} is not JSON: {error}") from None
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
    """JSON text that is the same for the same values: sorted keys, no spaces, no NaN.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    if not text.isascii() and _SURROGATE.search(text):
        # A lone surrogate, as in the name of a file that is no UTF-8, has no bytes of its own.
        return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text


def digest(value: Any) -> str:
    """SHA-256 over the canonical form of a value: what was shown, or a whole state."""
    return hashlib.sha256(canonical(to_json(value)).encode("utf-8", "surrogatepass")).hexdigest()
