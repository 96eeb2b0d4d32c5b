"""Logs of complete runs replay: the same bytes, the same states, and the same next wishes of the program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from prdrunner_tui.engine.schedule import proposals
from prdrunner_tui.journal.log import Row, chain
from prdrunner_tui.kernel import events as e
from prdrunner_tui.kernel.codec import decode_event, encode_event
from prdrunner_tui.kernel.commands import Refusal, ReportEffect
from prdrunner_tui.kernel.decide import decide
from prdrunner_tui.kernel.events import Event, Recorded
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.kernel.values import to_json
from tests.engine.golden import Kept, kept, names

OURS = (e.PhaseStarted, e.StepBegan, e.StepEnded, e.EffectIntended, e.PhaseEnded, e.RunEnded, e.BudgetWarned)
"""What only the program itself wishes, from nothing but the state."""


@pytest.fixture(params=names())
def log(request: pytest.FixtureRequest) -> Kept:
    """Each kept log."""
    return kept(request.param)


def decoded(log: Kept) -> list[Recorded]:
    """Its events, as this program reads them."""
    return [Recorded(row.seq, row.at, decode_event(row.name, row.version, row.data)) for row in log.rows]


def holds(now: Any, then: Any, at: str = "") -> Iterator[str]:
    """Where a value of today differs from a kept one; fields that have come since may stand beside."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key, value in then.items():
            yield from holds(now.get(key, "nothing"), value, f"{at}.{key}")
    elif isinstance(then, list) and isinstance(now, list) and len(now) == len(then):
        for number, value in enumerate(then):
            yield from holds(now[number], value, f"{at}[{number}]")
    elif type(now) is not type(then) or now != then:
        yield f"{at}: {now!r} is not {then!r}"


def test_there_are_logs_of_a_recording_and_of_real_agents() -> None:
    assert {"demo", "claude-agent-acp", "qwen"} <= set(names())


def test_nobody_changed_a_kept_log(log: Kept) -> None:
    head = b""
    for row in log.rows:
        head = chain(head, row)
    assert head.hex() == log.hash


def test_each_event_is_written_as_it_was_read(log: Kept) -> None:
    for row, recorded in zip(log.rows, decoded(log), strict=True):
        name, version, data = encode_event(recorded.event)
        assert name == row.name and version >= row.version
        if version == row.version:
            assert list(holds(json.loads(data), json.loads(row.data), f"{row.seq} {name}")) == []


def test_the_events_come_to_the_same_state(log: Kept) -> None:
    state = RunState()
    for recorded in decoded(log):
        state = evolve(state, recorded)
    assert list(holds(to_json(state), log.state)) == []


def test_the_program_wishes_the_same_at_each_point(log: Kept) -> None:
    """All that follows from the state alone is decided again, and comes to the same events."""
    state, left = RunState(), decoded(log)
    while left:
        made = _again(state, left)
        for recorded, event in zip(left, made, strict=False):
            assert list(holds(_stored(event), _stored(recorded.event), f"{recorded.seq}")) == []
        for recorded in left[: len(made)]:
            state = evolve(state, recorded)
        left = left[len(made) :]


def _again(state: RunState, left: list[Recorded]) -> list[Event]:
    """The next events of a log, decided anew where they follow from what the log held before."""
    event = left[0].event
    if isinstance(event, OURS):
        wanted = proposals(state)
        assert wanted, f"nothing is wished where the log has {event}"
        answer = decide(state, wanted[0])
        assert not isinstance(answer, Refusal), answer
        return answer
    if isinstance(event, e.EffectDone):
        answer = decide(state, ReportEffect(event.phase, event.key, event.result))
        assert not isinstance(answer, Refusal), answer
        return answer
    return [event]


def _stored(event: Event) -> Any:
    name, _, data = encode_event(event)
    return {name: json.loads(data)}


def test_a_row_that_differs_is_found() -> None:
    first = Row(1, 1.0, "RunPaused", 1, "{}")
    assert chain(b"", first) != chain(b"", Row(1, 1.0, "RunPaused", 1, "{} "))
    assert list(holds({"a": [1, {"b": 2}], "new": 1}, {"a": [1, {"b": 3}]})) == [".a[1].b: 2 is not 3"]
