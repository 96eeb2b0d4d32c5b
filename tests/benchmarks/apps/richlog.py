"""``python -m tests.benchmarks.apps.richlog COMMAND ...``: an app with Textual's own log of what a command puts out."""

from __future__ import annotations

import asyncio
import sys

from textual.app import App, ComposeResult
from textual.widgets import Input, RichLog


class LogApp(App[None]):
    """A log that follows, and a field to type in."""

    CSS = "RichLog { height: 1fr; }"

    def compose(self) -> ComposeResult:
        """The two."""
        yield RichLog(max_lines=100_000)
        field = Input()
        field.cursor_blink = False
        yield field

    def on_mount(self) -> None:
        """Begin to read."""
        self.query_one(Input).focus()
        self.run_worker(self.read())

    async def read(self) -> None:
        """Write each line of the command into the log."""
        log = self.query_one(RichLog)
        process = await asyncio.create_subprocess_exec(
            *sys.argv[1:], stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        rest = b""
        while chunk := await process.stdout.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                log.write(line.decode())


if __name__ == "__main__":
    LogApp().run()
