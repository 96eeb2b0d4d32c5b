"""The pool of processes, with real ones."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.agents.procs import descendants, living, start_ticks
from prdrunner_tui.changes.highlight import highlight
from prdrunner_tui.tui.pool import (
    PoolClosed,
    PoolFull,
    Superseded,
    TimedOut,
    WorkerDied,
    WorkFailed,
    WorkPool,
)
from tests.tui import jobs

LINUX = sys.platform == "linux"
LONG = 30.0
"""A limit that no call here reaches."""


def children() -> set[int]:
    """All living processes below this one."""
    return descendants([os.getpid()], living())


async def wait_until(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    """Until the condition holds; fails after a while."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.002)


@pytest.fixture
async def pool() -> AsyncIterator[WorkPool]:
    """A pool with room for three that wait."""
    made = WorkPool(waiting=3)
    yield made
    await made.close()


class Gate:
    """A call that has begun and ends when the test says so."""

    def __init__(self, pool: WorkPool, directory: Path) -> None:
        self._path = str(directory / "gate")
        os.mkfifo(self._path)
        os.mkfifo(f"{self._path}.begun")
        self.call = asyncio.create_task(pool.run(jobs.wait_at, self._path, timeout=LONG, key="gate"))

    async def begun(self) -> None:
        """Until the call is in the worker."""
        descriptor = os.open(f"{self._path}.begun", os.O_RDONLY | os.O_NONBLOCK)
        try:
            await wait_until(lambda: _read(descriptor))
        finally:
            os.close(descriptor)

    async def open(self) -> None:
        """Let the call end."""
        with open(self._path, "w") as fifo:
            fifo.write("through")
        assert await self.call == "through"


def _read(descriptor: int) -> bytes:
    with contextlib.suppress(BlockingIOError):
        return os.read(descriptor, 1)
    return b""


@pytest.fixture
async def gate(pool: WorkPool, tmp_path: Path) -> AsyncIterator[Gate]:
    """The pool's worker, busy until the gate is opened."""
    made = Gate(pool, tmp_path)
    await made.begun()
    yield made
    made.call.cancel()
    await asyncio.gather(made.call, return_exceptions=True)


async def test_nothing_is_started_before_the_first_call_and_one_process_does_them_all(pool: WorkPool) -> None:
    before = children()
    assert not children() - before
    first = await pool.run(os.getpid, timeout=LONG)
    assert first != os.getpid()
    assert children() - before == {first}
    assert await asyncio.gather(*(pool.run(os.getpid, timeout=LONG) for _ in range(3))) == [first] * 3


async def test_several_workers_when_asked_for(tmp_path: Path) -> None:
    pool = WorkPool(size=2)
    gate = Gate(pool, tmp_path)
    await gate.begun()
    assert await pool.run(os.getpid, timeout=LONG) in children()
    await gate.open()
    await pool.close()


async def test_a_large_request_and_a_large_answer_come_over_whole(pool: WorkPool) -> None:
    data = os.urandom(3_000_000)
    assert await pool.run(bytes, data, timeout=LONG) == data


async def test_lines_are_highlighted_in_the_worker_as_here(pool: WorkPool) -> None:
    lines = (b"def f():\n", b"    return 'x'\n")
    assert await pool.run(highlight, lines, b"a.py", (), timeout=LONG) == highlight(lines, b"a.py")


async def test_what_the_function_raises_arrives_with_its_traceback(pool: WorkPool) -> None:
    with pytest.raises(LookupError, match="nowhere") as caught:
        await pool.run(jobs.refuse, "nowhere", timeout=LONG)
    assert "in refuse" in caught.value.__notes__[0]


async def test_what_has_no_pickle_is_told_in_words_and_costs_no_worker(pool: WorkPool) -> None:
    pid = await pool.run(os.getpid, timeout=LONG)
    with pytest.raises(WorkFailed, match="Stubborn: this and that"):
        await pool.run(jobs.refuse_stubbornly, timeout=LONG)
    with pytest.raises(WorkFailed, match="SystemExit: enough"):
        await pool.run(jobs.ask_to_leave, timeout=LONG)
    with pytest.raises(Exception, match="unspeakable"):
        await pool.run(jobs.unspeakable, timeout=LONG)
    with pytest.raises(Exception, match="lambda"):
        await pool.run(lambda: None, timeout=LONG)
    assert await pool.run(os.getpid, timeout=LONG) == pid


