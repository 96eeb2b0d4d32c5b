"""Step verify: our own commands on the imported tree, in a slot."""

from __future__ import annotations

from typing import NoReturn

from prdrunner_tui.steps.turns import checkpoint_first
from prdrunner_tui.steps.view import View


def verify(view: View) -> NoReturn:
    """Verify the phase's tree; where nothing ran, a person decides."""
    checkpoint_first(view)
    view.end("ok", verified(view, view.phase.tree))


def verified(view: View, tree: str) -> str:
    """How ``tree`` was found good, in words; ends the step when it was not.

    Raises:
        Pending: it is not known yet, or the step ends as failed or rejected.
    """
    if tree in view.phase.verified:
        effect = next(
            (e for e in view.step.effects if e.kind == "verify" and e.args.get("tree") == tree), None
        )
        known = str(effect.result.get("summary", "")) if effect is not None else ""
        how = view.phase.verified[tree]
        if how != "slot":
            # A person took it as it was, which is no verification.
            return f"no check proves tree {tree[:7]}: {how}"
        return known or f"tree {tree[:7]} verified before"
    result = view.do("verify", tree=tree)
    summary = str(result["summary"])
    if result["verdict"] == "red":
        view.end("failed", summary, signature=str(result["signature"]), evidence=str(result["evidence"]))
    subject = f"nothing_ran/{view.phase.id}/{tree}"
    facts = {"tree": tree, "summary": summary, "checks": result.get("checks", [])}
    why = "our own run must see that something ran"
    decision = view.ask("nothing_ran", subject, f"nothing ran: {summary}", facts=facts, person_only=why)
    if decision.status == "rejected":
        view.end("rejected", f"not verified: {decision.reason}")
    return f"taken as good without a test run: {decision.reason or 'a person said so'}"
