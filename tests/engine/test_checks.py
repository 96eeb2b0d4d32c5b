"""Our own verification in a slot: several commands at once, and what each way to see what ran comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.kernel.settings import Check, Environment
from prdrunner_tui.kernel.state import RunState
from tests.engine.conftest import begin, start_command, waits

EDIT = """\
recording: one edit
default:
  implement:
    default:
      - edit: {path: calc.py, write: "def add(a, b):\\n    return b + a\\n"}
"""
JUNIT = """<testsuite tests="2"><testcase classname="a" name="x"/><testcase classname="a" name="y"/></testsuite>"""


async def verified(
    engine: LocalEngine, project: Path, *checks: Check, **settings: Any
) -> tuple[RunState, Any]:
    """The state when the run waits, and the result of its first verification."""
    driver = await begin(engine, start_command(project, EDIT, checks=checks, **settings), project)
    state = await driver.until(waits)
    steps = [step for step in state.phases["one"].steps if step.name == "verify"]
    effect = next(effect for effect in steps[0].effects if effect.kind == "verify")
    answer = await engine.client().query("run-1", "digest", {})
    assert answer["seq"] == state.seq
    return state, (steps[0], effect)


def meet(mine: str, other: str, folder: Path) -> str:
    """A command that ends only when another one runs at the same time."""
    return f"touch {folder}/{mine}; for i in $(seq 500); do [ -e {folder}/{other} ] && exit 0; sleep 0.02; done; exit 1"


async def test_independent_commands_run_at_the_same_time(
    project: Path, engine: LocalEngine, tmp_path: Path
) -> None:
    first = Check("first", meet("a", "b", tmp_path), "build", timeout=30)
    second = Check("second", meet("b", "a", tmp_path), "lint", timeout=30)
    state, (step, _) = await verified(engine, project, first, second)
    assert step.status == "ok", step
    assert [d.kind for d in state.open_decisions()] == ["review"]


@pytest.mark.parametrize(
    ("run", "ran", "summary"),
    [
        (f"mkdir -p out; echo '{JUNIT}' > out/r.xml", "junit:out/*.xml", "2"),
        ("echo ran 7 checks", r"ran (\d+) checks", "7"),
    ],
)
async def test_what_ran_is_seen_in_a_junit_file_or_by_a_pattern(
    project: Path, engine: LocalEngine, run: str, ran: str, summary: str
) -> None:
    _, (step, _) = await verified(engine, project, Check("tests", run, ran=ran))
    assert step.status == "ok" and summary in step.summary


@pytest.mark.parametrize("run", ["true", "echo ran 0 checks", "echo hello"])
async def test_exit_0_alone_is_never_green_for_tests(project: Path, engine: LocalEngine, run: str) -> None:
    state, _ = await verified(engine, project, Check("tests", run, ran=r"ran (\d+) checks"))
    assert [d.kind for d in state.open_decisions()] == ["nothing_ran"]


async def test_no_verify_command_is_a_decision(project: Path, engine: LocalEngine) -> None:
    state, _ = await verified(engine, project)
    (decision,) = state.open_decisions()
    assert decision.kind == "nothing_ran" and "no verify command" in decision.title


async def test_a_check_that_never_ends_is_ended_and_named(project: Path, engine: LocalEngine) -> None:
    _, (step, _) = await verified(
        engine, project, Check("slow", "sleep 600", "build", timeout=0.5), max_iterations=1
    )
    assert step.status == "failed" and "time limit" in step.summary


async def test_setup_makes_what_is_kept_once_and_a_failing_setup_is_told(
    project: Path, engine: LocalEngine
) -> None:
    made = Environment(setup=("mkdir -p deps && echo x >> deps/made",), keep=("deps",))
    check = Check("uses", "[ $(wc -l < deps/made) = 1 ]", "build")
    _, (step, _) = await verified(engine, project, check, environment=made)
    assert step.status == "ok", step


async def test_a_failing_setup_fails_with_its_own_words(project: Path, engine: LocalEngine) -> None:
    broken = Environment(setup=("echo no such package >&2; exit 3",))
    driver = await begin(engine, start_command(project, EDIT, environment=broken), project)
    state = await driver.until(waits)
    assert (
        "exit 3" in state.open_decisions()[0].title and "no such package" in state.open_decisions()[0].title
    )


async def test_code_that_setup_takes_from_outside_the_slot_stops_the_verification(
    project: Path, engine: LocalEngine, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    leads_out = Environment(setup=(f"mkdir -p deps && ln -sfn {outside} deps/link",), keep=("deps",))
    _, (step, _) = await verified(engine, project, Check("b", "true", "build"), environment=leads_out)
    assert step.status == "failed" and "the slot is not closed" in step.summary
