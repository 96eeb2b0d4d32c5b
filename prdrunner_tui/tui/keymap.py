"""Which key does what, with the user's own keys on top; and keys as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prdrunner_tui.text.places import config_dir
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import Document, read_yaml
from prdrunner_tui.tui.actions import ACTIONS, Action

_NAMES: Mapping[str, str] = {
    "full_stop": ".",
    "comma": ",",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "plus": "+",
    "minus": "-",
    "underscore": "_",
    "equals_sign": "=",
    "question_mark": "?",
    "colon": ":",
    "semicolon": ";",
    "slash": "/",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
}
_KEYS = {shown: name for name, shown in _NAMES.items()}
_WHOLE = frozenset(
    ("enter", "tab", "space", "up", "down", "left", "right", "home", "end", "delete", "insert", "backspace")
    + tuple(_NAMES)
    + tuple(f"f{number}" for number in range(1, 13))
)
_MODIFIERS = ("ctrl+", "alt+", "shift+")


def shown(key: str) -> str:
    """A key as a person reads it: ``.`` for ``full_stop``, ``esc``, ``ctrl+p``."""
    return _NAMES.get(key, key)


@dataclass(frozen=True, slots=True)
class Keymap:
    """The actions with their keys.

    Attributes:
        actions: in the order of the table.
    """

    actions: tuple[Action, ...] = ACTIONS

    def find(self, key: str, places: Iterable[str]) -> Action | None:
        """What a key does; the places are asked in turn, so the most special one comes first."""
        for place in places:
            for action in self.actions:
                if place in action.places and key in action.keys:
                    return action
        return None

    def shown_as(self, key: str, places: Iterable[str]) -> Action | None:
        """As `find`, by what a person reads of a key."""
        for place in places:
            for action in self.actions:
                if place in action.places and key in map(shown, action.keys):
                    return action
        return None

    def get(self, id: str) -> Action:
        """The action of an id. Raises KeyError when there is none."""
        return next(action for action in self.actions if action.id == id)

    def key(self, id: str) -> str:
        """The first key of an action as a person reads it, empty where it has none."""
        keys = self.get(id).keys
        return shown(keys[0]) if keys else ""


def user_file(environ: Mapping[str, str] | None = None) -> Path:
    """``$XDG_CONFIG_HOME/prdrunner/keys.yaml``, else below ``~/.config``. It need not exist."""
    return config_dir(environ) / "keys.yaml"


def load_keymap(path: Path) -> Keymap:
    """The keymap of a user: ``action.id: key`` or a list of keys; an empty list takes the keys away.

    Raises:
        Problem: the file names what is no action or no key, or one key twice for one place.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Keymap()
    except OSError as error:
        raise Problem(f"it cannot be read: {error.strerror}", where=str(path)) from None
    document = read_yaml(data, name=str(path))
    content = {} if document.value is None else document.value
    if not isinstance(content, dict):
        raise Problem("this is no keymap", where=document.where(()), hint="phase.pause: p")
    known = {action.id: action for action in ACTIONS}
    for id, value in content.items():
        if id not in known:
            hint = did_you_mean(id, known) or "docs/keys.md lists the actions"
            raise Problem(f"there is no action {id[:60]!r}", where=document.where((id,), key=True), hint=hint)
        known[id] = replace(known[id], keys=_keys(document, id, value))
        _refuse_slips(document, id, known[id].keys)
    keymap = Keymap(tuple(known.values()))
    _refuse_twice(keymap, document, frozenset(content))
    return keymap


def _keys(document: Document, id: str, value: object) -> tuple[str, ...]:
    keys = value if isinstance(value, list) else [value]
    return tuple(_key(document.where((id,)), key) for key in keys)


def id_decides(id: str) -> bool:
    """Whether an action decides something."""
    return id.startswith(("decide.", "leave."))


def _refuse_slips(document: Document, id: str, keys: tuple[str, ...]) -> None:
    """Nothing is decided by a key that everybody presses without looking."""
    wrong = {"escape", "enter", "space"} & set(keys)
    if id_decides(id) and wrong:
        told = f"{shown(min(wrong))} decides nothing"
        raise Problem(told, where=document.where((id,)), hint="give it a letter")


def _key(where: str, key: object) -> str:
    text = str(key) if isinstance(key, int) and not isinstance(key, bool) else key
    if isinstance(text, str) and text:
        name = _KEYS.get(text, text)
        modifiers, _, last = name.rpartition("+") if len(name) > 1 else ("", "", name)
        last = _KEYS.get(last, last)
        right = all(f"{one}+" in _MODIFIERS for one in modifiers.split("+")) if modifiers else True
        if right and (last in _WHOLE or (len(last) == 1 and last.isprintable() and last != " ")):
            return f"{modifiers}+{last}" if modifiers else last
    raise Problem(
        f"{str(key)[:40]!r} is no key", where=where, hint="for example p, ctrl+r, f5, space, pgdn, ."
    )


def _refuse_twice(keymap: Keymap, document: Document, changed: frozenset[str]) -> None:
    for action in keymap.actions:
        if action.id not in changed:
            continue
        for other in keymap.actions:
            both = action.places & other.places
            if id_decides(action.id) or id_decides(other.id):
                # What opens a question everywhere must not answer it.
                both |= (action.places | other.places) & {"everywhere"}
            key = next((key for key in action.keys if key in other.keys), None)
            if other.id != action.id and both and key is not None:
                raise Problem(
                    f"{shown(key)} is {action.id} and {other.id} in one place, {sorted(both)[0]}",
                    where=document.where((action.id,)),
                    hint=f"give {other.id} another key, or take it away with []",
                )
