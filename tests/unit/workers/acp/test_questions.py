"""Questions that an agent asks with a tool of its own: the person answers words, and nothing else is allowed by it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prdrunner_tui.workers.acp.outcome import Seen
from prdrunner_tui.workers.acp.questions import Question, questions
from prdrunner_tui.workers.acp.tools import ToolCalls
from tests.unit.agents.conftest import Bench, log_of
from tests.unit.workers.acp.conftest import scripted
from tests.unit.workers.acp.test_turns import QUICK

DAY = {
    "question": "Does until include the day itself?",
    "header": "Day",
    "options": [{"label": "yes", "description": "up to midnight"}, {"label": "no"}],
    "multiSelect": False,
}
NAMES = {"question": "Which names?", "header": "Names", "options": [], "multiSelect": True}
OPTIONS = {"questions": "answers"}


def test_what_is_asked_and_what_is_proposed() -> None:
    assert questions({"questions": [DAY, NAMES], "metadata": {"source": "x"}}) == (
        Question("Does until include the day itself?", {"yes: up to midnight": "yes", "no": "no"}),
        Question("Which names? (several can be chosen: write them)", {}),
    )
    asked = questions({"questions": [DAY]})[0]
    assert (
        asked.answer("yes: up to midnight") == "yes" and asked.answer("only on Sundays") == "only on Sundays"
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"questions": []},
        {"questions": "Why?"},
        {"questions": [DAY, {"question": " "}]},
        {"questions": [DAY, 7]},
        {"questions": [DAY], "command": "rm -rf /"},
        {"questions": [{**DAY, "command": "rm -rf /"}]},
        {"questions": [{**DAY, "options": [{"label": "yes", "run": "rm -rf /"}]}]},
        {"questions": [DAY], "metadata": {"source": "x", "command": "rm -rf /"}},
        {"questions": [DAY], "metadata": "rm -rf /"},
        {"questions": [DAY] * 9},
        {"questions": [{**DAY, "options": [{"label": str(n)} for n in range(10)]}]},
        {"command": "rm -rf /"},
    ],
)
def test_what_is_no_question_is_asked_as_the_permission_that_it_is(given: Any) -> None:
    assert questions(given) == ()


def test_long_words_are_cut_and_a_choice_still_stands_for_the_whole_answer() -> None:
    label = "keep " * 100
    (asked,) = questions({"questions": [{"question": "?" * 10_000, "options": [{"label": label}]}]})
    (shown,) = asked.choices
    assert len(asked.words) < 4100 and len(shown) < 310
    assert asked.answer(shown) == label.strip()


@pytest.mark.parametrize(
    ("before", "call"),
    [
        ({}, {"kind": "execute", "title": "rm -rf ~"}),
        ({}, {"kind": "other", "title": "drop_database (prod MCP Server)"}),
        (
            {},
            {
                "kind": "think",
                "content": [{"type": "diff", "path": "/h/.bashrc", "oldText": "", "newText": "x"}],
            },
        ),
        ({}, {"kind": "think", "locations": [{"path": "/h/.bashrc"}]}),
        ({"kind": "think", "rawInput": {"command": "rm -rf ~"}}, {"kind": "think"}),
        ({"kind": "execute", "rawInput": {"command": "rm -rf ~"}}, {"kind": "think"}),
    ],
)
def test_no_other_tool_passes_as_a_question(before: dict[str, Any], call: dict[str, Any]) -> None:
    calls = ToolCalls(lambda update: None, ["/w"], "k", Seen())
    if before:
        calls.update({"toolCallId": "c", **before})
    request = {"toolCallId": "c", **call, "rawInput": {"questions": [DAY]}}
    calls.asked(request)
    assert calls.questions(request) == ()


def test_the_question_tool_is_one() -> None:
    calls = ToolCalls(lambda update: None, ["/w"], "k", Seen())
    request = {
        "toolCallId": "c",
        "kind": "think",
        "title": "Ask user 1 question",
        "rawInput": {"questions": [DAY]},
    }
    calls.update({**request, "status": "pending"})
    calls.asked(request)
    assert [one.words for one in calls.questions(request)] == [DAY["question"]]


async def test_the_answers_reach_the_agent_as_it_calls_them(bench: Bench) -> None:
    options = scripted({"question": {"questions": [DAY, NAMES]}}, options=OPTIONS)
    link = await bench.hosts.launch(bench.turn("k", "acp", options, limits=QUICK))
    asked = await bench.told("asked")
    assert asked["question"] == DAY["question"] and asked["choices"] == ["yes: up to midnight", "no"]
    link.answer(asked["id"], "yes: up to midnight")
    other = await bench.told("asked", question="Which names? (several can be chosen: write them)")
    link.answer(other["id"], "due and until")
    assert (await link.result()).outcome == "ended"
    said = json.loads("".join(update["text"] for update in bench.kinds("said")))
    assert said == {
        "answers": {"0": "yes", "1": "due and until"},
        "outcome": {"outcome": "selected", "optionId": "allow_once"},
    }
    assert not bench.kinds("permission_asked")
    told = log_of(link).decode()
    first, second = told.index("asks: Does until"), told.index("asks: Which names?")
    assert first < told.index("answered: yes: up to midnight\n") < second
    assert second < told.index("answered: due and until\n") < told.index('{"answers"')


async def test_what_was_allowed_or_refused_stands_in_the_log(bench: Bench) -> None:
    options = scripted(
        *({"run": {"command": f"true {n}", "ask": True}} for n in range(2)), more=[[{"say": "fine"}]]
    )
    link = await bench.hosts.launch(bench.turn("k", "acp", options, limits=QUICK))
    for detail, allow in (("true 0", True), ("true 1", False)):
        asked = await bench.told("permission_asked", detail=detail)
        link.permission(asked["id"], allow=allow, reason="" if allow else "leave it")
    assert (await link.result()).outcome == "ended"
    told = log_of(link).decode()
    assert "command true 0\nallowed\n" in told and "command true 1\nrefused: leave it\n" in told


async def test_an_agent_that_takes_no_answers_asks_for_permission(bench: Bench) -> None:
    link = await bench.hosts.launch(
        bench.turn("k", "acp", scripted({"question": {"questions": [DAY]}}), limits=QUICK)
    )
    asked = await bench.told("permission_asked")
    link.permission(asked["id"], allow=False)
    assert (await link.result()).outcome == "ended"
    assert not bench.kinds("asked")


async def test_a_question_is_withdrawn_with_the_turn(bench: Bench) -> None:
    options = scripted({"question": {"questions": [DAY]}}, options=OPTIONS)
    link = await bench.hosts.launch(bench.turn("k", "acp", options, limits=QUICK))
    asked = await bench.told("asked")
    link.cancel("no more")
    assert (await link.result()).outcome == "cancelled"
    assert [update["id"] for update in bench.kinds("withdrawn")] == [asked["id"]]
