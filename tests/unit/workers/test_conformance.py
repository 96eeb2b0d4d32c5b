"""All adapters pass the port's suite, and the suite sees an adapter that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.workers.conformance import Case, violations
from prdrunner_tui.workers.port import Capabilities, Host, Planned, Turn, TurnResult
from prdrunner_tui.workers.registry import ADAPTERS, create
from tests.unit.workers.acp.conftest import scripted


def recording(actions: str) -> dict[str, object]:
    return {"recording": f"default:\n  implement: [{actions}]\n", "speed": 0}


OPTIONS = {
    "acp": (
        scripted(
            {"say": "hi"},
            {"plan": ["a"]},
            {"run": {"command": "true", "ask": True}},
            {"update": {"sessionUpdate": "usage_update", "used": 3, "size": 9}},
            {"extra": {"usage": {"inputTokens": 3, "outputTokens": 4}}},
            options={"usage": "claude"},
        ),
        scripted({"error": {"code": -32603, "message": "no"}}),
        scripted("silence", second="join", options={"steer": "inject"}),
    ),
    "command": ({"command": "cat; echo done"}, {"command": "exit 3"}, {"command": "sleep 60"}),
    "scripted": (
        recording(
            "{talk: hi}, {plan: [a]}, {usage: {input: 3, cost_usd: 0.1}}, {permission: rm}, {ask: why}"
        ),
        recording("{fail: because}"),
        recording("hang"),
    ),
}


def case(name: str, tmp_path: Path) -> Case:
    workspace, scratch = tmp_path / "w", tmp_path / "s"
    workspace.mkdir()
    scratch.mkdir()
    ending, failing, hanging = OPTIONS[name]
    return Case(lambda options: create(name, options), ending, failing, hanging, workspace, scratch)


@pytest.mark.parametrize("name", sorted(ADAPTERS))
async def test_an_adapter_conforms(name: str, tmp_path: Path) -> None:
    assert await violations(case(name, tmp_path)) == []


class Liar:
    """Ends every turn well, plans without saying so, and does not end when cancelled."""

    capabilities = Capabilities()

    async def run(self, turn: Turn, host: Host) -> TurnResult:
        host.emit(Planned(()))
        if "hang" in turn.options:
            await host.sleep(0.5)
        return TurnResult("ended")


async def test_the_suite_sees_an_adapter_that_lies(tmp_path: Path) -> None:
    made = case("command", tmp_path)
    wrong = await violations(
        Case(lambda options: Liar(), {}, {}, {"hang": True}, made.workspace, made.scratch)
    )
    assert "plan_updates is done but not declared" in wrong
    assert "failing: a failed turn is told as ended" in wrong
    assert "hanging: a cancelled turn is told as ended" in wrong
