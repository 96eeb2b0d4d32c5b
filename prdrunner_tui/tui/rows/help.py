"""The keys of a place, by what they are for, and those that do nothing now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from prdrunner_tui.tui.actions import Action, Group
from prdrunner_tui.tui.keymap import shown
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.span import Cell, words

_KEYS = 12
_GROUPS: tuple[Group, ...] = ("decide", "act", "edit", "look", "move", "everywhere")


def help_rows(
    actions: Iterable[Action], not_now: Callable[[str], str], width: int, scene: Scene
) -> Sequence[Row]:
    """A row for each action with a key, in exactly ``width`` cells, below its heading. Keys: the ids of the actions.

    Args:
        not_now: says of an action's id why it does nothing at this moment, or nothing.
    """
    told = [(action, not_now(action.id)) for action in actions if action.keys]
    rows: list[Row] = []

    def heading(name: str) -> None:
        rows.append(Row(("heading", name), scene.fit(words(f" {name}", "muted"), width), False))

    def add(action: Action, text: str, *, works: bool) -> None:
        keys = words(_keys(action), "key" if works else "key.disabled")
        line = [Cell(words(" "), 0), Cell(keys, _KEYS), Cell(scene.foreign(text), width - _KEYS - 2)]
        rows.append(Row(action.id, scene.columns(line, width)))

    for group in _GROUPS:
        here = [action for action, why in told if action.group == group and not why]
        if here:
            heading(group.upper())
        for action in here:
            add(action, action.help, works=True)
    if any(why for _, why in told):
        heading("NOT NOW")
    for action, why in told:
        if why:
            add(action, f"{action.label}: {why}", works=False)
    return rows


def _keys(action: Action) -> str:
    """The keys of an action; a row of digits by its ends."""
    keys = action.keys
    if len(keys) > 1 and all(key.isdecimal() for key in keys):
        return f"{keys[0]}-{keys[-1]}"
    return " ".join(map(shown, keys))
