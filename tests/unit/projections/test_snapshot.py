"""A state that is handed to a screen fits the wire whatever was asked, and goes on like the whole one."""

from __future__ import annotations

from typing import Any

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.events import Event, Recorded
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.kernel.values import from_json, to_json
from prdrunner_tui.projections.snapshot import snapshot
from prdrunner_tui.wire.protocol import MAX_LINE, SNAPSHOT_LIMIT, encode
from tests.unit.tui.sample_run import ME, sample_log

DUE = "due-dates"

LONG = "語" * 2000


def question(id: str, title: str = LONG, **facts: Any) -> events.DecisionOpened:
    choices = {"job": "k", "ask": id, "choices": ["ж" * 800] * 9, **facts}
    return events.DecisionOpened(
        id, "question", f"ask/k/{id}", DUE, "implement", 1, title, "h" * 64, choices, ("answer",)
    )


def after(*told: Event) -> RunState:
    log = sample_log()
    for event in told:
        log.add(900, event)
    return log.state()


def fits(state: RunState) -> RunState:
    """The snapshot as a front end gets it."""
    line = encode({"id": 1, "ok": to_json(snapshot(state, SNAPSHOT_LIMIT))})
    assert len(line) <= MAX_LINE
    return from_json(RunState, to_json(snapshot(state, SNAPSHOT_LIMIT)))


def test_a_state_of_ordinary_size_stays_as_it_is() -> None:
    state = after(question("x", "Which day?"))
    assert snapshot(state, SNAPSHOT_LIMIT) == state


def test_some_long_questions_keep_what_a_person_needs_to_answer() -> None:
    state = fits(after(*(question(f"x{n}", f"{n} {LONG}") for n in range(60))))
    waiting = [d for d in state.open_decisions() if d.kind == "question" and d.id.startswith("x")]
    assert len(waiting) == 60
    for number, decision in enumerate(waiting):
        assert decision.title.startswith(f"{number} 語語") and decision.title.endswith(" […]")
        assert decision.content_hash == "h" * 64 and decision.facts["choices"]


@pytest.mark.parametrize("options", [[], [{"id": "o" * 200, "label": LONG, "kind": "allow_once"}] * 3])
def test_a_flood_of_questions_fits(options: list[Any]) -> None:
    state = fits(after(*(question(f"x{n}", options=options, why=LONG) for n in range(800))))
    assert sum(d.id.startswith("x") for d in state.open_decisions()) == 800


def test_a_flood_of_what_ended_fits_and_the_newest_of_it_is_there() -> None:
    told: list[Event] = []
    for number in range(3000):
        told += (
            question(f"x{number}", f"run {number}"),
            events.DecisionMade(f"x{number}", "rejected", ME, LONG),
        )
    state = fits(after(*told, question("open")))
    assert "x2999" in state.decisions and "open" in state.decisions and "x0" not in state.decisions


def test_long_messages_fit() -> None:
    told = [events.MessageSent(f"m{n}", DUE, "message", LONG * 20, ME) for n in range(60)]
    assert len([m for m in fits(after(*told)).messages if m.startswith("m")]) >= 60


def test_events_go_on_from_a_cut_state_as_from_the_whole() -> None:
    whole = after(*(question(f"x{n}") for n in range(800)), question("last"))
    cut = fits(whole)
    made = Recorded(whole.seq + 1, 901.0, events.DecisionMade("last", "approved", ME, "yes"))
    for state in (whole, cut):
        decision = evolve(state, made).decisions["last"]
        assert (decision.status, decision.by, decision.reason) == ("approved", ME, "yes")
    assert len(evolve(cut, made).open_decisions()) == len(evolve(whole, made).open_decisions())
