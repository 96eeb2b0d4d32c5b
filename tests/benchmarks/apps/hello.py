"""The smallest useful app: a word and a field to type in. Control and q leaves."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input, Static


class Hello(App[None]):
    """What every Textual app costs."""

    def compose(self) -> ComposeResult:
        """The two."""
        yield Static("hello")
        field = Input()
        field.cursor_blink = False
        yield field


if __name__ == "__main__":
    Hello().run()
