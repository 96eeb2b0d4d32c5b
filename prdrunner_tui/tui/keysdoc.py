"""docs/keys.md, made from the table of actions: ``python -m prdrunner_tui.tui.keysdoc [--check]``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from prdrunner_tui.tui.actions import ACTIONS, BREAK, BY_ID, GO
from prdrunner_tui.tui.keymap import shown

PAGE = Path("docs/keys.md")
_HEAD = """\
# Keys

This page is made from the program (`python -m prdrunner_tui.tui.keysdoc`); do not edit it. In the cockpit `?` shows the
keys that work where you are, and `:` finds a command by its words.

Your own keys stand in `~/.config/prdrunner/keys.yaml` (`$XDG_CONFIG_HOME`), by action. A list gives several keys,
an empty one none:

```yaml
phase.pause: f5
phase.message: [m, ctrl+t]
layout.chat: []
```
"""


def page() -> str:
    """The text of the page."""
    return "\n".join((_HEAD, *_table(), "", *_menus(), ""))


def _table() -> Iterator[str]:
    yield "| action | keys | where | what |"
    yield "|---|---|---|---|"
    for action in ACTIONS:
        letters = [f"`g` `{letter}`" for letter, id in GO.items() if id == action.id]
        keys = " ".join([*letters, *(f"`{shown(key)}`" for key in action.keys)]) or "none"
        what = action.help + (f" (`prdrunner {action.command}`)" if action.command else "")
        yield f"| {action.id} | {keys} | {', '.join(sorted(action.places)).replace('_', ' ')} | {what} |"


def _menus() -> Iterator[str]:
    letters = ", ".join(f"`{letter}` {BY_ID[id].label}" for letter, id in GO.items())
    yield f"After `g`: {letters}."
    steps = ", ".join(f"`{letter}` {step}" for letter, step in BREAK.items())
    yield ""
    yield f"After `b`, the step before which the phase stops: {steps}."


def main(arguments: list[str]) -> int:
    """Print the page, or say whether the one in docs is fresh."""
    text = page()
    if arguments != ["--check"]:
        sys.stdout.write(text)
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{PAGE} is not fresh: make docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
