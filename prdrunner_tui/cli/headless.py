"""Following a run in plain lines: what ``run`` prints without a cockpit, and what ``--yes`` decides."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime

from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.room import no_room
from prdrunner_tui.cli.waiting import block, headline, row
from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.kernel.commands import Decide, PauseRun, Refusal
from prdrunner_tui.kernel.events import (
    BudgetWarned,
    CommitMade,
    DecisionExpired,
    DecisionMade,
    DecisionOpened,
    Event,
    PhaseEnded,
    PhaseStarted,
    Recorded,
    RunPublished,
    StepEnded,
)
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.state import Actor, Decision, RunState
from prdrunner_tui.projections.history import RunFacts, earlier_seconds, facts_from_json, remaining
from prdrunner_tui.projections.wording import kind_words, step_words, used_words
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.units import clock, duration, estimate, spent_words, tokens
from prdrunner_tui.wire.client import Gone, Resync, RunEvent

YES = Actor("policy", "--yes")
PASSED_BY_YES = frozenset({"gate", "review", "question"})
"""What ``--yes`` decides. A budget, a breakpoint, a failure or a change too large to wave through is a person's."""

YOUR_JUDGEMENT = "use your judgement"
EXITS = {"done": 0, "failed": 1, "stopped": 1, "paused": 3}
_EVERY = 60.0
_ROOM, _CLOCK = 79, 9
"""Cells of the line that is redrawn, and those of the time of day before it."""


@dataclass(slots=True)
class Follower:
    """Prints what happens in a run until it ends, pauses, or needs a person where ``yes`` cannot help."""

    client: SocketClient
    run: str
    yes: bool = False
    state: RunState = field(default_factory=RunState)
    terminal: bool = False
    aside: str = ""
    earlier: tuple[RunFacts, ...] = ()
    _told_how: bool = False
    _drawn: bool = False

    async def follow(self) -> int:
        """Follow the run; the exit code of the command."""
        await self._attach()
        for decision in self.state.open_decisions():
            await self._opened(decision)
        ticker = asyncio.get_running_loop().create_task(self._tick())
        try:
            if (code := self._over()) is not None:
                return code
            async for news in self.client.news():
                if isinstance(news, Gone):
                    hint = f"go on: prdrunner resume{self.aside}"
                    gone = Problem(f"the engine is gone: {news.reason}", hint=hint, code=4)
                    raise no_room(4) or gone
                if isinstance(news, Resync):
                    await self._attach()
                elif (
                    isinstance(news, RunEvent) and news.run == self.run and news.recorded.seq > self.state.seq
                ):
                    await self._take(news.recorded)
                if (code := self._over()) is not None:
                    return code
        finally:
            ticker.cancel()
            self._clear()
        return 4

    async def _attach(self) -> None:
        answer = await self.client.attach(self.run)
        if isinstance(answer, Refusal):
            raise Problem(answer.message, hint=answer.hint, code=4)
        self.state = answer.state

    async def _take(self, recorded: Recorded) -> None:
        before = self.state
        self.state = evolve(self.state, recorded)
        for line in told(before, self.state, recorded.event):
            self._line(recorded.at, line)
        if isinstance(recorded.event, DecisionOpened):
            await self._opened(self.state.decisions[recorded.event.id])

    async def _opened(self, decision: Decision) -> None:
        if by_policy(self.state, decision):
            return  # the engine decides it, and tells of it next
        if decision.by_itself and decision.timeout is not None:
            left = duration(decision.timeout)
            self._line(
                decision.opened_at, f"waits  {decision.phase}  {decision.title}; goes on by itself in {left}"
            )
            return
        if not self.yes:
            self._needs_you(decision)
            if not self._told_how:
                self._told_how = True
                self._say("decide in another terminal, or here after ctrl+c: the run waits for you")
            return
        verb = next((verb for verb in ("approve", "answer") if verb in decision.verbs), "")
        if decision.person_only or not verb or decision.kind not in PASSED_BY_YES:
            self._needs_you(decision, f" --run-id {self.run}")
            run = self.state.run
            if run is not None and run.status == "running":
                await self.client.submit(self.run, PauseRun(YES, f"{decision.id} needs a person"))
            return
        words = YOUR_JUDGEMENT if verb == "answer" else ""
        await self.client.submit(self.run, Decide(decision.id, verb, decision.content_hash, YES, words))  # type: ignore[arg-type]

    def _needs_you(self, decision: Decision, more: str = "") -> None:
        shown = row(decision)
        self._line(decision.opened_at, f"NEEDS YOU  {decision.phase}  {headline(shown)}")
        for line in block(shown, self.aside + more):
            self._say(line)
        self._say(f"{'or':>4}  prdrunner attach{self.aside}{more}, the cockpit")

    def _over(self) -> int | None:
        run = self.state.run
        if run is None or run.status not in EXITS:
            return None
        # What was on its way when the run was paused still arrives; a pause ends the following all the same.
        self._line(self.state.at, self.summary())
        if run.status == "paused":
            say(f"{run.id} is paused: {run.reason}; go on: prdrunner resume{self.aside}")
        elif run.status == "done" and run.published:
            where = self.aside.replace(" --project-dir", " -C", 1)
            say(f"look at it: git{where} log --stat {run.branch}")
            say(f"take it:    git{where} merge {run.branch}")
        elif run.status == "failed":
            say(f"{run.id} failed: {run.reason}; take a phase up again: prdrunner retry PHASE{self.aside}")
        elif run.status == "stopped":
            say(f"{run.id} is stopped: {run.reason}; take it up again: prdrunner resume{self.aside}")
        return EXITS[run.status]

    def summary(self, room: int | None = None) -> str:
        """The run in one line; the estimate is left out where the line would not fit into ``room`` cells."""
        run = self.state.run
        assert run is not None
        phases = list(self.state.phases.values())
        done = sum(phase.status == "done" for phase in phases)
        spent = self.state.budget.spent
        parts = [f"{done}/{len(phases)} {'done' if run.status != 'failed' else 'done, failed'}"]
        if run.status == "running":
            active = sum(p.status == "running" and not self.state.open_decisions(p.id) for p in phases)
            waiting = sum(p.status == "pending" for p in phases)
            parts.append(f"{active} runs  {waiting} wait")
        now = time.time() if run.status == "running" else 0.0
        until = run.ended_at or max(self.state.at, now)
        parts += [
            duration(until - run.started_at),
            # Of a run under way the estimate tells more than the tokens, and both do not fit into 80 columns.
            *([tokens(spent.tokens)] if spent.tokens and run.status != "running" else []),
            spent_words(spent.usd, spent.unpriced),
        ]
        eta, last = [], []
        if run.status == "running":
            left = remaining(self.state, now, earlier=earlier_seconds(self.earlier, self.state))
            eta.append(f"eta {estimate(*(left or (None, None)))}")
        asked = [one for one in self.state.open_decisions() if not by_policy(self.state, one)]
        if needed := sum(not decision.by_itself for decision in asked):
            last.append(f"needs you {needed}")
        if run.published:
            last.append(f"branch {run.branch}")
        line = "  ".join(("run", *parts, *eta, *last))
        return line if room is None or len(line) <= room else "  ".join(("run", *parts, *last))

    async def ask_earlier(self) -> None:
        """Ask the engine what earlier runs took, for the estimate."""
        answer = await self.client.query(self.run, "history", {})
        self.earlier = facts_from_json(answer) if not isinstance(answer, Refusal) else ()

    async def _tick(self) -> None:
        """The line of the run: redrawn each second on a terminal, printed each minute elsewhere."""
        await self.ask_earlier()
        while True:
            await asyncio.sleep(1.0 if self.terminal else _EVERY)
            if self.state.run is None or self.state.run.status != "running":
                continue
            if self.terminal:
                line = self._clocked(time.time(), self.summary(_ROOM - _CLOCK))[:_ROOM]
                sys.stdout.write(f"\r{line:<{_ROOM}}")
                sys.stdout.flush()
                self._drawn = True
            else:
                self._line(time.time(), self.summary())

    def _say(self, text: str) -> None:
        self._clear()
        say(f"{'':9}{text}")
        sys.stdout.flush()

    def _line(self, at: float, text: str) -> None:
        self._clear()
        say(self._clocked(at, text))
        sys.stdout.flush()

    def _clear(self) -> None:
        if self._drawn:
            sys.stdout.write(f"\r{'':{_ROOM}}\r")
            self._drawn = False

    @staticmethod
    def _clocked(at: float, text: str) -> str:
        moment = datetime.fromtimestamp(at).astimezone()
        return f"{clock(moment, datetime.now().astimezone())} {text}"


