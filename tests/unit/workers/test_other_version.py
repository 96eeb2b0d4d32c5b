"""A run that another version of prdrunner began: what it kept of its workers still makes one, and never a freer one."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.acp.profile import Profile, from_options, left_out, profile
from prdrunner_tui.workers.conformance import Case, LocalHost
from prdrunner_tui.workers.port import Noted, Turn
from prdrunner_tui.workers.registry import create


def test_what_an_older_version_did_not_keep_gets_its_default() -> None:
    bare = from_options({"argv": ["agent"]})
    assert bare == Profile(argv=("agent",)) and left_out({"argv": ["agent"]}) == ()
    assert from_options({"profile": "qwen"}) == profile("qwen")
    assert create("acp", {"argv": ["agent"]}).capabilities.steer == "restart"


def test_what_only_another_version_knows_is_left_out() -> None:
    options = {"profile": "qwen", "mode": "plan", "colour": "blue", "warmup_turns": 2}
    assert left_out(options) == ("colour", "warmup_turns")
    assert from_options(options) == from_options({"profile": "qwen", "mode": "plan"})


async def test_the_turn_says_in_its_log_what_was_left_out(tmp_path: Path) -> None:
    options = {"argv": ["/no/such/agent"], "colour": "blue", "warmup_turns": 2}
    host = LocalHost(Case(lambda given: create("acp", given), {}, {}, {}, tmp_path, tmp_path))
    turn = Turn("k", "r", "one", "implement", 1, str(tmp_path), "p", None, options=options)
    worker = create("acp", options)
    try:
        result = await worker.run(turn, host)
    finally:
        await host.close()
    words = "this prdrunner does without what the run's options say of 'colour', 'warmup_turns'"
    assert host.updates[0] == Noted(words, "warning")
    assert result.outcome == "failed" and worker.capabilities == create("acp", {"argv": ["x"]}).capabilities


@pytest.mark.parametrize(
    "key",
    [
        "deny_tools",
        "permission_rules",
        "allowed",
        "sandbox",
        "network",
        "approvalPolicy",
        "maxToolCalls",
        "PATHS",
    ],
)
def test_what_may_restrict_an_agent_is_never_left_out(key: str) -> None:
    options = {"argv": ["agent"], key: ["x"]}
    assert left_out(options) == ()
    for make in (from_options, lambda given: create("acp", given)):
        with pytest.raises(Problem) as caught:
            make(options)
        assert f"an agent profile has no '{key}'" in str(caught.value) and caught.value.hint


@pytest.mark.parametrize("key", ["stear", "resumes", "command", "script", "name"])
def test_a_mistake_is_none_of_another_version(key: str) -> None:
    assert left_out({"argv": ["agent"], key: "x"}) == ()
    with pytest.raises(Problem, match=key):
        from_options({"argv": ["agent"], key: "x"})
