"""The JSON that a worker writes for us: a plan, a review. Bounded, and checked by hand, since an agent wrote it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MAX_BYTES = 256 * 1024
_MAX_ITEMS = 200
_MAX_TEXT = 4000


class ReportError(ValueError):
    """A report that is not one; the message says what is wrong."""


def read_report(role: str, path: Path) -> dict[str, Any]:
    """The report of ``plan_impl`` or ``review``, with known fields only.

    A plan is ``{"summary", "approach", "changes": [{"path", "action", "note"}]}``; a review is
    ``{"summary", "issues": [{"severity": "blocker"|"major"|"minor"|"note", "file", "line", "text"}]}``.

    Raises:
        FileNotFoundError: none was written.
        ReportError: it is something else.
    """
    if path.is_symlink() or not path.is_file():
        if not path.exists():
            raise FileNotFoundError(path)
        raise ReportError("the report is not a regular file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ReportError(f"the report is longer than {MAX_BYTES:,} bytes")
    try:
        report = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"the report is not JSON: {error}") from None
    if not isinstance(report, dict):
        raise ReportError("the report is not an object")
    return _plan(report) if role == "plan_impl" else _review(report)


def _plan(report: dict[str, Any]) -> dict[str, Any]:
    changes = [
        {name: _text(change, name) for name in ("path", "action", "note")}
        for change in _items(report, "changes")
    ]
    return {"summary": _text(report, "summary"), "approach": _text(report, "approach"), "changes": changes}


def _review(report: dict[str, Any]) -> dict[str, Any]:
    issues = []
    for issue in _items(report, "issues"):
        severity = _text(issue, "severity") or "major"
        if severity not in ("blocker", "major", "minor", "note"):
            raise ReportError(f"unknown severity {severity!r:.40}")
        line = issue.get("line")
        issues.append(
            {
                "severity": severity,
                "file": _text(issue, "file"),
                "line": line if isinstance(line, int) and not isinstance(line, bool) else None,
                "text": _text(issue, "text") or "no text",
            }
        )
    return {"summary": _text(report, "summary"), "issues": issues}


def _items(report: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = report.get(name, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ReportError(f"{name} is not a list of objects")
    return found[:_MAX_ITEMS]


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise ReportError(f"{name} is not text")
    return value[:_MAX_TEXT]
