"""Bytes of a file a person wrote, as text with Unix line ends."""

from __future__ import annotations

import codecs

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.units import size


def decode_text(data: bytes, *, name: str, max_bytes: int) -> str:
    """Decode UTF-8 (with or without BOM) or UTF-16 with BOM; CRLF and lone CR become LF.

    Raises:
        Problem: too large, not text (a NUL byte), or not in one of these encodings; with
            ``name:line:column``.
    """
    if len(data) > max_bytes:
        raise Problem(
            f"the file has {size(len(data))}", where=name, hint=f"at most {size(max_bytes)} are read"
        )
    encoding = "utf-8"
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace") if encoding == "utf-8" else ""
        where = f"{name}:{_position(before)}" if encoding == "utf-8" else name
        if b"\0" in data and encoding == "utf-8":
            raise Problem("this is not text", where=where, hint="save it as UTF-8 text") from error
        bad = data[error.start]
        raise Problem(
            f"byte 0x{bad:02X} is not {encoding.upper()}", where=where, hint="save the file as UTF-8"
        ) from error
    if "\0" in text:
        where = f"{name}:{_position(text[: text.index(chr(0))])}"
        raise Problem("this is not text (NUL byte)", where=where, hint="save it as UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _position(before: str) -> str:
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return f"{len(lines)}:{len(lines[-1]) + 1}"
