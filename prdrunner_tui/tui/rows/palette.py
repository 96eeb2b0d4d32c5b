"""The palette: every action by its words, with its key and the command line that does the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from prdrunner_tui.tui.actions import Action, Group
from prdrunner_tui.tui.keymap import shown
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.span import Cell, words

_KEY = 9
_COMMAND = 40
_LEAST = 40
_GROUPS: tuple[Group, ...] = ("decide", "act", "look", "edit", "everywhere", "move")


def offered(actions: Iterable[Action], text: str, places: Collection[str]) -> list[Action]:
    """The actions that hold every word of a text, those that work at the places first, and verbs before moves.

    Keys of a text field are left out: they mean nothing without one. So is the palette itself.
    """
    wanted = text.casefold().split()
    found = [
        action
        for action in actions
        if action.id != "palette.open"
        and action.places != {"text"}
        and all(word in _searched(action) for word in wanted)
    ]
    return sorted(found, key=lambda action: (not action.places & set(places), _GROUPS.index(action.group)))


def elsewhere(action: Action, places: Collection[str]) -> str:
    """Where an action works when it does not work at the places; empty when it does."""
    if action.places & set(places):
        return ""
    return f"only in {', '.join(sorted(action.places)).replace('_', ' ')}"


def palette_rows(
    actions: Sequence[Action], why_not: Callable[[Action], str], width: int, scene: Scene
) -> Sequence[Row]:
    """A row for each action: key, what it does, and its command line, or why it cannot be done here and now."""
    command = min(_COMMAND, max(0, width - _KEY - _LEAST - 4))
    rows = []
    for action in actions:
        why = why_not(action)
        token = "muted" if why else "text"
        line = f"prdrunner {action.command}" if action.command else ""
        cells = [
            Cell(words(" "), 0),
            Cell(words(shown(action.keys[0]) if action.keys else "", "key.disabled" if why else "key"), _KEY),
            Cell(words(action.help, token), width - _KEY - command - 5),
            Cell(scene.foreign(why or line, "muted"), command),
        ]
        rows.append(Row(action.id, scene.columns(cells, width)))
    return rows


def _searched(action: Action) -> str:
    return f"{action.label} {action.help} {action.id} {action.command}".casefold()
