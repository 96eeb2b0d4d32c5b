"""Decisions with a time limit, on a clock of our own (F13), and a log that cannot be written."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.engine.host import RunHost
from prdrunner_tui.engine.reconcile import Reconciler
from prdrunner_tui.journal.log import Log, LogError
from prdrunner_tui.kernel.commands import Command, PauseRun, Refusal
from prdrunner_tui.kernel.settings import Gate
from prdrunner_tui.kernel.state import Effect, RunState
from tests.engine.clock import FakeClock
from tests.simulated import PERSON, World, start


class SimulatedEffects:
    """The effects of a simulated world, for a real reconciler over a real log."""

    def __init__(self) -> None:
        self.world = World()
        self.interrupted: list[str] = []

    async def perform(self, state: RunState, phase: str, effect: Effect) -> Mapping[str, Any]:
        found = state.phases[phase] if phase else None
        answer = self.world.answer(found, found.last if found else None, effect)
        assert isinstance(answer, Mapping)
        return answer

    def follow(self, state: RunState, submit: Callable[[Command], object]) -> None: ...

    def interrupt(self, reason: str) -> None:
        self.interrupted.append(reason)

    def go_on(self) -> None: ...

    def lend(self, state: RunState, environ: Mapping[str, str]) -> None: ...

    async def recover(self, state: RunState) -> None: ...

    async def close(self) -> None: ...


class Life:
    """A run host with its reconciler, as the engine makes them."""

    def __init__(self, path: Path, clock: FakeClock, effects: SimulatedEffects) -> None:
        self.failures: list[Exception] = []
        self.host = RunHost(Log(path), clock, self.failures.append)
        self.reconciler = Reconciler(self.host, effects, clock)

    async def rest(self) -> RunState:
        """Until nothing is under way."""
        async with asyncio.timeout(10):
            while True:
                await self.host.durable()
                if self.reconciler.idle:
                    return self.host.state
                await asyncio.sleep(0)

    async def end(self) -> None:
        """End as an engine does."""
        await self.reconciler.close("the test is over")
        await self.host.close()


@pytest.fixture
async def begin(tmp_path: Path) -> AsyncIterator[Callable[..., Life]]:
    lives: list[Life] = []

    def make(clock: FakeClock, effects: SimulatedEffects) -> Life:
        lives.append(Life(tmp_path / "run.db", clock, effects))
        return lives[-1]

    yield make
    for life in lives:
        with contextlib.suppress(LogError):
            await life.end()


async def waiting(begin: Callable[..., Life], clock: FakeClock, on_timeout: str) -> Life:
    life = begin(clock, SimulatedEffects())
    gate = Gate(timeout=60.0, on_timeout=on_timeout)  # type: ignore[arg-type]
    answer = await life.host.take(start("one", gates={"before_commit": gate}))
    assert not isinstance(answer, Refusal)
    state = await life.rest()
    assert [d.kind for d in state.open_decisions()] == ["review"] and clock.timers == [60.0]
    return life


@pytest.mark.parametrize(
    ("on_timeout", "status", "run"),
    [("pause", "open", "paused"), ("approve", "approved", "done"), ("reject", "rejected", "running")],
)
async def test_a_decision_whose_time_is_up(
    begin: Callable[..., Life], on_timeout: str, status: str, run: str
) -> None:
    clock = FakeClock()
    life = await waiting(begin, clock, on_timeout)
    clock.advance(59)
    assert (await life.rest()).decisions["d1"].status == "open"
    clock.advance(1)
    state = await life.rest()
    decision = state.decisions["d1"]
    assert decision.status == status and state.run is not None and state.run.status == run
    if on_timeout == "pause":
        assert "d1" in state.run.reason and clock.timers == []
    else:
        assert decision.by is not None and decision.by.kind == "policy" and on_timeout in decision.by.name


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0])
async def test_f13_a_jump_of_the_wall_clock_decides_nothing(begin: Callable[..., Life], jump: float) -> None:
    clock = FakeClock()
    life = await waiting(begin, clock, "approve")
    clock.wall += jump
    assert not isinstance(await life.host.take(PauseRun(PERSON)), Refusal)
    state = await life.rest()
    assert state.decisions["d1"].status == "open" and clock.timers == [60.0]
    log = [recorded.seq for recorded in Log(life.host._writer._log._path, read_only=True).read()]
    assert log == list(range(1, len(log) + 1)), "order goes by number, not by time"
    clock.advance(60)
    assert (await life.rest()).decisions["d1"].status == "approved"


@pytest.mark.parametrize(("away", "rest"), [(20.0, [40.0]), (-500.0, [60.0]), (500.0, [0.0])])
async def test_after_a_restart_a_decision_has_the_rest_of_its_time(
    begin: Callable[..., Life], away: float, rest: list[float]
) -> None:
    clock = FakeClock()
    life = await waiting(begin, clock, "pause")
    await life.end()
    assert clock.timers == []
    clock.wall += away
    again = begin(clock, SimulatedEffects())
    again.reconciler.poke()
    await again.rest()
    assert clock.timers == rest


async def test_a_log_that_cannot_be_written_stops_everything_and_a_new_host_goes_on_from_what_it_holds(
    begin: Callable[..., Life], tmp_path: Path
) -> None:
    clock = FakeClock()
    life = await waiting(begin, clock, "pause")
    before = life.host.state
    # Somebody else writes into the log: from here on our numbers do not fit.
    other = Log(tmp_path / "run.db")
    columns = "at, name, version, data, hash FROM events ORDER BY seq DESC LIMIT 1"
    other._db.execute(f"INSERT INTO events SELECT seq + 1, {columns}")
    with pytest.raises(LogError, match="no gaps"):
        await life.host.take(PauseRun(PERSON))
    assert len(life.failures) == 1 and life.host.broken is life.failures[0]
    refused = await life.host.take(PauseRun(PERSON))
    assert isinstance(refused, Refusal) and "cannot be written" in refused.message
    other._db.execute("DROP TRIGGER events_keep_delete")
    other._db.execute("DELETE FROM events WHERE seq > ?", (before.seq,))
    other.close()
    again = begin(clock, SimulatedEffects())
    assert again.host.state == before
    assert not isinstance(await again.host.take(PauseRun(PERSON)), Refusal)
