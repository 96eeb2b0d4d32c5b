"""Which run, decision and phase a command means, also when it names none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from prdrunner_tui.cli.place import NO_RUN, registry_of, row_of
from prdrunner_tui.text.problem import Problem

if TYPE_CHECKING:
    from prdrunner_tui.kernel.state import Decision, RunState
    from prdrunner_tui.repo.rundir import StateDir

UNDER_WAY = ("running", "needs you")
_LOOKED_AT = 50


def active_run(state: StateDir, run: str) -> str:
    """The run that steering means: the one named, the only one under way, else the newest.

    Raises:
        Problem: there is none, or several are under way.
    """
    if run:
        return row_of(state, run).run
    rows = registry_of(state).newest(limit=_LOOKED_AT)
    running = [row.run for row in rows if row.status in UNDER_WAY]
    if len(running) > 1:
        hint = f"name one: --run-id {running[0]}"
        raise Problem(f"{len(running)} runs are under way: {', '.join(running)}", hint=hint)
    return running[0] if running else row_of(state, "").run


def run_of_decision(state: StateDir, decision: str, run: str) -> str:
    """The run in which a decision waits: ids of decisions count within their run. Paused runs come last.

    Raises:
        Problem: there is no run, or the decision waits in several of them.
    """
    if run:
        return row_of(state, run).run
    holding: dict[bool, list[str]] = {True: [], False: []}
    for row in registry_of(state).newest(limit=_LOOKED_AT):
        ids = [one["id"] for one in json.loads(row.overview).get("decisions", ())]
        if (decision in ids) if decision else ids:
            holding[row.status in UNDER_WAY].append(row.run)
    found = holding[True] or holding[False]
    if len(found) > 1:
        what = f"{decision} waits" if decision else "decisions wait"
        hint = f"name the run: --run-id {found[0]}"
        raise Problem(f"{what} in {len(found)} runs: {', '.join(found)}", hint=hint)
    return found[0] if found else active_run(state, "")


def decision_of(state: RunState, id: str) -> Decision:
    """The decision meant: the one named, or the only open one.

    Raises:
        Problem: there is none, or more than one is open.
    """
    if id:
        found = state.decisions.get(id)
        if found is None:
            raise Problem(f"no decision {id[:40]}", hint="prdrunner status lists what waits", code=NO_RUN)
        return found
    waiting = state.open_decisions()
    if not waiting:
        raise Problem("nothing waits for you", hint="prdrunner status shows the run", code=5)
    if len(waiting) > 1:
        names = ", ".join(f"{d.id} ({d.phase} {d.kind.replace('_', ' ')})" for d in waiting)
        raise Problem(f"{len(waiting)} decisions wait: {names}", hint="name the one you mean")
    return waiting[0]


def refuse_unknown_phase(state: RunState, run: str, phase: str) -> None:
    """Let only a phase of the run be named; no name is fine.

    Raises:
        Problem: the run has no such phase.
    """
    if not phase or phase in state.phases:
        return
    from prdrunner_tui.text.suggest import did_you_mean

    hint = did_you_mean(phase, state.phases) or f"the phases are {', '.join(state.phases)}"
    raise Problem(f"no phase {phase[:60]} in {run}", hint=hint, code=4)
