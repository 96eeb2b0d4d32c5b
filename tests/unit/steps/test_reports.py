"""The JSON that a worker writes for us is checked before it is believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prdrunner_tui.steps.reports import MAX_BYTES, ReportError, read_report


def written(path: Path, data: object) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def test_a_plan_keeps_its_known_fields(tmp_path: Path) -> None:
    data = {
        "summary": "s",
        "approach": "a",
        "changes": [{"path": "x", "action": "new", "extra": 1}],
        "more": 2,
    }
    plan = read_report("plan_impl", written(tmp_path / "r", data))
    assert plan == {"summary": "s", "approach": "a", "changes": [{"path": "x", "action": "new", "note": ""}]}


def test_a_review_without_severity_is_major(tmp_path: Path) -> None:
    review = read_report("review", written(tmp_path / "r", {"issues": [{"text": "wrong", "line": 3}]}))
    assert review["issues"] == [{"severity": "major", "file": "", "line": 3, "text": "wrong"}]


@pytest.mark.parametrize(
    "data",
    [
        "not json",
        "[" * 100_000,
        [],
        {"issues": "none"},
        {"issues": [1]},
        {"issues": [{"severity": "huge"}]},
        {"issues": [{"text": 5}]},
        " " * (MAX_BYTES + 1),
        {"summary": []},
    ],
)
def test_something_else_is_refused(tmp_path: Path, data: object) -> None:
    with pytest.raises(ReportError):
        read_report("review", written(tmp_path / "r", data))


def test_a_link_to_another_file_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "r").symlink_to(written(tmp_path / "other", {"issues": []}))
    with pytest.raises(ReportError):
        read_report("review", tmp_path / "r")


def test_no_file_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_report("review", tmp_path / "r")
