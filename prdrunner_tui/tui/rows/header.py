"""Row 1 of every screen: what runs, in which state, how far, for how much, and how much waits for a person."""

from __future__ import annotations

from typing import Literal, NamedTuple

from prdrunner_tui.kernel.state import Run, RunState, Spent
from prdrunner_tui.projections.overview import overview
from prdrunner_tui.projections.wording import amount_words
from prdrunner_tui.rules.budget import near, shares, times_raised
from prdrunner_tui.text.units import cost_words, duration, estimate, money, tokens
from prdrunner_tui.tui.rows.ending import run_word
from prdrunner_tui.tui.rows.pausing import at_work, only_paused, run_winds_down
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.rows.shorten import short_path
from prdrunner_tui.tui.rows.words import worker_words
from prdrunner_tui.tui.span import Line, width_of, words

_ROOMY = 100
"""From this width on the fields have their long forms and three spaces between those at the right."""
_LONGEST_NAME = 32
_STATE = len("needs you") + 1 + 7
"""Cells of the word of the state and its time, so that nothing at their right moves when either gets longer."""
_ESTIMATE = len("45m-120m left")
"""Cells of what is left, so that nothing at its left moves when it comes, goes or changes."""
_LEAST_NAME = 6
"""Cells of the repository's name at least, where there is no room for all of it."""
_GAP = 4
"""Cells that stay free between the two ends, as long as there is a name to leave out."""


class Connection(NamedTuple):
    """The engine does not answer: since when (seconds since 1970), whether its socket is gone, and its last word."""

    kind: Literal["silent", "gone"]
    since: float
    why: str = ""


