"""What a hostile agent, a repository or the calendar must not do: figures, requests, limits, budgets, sandboxes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from prdrunner_tui.agents.lines import LONGEST, encode_line
from prdrunner_tui.agents.needs import Needs
from prdrunner_tui.agents.turnhost import TurnHost
from prdrunner_tui.engine.daybook import DayBook, until_tomorrow
from prdrunner_tui.journal.registry import RunRow
from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.codec import canonical
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.settings import Allowance
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.kernel.values import from_json, to_json
from prdrunner_tui.projections.snapshot import snapshot
from prdrunner_tui.steps.workflow import next_command
from prdrunner_tui.text.units import day_of
from prdrunner_tui.wire.protocol import MAX_LINE, SNAPSHOT_LIMIT
from prdrunner_tui.workers.acp.usage import OpencodeUsage
from prdrunner_tui.workers.updates import PermissionAsked, PlanEntry, Planned, Update, UsageReported
from tests.simulated import PERSON, Simulation, start
from tests.unit.steps.test_limits import limited

LARGEST = 2**53


@pytest.fixture
def beirut(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A place where summer begins at midnight, so that one day has none."""
    monkeypatch.setenv("TZ", "Asia/Beirut")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_day_without_a_midnight_does_not_begin_in_the_past(beirut: None) -> None:
    for minute in range(0, 60, 5):
        now = datetime(2027, 3, 27, 23, minute).astimezone().timestamp()
        assert until_tomorrow(now) > 0, minute


def test_a_run_with_the_largest_figures_of_an_agent_can_still_be_looked_at() -> None:
    sim = Simulation()
    sim.take(start("one", gates={}))
    used = events.UsageRecorded("one", "implement", LARGEST, LARGEST, 0.5)
    state = evolve(sim.state, Recorded(sim.state.seq + 1, 1.0, used))
    assert from_json(RunState, json.loads(json.dumps(to_json(state)))).budget.spent.usd == 0.5


def test_the_figures_of_an_answer_added_up_fit_the_wire() -> None:
    reader = OpencodeUsage()
    reader.prompted(resumed=False)
    found = reader.answer({"usage": {"inputTokens": LARGEST, "cachedReadTokens": 1}})
    from_json(UsageReported, to_json(found))


def test_too_many_tokens_of_one_run_do_not_hide_what_it_cost_on_the_day() -> None:
    day = day_of(0.0)
    shown = json.dumps({"days": {day: {"turns": 1, "tokens": LARGEST + 1, "usd": 49.0}}})
    row = RunRow("run-0", "p", "done", "", 1, 1, 0, 49.0, 0, 0.0, 1.0, "b", "", "p", shown)
    assert DayBook(lambda: [row]).counts(0.0, {"run-1": RunState()})["run-1"].others.usd == 49.0


@pytest.mark.parametrize(
    "update",
    [
        PermissionAsked("p1", "edit", "", (), tuple(f"/{n}" + "x" * 65_000 for n in range(100))),
        Planned(tuple(PlanEntry("\U0001f600" * 2000) for _ in range(200))),
    ],
    ids=["paths", "plan"],
)
def test_every_update_fits_a_line_to_the_engine(update: Update) -> None:
    host = TurnHost.__new__(TurnHost)
    host._secrets = ()
    assert len(encode_line({"t": "update", "update": host._clean(update)})) <= LONGEST


def test_many_long_requests_at_once_leave_a_run_that_can_be_attached_to() -> None:
    sim = Simulation()
    sim.take(start("one", gates={}))
    for number in range(20):
        grant = {"kind": "command", "parts": ["echo", "a" * 65_000]}
        sim.take(
            commands.OpenDecision(
                kind="permission",
                subject=f"ask/{number}",
                phase="one",
                step="implement",
                iteration=1,
                title="command: echo",
                content_hash="h",
                facts={"grant": grant},
                verbs=("approve", "always", "reject"),
            )
        )
    assert len(canonical(to_json(snapshot(sim.state, SNAPSHOT_LIMIT)))) < MAX_LINE


def test_a_provider_that_is_at_its_limit_for_months_is_still_waited_for() -> None:
    sim = limited(times=2)
    sim.take(commands.ExpireDecision(sim.state.open_decisions()[0].id))
    sim.settle()
    phase = sim.state.phases["one"]
    first = next(step for step in phase.steps if step.status == "stopped")
    many = replace(phase, steps=(*(first for _ in range(1030)), *phase.steps))
    next_command(replace(sim.state, phases={"one": many}), many)


def test_a_raise_answers_the_question_about_that_budget() -> None:
    sim = Simulation()
    sim.take(start("one", gates={}, allowance=Allowance(turns=1)))
    sim.settle()
    (asked,) = sim.state.open_decisions()
    sim.take(commands.RaiseBudget(PERSON, "run"))
    assert sim.submit(commands.Decide(asked.id, "approve", asked.content_hash, PERSON)) is not None
    assert sim.state.budget.raised == {"run": 1}


def test_a_command_line_opens_no_credentials_through_a_link_of_the_repository(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = home / ".ssh" / "id_rsa"
    repository = home / "project"
    for folder in (key.parent, repository):
        folder.mkdir(parents=True)
    key.write_text("KEY")
    (repository / "helper").symlink_to("../.ssh/id_rsa")
    needs = Needs((str(home),), str(home))
    needs.line(["sh", str(repository / "helper")], "/usr/bin:/bin", within=str(repository))
    assert str(key) not in needs.read


def test_a_budget_that_was_refused_is_asked_about_again_when_a_person_goes_on() -> None:
    sim = Simulation()
    sim.take(start("one", gates={}, allowance=Allowance(turns=1)))
    sim.settle()
    sim.decide_open("reject", reason="not now")
    sim.settle()
    phase = sim.state.phases["one"]
    assert (phase.status, phase.reason) == ("failed", "the budget is used up: 1 of 1 turn used (100%)")
    assert not sim.state.open_decisions()
    sim.take(commands.RetryPhase("one", PERSON))
    sim.settle()
    assert [d.kind for d in sim.state.open_decisions()] == ["budget"]
