"""Row 1 of every screen: what runs, in which state, how far, for how much, and how much waits for a person."""

from __future__ import annotations

from typing import Literal, NamedTuple

from prdrunner_tui.kernel.state import Run, RunState, Spent
from prdrunner_tui.projections.overview import overview
from prdrunner_tui.text.units import cost_words, duration, estimate, money, tokens
from prdrunner_tui.tui.rows.pausing import AT_NEXT_TURN, at_work, only_paused, run_winds_down
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.rows.shorten import short_path
from prdrunner_tui.tui.rows.words import worker_words
from prdrunner_tui.tui.span import Line, width_of, words

_ROOMY = 100
"""From this width on the fields have their long forms and three spaces between those at the right."""
_LONGEST_NAME = 32
_TIME = 7
"""Cells of the time, so that nothing at its right moves when it gets longer."""
_GAP = 4
"""Cells that stay free between the two ends, as long as there is a name to leave out."""


class Connection(NamedTuple):
    """The engine does not answer: since when (seconds since 1970), whether its socket is gone, and its last word."""

    kind: Literal["silent", "gone"]
    since: float
    why: str = ""


_FIELDS = (
    "next turn", "warning", "estimate", "branch", "agents", "directory", "prd", "repo", "no agent", "run", "phases",
)  # fmt: skip
"""What row 1 loses, first to last, when it gets narrow."""


def header(
    state: RunState,
    width: int,
    scene: Scene,
    *,
    repo: str,
    connection: Connection | None = None,
    left: tuple[float, float] | None = None,
) -> Line:
    """Row 1 in exactly ``width`` cells.

    Args:
        repo: the name of the repository.
        connection: set while the engine does not answer; its words stand in place of the state.
        left: the least and the most seconds that the run may still take.

    Where there is no room fields go in a fixed order: when a pause begins, estimate, warning of the budget, branch,
    agents, directory of the PRD, PRD, repository, run, and the count of phases last. State, time, money and what waits
    are never cut.
    """
    run = state.run
    if run is None:
        return scene.fit(scene.foreign(repo) + words("  opening the run", "muted"), width)
    roomy, seen = width >= _ROOMY, overview(state)
    left_end: Line = ()
    right_end: Line = ()
    for lost in range(len(_FIELDS) + 1):
        shown = frozenset(_FIELDS[lost:])
        word = seen.state
        if only_paused(seen):
            word = "pausing" if at_work(state) else "paused"
        if run_winds_down(state):
            word = AT_NEXT_TURN if "next turn" in shown else "pausing"
        left_end = _begin(state, run, scene, shown, repo, _state(run, word, scene, connection))
        right_end = _end(state, shown, left, roomy, len(seen.decisions))
        if width_of(left_end) + width_of(right_end) + (_GAP if "prd" in shown else 2) <= width:
            break
    return scene.sides(left_end, right_end, width)


def _begin(state: RunState, run: Run, scene: Scene, shown: frozenset[str], repo: str, word: Line) -> Line:
    fields: list[Line] = []
    if "repo" in shown:
        fields.append(scene.crop(scene.foreign(repo), _LONGEST_NAME))
    if "prd" in shown:
        path = run.prd if "directory" in shown else run.prd.rsplit("/", 1)[-1]
        fields.append(scene.foreign(short_path(path, _LONGEST_NAME, scene.glyphs.ellipsis)))
    if "run" in shown:
        fields.append(scene.foreign(run.id))
    fields.append(word)
    if "branch" in shown:
        fields.append(scene.foreign(f"branch {run.branch}"))
    choices = list(run.settings.workers.values())
    if choices and all(choice.worker == "scripted" for choice in choices):
        fields.append(words("recording, no agent" if "no agent" in shown else "recording"))
    elif choices and "agents" in shown:
        fields.append(scene.foreign(", ".join(dict.fromkeys(map(worker_words, choices)))))
    allowed = run.settings.allowance.usd
    if "warning" in shown and allowed is not None:
        fields.append(words(f"budget asks at {money(allowed * (1 + state.budget.raised))}", "muted"))
    return _joined(fields, 2)


def _state(run: Run, word: str, scene: Scene, connection: Connection | None) -> Line:
    if connection is not None:
        passed = duration(max(0.0, scene.now - connection.since))
        if connection.kind == "silent":
            return words(f"engine silent {passed}", "fail")
        return words(f"engine gone {passed}", "fail")
    sign = scene.sign("running" if word in (AT_NEXT_TURN, "pausing") else word)
    return sign + words(f" {word} {scene.since(run.started_at, run.ended_at):<{_TIME}}", sign[0].token)


def _end(
    state: RunState, shown: frozenset[str], left: tuple[float, float] | None, roomy: bool, waiting: int
) -> Line:
    done = sum(phase.status == "done" for phase in state.phases.values())
    fields = (
        [words(f"{done}/{len(state.phases)}" + (" phases" if roomy else ""))] if "phases" in shown else []
    )
    if "estimate" in shown and left is not None:
        fields.append(words(f"{estimate(*left)} left"))
    fields.append(words(spent_of(state)))
    # The place stays when nothing waits, so that nothing at its left moves when something does.
    fields.append(words(f"! {waiting}", "needs-you") if waiting else words("   "))
    return _joined(fields, 3 if roomy else 2)


def spent_of(state: RunState) -> str:
    """What was spent of what is allowed: ``$1.20 of $5.00``; in tokens or turns where only those are limited."""
    run, spent = state.run, state.budget.spent
    assert run is not None
    allowance, share = run.settings.allowance, 1 + state.budget.raised
    cost = spent_usd(spent)
    if allowance.usd is not None:
        return f"{cost} of {money(allowance.usd * share)}"
    if allowance.tokens is not None:
        return f"{spent_tokens(spent)} of {tokens(allowance.tokens * share)}"
    if allowance.turns is not None:
        return f"{spent.turns} of {allowance.turns * share} turns"
    return cost


def spent_usd(spent: Spent) -> str:
    """What turns cost: ``-`` before one ended, ``?`` where none told."""
    return cost_words(spent.usd, spent.unpriced) if spent.turns else "-"


def spent_tokens(spent: Spent) -> str:
    """The tokens of turns: ``-`` before one ended, ``?`` where none told."""
    return tokens(spent.tokens or None, unit=False) if spent.turns else "-"


def _joined(fields: list[Line], gap: int) -> Line:
    joined: Line = ()
    for field in fields:
        joined = (*joined, *words(" " * gap), *field) if joined else field
    return joined
