"""What single agents do in a way of their own, as their programs really told it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from prdrunner_tui.workers.acp.outcome import Seen
from prdrunner_tui.workers.acp.profile import Profile, from_options, profile
from prdrunner_tui.workers.acp.tools import ToolCalls
from prdrunner_tui.workers.port import PlanEntry, Planned, Update, to_json
from tests.unit.agents.conftest import Bench

CODEX = {
    "call_id": "call_1",
    "turn_id": "01a2",
    "started_at_ms": 1795298071227,
    "command": ["/bin/bash", "-lc", "pytest -q"],
    "cwd": "/w",
    "reason": "the sandbox is too narrow",
    "proposed_execpolicy_amendment": ["/bin/bash", "-lc", "pytest -q"],
    "available_decisions": ["approved", "abort"],
    "parsed_cmd": [{"type": "unknown", "cmd": "pytest -q"}],
}


def told(*updates: dict[str, Any]) -> list[Update]:
    found: list[Update] = []
    calls = ToolCalls(found.append, ["/w"], "k", Seen())
    for update in updates:
        calls.update({"toolCallId": "c", **update})
    return found


def asked(given: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    calls = ToolCalls(lambda u: None, ["/w"], "k", Seen())
    return calls.asked({"toolCallId": "c", "kind": "execute", "status": "pending", "rawInput": given})


def test_rules_judge_a_command_of_codex_in_the_workspace() -> None:
    assert asked(CODEX) == ("command", "pytest -q", ())


@pytest.mark.parametrize(
    "more",
    [{"cwd": "/etc"}, {"cwd": "/w/sub"}, {"additional_permissions": {}}, {"network_approval_context": {}}],
)
def test_rules_judge_no_command_of_codex_that_is_more_than_its_words(more: dict[str, Any]) -> None:
    assert asked({**CODEX, **more})[0] == "tool"


def test_a_permission_of_codex_that_would_outlive_the_run_is_not_offered() -> None:
    assert profile("codex-acp").permissions == {"approved-execpolicy-amendment": "hide"}


def write(exists: object) -> tuple[dict[str, Any], ...]:
    given = {"filePath": "/w/a.py", "content": "x = 1\n"}
    return (
        {"status": "pending", "kind": "edit", "title": "write", "rawInput": {}, "locations": []},
        {"status": "in_progress", "kind": "edit", "rawInput": given, "locations": [{"path": "/w/a.py"}]},
        {
            "status": "completed",
            "title": "a.py",
            "rawOutput": {"output": "Wrote file successfully.", "metadata": {"exists": exists}},
        },
    )


def test_opencode_tells_a_new_file_by_its_input() -> None:
    found = [to_json(u) for u in told(*write(False))]
    assert [u["kind"] for u in found] == ["tool_started", "edited", "tool_ended"]
    assert (found[1]["path"], found[1]["change"], found[1]["added"]) == ("a.py", "added", 1)
    assert found[1]["diff"] == "--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+x = 1\n"


def test_a_file_that_opencode_writes_anew_is_only_named() -> None:
    (edit,) = [u for u in map(to_json, told(*write(True))) if u["kind"] == "edited"]
    assert (edit["path"], edit["change"], edit["diff"]) == ("a.py", "changed", "")


def test_opencode_tells_its_plan_as_the_outcome_of_a_tool() -> None:
    todos = [{"content": "write", "status": "completed"}, {"content": "run", "status": "odd"}, "junk"]
    found = told(
        {"status": "pending", "kind": "other", "title": "todowrite", "rawInput": {}},
        {"status": "completed", "title": "2 todos", "rawOutput": {"metadata": {"todos": todos}}},
    )
    (plan,) = [u for u in found if isinstance(u, Planned)]
    assert plan.entries == (
        PlanEntry("write", "completed"),
        PlanEntry("run", "pending"),
        PlanEntry("", "pending"),
    )


def outside(path: str, directory: str) -> bool:
    calls = ToolCalls(lambda u: None, ["/w"], "k", Seen())
    calls.update({"toolCallId": "c", "kind": "edit", "status": "pending", "title": "write", "rawInput": {}})
    request = {
        "toolCallId": "c",
        "kind": "other",
        "title": directory,
        "locations": [{"path": path}, {"path": directory}],
        "rawInput": {"filepath": path, "parentDir": directory},
    }
    calls.asked(request)
    return calls.writes_only(request, "/r/one/report.json")


def test_opencode_may_leave_the_workspace_for_the_file_of_the_step_and_for_no_other() -> None:
    assert outside("/r/one/report.json", "/r/one")
    assert not outside("/r/one/other.json", "/r/one")
    assert not outside("/r/one/report.json", "/r")
    assert not outside("/r/one/report.json", "/")


def test_gemini_is_told_of_the_directory_of_the_file_that_a_step_wants() -> None:
    gemini = profile("gemini")
    assert gemini.command_line(None) == ["gemini", "--acp"]
    assert gemini.command_line("/r/one/report.json") == ["gemini", "--acp", "--include-directories", "/r/one"]


def test_other_agents_are_started_alike_for_every_turn() -> None:
    mine = from_options({"argv": ["agent", "{directory}"]})
    assert mine == Profile(argv=("agent", "{directory}"))
    assert mine.command_line("/r/one/report.json") == ["agent", "{directory}"]


async def test_the_words_for_the_file_of_a_step_reach_the_program(bench: Bench) -> None:
    program = "import sys; open('argv', 'w').write(' '.join(sys.argv[1:]))"
    options = {"argv": [sys.executable, "-c", program, "a"], "result_argv": ["--to", "{directory}"]}
    report = str(bench.root / "report.json")
    link = await bench.hosts.launch(bench.turn("k", "acp", options, result_file=report))
    await link.result()
    assert (bench.workspace / "argv").read_text() == f"a --to {bench.root}"
