"""The linear workflow: what comes after a step, when a phase loops, when it is stuck, when it ends. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from prdrunner_tui.kernel.commands import Command, EndPhase, EndStep
from prdrunner_tui.kernel.state import Feedback, Phase, RunState, Step
from prdrunner_tui.steps.commit import commit
from prdrunner_tui.steps.implement import implement
from prdrunner_tui.steps.plan_impl import plan_impl
from prdrunner_tui.steps.self_review import self_review
from prdrunner_tui.steps.turns import SIGNED_OUT
from prdrunner_tui.steps.verify import verify
from prdrunner_tui.steps.view import REFUSED_BUDGET, Pending, View, limited

MAX_INTERRUPTIONS = 5
"""How often in a row a step is begun again after it was ended with the engine or its host."""


def rollback(view: View) -> NoReturn:
    """Step rollback: the restore that a person asked for, intended with the step itself."""
    effect = view.step.effects[0]
    if effect.status == "intended":
        raise Pending(None)
    if effect.status == "failed":
        view.end("failed", effect.error, signature=f"restore: {effect.error}")
    view.end("ok", f"back at {effect.args['checkpoint']}, what stood before is {effect.args['save_as']}")


SEQUENCES: Mapping[str, Callable[[View], NoReturn]] = {
    "plan_impl": plan_impl,
    "implement": implement,
    "verify": verify,
    "review": self_review,
    "commit": commit,
    "rollback": rollback,
}


def next_command(state: RunState, phase: Phase) -> Command | None:
    """What a phase wants next: a command, or ``None`` while it waits for an effect or a person."""
    run = state.run
    assert run is not None
    view = View(state, run, phase)
    try:
        if run.status == "stopped":
            _wind_up(view, run.reason)
            raise Pending(None)
        if phase.stopping and not phase.commit:
            _wind_up(view, phase.stopping)
            raise Pending(EndPhase(phase.id, "stopped", phase.stopping))
        last = phase.last
        if last is not None and last.status == "running":
            SEQUENCES[last.name](view)
        _after(view, last)
    except Pending as pending:
        command = pending.command
        held = run.status == "paused" or phase.status == "paused"
        return command if not held or phase.stopping or isinstance(command, EndStep) else None


def _wind_up(view: View, reason: str) -> None:
    """End the step that is under way, once its effects have ended."""
    last = view.phase.last
    if last is None or last.status != "running":
        return
    if any(effect.status == "intended" for effect in last.effects):
        raise Pending(None)
    if view.phase.commit:
        view.end("ok", f"{view.phase.commit[:7]}, before the run was stopped")
    view.end("stopped", reason)


def _after(view: View, last: Step | None) -> NoReturn:
    """Decide what follows the newest step, which has ended."""
    if last is None:
        _enter(view, "plan_impl", 1)
    if 0 < view.phase.fresh_from == len(view.phase.steps) and last.status not in ("ok", "skipped"):
        _take_up(view, last)
    guidance = _guidance(view)
    match last.name, last.status:
        case _, "stopped":
            _again(view, last)
        case "plan_impl", "ok" | "skipped":
            _enter(view, "implement", last.iteration, feedback=(*last.feedback, *guidance))
        case "implement", "ok" | "skipped":
            _enter(view, "verify", last.iteration)
        case "verify", "ok":
            _enter(view, "review", last.iteration)
        case "review", "ok" | "skipped":
            _enter(view, "commit", last.iteration)
        case "commit", "ok":
            _breakpoint(view, "after", "commit")
            raise Pending(EndPhase(view.phase.id, "done"))
        case "implement", "rejected" if last.summary.startswith("plan rejected"):
            _replan(view, last, guidance)
        case "rollback", "ok":
            _enter(view, "implement", last.iteration + 1, feedback=guidance)
        case "rollback", _:
            _not_rolled_back(view, last)
        case _, "rejected":
            feedback = Feedback("rejection", "\n".join(filter(None, (last.summary, last.evidence))))
            _within_limit(view, last)
            _enter(view, "implement", last.iteration + 1, feedback=(feedback, *guidance))
        case _, "issues":
            _loop(view, last, Feedback("review_issues", last.evidence or last.summary))
        case (("verify" | "commit"), "failed") if last.evidence:
            _loop(view, last, Feedback("failing_checks", f"{last.summary}\n{last.evidence}"))
        case _:
            _retry_step(view, last)


def _enter(
    view: View, step: str, iteration: int, *, attempt: int = 0, feedback: tuple[Feedback, ...] = ()
) -> NoReturn:
    """Begin a step unless a breakpoint stands in front of it."""
    if view.phase.last is not None:
        _breakpoint(view, "after", view.phase.last.name)
    _breakpoint(view, "before", step)
    view.begin(step, iteration, attempt=attempt, feedback=feedback)


def _breakpoint(view: View, when: str, step: str) -> None:
    for point in view.state.breakpoints.values():
        if (
            not point.enabled
            or (point.when, point.step) != (when, step)
            or point.phase not in ("", view.phase.id)
        ):
            continue
        subject = f"breakpoint/{point.id}/{view.phase.id}/{len(view.phase.steps)}"
        title = f"{when} {step}"
        view.ask("breakpoint", subject, title, step=step, facts={"breakpoint": point.id}, verbs=("approve",))


def _again(view: View, last: Step) -> NoReturn:
    """Begin a step anew that ended without its own fault."""
    stopped = 0
    for step in reversed(_fresh(view)):
        if step.name != last.name or step.status != "stopped":
            break
        stopped += not limited(step)
    if stopped > MAX_INTERRUPTIONS:
        _stuck(view, f"{last.summary}; {last.name} was interrupted {_times(stopped)}", last)
    if last.name == "rollback":
        _enter(view, "implement", last.iteration + 1)
    view.begin(last.name, last.iteration, feedback=last.feedback)


def _take_up(view: View, last: Step) -> NoReturn:
    """Go on after a person took the phase up again."""
    words = Feedback("failing_checks", f"{last.summary}\n{last.evidence}".strip())
    if last.name == "plan_impl":
        _enter(view, "plan_impl", last.iteration, feedback=_guidance(view))
    _enter(view, "implement", last.iteration + 1, feedback=(words, *_guidance(view)))


def _replan(view: View, last: Step, guidance: tuple[Feedback, ...]) -> NoReturn:
    feedback = (Feedback("rejection", last.summary.removeprefix("plan rejected: ")), *guidance)
    plans = sum(
        (s.name, s.iteration, s.status) == ("implement", last.iteration, "rejected") for s in _fresh(view)
    )
    if plans >= view.settings.max_iterations:
        _stuck(view, f"{plans} plans were rejected", last)
    if view.settings.workers.get("plan_impl") is None:
        _enter(view, "implement", last.iteration + 1, feedback=feedback)
    _enter(view, "plan_impl", last.iteration, feedback=feedback)


def _loop(view: View, last: Step, feedback: Feedback) -> NoReturn:
    """The next iteration, unless it is one too many."""
    _pause_on_error(view, last)
    if why := _repeated(view, last):
        _stuck(view, why, last)
    _within_limit(view, last)
    _enter(view, "implement", last.iteration + 1, feedback=(feedback, *_guidance(view)))


def _within_limit(view: View, last: Step) -> None:
    """Ask when one more iteration would be one too many; a person who rejects allows one more with it."""
    if last.iteration >= view.phase.iteration_limit:
        _stuck(view, f"iteration {last.iteration} of {view.phase.iteration_limit} did not pass", last)


def _not_rolled_back(view: View, last: Step) -> NoReturn:
    """A workspace that could not be put back is not worked in before a person says so."""
    subject = f"error/{view.phase.id}/{len(view.phase.steps)}"
    facts = {"summary": last.summary, "evidence": last.evidence}
    title = f"the rollback failed: {last.summary}"
    if view.ask("error", subject, title, step=last.name, facts=facts).status == "rejected":
        raise Pending(EndPhase(view.phase.id, "failed", title))
    _enter(view, "implement", last.iteration + 1, feedback=_guidance(view))


def _retry_step(view: View, last: Step) -> NoReturn:
    """The same step once more after it failed by the agent's fault."""
    if last.signature == REFUSED_BUDGET:
        raise Pending(EndPhase(view.phase.id, "failed", last.summary))
    _pause_on_error(view, last)
    if last.signature == SIGNED_OUT and _fresh(view):
        _stuck(view, last.summary, last)
    if why := _repeated(view, last):
        _stuck(view, why, last)
    failed = sum(
        s.name == last.name and s.iteration == last.iteration and s.status == "failed" for s in _fresh(view)
    )
    if failed >= view.settings.same_failure_limit:
        _stuck(view, f"{last.summary}; {last.name} failed {_times(failed)}", last)
    words = Feedback("agent_failure", last.summary)
    kept = tuple(f for f in last.feedback if f.kind != "agent_failure")
    _enter(view, last.name, last.iteration, feedback=(*kept, words, *_guidance(view)))