def by_policy(state: RunState, decision: Decision) -> bool:
    """Whether the engine itself decides what is open: by a rule of the permissions, or because its gate is off."""
    if decision.facts.get("rules") in ("allow", "deny"):
        return True
    gate_is_off = state.run is not None and "before_commit" not in state.run.settings.gates
    return decision.kind == "review" and gate_is_off and not decision.person_only


def told(before: RunState, after: RunState, event: Event) -> list[str]:
    """The lines that an event is worth."""
    match event:
        case PhaseStarted(phase=phase):
            return [f"{phase}  begins on {event.base[:7]}"]
        case StepEnded(phase=phase):
            step = after.phases[phase].last
            assert step is not None and step.ended_at is not None
            word = "done" if step.status == "ok" else step.status
            head = step.summary.splitlines()[0] if step.summary else ""
            again = " again" if step.attempt > 1 else ""
            passed = duration(step.ended_at - step.began_at)
            if step.status == "skipped" or (step.name == "commit" and step.status == "ok"):
                return []
            return [f"{phase}  {step_words(step.name)} {word}  {head}  it {step.iteration}{again}  {passed}"]
        case DecisionMade(id=id):
            made = after.decisions[id]
            by = made.by
            who = (
                f"auto({by.name})"
                if by is not None and by.kind == "policy"
                else f"by {by.name if by else '?'}"
            )
            words = f": {made.reason}" if made.reason else ""
            return [f"{made.phase}  {kind_words(made.kind)} {made.id} {made.status} {who}{words}"]
        case BudgetWarned():
            told = used_words(event.what, event.used, event.of, event.scope)
            return [f"{event.scope.partition('/')[0]}  budget: {told}"]
        case DecisionExpired(id=id):
            return [f"{after.decisions[id].phase}  {id} had no answer in time"]
        case CommitMade(phase=phase):
            return [f"{phase}  committed {event.commit[:7]}"]
        case PhaseEnded(phase=phase) if event.outcome != "done":
            return [f"{phase}  {event.outcome}: {event.reason}"]
        case RunPublished():
            return [f"run  published as {event.branch} at {event.commit[:7]}"]
    return []
