"""Step commit: integrate on the tip, let a person look, and commit exactly that, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from prdrunner_tui.kernel.commands import Decide
from prdrunner_tui.kernel.settings import Gate
from prdrunner_tui.kernel.state import Actor, Decision
from prdrunner_tui.kernel.subjects import review_hash, review_subject
from prdrunner_tui.repo import refs
from prdrunner_tui.steps.commit_message import commit_message
from prdrunner_tui.steps.turns import checkpoint_first
from prdrunner_tui.steps.verify import verified
from prdrunner_tui.steps.view import Pending, Result, View

_NO_GATE = Actor("policy", "approval_gates: before_commit is off")


def commit(view: View) -> NoReturn:
    """Candidate, approval, verification of the candidate, commit object, compare-and-swap of the branch."""
    _named_author(view)
    tip = str(view.fixed("integrate", "tip", view.run.tip))
    candidate = view.do("integrate", tip=tip, base=view.phase.base, tree=view.phase.tree)
    if candidate.get("conflicts"):
        _ask_conflict(view, candidate)
    if not candidate["files"]:
        view.end(
            "failed",
            "there is nothing to commit",
            signature="commit: no change",
            evidence="The phase changed nothing against the branch.",
        )
    tree = str(candidate["tree"])
    decision = _approved(view, tip, tree, candidate)
    checkpoint_first(view)
    verified(view, tree)
    author = view.run.author
    assert author is not None
    built = view.do(
        "build_commit",
        parent=tip,
        tree=tree,
        message=commit_message(view, decision),
        author=[author.name, author.email],
        date=int(decision.decided_at or 0),
    )
    if view.run.tip != tip and not any(e.kind == "advance" for e in view.step.effects):
        view.end("stopped", "the branch moved; it is looked at again on the new commit")
    moved = view.do("advance", ref=refs.tip(view.run.id), new=built["commit"], old=tip, tree=tree)
    if moved["outcome"] == "superseded":
        view.end("stopped", "the branch moved; it is looked at again on the new commit")
    view.end("ok", f"{built['commit'][:7]}  {candidate['summary']}")


def _named_author(view: View) -> None:
    if view.run.author is not None:
        return
    title = "who stands in the commits? git has no user.name and user.email here"
    view.ask("author", f"author/{view.run.id}", title, verbs=("answer",), person_only="it needs a name")


def _ask_conflict(view: View, candidate: Result) -> NoReturn:
    paths = _names(candidate["conflicts"])
    subject = f"conflict/{view.phase.id}/{view.run.tip}/{view.phase.tree}"
    decision = view.ask(
        "conflict",
        subject,
        f"{view.phase.id} conflicts with {view.run.tip[:7]} in {paths}",
        facts={"conflicts": candidate["conflicts"]},
        person_only="a conflict is never resolved by a policy",
    )
    if decision.status == "rejected":
        view.end("failed", f"conflict in {paths}: {decision.reason}", signature="conflict")
    view.end("rejected", f"conflict in {paths}; {decision.reason or 'send it back'}")


def _approved(view: View, tip: str, tree: str, candidate: Result) -> Decision:
    gate = view.settings.gates.get("before_commit")
    held = _held_for_person(view, candidate)
    subject, content = review_subject(view.phase.id, tip, tree), review_hash(tip, tree, view.settings)
    try:
        decision = view.ask(
            "review",
            subject,
            (gate.message if gate else "") or f"before_commit: {candidate['summary']}",
            facts=_facts(view, tip, candidate, gate),
            content_hash=content,
            person_only=held,
            gate=gate,
        )
    except Pending as pending:
        asked = view.state.decision_about(subject)
        if pending.command is None and gate is None and not held and asked is not None:
            raise Pending(Decide(asked.id, "approve", content, _NO_GATE)) from None
        raise
    if decision.status == "rejected":
        view.end("rejected", decision.reason)
    return decision


def _held_for_person(view: View, candidate: Result) -> str:
    held = []
    if candidate.get("protected"):
        held.append(f"changes protected files: {_names(candidate['protected'])}")
    if candidate.get("secrets"):
        held.append(f"seems to hold a secret: {_names(candidate['secrets'])}")
    if left_out := _left_out(view):
        held.append(f"leaves out of the commit: {', '.join(left_out[:5])}")
    return "; ".join(held)


def _names(paths: Sequence[str]) -> str:
    """Names of files in one line, however odd they are."""
    plain = (path if path.isprintable() else path.encode("unicode_escape").decode() for path in paths)
    return ", ".join(plain)


def _facts(view: View, tip: str, candidate: Result, gate: Gate | None) -> dict[str, Any]:
    latest = {step.name: step.summary for step in view.phase.steps if step.iteration == view.step.iteration}
    facts = {
        "base": tip,
        "tree": candidate["tree"],
        "summary": candidate["summary"],
        "protected": candidate.get("protected", []),
        "secrets": candidate.get("secrets", []),
        "left_out": _left_out(view),
    }
    shown = {"diff": ("files", candidate["files"]), "tests": ("verify", latest.get("verify", ""))}
    shown["review"] = ("review", latest.get("review", ""))
    return facts | dict(fact for what, fact in shown.items() if gate is None or what in gate.show)


def _left_out(view: View) -> list[str]:
    """What of the agent's work is in no tree (a nested repository, a file too large), so that nobody misses it."""
    imports = [
        effect.result
        for step in view.phase.steps
        if step.name == "implement"
        for effect in step.effects
        if effect.kind == "import" and effect.status == "done"
    ]
    items = imports[-1].get("items", ()) if imports else ()
    return [
        " ".join(filter(None, (item["path"], f"({item['kind'].replace('_', ' ')}", item["detail"]))) + ")"
        for item in items
    ]