_FIELDS = (
    "warning", "estimate", "branch", "agents", "directory", "no agent", "prd", "repo", "run", "phases",
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

    Where there is no room fields go in a fixed order: warning of the budget, estimate, branch, agents, directory of the
    PRD, PRD, repository (cut before it goes), run, and the count of phases last. State, time, money and what waits are
    never cut. Each field keeps its place while the state, the time, the money and what waits change.
    """
    run = state.run
    if run is None:
        return scene.fit(scene.foreign(repo) + words("  opening the run", "muted"), width)
    roomy, seen = width >= _ROOMY, overview(state)
    left_end: Line = ()
    right_end: Line = ()
    for lost in range(len(_FIELDS) + 1):
        shown = frozenset(_FIELDS[lost:])
        word = run_word(seen.state, (phase.status for phase in state.phases.values()))
        if only_paused(seen):
            word = "pausing" if at_work(state) else "paused"
        if run_winds_down(state):
            word = "pausing"
        told = _state(run, word, scene, connection, _STATE if "run" in shown else 0)
        left_end = _begin(state, run, scene, shown, repo, told)
        right_end = _end(state, shown, left, roomy, seen.needed)
        spare = width - width_of(left_end) - width_of(right_end) - 2
        if spare >= (_GAP - 2 if "prd" in shown else 0):
            if "repo" not in shown and "run" in shown and spare >= _LEAST_NAME + 2:
                left_end = _begin(state, run, scene, shown | {"repo"}, repo, told, room=spare - 2)
            break
    return scene.sides(left_end, right_end, width)


def _begin(
    state: RunState,
    run: Run,
    scene: Scene,
    shown: frozenset[str],
    repo: str,
    word: Line,
    *,
    room: int = _LONGEST_NAME,
) -> Line:
    """The left end; the repository's name gets ``room`` cells."""
    fields: list[Line] = []
    if "repo" in shown:
        fields.append(scene.crop(scene.foreign(repo), room))
    if "prd" in shown:
        path = run.prd if "directory" in shown else run.prd.rsplit("/", 1)[-1]
        fields.append(scene.foreign(short_path(path, _LONGEST_NAME, scene.glyphs.ellipsis)))
    if "run" in shown:
        fields.append(scene.foreign(run.id))
    fields.append(word)
    choices = list(run.settings.workers.values())
    recording = bool(choices) and all(choice.worker == "scripted" for choice in choices)
    if recording:
        fields.append(words("recording, no agent" if "no agent" in shown else "recording"))
    if "branch" in shown:
        fields.append(scene.foreign(f"branch {run.branch}"))
    if choices and not recording and "agents" in shown:
        fields.append(scene.foreign(", ".join(dict.fromkeys(map(worker_words, choices)))))
    allowed = run.settings.allowance.usd
    if "warning" in shown and allowed is not None:
        raised = times_raised(state, "run", "usd")
        fields.append(words(f"budget asks at {money(allowed * (1 + raised))}", "muted"))
    return _joined(fields, 2)


def _state(run: Run, word: str, scene: Scene, connection: Connection | None, width: int) -> Line:
    if connection is not None:
        passed = duration(max(0.0, scene.now - connection.since))
        return words(f"{f'engine {connection.kind} {passed}':<{width + 2}}", "fail")
    sign = scene.sign("running" if word == "pausing" else word)
    told = f"{word} {scene.since(run.started_at, run.ended_at)}"
    # What is free behind it has no look: a state that stands out would be as wide as the longest one.
    return (*sign, *words(f" {told}", sign[0].token), *words(" " * max(0, width - len(told))))


def _end(
    state: RunState, shown: frozenset[str], left: tuple[float, float] | None, roomy: bool, waiting: int
) -> Line:
    done = sum(phase.status == "done" for phase in state.phases.values())
    fields: list[Line] = []
    if "estimate" in shown:
        # At the left of its end: where nothing is known of it no gap stands between two fields.
        fields.append(words(f"{f'{estimate(*left)} left' if left is not None else '':>{_ESTIMATE}}"))
    if "phases" in shown:
        fields.append(words(f"{done}/{len(state.phases)}" + (" phases" if roomy else "")))
    spent = nearest_of(state)
    # As wide as it gets until the budget is used up.
    told = f"{spent:>{2 * len(spent.rpartition(' of ')[2]) + 4}}" if " of " in spent else spent
    close = any(share.scope == "run" for share in near(state))
    fields.append(words(told, "needs-you" if close else "text"))
    # The place stays when nothing waits, so that nothing at its left moves when something does.
    fields.append(words(f"! {waiting}", "needs-you") if waiting else words("   "))
    return _joined(fields, 3 if roomy else 2)


def spent_of(state: RunState) -> str:
    """What was spent of what is allowed: ``$1.20 of $5.00``; in tokens or turns where only those are limited."""
    run, spent = state.run, state.budget.spent
    assert run is not None
    allowance = run.settings.allowance
    cost = spent_usd(spent)
    for what, told in (("usd", cost), ("tokens", spent_tokens(spent)), ("turns", str(spent.turns))):
        if (limit := getattr(allowance, what)) is None:
            continue
        whole = limit * (1 + times_raised(state, "run", what))
        limits = {"usd": money(whole), "tokens": tokens(int(whole)), "turns": f"{whole} turns"}
        return f"{told} of {limits[what]}"
    return cost


def nearest_of(state: RunState) -> str:
    """As `spent_of`, but of another limit of the run where the cost is not known, or where that is closer to its end.

    It is the limit at which the run asks, not a sum that nobody tells.
    """
    run, spent = state.run, state.budget.spent
    assert run is not None
    limits = [share for share in shares(state) if share.scope == "run"]
    others = [share for share in limits if share.what != "usd"]
    unknown = bool(spent.turns) and not spent.usd and spent.unpriced > 0
    closest = max(others if unknown else limits, key=lambda share: share.part, default=None)
    if closest is None or closest.what == "usd" or not (unknown or closest.part >= run.settings.warn_at):
        return spent_of(state)
    used = amount_words(closest.what, closest.used, unit=False)
    return f"{used} of {amount_words(closest.what, closest.limit)}"


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
