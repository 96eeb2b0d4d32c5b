"""The engine's side of the agent hosts: launch, adopt, hold the links, end them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.forkclient import ForkserverClient
from prdrunner_tui.agents.hostlink import HostLink, LinkState
from prdrunner_tui.agents.job import Check, Job, JobResult, Limits, OutputStats, directory_name
from prdrunner_tui.agents.lease import read_lease
from prdrunner_tui.agents.results import read_result
from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.text.problem import Problem

__all__ = ["AgentHosts", "Check", "HostLink", "Job", "JobResult", "Limits", "LinkState", "OutputStats"]

_START_TIMEOUT = 15.0
_DISCARDED = ".discarded"


class AgentHosts:
    """All agent hosts of one run, each with a directory of its own under `root`.

    `token` is the run's secret by which a host knows its engine. `on_update(key, update)` is called on the
    loop for each update of a job: the JSON of `prdrunner_tui.workers.updates` (with `"replay": true` where a host
    repeats its state after a reconnect), `{"kind": "progress", "size", "seen", "lines", "truncated"}` at most ten
    times a second, and `{"kind": "host", "pid", "isolation", "state"}` at each (re)connect.
    """

    def __init__(
        self, root: Path, *, token: str, on_update: Callable[[str, dict[str, Any]], None] | None = None
    ) -> None:
        self.root = root
        self.links: dict[str, HostLink] = {}
        self._token = token
        self._on_update = on_update or (lambda key, update: None)
        self._forkserver = ForkserverClient(root)
        self._launching: dict[str, asyncio.Lock] = {}
        self._closed = False

    async def launch(self, job: Job) -> HostLink:
        """Start the job, or take up the one that already runs or ran under the same key and attempt.

        Raises:
            Problem: the host could not be started.
        """
        name = directory_name(job.key, job.attempt)
        async with self._launching.setdefault(name, asyncio.Lock()):
            if self._closed:
                raise Problem("the agent hosts are being closed", code=5)
            if name in self.links:
                return self.links[name]
            directory = self.root / name
            if read_result(directory) is not None or read_lease(directory) is not None:
                return self._link(job.key, job.attempt, directory)
            boundary("host.launch.before")
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.mkdir(mode=0o700, exist_ok=True)
            await self._forkserver.launch(directory, job, self._token)
            await self._started(directory)
            boundary("host.launched")
            return self._link(job.key, job.attempt, directory)

    async def adopt(self) -> list[HostLink]:
        """Links to all jobs under `root`: live ones are connected, ended ones hold their result, and a dead host
        without a result has its marker swept and ends as "lost"."""
        found: list[HostLink] = []
        for directory in self._directories():
            if directory.name in self.links:
                found.append(self.links[directory.name])
                continue
            lease = read_lease(directory)
            if lease is not None:
                found.append(self._link(lease.key, lease.attempt, directory))
                continue
            result = read_result(directory)
            if result is not None:
                found.append(self._link(result.key, result.attempt, directory))
        await asyncio.gather(*(link.settled() for link in found))
        return found

    async def discard(self, link: HostLink) -> None:
        """End a job, and let its key and attempt be launched anew; its directory is kept under another name."""
        if link.state == "running":
            link.end("it is begun anew")
        await link.finished()
        await link.close()
        self.links.pop(link.directory.name, None)
        number = 1
        while (aside := link.directory.with_name(f"{link.directory.name}{_DISCARDED}{number}")).exists():
            number += 1
        link.directory.rename(aside)

    async def close(self, *, end_jobs: bool, reason: str) -> None:
        """Let go of all hosts. With `end_jobs` each is told to end now and its result awaited; without, they go on and
        wait `orphan_grace` for the next engine."""
        self._closed = True
        links = list(self.links.values())
        if end_jobs:
            for link in links:
                link.end(reason)
            await asyncio.gather(*(link.finished() for link in links))
        await asyncio.gather(*(link.close() for link in links))
        await self._forkserver.close()

    def _directories(self) -> list[Path]:
        if not self.root.is_dir():
            return []
        return sorted(path for path in self.root.iterdir() if path.is_dir() and _DISCARDED not in path.name)

    def _link(self, key: str, attempt: int, directory: Path) -> HostLink:
        link = HostLink(key, attempt, directory, token=self._token, on_update=self._on_update)
        self.links[directory.name] = link
        link.start()
        return link

    async def _started(self, directory: Path) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        pause = 0.001
        while read_lease(directory) is None and read_result(directory) is None:
            if loop.time() - began > _START_TIMEOUT:
                raise Problem(
                    "the agent host did not start",
                    where=str(directory),
                    hint=f"see {directory / 'host.log'}",
                    code=1,
                )
            await asyncio.sleep(pause)
            waited = loop.time() - began
            pause = 0.0005 if waited < 0.05 else 0.01
