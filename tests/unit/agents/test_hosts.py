"""Launching, results, idempotence, adoption, orphan grace: the engine's side of the agent hosts."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prdrunner_tui.agents.connect import connect
from prdrunner_tui.agents.hosts import AgentHosts, Job, Limits
from prdrunner_tui.agents.lease import alive, read_lease
from prdrunner_tui.agents.results import read_result
from prdrunner_tui.text.problem import Problem
from tests.unit.agents.conftest import TOKEN, Bench, carriers, log_of, wait_until


async def test_a_turn_gives_its_output_and_result(bench: Bench) -> None:
    link = await bench.hosts.launch(bench.command("k", "cat; pwd; echo oops >&2; echo $PRDRUNNER_PHASE"))
    result = await link.result()
    assert (result.outcome, result.reason, result.exit_code) == ("ended", "exit 0", 0)
    for part in (b"do it\n", str(bench.workspace).encode(), b"oops\n", b"phase-1\n"):
        assert part in log_of(link)
    assert result.output.kept == len(log_of(link))
    assert result.started <= result.ended


async def test_a_check_joins_stderr_in_order_and_keeps_its_exit_code(bench: Bench) -> None:
    link = await bench.hosts.launch(bench.check("k", "echo a; echo b >&2; echo c; exit 7"))
    result = await link.result()
    assert (result.outcome, result.exit_code, result.reason) == ("failed", 7, "exit 7")
    assert log_of(link) == b"a\nb\nc\n"


async def test_only_the_given_environment_reaches_the_agent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAK", "1")
    link = await bench.hosts.launch(bench.check("k", "env"))
    await link.result()
    names = {line.split(b"=")[0] for line in log_of(link).splitlines()}
    assert names <= {b"PATH", b"HOME", b"PRDRUNNER_JOB", b"PWD", b"SHLVL", b"_", b"OLDPWD"}


async def test_i13_a_package_of_our_name_in_the_working_directory_is_not_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    marker = tmp_path / "ran"
    package = tmp_path / "repository" / "prdrunner_tui"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"open({str(marker)!r}, 'w')\n")
    monkeypatch.chdir(package.parent)
    link = await bench.hosts.launch(bench.check("k", "echo fine"))
    assert (await link.result()).exit_code == 0
    assert not marker.exists()


async def test_the_same_key_and_attempt_never_starts_twice(bench: Bench) -> None:
    job = bench.command("k", "echo x >> started; cat")
    first, second = await asyncio.gather(bench.hosts.launch(job), bench.hosts.launch(job))
    assert first is second
    await first.result()
    again = await bench.another().launch(job)
    assert await again.result() == await first.result()
    assert (bench.workspace / "started").read_text() == "x\n"


async def test_the_next_attempt_is_another_job(bench: Bench) -> None:
    for attempt in (1, 2):
        await (await bench.hosts.launch(bench.command("k", "echo x >> started", attempt=attempt))).result()
    assert (bench.workspace / "started").read_text() == "x\nx\n"


async def test_an_unknown_program_or_workspace_is_a_failed_step_with_the_reason(bench: Bench) -> None:
    job = bench.check("k", "true")
    bench.workspace.rmdir()
    result = await (await bench.hosts.launch(job)).result()
    assert result.outcome == "failed"
    assert "no such file" in result.reason


async def test_an_unknown_worker_is_a_failed_step_with_a_hint(bench: Bench) -> None:
    result = await (await bench.hosts.launch(bench.turn("k", "comand", {}))).result()
    assert result.outcome == "failed"
    assert "did you mean command?" in result.reason


async def test_a_host_is_adopted_by_the_next_engine_while_its_agent_works_on(bench: Bench) -> None:
    job = bench.script(
        "k", "    - plan: [one]\n    - talk: before\n    - ask: really?\n    - talk: 'you said {answer}'\n"
    )
    await bench.hosts.launch(job)
    await bench.told("asked", question="really?")
    await bench.hosts.close(end_jobs=False, reason="")
    bench.updates.clear()
    (link,) = await bench.another().adopt()
    asked = await bench.told("asked", replay=True)
    assert (await bench.told("planned", replay=True))["entries"][0]["text"] == "one"
    assert link.state == "running"
    link.answer(asked["id"], "yes")
    result = await link.result()
    assert result.outcome == "ended"
    assert b"you said yes" in log_of(link)


async def test_a_host_survives_the_kill_of_engine_and_forkserver(bench: Bench) -> None:
    job = bench.command("k", "echo begun; while [ ! -e go ]; do sleep 0.02; done; echo done")
    engine = (
        "import asyncio, json, os, sys\nfrom pathlib import Path\n"
        "from prdrunner_tui.agents.hosts import AgentHosts, Job\n"
        "async def main():\n"
        f"    hosts = AgentHosts(Path({str(bench.hosts.root)!r}), token={TOKEN!r})\n"
        "    await hosts.launch(Job.from_json(json.loads(sys.stdin.read())))\n"
        "    os.kill(hosts._forkserver.pid, 9); os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", engine], input=json.dumps(job.to_json()), text=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    (link,) = await bench.hosts.adopt()
    await wait_until(lambda: b"begun" in log_of(link))
    (bench.workspace / "go").touch()
    assert (await link.result()).outcome == "ended"
    assert log_of(link) == b"begun\ndone\n"


async def test_a_dead_forkserver_is_replaced(bench: Bench) -> None:
    await (await bench.hosts.launch(bench.command("a", "true"))).result()
    pid = bench.hosts._forkserver.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert (await (await bench.hosts.launch(bench.command("b", "true"))).result()).outcome == "ended"


async def test_orphan_grace_ends_a_host_without_an_engine(bench: Bench) -> None:
    limits = Limits(grace=0.2, orphan_grace=0.3)
    job = bench.command("k", "sleep 60", limits=limits)
    link = await bench.hosts.launch(job)
    directory = link.directory
    await bench.hosts.close(end_jobs=False, reason="")
    result = await wait_until(lambda: read_result(directory))
    assert (result.outcome, result.reason) == ("failed", "engine gone for 0.3s")
    assert carriers(job.marker) == []
    (late,) = await bench.another().adopt()
    assert await late.result() == result


async def test_a_wrong_token_gets_nothing(bench: Bench) -> None:
    job = bench.command("k", "cat; while [ ! -e go ]; do sleep 0.02; done")
    link = await bench.hosts.launch(job)
    (stranger,) = await bench.another("another token").adopt()
    stranger.cancel("by a stranger")
    with pytest.raises(Problem, match="does not accept"):
        await stranger.result()
    (bench.workspace / "go").touch()
    assert (await link.result()).outcome == "ended"


@pytest.mark.parametrize(
    "line", [b"x" * 2_000_000 + b"\n", b"[" * 100_000 + b"\n", b"\xff\xfe\n", b"[1]\n", b""]
)
async def test_a_hostile_client_does_not_disturb_the_host(bench: Bench, line: bytes) -> None:
    link = await bench.hosts.launch(bench.command("k", "while [ ! -e go ]; do sleep 0.02; done"))
    lease = read_lease(link.directory)
    assert lease is not None
    hello = json.dumps({"t": "hello", "token": "wrong"}).encode() + b"\n" if line == b"[1]\n" else b""
    reader, writer = await connect(link.directory, lease.socket, limit=1 << 20)
    try:
        writer.write(hello + line)
        writer.write_eof()
        assert b'"state"' not in await reader.read()
    except OSError:
        pass  # the host has hung up already
    writer.close()
    (bench.workspace / "go").touch()
    assert (await link.result()).outcome == "ended"


async def test_close_with_end_jobs_ends_them_with_the_reason(bench: Bench) -> None:
    job = bench.command("k", "sleep 60")
    link = await bench.hosts.launch(job)
    await bench.hosts.close(end_jobs=True, reason="stopped by you")
    result = await link.result()
    assert (result.outcome, result.reason) == ("cancelled", "stopped by you")
    assert carriers(job.marker) == []


async def test_a_long_directory_does_not_matter_for_the_socket(bench: Bench) -> None:
    bench.hosts.root = bench.root / ("d" * 120) / ("e" * 60)
    bench.hosts._forkserver._root = bench.hosts.root
    assert (await (await bench.hosts.launch(bench.command("k", "true"))).result()).outcome == "ended"


async def test_secrets_reach_neither_log_nor_update_nor_disk(bench: Bench) -> None:
    secret = "sk-very-secret-value"
    actions = f"    - talk: 'the key is {secret}'\n    - command: echo $KEY\n    - fail: 'because {secret}'\n"
    job = bench.script("k", actions, env={"KEY": secret}, secrets=(secret,))
    link = await bench.hosts.launch(job)
    result = await link.result()
    assert "because [redacted]" in result.reason
    assert log_of(link).count(b"[redacted]") == 2
    assert secret not in json.dumps(bench.updates)
    for path in link.directory.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


async def test_a_lease_of_another_boot_or_a_reused_pid_is_dead(bench: Bench) -> None:
    link = await bench.hosts.launch(bench.command("k", "while [ ! -e go ]; do sleep 0.02; done"))
    lease = read_lease(link.directory)
    assert lease is not None and alive(lease)
    assert not alive(dataclasses.replace(lease, boot="another"))
    assert not alive(dataclasses.replace(lease, started=lease.started + 1))
    (bench.workspace / "go").touch()
    await link.result()
    await wait_until(lambda: not alive(lease))


async def test_a_second_engine_takes_over_and_the_first_link_still_gets_the_result(bench: Bench) -> None:
    link = await bench.hosts.launch(bench.command("k", "while [ ! -e go ]; do sleep 0.02; done"))
    (other,) = await bench.another().adopt()
    (bench.workspace / "go").touch()
    assert await other.result() == await link.result()


def test_a_job_survives_its_codec_and_refuses_what_does_not_fit(tmp_path: object) -> None:
    bench = Bench(tmp_path, tmp_path, None)  # type: ignore[arg-type]
    job = bench.command("k", "true", secrets=("a" * 8,))
    assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job
    for change in ({"extra": 1}, {"attempt": "1"}, {"attempt": 2**60}, {"kind": "other"}, {"turn": None}):
        with pytest.raises(ValueError):
            Job.from_json({**json.loads(json.dumps(job.to_json())), **change})


async def test_a_client_that_says_nothing_does_not_hold_the_end(bench: Bench) -> None:
    link = await bench.hosts.launch(bench.command("k", "while [ ! -e go ]; do sleep 0.02; done"))
    lease = read_lease(link.directory)
    assert lease is not None
    clients = [await connect(link.directory, lease.socket, limit=1 << 20) for _ in range(3)]
    (bench.workspace / "go").touch()
    assert (await link.result()).outcome == "ended"
    await wait_until(lambda: not alive(lease), 3.0)
    for _, writer in clients:
        writer.close()


async def test_an_engine_that_connects_while_the_job_ends_does_not_hold_the_end(bench: Bench) -> None:
    """The links connect at every moment of a short job, also between its end and the closing of the socket."""
    for number in range(30):
        link = await bench.hosts.launch(bench.command(f"k{number}", f"sleep 0.00{number % 10}"))
        async with asyncio.timeout(10):
            assert (await link.result()).outcome == "ended"


async def test_an_error_in_the_callback_is_raised_and_never_a_hang(bench: Bench) -> None:
    def broken(key: str, update: dict[str, object]) -> None:
        raise KeyError(key)

    hosts = AgentHosts(bench.root / "more", token=TOKEN, on_update=broken)
    link = await hosts.launch(bench.command("k", "true"))
    with pytest.raises(KeyError):
        async with asyncio.timeout(10):
            await link.result()
    await hosts.close(end_jobs=True, reason="")


async def test_messages_and_permissions_reach_the_agent_with_receipts(bench: Bench) -> None:
    actions = (
        "    - wait_message\n    - talk: 'heard {message}'\n    - permission: {action: rm, detail: -rf x}\n"
    )
    link = await bench.hosts.launch(bench.script("k", actions + "    - talk: 'it was {answer}'\n"))
    link.send_message("m1", "use tabs")
    link.send_message("m1", "use tabs")
    await bench.told("receipt", message_id="m1", status="acknowledged")
    asked = await bench.told("permission_asked", detail="-rf x")
    link.answer(asked["id"], "an answer is no permission")
    link.permission(asked["id"], allow=False, option="no", reason="too dear")
    assert (await link.result()).outcome == "ended"
    assert b"heard use tabs\n" in log_of(link) and b"it was rejected too dear\n" in log_of(link)
    statuses = [u["status"] for u in bench.kinds("receipt") if not u.get("replay")]
    assert list(dict.fromkeys(statuses)) == ["queued", "delivered", "acknowledged"]


async def test_a_message_that_the_agent_never_took_is_undeliverable(bench: Bench) -> None:
    """The scripted agent takes messages at once; this one is sent while the turn is being cancelled."""
    job = bench.script("k", "    - double_fork: 2\n    - ignore_term\n    - hang\n", limits=Limits(grace=0.5))
    link = await bench.hosts.launch(job)
    await wait_until(lambda: b"TERM is ignored" in log_of(link))
    link.cancel("enough")
    link.send_message("late", "wait!")
    await link.result()
    last = [u for u in bench.kinds("receipt") if u["message_id"] == "late"][-1]
    assert last["status"] == "undeliverable" and "being ended" in last["why"]


async def test_launch_is_quick(bench: Bench) -> None:
    """A coarse guard: a host is forked, not started anew (a fresh interpreter with our imports takes over 100 ms)."""
    await (await bench.hosts.launch(bench.command("warm", "true"))).result()
    began = time.perf_counter()
    for number in range(5):
        await (await bench.hosts.launch(bench.command(f"k{number}", "true"))).result()
    assert (time.perf_counter() - began) / 5 < 0.5
