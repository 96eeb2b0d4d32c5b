"""F04, F05, F22, F23, F24: what an agent or a machine can do to a host, with real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from prdrunner_tui.agents.hosts import HostLink, Limits
from prdrunner_tui.agents.lease import alive, read_lease
from tests.unit.agents.conftest import Bench, carriers, log_of, wait_until

BOTH = pytest.mark.parametrize("isolate", ["auto", "none"])


def host_pid(link: HostLink) -> int:
    lease = read_lease(link.directory)
    assert lease is not None
    return lease.pid


# F04: the agent dies or exits with partial edits.


@BOTH
@pytest.mark.parametrize(
    ("line", "outcome", "reason"),
    [
        ("echo half > f; exit 0", "ended", "exit 0"),
        ("echo half > f; exit 1", "failed", "exit 1"),
        ("echo half > f; exit 139", "failed", "exit 139, segmentation fault"),
        ("echo half > f; kill -9 $$", "failed", "exit 137, killed"),
        ("echo half > f; kill -SEGV $$", "failed", "exit 139, segmentation fault"),
    ],
)
async def test_f04_an_agent_that_dies_leaves_the_true_reason_and_its_partial_edits(
    bench: Bench, line: str, outcome: str, reason: str, isolate: str
) -> None:
    result = await (await bench.hosts.launch(bench.command("k", line, isolate=isolate))).result()
    assert (result.outcome, result.reason) == (outcome, reason)
    assert (bench.workspace / "f").read_text() == "half\n"


async def test_f04_exit_0_having_done_nothing_is_only_ended_with_the_facts(bench: Bench) -> None:
    result = await (await bench.hosts.launch(bench.command("k", "true"))).result()
    assert (result.outcome, result.exit_code, result.output.seen) == ("ended", 0, 0)
    assert list(bench.workspace.iterdir()) == []


# F05: kill -9 of the host.


@BOTH
async def test_f05_kill_of_the_host_leaves_no_process(bench: Bench, isolate: str) -> None:
    actions = "    - double_fork: 6\n    - command: 'echo ready > ready'\n    - ignore_term\n    - hang\n"
    job = bench.script("k", actions, isolate=isolate)
    link = await bench.hosts.launch(job)
    await wait_until((bench.workspace / "ready").exists)
    lease = read_lease(link.directory)
    assert lease is not None and carriers(job.marker)
    tree = descendants_now(lease.keeper)
    assert len(tree) >= 6
    os.kill(lease.pid, signal.SIGKILL)
    result = await link.result()
    assert (result.outcome, result.reason) == ("lost", "host died")
    await wait_until(lambda: not carriers(job.marker), 2.0)
    # Also those that threw their environment away: the keeper notices the death of the host.
    await wait_until(lambda: not (tree & set(living_now())), 2.0)


def living_now() -> dict[int, int]:
    from prdrunner_tui.agents.procs import living

    return living()


def descendants_now(root: int) -> set[int]:
    from prdrunner_tui.agents.procs import descendants

    return descendants([root], living_now())


@BOTH
async def test_f05_kill_of_the_keeper_is_a_failed_step_without_survivors(bench: Bench, isolate: str) -> None:
    job = bench.command("k", "setsid sleep 60 & sleep 60", isolate=isolate)
    link = await bench.hosts.launch(job)
    await wait_until(lambda: len(carriers(job.marker)) >= 2)
    lease = read_lease(link.directory)
    assert lease is not None
    os.kill(lease.keeper, signal.SIGKILL)
    result = await link.result()
    assert (result.outcome, result.reason) == ("failed", "the keeper of the process tree died")
    assert carriers(job.marker) == []


async def test_f05_a_host_whose_engine_and_itself_died_is_lost_and_swept_on_adoption(bench: Bench) -> None:
    job = bench.command("k", "sleep 60 & sleep 60")
    link = await bench.hosts.launch(job)
    await wait_until(lambda: len(carriers(job.marker)) >= 2)
    lease = read_lease(link.directory)
    assert lease is not None
    await bench.hosts.close(end_jobs=False, reason="")
    os.kill(lease.pid, signal.SIGKILL)
    await wait_until(lambda: not alive(lease))
    (late,) = await bench.another().adopt()
    assert (await late.result()).outcome == "lost"
    assert carriers(job.marker) == []


# F22: silence, spinners, questions to a terminal that is not there.


async def test_f22_a_silent_agent_is_ended_with_the_reason(bench: Bench) -> None:
    job = bench.command("k", "sleep 60", limits=Limits(idle=0.3, grace=0.2))
    result = await (await bench.hosts.launch(job)).result()
    assert (result.outcome, result.reason) == ("limit", "no output for 0.3s")


async def test_f22_a_spinner_is_no_progress(bench: Bench) -> None:
    job = bench.script("k", "    - spinner: 20\n", limits=Limits(idle=0.5, grace=0.2))
    result = await (await bench.hosts.launch(job)).result()
    assert (result.outcome, result.reason) == ("limit", "nothing new for 0.5s")


async def test_f22_new_output_keeps_an_agent_alive(bench: Bench) -> None:
    line = "for i in 1 2 3 4 5 6 7 8; do echo compiling $i; sleep 0.15; done"
    job = bench.command("k", line, limits=Limits(idle=0.6, grace=0.2))
    assert (await (await bench.hosts.launch(job)).result()).outcome == "ended"


async def test_f22_a_question_to_a_terminal_fails_at_once(bench: Bench) -> None:
    line = "read -r x < /dev/tty || echo no terminal; cat > /dev/null; echo end of stdin"
    link = await bench.hosts.launch(bench.command("k", line))
    assert (await link.result()).outcome == "ended"
    assert b"end of stdin" in log_of(link) and b"no terminal" in log_of(link)


async def test_f22_a_git_credential_prompt_fails_instead_of_waiting(bench: Bench) -> None:
    from prdrunner_tui.agents.environment import agent_environment

    env = agent_environment(os.environ, marker="m", extra={"HOME": str(bench.root)})
    line = "printf 'protocol=https\\nhost=nowhere.invalid\\n\\n' | git credential fill; echo rc $?"
    link = await bench.hosts.launch(bench.command("k", line, env=env))
    assert (await link.result()).outcome == "ended"
    assert b"rc 128" in log_of(link)


async def test_f22_time_in_which_a_question_is_open_does_not_count(bench: Bench) -> None:
    job = bench.script("k", "    - ask: well?\n", limits=Limits(idle=0.3, wall=0.4, grace=0.2))
    link = await bench.hosts.launch(job)
    asked = await bench.told("asked")
    began = time.monotonic()
    await wait_until(lambda: time.monotonic() - began > 0.7)
    link.answer(asked["id"], "now")
    assert (await link.result()).outcome == "ended"


async def test_f22_the_time_limit_holds(bench: Bench) -> None:
    line = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done"
    job = bench.command("k", line, limits=Limits(wall=0.5, grace=0.2))
    result = await (await bench.hosts.launch(job)).result()
    assert (result.outcome, result.reason) == ("limit", "time limit 0.5s")
    assert result.ended - result.started < 2.0


# F23: floods.


def rss(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def flood(bench: Bench, job_actions: str, limits: Limits) -> tuple[HostLink, int]:
    """Play the flood; the link and by how much the host grew."""
    link = await bench.hosts.launch(bench.script("k", f"    - barrier: go\n{job_actions}", limits=limits))
    pid = host_pid(link)
    measured = Path("/proc").is_dir()
    before = most = rss(pid) if measured else 0
    (bench.workspace / "go").touch()
    while link.state != "ended":
        try:
            most = max(most, rss(pid)) if measured else 0
        except (OSError, IndexError):
            break
        await asyncio.sleep(0.005)
    return link, most - before


async def test_f23_a_flood_is_capped_and_said_and_the_step_goes_on(bench: Bench) -> None:
    actions = "    - flood: 200000000\n    - command: echo after > after\n"
    link, growth = await flood(bench, actions, Limits(output_cap=8 << 20))
    result = await link.result()
    assert result.outcome == "ended", result.reason
    assert (bench.workspace / "after").exists()
    assert result.output.truncated
    assert result.output.seen >= 200_000_000
    assert len(log_of(link)) < (8 << 20) + 4096
    assert b"bytes left out here" in log_of(link)
    assert growth < 64 << 20


async def test_f23_a_line_of_100_mb_is_cut_and_said(bench: Bench) -> None:
    actions = "    - line: 100000000\n    - command: echo; echo next line\n"
    link, growth = await flood(bench, actions, Limits(line_cap=10_000))
    result = await link.result()
    assert result.outcome == "ended", result.reason
    assert result.output.truncated
    log = log_of(link)
    assert len(log) < 20_000
    assert b"bytes of this line left out" in log and b"next line\n" in log
    assert growth < 64 << 20


async def test_f23_nul_invalid_utf8_and_split_characters_are_kept_as_they_came(bench: Bench) -> None:
    line = "printf 'a\\000b\\377\\376'; printf '\\303'; sleep 0.05; printf '\\244\\nno newline'"
    link = await bench.hosts.launch(bench.command("k", line))
    assert (await link.result()).outcome == "ended"
    assert log_of(link) == b"a\0b\xff\xfe\xc3\xa4\nno newline"


async def test_f23_many_tiny_writes_are_flat(bench: Bench) -> None:
    link, growth = await flood(bench, "    - dribble: 200000\n", Limits())
    result = await link.result()
    assert (result.outcome, result.output.seen) == ("ended", result.output.kept)
    assert growth < 64 << 20
    # Coalesced: the index has a record a block, not a record a write.
    assert link.segment.with_suffix(".idx").stat().st_size < 32 * 20_000


# F24: trees that do not want to end.


@BOTH
async def test_f24_daemons_that_hold_the_pipes_do_not_outlive_the_step(bench: Bench, isolate: str) -> None:
    job = bench.script("k", "    - double_fork: 8\n    - talk: done\n", isolate=isolate)
    link = await bench.hosts.launch(job)
    lease = read_lease(link.directory)
    assert lease is not None
    result = await link.result()
    assert result.outcome == "ended", result.reason
    assert result.survivors_killed == 8
    assert carriers(job.marker) == []


@BOTH
async def test_f24_an_agent_that_ignores_term_is_killed_after_the_grace(bench: Bench, isolate: str) -> None:
    job = bench.script("k", "    - double_fork: 4\n    - ignore_term\n    - hang\n", isolate=isolate)
    link = await bench.hosts.launch(job)
    await wait_until(lambda: b"TERM is ignored" in log_of(link))
    began = time.monotonic()
    link.cancel("cancelled by you")
    result = await link.result()
    assert (result.outcome, result.reason, result.signal) == ("cancelled", "cancelled by you", signal.SIGKILL)
    assert 0.25 < time.monotonic() - began < 3.0
    assert result.survivors_killed == 4
    assert carriers(job.marker) == []


async def test_f24_an_agent_that_takes_term_ends_at_once(bench: Bench) -> None:
    link = await bench.hosts.launch(bench.command("k", "echo up; exec sleep 60", limits=Limits(grace=20)))
    await wait_until(lambda: b"up" in log_of(link))
    began = time.monotonic()
    link.cancel("enough")
    result = await link.result()
    assert (result.outcome, result.signal) == ("cancelled", signal.SIGTERM)
    assert time.monotonic() - began < 5.0


@BOTH
async def test_f24_a_grandchild_that_holds_stdout_does_not_hold_the_end(bench: Bench, isolate: str) -> None:
    began = time.monotonic()
    link = await bench.hosts.launch(bench.command("k", "sleep 30 & echo over", isolate=isolate))
    result = await link.result()
    assert result.outcome == "ended", result.reason
    assert time.monotonic() - began < 5.0
    assert log_of(link) == b"over\n"
    assert result.survivors_killed == 1


@BOTH
async def test_f24_too_many_processes_end_the_job(bench: Bench, isolate: str) -> None:
    line = "i=0; while [ $i -lt 60 ]; do sleep 60 & i=$((i+1)); done; wait"
    job = bench.command("k", line, limits=Limits(pids=30, grace=0.2), isolate=isolate)
    result = await (await bench.hosts.launch(job)).result()
    # Root is stopped by the count, anybody else by the kernel's limit first: both end, neither leaves anything.
    assert result.outcome in ("limit", "failed")
    assert carriers(job.marker) == []


async def test_f24_a_fork_bomb_is_ended(bench: Bench) -> None:
    job = bench.command("k", "b() { b | b & }; b; sleep 30", limits=Limits(pids=200, grace=0.2, wall=10))
    result = await (await bench.hosts.launch(job)).result()
    assert result.outcome in ("limit", "failed")
    assert carriers(job.marker) == []


async def test_messages_to_a_worker_that_takes_none_are_undeliverable_with_the_reason(bench: Bench) -> None:
    link = await bench.hosts.launch(bench.command("k", "while [ ! -e go ]; do sleep 0.02; done"))
    link.send_message("m1", "please stop")
    receipt = await bench.told("receipt", message_id="m1")
    assert receipt["status"] == "undeliverable" and "next turn" in receipt["why"]
    (bench.workspace / "go").touch()
    await link.result()


async def test_a_full_disk_is_a_failed_step_with_the_reason(bench: Bench) -> None:
    link = await bench.hosts.launch(
        bench.script("k", "    - barrier: go\n    - flood: 20000000\n    - hang\n")
    )
    import resource

    if not hasattr(resource, "prlimit"):
        pytest.skip("no prlimit on this system")
    resource.prlimit(host_pid(link), resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    (bench.workspace / "go").touch()
    result = await link.result()
    assert result.outcome == "failed"
    assert "could not be written" in result.reason