def _pause_on_error(view: View, last: Step) -> None:
    if not view.settings.pause_on_error or last.status != "failed":
        return
    facts = {"summary": last.summary, "evidence": last.evidence}
    subject = f"error/{view.phase.id}/{len(view.phase.steps)}"
    decision = view.ask("error", subject, f"{last.name} failed: {last.summary}", step=last.name, facts=facts)
    if decision.status == "rejected":
        raise Pending(EndPhase(view.phase.id, "failed", decision.reason))


def _fresh(view: View) -> tuple[Step, ...]:
    """The steps since a person last had a say in whether the phase goes on."""
    since = view.phase.fresh_from
    for decision in view.state.decisions.values():
        if decision.phase == view.phase.id and decision.kind == "stuck" and decision.status == "approved":
            since = max(since, int(decision.facts["steps"]))
    return view.phase.steps[since:]


def _repeated(view: View, last: Step) -> str:
    """Why the newest failure shows no progress, or an empty string."""
    limit = view.settings.same_failure_limit
    alike = 0
    for step in reversed(_fresh(view)):
        if step.name == last.name and step.signature:
            if step.signature != last.signature:
                break
            alike += 1
    return f"{last.summary}; the same failure {_times(alike)}" if last.signature and alike >= limit else ""


def _stuck(view: View, why: str, last: Step) -> NoReturn:
    facts = {"why": why, "summary": last.summary, "evidence": last.evidence, "steps": len(view.phase.steps)}
    decision = view.ask(
        "stuck",
        f"stuck/{view.phase.id}/{len(view.phase.steps)}",
        why,
        step=last.name,
        facts=facts,
        verbs=("approve", "reject", "skip"),
        person_only="a stuck phase goes on only when a person says so",
    )
    if decision.status == "rejected":
        raise Pending(EndPhase(view.phase.id, "failed", decision.reason))
    if decision.status == "skipped":
        raise Pending(EndPhase(view.phase.id, "skipped", decision.reason or "skipped by a person"))
    raise Pending(None)


def _guidance(view: View) -> tuple[Feedback, ...]:
    """Words of a person that go with the next turn: of a stuck decision, an error, a retry."""
    words = [view.phase.guidance] if view.phase.fresh_from == len(view.phase.steps) else []
    for decision in view.state.decisions.values():
        about_now = decision.subject.endswith(f"/{view.phase.id}/{len(view.phase.steps)}")
        if about_now and decision.kind in ("stuck", "error", "breakpoint") and decision.status == "approved":
            words.append(decision.reason)
    return tuple(Feedback("guidance", text) for text in words if text)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
