"""``prdrunner metrics``: what a run used and made, by phase, and by request where agents tell each."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prdrunner_tui.cli.output import say, say_json, table
from prdrunner_tui.cli.place import folded, json_option, project_option, row_of, run_option, state_of
from prdrunner_tui.cli.which import refuse_unknown_phase
from prdrunner_tui.kernel.settings import STEPS
from prdrunner_tui.projections.requests import TOLD, UNDER_WAY, TurnFacts, TurnRequests, tokens_of, turns
from prdrunner_tui.projections.wording import step_words
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.units import cost_words, count, duration, lines, money, tokens

if TYPE_CHECKING:
    from prdrunner_tui.kernel.state import RunState, Spent
    from prdrunner_tui.projections.metrics import Change, Metrics, PhaseMetrics

_PHASES = ("PHASE", "IT", "TIME", "AGENT", "CHECKS", "YOU", "TURNS", "TOKENS", "COST", "CHANGE")
_REQUESTS = ("PHASE", "STEP", "IT", "REQUEST", "INPUT", "CACHED", "OUTPUT", "COST", "NOTE")
_RIGHT = frozenset(_PHASES[1:] + _REQUESTS[2:-1])


@click.command()
@click.argument("phase", required=False, default="")
@click.option("--requests", is_flag=True, help="Each turn, and each call of the model in it.")
@click.option(
    "--step",
    type=click.Choice(STEPS),
    metavar="STEP",
    default=None,
    help=f"With --requests, only this: {', '.join(STEPS)}.",
)
@run_option
@json_option
@project_option
def metrics(
    phase: str, requests: bool, step: str | None, run_id: str, as_json: bool, project_dir: Path | None
) -> None:
    """Show what a run used and made, of a PHASE or of all.

    A cost or a figure that an agent does not tell is shown as ?, never as 0. Not every agent tells what a request took:
    of some only the turn is known.
    """
    place = state_of(project_dir)
    run = row_of(place, run_id).run
    state = folded(place, run)
    refuse_unknown_phase(state, run, phase)
    if state.run is None:
        raise Problem(f"{run} has not begun", hint="prdrunner status", code=4)
    if step and not requests:
        raise Problem("--step goes with --requests", hint="add --requests")
    found = list(_turns(place.run(run).jobs, state, phase, step or "")) if requests else []
    if as_json:
        say_json(_json(state, phase, found if requests else None))
    elif requests:
        _say_requests(run, found)
    else:
        _say_run(state, phase)


def _turns(
    jobs: Path, state: RunState, phase: str, step: str
) -> Iterator[tuple[TurnFacts, TurnRequests | None]]:
    """Turns with their requests; of one that goes on they are not known."""
    from prdrunner_tui.steps.requests import read_requests

    assert state.run is not None
    prices = state.run.settings.prices
    for turn in turns(state, phase, step):
        yield turn, (read_requests(jobs, turn.key, prices) if turn.over else None)


def _say_run(state: RunState, phase: str) -> None:
    from prdrunner_tui.projections.metrics import metrics as told_of

    told = told_of(state, time.time())
    assert state.run is not None
    rows = [row for row in told.by_phase if phase in ("", row.id)]
    if not phase:
        say(f"{state.run.id}  {state.run.prd}  {told.done}/{told.phases} phases done  {_spent(told)}")
        say(_times(told))
        say(_made(told))
        say("")
    table(_PHASES, [_phase_row(row) for row in rows], _RIGHT, narrow=frozenset({"PHASE"}))


def _spent(told: Metrics) -> str:
    spent = told.spent
    if not spent.turns:
        return "no turn has ended"
    apart = ""
    if told.input is not None and told.output is not None:
        apart = f" ({tokens(told.input, unit=False)} in, {tokens(told.output, unit=False)} out)"
    limit = f" of {money(told.usd_allowed)}" if told.usd_allowed is not None else ""
    used = tokens(spent.tokens or None, unit=False)
    return f"tokens {used}{apart}  cost {cost_words(spent.usd, spent.unpriced)}{limit}"


def _times(told: Metrics) -> str:
    times = told.times
    parts = (("time", told.wall), ("agents", times.agent), ("checks", times.checks), ("you", times.you))
    return "  ".join(f"{name} {duration(seconds)}" for name, seconds in parts)


def _made(told: Metrics) -> str:
    tests, change = told.tests, told.change
    at_most = "" if told.files_sure else "at most "
    parts = [f"{at_most}{_many(change.files, 'file')}", lines(change.added, change.removed)]
    parts += [_many(told.commits, "commit"), _many(tests.runs, "verification") + f", {tests.red} red"]
    return "  ".join(parts)


def _many(number: int, one: str) -> str:
    return f"{count(number)} {one}{'' if number == 1 else 's'}"


def _phase_row(row: PhaseMetrics) -> tuple[str, ...]:
    if row.wall is None:
        return (row.id, *("-" for _ in _PHASES[1:]))
    times = row.times
    return (
        row.id,
        str(row.iteration),
        *(duration(seconds) for seconds in (row.wall, times.agent, times.checks, times.you)),
        count(row.turns),
        tokens(row.spent.tokens or None, unit=False) if row.spent.turns else "-",
        cost_words(row.spent.usd, row.spent.unpriced) if row.spent.turns else "-",
        lines(row.change.added, row.change.removed) if row.change is not None else "-",
    )


def _say_requests(run: str, found: Sequence[tuple[TurnFacts, TurnRequests | None]]) -> None:
    if not found:
        say(f"no turn yet in {run}")
        return
    rows = [row for turn, requests in found for row in _turn_rows(turn, requests)]
    table(_REQUESTS, rows, _RIGHT, narrow=frozenset({"PHASE"}))


def _turn_rows(turn: TurnFacts, found: TurnRequests | None) -> Iterator[tuple[str, ...]]:
    """The turn as a whole, then its requests."""
    where = (turn.phase, step_words(turn.step), str(turn.iteration))
    used = turn.used
    if used is None or found is None:
        # A turn that was ended with the run or the engine may have no figures.
        yield (*where, "turn", "?", "-", "?", "?", UNDER_WAY if not turn.over else TOLD["none"])
        return
    told = tokens_of(turn) is not None
    sums = [_tokens(amount if told else None) for amount in (used.input_tokens, used.output_tokens)]
    words = [TOLD[found.told]] if TOLD[found.told] else []
    words += [f"{_many(found.count, 'request')}"] if found.count is not None else []
    words += ["with turns before it in the session"] if used.covers else []
    words += ["again"] if turn.attempt > 1 else []
    yield (*where, "turn", sums[0], "-", sums[1], money(used.usd), ", ".join(words))
    if found.before:
        yield (*where, f"1-{found.before}", "?", "?", "?", "?", "not kept")
    for place, one in enumerate(found.requests, 1 + found.before):
        figures = (_tokens(one.input), _tokens(one.cached), _tokens(one.output), money(one.usd))
        yield (*where, "last" if found.told == "last" else str(place), *figures, one.model)


def _tokens(amount: int | None) -> str:
    return "?" if amount is None else count(amount)


def _json(
    state: RunState, phase: str, found: Sequence[tuple[TurnFacts, TurnRequests | None]] | None
) -> dict[str, Any]:
    """Seconds, tokens and US dollars; null where something is not known."""
    from prdrunner_tui.projections.metrics import metrics as told_of

    told, run = told_of(state, time.time()), state.run
    assert run is not None
    made: dict[str, Any] = {
        "run": run.id,
        "status": run.status,
        "phases_done": told.done,
        "phases": [
            {
                "id": row.id,
                "iteration": row.iteration,
                "seconds": row.wall,
                "agent_seconds": row.times.agent,
                "check_seconds": row.times.checks,
                "waited_seconds": row.times.you,
                "turns": row.turns,
                **_amounts(row.spent),
                "change": _change(row.change),
            }
            for row in told.by_phase
            if phase in ("", row.id)
        ],
        "seconds": told.wall,
        "agent_seconds": told.times.agent,
        "check_seconds": told.times.checks,
        "waited_seconds": told.times.you,
        **_amounts(told.spent),
        "input": told.input,
        "output": told.output,
        "usd_allowed": told.usd_allowed,
        "change": _change(told.change),
        "commits": told.commits,
        "verifications": {"runs": told.tests.runs, "red": told.tests.red},
    }
    if found is not None:
        made["turns"] = [_turn_json(turn, requests) for turn, requests in found]
    return made


def _amounts(spent: Spent) -> dict[str, Any]:
    known = bool(spent.turns)
    usd = None if spent.unpriced and not spent.usd else spent.usd
    return {
        "tokens": (spent.tokens or None) if known else 0,
        "usd": usd,
        "turns_of_unknown_cost": spent.unpriced,
    }


def _change(change: Change | None) -> dict[str, int] | None:
    return (
        None if change is None else {"files": change.files, "added": change.added, "removed": change.removed}
    )


def _turn_json(turn: TurnFacts, found: TurnRequests | None) -> dict[str, Any]:
    from prdrunner_tui.kernel.values import to_json

    used, told = turn.used, tokens_of(turn) is not None
    return {
        "key": turn.key,
        "phase": turn.phase,
        "step": turn.step,
        "iteration": turn.iteration,
        "attempt": turn.attempt,
        "began_at": turn.at,
        "ended_at": turn.ended_at,
        "input": used.input_tokens if used is not None and told else None,
        "output": used.output_tokens if used is not None and told else None,
        "usd": used.usd if used is not None else None,
        "requests_told": None if found is None else found.told,
        "requests_before": 0 if found is None else found.before,
        "requests": [] if found is None else [to_json(one) for one in found.requests],
    }
