"""What becomes of commands on a step and its effects; here stands the rule that no commit passes by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide.guards import moving_phase, started
from prdrunner_tui.kernel.state import Actor, Effect, Phase, RunState
from prdrunner_tui.kernel.subjects import review_hash, review_subject
from prdrunner_tui.kernel.values import LARGEST

_LONGEST_SESSION = 500
Answer = list[events.Event] | Refusal
_OF_THE_RUN = frozenset(("prepare", "publish"))


def _begin(state: RunState, command: commands.BeginStep) -> Answer:
    phase = moving_phase(state, command.phase)
    if isinstance(phase, Refusal):
        return phase
    last = phase.last
    if last is not None and last.status == "running":
        return Refusal("not_now", f"{phase.id} is in {last.name}")
    if last is not None and command.iteration < last.iteration:
        return Refusal("denied", "iterations only grow")
    earlier = [s for s in phase.steps if (s.name, s.iteration) == (command.step, command.iteration)]
    if earlier and command.attempt <= earlier[-1].attempt:
        return Refusal("denied", "attempts only grow")
    began = events.StepBegan(phase.id, command.step, command.iteration, command.attempt, command.feedback)
    return [began]


def _end(state: RunState, command: commands.EndStep) -> Answer:
    run = started(state)
    if isinstance(run, Refusal):
        return run
    phase = state.phases.get(command.phase)
    if phase is None or phase.last is None or phase.last.status != "running":
        return Refusal("not_now", f"no step of {command.phase} is running")
    if any(effect.status == "intended" for effect in phase.last.effects):
        return Refusal("not_now", f"{phase.last.name} of {phase.id} has an effect under way")
    gone = [
        events.DecisionWithdrawn(d.id, f"{phase.last.name} ended")
        for d in state.open_decisions(phase.id)
        if d.kind in ("question", "permission") or command.status == "stopped"
    ]
    ended = events.StepEnded(phase.id, command.status, command.summary, command.signature, command.evidence)
    return [*gone, ended]


def _intend(state: RunState, command: commands.IntendEffect) -> Answer:
    if not command.phase:
        return _intend_for_run(state, command)
    phase = moving_phase(state, command.phase)
    if isinstance(phase, Refusal):
        return phase
    if phase.last is None or phase.last.status != "running":
        return Refusal("not_now", f"no step of {phase.id} is running")
    if any(effect.key == command.key for step in phase.steps for effect in step.effects):
        return Refusal("already", f"{command.key} was intended before")
    if any(effect.status == "intended" for effect in phase.last.effects):
        return Refusal("not_now", f"{phase.id} has an effect under way")
    if command.kind in _OF_THE_RUN:
        return Refusal("denied", f"{command.kind} belongs to the run")
    if command.kind == "advance" and (refusal := _commit_refused(state, phase, command.args)):
        return refusal
    intended = events.EffectIntended(phase.id, command.key, command.kind, command.args)
    delivered = [events.MessageReceipt(id, "delivered") for id in command.args.get("messages", ())]
    return [intended, *delivered]


def _intend_for_run(state: RunState, command: commands.IntendEffect) -> Answer:
    run = started(state)
    if isinstance(run, Refusal):
        return run
    if any(effect.status == "intended" for effect in state.run_effects.values()):
        return Refusal("not_now", f"{run.id} has an effect under way")
    if command.key in state.run_effects:
        return Refusal("already", f"{command.key} was intended before")
    if command.kind not in _OF_THE_RUN:
        return Refusal("denied", f"{command.kind} belongs to a phase")
    if command.kind == "publish" and (run.tip == run.base or command.args.get("commit") != run.tip):
        return Refusal("stale", f"only the newest commit of {run.id} is published")
    return [events.EffectIntended("", command.key, command.kind, command.args)]


def _commit_refused(state: RunState, phase: Phase, args: Mapping[str, Any]) -> Refusal | None:
    """A commit of tree T on tip P needs an approval of exactly (P, T), and T found good by our own run."""
    run = state.run
    assert run is not None
    if phase.commit:
        return Refusal("already", f"{phase.id} is committed as {phase.commit[:7]}")
    parent, tree = str(args["old"]), str(args["tree"])
    if parent != run.tip:
        return Refusal("stale", f"the branch moved; {phase.id} was reviewed on {parent[:7]}")
    decision = state.decision_about(review_subject(phase.id, parent, tree))
    if decision is None or decision.status != "approved":
        return Refusal("denied", f"nobody approved tree {tree[:7]} of {phase.id}")
    if decision.content_hash != review_hash(parent, tree, run.settings):
        return Refusal("stale", f"the approval of {phase.id} is of something else")
    if tree not in phase.verified:
        return Refusal("denied", f"tree {tree[:7]} of {phase.id} is not verified")
    return None


def _session(state: RunState, command: commands.RecordSession) -> Answer:
    effect = _open_effect(state, command.phase, command.key)
    if effect is None or effect.kind != "turn":
        return Refusal("not_now", f"no turn {command.key} is under way")
    if not 0 < len(command.session) <= _LONGEST_SESSION:
        return Refusal("denied", "that is no name of a session")
    if effect.session == command.session:
        return Refusal("already", f"{command.key} is in that session")
    return [events.SessionOpened(command.phase, command.key, command.session)]


def _report(state: RunState, command: commands.ReportEffect) -> Answer:
    effect = _open_effect(state, command.phase, command.key)
    if effect is None:
        return Refusal("already", f"{command.key} is not under way")
    if command.error:
        failed: list[events.Event] = [events.EffectFailed(command.phase, command.key, command.error)]
        used = effect.kind == "turn" and "usage" in command.result
        return failed + (_turned(state, command.phase, effect, command.result) if used else [])
    done: list[events.Event] = [events.EffectDone(command.phase, command.key, command.result)]
    consequence = _CONSEQUENCES.get(effect.kind)
    return done + (consequence(state, command.phase, effect, command.result) if consequence else [])


def _open_effect(state: RunState, phase: str, key: str) -> Effect | None:
    if not phase:
        effect = state.run_effects.get(key)
        return effect if effect is not None and effect.status == "intended" else None
    found = state.phases.get(phase)
    if found is None or found.last is None:
        return None
    return next((e for e in found.last.effects if e.key == key and e.status == "intended"), None)


Result = Mapping[str, Any]
Consequence = Callable[[RunState, str, Effect, Result], list[events.Event]]


def _imported(state: RunState, phase: str, effect: Effect, result: Result) -> list[events.Event]:
    return [events.TreeImported(phase, result["tree"])]


def _verified(state: RunState, phase: str, effect: Effect, result: Result) -> list[events.Event]:
    green = result.get("verdict") == "green"
    return [events.TreeVerified(phase, effect.args["tree"], "slot")] if green else []


def _checkpointed(state: RunState, phase: str, effect: Effect, result: Result) -> list[events.Event]:
    last = state.phases[phase].last
    assert last is not None
    label = str(effect.args.get("label", ""))
    return [
        events.CheckpointTaken(effect.args["id"], phase, last.name, last.iteration, result["commit"], label)
    ]


def _turned(state: RunState, phase: str, effect: Effect, result: Result) -> list[events.Event]:
    last = state.phases[phase].last
    assert last is not None
    usage = result.get("usage") or {}
    return [
        events.UsageRecorded(
            phase,
            last.name,
            _figure(usage.get("input")),
            _figure(usage.get("output")),
            None if usage.get("usd") is None else max(0.0, float(usage["usd"])),
            reserve=max(0.0, float(usage.get("reserve", 0.0))),
            seconds=max(0.0, float(result.get("seconds", 0.0))),
            day=str(result.get("day", "")),
            model=str(usage.get("model", "")),
            priced=str(usage.get("priced", "")),
            covers=str(usage.get("covers", "")),
        )
    ]


def _figure(value: Any) -> int:
    """Tokens that an agent told, as a figure that can be booked."""
    return min(max(0, int(value or 0)), LARGEST)


def _advanced(state: RunState, phase: str, effect: Effect, result: Result) -> list[events.Event]:
    if result.get("outcome") == "superseded":
        return []
    return [events.CommitMade(phase, effect.args["old"], effect.args["new"], effect.args["tree"])]


def _published(state: RunState, phase: str, effect: Effect, result: Result) -> list[events.Event]:
    return [events.RunPublished(effect.args["branch"], effect.args["commit"])]


def _restored(state: RunState, phase: str, effect: Effect, result: Result) -> list[events.Event]:
    last = state.phases[phase].last
    assert last is not None
    saved, checkpoint = effect.args["save_as"], effect.args["checkpoint"]
    label = f"before the return to {checkpoint}"
    restored: list[events.Event] = [
        events.CheckpointTaken(saved, phase, last.name, last.iteration, result["saved"], label),
        events.RolledBack(phase, checkpoint, saved, result["tree"]),
    ]
    if last.name == "rollback":
        restored.append(
            events.PhasePaused(phase, Actor("program", "prdrunner"), f"rolled back to {checkpoint}")
        )
    return restored


def _prepared(state: RunState, phase: str, effect: Effect, result: Result) -> list[events.Event]:
    return [events.BaseTaken(result["commit"])]


_CONSEQUENCES: Mapping[str, Consequence] = {
    "prepare": _prepared,
    "import": _imported,
    "verify": _verified,
    "checkpoint": _checkpointed,
    "turn": _turned,
    "advance": _advanced,
    "publish": _published,
    "restore": _restored,
}

DECIDERS = {
    commands.BeginStep: _begin,
    commands.EndStep: _end,
    commands.IntendEffect: _intend,
    commands.RecordSession: _session,
    commands.ReportEffect: _report,
}
