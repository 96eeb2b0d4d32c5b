"""The effect "verify": our own commands on a tree, in a slot, under agent hosts; and the setup that comes before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.environment import QUIET
from prdrunner_tui.agents.hosts import Check as Command
from prdrunner_tui.agents.hosts import Job, JobResult, Limits
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.settings import Check
from prdrunner_tui.repo import purity
from prdrunner_tui.repo.basetree import list_tree
from prdrunner_tui.repo.environment import Environment
from prdrunner_tui.repo.setup import Setup
from prdrunner_tui.repo.slots import Slot
from prdrunner_tui.steps.confine import confine_check
from prdrunner_tui.steps.effects.context import Doing, Interrupted
from prdrunner_tui.steps.surroundings import credentials
from prdrunner_tui.testreports import Report, failure_signature, junit_path, read, verdict
from prdrunner_tui.text.problem import Problem

_EVIDENCE = 6000
_SETUP_TIMEOUT = 1800.0
_REPORT_CAP = 16 * 1024 * 1024
_ORDER = ("red", "nothing_ran", "unknown", "green")


@dataclass(frozen=True, slots=True)
class Checked:
    """One check that ran."""

    check: Check
    result: JobResult
    report: Report | None
    verdict: str
    reason: str
    output: str


async def verify_tree(doing: Doing) -> Mapping[str, Any]:
    """Verify a tree: ``verdict`` is green, red or nothing_ran, with a summary and the evidence for the agent.

    Raises:
        Interrupted: it was ended with the run or the engine.
        Problem: the slot could not be made, or what is installed in it leads out of it.
    """
    context, settings = doing.context, doing.run.settings
    if not settings.checks:
        return {"verdict": "nothing_ran", "summary": "no verify command is configured", "checks": []}
    async with context.slots.one_of(settings.slots) as number:
        if why := context.ending(doing.phase.id):
            raise Interrupted(why)
        return await _verify_in(doing, Slot(context.store, number, repo_environment(settings.environment)))


async def _verify_in(doing: Doing, slot: Slot) -> Mapping[str, Any]:
    context, settings, tree = doing.context, doing.run.settings, doing.text("tree")
    await slot.switch(tree, checkout=context.repo.root)
    env = await asyncio.to_thread(slot.variables, tree, context.environ)
    failed = await run_setup(doing, slot.setup, tree, env)
    if failed is not None:
        signature = f"setup: {failed}"
        return {"verdict": "red", "summary": failed, "signature": signature, "evidence": failed, "checks": []}
    if settings.environment.setup and (changed := await slot.verify_unchanged(tree)):
        raise Problem(
            f"environment.setup changed a tracked file: {changed[0].path.decode('utf-8', 'replace')}", code=1
        )
    impure = await asyncio.to_thread(purity.check, slot.tree, slot.setup.kept())
    if impure:
        raise Problem(f"the slot is not closed: {impure[0]}", hint="check environment.setup", code=1)
    done = await asyncio.gather(*(_check(doing, check, slot.tree, env) for check in settings.checks))
    return _joined(done)


async def run_setup(doing: Doing, setup: Setup, tree: str, env: Mapping[str, str]) -> str | None:
    """Run ``environment.setup`` where it is needed; why it failed, or ``None``."""
    key = setup.needed(await list_tree(doing.context.store, tree))
    if key is None:
        return None
    await asyncio.to_thread(setup.begin)
    for number, command in enumerate(setup.environment.setup, 1):
        result, segment = await _run(
            doing, f"setup-{number}", command, setup.root, env, _SETUP_TIMEOUT, network=True
        )
        if result.outcome != "ended":
            tail = segment.tail(_EVIDENCE).decode("utf-8", "replace")
            return f"setup failed: {command}: {result.reason}\n{tail}"
    await asyncio.to_thread(setup.mark_done, key)
    return None


def repo_environment(environment: Any) -> Environment:
    """The kernel's environment as the repository's."""
    return Environment(environment.setup, environment.keep, environment.copy, environment.ports)


async def _check(doing: Doing, check: Check, cwd: Path, env: Mapping[str, str]) -> Checked:
    network = doing.run.settings.sandbox.network
    result, segment = await _run(doing, check.name, check.run, cwd, env, check.timeout, network=network)
    report = await asyncio.to_thread(_read_report, check, cwd, segment)
    tail = segment.tail(_EVIDENCE).decode("utf-8", "replace")
    if result.exit_code is None:
        return Checked(check, result, report, "red", result.reason, tail)
    judged = verdict(result.exit_code, report, needs_ran=check.kind == "test")
    last = next((line.strip() for line in reversed(tail.splitlines()) if line.strip()), "")
    reason = (
        f"{judged.reason}: {last[:100]}"
        if judged.result == "red" and report is None and last
        else judged.reason
    )
    return Checked(check, result, report, judged.result, reason, tail)


def _read_report(check: Check, cwd: Path, segment: SegmentReader) -> Report | None:
    return read([segment.content()], ran=check.ran, junit=_junit_files(check, cwd))


def _junit_files(check: Check, cwd: Path) -> list[bytes]:
    """The junit files that the check wrote; the slot held none before, since leftovers are moved aside."""
    pattern = junit_path(check.ran)
    inside = (
        [path for path in sorted(cwd.glob(pattern)) if path.resolve().is_relative_to(cwd)] if pattern else []
    )
    return [path.read_bytes() for path in inside if path.is_file() and path.stat().st_size <= _REPORT_CAP]


async def _run(
    doing: Doing, name: str, command: str, cwd: Path, env: Mapping[str, str], wall: float, *, network: bool
) -> tuple[JobResult, SegmentReader]:
    limits = doing.run.settings.limits
    job = Job(
        key=f"{doing.key}/{name}",
        kind="check",
        env={**QUIET, **env},
        check=Command(command, str(cwd)),
        secrets=credentials(doing.context.environ, doing.run.settings.redact),
        sandbox=await asyncio.to_thread(confine_check, doing, command, cwd, env, network=network),
        limits=Limits(
            wall=wall,
            idle=None,
            output_cap=limits.output,
            grace=limits.grace,
            orphan_grace=limits.orphan_grace,
            pids=limits.processes,
        ),
    )
    link = await doing.context.hosts.launch(job)
    doing.context.links[job.key] = link
    try:
        if why := doing.context.ending(doing.phase.id):
            link.cancel(why)
        result = await link.result()
    finally:
        doing.context.links.pop(job.key, None)
    if result.outcome == "lost" or result.reason.startswith("engine gone"):
        raise Interrupted(result.reason)
    if (why := doing.context.ending(doing.phase.id)) and result.outcome == "cancelled":
        raise Interrupted(why)
    return result, SegmentReader(link.segment)


def _joined(done: list[Checked]) -> Mapping[str, Any]:
    worst = min((checked.verdict for checked in done), key=_ORDER.index)
    told = [c for c in done if c.verdict == worst]
    rows = [
        {
            "name": c.check.name,
            "verdict": c.verdict,
            "exit": c.result.exit_code,
            "reason": c.reason,
            "ran": c.report.ran if c.report else None,
            "seconds": round(c.result.ended - c.result.started, 3),
        }
        for c in done
    ]
    summary = "; ".join(c.reason if len(done) == 1 else f"{c.check.name}: {c.reason}" for c in told)
    if worst == "green":
        return {"verdict": "green", "summary": summary, "checks": rows}
    if worst != "red":
        return {"verdict": "nothing_ran", "summary": summary, "checks": rows}
    signature = "; ".join(
        f"{c.check.name}: {failure_signature(c.report, c.result.exit_code or 0, c.output.encode())}"
        for c in told
    )
    evidence = "\n".join(f"$ {c.check.run}\n{c.output.rstrip()}\n[{c.reason}]" for c in told)
    return {
        "verdict": "red",
        "summary": summary,
        "signature": signature,
        "evidence": evidence,
        "checks": rows,
    }
