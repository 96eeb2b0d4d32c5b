"""The turns of a run and their requests, as facts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.projections.requests import (
    RequestFacts,
    TurnRequests,
    requests_from_json,
    requests_to_json,
    tokens_of,
    turn_of,
    turns,
)
from prdrunner_tui.projections.snapshot import snapshot
from tests.unit.tui.sample_run import START, sample_log, started


def test_the_turns_of_the_sample_run_oldest_first() -> None:
    found = turns(sample_log().state())
    assert [turn.phase for turn in found[:3]] == ["storage", "config", "due-dates"]
    assert [turn.at for turn in found] == sorted(turn.at for turn in found)
    first = found[0]
    assert (first.step, first.iteration, first.over, tokens_of(first)) == ("implement", 1, True, 130_400)
    going = next(turn for turn in found if not turn.over)
    assert going.used is None and tokens_of(going) is None


def test_those_of_a_phase_or_a_step_alone() -> None:
    state = sample_log().state()
    assert {turn.phase for turn in turns(state, "tags")} == {"tags"}
    assert {turn.step for turn in turns(state, step="implement")} == {"implement"}
    assert turns(state, "tags", "plan_impl") == []


def test_a_trimmed_snapshot_still_has_them() -> None:
    state = sample_log().state()
    assert turns(snapshot(state, 1)) and all(turn.key for turn in turns(snapshot(state, 1)))


def test_a_turn_that_told_no_tokens_used_an_unknown_number() -> None:
    log = started().add(
        0, events.PhaseStarted("storage", "b"), events.StepBegan("storage", "implement", 1, 1)
    )
    log.effect("storage", 1, 2, "turn", "storage/implement/1.1/turn", {})
    log.add(2, events.UsageRecorded("storage", "implement", 0, 0))
    (turn,) = turns(log.state())
    assert turn.used is not None and tokens_of(turn) is None
    assert turn.at == START + 1
    assert turn_of(log.state(), turn.key) is not None and turn_of(log.state(), "storage") is None


FOUND = {
    "one": TurnRequests(
        "each", (RequestFacts(1234, 56, 1000, 6, 0.0045, "reported", "m"), RequestFacts()), 3
    ),
    "two": TurnRequests("last", (RequestFacts(1, 2),)),
    "three": TurnRequests(),
}


def test_facts_survive_the_wire() -> None:
    assert requests_from_json(json.loads(json.dumps(requests_to_json(FOUND)))) == FOUND
    assert [one.count for one in FOUND.values()] == [5, None, None]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"turns": []},
        {"turns": {"one": {"told": "all"}}},
        {"turns": {"one": {"requests": [{"input": "5"}]}}},
    ],
)
def test_an_answer_of_another_version_tells_nothing(answer: Any) -> None:
    assert requests_from_json(answer) == {}
