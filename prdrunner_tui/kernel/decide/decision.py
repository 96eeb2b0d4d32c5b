"""What becomes of commands on a decision."""

from __future__ import annotations

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide.guards import live_run
from prdrunner_tui.kernel.decide.run import decide_author
from prdrunner_tui.kernel.state import Actor, Decision, DecisionStatus, RunState

Answer = list[events.Event] | Refusal

_STATUS: dict[str, DecisionStatus] = {
    "approve": "approved",
    "always": "approved",
    "reject": "rejected",
    "skip": "skipped",
    "answer": "answered",
}
_TYPED = {"always": "approve --always"}
"""Verbs that are typed otherwise on the command line."""
_SENDS_BACK = frozenset(("gate", "review", "conflict", "large_change"))
"""The decisions by which a person sends a phase back, and so allows it another iteration."""

_PROGRAM = Actor("program", "prdrunner")


def _open(state: RunState, command: commands.OpenDecision) -> Answer:
    run = live_run(state)
    if isinstance(run, Refusal):
        return run
    about = state.decision_about(command.subject)
    if about is not None and about.status == "open":
        return Refusal("already", f"{about.id} is open about that")
    fields = {name: getattr(command, name) for name in commands.OpenDecision.__match_args__}
    opened: list[events.Event] = [events.DecisionOpened(id=f"d{len(state.decisions) + 1}", **fields)]
    point = str(command.facts.get("breakpoint", "")) if command.kind == "breakpoint" else ""
    return [*opened, events.BreakpointHit(point, command.phase)] if point in state.breakpoints else opened


def _decide(state: RunState, command: commands.Decide) -> Answer:
    run, decision = live_run(state), state.decisions.get(command.id)
    if decision is None:
        return Refusal("unknown", f"no decision {command.id}", "prdrunner status lists what waits")
    if decision.status != "open":
        return Refusal("already", _already(decision), "prdrunner status shows what waits now")
    if isinstance(run, Refusal):
        return run
    if command.content_hash != decision.content_hash:
        return Refusal(
            "stale", f"{decision.id} changed since you looked", f"look again: prdrunner show {decision.id}"
        )
    if command.verb not in decision.verbs:
        verbs = ", ".join(f"prdrunner {_TYPED.get(verb, verb)} {decision.id}" for verb in decision.verbs)
        kind = decision.kind.replace("_", " ")
        return Refusal(
            "denied", f"{decision.id} is a {kind} and takes no {command.verb}", f"it takes {verbs}"
        )
    person = command.by.kind == "person"
    if command.verb == "always" and not person:
        return Refusal("denied", "only a person allows for good", f"prdrunner approve {decision.id} --always")
    if decision.person_only and not person:
        hint = f"look at it: prdrunner show {decision.id}"
        return Refusal("denied", f"{decision.id} waits for a person: {decision.person_only}", hint)
    if (
        decision.kind == "review"
        and decision.person_only
        and command.verb == "approve"
        and not command.protected
    ):
        hint = (
            f"look: prdrunner show {decision.id} --diff   then: prdrunner approve {decision.id} --protected"
        )
        return Refusal("denied", f"{decision.id} {decision.person_only}", hint)
    if command.verb in ("reject", "answer") and person and not command.reason.strip():
        hint = f"prdrunner {command.verb} {decision.id} " + (
            "TEXT" if command.verb == "answer" else "--reason WHY"
        )
        return Refusal("denied", f"{command.verb} needs words for the agent", hint)
    made = events.DecisionMade(decision.id, _STATUS[command.verb], command.by, command.reason)
    if decision.kind == "author":
        named = decide_author(command.reason)
        return named if isinstance(named, Refusal) else [made, *named]
    return [made, *_consequences(state, decision, command)]


def _already(decision: Decision) -> str:
    if decision.by is None:
        return f"{decision.id} is no longer needed: {decision.reason}"
    who = decision.by.name + (f" on {decision.by.terminal}" if decision.by.terminal else "")
    return f"{decision.id} was {decision.status} before by {who}; yours was not used"


def _consequences(state: RunState, decision: Decision, command: commands.Decide) -> list[events.Event]:
    phase = state.phases.get(decision.phase)
    if command.verb == "always":
        kind, parts = decision.facts["grant"]["kind"], tuple(decision.facts["grant"]["parts"])
        return [events.PermissionGranted(decision.id, decision.phase, kind, parts, command.by)]
    if decision.kind == "stuck" and command.verb == "approve" and phase is not None:
        return [events.IterationsExtended(phase.id, max(phase.iteration_limit, phase.iteration) + 2)]
    if decision.kind == "nothing_ran" and command.verb == "approve":
        how = f"override by {command.by.name}"
        return [events.TreeVerified(decision.phase, str(decision.facts["tree"]), how)]
    if decision.kind in _SENDS_BACK and command.by.kind == "person" and phase is not None:
        if command.verb != "reject" and decision.kind != "conflict":
            return []
        limit = max(phase.iteration_limit, phase.iteration + 1)
        return [events.IterationsExtended(phase.id, limit)]
    if decision.kind == "budget" and command.verb == "approve":
        scope, what = str(decision.facts.get("scope", "run")), str(decision.facts.get("what", ""))
        return [events.BudgetRaised(command.by, scope, what)]
    return []


def _expire(state: RunState, command: commands.ExpireDecision) -> Answer:
    run, decision = live_run(state), state.decisions.get(command.id)
    if isinstance(run, Refusal):
        return run
    if decision is None or decision.status != "open" or decision.timeout is None:
        return Refusal("already", f"{command.id} has no time limit")
    policy = Actor("policy", f"on_timeout: {decision.on_timeout}")
    if decision.on_timeout == "approve" and not decision.person_only:
        why = "the limit has reset" if decision.kind == "limit" else f"no answer in {decision.timeout:g}s"
        return [events.DecisionMade(decision.id, "approved", policy, why)]
    if decision.on_timeout == "reject" and "reject" in decision.verbs:
        return [events.DecisionMade(decision.id, "rejected", policy, f"no answer in {decision.timeout:g}s")]
    expired: list[events.Event] = [events.DecisionExpired(decision.id)]
    if run.status == "running":
        expired.append(events.RunPaused(_PROGRAM, f"{decision.id} had no answer in {decision.timeout:g}s"))
    return expired


def _withdraw(state: RunState, command: commands.WithdrawDecision) -> Answer:
    decision = state.decisions.get(command.id)
    if decision is None or decision.status != "open":
        return Refusal("already", f"{command.id} is not open")
    return [events.DecisionWithdrawn(command.id, command.reason)]


DECIDERS = {
    commands.OpenDecision: _open,
    commands.Decide: _decide,
    commands.ExpireDecision: _expire,
    commands.WithdrawDecision: _withdraw,
}
