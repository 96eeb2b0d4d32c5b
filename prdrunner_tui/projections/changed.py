"""Between which trees the changes lie that a decision is about."""

from __future__ import annotations

from prdrunner_tui.kernel.state import Decision, Phase, RunState


def changed_trees(state: RunState, decision: Decision) -> tuple[str, str] | None:
    """The two trees between which the changes lie that a decision is about, if it is about changes."""
    phase = state.phases.get(decision.phase)
    base = str(decision.facts.get("base") or (phase.base if phase is not None else ""))
    tree = str(decision.facts.get("tree") or "")
    if not tree and decision.kind in ("large_change", "conflict", "stuck", "error") and phase is not None:
        tree = phase.tree or _imported(phase)
    return (base, tree) if base and tree else None


def _imported(phase: Phase) -> str:
    for step in reversed(phase.steps):
        for effect in reversed(step.effects):
            if effect.kind == "import" and effect.status == "done":
                return str(effect.result.get("tree", ""))
    return ""
