"""What one front end may do with the engine, whatever wire it comes by."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from prdrunner_tui.engine.engine import Engine
from prdrunner_tui.engine.queries import QUERIES
from prdrunner_tui.journal.log import LogError
from prdrunner_tui.kernel.commands import Command, Refusal, StartRun
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.projections.snapshot import snapshot
from prdrunner_tui.wire.client import News, Resync, RunEvent, Signal, Snapshot
from prdrunner_tui.wire.protocol import SNAPSHOT_LIMIT

T = TypeVar("T")

MAX_BACKLOG = 4096
"""News that wait for a front end; beyond it, they are dropped and the front end is told to attach again."""

_LONGEST_SAID = 1000
"""Characters of an agent's newest words that wait for a front end."""

ENGINE_ONLY = frozenset((
    "EndRun", "StartPhase", "EndPhase", "BeginStep", "EndStep", "IntendEffect", "RecordSession", "ReportEffect",
    "OpenDecision", "ExpireDecision", "WithdrawDecision", "RecordReceipt", "WarnBudget", "CountDay",
))  # fmt: skip
"""Commands that only the engine itself gives."""


class Session:
    """One front end.

    Args:
        engine: the engine.
        actor: who sits there; ``by`` of each command is set to it, a policy of that person included.
        wake: called when there are news.
    """

    def __init__(self, engine: Engine, actor: Actor, wake: Callable[[], None]) -> None:
        self._engine = engine
        self._actor = actor
        self._wake = wake
        self._news: deque[News] = deque()
        self._attached: dict[str, Callable[[], None]] = {}
        self._told: dict[str, int] = {}
        self._behind: set[str] = set()
        engine.sessions.add(self)

    async def start(self, command: StartRun, prd_file: str) -> Refusal | str:
        """See EngineClient.start."""
        return await _told(self._engine.start(replace(command, by=self._by(command.by)), prd_file))

    async def host(self, run: str) -> Refusal | str:
        """See EngineClient.host."""
        return await _told(self._engine.host(run))

    async def submit(self, run: str, command: Command) -> Refusal | int:
        """See EngineClient.submit."""
        if type(command).__name__ in ENGINE_ONLY or isinstance(command, StartRun):
            return Refusal("denied", f"{type(command).__name__} is not for a front end")
        hosted = self._engine.runs.get(run)
        if hosted is None:
            return Refusal("unknown", f"{run} is not hosted", f"prdrunner resume --run-id {run}")
        answer = await _told(hosted.host.take(self._signed(command)))
        # Who was told that it is done must see it done, whatever is asked next.
        self._engine.note_now(run)
        return answer

    async def lend(self, run: str, environ: Mapping[str, str]) -> Refusal | str:
        """Let the workers of a run have what the environment of the person's terminal has for them."""
        hosted = self._engine.runs.get(run)
        if hosted is None:
            return Refusal("unknown", f"{run} is not hosted", f"prdrunner resume --run-id {run}")
        hosted.effects.lend(hosted.host.state, environ)
        return run

    async def attach(self, run: str) -> Refusal | Snapshot:
        """See EngineClient.attach."""
        hosted = self._engine.runs.get(run)
        if hosted is None:
            return Refusal("unknown", f"{run} is not hosted", f"prdrunner resume --run-id {run}")
        self._detach(run)
        await hosted.host.durable()
        state = hosted.host.state
        self._news = deque(n for n in self._news if not (isinstance(n, RunEvent) and n.run == run))
        self._told[run] = state.seq
        self._behind.discard(run)
        self._attached[run] = hosted.host.listen(lambda recorded: self._hear(run, recorded))
        return Snapshot(snapshot(state, SNAPSHOT_LIMIT))

    async def query(self, run: str, what: str, args: Mapping[str, Any]) -> Refusal | Any:
        """See EngineClient.query."""
        hosted = self._engine.runs.get(run)
        ask = QUERIES.get(what)
        if hosted is None:
            return Refusal("unknown", f"{run} is not hosted", f"prdrunner resume --run-id {run}")
        if ask is None:
            return Refusal(
                "unknown", f"nothing is called {what[:40]}", f"there is {', '.join(sorted(QUERIES))}"
            )
        return await ask(hosted, args)

    def signal(self, signal: Signal) -> None:
        """Pass on a notice, replacing an older one of the same kind."""
        if signal.run not in self._attached:
            return
        for position, waiting in enumerate(self._news):
            if isinstance(waiting, Signal) and _about(waiting) == _about(signal):
                self._news[position] = _joined(waiting, signal)
                return
        self._put(signal)

    def take_news(self) -> list[News]:
        """What is new since the last call, oldest first."""
        news = list(self._news)
        self._news.clear()
        news += [Resync(run, self._told[run]) for run in sorted(self._behind)]
        for run in self._behind:
            self._detach(run)
        self._behind.clear()
        return news

    def close(self) -> None:
        """Leave."""
        for run in list(self._attached):
            self._detach(run)
        self._engine.sessions.discard(self)

    def _signed(self, command: Command) -> Command:
        by = getattr(command, "by", None)
        signed: Any = command
        return replace(signed, by=self._by(by)) if isinstance(by, Actor) else command

    def _by(self, claimed: Actor) -> Actor:
        if claimed.kind == "policy":
            return Actor("policy", claimed.name[:200], claimed.terminal[:100])
        return Actor("person", self._actor.name, claimed.terminal[:100])

    def _detach(self, run: str) -> None:
        if run in self._attached:
            self._attached.pop(run)()

    def _hear(self, run: str, recorded: Recorded) -> None:
        if run in self._behind or recorded.seq <= self._told[run]:
            return
        if len(self._news) >= MAX_BACKLOG:
            self._behind.add(run)
            return
        self._told[run] = recorded.seq
        self._put(RunEvent(run, recorded))

    def _put(self, news: News) -> None:
        self._news.append(news)
        self._wake()


def _about(signal: Signal) -> tuple[str, str, str]:
    """What a notice replaces an older one of."""
    return signal.run, signal.phase, signal.kind


def _joined(older: Signal, newer: Signal) -> Signal:
    """What stands for both: the newer one. An agent says a sentence in pieces, and those belong together."""
    if newer.kind != "said":
        return newer
    text = f"{older.data.get('text', '')}{newer.data.get('text', '')}"[-_LONGEST_SAID:]
    return replace(newer, data={**newer.data, "text": text})


async def _told(answer: Coroutine[Any, Any, T]) -> T | Refusal:
    """An answer, with what the disk or the log refused told like any other refusal."""
    try:
        return await answer
    except (LogError, OSError) as error:
        return Refusal("not_now", str(error), "prdrunner doctor")
