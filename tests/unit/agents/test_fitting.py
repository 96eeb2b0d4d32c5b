"""Hostile sizes: whatever an agent tells fits a line that the engine reads, and no rule judges a part of a request."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.agents.fitting import BUDGET, fitted
from prdrunner_tui.agents.job import JobResult
from prdrunner_tui.agents.lines import decode_line, encode_line
from prdrunner_tui.agents.results import read_result, write_result
from prdrunner_tui.workers.port import (
    Asked,
    CommandEnded,
    Edited,
    PermissionAsked,
    PermissionChoice,
    PlanEntry,
    Planned,
    Said,
    Update,
    UsageReported,
    from_json,
    to_json,
)

HUGE = 70_000


def line(update: Update) -> bytes:
    return encode_line({"t": "update", "update": {**fitted(update, ()), "replay": True}})


@pytest.mark.parametrize(
    "update",
    [
        PermissionAsked("p1", "edit", "\x00" * HUGE, (), tuple(f"/{n}" + "x" * HUGE for n in range(100))),
        PermissionAsked("p1", "read", "", (), ("\x00" * 4096,) * 150),
        PermissionAsked("p1", "tool", "", (PermissionChoice("i" * 256, "\x00" * 200, "allow_once"),) * 5000),
        PermissionAsked(
            "p1", "command", "\x00" * HUGE, (PermissionChoice("a", "\x01" * HUGE, "allow_once"),)
        ),
        Planned((PlanEntry("\N{GRINNING FACE}" * 2000),) * 5000),
        Asked("\x00" * HUGE, "\x00" * HUGE, ("\x00" * HUGE,) * 300),
        Edited("\x00" * HUGE, "renamed", 2**60, 1, "\x00" * HUGE, "\x00" * HUGE),
        Said("\ud800" * HUGE, "\x00" * HUGE),
        CommandEnded("c", 10**5000),
        UsageReported("turn", input=2**60, cost_usd=float("nan")),
    ],
    ids=lambda update: type(update).__name__,
)
def test_a_hostile_update_is_a_line_that_is_read(update: Update) -> None:
    told = line(update)
    assert len(told) <= BUDGET
    found = decode_line(told)["update"]
    assert found.pop("replay") is True
    assert type(from_json(found)) is type(update)


texts = st.text(max_size=40)


@given(texts, st.lists(texts, max_size=5), st.integers(1, 2000), st.sampled_from(["edit", "read", "command"]))
def test_a_request_is_told_whole_or_as_a_tool(detail: str, paths: list[str], times: int, action: str) -> None:
    asked = PermissionAsked("p1", action, detail * times, (), tuple(path * times for path in paths))
    told = from_json(fitted(asked, ()))
    assert isinstance(told, PermissionAsked) and len(line(asked)) <= BUDGET
    if told.action == "tool":
        assert told.paths == () and told.detail.startswith(action)
    elif action == "command":
        assert told.detail == asked.detail
    else:
        assert told.paths == asked.paths


def test_of_a_request_that_is_cut_the_person_sees_what_it_is_and_that_there_is_more() -> None:
    many = PermissionAsked("p1", "edit", "", (), tuple(f"src/{n}.py" for n in range(300)))
    told = fitted(many, ())
    assert (told["id"], told["action"], told["paths"]) == ("p1", "tool", [])
    assert told["detail"].startswith("edit of 300 paths, too long to be shown whole: src/0.py, src/1.py")
    long = fitted(PermissionAsked("p1", "command", "rm " + "x" * HUGE), ())
    assert long["action"] == "tool" and long["detail"].startswith(
        "command, too long to be shown whole: rm xx"
    )
    assert long["detail"].endswith(" […]")


def test_the_words_beside_a_judged_part_may_be_cut() -> None:
    told = fitted(PermissionAsked("p1", "edit", "+" * HUGE, (), ("a.py",)), ())
    assert (told["action"], told["paths"]) == ("edit", ["a.py"])
    assert told["detail"].endswith(" […]")


def test_a_path_is_cut_at_4096_bytes_and_a_secret_before_that() -> None:
    assert len(fitted(Edited("é" * 5000), ())["path"].encode()) <= 4096
    path = "x" * 4090 + "sk-live-0123456789"
    assert "sk-live" not in json.dumps(fitted(Edited(path), (b"sk-live-0123456789",)))


def test_what_fits_is_told_as_it_is() -> None:
    asked = PermissionAsked("p1", "edit", "+1", (PermissionChoice("a", "A", "allow_once"),), ("a.py",) * 200)
    assert fitted(asked, ()) == to_json(asked)


@pytest.mark.parametrize(
    "claims",
    [
        {"usage": UsageReported("last_request", input=2**53 + 1)},
        {"usage": UsageReported("turn", cost_usd=float("inf"))},
        {"usage": UsageReported("turn", input=10**5000)},
        {"retry_at": float("nan"), "session": "s"},
        {"retry_at": 2**60},
        {"exit_code": 2**60},
        {"session": "\ud800"},
    ],
    ids=["beyond", "infinite", "endless", "never", "late", "code", "surrogate"],
)
def test_a_result_with_hostile_figures_is_still_read(tmp_path: Path, claims: dict[str, Any]) -> None:
    good = JobResult("k", 1, "ended", "exit 0", usage=UsageReported("turn", input=3))
    write_result(tmp_path, dataclasses.replace(good, **claims))
    found = read_result(tmp_path)
    assert found is not None
    assert (found.key, found.attempt, found.outcome, found.reason) == ("k", 1, "ended", "exit 0")
