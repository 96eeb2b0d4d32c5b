"""The question before a phase is stopped: what ends, what is kept, what does not start then."""

from __future__ import annotations

from prdrunner_tui.kernel.state import PHASE_ENDED, Phase, RunState
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.rows.words import about, kind_words, plural, step_words
from prdrunner_tui.tui.span import Line, words

_LABEL = 13


def stopping_lines(state: RunState, phase: Phase, width: int, scene: Scene, *, retry: str) -> list[Line]:
    """The question, in lines of exactly ``width`` cells.

    Args:
        retry: the key that takes a stopped phase up again.
    """
    facts: list[tuple[str, Line]] = []
    step = phase.last
    if step is not None and step.status == "running":
        told = f"{step_words(step.name)}, iteration {step.iteration}, is cut off where it is"
        facts.append(("ends", scene.foreign(told, "fail")))
    facts += [
        ("withdraws", scene.foreign(f"{kind_words(decision.kind)} {about(decision)}", "fail"))
        for decision in state.open_decisions(phase.id)
    ]
    later = [one.id for one in state.phases.values() if phase.id in one.plan.deps and one.status == "pending"]
    if later:
        facts.append(("not started", scene.foreign(", ".join(later), "fail")))
    kept = sum(one.phase == phase.id for one in state.checkpoints.values())
    facts.append(("keeps", words("the workspace" + (f" and {plural(kept, 'checkpoint')}" if kept else ""))))
    others = sum(one.id != phase.id and one.status not in PHASE_ENDED for one in state.phases.values())
    facts.append(("then", words(f"{retry} takes it up again" + ("; other phases go on" if others else ""))))
    head = (*scene.foreign(f" {phase.id}"), *words(" ends now"))
    return [scene.fit(head, width), scene.fit((), width), *scene.labelled(facts, width, _LABEL)]
