"""Spans of source lines."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.changes import highlight as module
from prdrunner_tui.changes.highlight import (
    CONTEXT_LINES,
    MAX_BYTES,
    MAX_LINE,
    MAX_LINES,
    Kind,
    highlight,
)
from tests.effort import effort


def marked(line: bytes, path: bytes, *, before: tuple[bytes, ...] = ()) -> list[tuple[str, str]]:
    """The text and the kind of each span of one line."""
    text = line.decode("utf-8", "replace")
    return [(text[start:end], kind) for start, end, kind in highlight([line], path, before)[0]]


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        (
            b"a.py",
            b"def f(a): return 1  # done\n",
            [
                ("def", "keyword"),
                ("f", "function"),
                ("a", "name"),
                ("return", "keyword"),
                ("1", "number"),
                ("# done", "comment"),
            ],
        ),
        (b"a.py", b"class A(int): x = None", [("A", "type"), ("None", "constant"), ("int", "builtin")]),
        (b"a.py", b"raise KeyError('\\n')", [("KeyError", "type"), ("\\n", "escape"), ("'", "string")]),
        (b"a.py", b"@cached\n", [("@cached", "decorator")]),
        (b"a.py", b"x = not a + b", [("not", "keyword"), ("+", "operator")]),
        (
            b"a.html",
            b'<a href="b">&amp;</a>',
            [("href", "attribute"), ('"b"', "string"), ("&amp;", "escape")],
        ),
        (b"a.html", b"<p>", [("p", "tag")]),
        (b"a.c", b"#include <stdio.h>\n", [("<stdio.h>", "string"), ("#include", "preprocessor")]),
        (b"a.c", b"int x;", [("int", "type")]),
        (b"a.md", b"# Title\n", [("# Title", "heading")]),
        (b"a.md", b"## Part\n", [("## Part", "heading")]),
        (b"a.css", b"p { color: red }", [("p", "tag"), ("color", "keyword"), ("red", "constant")]),
        (b"a.toml", b"a = 1", [("a", "name"), ("1", "number")]),
    ],
)
def test_each_kind_is_found_where_it_stands(
    path: bytes, line: bytes, expected: list[tuple[str, str]]
) -> None:
    assert set(expected) <= set(marked(line, path))


@pytest.mark.parametrize(
    ("name", "lexer"),
    [
        (b"deep/er/a.py", "Python"),
        (b"Makefile", "Makefile"),
        (b"sub/Dockerfile", "Docker"),
        (b".bashrc", "Bash"),
        (b"CMakeLists.txt", "CMake"),
        (b"a.php5", "PHP"),
        (b"a.h", "C"),
        (b"a.ts", "TypeScript"),
        (b"a.sql", "SQL"),
        (b"a.pl", "Perl"),
        (b"a.r", "S"),
        (b"a.tcss", "CSS"),
        (b"Cargo.lock", "TOML"),
        (b"go.mod", "Text only"),
        (b"go.mod/a.go", "Go"),
        (b"nobody-knows", None),
        (b"a.py/", None),
        (b"", None),
        (b"\xff.py", "Python"),
        (b"a.PY", None),
    ],
)
def test_the_name_chooses_the_lexer(name: bytes, lexer: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[Any] = []
    real = module._lexer

    def spy(text: str) -> Any:
        chosen.append(real(text))
        return chosen[0]

    monkeypatch.setattr(module, "_lexer", spy)
    highlight([b"x"], name)
    assert (chosen[0] and chosen[0].name) == lexer


def test_every_usual_name_has_a_lexer() -> None:
    for ending, title in module._USUALLY.items():
        lexer = module._lexer(f"a{ending}" if ending.startswith(".") else ending)
        assert lexer is not None
        assert lexer.name == title


def test_what_stands_in_a_file_chooses_nothing() -> None:
    assert highlight([b"#!/usr/bin/python\n", b"import os\n"], b"script") == ((), ())


def test_no_plugin_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import pygments.plugin

    def loaded(*_: object) -> Any:
        raise AssertionError("a plugin's code would run")

    monkeypatch.setattr(pygments.plugin, "iter_entry_points", loaded)
    assert highlight([b"x = 1"], b"nobody-knows") == ((),)
    assert highlight([b"x = 1"], b"a.py")[0]


def test_all_kinds_are_declared_and_few() -> None:
    declared = set(get_args(Kind))
    assert set(module._KINDS.values()) == declared
    assert len(declared) <= 16


def test_places_are_characters_of_the_decoded_line() -> None:
    assert marked("é = 'ü'  # ß\n".encode(), b"a.py") == [
        ("é", "name"),
        ("=", "operator"),
        ("'ü'", "string"),
        ("# ß", "comment"),
    ]
    assert marked(b"'\xff\xfe' + 1", b"a.py")[-1] == ("1", "number")


def test_carriage_returns_and_a_byte_order_mark_move_nothing() -> None:
    rows = highlight([b"\xef\xbb\xbfa = 1\r\n", b"b = 2 \r c = 3\r\n", b"d = 4"], b"a.py")
    assert [row[-1] for row in rows] == [(5, 6, "number"), (12, 13, "number"), (4, 5, "number")]


def test_a_line_feed_within_a_line_shifts_no_other() -> None:
    assert highlight([b"a\nb\n", b"1\n"], b"a.py") == (((0, 1, "name"), (2, 3, "name")), ((0, 1, "number"),))


def test_a_token_of_several_lines_has_a_span_in_each() -> None:
    rows = highlight([b"x = '''one\n", b"\n", b"and\n", b"  two'''; y\n"], b"a.py")
    assert rows[0][-1] == (4, 10, "string")
    assert rows[1:3] == ((), ((0, 3, "string"),))
    assert rows[3] == ((0, 8, "string"), (10, 11, "name"))


def test_a_token_that_the_lexer_gives_as_one_piece_is_cut_at_its_lines() -> None:
    rows = highlight([b"x /* one\n", b"   two\n", b"three */ y\n"], b"a.c")
    assert [row[-1] for row in rows[:2]] == [(2, 8, "comment"), (0, 6, "comment")]
    assert rows[2] == ((0, 8, "comment"), (9, 10, "name"))


def test_neighbours_of_one_kind_are_one_span() -> None:
    assert highlight([b"'abc'"], b"a.py") == (((0, 5, "string"),),)


def test_the_lines_before_are_read_and_have_no_spans() -> None:
    before = (b"def f():\n", b'    """Text\n')
    inside = (b"    for if while\n",)
    assert highlight(inside, b"a.py", before) == (((0, 16, "string"),),)
    assert highlight(inside, b"a.py")[0][0] == (4, 7, "keyword")


