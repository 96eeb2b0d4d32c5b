"""What the cockpit may send to a terminal while it shows, and what of it is not allowed.

The grammar is of what the cockpit makes itself: moves, colours, frames, questions. It is written from the outside,
with nothing of the program in it; whatever else is in a stream came from somebody else.
"""

from __future__ import annotations

import re
import unicodedata

_MOVE = rb"\x1b\[\d+;\d+H"
_SGR = rb"\x1b\[(?P<sgr>[\d;]*)m"
_FRAME = rb"\x1b\[\?2026[hl]"
_QUESTION = rb"\x1b7\x1b\[[12];\d+H\x1b\[6n\x1b8|\x1b\[\?2026\$p"
_POINTER = rb"\x1b\]22;(?:default|pointer|text)\x07"
_SPOKEN = rb"\x1b\](?:2|9);(?P<told>[^\x00-\x1f\x7f]*)\x07"
"""The title of the window, and a notice of the desktop: words, which are looked at as all others are."""
_BELL = rb"(?:(?<=\x1b\[\?2026l)|(?<=\x1b8)|(?<=\x07))\x07"
"""Between frames, never in a text."""
_OURS = re.compile(b"|".join((_QUESTION, _MOVE, _SGR, _FRAME, _POINTER, _SPOKEN, _BELL, rb"\r\n")))
_PLAIN = re.compile(rb"[\x20-\x7e\x80-\xff]+")
_SHOWN = re.compile(r"[LMNPS]|Zs")
_COMBINING = frozenset("\ufe0e\ufe0f\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_ATTRIBUTES = frozenset((*range(10), *range(22, 30)))
_FEW = frozenset((*range(30, 38), 39, *range(40, 48), 49, *range(90, 98), *range(100, 108)))


_BEGUN = re.compile(rb"(?:\x1b7(?:\x1b\[[12];\d+H(?:\x1b\[6n)?)?)?(?:\x1b(?:\[[0-?]*)?)?\Z")
"""A sequence, or a question, of which the end has not been read yet."""


def foreign(data: bytes) -> list[str]:
    """Whatever in a stream the cockpit does not make, as it would be written in Python."""
    data = _BEGUN.sub(b"", data)
    found: list[str] = []
    at = 0
    while at < len(data):
        if ours := _OURS.match(data, at):
            if ours["sgr"] is not None and not _is_look(ours["sgr"]):
                found.append(ascii(ours[0].decode()))
            found += _hidden(ours["told"] or b"")
            at = ours.end()
        elif plain := _PLAIN.match(data, at):
            found += _hidden(plain[0])
            at = plain.end()
        else:
            found.append(ascii(data[at : at + 24].decode("utf-8", "replace")))
            at += 1
    return found


def looks(data: bytes) -> set[str]:
    """The parameters of all looks in a stream: ``1``, ``31``, ``38;5;117``, ``48;2;0;0;0``."""
    found: set[str] = set()
    for match in re.finditer(_SGR, data):
        found |= set(_looks(match["sgr"].decode()))
    return found


def colours(data: bytes) -> set[str]:
    """Those of the looks in a stream that are colours."""
    return {look for look in looks(data) if not _is_attribute(look)}


def is_of_sixteen(look: str) -> bool:
    """Whether it is one of the sixteen colours of every terminal, or the default ones."""
    return look.isdigit() and int(look) in _FEW


def _is_attribute(look: str) -> bool:
    return look.isdigit() and int(look) in _ATTRIBUTES


def _looks(text: str) -> list[str]:
    parts = text.split(";") if text else ["0"]
    found: list[str] = []
    while parts:
        first = parts.pop(0)
        length = {"5": 2, "2": 4}.get(parts[0] if parts else "", 0) if first in ("38", "48") else 0
        found.append(";".join([first, *parts[:length]]))
        del parts[:length]
    return found


def _is_look(parameters: bytes) -> bool:
    return all(
        _is_attribute(one) or is_of_sixteen(one) or re.fullmatch(r"[34]8;(5;\d+|2;\d+;\d+;\d+)", one)
        for one in _looks(parameters.decode())
    )


def _hidden(data: bytes) -> list[str]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return [ascii(data)]
    return [
        ascii(one)
        for one in text
        if not _SHOWN.match(unicodedata.category(one)) or one in _COMBINING or one >= "\U000e0000"
    ]