async def test_a_call_beyond_its_limit_is_killed_and_the_next_has_a_new_process(pool: WorkPool) -> None:
    pid = await pool.run(os.getpid, timeout=LONG)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        await pool.run(jobs.never, timeout=0.1)
    assert 0.1 <= time.monotonic() - began < 1.1, "the worker's own alarm ends it, not the pool's patience"
    assert start_ticks(pid) is None
    assert await pool.run(os.getpid, timeout=LONG) != pid


async def test_the_limit_of_a_call_is_over_with_it(pool: WorkPool) -> None:
    pid = await pool.run(os.getpid, timeout=0.2)
    past = time.monotonic() + 0.25
    await wait_until(lambda: time.monotonic() > past)
    assert await pool.run(os.getpid, timeout=LONG) == pid


async def test_a_call_without_a_limit_is_refused(pool: WorkPool) -> None:
    for limit in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="limit"):
            await pool.run(os.getpid, timeout=limit)


async def test_a_worker_that_is_stopped_is_killed_by_the_pool(pool: WorkPool) -> None:
    pid = await pool.run(os.getpid, timeout=LONG)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(TimedOut):
        await pool.run(os.getpid, timeout=0.05)
    assert start_ticks(pid) is None


@pytest.mark.parametrize(("job", "how"), [(jobs.die, "SIGKILL"), (jobs.leave, "exit 3")])
async def test_a_worker_that_dies_fails_its_call_and_no_other(
    pool: WorkPool, job: Callable[[], None], how: str
) -> None:
    dying = asyncio.create_task(pool.run(job, timeout=LONG))
    other = asyncio.create_task(pool.run(os.getpid, timeout=LONG))
    with pytest.raises(WorkerDied, match=how):
        await dying
    assert await other in children()


async def test_a_worker_that_died_while_idle_fails_no_call(pool: WorkPool) -> None:
    pid = await pool.run(os.getpid, timeout=LONG)
    os.kill(pid, signal.SIGKILL)
    await wait_until(lambda: start_ticks(pid) is None)
    assert await pool.run(os.getpid, timeout=LONG) != pid


async def test_a_worker_that_can_not_be_started_is_told(
    pool: WorkPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WorkerDied, match="No such file"):
        await pool.run(os.getpid, timeout=LONG)
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(WorkerDied, match="did not start"):
        await pool.run(os.getpid, timeout=LONG)
    monkeypatch.undo()
    assert await pool.run(os.getpid, timeout=LONG)


async def test_of_those_that_wait_with_one_key_the_latest_wins(pool: WorkPool, gate: Gate) -> None:
    done: list[str] = []

    async def call(word: str, key: str | None) -> str:
        value = await pool.run(str.upper, word, timeout=LONG, key=key)
        done.append(value)
        return value

    older = asyncio.create_task(call("older", "file"))
    other = asyncio.create_task(call("other", None))
    await asyncio.sleep(0)
    newer = asyncio.create_task(call("newer", "file"))
    with pytest.raises(Superseded):
        await older
    await gate.open()
    assert await asyncio.gather(newer, other) == ["NEWER", "OTHER"]
    assert done == ["NEWER", "OTHER"], "the newer one has the older one's place"


async def test_a_call_that_has_begun_is_not_superseded(pool: WorkPool, gate: Gate) -> None:
    newer = asyncio.create_task(pool.run(str.upper, "newer", timeout=LONG, key="gate"))
    await asyncio.sleep(0)
    await gate.open()
    assert await newer == "NEWER"


