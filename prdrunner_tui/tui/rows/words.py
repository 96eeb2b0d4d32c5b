"""Words that several panes share: kinds, waits, people, receipts, money; the same as those of the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.state import RUN_ENDED, Actor, Decision, Message, Phase, RunState, Step
from prdrunner_tui.projections.overview import decision_row
from prdrunner_tui.projections.verdicts import past_words, raised_sums, result_words
from prdrunner_tui.projections.wording import MEANS, kind_words, step_words, used_words
from prdrunner_tui.text.problem import Problem

__all__ = [
    "KEYS", "Front", "about", "asked", "decided", "front_of", "kind_of", "kind_title", "kind_words", "means",
    "past_words", "plural", "problem_lines", "question_of", "receipt", "refusal_words", "resets", "result_words",
    "step_state", "step_words", "unattended",
    "verb_of", "verb_words", "waits", "who", "worker_words",
]  # fmt: skip

KEYS: Mapping[str, str] = {"approve": "a", "always": "A", "reject": "x", "skip": "S", "answer": "m"}
"""The key of each verb, as tui/actions.py has it."""

_VERBS: Mapping[tuple[str, str], str] = {
    ("permission", "approve"): "allow",
    ("permission", "always"): "always",
    ("permission", "reject"): "refuse",
    ("breakpoint", "approve"): "continue",
    ("stuck", "approve"): "go on",
    ("stuck", "reject"): "give up",
    ("stuck", "skip"): "leave it out",
    ("limit", "approve"): "try now",
    ("limit", "reject"): "give up",
    ("budget", "approve"): "raise",
    ("budget", "reject"): "refuse",
    ("conflict", "approve"): "send back",
    ("conflict", "reject"): "give up",
    ("error", "approve"): "go on",
    ("error", "reject"): "give up",
    ("nothing_ran", "approve"): "take it",
    ("nothing_ran", "reject"): "send back",
    ("author", "answer"): "name and address",
}
_TITLES: Mapping[str, str] = {
    "breakpoint": "Breakpoint hit",
    "error": "Step failed",
    "author": "Author",
    "limit": "Provider's limit",
    "nothing_ran": "Nothing ran",
    "large_change": "Large change",
}
_OBJECTS = frozenset({"gate", "review", "question", "breakpoint"})
"""Kinds of which the words behind them go on with the sentence."""
_STEP_STATES: Mapping[str, str] = {
    "ok": "done",
    "issues": "found issues",
    "rejected": "sent back",
}


def plural(number: int, one: str, many: str = "") -> str:
    """``1 file``, ``3 files``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def kind_title(kind: str) -> str:
    """A kind of decision as the title of its dialog."""
    return _TITLES.get(kind, kind_words(kind).capitalize())


def question_of(decision: Decision) -> str:
    """What a decision asks: its title, but nobody is asked to review a plan where none was made."""
    unplanned = decision.kind == "gate" and "plan" in decision.facts and not decision.facts["plan"]
    if not unplanned or "plan" not in decision.title.lower():
        return decision.title
    why = decision.facts.get("summary") or "none was made"
    return f"Let the agent implement it? There is no plan to look at: {why}"


def verb_words(kind: str, verb: str) -> str:
    """What a verb is called for a kind of decision."""
    return _VERBS.get((kind, verb), verb)


def verb_of(decision: Decision, verb: str) -> str:
    """What a verb is called for a decision: ``raise to $10.00``."""
    sums = raised_sums(decision) if verb == "approve" else None
    named = verb_words(decision.kind, verb)
    return f"{named} to {sums[1]}" if sums is not None else named


def means(decision: Decision, verb: str) -> str:
    """What a verb does, in few words; options of the command line are no part of it."""
    sums = raised_sums(decision) if verb == "approve" else None
    if sums is not None:
        return f"it is {sums[0]} now; asks again at {sums[1]}"
    return MEANS.get((decision.kind, verb), "").split("; --", 1)[0]


def about(decision: Decision) -> str:
    """What a decision is about, without its kind: ``+96/-11 in 3 files``, ``before verify``."""
    if decision.kind == "budget" and {"what", "spent", "limit"} <= decision.facts.keys():
        facts = decision.facts
        scope = str(facts.get("scope", "run"))
        return used_words(str(facts["what"]), float(facts["spent"]), float(facts["limit"]), scope)
    if decision.kind == "question":
        return f'"{decision.title}"'
    shown = decision_row(decision)
    return shown.summary or decision.title.removeprefix(f"{kind_words(decision.kind)}: ")


def asked(decision: Decision) -> str:
    """A decision in a row, its kind and what it is about: ``review +96/-11 in 3 files``, ``stuck: same failure``."""
    return f"{kind_of(decision)} {about(decision)}"


def resets(decision: Decision, left: str) -> str:
    """A limit of the provider that is over by itself in the time ``left``, as far as that is known."""
    return f"limit resets in {left}" if decision.facts.get("resets") else f"limit, tries again in {left}"


def kind_of(decision: Decision) -> str:
    """The kind of a decision before words that go on with the sentence: ``review``, ``nothing ran:``."""
    return kind_words(decision.kind) + ("" if decision.kind in _OBJECTS else ":")


def step_state(step: Step) -> str:
    """How a step ended, in a word."""
    return _STEP_STATES.get(step.status, step.status)


def who(actor: Actor | None, me: Actor | None) -> str:
    """``by you``; ``on pts/4`` for you at another terminal; ``by ada on pts/4``; ``auto(RULE)`` for a policy."""
    if actor is None:
        return ""
    if actor.kind == "policy":
        return f"auto({actor.name})"
    if actor.kind == "program":
        return f"by {actor.name}"
    at = f" on {actor.terminal}" if actor.terminal else ""
    if me is not None and actor.name == me.name:
        return "by you" if actor.terminal == me.terminal or not at else at.strip()
    return f"by {actor.name}{at}"


