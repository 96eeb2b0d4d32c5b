"""What is longer than a line of the socket breaks no connection."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prdrunner_tui.client.socket import connect
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.engine.control import ControlServer, _news_lines
from prdrunner_tui.engine.queries import QUERIES
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.events import MessageSent, Recorded
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.wire.client import Gone, News, Resync, RunEvent, Signal, Snapshot
from prdrunner_tui.wire.protocol import MAX_LINE
from tests.engine.conftest import ADA, begin, start_command, waits
from tests.engine.test_control_socket import server

__all__ = ["server"]


def said(seq: int, run: str = "run-1", size: int = 1) -> RunEvent:
    return RunEvent(run, Recorded(seq, 1.0, MessageSent(f"m{seq}", "one", "message", "x" * size, ADA)))


def test_an_event_that_is_too_long_is_attached_to_anew_and_a_notice_is_left_out() -> None:
    long = Signal("run-1", "one", "planned", {"text": "x" * MAX_LINE})
    short = Signal("run-1", "one", "said", {"text": "x"})
    news: list[News] = [
        said(1),
        long,
        said(2, size=MAX_LINE),
        short,
        said(3),
        said(7, "run-2"),
        Resync("run-3", 4),
        Gone("why"),
    ]
    told = [json.loads(line) for line in _news_lines(news)]
    kinds = [next(iter(line)) for line in told]
    assert kinds == ["event", "resync", "signal", "event", "resync", "gone"]
    assert told[1]["resync"] == {"run": "run-1", "after": 1}
    assert (told[3]["event"]["run"], told[3]["event"]["seq"]) == ("run-2", 7)


async def test_an_answer_that_is_too_long_is_a_refusal(
    project: Any, engine: LocalEngine, server: ControlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def much(hosted: Any, args: Any) -> str:
        return "x" * MAX_LINE

    monkeypatch.setitem(QUERIES, "decision", much)
    driver = await begin(engine, start_command(project, ""), project)
    client = await connect(engine.engine.state.socket)
    try:
        refused = await client.query(driver.run, "decision", {})
        assert isinstance(refused, Refusal) and refused.message.startswith("the answer is too long")
        assert await client.query(driver.run, "alive", {}) == {}
        assert isinstance(await client.attach(driver.run), Snapshot)
    finally:
        await client.close()


@pytest.mark.parametrize(
    "program",
    ["for n in range(150): print('x' * 10_000)", "print(chr(1) * 250_000, end='')"],
    ids=["long lines", "one that has not ended"],
)
async def test_what_an_agent_puts_out_can_be_looked_at(
    project: Any, engine: LocalEngine, server: ControlServer, program: str
) -> None:
    worker = WorkerChoice("command", {"command": f'python3 -c "{program}"; echo "# x" >> calc.py'})
    driver = await begin(engine, start_command(project, "", workers={"implement": worker}), project)
    state = await driver.until(waits)
    key = next(e.key for step in state.phases["one"].steps for e in step.effects if e.kind == "turn")
    client = await connect(engine.engine.state.socket)
    try:
        answer = await client.query("run-1", "log", {"key": key, "first": -120, "count": 121})
        assert not isinstance(answer, Refusal), answer
        assert max(len(text) for _, _, text in answer["lines"]) > 8000
        assert await client.query("run-1", "alive", {}) == {}
    finally:
        await client.close()