async def test_only_so_many_wait_and_a_cancelled_one_no_longer_does(pool: WorkPool, gate: Gate) -> None:
    waiting = [asyncio.create_task(pool.run(abs, -n, timeout=LONG, key=n)) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(PoolFull):
        await pool.run(abs, -4, timeout=LONG)
    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    newest = asyncio.create_task(pool.run(abs, -5, timeout=LONG, key=1))
    last = asyncio.create_task(pool.run(abs, -6, timeout=LONG))
    with pytest.raises(Superseded):
        await waiting[1]
    await gate.open()
    assert await asyncio.gather(waiting[2], newest, last) == [2, 5, 6]


async def test_a_cancelled_call_that_has_begun_leaves_the_worker_to_the_next(
    pool: WorkPool, gate: Gate
) -> None:
    before = children()
    gate.call.cancel()
    next_one = asyncio.create_task(pool.run(os.getpid, timeout=LONG))
    with pytest.raises(asyncio.CancelledError):
        await gate.open()
    assert {await next_one} <= before


async def test_closing_leaves_no_process_and_ends_every_call(tmp_path: Path) -> None:
    before = children()
    pool = WorkPool()
    gate = Gate(pool, tmp_path)
    await gate.begun()
    waiting = asyncio.create_task(pool.run(os.getpid, timeout=LONG))
    await asyncio.sleep(0)
    await pool.close()
    assert children() == before
    for call in (gate.call, waiting):
        with pytest.raises(PoolClosed):
            await call
    with pytest.raises(PoolClosed):
        await pool.run(os.getpid, timeout=LONG)
    await pool.close()


async def test_closing_is_quick_even_when_the_worker_is_busy(tmp_path: Path) -> None:
    took = []
    for number in range(3):
        fifo = tmp_path / str(number)
        os.mkfifo(fifo)
        pool = WorkPool()
        call = asyncio.create_task(pool.run(jobs.never_but_first_tell, str(fifo), timeout=LONG))
        pid = int(await asyncio.to_thread(fifo.read_text))
        began = time.monotonic()
        await pool.close()
        took.append(time.monotonic() - began)
        assert start_ticks(pid) is None
        with pytest.raises(PoolClosed):
            await call
    # The best of three, because the machine may be busy with other things.
    assert min(took) < 0.1


@pytest.mark.parametrize("turns", range(6))
async def test_closing_while_the_worker_starts_leaves_nothing(turns: int) -> None:
    before, files = children(), len(os.listdir("/dev/fd"))
    pool = WorkPool()
    call = asyncio.create_task(pool.run(os.getpid, timeout=LONG))
    for _ in range(turns):
        await asyncio.sleep(0)
    await pool.close()
    with pytest.raises(PoolClosed):
        await call
    await asyncio.sleep(0)
    assert children() == before
    assert len(os.listdir("/dev/fd")) == files


async def test_keys_for_this_terminal_do_not_reach_the_worker(pool: WorkPool) -> None:
    seen = await pool.run(jobs.surroundings, timeout=LONG)
    assert seen["interrupt"]
    assert seen["leads its session"]
    assert not seen["terminal"]
    pid = await pool.run(os.getpid, timeout=LONG)
    os.kill(pid, signal.SIGINT)
    assert await pool.run(os.getpid, timeout=LONG) == pid


@pytest.mark.skipif(not LINUX, reason="reads /proc")
async def test_the_worker_has_no_file_of_ours(pool: WorkPool, tmp_path: Path) -> None:
    with (tmp_path / "ours").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        seen = await pool.run(jobs.surroundings, timeout=LONG)
    files = sorted(name.partition(":")[0] for name in seen["files"].values())
    assert files == ["/dev/null", "/dev/null", "pipe", "socket"]
    assert seen["directory"] == "/"


async def test_neither_the_working_directory_nor_the_environment_takes_part_in_imports(
    pool: WorkPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = f"open({str(tmp_path / 'sprung')!r}, 'w')\n"
    for name in ("struct.py", "pygments.py", "sitecustomize.py", "prdrunner_tui.py"):
        (tmp_path / name).write_text(trap)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert (await pool.run(highlight, [b"x = 1"], b"a.py", (), timeout=LONG))[0]
    assert not (tmp_path / "sprung").exists()


async def test_the_worker_dies_with_its_parent_even_when_busy_and_the_parent_is_killed(
    tmp_path: Path,
) -> None:
    fifo = tmp_path / "pid"
    os.mkfifo(fifo)
    program = (
        "import asyncio, sys\n"
        "from prdrunner_tui.tui.pool import WorkPool\n"
        "from tests.tui import jobs\n"
        f"call = WorkPool().run(jobs.never_but_first_tell, sys.argv[1], timeout={LONG if LINUX else 1.0})\n"
        "asyncio.run(call)\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program, str(fifo)], cwd=root) as parent:
        pid = int(fifo.read_text())
        assert start_ticks(pid) is not None
        parent.kill()
    await wait_until(lambda: start_ticks(pid) is None, seconds=5.0)


def test_the_pool_imports_no_screen_and_no_multiprocessing() -> None:
    program = (
        "import sys, prdrunner_tui.tui.pool\n"
        "print(*sorted({'textual', 'rich', 'multiprocessing', 'pygments'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
