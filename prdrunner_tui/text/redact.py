"""Known credentials taken out of byte streams before they are stored.

`Redactor` works on the stream, not on lines: a secret is found wherever the chunks are cut, and no more is
held back than could still be the beginning of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

MARK = b"[redacted]"
"""What stands in place of a secret."""

SHORTEST = 6
"""Secrets of fewer bytes are not looked for: they would tear ordinary words apart."""

SECRET_NAMES = (
    "*_KEY",
    "*_TOKEN",
    "*_SECRET",
    "*_PAT",
    "*_CREDENTIAL",
    "*_CREDENTIALS",
    "*PASSWORD",
    "*PASSWD",
    "*PASSPHRASE",
    "APIKEY",
    "*_APIKEY",
    "TOKEN",
    "SECRET",
)
"""Names of environment variables (glob patterns, case ignored) whose values are credentials."""


def secrets_of(environ: Mapping[str, str], more: Iterable[str] = ()) -> tuple[bytes, ...]:
    """The values of all variables with a name of `SECRET_NAMES`, or of `more`, longest first, without repeats.

    White space around a value is no part of it: the line end of a key file does not come again where the key does.
    """
    patterns = [name.upper() for name in (*SECRET_NAMES, *more)]
    values = {
        value.strip().encode("utf-8", "surrogateescape")
        for name, value in environ.items()
        if any(fnmatchcase(name.upper(), pattern) for pattern in patterns)
    }
    return tuple(sorted((v for v in values if len(v) >= SHORTEST), key=lambda v: (-len(v), v)))


class Redactor:
    """Replaces every occurrence of the given secrets in a stream by ``[redacted]``.

    The output does not depend on where the stream is cut. Overlapping occurrences become one mark. At most
    the length of the longest secret is held back, and only while the end of the stream could begin one.
    """

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._secrets = tuple(sorted({s for s in secrets if len(s) >= SHORTEST}, key=len, reverse=True))
        self._held = b""
        self._covered = 0  # so many bytes at the start of _held belong to a mark that is already written

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes; give those that are certain."""
        if not self._secrets:
            return chunk
        data = self._held + chunk
        return self._emit(data, self._certain(data))

    def finish(self) -> bytes:
        """Give what was held back; the redactor can then be used for another stream."""
        data = self._held
        return self._emit(data, len(data))

    def _certain(self, data: bytes) -> int:
        """Index behind which an occurrence might have begun that `data` does not yet show whole."""
        longest = 0
        for secret in self._secrets:
            for size in range(min(len(secret) - 1, len(data)), longest, -1):
                if data.endswith(secret[:size]):
                    longest = size
                    break
        return len(data) - longest

    def _occurrences(self, data: bytes) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = [(0, self._covered)] if self._covered else []
        for secret in self._secrets:
            start = data.find(secret)
            while start >= 0:
                begin, end = start, start + len(secret)
                # Of those that overlap one another the last counts, or a megabyte of one letter had a million.
                while (last := data.rfind(secret, start + 1, end + len(secret) - 1)) >= 0:
                    start, end = last, last + len(secret)
                found.append((begin, end))
                start = data.find(secret, end)
        merged: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _emit(self, data: bytes, certain: int) -> bytes:
        out: list[bytes] = []
        at = 0
        covered = 0
        continues = self._covered > 0
        for start, end in self._occurrences(data):
            if start >= certain and not (continues and start == 0):
                break
            out.append(data[at:start])
            if not (continues and start == 0):
                out.append(MARK)
            at = min(end, certain)
            covered = max(0, end - certain)
        out.append(data[at:certain])
        self._held = data[certain:]
        self._covered = covered
        return b"".join(out)


def redact(data: bytes, secrets: Iterable[bytes]) -> bytes:
    """`data` without the secrets, for text that is at hand as a whole."""
    redactor = Redactor(secrets)
    return redactor.feed(data) + redactor.finish()