def decided(decision: Decision, me: Actor | None) -> str:
    """What became of a decision: ``approved by you: REASON``."""
    status = past_words(decision.kind, decision.status)
    by = who(decision.by, me)
    head = f"{status}, {by}" if by.startswith("auto") else f"{status} {by}".rstrip()
    return f"{head}: {decision.reason}" if decision.reason else head


def worker_words(choice: WorkerChoice) -> str:
    """A worker as people read it."""
    return "recording" if choice.worker == "scripted" else choice.label or choice.worker


def waits(
    state: RunState,
    phase: Phase,
    *,
    whole: bool = True,
    short: Callable[[str], str] = str,
    front: Front | None = None,
) -> str:
    """For whom a pending phase waits.

    Args:
        whole: adds what is done already, or when that is done.
        short: makes the name of the phase that has the worker shorter, where there is little room.
        front: `front_of` the state, for who asks about many phases; looked up where it is not given.
    """
    deps = [state.phases[dep] for dep in phase.plan.deps]
    missing = [dep for dep in deps if dep.status != "done"]
    if not missing:
        return _turn(state, phase, whole, short, front_of(state) if front is None else front)
    names = ", ".join(dep.id for dep in missing)
    dead = [dep for dep in missing if dep.status in ("failed", "stopped", "skipped")]
    if dead:
        return f"waits for {names}, but {dead[0].id} " + _ENDED[dead[0].status]
    if not whole:
        return f"waits for {names}"
    done = ", ".join(dep.id for dep in deps if dep.status == "done")
    if done:
        return f"waits for {names}; {done} {'are' if ',' in done else 'is'} done"
    return f"waits for {names} (done at {'its' if len(missing) == 1 else 'their'} commit)"


def _turn(state: RunState, phase: Phase, whole: bool, short: Callable[[str], str], front: Front) -> str:
    """Why a phase that needs nothing more has not begun: phases run one after the other, and one has the worker."""
    if state.run is not None and state.run.status in RUN_ENDED:
        return "not started"
    if state.run is not None and state.run.status == "paused":
        return "the run is paused"
    has_it = front.holder
    if has_it is None:
        first = front.first or phase
        return "ready, begins next" if first is phase else f"waits its turn: {first.id} is next"
    turn, name = ("waits its turn" if whole else "waits"), short(has_it.id)
    if asks := state.open_decisions(has_it.id):
        does = "waits for a limit" if all(one.by_itself for one in asks) else "needs you"
    elif has_it.status == "paused":
        does = "is paused"
    else:
        return f"{turn} while {name} runs"
    return f"{turn}: {name} {'holds the worker and ' if whole else ''}{does}"


class Front(NamedTuple):
    """The phase that has the worker, which began and has not ended, and the first one that could begin."""

    holder: Phase | None
    first: Phase | None


def front_of(state: RunState) -> Front:
    """Who has the worker, and who gets it next where nobody has it."""
    phases = state.phases
    holder = next((one for one in phases.values() if one.status in ("running", "paused")), None)
    ready = (
        one
        for one in phases.values()
        if one.status == "pending" and all(phases[dep].status == "done" for dep in one.plan.deps)
    )
    return Front(holder, None if holder is not None else next(ready, None))


_ENDED = {"failed": "failed", "stopped": "is stopped", "skipped": "is left out"}


def receipt(message: Message, ahead: int = 0, *, over: bool = False) -> str:
    """What became of a message, in words.

    Args:
        ahead: counts the messages that go out before a queued one.
        over: whether the turn that it went out with has ended.
    """
    why = message.why
    match message.receipt:
        case "queued":
            return f"queued {ahead + 1}" + (f", {why}" if why else "")
        case "acknowledged":
            return f'acknowledged: "{why}"' if why else "acknowledged"
        case "delivered":
            head = f"delivered{', ' + why if why else ''}"
            if over and message.kind == "question":
                return f"{head}; the turn ended without an answer"
            return f"{head}; the turn is over" if over else f"{head}, not yet acknowledged"
        case "unknown":
            return f"unknown whether it was delivered{': ' + why if why else ''}"
        case "withdrawn":
            return f"withdrawn{' ' + why if why else ''}"
        case "undeliverable":
            return f"undeliverable: {why or 'no reason is known'}"


def unattended(decision: Decision, left: str) -> str:
    """What happens if nobody decides; ``left`` is the time until then, empty without a limit."""
    if decision.kind in ("question", "permission"):
        return "the agent waits until you decide"
    if not left:
        return "if you do nothing: it waits"
    if decision.kind == "limit":
        return f"if you do nothing: it goes on by itself in {left}"
    does: Literal["approved", "rejected"] | None = None
    if decision.on_timeout == "approve" and not decision.person_only:
        does = "approved"
    elif decision.on_timeout == "reject" and "reject" in decision.verbs:
        does = "rejected"
    if does is None:
        return f"if you do nothing: in {left} the run pauses (on_timeout: pause)"
    return f"if you do nothing: in {left} it is {does} (on_timeout: {decision.on_timeout})"


def problem_lines(problem: Problem) -> tuple[str, ...]:
    """An error in one to three lines: what, where, what to do next."""
    return tuple(text for text in (problem.message, problem.where, problem.hint) if text)


def refusal_words(refusal: Refusal) -> str:
    """Why a command was not taken; what to type in a shell instead is no help at a screen and is left out."""
    hint = "" if "prdrunner " in refusal.hint else refusal.hint
    return f"{refusal.message}; {hint}" if hint else refusal.message
