"""F22 to F24 and A09 at the level of a run: the true reason stands in the failed step, and nobody survives it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.kernel.commands import SendMessage
from prdrunner_tui.kernel.settings import Check, Limits, WorkerChoice
from prdrunner_tui.kernel.state import RunState, Step
from tests.engine.conftest import ADA, Driver, begin, over, start_command, waits

LIMITS = Limits(turn=20.0, idle=20.0, output=200_000, grace=0.3)


def shell(line: str) -> dict[str, Any]:
    """Settings with a command line as the agent."""
    return {"workers": {"implement": WorkerChoice("command", {"command": line})}}


async def run(engine: LocalEngine, project: Path, line: str, **changes: Any) -> tuple[Driver, RunState]:
    """A run by a command line, until it waits for a person."""
    settings = {"limits": LIMITS, "same_failure_limit": 1, **shell(line), **changes}
    driver = await begin(engine, start_command(project, "", **settings), project)
    return driver, await driver.until(waits)


def first(state: RunState, step: str) -> Step:
    """The first go at a step."""
    return next(s for s in state.phases["one"].steps if s.name == step)


def survivors(mark: str) -> list[int]:
    """Processes that carry a mark in their environment or command line."""
    found = []
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            seen = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if mark.encode() in seen and pid != os.getpid():
            found.append(pid)
    return found


@pytest.mark.parametrize(
    ("line", "changes", "reason"),
    [
        ("true", {}, "changed nothing"),
        ("echo done, everything is implemented", {}, "changed nothing"),
        ("exit 3", {}, "exit"),
        ("sleep 600", {"limits": Limits(turn=0.5, idle=20, grace=0.3)}, "limit"),
        ("sleep 600", {"limits": Limits(turn=20, idle=0.5, grace=0.3)}, "no output"),
        (
            "trap '' TERM INT HUP; while :; do sleep 1; done",
            {"limits": Limits(turn=0.5, idle=20, grace=0.3)},
            "limit",
        ),
        ("read answer; echo $answer", {}, "changed nothing"),
    ],
    ids=[
        "did nothing",
        "lies",
        "fails",
        "f22 never ends",
        "f22 silent",
        "f24 ignores term",
        "f22 waits for stdin",
    ],
)
async def test_f22_an_agent_that_does_not_do_it_fails_with_the_true_reason(
    engine: LocalEngine, project: Path, line: str, changes: dict[str, Any], reason: str
) -> None:
    _, state = await run(engine, project, line, **changes)
    step = first(state, "implement")
    assert step.status == "failed" and reason in step.summary.lower(), step.summary
    assert state.phases["one"].commit == ""


async def test_f24_what_an_agent_left_behind_ends_with_its_step(engine: LocalEngine, project: Path) -> None:
    mark = f"left-behind-{os.getpid()}"
    line = (
        f"echo '# more' >> calc.py; export LEFT={mark};"
        " (setsid sh -c 'trap \"\" TERM; sleep 600 & setsid sleep 601 & sleep 602' >/dev/null 2>&1 &);"
        " nohup sleep 603 &"
    )
    _, state = await run(engine, project, line)
    assert first(state, "implement").status == "ok", first(state, "implement").summary
    assert survivors(mark) == []


@pytest.mark.parametrize(
    "line",
    ["head -c 20000000 /dev/zero | tr '\\0' x", "seq 1 2000000"],
    ids=["one line of 20 MB", "two million lines"],
)
async def test_f23_a_flood_is_capped_and_the_step_goes_on(
    engine: LocalEngine, project: Path, line: str
) -> None:
    driver, state = await run(engine, project, f"{line}; echo; echo '# more' >> calc.py; echo the end")
    assert first(state, "implement").status == "ok", first(state, "implement").summary
    answer = await driver.client.query("run-1", "log", {"key": "one/implement/1.1/turn", "first": -40})
    texts = [text for _, _, text in answer["lines"]]
    assert "the end" in texts, texts[-3:]
    jobs = engine.engine.state.run("run-1").jobs
    kept = sum(path.stat().st_size for path in jobs.rglob("*.log"))
    assert kept < 2 * LIMITS.output, "the output is not capped"


async def test_a_flood_of_a_check_is_capped_too(engine: LocalEngine, project: Path) -> None:
    noisy = Check("unit", "seq 1 300000; echo 3 checked", timeout=60, ran=r"(\d+) checked")
    _, state = await run(engine, project, "echo '# more' >> calc.py", checks=(noisy,))
    assert [d.kind for d in state.open_decisions()] == ["review"], first(state, "verify").summary


async def test_a09_odd_names_of_files_reach_the_decision_and_the_commit(
    engine: LocalEngine, project: Path
) -> None:
    names = ("new\\nline", "caf\\351", " -rf", "e\\033[31m")
    line = "; ".join(f"printf x > \"$(printf -- '{name}')\"" for name in names)
    driver, state = await run(engine, project, line)
    (decision,) = state.open_decisions()
    assert decision.kind == "review" and len(decision.facts["files"]) == 4, decision.facts
    assert "\n" not in decision.person_only and decision.person_only.isprintable()
    await driver.decide(protected=True)
    assert (await driver.until(over)).run.status == "done"  # type: ignore[union-attr]


QUESTION = """\
recording: asks
default:
  implement:
    1:
      - ask: {id: q1, question: "Which sign?", choices: [plus, minus]}
      - edit: {path: calc.py, write: "def add(a, b):\\n    return b + a\\n"}
"""


async def test_a_question_of_the_agent_is_a_decision_and_the_answer_reaches_it(
    engine: LocalEngine, project: Path
) -> None:
    driver = await begin(engine, start_command(project, QUESTION), project)
    state = await driver.until(waits)
    (decision,) = state.open_decisions()
    assert (decision.kind, decision.title, decision.verbs) == ("question", "Which sign?", ("answer",))
    answer = await driver.client.submit("run-1", SendMessage("one", "correction", "mind the sign", ADA))
    assert isinstance(answer, int)
    await driver.decide("answer", "plus")
    state = await driver.until(lambda s: bool(s.open_decisions()) and s.open_decisions()[0].kind == "review")
    assert state.decisions[decision.id].reason == "plus"
    assert state.messages["m1"].receipt in ("delivered", "acknowledged"), state.messages["m1"]
