"""The lines of the control socket: what a text takes in them, and what is refused before it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.wire.protocol import MAX_DEPTH, MAX_LINE, WireError, decode, encode

ANY = st.text(st.characters(exclude_categories=()), max_size=20)
NESTED: st.SearchStrategy[Any] = st.recursive(
    ANY | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY, inner, max_size=3),
)


@given(st.dictionaries(ANY, NESTED, max_size=3))
def test_a_message_arrives_as_it_was(message: dict[str, Any]) -> None:
    assert decode(encode(message)) == message


@pytest.mark.parametrize(("letter", "size"), [("x", 1), ("я", 2), ("語", 3), ("\U0001f600", 4)])
def test_a_letter_takes_no_more_than_its_bytes(letter: str, size: int) -> None:
    line = encode({"ok": letter * 1000})
    assert len(line) == 1000 * size + len(encode({"ok": ""}))


def test_a_plan_in_another_script_fits() -> None:
    plan = [{"content": "я" * 2000, "status": "pending"}] * 200
    assert len(encode({"signal": {"run": "r", "phase": "p", "kind": "planned", "data": plan}})) < MAX_LINE


def test_brackets_in_texts_are_no_nesting_and_others_are() -> None:
    texts = ["[" * 100, '"[{' * 50, "\\", '\\"[' * 40, "]" * 100]
    assert decode(encode({"ok": texts})) == {"ok": texts}
    deep: Any = 0
    for _ in range(MAX_DEPTH):
        deep = [deep]
    with pytest.raises(WireError, match="nested deeper"):
        decode(encode({"a": texts, "deep": deep}))


@pytest.mark.parametrize("line", [b'{"a":"' + b'[\\"' * 1000, b'{"a":"' + b"[" * 99 + b"\\", b'"' * 9999])
def test_a_text_that_does_not_end_is_no_message(line: bytes) -> None:
    with pytest.raises(WireError, match="not JSON"):
        decode(line)


def test_numbers_of_lines_are_read_where_texts_have_many_brackets() -> None:
    lines = [[1.5, "out", "[" * 50]] * 200
    assert decode(encode({"id": 1, "ok": {"lines": lines}}))["ok"]["lines"] == json.loads(json.dumps(lines))
