"""What a worker's turn comes to: done is never what the worker says of itself."""

from __future__ import annotations

from prdrunner_tui.steps.view import Result, View
from prdrunner_tui.workers.port import NOT_SIGNED_IN

SIGNED_OUT = "agent: signed out"
"""The failure that the next try cannot mend."""


def checkpoint_first(view: View) -> None:
    """Take the checkpoint that the settings want before this step."""
    if view.step.name in view.settings.checkpoint_before:
        label = f"before {view.step.name}, iteration {view.step.iteration}"
        view.do("checkpoint", id=view.next_checkpoint(), label=label)


def put_back_changes(view: View, turn: Result) -> None:
    """Undo what a turn changed that should change nothing; a checkpoint keeps it."""
    before = turn["tree_before"]
    if view.do("import")["tree"] != before:
        view.do("restore", checkpoint="the tree before", to=before, save_as=view.next_checkpoint())


def end_unless_ended(view: View, turn: Result) -> None:
    """End the step as failed, with the true reason, when the turn did not end by itself."""
    if turn["outcome"] == "ended":
        return
    reason = str(turn["reason"]) or str(turn["outcome"])
    signature = SIGNED_OUT if reason.startswith(NOT_SIGNED_IN) else f"agent: {reason}"
    view.end("failed", reason, signature=signature, evidence=str(turn.get("tail", "")))
