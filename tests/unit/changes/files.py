"""Pairs of files, and what git would answer about them, built without git: the model the laws are tested with."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.order import Line, sequence
from prdrunner_tui.changes.splice import Taken
from prdrunner_tui.changes.units import Hunk, lines_of, texts

ZEROS = "0" * 40
CONTENTS = (
    *(
        b"alpha",
        b"beta",
        b"gamma",
        b"",
        b"",
        b"    return x",
        b"    return xy",
        b"}",
        b"caf\xe9",
        b"\xff\xfe\x00",
    ),
    *(b"a\rb", b"diff --git a/x b/x", b"@@ -1 +1 @@", b"-gone", b"+come", b"--- a/x", b"+++ b/x"),
    *(b"\\ No newline at end of file", b"Binary files a and b differ", b"\x1b[2J", b"\x0b\x0c\x1c\xc2\x85"),
)
"""Lines without their ends: a few, so that equal ones are common, and what could be taken for a patch."""

PLAIN = tuple(line for line in CONTENTS if b"\0" not in line)
_lines = st.builds(bytes.__add__, st.sampled_from(PLAIN), st.sampled_from((b"\n", b"\n", b"\n", b"\r\n")))


@st.composite
def texts_of(draw: st.DrawFn, most: int = 12) -> bytes:
    """The bytes of a text file, often without a line feed at its end, sometimes empty."""
    data = b"".join(draw(st.lists(_lines, max_size=most)))
    return data.removesuffix(b"\n") if draw(st.booleans()) else data


@st.composite
def pairs_of_texts(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A text and what became of it, with runs of lines replaced, so that most of it stays."""
    base = draw(texts_of())
    lines = lines_of(base)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(lines)))
        end = draw(st.integers(at, min(len(lines), at + 3)))
        lines[at:end] = draw(st.lists(_lines, max_size=3))
    data = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)
    return base, data.removesuffix(b"\n") if draw(st.booleans()) else data


def oid(data: bytes) -> str:
    """The object id of a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def answer(files: Mapping[bytes, tuple[bytes, bytes]]) -> bytes:
    """What git would answer about modified text files, by path: what they held and hold."""
    raw = b"".join(
        b":100644 100644 %s %s M\0%s\0" % (oid(old).encode(), oid(new).encode(), path)
        for path, (old, new) in sorted(files.items())
    )
    return raw + b"\0" + b"".join(_section(path, *both) for path, both in sorted(files.items()))


def _section(path: bytes, old: bytes, new: bytes) -> bytes:
    head = b"diff --git %s %s\nindex %s..%s 100644\n--- %s\n+++ %s\n" % (
        *(path, path, oid(old).encode(), oid(new).encode()),
        *(path, path),
    )
    return head + b"".join(_git_hunks(lines_of(old), lines_of(new)))


def _git_hunks(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[bytes]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(3):
        old_range = _range(group[0][1], group[-1][2])
        new_range = _range(group[0][3], group[-1][4])
        yield b"@@ -%s +%s @@\n" % (old_range, new_range)
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (_printed(b" ", line) for line in old[i1:i2])
                continue
            yield from (_printed(b"-", line) for line in old[i1:i2])
            yield from (_printed(b"+", line) for line in new[j1:j2])


def _range(start: int, end: int) -> bytes:
    count = end - start
    first = start + 1 if count else start
    return b"%d" % first if count == 1 else b"%d,%d" % (first, count)


def _printed(sign: bytes, line: bytes) -> bytes:
    return sign + line if line.endswith(b"\n") else sign + line + b"\n\\ No newline at end of file\n"


def hunks_between(old: bytes, new: bytes) -> tuple[Hunk, ...]:
    """The hunks of one file."""
    return texts(ChangeSet(answer({b"file": (old, new)})).units(0)) if old != new else ()


def rest_of(hunks: Sequence[Hunk], taken: Mapping[str, Taken]) -> list[Hunk]:
    """The hunks from what a selection of hunks or lines gives to the whole, told from the selection alone.

    Their ids name the hunk they are the rest of, with a number behind it; only what `splice` reads is right.
    """
    rest: list[Hunk] = []
    place = past = 0
    for hunk in hunks:
        some = taken.get(hunk.id, frozenset())
        assert not isinstance(some, tuple)
        place += hunk.old_index - past
        past = hunk.old_index + len(hunk.removed)
        run = _Run(hunk)
        for line in sequence(hunk):
            inside = some is None or line in some
            text = (hunk.removed if line.sign == "-" else hunk.added)[line.number - 1]
            if inside and line.sign == "+":
                rest += run.closed(place, len(rest))
                place += 1
            elif line.sign == "-" and not inside:
                run.removed.append(text)
                place += 1
            elif line.sign == "+":
                run.added.append(text)
        rest += run.closed(place, len(rest))
    return rest


@dataclass
class _Run:
    """Lines of a hunk that were not taken, without a taken added one between them."""

    hunk: Hunk
    removed: list[bytes] = field(default_factory=list)
    added: list[bytes] = field(default_factory=list)

    def closed(self, place: int, number: int) -> list[Hunk]:
        """The hunk that ends in front of a line, if there is any."""
        removed, added = tuple(self.removed), tuple(self.added)
        if not removed and not added:
            return []
        self.removed.clear()
        self.added.clear()
        start = place - len(removed)
        name = f"{self.hunk.id}/{number}"
        old_start = start + 1 if removed else start
        return [replace(self.hunk, id=name, old_start=old_start, removed=removed, added=added)]


def some_lines(hunk: Hunk, drawn: Sequence[bool]) -> frozenset[Line]:
    """The lines of a hunk at the places of the true values."""
    return frozenset(line for line, kept in zip(sequence(hunk), drawn, strict=False) if kept)
