"""The palette: every action by its words, with its key and the command line that does the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from prdrunner_tui.tui.actions import ALSO, GO, Action, Group
from prdrunner_tui.tui.keymap import shown
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.span import Cell, width_of, words

_KEY = 9
_COMMAND = 40
_LEAST = 40
_GAPS = 6
"""Cells between the columns and before the first one."""
_LEAST_HELP = 18
"""Cells that what an action does keeps beside a long reason."""
_LETTERS = {id: letter for letter, id in GO.items()}
_NAMES: Mapping[str, str] = {"numbers": "metrics", "breaks": "breakpoints", "new_breakpoint": "breakpoints"}
"""Places under the names that people read on them."""
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
    named = {_NAMES.get(place, place.replace("_", " ")) for place in action.places}
    return f"only in {', '.join(sorted(named))}"


def palette_rows(
    actions: Sequence[Action], why_not: Callable[[Action], str], width: int, scene: Scene, *, go: str = "g"
) -> Sequence[Row]:
    """A row for each action: key, what it does, and its command line, or why it cannot be done here and now.

    Where there is little room a reason is told whole, and what the action does is cropped.

    Args:
        go: the key before a letter of the screens.
    """
    command = min(_COMMAND, max(0, width - _KEY - _LEAST - _GAPS))
    rows = []
    for action in actions:
        why = why_not(action)
        token = "muted" if why else "text"
        line = f"prdrunner {action.command}" if action.command else ""
        end = scene.foreign(why or line, "muted")
        most = width - _KEY - _GAPS - min(len(action.help), _LEAST_HELP)
        room = max(command, min(most, width_of(end))) if end else 0
        cells = [
            Cell(words(" "), 0),
            Cell(words(_key(action, go), "key.disabled" if why else "key"), _KEY),
            Cell(words(action.help, token), max(0, width - _KEY - room - _GAPS)),
            Cell(end, room),
        ]
        rows.append(Row(action.id, scene.columns(cells, width)))
    return rows


def _key(action: Action, go: str) -> str:
    """The first key of an action as a person reads it, or the two keys that go to a screen."""
    if action.keys:
        return shown(action.keys[0])
    letter = _LETTERS.get(action.id, "")
    return f"{go} {letter}" if letter and go else ""


def _searched(action: Action) -> str:
    also = " ".join(ALSO.get(action.id, ()))
    return f"{action.label} {action.help} {action.id} {action.command} {also}".casefold()
