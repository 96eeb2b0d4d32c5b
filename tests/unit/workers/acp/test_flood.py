"""An agent that asks without end: a person sees some of it, and is told once that there is more."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from prdrunner_tui.workers.acp.client import Client
from prdrunner_tui.workers.acp.profile import from_options
from prdrunner_tui.workers.acp.usage import READERS
from prdrunner_tui.workers.port import Asked, Host, Noted, Permission, PermissionAsked, Turn, Update

OPTIONS = [{"optionId": "y", "name": "Yes", "kind": "allow_once"}]
QUESTION = {"kind": "think", "rawInput": {"questions": [{"question": "Which day?"}]}}
COMMAND = {"kind": "execute", "rawInput": {"command": "make"}}
WITHDRAWN = {"outcome": {"outcome": "cancelled"}}


class Person:
    """A host whose person answers when told to."""

    def __init__(self) -> None:
        self.told: list[Update] = []
        self.asked: list[asyncio.Future[Any]] = []

    def emit(self, update: Update) -> None:
        self.told.append(update)

    def now(self) -> float:
        return 0.0

    async def ask(self, asked: Asked) -> Any:
        return await self._wait()

    async def permission(self, asked: PermissionAsked) -> Any:
        return await self._wait()

    async def _wait(self) -> Any:
        self.asked.append(asyncio.get_running_loop().create_future())
        return await self.asked[-1]


@pytest.mark.parametrize(("call", "answer"), [(QUESTION, "today"), (COMMAND, Permission(True))])
async def test_at_most_twenty_wait_at_once_and_the_rest_is_answered(call: Any, answer: Any) -> None:
    person = Person()
    turn = Turn("k", "r1", "phase-1", "implement", 1, "/w", "do it", None)
    profile = from_options({"argv": ["x"], "questions": "answers"})
    made = Client(cast(Host, person), profile, READERS["opencode"](), ["/w"], turn)
    made.live = True

    def requests(begin: int, end: int) -> list[asyncio.Task[Any]]:
        calls = [{"toolCall": {**call, "toolCallId": f"t{n}"}, "options": OPTIONS} for n in range(begin, end)]
        return [asyncio.ensure_future(made.handle("session/request_permission", one)) for one in calls]

    flood = requests(0, 300)
    async with asyncio.timeout(10):
        while sum(task.done() for task in flood) < 280:
            await asyncio.sleep(0)
    done, waiting = await asyncio.wait(flood, timeout=0)
    assert len(person.asked) == len(waiting) == 20
    assert all(task.result() == WITHDRAWN for task in done)
    notes = [update.text for update in person.told if isinstance(update, Noted)]
    assert notes == ["the agent asks for more than 20 things at once; the rest is not asked"]
    for future in person.asked:
        future.set_result(answer)
    assert all(one["outcome"]["outcome"] == "selected" for one in await asyncio.gather(*waiting))
    (again,) = requests(300, 301)
    await asyncio.wait((again,), timeout=0.01)
    assert len(person.asked) == 21, "what was answered makes room"
    made.withdraw()
    assert await again == WITHDRAWN
