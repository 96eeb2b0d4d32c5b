"""What a front end can rely on, whichever way it reaches the engine: in the same process, or over the socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.client.socket import SocketClient, connect
from prdrunner_tui.embed.local import LocalClient, LocalEngine
from prdrunner_tui.engine import session
from prdrunner_tui.engine.control import ControlServer
from prdrunner_tui.kernel import commands
from prdrunner_tui.kernel.codec import digest
from prdrunner_tui.kernel.commands import Decide, PauseRun, Refusal, ResumeRun, SendMessage
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.state import Actor, RunState
from prdrunner_tui.wire.client import Resync, RunEvent, Signal
from tests.engine.conftest import ADA, Driver, over, start_command, waits

EDITS = """\
recording: one edit
default:
  implement:
    1:
      - edit: {path: calc.py, write: "def add(a, b):\\n    return b + a\\n"}
"""
Client = LocalClient | SocketClient


class Door:
    """Lets clients in, by one way or the other."""

    def __init__(self, engine: LocalEngine, way: str) -> None:
        self.engine = engine
        self.way = way
        self.clients: list[Client] = []

    async def client(self) -> Any:
        path = self.engine.engine.state.socket
        client: Client = self.engine.client() if self.way == "local" else await connect(path)
        self.clients.append(client)
        return client


@pytest.fixture(params=["local", "socket"])
async def door(request: pytest.FixtureRequest, engine: LocalEngine) -> AsyncIterator[Door]:
    """Both ways to an engine that runs on this loop."""
    server = ControlServer(engine.engine, engine.engine.state.socket, lambda: None)
    await server.open()
    opened = Door(engine, request.param)
    yield opened
    for client in opened.clients:
        await client.close()
    await server.close()


async def started(door: Door, project: Path, **changes: Any) -> Driver:
    """A client that has started a run."""
    client = await door.client()
    command = start_command(project, EDITS, **changes)
    assert await client.start(command, str(project / "prd.md")) == command.run
    return Driver(client, command.run)


async def at_review(door: Door, project: Path, **changes: Any) -> Driver:
    """A run that waits for its review."""
    driver = await started(door, project, **changes)
    state = await driver.until(waits)
    assert [d.kind for d in state.open_decisions()] == ["review"], state
    return driver


async def folded(client: Any, run: str, state: RunState, until: int) -> RunState:
    """``state`` with the news up to event ``until``; fails at a gap or a double."""
    async with asyncio.timeout(30):
        async for news in client.news():
            if isinstance(news, RunEvent) and news.run == run:
                state = evolve(state, news.recorded)
                if state.seq >= until:
                    return state
    raise AssertionError("the engine is gone")


async def test_two_clients_see_the_same_events_in_order_and_fold_them_to_the_same_state(
    door: Door, project: Path
) -> None:
    driver = await at_review(door, project)
    other = await door.client()
    snapshots = [await client.attach("run-1") for client in (driver.client, other)]
    assert not any(isinstance(s, Refusal) for s in snapshots)
    assert digest(snapshots[0].state) == digest(snapshots[1].state)
    for number in range(20):
        assert isinstance(
            await driver.client.submit("run-1", SendMessage("one", "correction", f"{number}", ADA)), int
        )
    last = await other.submit("run-1", PauseRun(ADA))
    states = [
        await folded(client, "run-1", found.state, last)
        for client, found in zip((driver.client, other), snapshots, strict=True)
    ]
    answer = await other.query("run-1", "digest", {})
    assert answer == {"seq": last, "digest": digest(states[0])}
    assert digest(states[0]) == digest(states[1])


async def test_who_gives_a_question_up_stays_connected(door: Door, project: Path) -> None:
    driver = await at_review(door, project)
    asked = [asyncio.ensure_future(driver.client.query("run-1", "digest", {})) for _ in range(20)]
    await asyncio.sleep(0)
    for one in asked:
        one.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    for _ in range(2):
        answer = await driver.client.query("run-1", "digest", {})
        assert answer["digest"]


async def test_attaching_again_gives_nothing_twice(door: Door, project: Path) -> None:
    driver = await at_review(door, project)
    client = driver.client
    await client.attach("run-1")
    for command in (PauseRun(ADA), ResumeRun(ADA), PauseRun(ADA)):
        assert isinstance(await client.submit("run-1", command), int)
    again = await client.attach("run-1")
    last = await client.submit("run-1", ResumeRun(ADA))
    state = await folded(client, "run-1", again.state, last)
    assert state.run is not None and state.run.status == "running"


async def test_the_first_decision_wins_and_the_second_is_told_by_whom(door: Door, project: Path) -> None:
    driver = await at_review(door, project)
    other = await door.client()
    (decision,) = driver.state.open_decisions()

    def say(verb: Any, hash: str = decision.content_hash, by: Actor = ADA) -> Decide:
        return Decide(decision.id, verb, hash, by, "because")

    stale = await other.submit("run-1", say("approve", "0" * 64))
    assert isinstance(stale, Refusal) and stale.code == "stale" and "look again" in stale.hint
    wrong = await other.submit("run-1", say("answer"))
    assert isinstance(wrong, Refusal) and wrong.code == "denied" and decision.id in wrong.message
    nowhere = await other.submit("run-1", Decide("d99", "approve", "", ADA))
    assert isinstance(nowhere, Refusal) and nowhere.code == "unknown"
    first, second = await asyncio.gather(
        driver.client.submit("run-1", say("approve", by=Actor("person", "x", "pts/1"))),
        other.submit("run-1", say("reject")),
    )
    won, lost = (first, second) if isinstance(second, Refusal) else (second, first)
    assert isinstance(won, int) and isinstance(lost, Refusal)
    assert lost.code == "already" and "yours was not used" in lost.message
    assert (await driver.until(over)).run.status == "done"  # type: ignore[union-attr]


async def test_a_policy_does_not_get_past_what_is_a_persons(door: Door, project: Path) -> None:
    driver = await started(door, project, author=None)
    state = await driver.until(waits)
    (decision,) = state.open_decisions()
    assert decision.kind == "author"
    policy = Decide(decision.id, "answer", decision.content_hash, Actor("policy", "--yes"), "Ada <a@b>")
    refused = await driver.client.submit("run-1", policy)
    assert (
        isinstance(refused, Refusal) and refused.code == "denied" and "waits for a person" in refused.message
    )
    await driver.decide("answer", "Ada <ada@example.org>")
    assert [d.kind for d in (await driver.until(waits)).open_decisions()] == ["review"]


async def test_who_decides_is_what_the_system_says_and_not_what_the_client_claims(
    door: Door, project: Path
) -> None:
    driver = await at_review(door, project)
    (decision,) = driver.state.open_decisions()
    claimed = Actor("program", "prdrunner", "pts/7")
    approve = Decide(decision.id, "approve", decision.content_hash, claimed)
    assert isinstance(await driver.client.submit("run-1", approve), int)
    state = await driver.until(over)
    by = state.decisions[decision.id].by
    assert (
        by is not None and (by.kind, by.terminal) == ("person", "pts/7") and by.name not in ("", "prdrunner")
    )


@pytest.mark.parametrize(
    "command",
    [
        commands.EndRun("done"),
        commands.BeginStep("one", "commit", 1),
        commands.IntendEffect("one", "x", "advance"),
        commands.ReportEffect("one", "x", {"verdict": "green"}),
        commands.ExpireDecision("d1"),
        commands.WithdrawDecision("d1", "no"),
        commands.OpenDecision("review", "s", "one", "commit", 1, "t", "h"),
    ],
    ids=lambda command: type(command).__name__,
)
async def test_no_front_end_gives_the_commands_of_the_engine(door: Door, project: Path, command: Any) -> None:
    driver = await started(door, project)
    answer = await driver.client.submit("run-1", command)
    assert isinstance(answer, Refusal) and answer.code == "denied"


async def test_what_is_not_there_is_said_in_one_line(door: Door, project: Path) -> None:
    client = await door.client()
    for answer in (
        await client.attach("nope"),
        await client.submit("nope", PauseRun(ADA)),
        await client.query("nope", "log", {}),
        await client.host("nope"),
    ):
        assert isinstance(answer, Refusal) and answer.code == "unknown" and "\n" not in answer.message
    driver = await started(door, project)
    for what, args in (("nope", {}), ("decision", {"id": "d99"})):
        answer = await driver.client.query("run-1", what, args)
        assert isinstance(answer, Refusal) and answer.code == "unknown"
    twice = await client.start(start_command(project, EDITS), str(project / "prd.md"))
    assert isinstance(twice, Refusal) and twice.code == "already"


async def test_a_log_is_asked_for_in_ranges(door: Door, project: Path) -> None:
    noisy = "recording: r\ndefault:\n  implement:\n    1:\n      - command: {run: 'seq 1 5000; echo x >> calc.py'}\n"
    client = await door.client()
    await client.start(start_command(project, noisy), str(project / "prd.md"))
    driver = Driver(client, "run-1")
    await driver.until(waits)
    key = {"key": "one/implement/1.1/turn"}
    everything = await client.query("run-1", "log", {**key, "count": 1 << 40})
    assert len(everything["lines"]) == 2000 and everything["total"] >= 5000
    end = await client.query("run-1", "log", {**key, "first": -3})
    middle = await client.query("run-1", "log", {**key, "first": everything["total"] - 3, "count": 3})
    assert len(end["lines"]) >= 3 and end["lines"][:3] == middle["lines"]
    beyond = await client.query("run-1", "log", {**key, "first": 1 << 40})
    assert beyond["lines"] == []
    for args in ({"first": "x"}, {"count": -1}, {"first": None}, {"count": 1.5}):
        answer = await client.query("run-1", "log", {**key, **args})
        assert isinstance(answer, Refusal) and answer.code == "denied", args
    assert (await client.query("run-1", "log", {"key": "../../etc"}))["lines"] == []


async def test_a_slow_client_is_told_to_attach_again(
    door: Door, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = await at_review(door, project)
    monkeypatch.setattr(session, "MAX_BACKLOG", 8)
    slow = await door.client()
    await slow.attach("run-1")
    hosted = door.engine.engine.runs["run-1"].host
    # In one go, so that no way has a chance to hand them on in between.
    for number in range(60):
        assert not isinstance(hosted.submit(SendMessage("one", "correction", f"{number}", ADA)), Refusal)
    await hosted.durable()
    async with asyncio.timeout(10):
        async for news in slow.news():
            if isinstance(news, Resync):
                break
    state = (await slow.attach("run-1")).state
    assert state.seq == hosted.state.seq
    last = await driver.client.submit("run-1", PauseRun(ADA))
    assert (await folded(slow, "run-1", state, last)).run.status == "paused"  # type: ignore[union-attr]


async def test_odd_text_survives_and_what_the_log_could_not_give_back_is_refused(
    door: Door, project: Path
) -> None:
    driver = await at_review(door, project)
    odd = "a\udcff\0\x1b]52;c;x\x07\u202e 𝄞"
    assert isinstance(await driver.client.submit("run-1", SendMessage("one", "correction", odd, ADA)), int)
    snapshot = await driver.client.attach("run-1")
    assert snapshot.state.messages["m1"].text == odd
    hosted = door.engine.engine.runs["run-1"].host
    unkeepable: Any = {"cost": float("nan")}
    asked = commands.OpenDecision("question", "s", "one", "x", 1, "t", "h", unkeepable)
    answer = hosted.submit(asked)
    assert isinstance(answer, Refusal) and "cannot be kept" in answer.message
    assert not door.engine.engine.failed.is_set()


async def test_pieces_of_what_an_agent_says_are_one_text_for_who_reads_late(
    door: Door, project: Path, engine: LocalEngine
) -> None:
    await at_review(door, project)
    late = session.Session(engine.engine, ADA, lambda: None)
    assert not isinstance(await late.attach("run-1"), Refusal)
    late.take_news()
    for text in ("I read the speci", "fication.", "x" * 990):
        late.signal(Signal("run-1", "one", "said", {"text": text}))
    late.signal(Signal("run-1", "one", "edited", {"path": "a.py"}))
    late.signal(Signal("run-1", "one", "edited", {"path": "b.py"}))
    said, edited = [news for news in late.take_news() if isinstance(news, Signal)]
    assert said.data["text"] == ("I read the specification." + "x" * 990)[-1000:]
    assert edited.data == {"path": "b.py"}
    late.close()
