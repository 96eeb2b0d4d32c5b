"""The message of a phase's commit."""

from __future__ import annotations

import textwrap

from prdrunner_tui.kernel.state import Decision
from prdrunner_tui.steps.view import View


def commit_message(view: View, decision: Decision) -> str:
    """A subject line, the phase's description, and trailers that name run, phase and approval."""
    plan = view.phase.plan
    subject = " ".join(plan.name.split()) or plan.id
    paragraphs = [_shortened(subject, 72, "...")]
    words = " ".join(plan.description.split())
    if words and words != subject:
        paragraphs.append(textwrap.fill(_shortened(words, 600, " ..."), 72))
    by = decision.by
    how = (
        f"auto({by.name})" if by is not None and by.kind == "policy" else (by.name if by is not None else "")
    )
    trailers = [f"Prdrunner-Run: {view.run.id}", f"Prdrunner-Phase: {plan.id}"]
    trailers.append(f"Prdrunner-Approval: {decision.id} {how}".rstrip())
    paragraphs.append("\n".join(trailers))
    return "\n\n".join(paragraphs) + "\n"


def _shortened(text: str, most: int, end: str) -> str:
    """At most so many characters, whole words where they fit; a name without blanks is cut within."""
    return text if len(text) <= most else textwrap.wrap(text, most - len(end))[0] + end
