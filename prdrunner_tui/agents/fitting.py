"""An update as the engine gets it: without credentials, and never longer than a line that is read. Pure.

What an agent puts into an update is hostile input. A line that the engine refuses would be told again at each
connection, for ever; so every part has a limit, their sum has one too, and a number that no line takes is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from prdrunner_tui.agents.lines import LONGEST, encode_line
from prdrunner_tui.kernel.values import LARGEST
from prdrunner_tui.text.cut import CUT
from prdrunner_tui.text.redact import MARK, SHORTEST, redact
from prdrunner_tui.workers.port import PermissionAsked, Update, to_json

BUDGET = LONGEST // 2
"""Bytes of the longest line an update makes."""

_ENVELOPE = 64
"""Bytes of that for what stands around the update in its line."""
_LONGEST_TEXT = 64 * 1024
_SHORTEST_TEXT = 256
"""Bytes to which texts are cut before lists lose entries: an id is never longer."""
_LONGEST_PATH = 4096
_LONGEST_LIST = 200
_PATHS = ("path", "old_path", "paths")
_JUDGED = {"command": "detail", "network": "detail", "edit": "paths", "read": "paths"}
"""Action -> the part of a request by which rules answer it; what is none of these a person always answers."""


def fitted(update: Update, secrets: Sequence[bytes]) -> dict[str, Any]:
    """The update's JSON, redacted and cut to a size that fits a line.

    A request of which rules would see only a part goes to the person, as a tool without paths.

    Args:
        update: what the worker tells.
        secrets: the credentials.
    """
    whole: dict[str, Any] = _clean(to_json(update), secrets)
    cut = _within_budget(whole)
    judged = _JUDGED.get(update.action) if isinstance(update, PermissionAsked) else None
    if isinstance(update, PermissionAsked) and judged is not None and cut[judged] != whole[judged]:
        many = f" of {len(update.paths)} paths" if update.paths else ""
        words = " ".join(part for part in (", ".join(cut["paths"]), cut["detail"]) if part)
        detail = f"{update.action}{many}, too long to be shown whole: {words}"
        cut = _within_budget({**whole, "action": "tool", "detail": detail, "paths": []})
    return cut


def _clean(value: Any, secrets: Sequence[bytes]) -> Any:
    """The value without credentials and without numbers no line takes; of a long list one entry too many is left."""
    if isinstance(value, str):
        data = value.encode("utf-8", "replace")
        clean = _without_halves(redact(data, secrets), secrets) if secrets else data
        return clean.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {key: _clean(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_clean(each, secrets) for each in value[: _LONGEST_LIST + 1]]
    if isinstance(value, int | float) and not -LARGEST <= value <= LARGEST:
        return None
    return value


def whole_words(update: Update, secrets: Sequence[bytes]) -> Update:
    """The update without the beginning of a credential where a worker has cut a text in the middle of one."""
    if not secrets:
        return update
    changed: dict[str, Any] = {}
    for field in fields(update):
        value = getattr(update, field.name)
        if isinstance(value, str):
            data = value.encode("utf-8", "replace")
            if (clean := _without_halves(data, secrets)) != data:
                changed[field.name] = clean.decode("utf-8", "replace")
    made: Update = replace(update, **changed) if changed else update
    return made


def _without_halves(data: bytes, secrets: Sequence[bytes]) -> bytes:
    """The text without what may be the beginning of a credential at its end, in front of a mark that it was cut."""
    cut = CUT.encode() if data.endswith(CUT.encode()) else b""
    body = data[: len(data) - len(cut)]
    for secret in secrets:
        for size in range(min(len(secret) - 1, len(body)), SHORTEST - 1, -1):
            if body.endswith(secret[:size]):
                return body[: len(body) - size] + MARK + cut
    return data


def _within_budget(value: dict[str, Any]) -> dict[str, Any]:
    """Cut as little as the budget allows: first the texts, then the lists."""
    text, entries = _LONGEST_TEXT, _LONGEST_LIST
    while True:
        cut: dict[str, Any] = _cut(value, text, entries)
        if entries == 0 or len(encode_line(cut)) <= BUDGET - _ENVELOPE:
            return cut
        if text > _SHORTEST_TEXT:
            text //= 2
        else:
            entries //= 2


def _cut(value: Any, text: int, entries: int) -> Any:
    if isinstance(value, str):
        return _short(value, text)
    if isinstance(value, dict):
        limits = {key: min(text, _LONGEST_PATH) if key in _PATHS else text for key in value}
        return {key: _cut(each, limits[key], entries) for key, each in value.items()}
    if isinstance(value, list):
        return [_cut(each, text, entries) for each in value[:entries]]
    return value


def _short(text: str, limit: int) -> str:
    """The text in at most `limit` bytes, with a mark where it is cut."""
    if len(text) * 4 <= limit:
        return text
    data = text.encode()
    if len(data) <= limit:
        return text
    return data[: limit - len(CUT.encode())].decode("utf-8", "ignore") + CUT
