"""The linear workflow in a real repository, by a recording."""

from __future__ import annotations

from pathlib import Path

from prdrunner_tui.embed.local import LocalEngine
from tests.engine.conftest import begin, git, over, start_command, waits

TWO_ITERATIONS = """\
recording: two iterations
default:
  implement:
    1:
      - talk: I begin
      - edit: {path: calc.py, write: "def add(a, b):\\n    return a - b\\n"}
    2:
      - edit: {path: calc.py, write: "def add(a, b):\\n    return b + a\\n"}
"""


async def test_a_phase_is_repaired_in_iteration_2_approved_committed_and_published(
    project: Path, engine: LocalEngine
) -> None:
    before = git(project, "status", "--porcelain"), git(project, "rev-parse", "HEAD"), git(project, "branch")
    driver = await begin(engine, start_command(project, TWO_ITERATIONS), project)
    state = await driver.until(waits)
    assert [d.kind for d in state.open_decisions()] == ["review"], state.phases["one"].steps
    verify = [step for step in state.phases["one"].steps if step.name == "verify"]
    assert [step.status for step in verify] == ["failed", "ok"]
    await driver.decide()
    state = await driver.until(over)
    assert state.run is not None and state.run.status == "done", state.run
    assert git(project, "show", "prdrunner/run-1:calc.py") == "def add(a, b):\n    return b + a"
    assert git(project, "log", "-1", "--format=%an <%ae>", "prdrunner/run-1") == "Ada <ada@example.org>"
    after = git(project, "status", "--porcelain"), git(project, "rev-parse", "HEAD"), git(project, "branch")
    assert after[:2] == before[:2]
