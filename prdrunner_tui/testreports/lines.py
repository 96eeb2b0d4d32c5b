"""Lines of a byte stream without colours, whatever the chunks and however long the lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LONGEST = 4096
"""Bytes of a line that are kept; the rest of it is dropped."""

# ECMA-48 control sequences (CSI), OSC strings, and two-byte escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def plain_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Each line without its end and its escape sequences, undecodable bytes replaced; the last may be cut."""
    held = b""
    for chunk in chunks:
        parts = chunk.split(b"\n")
        parts[0] = held + parts[0]
        held = parts.pop()[:LONGEST]
        for part in parts:
            yield plain_line(part)
    if held:
        yield plain_line(held)


def plain_line(raw: bytes) -> str:
    """One line: cropped, decoded, without escape sequences and without the CR of a CRLF."""
    text = raw[:LONGEST].decode("utf-8", "replace")
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return text.rstrip("\r")
