"""The effects of one run, by kind; and what running agents are told of the state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from prdrunner_tui.agents.hosts import HostLink
from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.kernel.codec import digest
from prdrunner_tui.kernel.commands import (
    Command,
    Decide,
    OpenDecision,
    RecordReceipt,
    RecordSession,
    WithdrawDecision,
)
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.state import Actor, Decision, Effect, RunState
from prdrunner_tui.repo import workspace as workspaces
from prdrunner_tui.steps import permissions
from prdrunner_tui.steps.effects import checks, trees, turn
from prdrunner_tui.steps.effects.context import Context, Doing, Interrupted
from prdrunner_tui.steps.surroundings import of_the_terminal
from prdrunner_tui.text.cut import CUT
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.registry import create

logger = logging.getLogger(__name__)
_LONGEST_TITLE = 2000
MOST_OPEN = 50
"""Requests of one job that wait at once: whatever the agent is, the run stays one that a person can look at."""
_TOO_MANY = f"{MOST_OPEN} requests wait already; this one is not asked"

PERFORMERS: Mapping[str, Callable[[Doing], Awaitable[Mapping[str, Any]]]] = {
    "prepare": trees.prepare_run,
    "workspace": trees.make_workspace,
    "import": trees.import_workspace,
    "checkpoint": trees.take_checkpoint,
    "restore": trees.restore,
    "turn": turn.take_turn,
    "verify": checks.verify_tree,
    "integrate": trees.make_candidate,
    "build_commit": trees.make_commit,
    "advance": trees.move_tip,
    "publish": trees.publish_branch,
}


class RunEffects:
    """Performs the effects of one run.

    Args:
        context: the run's world.
        submit: takes a command for the run.
        signal: told the unlogged notices of agents, as (phase, kind, data).
    """

    def __init__(
        self,
        context: Context,
        submit: Callable[[Command], object],
        signal: Callable[[str, str, Mapping[str, Any]], None],
    ) -> None:
        self._context = context
        self._submit = submit
        self._signal = signal
        self._sent: set[tuple[str, str]] = set()
        self._heard: dict[tuple[str, str], str] = {}
        """The content that each open question of a job has, as (job, question): only that is answered."""
        self._asking: dict[str, set[str]] = {}
        """What each job asks that the state does not show yet."""
        self._unsaved: set[str] = set()
        """Decisions by rules that are not on the disk yet."""
        self._state = RunState()

    def lend(self, state: RunState, environ: Mapping[str, str]) -> None:
        """See the protocol of the reconciler."""
        assert state.run is not None
        self._context.environ.update(of_the_terminal(environ, state.run.settings))

    async def perform(self, state: RunState, phase: str, effect: Effect) -> Mapping[str, Any]:
        """Do one effect; see the protocol of the reconciler."""
        if why := self._context.ending(phase):
            raise Interrupted(why)
        doing = Doing(self._context, state, phase, effect.key, effect.args, effect.at)
        return await PERFORMERS[effect.kind](doing)

    def follow(self, state: RunState, submit: Callable[[Command], object]) -> None:
        """Hand answers and messages to the agents that wait for them; end those of phases that a person stops.

        What the rules answer is decided here too, from what the log says of it: so it is decided once, whenever the
        engine died.
        """
        self._state = state
        self._asking.clear()
        self._end_stopping(state)
        for decision in state.decisions.values():
            if decision.kind in ("question", "permission") and decision.status != "open":
                self._answer(decision)
            elif decision.kind == "permission":
                self._decide(decision)
        for message in state.messages.values():
            if message.receipt == "queued":
                self._steer(state, message.id)

    def _end_stopping(self, state: RunState) -> None:
        before = self._context.stopping
        self._context.stopping = {p.id: p.stopping for p in state.phases.values() if p.stopping}
        for key, link in list(self._context.links.items()):
            phase = key.split("/", 1)[0]
            if phase in self._context.stopping and phase not in before:
                link.cancel(self._context.stopping[phase])

    def interrupt(self, reason: str) -> None:
        """Cancel every job under way."""
        self._context.interrupted = reason or "stopped"
        for link in list(self._context.links.values()):
            link.cancel(self._context.interrupted)

    def go_on(self) -> None:
        """Take an interruption back."""
        self._context.interrupted = ""

    async def recover(self, state: RunState) -> None:
        """Take up the turns that go on; end the jobs that nothing waits for, and those that are begun anew.

        A check is begun anew, since its slot is made again under it.
        """
        self._state = state
        wanted = {effect.key for effect in state.effects() if effect.status == "intended"}
        for link in await self._context.hosts.adopt():
            if link.key in wanted:
                continue
            if any(link.key.startswith(f"{key}/") for key in wanted):
                await self._context.hosts.discard(link)
            elif link.state == "running":
                link.end("nothing waits for it")

    async def close(self) -> None:
        """Let go of the hosts; none is left running."""
        await self._context.hosts.close(end_jobs=True, reason=self._context.interrupted or "the engine ended")

    def heard(self, key: str, update: Mapping[str, Any]) -> None:
        """Take an update of an agent host."""
        phase = key.split("/", 1)[0]
        kind = str(update.get("kind", ""))
        if kind in ("asked", "permission_asked"):
            self._open(key, phase, kind, update)
        elif kind == "withdrawn":
            subject = _subject(key, str(update.get("id", "")))
            decision = self._state.decision_about(subject)
            if decision is not None and decision.status == "open":
                self._submit(WithdrawDecision(decision.id, str(update.get("why", "")) or "the agent goes on"))
        elif kind == "receipt":
            self._receipt(update)
        elif kind == "session":
            self._submit(RecordSession(phase, key, str(update.get("session", ""))))
        self._signal(phase, kind, update)

    def _open(self, key: str, phase: str, kind: str, update: Mapping[str, Any]) -> None:
        last = self._state.phases[phase].last if phase in self._state.phases else None
        if last is None:
            return
        ask = str(update.get("id", ""))
        question = kind == "asked"
        title = str(update.get("question")) if question else permissions.title(update)
        choices = list(update.get("choices", ()) if question else ())
        facts: dict[str, Any] = {"job": key, "ask": ask, "choices": choices}
        if not question:
            found = self._judge(key, phase, update)
            verdict, grant = found.verdict, found.grant
            facts["options"] = list(update.get("options", ()))
            facts |= {"rules": verdict.answer, "why": verdict.why, "rule": verdict.rule}
            facts |= {"grant": grant} if grant is not None else {}
        opened = OpenDecision(
            kind="question" if question else "permission",
            subject=_subject(key, ask),
            phase=phase,
            step=last.name,
            iteration=last.iteration,
            title=title if len(title) <= _LONGEST_TITLE else title[:_LONGEST_TITLE] + CUT,
            content_hash=digest([key, ask, title]),
            facts=facts,
            verbs=("answer",) if question else _permission_verbs(facts),
        )
        self._heard[key, ask] = opened.content_hash
        known = self._state.decision_about(opened.subject)
        asked_again = known is not None and known.status != "open" and not update.get("replay")
        if known is None or known.content_hash != opened.content_hash or asked_again:
            # An answer is to what was asked: an agent that uses an id again does not get it for something else.
            if known is not None and known.status == "open":
                self._submit(WithdrawDecision(known.id, "the agent asks something else"))
            elif _waits(facts) and self._crowded(key):
                self._turn_away(key, ask, question)
                return
            if _waits(facts):
                self._asking.setdefault(key, set()).add(opened.subject)
            self._submit(opened)
        elif known.status != "open":
            self._answer(known)

    def _crowded(self, key: str) -> bool:
        """Whether so much of a job waits that nothing more is asked."""
        waiting = (d for d in self._state.open_decisions() if d.facts.get("job") == key)
        return (
            len({d.subject for d in waiting if _waits(d.facts)} | self._asking.get(key, set())) >= MOST_OPEN
        )

    def _turn_away(self, key: str, ask: str, question: bool) -> None:
        """Answer a request that is not asked, so that the agent does not wait for it."""
        link = self._link(key)
        if link is None:
            return
        if question:
            link.answer(ask, _TOO_MANY)
        else:
            link.permission(ask, allow=False, reason=_TOO_MANY)

    def _judge(self, key: str, phase: str, update: Mapping[str, Any]) -> permissions.Judgement:
        try:
            workspace = workspaces.load(self._context.directory, phase)
        except (OSError, ValueError, Problem):
            workspace = None
        return permissions.judge(
            self._worker(key),
            update,
            phase=phase,
            workspace=str(workspace.root) if workspace is not None else "",
            grants=self._state.grants,
        )

    def _worker(self, key: str) -> WorkerChoice | None:
        turn_under_way = next((effect for effect in self._state.effects() if effect.key == key), None)
        if turn_under_way is None or self._state.run is None:
            return None
        return self._state.run.settings.workers.get(str(turn_under_way.args.get("role", "")))

    def _decide(self, decision: Decision) -> None:
        """Decide by the rules what they allow or deny; what they ask is for a person."""
        says = decision.facts.get("rules")
        if _waits(decision.facts):
            return
        by = Actor("policy", str(decision.facts.get("rule", "")) or "permissions")
        reason = str(decision.facts.get("why", "")) if says == "deny" else ""
        verb: Any = "approve" if says == "allow" else "reject"
        durable = self._submit(Decide(decision.id, verb, decision.content_hash, by, reason))
        if isinstance(durable, asyncio.Future):
            self._unsaved.add(decision.id)
            durable.add_done_callback(lambda done: self._saved(decision.id, done))

    def _saved(self, id: str, done: asyncio.Future[None]) -> None:
        """The agent hears of it only now: what it then does must have its reason in the log."""
        if done.cancelled() or done.exception() is not None:
            return
        self._unsaved.discard(id)
        decision = self._state.decisions.get(id)
        if decision is not None and decision.status != "open":
            self._answer(decision)

    def _answer(self, decision: Decision) -> None:
        link = self._link(str(decision.facts.get("job", "")))
        ask = str(decision.facts.get("ask", ""))
        if link is None or decision.id in self._unsaved or (link.key, decision.id) in self._sent:
            return
        if self._heard.get((link.key, ask)) != decision.content_hash:
            return
        if self._state.decision_about(decision.subject) != decision:
            return
        self._sent.add((link.key, decision.id))
        if decision.kind == "question":
            link.answer(ask, decision.reason)
        else:
            allow = decision.status == "approved"
            option = permissions.once(decision.facts) if allow else None
            link.permission(ask, allow=allow, option=option, reason=decision.reason)

    def _steer(self, state: RunState, message_id: str) -> None:
        message = state.messages[message_id]
        last = state.phases[message.phase].last
        run = state.run
        if last is None or run is None:
            return
        turn_under_way = next((e for e in last.effects if e.kind == "turn" and e.status == "intended"), None)
        link = self._link(turn_under_way.key) if turn_under_way else None
        if link is None or turn_under_way is None or (link.key, message_id) in self._sent:
            return
        choice = run.settings.workers[str(turn_under_way.args["role"])]
        if create(choice.worker, choice.options).capabilities.steer != "none":
            self._sent.add((link.key, message_id))
            link.send_message(message_id, message.text, message.kind)

    def _link(self, job: str) -> HostLink | None:
        return self._context.hosts.links.get(directory_name(job, 1))

    def _receipt(self, update: Mapping[str, Any]) -> None:
        message = self._state.messages.get(str(update.get("message_id", "")))
        status = str(update.get("status", ""))
        if (
            message is not None
            and message.receipt != status
            and status in ("delivered", "acknowledged", "undeliverable")
        ):
            self._submit(RecordReceipt(message.id, status, str(update.get("why", ""))))  # type: ignore[arg-type]


def _waits(facts: Mapping[str, Any]) -> bool:
    """Whether a request is for a person; the others are answered by rules at once."""
    return facts.get("rules") not in ("allow", "deny")


def _permission_verbs(facts: Mapping[str, Any]) -> tuple[str, ...]:
    return ("approve", "always", "reject") if "grant" in facts else ("approve", "reject")


def _subject(key: str, ask: str) -> str:
    return f"ask/{key}/{ask}"
