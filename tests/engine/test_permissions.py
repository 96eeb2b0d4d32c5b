"""What an agent asks for is answered by the rules of its run, or by a person: a real engine, a real agent host."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from prdrunner_tui.embed.attach import attach_or_start
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.journal import faults
from prdrunner_tui.journal.log import Log
from prdrunner_tui.kernel.commands import Decide, Refusal, StartRun
from prdrunner_tui.kernel.events import DecisionMade, DecisionOpened
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.state import Actor, Decision, Grant, RunState
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.rundir import StateDir, open_state
from prdrunner_tui.rules.commands import Rules
from prdrunner_tui.rules.paths import PathRules
from prdrunner_tui.rules.permission import Permissions
from prdrunner_tui.steps.oracle.processes import lock_owner
from prdrunner_tui.steps.permissions import kept
from tests.engine.conftest import Driver, begin, gone, start_command, waits

RULES = Permissions(
    Rules(("pytest *",), (), ("git push *",)), PathRules(("**",), ("src/**",), (), ("secrets/",))
)
FORBIDDING = replace(RULES.commands, allow=())
PYTEST = Actor("policy", "pytest *")
Meanwhile = Callable[[Driver], Awaitable[None]]


def playing(project: Path, *asks: str, rules: Permissions = RULES) -> StartRun:
    """A run whose agent asks for each of these, tells the answers, and makes an edit."""
    told = "".join(f"    - permission: {ask}\n    - talk: '<{{answer}}>'\n" for ask in asks)
    edit = '    - edit: {path: calc.py, write: "def add(a, b):\\n    return b + a\\n"}\n'
    recording = f"recording: asks\ndefault:\n  implement:\n{told}{edit}"
    command = start_command(project, recording)
    choice = WorkerChoice("scripted", {"recording": recording, "speed": 0.0}, "recording", kept(rules))
    return replace(command, settings=replace(command.settings, workers={"implement": choice}))


def asked(state: RunState) -> list[Decision]:
    """The requests of the agent, oldest first."""
    return [decision for decision in state.decisions.values() if decision.kind == "permission"]


def heard(state: RunState) -> list[str]:
    """The answers that the agent told of."""
    turn = next(e for s in state.phases["one"].steps for e in s.effects if e.kind == "turn")
    return re.findall("<(.*?)>", turn.result["tail"], re.S)


def reviewing(state: RunState) -> bool:
    """Whether the turn is over and nothing but its work waits."""
    return [decision.kind for decision in state.open_decisions()] == ["review"]


async def test_what_a_rule_allows_goes_on_without_a_person_and_the_log_names_the_rule(
    project: Path, engine: LocalEngine
) -> None:
    asks = {
        "{action: command, detail: pytest -q}": "pytest *",
        "{action: edit, detail: a diff, paths: [src/a.py, src/b.py]}": "src/**",
        "{action: read, paths: [calc.py]}": "**",
    }
    driver = await begin(engine, playing(project, *asks), project)
    state = await driver.until(waits)
    assert reviewing(state) and heard(state) == ["allowed"] * 3
    made = [(one.status, one.by, one.facts["rule"]) for one in asked(state)]
    assert made == [("approved", Actor("policy", rule), rule) for rule in asks.values()]
    assert asked(state)[1].title == "edit src/a.py, src/b.py: a diff"


async def test_what_a_rule_denies_is_refused_at_once_and_the_agent_hears_why(
    project: Path, engine: LocalEngine
) -> None:
    pushed = 'refused by your rule "git push *"'
    asks = {
        "{action: command, detail: git push --force}": ("git push *", pushed),
        "{action: command, detail: pytest; git push}": ("git push *", pushed),
        "{action: edit, paths: [src/a.py, secrets/key]}": ("secrets/", 'refused by your rule "secrets/"'),
        "{action: edit, paths: [.git/config]}": (
            "permissions",
            '".git/config" lies in the repository\'s own data',
        ),
    }
    driver = await begin(engine, playing(project, *asks), project)
    state = await driver.until(waits)
    assert reviewing(state)
    made = [(one.status, one.by, one.reason) for one in asked(state)]
    assert made == [("rejected", Actor("policy", rule), why) for rule, why in asks.values()]
    assert heard(state) == [f"rejected {why}" for _, why in asks.values()]


async def test_a07_a_command_behind_an_allowed_one_is_asked(project: Path, engine: LocalEngine) -> None:
    driver = await begin(engine, playing(project, "{action: command, detail: pytest -q; rm -rf x}"), project)
    state = await driver.until(waits)
    (one,) = state.open_decisions()
    assert one.kind == "permission" and one.title == "command: pytest -q; rm -rf x"
    assert one.facts["why"] == 'not one plain command: it is more than one command (";")'
    await driver.decide("reject", "leave x alone")
    assert heard(await driver.until(reviewing)) == ["rejected leave x alone"]


async def test_hostile_words_and_requests_without_rules_are_asked_one_by_one(
    project: Path, engine: LocalEngine
) -> None:
    commands = (
        "pytest -q && rm -rf x",
        "pytest $(rm -rf x)",
        "pytest\nrm -rf x",
        "pytest \u202eq- x",
        "pytest -q \x1b[2J",
        "pytest -p evil",
        "/tmp/pytest -q",
        "rm -rf x # pytest -q",
    )
    written = ["".join(c if " " <= c <= "~" else f"\\u{ord(c):04x}" for c in line) for line in commands]
    asks = [f'{{action: command, detail: "{line}"}}' for line in written]
    # None of these is a kind that has rules, whatever it looks like.
    others = ("tool", "pytest -q", "command: pytest -q", "delete")
    asks += [f"{{action: '{action}', detail: pytest -q, paths: [src/a.py]}}" for action in others]
    driver = await begin(engine, playing(project, *asks), project)
    for number in range(len(asks)):
        state = await driver.until(lambda s, known=number: len(asked(s)) > known and waits(s))  # type: ignore[misc]
        (one,) = state.open_decisions()
        assert one.kind == "permission" and one.facts["why"].isprintable()
        if number < len(commands):
            assert one.title == f"command: {commands[number]}"
        await driver.decide()
    state = await driver.until(reviewing)
    assert heard(state) == ["allowed"] * len(asks)
    assert {one.by.kind for one in asked(state) if one.by is not None} == {"person"}


async def test_without_rules_everything_is_asked(project: Path, engine: LocalEngine) -> None:
    command = playing(project, "{action: command, detail: pytest -q}", rules=Permissions())
    driver = await begin(engine, command, project)
    state = await driver.until(waits)
    assert [(d.kind, d.facts["why"]) for d in state.open_decisions()] == [("permission", "no rule covers it")]


async def test_an_id_that_is_used_again_does_not_get_the_answer_to_something_else(
    project: Path, engine: LocalEngine
) -> None:
    asks = ("{id: p, action: command, detail: pytest -q}", "{id: p, action: command, detail: rm -rf x}")
    driver = await begin(engine, playing(project, *asks), project)
    state = await driver.until(waits)
    first, second = asked(state)
    assert (first.status, first.by) == ("approved", PYTEST)
    assert (second.status, second.title) == ("open", "command: rm -rf x")
    await driver.decide("reject", "no")
    assert heard(await driver.until(reviewing)) == ["allowed", "rejected no"]


async def state_of(project: Path) -> StateDir:
    return open_state((await discover(project)).repo_id)


async def taken_up(project: Path, state: StateDir, meanwhile: Meanwhile | None = None) -> RunState:
    """A new engine takes the run to its review, and ends."""
    client = await attach_or_start(project, state)
    try:
        assert await client.host("run-1") == "run-1"
        driver = Driver(client, "run-1")  # type: ignore[arg-type]
        if meanwhile is not None:
            await meanwhile(driver)
        found = await driver.until(reviewing)
    finally:
        await client.shutdown()
        await client.close()
        await gone(state)
    return found


def logged(state: StateDir) -> list[str]:
    """What the log tells of the requests of the agent."""
    log = Log(state.run("run-1").database, read_only=True)
    events = [recorded.event for recorded in log.read()]
    log.close()
    ids = {e.id for e in events if isinstance(e, DecisionOpened) and e.kind == "permission"}
    found = [e for e in events if isinstance(e, DecisionOpened | DecisionMade) and e.id in ids]
    return [type(event).__name__ for event in found]


@pytest.mark.parametrize(
    "at",
    [
        "one/append.DecisionOpened.before#1",
        "one/append.DecisionOpened.after#1",
        "run/append.DecisionMade.before#1",
        "run/append.DecisionMade.after#1",
    ],
)
async def test_an_engine_that_is_killed_in_mid_question_gives_the_recorded_answer_once(
    project: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    state = await state_of(project)
    monkeypatch.setenv(faults.KILL_VARIABLE, at)
    client = await attach_or_start(project, state)
    command = playing(project, "{action: command, detail: pytest -q}")
    assert await client.start(command, str(project / "prd.md")) == "run-1"
    await gone(state)
    await client.close()
    assert len(logged(state)) == {
        "one/append.DecisionOpened.before#1": 0,
        "run/append.DecisionMade.after#1": 2,
    }.get(at, 1)
    monkeypatch.delenv(faults.KILL_VARIABLE)
    found = await taken_up(project, state)
    assert logged(state) == ["DecisionOpened", "DecisionMade"]
    assert [(one.status, one.by) for one in asked(found)] == [("approved", PYTEST)]
    assert heard(found) == ["allowed"]


async def test_what_is_asked_waits_for_its_person_over_the_death_of_an_engine(project: Path) -> None:
    state = await state_of(project)
    client = await attach_or_start(project, state)
    command = playing(project, "{action: command, detail: rm -rf x}")
    assert await client.start(command, str(project / "prd.md")) == "run-1"
    await Driver(client, "run-1").until(waits)  # type: ignore[arg-type]
    owner = lock_owner(state.lock)
    assert owner is not None
    os.kill(owner.pid, signal.SIGKILL)
    await gone(state)
    await client.close()

    async def answer(driver: Driver) -> None:
        await driver.until(waits)
        await driver.decide("reject", "x is mine")

    found = await taken_up(project, state, answer)
    assert logged(state) == ["DecisionOpened", "DecisionMade"]
    assert heard(found) == ["rejected x is mine"]


async def test_what_a_person_allows_always_is_not_asked_again_in_this_phase(
    project: Path, engine: LocalEngine
) -> None:
    asks = (
        "{action: command, detail: make build}",
        "{action: command, detail: make  'build'}",
        "{action: command, detail: make build install}",
        "{action: command, detail: make build; git push}",
        "{action: command, detail: make build}",
    )
    driver = await begin(engine, playing(project, *asks, rules=replace(RULES, commands=FORBIDDING)), project)
    await driver.until(waits)
    assert driver.state.open_decisions()[0].verbs == ("approve", "always", "reject")
    await driver.decide("always")
    state = await driver.until(lambda s: len(asked(s)) > 2 and waits(s))
    first, second, third = asked(state)
    assert state.grants == (Grant(first.id, "one", "command", ("make", "build")),)
    assert first.by is not None and first.by.kind == "person"
    assert second.by == Actor("policy", f"always ({first.id})") and second.status == "approved"
    assert third.status == "open" and third.facts["grant"]["parts"] == ["make", "build", "install"]
    await driver.decide("reject", "not that")
    state = await driver.until(reviewing)
    denied = 'rejected refused by your rule "git push *"'
    assert heard(state) == ["allowed", "allowed", "rejected not that", denied, "allowed"]


async def test_always_is_for_a_person_and_only_for_what_means_the_same_the_next_time(
    project: Path, engine: LocalEngine
) -> None:
    driver = await begin(engine, playing(project, "{action: command, detail: make $TARGET}"), project)
    state = await driver.until(waits)
    (one,) = state.open_decisions()
    assert "always" not in one.verbs and "grant" not in one.facts
    me = Actor("person", "somebody")
    refused = await driver.client.submit(driver.run, Decide(one.id, "always", one.content_hash, me))
    assert isinstance(refused, Refusal) and "takes no always" in refused.message
    await driver.decide("approve")
    await driver.until(reviewing)
