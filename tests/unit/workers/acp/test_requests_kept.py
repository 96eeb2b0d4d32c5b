"""Requests that an agent tells of are kept with the result of its turn, however that ends."""

from __future__ import annotations

from typing import Any

import pytest

from prdrunner_tui.projections.requests import RequestFacts, TurnRequests
from prdrunner_tui.steps.requests import read_requests
from tests.unit.agents.conftest import Bench
from tests.unit.workers.acp.conftest import scripted
from tests.unit.workers.acp.test_turns import turn


def request(into: int, out: int) -> dict[str, Any]:
    """As qwen tells it: in a message without text."""
    update = {
        "sessionUpdate": "agent_message_chunk",
        "content": {"type": "text", "text": ""},
        "_meta": {"usage": {"inputTokens": into, "outputTokens": out, "cachedReadTokens": 0}},
    }
    return {"update": update}


@pytest.mark.parametrize("end", [{"say": "done"}, {"die": 3}])
async def test_each_request_is_kept(bench: Bench, end: dict[str, Any]) -> None:
    told = [request(1234, 56), request(2000, 7), end]
    link, result = await turn(bench, scripted(*told, options={"usage": "qwen"}))
    assert result.usage is not None and (result.usage.input, result.usage.output) == (3234, 63)
    kept = (RequestFacts(1234, 56, 0), RequestFacts(2000, 7, 0))
    assert read_requests(link.directory.parent, "k", {}) == TurnRequests("each", kept)
    assert all(not update["requests"] for update in bench.kinds("usage"))
