"""The agent host: the process of one job. Forked from the forkserver; it outlives the engine.

It leads a session of its own, stays in the job's directory, holds the lease, serves the socket, supervises the
job and writes its result. One thread, one loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import socket
import time
import traceback
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.isolation import become_subreaper
from prdrunner_tui.agents.job import MARKER, Job, JobResult
from prdrunner_tui.agents.lease import Lease, take_lease
from prdrunner_tui.agents.procs import boot_id, start_ticks
from prdrunner_tui.agents.reach import Reach, bind
from prdrunner_tui.agents.recorder import Recorder
from prdrunner_tui.agents.results import read_result, segment_path, write_result
from prdrunner_tui.agents.supervise import Stop, Supervisor
from prdrunner_tui.agents.tree import Tree
from prdrunner_tui.agents.turnhost import TurnHost
from prdrunner_tui.text.redact import SHORTEST, redact
from prdrunner_tui.workers.port import Message, Permission

_SOCKET = "host.sock"


def run_host(directory: Path, job: Job, token: str) -> None:
    """Be the host of this job until it has ended. Called in a freshly forked process without threads.

    A second host of the same job finds the lease taken and leaves without having started anything.
    """
    _settle(directory)
    started = time.time()
    tree = Tree(isolate=job.isolate, marker=job.marker, pids=job.limits.pids)
    try:
        socket_name = f"{_SOCKET}.{os.getpid()}"
        with bind(socket_name) as listener:
            lease = Lease(
                pid=os.getpid(),
                started=start_ticks(os.getpid()) or 0,
                boot=boot_id(),
                key=job.key,
                attempt=job.attempt,
                marker=job.marker,
                socket=socket_name,
                isolation=tree.isolation,
                since=started,
                keeper=tree.keeper,
                keeper_started=tree.keeper_started,
            )
            try:
                if take_lease(directory, lease):
                    asyncio.run(_host(directory, job, token, tree, listener))
            finally:
                Path(socket_name).unlink(missing_ok=True)
    except Exception as error:  # noqa: BLE001 - whatever happens the job gets a result and its tree is ended
        traceback.print_exc()
        killed = tree.end_now()
        reason = f"the agent host broke: {type(error).__name__}: {error}"
        if read_result(directory) is None:
            result = JobResult(job.key, job.attempt, "failed", reason, started=started, ended=time.time())
            write_result(directory, dataclasses.replace(result, survivors_killed=killed))
    finally:
        tree.end_now()


def _settle(directory: Path) -> None:
    """Own session, own directory, own log; nothing inherited but that."""
    os.setsid()
    os.umask(0o077)
    os.chdir(directory)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(ignored, signal.SIG_IGN)
    log = os.open("host.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.closerange(3, max(log, null, 256) + 1)
    with contextlib.suppress(OSError):
        become_subreaper()


async def _host(directory: Path, job: Job, token: str, tree: Tree, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    secrets = tuple(s.encode() for s in job.secrets if len(s.encode()) >= SHORTEST)
    broken: list[str] = []
    wiring: dict[str, Supervisor] = {}

    def on_broken(why: str) -> None:
        broken.append(why)
        if "supervisor" in wiring:
            wiring["supervisor"].stop(Stop("failed", why))

    recorder = Recorder(
        segment_path(directory),
        cap=job.limits.output_cap,
        line_cap=job.limits.line_cap,
        secrets=secrets,
        on_broken=on_broken,
        on_progress=lambda: reach.tell_progress(),
    )
    scratch = directory / "scratch"
    scratch.mkdir(exist_ok=True)
    env = {**job.env, MARKER: job.marker}
    cwd = job.turn.workspace if job.turn is not None else job.check.cwd if job.check is not None else "/"
    host = TurnHost(
        env=env,
        cwd=cwd,
        scratch=scratch,
        tree=tree,
        recorder=recorder,
        tell=lambda message: reach.tell(message),
        secrets=secrets,
        sandbox=job.sandbox,
    )

    def state() -> list[dict[str, Any]]:
        hello = {
            "t": "hello",
            "pid": os.getpid(),
            "key": job.key,
            "isolation": tree.isolation,
            "state": "waiting" if host.waiting else "running",
        }
        return [hello, *host.state(), {"t": "progress", **recorder.progress}]

    reach = Reach(
        token,
        state=state,
        obey=lambda order: _obey(order, host, wiring["supervisor"]),
        progress=lambda: recorder.progress,
    )
    tree.attach()
    supervisor = Supervisor(job, host, tree, recorder, engine_gone_since=lambda: reach.gone_since)
    wiring["supervisor"] = supervisor
    loop.add_signal_handler(
        signal.SIGTERM, lambda: supervisor.stop(Stop("cancelled", "the agent host was told to end (SIGTERM)"))
    )
    await reach.open(listener)
    if job.opening:
        recorder.write("note", f"{job.opening}\n".encode())
    result = await supervisor.run()
    output = recorder.close()
    reason = result.reason if not broken or result.outcome != "ended" else broken[0]
    outcome = "failed" if broken and result.outcome == "ended" else result.outcome
    clean = redact(reason.encode("utf-8", "replace"), secrets).decode("utf-8", "replace")[:2000]
    result = dataclasses.replace(result, output=output, reason=clean, outcome=outcome)
    write_result(directory, result)
    await reach.close({"t": "done", "result": result.to_json()})


def _obey(order: dict[str, Any], host: TurnHost, supervisor: Supervisor) -> None:
    """One order of the engine. What does not fit its kind is ignored: the engine is ours, but its line is input."""
    what, key, text, reason = (order.get(k) for k in ("t", "id", "text", "reason"))
    words = reason if isinstance(reason, str) and reason else "cancelled"
    if what == "cancel":
        supervisor.stop(Stop("cancelled", words))
    elif what == "end":
        supervisor.stop(Stop("cancelled", words, polite=False))
    elif not isinstance(key, str) or not 0 < len(key) <= 256:
        return
    elif what == "message" and isinstance(text, str):
        kind = order.get("kind")
        host.take_message(Message(key, text, kind if isinstance(kind, str) else "message"))
    elif what == "answer" and isinstance(text, str):
        host.take_answer(key, text)
    elif what == "permission" and isinstance(order.get("allow"), bool):
        option = order.get("option")
        host.take_answer(
            key,
            Permission(
                order["allow"],
                option if isinstance(option, str) else None,
                reason if isinstance(reason, str) else "",
            ),
        )
