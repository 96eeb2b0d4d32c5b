"""The last row: the keys that work here and now, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from prdrunner_tui.text.cells import cells
from prdrunner_tui.tui.actions import BY_ID, GO, PANES
from prdrunner_tui.tui.footers import FOOTERS, LAST, ROOMY
from prdrunner_tui.tui.keymap import Keymap
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.span import Line, width_of, words

_MOST = 8
_ROOMY = 110


def key_row(
    place: str,
    keymap: Keymap,
    width: int,
    scene: Scene,
    *,
    labels: Mapping[str, str] | None = None,
    not_now: Callable[[str], str] = lambda id: "",
    first: Sequence[str] = (),
) -> Line:
    """The key row of a place in exactly ``width`` cells.

    Args:
        labels: take the place of those of the table.
        not_now: says of an action's id why it does nothing at this moment, or nothing; such a key is not shown.
        first: ids of actions that are likelier now than those of the table.

    Labels go before keys when it gets narrow, and the key of the help is the last that goes.
    """
    likely = [*first, *(id for id in FOOTERS.get(place, ()) if not not_now(id))][:_MOST]
    roomy = ROOMY if width >= _ROOMY and place.partition(".")[0] in PANES else ()
    ids = list(dict.fromkeys((*likely, *(id for id in roomy if not not_now(id)), *LAST)))
    instead = labels or {}
    pairs = [(keymap.key(id), instead.get(id, keymap.get(id).label), id) for id in ids if keymap.key(id)]
    while len(pairs) > 1 and _wide(pairs) > width:
        at = next((n for n in range(len(pairs) - 1, -1, -1) if pairs[n][2] != "help.open"), 0)
        pairs.pop(at)
    return pairs_line([(key, label) for key, label, _ in pairs], width, scene)


def go_row(width: int, scene: Scene, not_now: Callable[[str], str] = lambda id: "") -> Line:
    """The letters after ``g``; those that show nothing at this moment are told as disabled.

    Where there is little room words go, from the right; a letter stays.

    Args:
        not_now: says of an action's id why it does nothing at this moment, or nothing.
    """
    off = frozenset(letter for letter, id in GO.items() if not_now(id))
    pairs = [*((letter, BY_ID[id].label) for letter, id in GO.items()), ("esc", "")]
    for at in range(len(pairs) - 1, -1, -1):
        if pairs_width(pairs) <= width:
            break
        pairs[at] = (pairs[at][0], "")
    return pairs_line(pairs, width, scene, off=off)


def pairs_line(
    pairs: Sequence[tuple[str, str]], width: int, scene: Scene, *, off: Collection[str] = ()
) -> Line:
    """Keys with their labels, as far as they fit; ``off`` are keys that do nothing at this moment."""
    line: Line = ()
    for key, label in pairs:
        gap = words("  ") if line else ()
        named = words(f" {label}", "muted" if key in off else "text") if label else ()
        part = (*gap, *words(key, "key.disabled" if key in off else "key"), *named)
        if width_of(line) + width_of(part) > width:
            break
        line = (*line, *part)
    return scene.fit(line, width)


def key_at(line: Line, x: int) -> str:
    """The key that stands at a cell of a key row, or whose label does; empty between two of them."""
    at, key, spans = 0, "", iter(line)
    for token, text in spans:
        if token == "key":
            key = str(text)
        elif text.startswith("  "):
            key = ""
        at += cells(text)
        if x < at:
            return key
    return ""


def pairs_width(pairs: Sequence[tuple[str, str]]) -> int:
    """Cells of keys with their labels."""
    return sum(cells(key) + (cells(label) + 1 if label else 0) for key, label in pairs) + 2 * (len(pairs) - 1)


def _wide(pairs: list[tuple[str, str, str]]) -> int:
    return sum(len(key) + len(label) + 1 for key, label, _ in pairs) + 2 * (len(pairs) - 1)
