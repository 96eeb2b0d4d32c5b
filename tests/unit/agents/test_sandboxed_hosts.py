"""Programs in the sandbox under a real agent host: signals, limits, ends, and the files that are theirs alone."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, Literal

import pytest

from prdrunner_tui.agents.bubblewrap import bubblewrap
from prdrunner_tui.agents.hosts import Limits
from prdrunner_tui.agents.lease import read_lease
from prdrunner_tui.agents.sandbox import Sandbox
from tests.unit.agents.conftest import Bench, carriers, log_of, wait_until

pytestmark = pytest.mark.skipif(
    not bubblewrap().usable, reason=f"THE SANDBOX IS NOT TESTED: {bubblewrap().why}"
)

Isolate = Literal["auto", "none"]
both = pytest.mark.parametrize("isolate", ["auto", "none"])


def around(bench: Bench, **changes: Any) -> Sandbox:
    """The sandbox of the bench's workspace; all else below its root is hidden."""
    usual = {"hide": ("/tmp", "/run", str(bench.root)), "write": (str(bench.workspace),), "network": False}
    return Sandbox(bubblewrap().program, **{**usual, **changes})


@both
async def test_the_agent_hears_the_signal_and_may_answer_it(bench: Bench, isolate: Isolate) -> None:
    line = "trap 'echo answered > heard; exit 3' TERM; echo > ready; while :; do sleep 0.05; done"
    job = bench.command(
        "k", line, sandbox=around(bench), isolate=isolate, limits=Limits(grace=20.0, wall=60.0)
    )
    link = await bench.hosts.launch(job)
    await wait_until((bench.workspace / "ready").exists)
    link.cancel("stopped by you")
    result = await link.result()
    assert (result.outcome, result.exit_code) == ("cancelled", 3)
    assert (bench.workspace / "heard").read_text() == "answered\n"
    assert carriers(job.marker) == []


@both
async def test_an_agent_that_hears_nothing_ends_with_everything_that_it_left(
    bench: Bench, isolate: Isolate
) -> None:
    line = (
        "trap '' TERM; for n in 1 2 3; do setsid sh -c 'trap \"\" TERM; sleep 600' & done; echo > ready; wait"
    )
    job = bench.command("k", line, sandbox=around(bench), isolate=isolate)
    link = await bench.hosts.launch(job)
    await wait_until((bench.workspace / "ready").exists)
    assert len(carriers(job.marker)) >= 5
    link.cancel("stopped by you")
    assert (await link.result()).outcome == "cancelled"
    assert carriers(job.marker) == []


@both
async def test_nothing_in_the_sandbox_outlives_a_host_that_was_killed(bench: Bench, isolate: Isolate) -> None:
    line = "setsid env -i /bin/sleep 600 & echo > ready; exec sleep 600"
    job = bench.command("k", line, sandbox=around(bench), isolate=isolate)
    link = await bench.hosts.launch(job)
    await wait_until((bench.workspace / "ready").exists)
    lease = read_lease(link.directory)
    assert lease is not None
    os.kill(lease.pid, signal.SIGKILL)
    assert (await link.result()).outcome == "lost"
    await wait_until(lambda: carriers(job.marker) == [] and not _sleeping(bench.workspace))


def _sleeping(workspace: Path) -> list[str]:
    """Processes that work in the workspace, also those that dropped the marker."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink() == workspace:
                found.append(process.name)
        except OSError:
            continue
    return found


async def test_the_exit_of_the_agent_is_the_exit_of_the_turn(bench: Bench) -> None:
    for key, line, words in (
        ("a", "exit 0", "exit 0"),
        ("b", "exit 7", "exit 7"),
        ("c", "kill -9 $$", "exit 137, killed"),
    ):
        result = await (await bench.hosts.launch(bench.command(key, line, sandbox=around(bench)))).result()
        assert result.reason == words


async def test_a_program_that_is_not_there_is_named(bench: Bench) -> None:
    job = bench.turn("k", "acp", {"argv": ["no-such-agent"]}, sandbox=around(bench))
    result = await (await bench.hosts.launch(job)).result()
    assert (result.outcome, result.reason) == ("failed", "no-such-agent: no such file")


async def test_a_file_to_copy_that_went_away_is_named(bench: Bench) -> None:
    job = bench.command("k", "true", sandbox=around(bench, copy=("/etc/no-such-file",)))
    result = await (await bench.hosts.launch(job)).result()
    assert (result.outcome, result.reason) == ("failed", "/etc/no-such-file: no such file")


async def test_a_copy_can_be_changed_and_replaced_and_is_forgotten(bench: Bench) -> None:
    settings = bench.root / "home" / ".agent.json"
    settings.parent.mkdir()
    settings.write_text("the person's")
    line = (
        'cat "$F" && echo changed > "$F" && cat "$F" && echo new > "$F.tmp" && mv "$F.tmp" "$F" && cat "$F"'
    )
    job = bench.command("k", line, sandbox=around(bench, copy=(str(settings),)), env={"F": str(settings)})
    link = await bench.hosts.launch(job)
    assert (await link.result()).outcome == "ended"
    assert log_of(link) == b"the person'schanged\nnew\n"
    assert settings.read_text() == "the person's"


async def test_a_directory_of_its_own_lasts_from_turn_to_turn(bench: Bench) -> None:
    place, apart = bench.root / "home" / "sessions", bench.root / "apart"
    apart.mkdir()
    sandbox = around(bench, keep={str(place): str(apart)})
    for key, line in (("a", f"echo first > {place}/s"), ("b", f"cat {place}/s && echo second >> {place}/s")):
        result = await (await bench.hosts.launch(bench.command(key, line, sandbox=sandbox))).result()
        assert result.outcome == "ended"
    assert (apart / "s").read_text() == "first\nsecond\n" and not place.exists()


async def test_a_check_sees_no_more_than_an_agent(bench: Bench) -> None:
    (bench.root / "hidden").write_text("hidden\n")
    job = bench.check("k", f"cat {bench.root}/hidden; touch made && echo {{}}", sandbox=around(bench))
    link = await bench.hosts.launch(job)
    assert (await link.result()).outcome == "ended"
    assert b"No such file" in log_of(link) and (bench.workspace / "made").exists()
