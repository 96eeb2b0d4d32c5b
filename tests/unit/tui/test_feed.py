"""What the cockpit knows of a run, from news in any order that an engine may send it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.codec import digest
from prdrunner_tui.kernel.commands import PauseRun, Refusal
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.evolve import fold
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui import feed
from prdrunner_tui.tui.feed import Feed, Topic
from prdrunner_tui.wire.client import Gone, News, Resync, RunEvent, Signal, Snapshot
from tests.unit.tui.sample_run import ME, sample_log

RUN = "run-7f3a"
LOG = sample_log().recorded


class FakeClient:
    """A client that says what it is told to say.

    Attributes:
        known: how many events the snapshots hold.
    """

    def __init__(self, known: int, *news: News) -> None:
        self.known = known
        self.told = news
        self.closed = False
        self.attached = 0
        self.given: list[Any] = []
        self.refuses: dict[str, Refusal] = {}

    async def host(self, run: str) -> Refusal | str:
        return self.refuses.get("host", run)

    async def attach(self, run: str) -> Refusal | Snapshot:
        self.attached += 1
        return self.refuses.get("attach", Snapshot(fold(LOG[: self.known])))

    async def news(self) -> AsyncIterator[News]:
        for one in self.told:
            yield one

    async def submit(self, run: str, command: Any) -> Refusal | int:
        self.given.append((run, command))
        return 7

    async def query(self, run: str, what: str, args: Mapping[str, Any]) -> Any:
        return run, what, args

    async def close(self) -> None:
        self.closed = True


class Told:
    """A feed over clients, one after the other, and what it told."""

    def __init__(self, *clients: FakeClient) -> None:
        self.clients = list(clients)
        self.topics: list[frozenset[Topic]] = []
        self.feed = Feed(self._connect, RUN, self.topics.append, lambda: 1000.0)

    async def _connect(self) -> Any:
        await asyncio.sleep(0)
        if not self.clients:
            raise Problem("the engine does not start", code=4)
        return self.clients.pop(0)


def event(number: int, run: str = RUN) -> RunEvent:
    return RunEvent(run, LOG[number - 1])


def state(known: int) -> RunState:
    return fold(LOG[:known])


async def followed(client: FakeClient) -> Told:
    told = Told(client)
    assert await told.feed.open() is None
    await told.feed.follow()
    return told


async def test_events_are_folded_one_by_one() -> None:
    told = await followed(FakeClient(2, event(3), event(4)))
    assert digest(told.feed.state) == digest(state(4))
    assert told.topics == [{"state"}, {"state"}]


async def test_events_that_the_snapshot_holds_and_those_of_other_runs_change_nothing() -> None:
    client = FakeClient(3, event(2), event(3), event(4, "run-other"), Resync("run-other", 1))
    told = await followed(client)
    assert digest(told.feed.state) == digest(state(3)) and not told.topics and client.attached == 1


@pytest.mark.parametrize("news", [event(6), Resync(RUN, 3)], ids=["gap", "resync"])
async def test_what_was_missed_is_fetched_with_a_new_snapshot(news: News) -> None:
    client = FakeClient(3, news)
    told = Told(client)
    await told.feed.open()
    client.known = 9
    await told.feed.follow()
    assert digest(told.feed.state) == digest(state(9)) and told.topics == [{"state", "output"}]


async def test_a_snapshot_that_is_refused_is_as_a_gone_engine() -> None:
    client = FakeClient(3, Resync(RUN, 3))
    told = Told(client)
    await told.feed.open()
    client.refuses["attach"] = Refusal("unknown", "no such run")
    await told.feed.follow()
    assert told.feed.gone_why == "no such run" and told.topics == [{"connection"}]


async def test_what_an_agent_does_is_its_newest_words_of_one_line() -> None:
    told = await followed(
        FakeClient(
            3,
            Signal(RUN, "one", "said", {"text": "a\nb"}),
            Signal(RUN, "three", "said", {"text": "I compare\nthe crite"}),
            Signal(RUN, "three", "said", {"text": "ria."}),
            Signal(RUN, "one", "edited", {"path": "x.py"}),
            Signal(RUN, "one", "command_started", {"command": "make"}),
            Signal(RUN, "one", "said", {"text": "  "}),
            Signal(RUN, "one", "never heard of", {}),
            Signal(RUN, "two", "tool_started", {"title": "reads"}),
            Signal("run-other", "one", "said", {"text": "not mine"}),
        )
    )
    assert told.feed.doing == {"one": "runs make", "two": "reads", "three": "the criteria."}


async def test_who_comes_in_the_middle_of_a_sentence_shows_it_from_the_next_one_on() -> None:
    def said(text: str) -> Signal:
        return Signal(RUN, "three", "said", {"text": text})

    told = await followed(FakeClient(3, said("fication and "), said("the code")))
    assert told.feed.doing == {}
    told = await followed(FakeClient(3, said("fication. Now "), said("the code")))
    assert told.feed.doing == {"three": "Now the code"}


async def test_what_was_done_in_one_step_is_not_what_is_done_in_the_next() -> None:
    begins = next(n for n, one in enumerate(LOG, 1) if isinstance(one.event, events.StepBegan))
    phase = LOG[begins - 1].event.phase  # type: ignore[union-attr]
    does = Signal(RUN, phase, "command_started", {"command": "make"})
    assert (await followed(FakeClient(begins - 1, does))).feed.doing == {phase: "runs make"}
    told = await followed(
        FakeClient(begins - 1, does, event(begins), Signal(RUN, phase, "said", {"text": "Now"}))
    )
    assert told.feed.doing == {phase: "Now"}


async def test_progress_tells_of_output() -> None:
    told = await followed(FakeClient(3, Signal(RUN, "one", "progress", {"lines": 12})))
    assert told.topics == [{"output"}]


async def test_while_the_engine_is_gone_nothing_is_sent_and_reconnecting_takes_up_again() -> None:
    first, second = FakeClient(3, Gone("it ended"), event(4)), FakeClient(8, event(9))
    told = Told(first, second)
    await told.feed.open()
    await told.feed.follow()
    assert (told.feed.gone_since, told.feed.gone_why) == (1000.0, "it ended")
    assert digest(told.feed.state) == digest(state(3)), "nothing comes after Gone"
    for answer in (await told.feed.submit(PauseRun(ME)), await told.feed.ask("log", {})):
        assert isinstance(answer, Refusal) and "r reconnects" in answer.hint
    assert not first.given
    assert await told.feed.reconnect() is None
    assert first.closed and told.feed.gone_since is None and told.topics[-1] == {"state", "connection"}
    await told.feed.follow()
    assert digest(told.feed.state) == digest(state(9))
    assert await told.feed.submit(PauseRun(ME)) == 7 and second.given == [(RUN, PauseRun(ME))]


async def test_an_engine_that_does_not_answer_is_silent_until_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Stopped(FakeClient):
        goes_on, ended = asyncio.Event(), asyncio.Event()

        async def news(self) -> AsyncIterator[News]:
            await self.ended.wait()
            yield Gone("it ended")

        async def query(self, run: str, what: str, args: Mapping[str, Any]) -> Any:
            assert what == "alive"
            await self.goes_on.wait()
            return {}

    monkeypatch.setattr(feed, "LOOK", 0.001)
    monkeypatch.setattr(feed, "PATIENCE", 0.001)
    client = Stopped(3)
    told = Told(client)
    await told.feed.open()
    following = asyncio.create_task(told.feed.follow())
    async with asyncio.timeout(10):
        while told.feed.silent_since is None:
            await asyncio.sleep(0)
        assert told.topics == [{"connection"}] and told.feed.silent_since == 1000.0
        client.goes_on.set()
        while told.feed.silent_since is not None:
            await asyncio.sleep(0)
        assert told.topics == [{"connection"}, {"connection"}]
        client.ended.set()
        await following
    assert told.feed.gone_why == "it ended"


async def test_an_engine_that_stays_away_leaves_it_gone() -> None:
    refusing = FakeClient(3)
    refusing.refuses["host"] = Refusal("unknown", "no such run")
    told = Told(FakeClient(3, Gone("it ended")), refusing)
    await told.feed.open()
    await told.feed.follow()
    assert isinstance(await told.feed.reconnect(), Refusal)
    with pytest.raises(Problem):
        await told.feed.reconnect()
    assert told.feed.gone_since == 1000.0 and digest(told.feed.state) == digest(state(3))
    assert isinstance(await told.feed.submit(PauseRun(ME)), Refusal)


async def test_before_it_is_open_nothing_is_sent() -> None:
    told = Told()
    assert isinstance(await told.feed.submit(PauseRun(ME)), Refusal)
    await told.feed.close()


def test_the_sample_is_numbered_from_one() -> None:
    assert [one.seq for one in LOG] == list(range(1, len(LOG) + 1)) and isinstance(LOG[0], Recorded)
