"""The cockpit without a terminal, over a real engine, by both ways to reach one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from prdrunner_tui.client.socket import connect
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.engine.control import ControlServer
from prdrunner_tui.kernel.commands import Decide, Refusal
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.kernel.state import Decision, RunState
from prdrunner_tui.tui.app import CockpitApp
from prdrunner_tui.tui.keymap import Keymap
from prdrunner_tui.tui.screens.decision import DecisionScreen
from prdrunner_tui.tui.target import Target, target_of
from prdrunner_tui.wire.client import EngineClient
from tests.engine import conftest as real
from tests.tui.listapp import skin

SIZES = [(80, 24), (120, 40), (200, 60)]
PATIENCE = 30.0
"""Seconds until a test gives up waiting."""

EDITS = """\
recording: an edit for each phase and iteration
default:
  implement:
    default:
      - talk: "I begin iteration {iteration} of {phase}"
      - command: printf 'x = "%s %s"\\n' "$PRDRUNNER_PHASE" "$PRDRUNNER_ITERATION" >> calc.py
      - talk: "I end"
"""
BUSY = """\
recording: an agent that waits for words, again and again
default:
  implement:
    default:
      - talk: "I wait for words"
      - wait_message
      - talk: "heard {message}"
      - command: printf 'x = 1\\n' >> calc.py
      - wait_message
"""
project = real.project


class Watched:
    """A client of an engine that notes what was asked and given."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.given: list[Any] = []

    async def query(self, run: str, what: str, args: Mapping[str, Any]) -> Any:
        self.asked.append((what, dict(args)))
        return await self.client.query(run, what, args)

    async def submit(self, run: str, command: Any) -> Any:
        self.given.append(command)
        return await self.client.submit(run, command)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)


@dataclass
class Shown:
    """A cockpit on a screen, and the engine behind it."""

    stage: Stage
    app: CockpitApp
    pilot: Pilot[int]

    @property
    def state(self) -> RunState:
        return self.app.state

    @property
    def client(self) -> Watched:
        return self.stage.watched[-1]

    @property
    def text(self) -> str:
        return "\n".join(screen_text(self.app))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Send characters as fast as a paste does, and let them be handled."""
        names = {"\n": "enter", " ": "space", "\x1b": "escape", "\t": "tab"}
        for character in text:
            event = events.Key(
                names.get(character, character), character if character.isprintable() else None
            )
            event.set_sender(self.app)
            self.app.post_message(event)
        await self.until(lambda: self.app._message_queue.empty() and not self.app.typed_ahead)
        await self.pilot._wait_for_screen()

    async def until(self, holds: Callable[[], object]) -> None:
        await until(self.pilot, holds)

    async def sees(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        try:
            await self.until(lambda: all(text in self.text for text in texts))
        except AssertionError:
            missing = [text for text in texts if text not in self.text]
            raise AssertionError(f"{missing} never came:\n{self.text}") from None

    async def review(self) -> Decision:
        """Wait for the oldest decision."""
        await self.until(lambda: self.state.open_decisions())
        return self.state.open_decisions()[0]

    async def hears(self) -> None:
        """Wait until the screen on top takes keys that decide."""
        await self.until(lambda: self.app.top is not None and self.app.top.ready)

    async def open_review(self) -> DecisionScreen:
        """Open the oldest decision and wait until it takes verdicts."""
        await self.review()
        await self.press("I")
        await self.until(lambda: isinstance(self.app.screen, DecisionScreen) and self.app.screen.ready)
        screen = self.app.screen
        assert isinstance(screen, DecisionScreen)
        return screen


@dataclass
class Stage:
    """An engine of a repository, one way to reach it, and who did."""

    project: Path
    way: str
    engine: LocalEngine | None = None
    server: ControlServer | None = None
    clients: list[Any] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)

    async def open(self) -> LocalEngine:
        """The engine, started when there is none."""
        if self.engine is None:
            self.engine = await LocalEngine.open(self.project)
            self.server = ControlServer(self.engine.engine, self.engine.engine.state.socket, lambda: None)
            await self.server.open()
        return self.engine

    async def connect(self) -> Any:
        """Another client."""
        engine = await self.open()
        client: Any = engine.client() if self.way == "local" else await connect(engine.engine.state.socket)
        self.clients.append(client)
        return client

    async def watch(self) -> Any:
        """A client for the cockpit."""
        self.watched.append(Watched(await self.connect()))
        return self.watched[-1]

    async def end(self) -> None:
        """End the engine while front ends are attached."""
        if self.engine is not None and self.server is not None:
            await self.server.close("the program ended")
            await self.engine.close()
            self.engine = self.server = None

    async def close(self) -> None:
        """Leave nothing open."""
        for client in self.clients:
            await client.close()
        await self.end()

    async def other_decides(self, decision: Decision, verb: Any, reason: str = "") -> Refusal | int:
        """Another front end decides."""
        client = await self.connect()
        command = Decide(decision.id, verb, decision.content_hash, real.ADA, reason)
        answer: Refusal | int = await client.submit("run-1", command)
        return answer

    @asynccontextmanager
    async def cockpit(
        self, recording: str = EDITS, *, size: tuple[int, int] = (80, 24), start: bool = True, **changes: Any
    ) -> AsyncIterator[Shown]:
        """Start a run (phases ``one`` and ``two`` unless told) and show it."""
        if start:
            changes.setdefault("phases", (PhasePlan("one", "Feature one"), PhasePlan("two", "Feature two")))
            command = real.start_command(self.project, recording, **changes)
            client = await self.connect()
            assert await client.start(command, str(self.project / "prd.md")) == "run-1"
        target = Target("project", "run-1", self.watch, target_of(self.project, "run-1").patch)
        app = CockpitApp(target, skin(), Keymap())
        async with app.run_test(size=size) as pilot:
            shown = Shown(self, app, pilot)
            await shown.until(lambda: app.state.run is not None)
            yield shown


@pytest.fixture(params=["local", "socket"])
async def stage(request: pytest.FixtureRequest, project: Path) -> AsyncIterator[Stage]:
    """An engine in this process, reached within it or by its socket."""
    made = Stage(project, request.param)
    yield made
    await made.close()


@pytest.fixture
def cockpit(stage: Stage) -> Callable[..., Any]:
    """Shows a run: ``async with cockpit(RECORDING, size=(80, 24)) as shown``."""
    return stage.cockpit


async def until(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Wait until something holds; what is on the screen is in the failure."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came:\n" + "\n".join(screen_text(pilot.app))
        assert pilot.app._exception is None, pilot.app._exception
        await asyncio.sleep(0.005)
        await pilot._wait_for_screen()


def screen_text(app: Any) -> list[str]:
    """The rows of the screen, from the compositor."""
    return [strip.text for strip in app.screen._compositor.render_strips()]
