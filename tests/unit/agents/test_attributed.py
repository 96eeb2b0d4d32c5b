"""What several messages say one after the other is redacted with a work that grows like their number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, overload

from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.agents.attributed import Attributed, _Part
from prdrunner_tui.text.redact import MARK, Redactor

SECRETS = (b"aaaaaa", b"ababab", b"aabaabaab")


class Counted(Sequence[Any]):
    """A list that counts how often it is looked into."""

    def __init__(self, held: list[Any]) -> None:
        self.held = held
        self.looks = 0

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: Any) -> Any:
        self.looks += 1
        return self.held[index]

    def __len__(self) -> int:
        return len(self.held)


class Searched(bytes):
    """Bytes that count how often something is looked for in them."""

    looks = 0

    def find(self, *args: Any) -> int:
        self.looks += 1
        return super().find(*args)

    def rfind(self, *args: Any) -> int:
        self.looks += 1
        return super().rfind(*args)


def test_each_piece_is_looked_at_for_its_own_messages_only() -> None:
    told = Attributed[int]((b"secret",))
    told._parts = [_Part(number, 5) for number in range(400)]
    # 400 messages of 5 bytes, and 400 pieces that begin and end where messages do not.
    edges = [0, *range(3, 2000, 5), 2000]
    pieces = Counted([(begin, b"x" * (end - begin)) for begin, end in pairwise(edges)])
    mine = [(owner, len(piece)) for owner, piece in told._by_part(pieces, 2000)]
    assert sum(size for _, size in mine) == 2000
    assert {owner: sum(size for one, size in mine if one == owner) for owner, _ in mine} == dict.fromkeys(
        range(400), 5
    )
    assert pieces.looks < 4 * (400 + len(edges))


@given(st.binary(max_size=60).map(lambda data: bytes(b"ab c"[byte % 4] for byte in data)))
def test_every_secret_is_found_and_those_that_overlap_are_one(data: bytes) -> None:
    hidden = bytearray(data)
    for secret in SECRETS:
        for start in range(len(data)):
            if data.startswith(secret, start):
                hidden[start : start + len(secret)] = b"\0" * len(secret)
    found = Redactor(SECRETS)._occurrences(data)
    shown = bytearray(data)
    for start, end in found:
        shown[start:end] = b"\0" * (end - start)
    assert shown == hidden and all(end <= start for (_, end), (start, _) in pairwise(found))


def test_a_secret_that_overlaps_itself_is_not_looked_for_at_each_byte() -> None:
    data = Searched(b"a" * 60_000)
    assert Redactor((b"a" * 20,))._occurrences(data) == [(0, 60_000)]
    assert data.looks < 60_000 // 10
    redactor = Redactor((b"a" * 20,))
    assert redactor.feed(b"a" * 60_000) + redactor.finish() == MARK