def test_only_the_nearest_lines_before_are_read() -> None:
    opening = (b'"""\n',)
    near = (b"x\n",) * (CONTEXT_LINES - 1)
    assert highlight([b"if"], b"a.py", opening + near) == (((0, 2, "string"),),)
    assert highlight([b"if"], b"a.py", opening + near + (b"x\n",)) == (((0, 2, "keyword"),),)
    wide = (b"#" * (MAX_BYTES - 1) + b"\n",)
    assert highlight([b"if"], b"a.py", opening + wide) == (((0, 2, "keyword"),),)
    assert highlight([b"if"], b"a.py", (b"#" + wide[0], *opening, b"x\n")) == (((0, 2, "string"),),)


def test_a_long_line_has_no_spans_and_costs_the_others_nothing() -> None:
    just, over = b"#" * MAX_LINE + b"\n", b"#" * (MAX_LINE + 1) + b"\n"
    rows = highlight([just, over, b"x = 1\n"], b"a.py")
    assert rows[0] == ((0, MAX_LINE, "comment"),)
    assert rows[1] == ()
    assert rows[2][-1] == (4, 5, "number")


def test_a_long_line_is_measured_in_characters() -> None:
    assert highlight([b"#" + "é".encode() * (MAX_LINE - 1)], b"a.py") == (((0, MAX_LINE, "comment"),),)


def test_lines_beyond_the_bounds_have_no_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = highlight([b"1\n"] * (MAX_LINES + 2), b"a.py")
    assert len(rows) == MAX_LINES + 2
    assert rows[MAX_LINES - 1] == ((0, 1, "number"),)
    assert rows[MAX_LINES:] == ((), ())
    monkeypatch.setattr(module, "MAX_BYTES", 4)
    assert [bool(row) for row in highlight([b"1\n", b"2\n", b"3\n"], b"a.py")] == [True, True, False]


@pytest.mark.parametrize("raised", [ValueError, RecursionError, MemoryError, IndexError])
def test_a_lexer_that_raises_costs_the_spans_only(
    raised: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pygments.lexers import PythonLexer

    def half(self: object, text: str) -> Any:
        yield 0, ("Name",), "x"
        raise raised

    monkeypatch.setattr(PythonLexer, "get_tokens_unprocessed", half)
    assert highlight([b"x\n", b"y\n"], b"a.py") == ((), ())


def test_a_lexer_that_goes_back_or_beyond_the_text_gives_spans_that_are_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pygments.lexers import PythonLexer

    tokens: list[Any] = [(3, ("Name",), "cd"), (0, ("Comment",), "ab"), (1, ("Operator",), "bc")]
    monkeypatch.setattr(PythonLexer, "get_tokens_unprocessed", lambda *_: iter(tokens))
    assert highlight([b"ab cd"], b"a.py") == (((0, 2, "comment"), (3, 5, "name")),)
    tokens.append((99, ("Name",), "x"))
    assert highlight([b"ab cd"], b"a.py") == ((),)


def test_no_lines_have_no_spans() -> None:
    assert highlight([], b"a.py", [b"x\n"]) == ()


SUFFIXES = (
    "py",
    "js",
    "rb",
    "html",
    "php",
    "md",
    "c",
    "sh",
    "yaml",
    "json",
    "tex",
    "vue",
    "diff",
    "rst",
    "pl",
)

lines = st.lists(
    st.one_of(
        st.binary(max_size=20), st.sampled_from([b'"""', b"'", b"{%", b"/*", b"<!--", b"<?php", b"\\", b"`"])
    ),
    max_size=8,
)


@given(lines, lines, st.sampled_from(SUFFIXES))
@effort(200)
def test_whatever_the_bytes_spans_are_ascending_apart_and_within_their_line(
    some: list[bytes], before: list[bytes], suffix: str
) -> None:
    rows = highlight(some, b"a." + suffix.encode(), before)
    assert len(rows) == len(some)
    for line, row in zip(some, rows, strict=True):
        at = 0
        for start, end, kind in row:
            assert at <= start < end
            assert kind in get_args(Kind)
            at = end
        assert at <= len(line.decode("utf-8", "replace"))


def test_pygments_is_imported_by_a_call_only() -> None:
    program = (
        "import sys\n"
        "from prdrunner_tui.changes.highlight import highlight\n"
        "before = 'pygments' in sys.modules\n"
        "found = highlight([b'x'], b'a.py')\n"
        "print(before, 'pygments' in sys.modules, found)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False True (((0, 1, 'name'),),)"


def test_without_pygments_there_are_no_spans() -> None:
    program = (
        "import sys\n"
        "sys.modules['pygments'] = None\n"
        "from prdrunner_tui.changes.highlight import highlight\n"
        "print(highlight([b'x'], b'a.py'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "((),)"
