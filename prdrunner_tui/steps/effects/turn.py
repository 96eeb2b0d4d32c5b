"""The effect "turn": one turn of a worker in the workspace, under an agent host."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.hosts import Job, JobResult, Limits
from prdrunner_tui.agents.sandbox import Sandbox
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.settings import Sandbox as Chosen
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.state import Used
from prdrunner_tui.steps.confine import confine, missing
from prdrunner_tui.steps.effects.context import Doing, Interrupted
from prdrunner_tui.steps.prompts import render_prompt
from prdrunner_tui.steps.reports import ReportError, read_report
from prdrunner_tui.steps.surroundings import credentials, variables
from prdrunner_tui.text.redact import redact
from prdrunner_tui.text.units import day_of
from prdrunner_tui.workers.acp.profile import from_options
from prdrunner_tui.workers.port import PROVIDER_LIMIT, Turn
from prdrunner_tui.workers.prices import cost_of
from prdrunner_tui.workers.registry import create
from prdrunner_tui.workers.totals import Earlier, of_this_turn

_TAIL = 2000
_REPORTING = ("plan_impl", "review")


async def take_turn(doing: Doing) -> Mapping[str, Any]:
    """Let the worker of a role take its turn, or find the one that is under way or over.

    Raises:
        Interrupted: the turn was ended with the run or the engine.
        Problem: the sandbox of the run cannot be had.
    """
    context, role = doing.context, doing.text("role")
    choice = doing.run.settings.workers[role]
    link = await context.hosts.launch(await asyncio.to_thread(_job, doing, role, choice))
    context.links[doing.key] = link
    try:
        if why := context.ending(doing.phase.id):
            link.cancel(why)
        result = await link.result()
    finally:
        context.links.pop(doing.key, None)
    if (why := context.ending(doing.phase.id)) and result.outcome != "ended":
        raise Interrupted(why, await _used(doing, choice, result))
    return {
        "outcome": "lost" if _engine_gone(result) else result.outcome,
        "reason": result.reason,
        "provider_limit": result.outcome == "limit" and result.reason.startswith(PROVIDER_LIMIT),
        "resets": result.retry_at,
        "worker": choice.label or choice.worker,
        "tree_before": doing.args["tree"],
        **await _used(doing, choice, result),
        "tail": SegmentReader(link.segment).tail(_TAIL).decode("utf-8", "replace"),
        **_without(credentials(context.environ, doing.run.settings.redact, choice), _report(doing, role)),
        "job": link.directory.name,
    }


def result_file(doing: Doing) -> Path:
    """Where the worker writes the JSON that we need from it: outside the workspace, in a directory of its own, since
    that is all that an agent in a sandbox can write there."""
    return doing.context.directory.files / "reports" / doing.key.replace("/", "-") / "report.json"


def _job(doing: Doing, role: str, choice: WorkerChoice) -> Job:
    context, settings, last = doing.context, doing.run.settings, doing.phase.last
    assert last is not None
    workspace = context.workspace(doing.phase_id)
    report = result_file(doing) if role in _REPORTING else None
    if report is not None:
        report.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    limits = settings.limits
    extra = {"PRDRUNNER_RUN": doing.run.id, "PRDRUNNER_PRD": str(context.directory.files / "prd")}
    env = variables(context.environ, choice, settings.pass_env, extra=extra)
    sandbox = confine(doing, choice, env, report)
    return Job(
        key=doing.key,
        kind="turn",
        worker=choice.worker,
        env=env,
        turn=Turn(
            key=doing.key,
            run=doing.run.id,
            phase=doing.phase_id,
            step=last.name,
            iteration=last.iteration,
            workspace=str(workspace.root),
            prompt=render_prompt(doing, role, report),
            result_file=str(report) if report else None,
            session=_session(doing, choice),
            options=dict(choice.options),
        ),
        limits=Limits(
            wall=limits.turn,
            idle=limits.idle,
            output_cap=limits.output,
            grace=limits.grace,
            orphan_grace=limits.orphan_grace,
            pids=limits.processes,
        ),
        secrets=credentials(context.environ, settings.redact, choice),
        sandbox=sandbox,
        opening=_opening(settings.sandbox, sandbox),
    )


def _opening(wanted: Chosen, sandbox: Sandbox | None) -> str:
    """Whether the turn is in a sandbox, where one was asked for."""
    if wanted.mode == "off":
        return ""
    if sandbox is None:
        return f"no sandbox: {missing(wanted)}"
    return f"in the sandbox, network {'on' if sandbox.network else 'off'}"


def _session(doing: Doing, choice: WorkerChoice) -> str | None:
    """The agent's session to go on in, where its adapter can."""
    known = str(doing.args.get("session") or "")
    return known if known and create(choice.worker, choice.options).capabilities.resume else None


def _without(secrets: tuple[str, ...], value: Any) -> Any:
    """A report without credentials."""
    if isinstance(value, str):
        data = value.encode("utf-8", "surrogatepass")
        return redact(data, [secret.encode() for secret in secrets]).decode("utf-8", "surrogatepass")
    if isinstance(value, list):
        return [_without(secrets, item) for item in value]
    return {key: _without(secrets, item) for key, item in value.items()} if isinstance(value, dict) else value


def _engine_gone(result: JobResult) -> bool:
    return result.outcome == "lost" or (result.outcome != "ended" and result.reason.startswith("engine gone"))


async def _used(doing: Doing, choice: WorkerChoice, result: JobResult) -> dict[str, Any]:
    """What the turn used: seconds, the day, and tokens and cost as far as they are known."""
    seconds = round(max(0.0, result.ended - result.started), 3)
    day = day_of(result.ended or time.time())
    used: dict[str, Any] = {"seconds": seconds, "day": day, "usage": {}}
    if result.usage is not None:
        usage, more = of_this_turn(result.usage, _earlier(doing, choice, result.session or ""))
        # The table of prices takes half a second to read the first time.
        cost = await asyncio.to_thread(cost_of, usage, doing.run.settings.prices, _provider(choice))
        used["usage"] = {
            "input": usage.input or 0,
            "output": usage.output or 0,
            "usd": cost.usd,
            "reserve": cost.reserve,
            "model": usage.model,
            "priced": cost.source,
            **({"covers": "session"} if more else {}),
        }
    return used


def _earlier(doing: Doing, choice: WorkerChoice, session: str) -> Earlier:
    """What was booked for the turns before in the session in which this one went on."""
    if not session or _session(doing, choice) != session:
        return Earlier()
    booked: list[Used] = []
    effects = (effect for step in reversed(doing.phase.steps) for effect in reversed(step.effects))
    for turn in effects:
        if turn.kind != "turn" or turn.status == "intended" or turn.session != session:
            continue
        booked.append(turn.used or Used())
        if turn.args.get("session") != session:
            # Here it was begun: an agent may have had another one of that name before.
            break
    found = Earlier()
    for used in reversed(booked):
        found = found.and_turn(
            used.input_tokens, used.output_tokens, used.usd, whole=used.covers == "session"
        )
    return found


def _provider(choice: WorkerChoice) -> str:
    """Whose models an agent uses, as its profile says."""
    if choice.worker != "acp":
        return ""
    return from_options(choice.options).provider


def _report(doing: Doing, role: str) -> dict[str, Any]:
    """The worker's report as ``data``, or why it cannot be used as ``report_error``."""
    if role not in _REPORTING:
        return {"data": None}
    try:
        return {"data": read_report(role, result_file(doing))}
    except FileNotFoundError:
        return {"data": None}
    except (OSError, ReportError) as error:
        return {"data": None, "report_error": str(error)}
