"""A real agent asks the person a question with a tool of its own, and hears the answer."""

from __future__ import annotations

import pytest

from tests.agents.conftest import Real
from tests.agents.model_server import Ask, Reply
from tests.unit.agents.conftest import wait_until

DAY = {
    "question": "Does until include the day itself?",
    "header": "Day",
    "options": [
        {"label": "yes", "description": "up to midnight"},
        {"label": "no", "description": "it ends the day before"},
    ],
    "multiSelect": False,
}


@pytest.mark.parametrize("real", ["qwen"], indirect=True)
async def test_an_agent_asks_and_hears_the_answer(real: Real) -> None:
    def script(ask: Ask) -> Reply:
        if not ask.round:
            return Reply("One question.", calls=[("ask_user_question", {"questions": [DAY]})])
        heard.append(ask.mentions("**Day**: no"))
        return Reply("Thank you.")

    heard: list[bool] = []
    real.script = script
    link = await real.launch()
    (asked,) = await wait_until(lambda: real.bench.kinds("asked"), 30.0)
    assert asked["question"] == DAY["question"]
    assert asked["choices"] == ["yes: up to midnight", "no: it ends the day before"]
    link.answer(asked["id"], "no: it ends the day before")
    result = await link.result()
    assert (result.outcome, result.reason) == ("ended", "the agent ended its turn")
    assert heard == [True] and "Thank you." in real.said()
    assert not real.bench.kinds("permission_asked")
