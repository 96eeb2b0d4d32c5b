"""The view that a step has of its phase, and how a step says what it wants next.

A step is a function that is run from its beginning after each event. It asks for effects and decisions in order;
the first one that has no answer yet ends the run of the function with the command that would get the answer, or
with nothing while the answer is on its way. So a step reads as a straight line, keeps no state, and goes on after a
crash where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from prdrunner_tui.kernel.codec import digest
from prdrunner_tui.kernel.commands import BeginStep, Command, EndStep, IntendEffect, OpenDecision, WarnBudget
from prdrunner_tui.kernel.settings import Gate, Settings
from prdrunner_tui.kernel.state import (
    STANDING_KINDS,
    Decision,
    DecisionKind,
    Effect,
    Feedback,
    Phase,
    Run,
    RunState,
    Step,
    StepStatus,
)
from prdrunner_tui.kernel.subjects import checkpoint_id
from prdrunner_tui.projections.wording import used_words
from prdrunner_tui.rules.budget import raises, unsaid, used_up

INTERRUPTED = "interrupted"
"""How the error of an effect begins that was ended with the engine or the run, not by its own fault."""

_FIRST_WAIT, _LONGEST_GUESS = 300.0, 3600.0
"""Seconds until a provider is tried again that does not say when; twice as long each time."""
_LONGEST_WAIT, _A_LITTLE = 7 * 86_400.0, 5.0
"""Seconds that are waited at most where it does, and beyond what it says."""

Result = Mapping[str, Any]


class Pending(Exception):
    """The step can go no further now; ``command`` is what it wants, ``None`` while something is under way."""

    def __init__(self, command: Command | None) -> None:
        super().__init__(command)
        self.command = command


@dataclass(frozen=True, slots=True)
class View:
    """A phase that is under way, seen by its workflow."""

    state: RunState
    run: Run
    phase: Phase

    @property
    def settings(self) -> Settings:
        """The run's settings."""
        return self.run.settings

    @property
    def step(self) -> Step:
        """The newest step."""
        last = self.phase.last
        assert last is not None
        return last

    def do(self, kind: str, n: int = 1, **args: Any) -> Result:
        """The result of this step's ``n``-th effect of a kind; intends it first.

        Raises:
            Pending: it has no result yet; or it failed, and so the step ends.
        """
        suffix = f".{n}" if n > 1 else ""
        key = f"{self.phase.id}/{self.step.name}/{self.step.iteration}.{self.step.attempt}/{kind}{suffix}"
        effect = next((e for e in self.step.effects if e.key == key), None)
        if effect is None:
            raise Pending(IntendEffect(self.phase.id, key, kind, args))
        if effect.status == "intended":
            raise Pending(None)
        if effect.status == "failed":
            if effect.error.startswith(INTERRUPTED):
                self.end("stopped", effect.error)
            self.end("failed", effect.error, signature=f"{kind}: {effect.error}")
        return effect.result

    def fixed(self, kind: str, argument: str, now: Any) -> Any:
        """An argument with which this step's first effect of ``kind`` was intended; ``now`` before that.

        What an effect of the step itself changes, such as the tip, must be read this way.
        """
        effect = next((e for e in self.step.effects if e.kind == kind), None)
        return now if effect is None else effect.args[argument]

    def turn(self, role: str, tree: str) -> Result:
        """A turn of the worker that does ``role`` on ``tree``, with the messages that wait for who does the work.

        Over budget a person is asked first. The result repeats the tree as ``tree_before``.
        """
        if not any(e.kind == "turn" for e in self.step.effects):
            self._within_allowance()
        waiting = [
            m.id
            for m in self.state.messages.values()
            if m.phase == self.phase.id and m.receipt == "queued" and role != "review"
        ]
        session = self._session(role)
        more: dict[str, Any] = {"session": session} if session else {}
        if role != "review" and (said := self._said_in_vain()):
            more["again"] = said
        result = self.do("turn", role=role, messages=waiting, tree=tree, **more)
        if result["outcome"] in ("lost", "cancelled"):
            self.end("stopped", str(result["reason"]))
        if result.get("provider_limit"):
            self._wait_for_reset(result)
        return result

    def _wait_for_reset(self, result: Result) -> NoReturn:
        """Wait until a limit of the provider has reset, or a person says more; then the step is begun again."""
        turn = next(e for e in reversed(self.step.effects) if e.kind == "turn")
        reason, ended, resets = str(result["reason"]), turn.ended_at or 0.0, result.get("resets")
        before = sum(limited(step) for step in self.phase.steps[:-1])
        if isinstance(resets, int | float) and resets > ended:
            wait = min(resets - ended, _LONGEST_WAIT) + _A_LITTLE
        else:
            wait = min(_FIRST_WAIT * 2 ** min(before, 10), _LONGEST_GUESS)
        timeout = wait if self.settings.limits.wait_for_reset else None
        gate = Gate(timeout=timeout, on_timeout="approve" if timeout else "pause")
        facts = {"why": reason, "resets": resets, "times": before + 1}
        decision = self.ask("limit", f"limit/{turn.key}", reason, facts=facts, gate=gate)
        if decision.status == "rejected":
            self.end("failed", f"{reason}; given up", signature="agent: provider limit")
        self.end("stopped", reason)

    def _session(self, role: str) -> str:
        """The session in which a turn goes on: that of who does the work, as long as it is the same worker.

        A reviewer begins anew each time, and so does everybody after a turn that failed by itself.
        """
        workers = self.settings.workers
        for _, turn in self._turns() if role != "review" else ():
            if turn.args.get("role") != "review":
                same = workers.get(str(turn.args.get("role"))) == workers.get(role)
                broke = turn.result.get("outcome") in ("failed", "refused")
                return turn.session if same and not broke else ""
        return ""

    def _turns(self) -> Iterator[tuple[Step, Effect]]:
        """The turns of the phase that are over, the newest first, each with its step."""
        for step in reversed(self.phase.steps):
            for effect in reversed(step.effects):
                if effect.kind == "turn" and effect.status != "intended":
                    yield step, effect

    def end(self, status: StepStatus, summary: str, *, signature: str = "", evidence: str = "") -> NoReturn:
        """End the step."""
        raise Pending(EndStep(self.phase.id, status, summary, signature, evidence))

    def begin(
        self, step: str, iteration: int, *, attempt: int = 0, feedback: tuple[Feedback, ...] = ()
    ) -> NoReturn:
        """Begin a step; without ``attempt`` it is the next one of that iteration."""
        if not attempt:
            attempt = 1 + sum((s.name, s.iteration) == (step, iteration) for s in self.phase.steps)
        raise Pending(BeginStep(self.phase.id, step, iteration, attempt, feedback))

    def ask(
        self,
        kind: DecisionKind,
        subject: str,
        title: str,
        *,
        step: str = "",
        facts: Mapping[str, Any] | None = None,
        content_hash: str = "",
        verbs: tuple[str, ...] = ("approve", "reject"),
        person_only: str = "",
        gate: Gate | None = None,
    ) -> Decision:
        """The decision about ``subject`` once it is made; opens it first.

        Raises:
            Pending: it is not made yet.
        """
        decision = self.state.decision_about(subject)
        if decision is None or decision.status == "withdrawn":
            shown = dict(facts or {})
            opened = OpenDecision(
                kind=kind,
                subject=subject,
                phase=self.phase.id,
                step=step or (self.step.name if self.phase.steps else ""),
                iteration=self.phase.iteration,
                title=title,
                content_hash=content_hash or digest([kind, subject, title, shown]),
                facts=shown,
                verbs=verbs,
                person_only=person_only,
                timeout=gate.timeout if gate else None,
                on_timeout=gate.on_timeout if gate else "pause",
            )
            raise Pending(opened)
        if decision.status == "open":
            raise Pending(None)
        return decision

    def next_checkpoint(self) -> str:
        """The id that a checkpoint taken now gets."""
        return checkpoint_id(self.state)

    def _said_in_vain(self) -> list[str]:
        """Messages that reached a turn of which nothing is left: they stand in the next prompt again."""
        since = float("inf")
        for step, turn in self._turns():
            if turn.result.get("outcome") == "ended" and step.status not in ("failed", "stopped"):
                break
            since = turn.at
        return [
            m.id
            for m in self.state.messages.values()
            if m.phase == self.phase.id
            and m.kind not in ("question", *STANDING_KINDS)
            and m.receipt in ("delivered", "acknowledged", "unknown")
            and m.sent_at >= since
        ]

    def _let_go_on(self) -> float:
        """When a person last let the phase go on after it had failed; 0.0 where nobody did."""
        approved = [
            d.decided_at or 0.0
            for d in self.state.decisions.values()
            if d.phase == self.phase.id and d.kind in ("stuck", "error") and d.status == "approved"
        ]
        taken_up = self.phase.steps[: self.phase.fresh_from]
        return max([0.0, *approved, *(step.ended_at or 0.0 for step in taken_up[-1:])])

    def _within_allowance(self) -> None:
        if (close := unsaid(self.state, self.phase.id)) is not None:
            raise Pending(WarnBudget(close.name, close.scope, close.what, close.used, close.limit))
        share = used_up(self.state, self.phase.id)
        if share is None:
            return
        more = raises(self.run, share.scope, share.what)
        facts = {
            "what": share.what,
            "spent": share.used,
            "limit": share.limit,
            "scope": share.scope,
            "more": more,
        }
        title = used_words(share.what, share.used, share.limit, share.scope)
        # A refusal counts until a person lets the phase go on: then it is asked again.
        since, head = self._let_go_on(), f"budget/{share.name}"
        refused = sum(
            d.subject.startswith(head) and d.status == "rejected" and (d.decided_at or 0.0) < since
            for d in self.state.decisions.values()
        )
        subject = f"{head}/{refused}" if refused else head
        if self.ask("budget", subject, title, facts=facts).status == "rejected":
            self.end("failed", f"the budget is used up: {title}", signature=REFUSED_BUDGET)


REFUSED_BUDGET = "budget"
"""The failure of a step for which a person allowed no more."""


def limited(step: Step) -> bool:
    """Whether a step ended since the provider of its agent let it do no more for now."""
    return any(effect.kind == "turn" and effect.result.get("provider_limit") for effect in step.effects)
