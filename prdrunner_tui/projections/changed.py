"""Between which trees the changes lie that a decision or a checkpoint is about, and how large they are."""

from __future__ import annotations

from prdrunner_tui.kernel.state import Checkpoint, Decision, Phase, RunState
from prdrunner_tui.projections.metrics import Change

_OF_A_PHASE = frozenset({"large_change", "conflict", "stuck", "error", "breakpoint"})
"""Kinds of decisions that are about the change of their phase so far."""


def changed_trees(state: RunState, decision: Decision) -> tuple[str, str] | None:
    """The two trees between which the changes lie that a decision is about, if it is about changes."""
    phase = state.phases.get(decision.phase)
    base = str(decision.facts.get("base") or (phase.base if phase is not None else ""))
    tree = str(decision.facts.get("tree") or "")
    if not tree and decision.kind in _OF_A_PHASE and phase is not None:
        tree = phase.tree or _imported(phase)
    return (base, tree) if base and tree else None


def held_trees(state: RunState, checkpoint: Checkpoint) -> tuple[str, str] | None:
    """What a checkpoint holds: from the commit on which its phase stands to the checkpoint's own."""
    phase = state.phases.get(checkpoint.phase)
    return (phase.base, checkpoint.commit) if phase is not None and phase.base else None


def later_trees(state: RunState, checkpoint: Checkpoint) -> tuple[str, str] | None:
    """What came since a checkpoint: from its commit to the newest tree that is known of its phase."""
    phase = state.phases.get(checkpoint.phase)
    now = (phase.tree or _imported(phase)) if phase is not None else ""
    return (checkpoint.commit, now) if now else None


def newest_trees(phase: Phase) -> tuple[str, str] | None:
    """The change of a phase so far: from the commit on which it stands to its newest tree that is known."""
    tree = phase.tree or _imported(phase)
    return (phase.base, tree) if phase.base and tree else None


def change_of(patch: bytes) -> Change:
    """How large a patch is, with git's heads of files; a binary file counts as a file without lines."""
    files = added = removed = 0
    in_head = True
    for line in patch.split(b"\n"):
        if line.startswith(b"diff --git "):
            files, in_head = files + 1, True
        elif line.startswith(b"@@"):
            in_head = False
        elif not in_head:
            added += line.startswith(b"+")
            removed += line.startswith(b"-")
    return Change(files, added, removed)


def _imported(phase: Phase) -> str:
    for step in reversed(phase.steps):
        for effect in reversed(step.effects):
            if effect.kind == "import" and effect.status == "done":
                return str(effect.result.get("tree", ""))
    return ""
