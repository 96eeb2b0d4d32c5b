"""A small app on the cockpit's driver, with everything that the terminal tests want to see done.

Keys: Q quits, E exits with 7, X raises, Z suspends, F repaints everything all the time, P does so at the pace of the
terminal, B blocks the loop for ever, T lets a thread and a task fail, H makes the end of the app hang; others show.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from pathlib import Path

from textual import constants, events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from prdrunner_tui.tui.crash import run_app
from prdrunner_tui.tui.driver import CockpitDriver

SENTINEL = "hunter2-in-a-local-variable"


def tell(name: str, text: str = "") -> None:
    """Leave a file where the test looks for it."""
    if folder := os.environ.get("HELLO_DIR"):
        (Path(folder) / name).write_text(text)


def fail() -> None:
    """Raise with the sentinel in a local variable and in the message."""
    password = SENTINEL
    raise ValueError(password)


async def fail_later() -> None:
    """Raise when the task is cancelled, which is when the loop ends."""
    try:
        await asyncio.Event().wait()
    finally:
        fail()


class Lines(Widget, can_focus=True):
    """Row 0 shows what was typed; the others are filled with a number that changes while it floods."""

    DEFAULT_CSS = "Lines { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.typed = ""
        self.frame = 0

    def render_line(self, y: int) -> Strip:
        from rich.segment import Segment

        head = f"typed:[{self.typed}]"
        text = head if y == 0 else f"{self.frame:08d} " * 40
        width = self.size.width
        return Strip([Segment(text[:width].ljust(width))], width)

    def tick(self) -> None:
        self.frame += 1
        driver = getattr(self.app, "cockpit_driver", None)
        if driver is not None and driver.writer.dropping:
            tell("dropping", str(self.frame))
            if "until-dropped" in self.app.options:  # type: ignore[attr-defined]
                self.flood.stop()
        self.refresh()

    def paced(self) -> None:
        """Repaint at the pace of the terminal, for ever."""
        self.tick()
        self.app.cockpit_driver.pacing.request(self.paced)  # type: ignore[attr-defined]

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        match event.key:
            case "Q":
                tell("quitting")
                self.app.exit()
            case "E":
                self.app.exit(return_code=7)
            case "X":
                password = SENTINEL
                raise ValueError("a fault in a handler", len(password))
            case "Z":
                self.app.action_suspend_process()
            case "F":
                self.flood = self.set_interval(0.005, self.tick)
            case "P":
                self.paced()
            case "B":
                tell("blocked")
                threading.Event().wait()
            case "H":
                self.app.hangs = True  # type: ignore[attr-defined]
            case "T":
                threading.Thread(target=fail).start()
                self.failing = asyncio.create_task(fail_later())
            case "enter":
                self.typed += "<enter>"
                self.refresh(Region(0, 0, self.size.width, 1))
            case key:
                self.typed += event.character if event.is_printable and event.character else f"<{key}>"
                self.refresh(Region(0, 0, self.size.width, 1))


class Hello(App[None]):
    """Shows `Lines`, and counts how long its loop was away."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = "Lines"

    def __init__(self, options: list[str]) -> None:
        super().__init__(driver_class=None if "stock" in options else CockpitDriver)
        self.options = options
        self.hangs = False
        self.cockpit_driver: CockpitDriver
        self.worst = 0.0

    def compose(self) -> ComposeResult:
        if "late" in self.options:
            yield Static("wait", id="wait")
        else:
            yield Lines()

    def on_mount(self) -> None:
        if "late" in self.options:
            self.cockpit_driver.hold_input()
            self.set_timer(0.2, self.come)
        if "gaps" in self.options:
            self._measuring = asyncio.create_task(self.measure())

    async def come(self) -> None:
        """The screen that was waited for is there."""
        await self.query_one("#wait").remove()
        await self.mount(Lines())
        self.query_one(Lines).focus()
        self.cockpit_driver.release_input()

    def on_key(self, event: events.Key) -> None:
        """Keys that reach no widget."""
        self.query_one("#wait", Static).update("reached too early")

    async def measure(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.005)
            self.worst = max(self.worst, time.monotonic() - began - 0.005)

    async def on_unmount(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if "gaps" in self.options:
            self._measuring.cancel()

    async def action_quit(self) -> None:
        self.exit()


def run(options: list[str]) -> int:
    """Run it; counters go into ``stats.json``, which `tell` writes."""
    print("before the app", flush=True)
    if "faulty-import" in options:
        raise RuntimeError(SENTINEL)
    app = Hello(options)
    CockpitDriver.patience = 0.3 if "impatient" in options else CockpitDriver.patience
    code = run_app(app) if "stock" not in options else (app.run(), app.return_code or 0)[1]
    found: dict[str, object] = {"worst": app.worst, "fps": constants.MAX_FPS}
    if driver := getattr(app, "cockpit_driver", None):
        found |= {
            "dropped": driver.writer.dropped,
            "peak": driver.writer.peak,
            "ack": driver.pacing.pacer.ack.value,
            "round trip": driver.pacing.pacer.round_trip,
            "interval": driver.pacing.pacer.interval,
        }
    tell("stats.json", json.dumps(found))
    return code
