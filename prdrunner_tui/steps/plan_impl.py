"""Step plan_impl: a worker plans the phase; nothing it changes in the workspace stays."""

from __future__ import annotations

from typing import NoReturn

from prdrunner_tui.steps.turns import end_unless_ended, put_back_changes
from prdrunner_tui.steps.view import View


def plan_impl(view: View) -> NoReturn:
    """Make the workspace, then let the planner write its plan; skipped without a planner."""
    stands = view.do("workspace", base=view.phase.base)["tree"]
    worker = view.settings.workers.get("plan_impl")
    if worker is None:
        view.end("skipped", "no planner is configured")
    turn = view.turn("plan_impl", view.phase.tree or stands)
    put_back_changes(view, turn)
    end_unless_ended(view, turn)
    plan = turn.get("data")
    if not plan:
        view.end("ok", str(turn.get("report_error") or "no plan was written"))
    changes = plan.get("changes", [])
    view.end("ok", f"plan of {len(changes)} edit{'' if len(changes) == 1 else 's'}")
