"""A04, the reader: hostile YAML ends in one line with a position, never in a traceback or a hang."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.yaml import read_yaml


def problem(data: bytes | str) -> Problem:
    with pytest.raises(Problem) as caught:
        read_yaml(data.encode() if isinstance(data, str) else data, name="c.yaml")
    return caught.value


def test_plain_data_and_where_it_stands() -> None:
    document = read_yaml(
        b'\xef\xbb\xbfgates:\n  before_commit: {enabled: true, timeout: 5}\n  names: [a, "010", 1.5, ~]\n',
        name="c.yaml",
    )
    assert document.value == {
        "gates": {"before_commit": {"enabled": True, "timeout": 5}, "names": ["a", "010", 1.5, None]}
    }
    assert document.where(("gates", "before_commit", "timeout")) == "c.yaml:2:43"
    assert document.where(("gates", "before_commit", "timeout"), key=True) == "c.yaml:2:34"
    assert document.where(("gates", "names", 2)) == "c.yaml:3:21"
    assert document.where(("gates", "nothing")) == "c.yaml:2:3"


@pytest.mark.parametrize(
    "word",
    ["yes", "no", "on", "off", "y", "010", "0x1f", "1e3", "12:30:45", "1_000", ".inf", "2026-11-20", "="],
)
def test_words_that_yaml_1_1_would_turn_stay_text(word: str) -> None:
    assert read_yaml(f"a: {word}".encode(), name="c.yaml").value == {"a": word}
    assert read_yaml(f"{word}: 1".encode(), name="c.yaml").value == {word: 1}


@pytest.mark.parametrize(
    ("text", "where", "word"),
    [
        ("a: 1\na: 2\n", "c.yaml:2:1", "twice"),
        ("a: {b: 1, b: 2}", "c.yaml:1:11", "twice"),
        ("a: !!python/object/apply:os.system ['id']", "c.yaml:1:4", "tag"),
        ("a: !x 1", "c.yaml:1:4", "tag"),
        ("a: &x 1", "c.yaml:1:4", "anchor"),
        ("a: *x", "c.yaml:1:4", "alias"),
        ("<<: {a: 1}", "c.yaml:1:1", "merge key"),
        ("a: 1\n---\nb: 1", "c.yaml:2:1", "second document"),
        ("a:\n\tb: 1", "c.yaml:2:1", "cannot start"),
        ("a: b: c", "c.yaml:1:5", "mapping values"),
        ("a: [1, 2", "c.yaml:1:9", "expected"),
        ("? [a]\n: 1", "c.yaml:1:3", "key"),
        ("a: \x07", "c.yaml:1:4", "U+0007"),
        ("a: \0", "c.yaml:1:4", "NUL"),
        ("a: " + "9" * 40, "c.yaml:1:4", "too large"),
        ("a: " + "[" * 40 + "]" * 40, "c.yaml:1:35", "nested"),
        ("a: " + "{b: " * 5000, "c.yaml:1:128", "nested"),
        ("[" * 100_000, "c.yaml:1:33", "nested"),
    ],
)
def test_a04_refusals_say_where(text: str, where: str, word: str) -> None:
    found = problem(text)
    assert found.where == where
    assert word in found.message


def test_a04_not_utf8_and_too_large() -> None:
    found = problem(b"a: 1\nb: caf\xe9\n")
    assert (found.where, found.hint) == ("c.yaml:2:7", "save the file as UTF-8")
    started = time.monotonic()
    assert "10 MB" in problem(b"a" * 10_000_000).message
    assert time.monotonic() - started < 1


def test_a04_a_bomb_of_aliases_is_refused_at_the_first() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9) + "]" for i in range(1, 10)]
    assert problem("\n".join(lines)).where == "c.yaml:1:5"


def test_a04_very_many_values_are_refused() -> None:
    assert "more than" in problem("[" + "1," * 60_000 + "]").message


@given(st.binary(max_size=80))
def test_a04_random_bytes_give_data_or_a_problem(data: bytes) -> None:
    try:
        read_yaml(data, name="c.yaml")
    except Problem as found:
        assert found.where.startswith("c.yaml")
        assert "\n" not in str(found)


@given(st.text("abc:-[]{}&*!|>'\"%@`#,? \n\t0", max_size=60))
def test_a04_random_syntax_gives_data_or_a_problem(text: str) -> None:
    try:
        read_yaml(text.encode(), name="c.yaml")
    except Problem as found:
        assert found.where.startswith("c.yaml")
        assert "\n" not in str(found)


def test_an_empty_file_is_no_value() -> None:
    assert read_yaml(b"# nothing\n", name="c.yaml").value is None
