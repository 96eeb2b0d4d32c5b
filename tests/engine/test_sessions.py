"""A phase goes on in the session of its agent: over iterations, and after the agent host was killed."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.agents.lease import read_lease
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.journal.log import Log
from prdrunner_tui.kernel.events import UsageRecorded
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.state import Effect, RunState
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.rundir import open_state
from tests.agents import acp_agent
from tests.engine.conftest import begin, start_command, waits

WROTE = {"edit": {"path": "calc.py", "text": "def add(a, b):\n    return b + a\n"}}
WROTE_MORE = {"edit": {"path": "calc.py", "text": "def add(a, b):\n    return b + a\n\n\nMORE = 1\n"}}


def speaks(project: Path, prompts: list[Any], **profile: Any) -> WorkerChoice:
    """An agent whose process gets those prompts; what it is sent stands in a file beside the project."""
    script = {"prompts": prompts, "load": True, "log": str(project.parent / "sent")}
    argv = [sys.executable, acp_agent.__file__, json.dumps(script)]
    return WorkerChoice("acp", {"argv": argv, "resume": True, **profile})


def sent(project: Path) -> list[dict[str, Any]]:
    """What the agent's processes were sent, but for the answers."""
    lines = (project.parent / "sent").read_text().splitlines()
    return [message for message in map(json.loads, lines) if "method" in message]


def sessions(project: Path) -> list[str]:
    """How each process got its session."""
    return [m["method"] for m in sent(project) if m["method"] in ("session/new", "session/load")]


def prompts(project: Path) -> list[str]:
    """The prompts, oldest first."""
    return [m["params"]["prompt"][0]["text"] for m in sent(project) if m["method"] == "session/prompt"]


def reviews(count: int) -> Any:
    """Whether that many reviews were opened and one is open."""

    def holds(state: RunState) -> bool:
        opened = [d for d in state.decisions.values() if d.kind == "review"]
        return len(opened) == count and waits(state)

    return holds


async def test_the_next_iteration_goes_on_in_the_session_of_the_one_before(
    project: Path, engine: LocalEngine
) -> None:
    append = {"run": {"command": "echo '# more' >> calc.py"}}
    worker = speaks(project, [[append]])
    driver = await begin(engine, start_command(project, "", workers={"implement": worker}), project)
    state = await driver.until(reviews(1))
    turn = next(e for s in state.phases["one"].steps for e in s.effects if e.kind == "turn")
    assert turn.session == acp_agent.SESSION
    await driver.decide("reject", "MORE is missing")
    await driver.until(reviews(2))
    assert sessions(project) == ["session/new", "session/load"]
    load = next(m for m in sent(project) if m["method"] == "session/load")
    assert load["params"]["sessionId"] == acp_agent.SESSION
    assert "MORE is missing" in prompts(project)[1] and "put back" not in prompts(project)[1]


def tells_totals(
    project: Path, usage: str, totals: list[tuple[float, int, int]], *, fails: int = 0
) -> WorkerChoice:
    """An agent whose n-th process tells the n-th of these totals of its session: dollars, tokens in and out.

    The turn with the number `fails` fails then.
    """
    folder = project.parent / "totals"
    folder.mkdir()
    for number, (usd, into, out) in enumerate(totals, 1):
        told = {
            "sessionUpdate": "usage_update",
            "used": 100,
            "size": 1000,
            "cost": {"amount": usd, "currency": "USD"},
            "_meta": {"promptTokens": into, "completionTokens": out},
        }
        work = {"run": {"command": f"echo '# {number}' >> calc.py"}}
        ends = [{"error": {"code": -32603, "message": "Internal error"}}] if number == fails else []
        script = {"prompts": [[work, {"update": told}, *ends]], "load": True}
        (folder / str(number)).write_text(json.dumps(script))
    line = 'echo >> "$0/began"; exec "$1" "$2" "$(cat "$0/$(grep -c ^ "$0/began")")"'
    argv = ["sh", "-c", line, str(folder), sys.executable, acp_agent.__file__]
    return WorkerChoice("acp", {"argv": argv, "resume": True, "usage": usage})


async def turns_until(
    engine: LocalEngine, project: Path, worker: WorkerChoice, count: int
) -> tuple[RunState, list[Effect]]:
    """A run at its review of that number, after those before it were rejected; and its turns."""
    driver = await begin(engine, start_command(project, "", workers={"implement": worker}), project)
    for number in range(1, count):
        await driver.until(reviews(number))
        await driver.decide("reject", "more is missing")
    state = await driver.until(reviews(count))
    return state, [e for s in state.phases["one"].steps for e in s.effects if e.kind == "turn"]


