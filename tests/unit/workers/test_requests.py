"""The requests of a turn, from what agents tell of it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.agents.job import JobResult
from prdrunner_tui.workers.acp.usage import READERS
from prdrunner_tui.workers.requests import MOST, Requests, between
from prdrunner_tui.workers.updates import Request, UsageReported


def context(used: int, amount: float | None = None, **meta: Any) -> dict[str, Any]:
    cost = {} if amount is None else {"cost": {"amount": amount, "currency": "USD"}}
    return {"sessionUpdate": "usage_update", "used": used, "size": 200_000, **cost, "_meta": meta}


def chunk(**usage: Any) -> dict[str, Any]:
    """What qwen says after each request: a message without text."""
    return {
        "sessionUpdate": "agent_message_chunk",
        "content": {"type": "text", "text": ""},
        "_meta": {"usage": usage, "durationMs": 156},
    }


def totals(into: Any, out: Any, cached: Any, amount: float | None = None, steps: int = 1) -> dict[str, Any]:
    """What vibe says: the totals of its session."""
    return context(1290, amount, steps=steps, promptTokens=into, completionTokens=out, cachedTokens=cached)


def whole(
    kind: str, before: list[Any], updates: list[Any], answers: list[Any], *, resumed: bool = False
) -> UsageReported | None:
    """What the result of a turn holds."""
    reader = READERS[kind]()
    for update in before:
        reader.update(update)
    reader.prompted(resumed=resumed)
    told = [reader.update(u) for u in updates] + [reader.answer(a) for a in answers]
    return reader.whole(next((u for u in reversed(told) if u is not None), None))


def told_by(usage: UsageReported | None) -> tuple[Request, ...]:
    assert usage is not None
    return usage.requests


QWEN = {
    "inputTokens": 1234,
    "outputTokens": 56,
    "totalTokens": 1290,
    "thoughtTokens": 6,
    "cachedReadTokens": 1000,
}


def test_qwen_tells_each_request() -> None:
    """Those that it repeats of an earlier turn when a session is loaded are none of this one."""
    second = {**QWEN, "inputTokens": 2000, "outputTokens": 7}
    usage = whole("qwen", [chunk(**QWEN)], [chunk(**QWEN), chunk(**second)], [{"stopReason": "end_turn"}])
    assert told_by(usage) == (Request(1234, 56, 1000, 6), Request(2000, 7, 1000, 6))
    assert usage is not None and (usage.input, usage.output, usage.requests_before) == (3234, 63, 0)


def test_vibe_tells_each_request_by_the_totals_of_its_session() -> None:
    """As recorded: an update before each request repeats the totals, one after it has the new ones."""
    updates = [
        totals(0, 0, 0, steps=1), totals(0, 0, 0, steps=2), totals(1234, 56, 1000, 0.004542, 2),
        totals(1234, 56, 1000, 0.004542, 3), totals(2468, 112, 2000, 0.009084, 3), totals(2468, 112, 2000, 0.009084, 3),
    ]  # fmt: skip
    answer = {
        "usage": {"totalTokens": 2580, "inputTokens": 2468, "outputTokens": 112, "cachedReadTokens": 2000}
    }
    one = Request(1234, 56, 1000, cost_usd=0.004542)
    assert told_by(whole("vibe", [totals(0, 0, 0)], updates, [answer])) == (one, one)


def test_requests_of_a_session_that_goes_on_are_those_of_this_turn() -> None:
    before = totals(6170, 280, 5000, 0.02271, 0)
    after = totals(7404, 336, 6000, 0.027252, 2)
    usage = whole("vibe", [before], [before, after], [], resumed=True)
    assert told_by(usage) == (Request(1234, 56, 1000, cost_usd=0.004542),)


def test_where_the_totals_of_earlier_turns_are_not_known_the_first_request_is_not_either() -> None:
    updates = [totals(7404, 336, 6000, 0.027252), totals(8638, 392, 7000, 0.031794)]
    usage = whole("vibe", [], updates, [], resumed=True)
    assert told_by(usage) == (Request(), Request(1234, 56, 1000, cost_usd=0.004542))


def test_opencode_tells_the_last_request_of_a_prompt_and_no_cost_of_it() -> None:
    answer = {"usage": {"inputTokens": 234, "outputTokens": 56, "cachedReadTokens": 1000}}
    usage = whole("opencode", [], [context(1234, 0.00921)], [answer, answer])
    assert told_by(usage) == (Request(1234, 56, 1000),)
    assert usage is not None and (usage.scope, usage.cost_usd) == ("last_request", 0.00921)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("claude", {"usage": {"inputTokens": 1170, "outputTokens": 280, "cachedReadTokens": 5000}}),
        ("gemini", {"_meta": {"quota": {"token_count": {"input_tokens": 6170, "output_tokens": 280}}}}),
        ("codex", {"stopReason": "end_turn"}),
        ("none", {"usage": {"inputTokens": 5}}),
    ],
)
def test_others_tell_none_apart(kind: str, answer: dict[str, Any]) -> None:
    usage = whole(kind, [], [context(1290, 0.00921), context(2580, 0.0184)], [answer])
    assert told_by(usage) == ()


def test_a_turn_of_which_nothing_was_told_has_no_usage() -> None:
    assert whole("qwen", [], [], [{"stopReason": "end_turn"}]) is None


def test_a_report_while_the_turn_runs_does_not_repeat_the_requests() -> None:
    reader = READERS["qwen"]()
    reader.prompted(resumed=False)
    for _ in range(5):
        told = reader.update(chunk(**QWEN))
        assert told is not None and told.requests == ()


# Totals.


def report(into: int | None = None, out: int | None = None, usd: float | None = None) -> UsageReported:
    return UsageReported("turn", into, out, cost_usd=usd)


def test_a_figure_that_did_not_grow_is_unknown_and_not_zero() -> None:
    assert between(report(10, 5, 0.5), report(30, 5, 0.5)) == Request(input=20)


def test_totals_that_fell_are_of_another_count() -> None:
    assert between(report(1000, 50, 0.5), report(200, 20, 0.75)) == Request(200, 20, cost_usd=0.25)
    assert between(report(10, 5, 0.5), report(30, 6, 0.125)) == Request(20, 1, cost_usd=0.125)


def test_a_cost_that_comes_later_belongs_to_the_request_before_it() -> None:
    requests = Requests()
    steps = [report(), report(10, 5), report(10, 5, 0.25), report(30, 7, 0.25), report(30, 7, 0.75)]
    for before, now in pairwise(steps):
        requests.totals(before, now)
    usage = requests.into(steps[-1])
    assert told_by(usage) == (Request(10, 5, cost_usd=0.25), Request(20, 2, cost_usd=0.5))


def test_the_newest_are_kept_and_the_others_counted() -> None:
    requests = Requests()
    for number in range(1, MOST + 8):
        requests.add(Request(number, 1))
    usage = requests.into(report(1, 1))
    assert usage is not None and usage.requests_before == 7
    assert (len(usage.requests), usage.requests[0].input, usage.requests[-1].input) == (MOST, 8, MOST + 7)


# What an agent says is hostile.

junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(2**80), 2**80), st.floats(), st.text(max_size=5),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


@pytest.mark.parametrize("value", [-1, 2**70, float("nan"), float("inf"), "1234", True, [1], {"n": 1}, 1.5])
def test_figures_that_are_none_are_not_told(value: Any) -> None:
    figures = {"inputTokens": value, "outputTokens": 56, "cachedReadTokens": value, "thoughtTokens": value}
    assert told_by(whole("qwen", [], [chunk(**figures)], [])) == (Request(output=56),)
    vibe = whole("vibe", [], [totals(value, 56, value, 0.5), totals(value, 66, value, 0.75)], [])
    assert told_by(vibe) == (Request(output=56, cost_usd=0.5), Request(output=10, cost_usd=0.25))
    nothing = dict.fromkeys(QWEN, value)
    assert told_by(whole("qwen", [], [chunk(outputTokens=1), chunk(**nothing)], [])) == (Request(output=1),)


@pytest.mark.parametrize("kind", sorted(READERS))
@given(said=st.lists(st.tuples(junk, junk, junk, junk), max_size=6), resumed=st.booleans())
def test_whatever_is_said_the_result_can_be_read_back(
    kind: str, said: list[tuple[Any, Any, Any, Any]], resumed: bool
) -> None:
    updates = [
        {
            **(chunk(inputTokens=a, outputTokens=b, cachedReadTokens=c) if n % 2 else totals(a, b, c)),
            "cost": d,
        }
        for n, (a, b, c, d) in enumerate(said)
    ]
    answers = [{"usage": {"inputTokens": a, "outputTokens": b, "cachedReadTokens": c}} for a, b, c, _ in said]
    usage = whole(kind, [], updates, answers, resumed=resumed)
    written = json.dumps(JobResult("k", 1, "ended", "", usage=usage).to_json(), allow_nan=False)
    assert JobResult.from_json(json.loads(written)).usage == usage
    for one in usage.requests if usage is not None else ():
        figures = (one.input, one.output, one.cached, one.reasoning, one.cost_usd)
        assert all(figure is None or figure >= 0 for figure in figures)
