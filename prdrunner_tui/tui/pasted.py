"""Escapes in pasted text: Textual's parser makes keys of what stands behind them, so they are taken out before."""

from __future__ import annotations

BEGIN, END = "\x1b[200~", "\x1b[201~"
"""What terminals put around pasted text (xterm's ctlseqs, "Bracketed Paste Mode")."""


class PasteFilter:
    """Takes escapes out of pasted text, over any number of pieces; everything else passes at once."""

    def __init__(self) -> None:
        self._inside = False
        self._before = ""
        self._held = ""

    def feed(self, text: str) -> str:
        """What of the input is to be parsed now."""
        out = ""
        text, self._held = self._held + text, ""
        while text:
            if not self._inside:
                seen = self._before + text
                at = seen.find(BEGIN)
                end = len(text) if at < 0 else at + len(BEGIN) - len(self._before)
                out, text = out + text[:end], text[end:]
                self._inside, self._before = at >= 0, "" if at >= 0 else seen[1 - len(BEGIN) :]
                continue
            inside, found, text = text.partition(END)
            if not found:
                cut = _begun(inside)
                inside, self._held = inside[: len(inside) - cut], inside[len(inside) - cut :]
            self._inside = not found
            out += inside.replace("\x1b", "") + found
        return out


def _begun(text: str) -> int:
    """Characters at the end of a text that may be the beginning of `END`."""
    return next((size for size in range(len(END) - 1, 0, -1) if text.endswith(END[:size])), 0)
