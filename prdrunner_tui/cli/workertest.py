"""One tiny turn of a worker, in an empty workspace of its own, under an agent host and in the sandbox as in a run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.hosts import AgentHosts, HostLink, Job, JobResult, Limits
from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.config.models import Config
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.settings import Sandbox, WorkerChoice
from prdrunner_tui.repo.locate import common_dir
from prdrunner_tui.repo.rundir import make_folder_apart, state_root
from prdrunner_tui.steps.confine import Ground, confine_turn, missing
from prdrunner_tui.steps.surroundings import credentials, variables
from prdrunner_tui.workers.port import Turn

PROMPT = (
    "This is a test of the connection. Answer with the one word: ready. Change no file and run no command."
)
_KEY = "test"
_SECONDS = 180.0
_IDLE = 120.0
_MOST_WORDS = 4000
_MOST_REQUESTS = 3
"""Requests after which the turn is ended: an agent that asks again and again would go on at the person's cost."""
_ONLY_A_TEST = "this is only a test, answer without it"


@dataclass(slots=True)
class Heard:
    """What a worker told in its turn. `without`: why it was in no sandbox, "" where it was in one."""

    words: str = ""
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    result: JobResult | None = None
    without: str = ""

    def take(self, update: Mapping[str, Any]) -> None:
        """An update of the host."""
        kind = update.get("kind")
        if kind == "said":
            end = "" if update.get("item") or str(update.get("text")).endswith("\n") else "\n"
            self.words = (self.words + str(update.get("text", "")) + end)[:_MOST_WORDS]
        elif kind == "noted":
            self.notes.append(str(update.get("text", "")))
        elif kind == "permission_asked":
            self.refused.append(f"{update.get('action', '')} {update.get('detail', '')}".strip())
        elif kind == "asked":
            self.refused.append(f"question {update.get('question', '')}")


async def take_turn(root: Path, config: Config, choice: WorkerChoice, prompt: str, wanted: Sandbox) -> Heard:
    """Take the turn. Whatever happens, the worker's processes are ended and its workspace is removed.

    Args:
        root: the repository; the working directory where there is none.
        wanted: the sandbox that a run would have.

    Raises:
        Problem: no agent host could be started, the sandbox cannot be had, or it cannot open what the settings name.
    """
    folder = make_folder_apart("test")
    try:
        return await _in(folder, _ground(folder, root, wanted), config, choice, prompt)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ground(folder: Path, root: Path, wanted: Sandbox) -> Ground:
    common = common_dir(root)
    return Ground(
        wanted=wanted,
        environ=os.environ,
        state=(state_root(), folder),
        root=root,
        checkout=(root, common) if common is not None else (),
        homes=folder / "homes",
    )


async def _in(folder: Path, ground: Ground, config: Config, choice: WorkerChoice, prompt: str) -> Heard:
    heard = Heard()
    links: dict[str, HostLink] = {}
    waiting: list[Mapping[str, Any]] = []

    def on_update(key: str, update: dict[str, Any]) -> None:
        if not update.get("replay"):
            heard.take(update)
        if update.get("kind") in ("asked", "permission_asked"):
            waiting.append(update)
            answer_all()

    def answer_all() -> None:
        # The first updates may come before launch() has handed the link over.
        while waiting and (link := links.get(_KEY)) is not None:
            asked = waiting.pop(0)
            if asked.get("kind") == "asked":
                link.answer(str(asked.get("id")), _ONLY_A_TEST)
            else:
                # Without words: they would be one more prompt to the agent.
                link.permission(str(asked.get("id")), allow=False)
            if len(heard.refused) == _MOST_REQUESTS:
                link.cancel(f"it asked {_MOST_REQUESTS} times in a turn that needs nothing")

    hosts = AgentHosts(folder / "jobs", token=secrets.token_hex(16), on_update=on_update)
    try:
        workspace = await asyncio.to_thread(_workspace, folder)
        heard.without = await asyncio.to_thread(missing, ground.wanted)
        job = _job(ground, config, choice, prompt, workspace)
        if not heard.without:
            scratch = hosts.root / directory_name(_KEY, 1) / "scratch"
            seen = {"read": (scratch,), "write": (workspace,)}
            sandbox = await asyncio.to_thread(confine_turn, ground, choice, job.env, **seen)
            job = replace(job, sandbox=sandbox)
        links[_KEY] = await _launched(hosts, job)
        answer_all()
        heard.result = await links[_KEY].result()
        if not heard.words.strip():
            # A command line and a program that fails speak by what they put out.
            heard.words = SegmentReader(links[_KEY].segment).tail(_MOST_WORDS).decode("utf-8", "replace")
        heard.changed = sorted(entry.name for entry in workspace.iterdir() if entry.name != ".git")
        return heard
    finally:
        await hosts.close(end_jobs=True, reason="the test is over")


async def _launched(hosts: AgentHosts, job: Job) -> HostLink:
    """The link to the host of a job. Who is cancelled meanwhile has it too by then: it is ended like any other."""
    launching = asyncio.ensure_future(hosts.launch(job))
    try:
        return await asyncio.shield(launching)
    except asyncio.CancelledError:
        await asyncio.wait([launching])
        raise


def _job(ground: Ground, config: Config, choice: WorkerChoice, prompt: str, workspace: Path) -> Job:
    limits = config.limits
    turn = Turn(
        key=_KEY,
        run="test",
        phase="phase-1",
        step="implement",
        iteration=1,
        workspace=str(workspace),
        prompt=f"{prompt}\n",
        options=dict(choice.options),
    )
    return Job(
        key=_KEY,
        kind="turn",
        env=variables(ground.environ, choice, config.workers.pass_env),
        worker=choice.worker,
        turn=turn,
        limits=Limits(
            wall=min(limits.turn, _SECONDS),
            idle=min(limits.idle, _IDLE),
            output_cap=limits.output,
            grace=limits.grace,
            orphan_grace=min(limits.orphan_grace, 5.0),
            pids=limits.processes,
        ),
        secrets=credentials(ground.environ, config.redact, choice),
    )


def _workspace(folder: Path) -> Path:
    """An empty git work tree, as every workspace is one: some agents refuse to work anywhere else."""
    workspace = folder / "workspace"
    workspace.mkdir()
    quiet = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": os.environ.get("PATH", os.defpath),
    }
    with contextlib.suppress(OSError):
        subprocess.run(
            ["git", "init", "-q", "--template=", str(workspace)], env=quiet, check=False, capture_output=True
        )
    return workspace
