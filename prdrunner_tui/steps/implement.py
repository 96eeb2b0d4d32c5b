"""Step implement: a worker changes the workspace; what it left is imported as a tree."""

from __future__ import annotations

from typing import NoReturn

from prdrunner_tui.kernel.codec import digest
from prdrunner_tui.kernel.subjects import gate_subject
from prdrunner_tui.steps.turns import end_unless_ended
from prdrunner_tui.steps.view import Result, View

_PROGRAMS = {"command": "the command", "scripted": "the recording"}
"""Workers whose name alone does not tell who ended."""


def implement(view: View) -> NoReturn:
    """Ask before, checkpoint, let the worker work, import, ask after."""
    _ask_before(view)
    view.do("workspace", base=view.phase.base)
    before = _start_from_checkpoint(view)
    turn = view.turn("implement", before)
    imported = view.do("import", n=2)
    end_unless_ended(view, turn)
    if imported["tree"] == before:
        label = str(turn.get("worker", "the agent"))
        label = _PROGRAMS.get(label, label)
        view.end("failed", f"{label} ended and changed nothing", signature="agent: no change")
    _ask_large(view, imported)
    imported = _ask_after(view, imported)
    view.end("ok", imported["summary"])


def _ask_before(view: View) -> None:
    gate = view.settings.gates.get("before_implement")
    steps = view.phase.steps
    if gate is None or len(steps) < 2 or steps[-2].name != "plan_impl":
        return
    plan = next((e.result.get("data") for e in steps[-2].effects if e.kind == "turn"), None)
    facts = {"plan": plan or {}, "summary": steps[-2].summary}
    about = f"{view.step.iteration}.{view.step.attempt}"
    decision = view.ask(
        "gate",
        gate_subject("before_implement", view.phase.id, view.step.iteration, about),
        gate.message or "before_implement: the plan",
        facts=facts if "plan" in gate.show else {"summary": steps[-2].summary},
        content_hash=digest([about, facts]),
        verbs=("approve", "reject") if gate.required else ("approve", "reject", "skip"),
        gate=gate,
    )
    if decision.status == "rejected":
        view.end("rejected", f"plan rejected: {decision.reason}")
    if decision.status == "skipped":
        view.do("workspace", base=view.phase.base)
        view.do("import")
        view.end("skipped", "skipped by a person")


def _start_from_checkpoint(view: View) -> str:
    """Take the checkpoint of the iteration's first attempt, or return to it; the tree that stands then."""
    if "implement" not in view.settings.checkpoint_before:
        return str(view.do("import")["tree"])
    first = next(
        (s for s in view.phase.steps if (s.name, s.iteration) == ("implement", view.step.iteration)),
        view.step,
    )
    taken = next((e for e in first.effects if e.kind == "checkpoint" and e.status == "done"), None)
    if first is view.step or taken is None:
        label = f"before implement, iteration {view.step.iteration}"
        return str(view.do("checkpoint", id=view.next_checkpoint(), label=label)["tree"])
    back = {"checkpoint": taken.args["id"], "to": taken.result["commit"], "save_as": view.next_checkpoint()}
    return str(view.do("restore", **back)["tree"])


def _ask_large(view: View, imported: Result) -> None:
    limit, files = view.settings.large_change_files, len(imported.get("files", ()))
    if limit is None or files <= limit:
        return
    subject = f"large_change/{view.phase.id}/{imported['tree']}"
    title = f"{files} files changed, more than {limit}"
    decision = view.ask("large_change", subject, title, facts={"files": imported["files"], "limit": limit})
    if decision.status == "rejected":
        view.end("rejected", f"change too large: {decision.reason}")


def _ask_after(view: View, imported: Result) -> Result:
    """Ask about the imported tree; after a yes look again, since a person may have edited the workspace."""
    gate = view.settings.gates.get("after_implement")
    n = 2
    while gate is not None:
        facts = {"tree": imported["tree"], "summary": imported["summary"]}
        if "diff" in gate.show:
            facts["files"] = imported.get("files", [])
        decision = view.ask(
            "gate",
            gate_subject(
                "after_implement",
                view.phase.id,
                view.step.iteration,
                f"{view.step.attempt}/{imported['tree']}",
            ),
            gate.message or "after_implement: the changes",
            facts=facts,
            gate=gate,
        )
        if decision.status == "rejected":
            view.end("rejected", f"changes rejected: {decision.reason}")
        n += 1
        again = view.do("import", n=n)
        if again["tree"] == imported["tree"]:
            break
        imported = again
    return imported