@pytest.mark.parametrize("usage", ["opencode", "vibe"])
async def test_a_turn_that_goes_on_in_a_session_is_booked_with_what_is_new_in_its_totals(
    project: Path, engine: LocalEngine, usage: str
) -> None:
    worker = tells_totals(project, usage, [(0.25, 1000, 100), (1.0, 3000, 400), (1.5, 3500, 450)])
    state, turns = await turns_until(engine, project, worker, 3)
    assert [turn.session for turn in turns] == [acp_agent.SESSION] * 3
    assert [turn.args.get("session", "") for turn in turns] == ["", *[acp_agent.SESSION] * 2]
    assert [turn.used.usd for turn in turns if turn.used] == [0.25, 0.75, 0.5]
    assert state.budget.spent.usd == 1.5 and "covers" not in turns[-1].result["usage"]
    if usage == "vibe":
        booked = [(turn.used.input_tokens, turn.used.output_tokens) for turn in turns if turn.used]
        assert booked == [(1000, 100), (2000, 300), (500, 50)] and state.budget.spent.tokens == 3950


async def test_a_session_that_begins_anew_starts_at_nothing_though_its_name_was_used_before(
    project: Path, engine: LocalEngine
) -> None:
    worker = tells_totals(project, "opencode", [(5.0, 0, 0), (0.25, 0, 0), (1.0, 0, 0)], fails=1)
    _, turns = await turns_until(engine, project, worker, 2)
    assert [turn.session for turn in turns] == [acp_agent.SESSION] * 3
    assert [turn.used.usd for turn in turns if turn.used] == [5.0, 0.25, 0.75]


async def test_a_session_that_told_nothing_before_is_booked_as_a_whole_and_that_is_said(
    project: Path, engine: LocalEngine
) -> None:
    worker = tells_totals(project, "opencode", [(0.0, 0, 0), (1.0, 0, 0), (1.5, 0, 0)])
    _, turns = await turns_until(engine, project, worker, 3)
    assert [turn.used.usd for turn in turns if turn.used] == [None, 1.0, 0.5]
    assert [turn.result["usage"].get("covers", "") for turn in turns] == ["", "session", ""]
    log = Log(open_state((await discover(project)).repo_id).run("run-1").database, read_only=True)
    try:
        used = [recorded.event for recorded in log.read() if isinstance(recorded.event, UsageRecorded)]
    finally:
        log.close()
    assert [(event.usd, event.covers) for event in used] == [(None, ""), (1.0, "session"), (0.5, "")]


async def test_after_a_turn_that_failed_and_for_an_agent_that_cannot_a_new_session_begins(
    project: Path, engine: LocalEngine
) -> None:
    fails = [{"error": {"code": -32603, "message": "Internal error"}}]
    worker = speaks(project, [fails])
    driver = await begin(engine, start_command(project, "", workers={"implement": worker}), project)
    await driver.until(waits)
    found = sessions(project)
    assert len(found) > 1 and set(found) == {"session/new"}


async def test_a_host_that_is_killed_loses_neither_the_session_nor_what_stood_in_the_workspace(
    project: Path, engine: LocalEngine
) -> None:
    go = project.parent / "go"
    worker = speaks(project, [[WROTE, {"say": "half of it"}, {"until": str(go)}, WROTE_MORE]])
    driver = await begin(engine, start_command(project, "", workers={"implement": worker}), project)
    state = await driver.until(
        lambda s: any(e.session for step in s.phases["one"].steps for e in step.effects)
    )
    turn = next(e for step in state.phases["one"].steps for e in step.effects if e.session)
    jobs = open_state((await discover(project)).repo_id).run("run-1").jobs
    leases = [lease for folder in jobs.iterdir() if (lease := read_lease(folder)) and lease.key == turn.key]
    os.kill(leases[0].pid, signal.SIGKILL)
    go.touch()
    state = await driver.until(reviews(1))
    steps = [(s.name, s.attempt, s.status) for s in state.phases["one"].steps if s.name == "implement"]
    assert steps == [("implement", 1, "stopped"), ("implement", 2, "ok")]
    assert sessions(project) == ["session/new", "session/load"]
    assert "put back to where it stood" in prompts(project)[1]
    restored = [c for c in state.checkpoints.values() if c.label.startswith("before the return")]
    assert restored
