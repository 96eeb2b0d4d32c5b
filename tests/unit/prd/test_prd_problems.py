"""A21: what is wrong with a PRD is told in one line each, with file, line and a hint."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.prd.spec import check_prd, read_prd
from prdrunner_tui.text.problem import Problem


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        (b"", "p.md:1", "the PRD is empty"),
        (b" \n\n", "p.md:1", "the PRD is empty"),
        (b"# Title\n\nJust words.\n", "p.md:1", "no feature found"),
        (b"## F-1: a\n\xff\xfe\n", "p.md:2:1", "byte 0xFF is not UTF-8"),
        (b"\x7fELF\x00\x01\x02", "p.md:1:5", "this is not text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "p.md:1:1", "this is not text"),
        (b"---\na: [1\n---\n## F-1: a\n", "p.md:2:6", "expected"),
        (b"---\n- a\n---\n## F-1: a\n", "p.md:1", "front matter must be keys and values"),
        (
            b"## F-1: a\n## F-2: b\n## f-1: c\n## F-1: d\n",
            "p.md:4",
            "feature id F-1 is there twice, first in line 1",
        ),
        (
            b"## F-1: a\n\n  Depends on: T-9\n",
            "p.md:3:15",
            "feature F-1 depends on T-9, which does not exist",
        ),
        (b"## F-1: a\n- **Depends on:** F-1\n", "p.md:2:19", "feature F-1 depends on itself"),
        (
            b"## F-1: a\n## F-2: b\nDepends on: F-1..F-3\n",
            "p.md:3:13",
            "F-1..F-3 is a range, which is not read",
        ),
        (
            b"## F-1: a\n## F-2: b\n- Depends on:\n  - T-9\n",
            "p.md:4:5",
            "depends on T-9, which does not exist",
        ),
        (b"## F-1: a\nDepends on F-7.\n", "p.md:2:12", "feature F-1 depends on F-7, which does not exist"),
        (
            b"## F-1: a\nDepends on: F-3\n## F-2: b\nDepends on: F-1\n## F-3: c\nDepends on: F-2\n",
            "p.md:2",
            "cycle of dependencies: F-1 > F-3 > F-2 > F-1",
        ),
    ],
)
def test_a21_one_line_with_its_place(data: bytes, where: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        read_prd(data, name="p.md")
    assert caught.value.where == where
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.code == 2
    assert "\n" not in str(caught.value)


def test_a21_unknown_dependency_suggests_the_nearest() -> None:
    problem = check_prd(b"## T-1: tags\n## F-1: a\nDepends on: T-9\n", name="p.md").problems[0]
    assert str(problem) == "p.md:3:13: feature F-1 depends on T-9, which does not exist; did you mean T-1?"
    named = check_prd(b"## F-1: Storage\n## F-2: b\nRequires: Storrage\n", name="p.md").problems[0]
    assert named.hint == "did you mean Storage?"


def test_a21_all_problems_are_collected_in_the_order_of_lines() -> None:
    data = b"## F-1: a\nDepends on: F-8, F-9\n## F-2: b\n## F-2: c\nDepends on: F-7\n"
    checked = check_prd(data, name="p.md")
    assert [problem.where for problem in checked.problems] == [
        "p.md:2:13",
        "p.md:2:18",
        "p.md:4",
        "p.md:5:13",
    ]
    assert checked.spec is not None


def test_a21_ten_thousand_phases_and_too_many_bytes() -> None:
    many = b"# T\n" + b"".join(b"### F-%d: n\n\ntext\n" % n for n in range(10_000))
    problem = check_prd(many, name="p.md").problems[0]
    assert (problem.message, problem.where) == ("10,000 features", "p.md:3002")
    assert "10 MB" in check_prd(b"a" * 10_000_001, name="p.md").problems[0].message


def test_a21_markup_and_escapes_stay_text_and_never_reach_a_message_raw() -> None:
    checked = check_prd(b"## F-1: <b>[bold]\x1b[2J</b>\nDepends on: \x1b]0;x\x07\n", name="p.md")
    assert checked.spec is not None
    assert checked.spec.features[0].name == "<b>[bold]\x1b[2J</b>"
    assert "\x1b" not in str(checked.problems[0])


@pytest.mark.parametrize(
    "data",
    [
        b"## F-1: a\n" + b"[" * 200_000,
        b"## F-1: " + b"*a " * 50_000,
        b"## F-1: a\n" + b"<!--\n" * 30_000,
        b"## Features\n" + b"- `a" * 30_000,
        b"## F-1: a\n" + b">" * 200_000,
        b"## F-1: a\n" + b"".join(b"  " * n + b"- x\n" for n in range(300)),
        b"## F-1: a\nDepends on: " + b"F-1, " * 20_000,
    ],
    ids=["brackets", "stars", "comments", "backticks", "quotes", "depth", "deps"],
)
def test_a21_hostile_texts_are_read_quickly(data: bytes) -> None:
    started = time.monotonic()
    check_prd(data, name="p.md")
    assert time.monotonic() - started < 5


@given(st.binary(max_size=150))
def test_a21_random_bytes_give_a_spec_or_problems(data: bytes) -> None:
    checked = check_prd(data, name="p.md")
    assert checked.spec is not None or checked.problems


@given(
    st.lists(
        st.sampled_from(
            [
                "# T",
                "## Features",
                "### F-1: a",
                "### F-2: b",
                "Depends on: F-1",
                "Depends on: F-2, F-3",
                "- x",
                "1. y",
            ]
            + [
                "| a | b |",
                "|---|---|",
                "```",
                "---",
                "Acceptance criteria:",
                "  - [ ] z",
                "> q",
                "",
                "Files: `a/b`",
            ]
        ),
        max_size=25,
    )
)
def test_a21_any_order_of_lines_gives_a_spec_or_problems(lines: list[str]) -> None:
    data = "\n".join(lines)
    checked = check_prd(data.encode(), name="p.md")
    assert checked.spec is not None or checked.problems
    if checked.spec is not None:
        count = data.count("\n") + 1
        assert all(1 <= f.line <= f.end_line <= count for f in checked.spec.features)
