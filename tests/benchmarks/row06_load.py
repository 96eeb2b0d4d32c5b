"""Rows 6 and 7: what 100,000 lines a second cost the cockpit, what taking them in costs, and the memory of it all.

The cockpit's part is the processor that its two processes take; the engine and the agent's host are others. Taking
in is the host's own code at full speed: a pipe that ``cat`` fills, through redaction, into a segment; beside it is
``cat`` from the same pipe into a file.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from prdrunner_tui.agents.process import Reading, output_pipe
from prdrunner_tui.agents.recorder import Recorder
from tests.benchmarks.flooder import lines_of
from tests.benchmarks.process import own_cpu_seconds, resident
from tests.benchmarks.stage import Stage, staged
from tests.benchmarks.table import Line, Lines, Remark, median
from tests.benchmarks.timing import measure_for
from tests.benchmarks.tty import Tty

_RATES = (1_000, 10_000, 100_000)
_SECONDS = 2.5
_WARM_UP = 0.7
"""Seconds of a rate before it is measured."""
_SMALL_CAP = 4 * 1024 * 1024
_PASSED = 1.25
"""How many caps are put out when a cap has surely been passed, whatever is still in the pipe."""
_TAKEN_IN = 100 * 1024 * 1024
_SECRETS = (b"sk-0123456789abcdef0123456789abcdef", b"ghp_0123456789abcdefghijklmnopqrstuv")


async def measure(rounds: int) -> Lines:
    """The lines of row 6, and the memory of row 7."""
    rounds = max(3, rounds // 7)
    with staged() as stage, stage.cockpit() as tty:
        lines = _display(stage, tty, rounds)
    lines += await asyncio.to_thread(_taking_in, rounds)
    with staged(limit=_SMALL_CAP) as stage, stage.cockpit() as tty:
        lines += _capped(stage)
    return lines


def _display(stage: Stage, tty: Tty, rounds: int) -> Lines:
    host = _host(stage)
    (engine,) = _engine(stage)
    busy: dict[int, list[float]] = {rate: [] for rate in _RATES}
    others: list[tuple[float, float]] = []
    memory: list[int] = []
    for _ in range(rounds):
        for rate in _RATES:
            stage.flood(rate, _WARM_UP)
            before = tty.cpu(), own_cpu_seconds(engine), own_cpu_seconds(host)
            took = measure_for(_SECONDS)
            after = tty.cpu(), own_cpu_seconds(engine), own_cpu_seconds(host)
            shares = [100 * (now - then) / took for now, then in zip(after, before, strict=True)]
            busy[rate].append(shares[0])
            if rate == _RATES[-1]:
                others.append((shares[1], shares[2]))
        memory.append(resident(tty.process.pid))
    total = stage.stop_flood()
    least, middle, most = (median(busy[rate]) for rate in _RATES)
    parts = [median([one[place] for one in others]) for place in (0, 1)]
    now, earlier = (memory[place] / 1e6 for place in (-1, max(0, len(memory) // 3 - 1)))
    lines: Lines = [
        Line(6, "display, 100,000 lines/s", most, "1,000 lines/s", least, 1.5, "%"),
        Line(6, "display, 10,000 lines/s", middle, "1,000 lines/s", least, None, "%"),
        Remark(6, f"at 100,000 lines/s the engine takes {parts[0]:.0f} %, the agent's host {parts[1]:.0f} %"),
        Line(7, f"memory after {total / 1e6:.1f} M lines", now, "after a third of them", earlier, 1.1, "MB"),
    ]
    if shutil.which("lnav") is None:
        lines.append(Remark(6, "lnav is not installed: not measured"))
    return lines


def _host(stage: Stage) -> int:
    """The pid of the agent's host."""
    leases = (stage.place.home / "state").glob("*/runs/*/jobs/*/lease.json")
    newest = max(leases, key=lambda lease: lease.stat().st_mtime)
    return int(json.loads(newest.read_text())["pid"])


def _engine(stage: Stage) -> list[int]:
    locks = (stage.place.home / "state").glob("*/engine.lock")
    return [int(lock.read_text().split()[0]) for lock in locks]


def _capped(stage: Stage) -> Lines:
    """Memory of the agent's host when the cap of its output has long been passed."""
    host = _host(stage)
    stage.flood(20_000)
    stage.until_produced(lines_of(int(_PASSED * _SMALL_CAP)))
    before = resident(host)
    stage.until_produced(lines_of(4 * _SMALL_CAP))
    after = resident(host)
    stage.stop_flood()
    return [
        Line(
            7,
            "host's memory, 4 x past its cap",
            after / 1e6,
            "when it passed the cap",
            before / 1e6,
            1.1,
            "MB",
        )
    ]


def _taking_in(rounds: int) -> Lines:
    ours: list[tuple[float, float]] = []
    peer: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="prdrunner-bench-") as name:
        folder = Path(name)
        source = folder / "source"
        line = b"12345 the agent reads src/todo/storage.py and thinks about columns, types and defaults for them.\n"
        with source.open("wb") as file:
            for _ in range(_TAKEN_IN // (len(line) * 1000)):
                file.write(line * 1000)
        for number in range(rounds + 1):
            ours.append(_ours(source, folder / f"ours{number}"))
            peer.append(_cat(source, folder / f"peer{number}"))
    wall = [median([1000 * one[0] for one in part[1:]]) for part in (ours, peer)]
    cpu = [median([1000 * one[1] for one in part[1:]]) for part in (ours, peer)]
    return [
        Line(6, "taking in 100 MB, wall time", wall[0], "cat into a file", wall[1], 2.0),
        Line(6, "taking in 100 MB, processor", cpu[0], "cat into a file", cpu[1], None),
    ]


def _ours(source: Path, target: Path) -> tuple[float, float]:
    """Seconds of wall time and of processor for the host's way."""

    async def take() -> None:
        done = asyncio.Event()
        broken: list[str] = []
        recorder = Recorder(
            target, cap=2 * _TAKEN_IN, line_cap=1024 * 1024, secrets=_SECRETS, on_broken=broken.append,
            on_progress=lambda: None,
        )  # fmt: skip
        reader, writer = output_pipe()

        def store(chunk: bytes) -> bool:
            recorder.write("out", chunk, stream="1")
            return True

        reading = Reading(reader, store, done.set)
        child = subprocess.Popen(["cat", str(source)], stdout=writer)
        os.close(writer)
        await done.wait()
        child.wait()
        recorder.close()
        assert not broken and not reading.open

    began, before = time.perf_counter(), time.thread_time()
    asyncio.run(take())
    assert target.with_name(target.name + ".log").stat().st_size == source.stat().st_size
    result = time.perf_counter() - began, time.thread_time() - before
    target.with_name(target.name + ".log").unlink()
    return result


def _cat(source: Path, target: Path) -> tuple[float, float]:
    """The same for ``cat`` behind a pipe of the same size."""
    reader, writer = output_pipe()
    os.set_blocking(reader, True)
    began = time.perf_counter()
    with target.open("wb") as out:
        taker = subprocess.Popen(["cat"], stdin=reader, stdout=out)
        giver = subprocess.Popen(["cat", str(source)], stdout=writer)
        os.close(writer)
        os.close(reader)
        used: list[resource.struct_rusage] = []
        waiter = threading.Thread(target=lambda: used.append(os.wait4(taker.pid, 0)[2]))
        waiter.start()
        giver.wait()
        waiter.join()
        taker.returncode = 0
    took = time.perf_counter() - began
    target.unlink()
    return took, used[0].ru_utime + used[0].ru_stime
