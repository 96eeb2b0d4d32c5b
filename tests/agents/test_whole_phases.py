"""A whole phase by a real agent program, steered from the cockpit by keyboard; and every end that is no success."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import Any

import pytest

from prdrunner_tui.agents.lease import read_lease
from prdrunner_tui.embed.attach import attach_or_start
from prdrunner_tui.kernel.settings import Limits
from prdrunner_tui.steps.oracle.processes import lock_owner
from tests.agents.model_server import Reply
from tests.agents.whole import Whole, git
from tests.engine.conftest import Driver, gone, over, start_command, waits
from tests.unit.agents.conftest import wait_until

CODE = "def sub(a, b):\n    return a - b\n"
TEST = "from sub import sub\n\n\ndef test_sub() -> None:\n    assert sub(3, 2) == 1\n"
HOSTILE = "\x1b[2J\x1b]52;c;aGVsbG8=\x07"


def receipts(shown: Any) -> list[str]:
    """What became of each message."""
    return [message.receipt for message in shown.state.messages.values()]


def open_kinds(shown: Any) -> list[str]:
    """What waits, by kind."""
    return [decision.kind for decision in shown.state.open_decisions()]


async def test_from_plan_to_commit_with_a_steer_and_a_refusal_by_keyboard(whole: Whole) -> None:
    thinking = whole.hold()
    roles = ("plan_impl", "implement", "review")
    async with whole.stage.cockpit("", size=(160, 48), **whole.settings(roles=roles)) as shown:
        place, plan = whole.workspace(shown.state), whole.agent.plan
        whole.says["implement"] = [
            *([Reply("I begin.", calls=[plan(["the function", "its test"])])] if plan is not None else []),
            Reply(f"The code.{HOSTILE}", calls=[whole.write(place, "sub.py", CODE)]),
            Reply("Its test.", calls=[whole.write(place, "test_sub.py", TEST)]),
            Reply("I think about it.", hold=thinking),
            Reply("Politely then.", calls=[whole.agent.run("python3 -B -c 'import sub; print(sub)'")]),
            Reply("And away with it.", calls=[whole.agent.run("python3 -c 'print(1)' > gone.txt")]),
            Reply("Hm."),
            Reply("Understood."),
        ]
        await shown.sees("I think about it.")
        await shown.press("m")
        await shown.type("say it politely\n")
        await shown.until(lambda: receipts(shown) in (["delivered"], ["acknowledged"]))
        thinking.set()
        await shown.until(lambda: open_kinds(shown) == ["permission"])
        assert any(ask.mentions("say it politely") for ask in whole.server.asks)
        await shown.press("escape", "escape")
        await shown.open_review()
        await shown.sees("import sub", "allow")
        await shown.press("a")
        await shown.until(lambda: len(shown.state.decisions) == 2 and open_kinds(shown) == ["permission"])
        await shown.open_review()
        await shown.sees("gone.txt")
        await shown.press("x")
        await shown.type("no such file, thanks\n")
        await shown.until(lambda: open_kinds(shown) == ["review"])
        assert any(ask.mentions("no such file, thanks") for ask in whole.server.asks)
        assert receipts(shown) == ["acknowledged"]
        await shown.open_review()
        await shown.sees("def sub", "test_sub.py")
        await shown.press("a")
        await shown.until(lambda: shown.state.run is not None and shown.state.run.status == "done")
        await shown.sees("published")
        await whole.clean(shown.app)
    steps = [(s.name, s.status) for s in shown.state.phases["one"].steps]
    assert steps == [(name, "ok") for name in ("plan_impl", "implement", "verify", "review", "commit")]
    assert "2 passed" in next(s.summary for s in shown.state.phases["one"].steps if s.name == "verify")
    assert git(whole.project, "show", "prdrunner/run-1:sub.py") == CODE
    assert git(whole.project, "diff", "--name-only", "main", "prdrunner/run-1").split() == [
        "sub.py",
        "test_sub.py",
    ]
    assert (
        shown.state.budget.spent.tokens > {"turn": 5000, "last request": 3000, "none": -1}[whole.agent.tokens]
    )
    assert git(whole.project, "status", "--porcelain") == ""


async def test_an_engine_that_is_killed_finds_its_agent_at_work(whole: Whole) -> None:
    thinking = whole.hold()
    place = whole.stage.project
    client = await attach_or_start(place, await whole.state())
    command = start_command(place, "", **whole.settings())
    assert await client.start(command, str(place / "prd.md")) == "run-1"
    workspace = (await whole.state()).run("run-1").workspace("one")
    whole.says["implement"] = [
        Reply("The code.", calls=[whole.write(workspace, "sub.py", CODE)]),
        Reply("I think about it.", hold=thinking),
        Reply("Its test.", calls=[whole.write(workspace, "test_sub.py", TEST)]),
    ]
    await wait_until(lambda: len(whole.server.asks) == 2, 60)
    owner = lock_owner((await whole.state()).lock)
    assert owner is not None
    os.kill(owner.pid, signal.SIGKILL)
    await client.close()
    assert whole.left() != []
    await gone(await whole.state())
    driver = Driver(await attach_or_start(place, await whole.state()), "run-1")  # type: ignore[arg-type]
    await driver.client.host("run-1")
    thinking.set()
    state = await driver.until(waits)
    assert [d.kind for d in state.open_decisions()] == ["review"]
    turns = [(e.key, e.status) for s in state.phases["one"].steps for e in s.effects if e.kind == "turn"]
    assert turns == [("one/implement/1.1/turn", "done")]
    await driver.decide()
    await driver.until(over)
    await driver.client.close()
    await whole.clean()
    assert git(place, "show", "prdrunner/run-1:sub.py") == CODE


async def test_a_host_that_is_killed_is_followed_by_one_in_the_same_session(whole: Whole) -> None:
    thinking = whole.hold()
    async with whole.stage.cockpit("", size=(120, 40), **whole.settings()) as shown:
        place = whole.workspace(shown.state)
        wrote = Reply("The code.", calls=[whole.write(place, "sub.py", CODE)])
        whole.says["implement"] = [wrote, Reply("I think about it.", hold=thinking)]
        await shown.sees("I think about it.")
        whole.agent.age(whole.home)
        jobs = (await whole.state()).run("run-1").jobs
        (lease,) = [lease for folder in jobs.iterdir() if (lease := read_lease(folder)) is not None]
        os.kill(lease.pid, signal.SIGKILL)
        whole.says["implement"] = [
            Reply("Once more.", calls=[whole.write(place, "sub.py", CODE)]),
            Reply("Its test.", calls=[whole.write(place, "test_sub.py", TEST)]),
        ]
        await shown.until(lambda: open_kinds(shown) == ["review"])
        thinking.set()
        goes = [(s.attempt, s.status) for s in shown.state.phases["one"].steps if s.name == "implement"]
        assert goes == [(1, "stopped"), (2, "ok")]
        again = next(ask for ask in whole.server.asks if "put back to where it stood" in ask.prompt)
        assert again.mentions("The code.")
        await shown.open_review()
        await shown.press("a")
        await shown.until(lambda: shown.state.run is not None and shown.state.run.status == "done")
        await whole.clean(shown.app)
    assert git(whole.project, "show", "prdrunner/run-1:sub.py") == CODE


async def test_a_phase_that_is_stopped_ends_its_agent(whole: Whole) -> None:
    thinking = whole.hold()
    async with whole.stage.cockpit("", size=(120, 40), **whole.settings()) as shown:
        whole.says["implement"] = [Reply("I think about it.", hold=thinking)]
        await shown.sees("I think about it.")
        await shown.press("x")
        await shown.hears()
        await shown.press("y")
        await shown.until(lambda: shown.state.phases["one"].status == "stopped")
        await whole.clean(shown.app)
        await shown.sees("stopped")


async def test_a_limit_of_the_provider_is_waited_for_and_can_be_tried_at_once(whole: Whole) -> None:
    if 429 in whole.agent.silent_about:
        pytest.skip(
            f"{whole.agent.name} tries again for more than a minute without a word: see the silent model"
        )
    whole.otherwise["implement"] = Reply(status=429, headers={"x-should-retry": "false"})
    async with whole.stage.cockpit("", size=(80, 24), **whole.settings()) as shown:
        await shown.until(lambda: open_kinds(shown) == ["limit"])
        await shown.open_review()
        await shown.sees("Provider's limit", "429", "try now", "it goes on by itself in")
        place = whole.workspace(shown.state)
        whole.says["implement"] = [Reply("The code.", calls=[whole.write(place, "sub.py", CODE)])]
        whole.otherwise["implement"] = Reply("Done.")
        await shown.press("a")
        await shown.sees("trying one again")
        await shown.until(lambda: open_kinds(shown) == ["review"])
        await whole.clean(shown.app)


ENDS = {
    "401": Reply(status=401),
    "refusal": Reply("I cannot help with that.", refusal=True),
    "nothing": Reply("It is all there already."),
    "an empty answer": Reply(""),
    "a cut stream": Reply("Half of the", cut=True),
    "silence": Reply("I think about it."),
}


@pytest.mark.parametrize("end", ENDS)
async def test_a_success_that_is_none_is_a_failed_step_with_its_reason_on_the_screen(
    whole: Whole, end: str
) -> None:
    reply, told = ENDS[end], whole.agent.ends[end]
    whole.otherwise["implement"] = replace(reply, hold=whole.hold()) if end == "silence" else reply
    idle = 8.0 if told.startswith("nothing new") else 60.0
    changes = whole.settings() | {"same_failure_limit": 1, "limits": Limits(idle=idle, grace=2.0)}
    async with whole.stage.cockpit("", size=(120, 40), **changes) as shown:
        await shown.until(lambda: open_kinds(shown) == ["stuck"])
        step = shown.state.phases["one"].last
        assert step is not None and (step.name, step.status) == ("implement", "failed")
        await shown.open_review()
        await shown.sees(told)
        await whole.clean(shown.app)
