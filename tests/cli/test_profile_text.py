"""Profiles as text: what is written reads back as it was meant, and what is changed leaves the rest alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.cli.profiletext import Change, edited, read_change, shown_values, to_yaml, with_changes
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.yaml import Value, read_yaml
from tests.effort import effort

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
ODD = (
    "yes",
    "null",
    "~",
    "1.0",
    "0x1",
    "true",
    "- a",
    "a: b",
    "#c",
    "a #b",
    "%",
    "@x",
    "''",
    "\ufeff",
    "\x7f",
)
PROFILES = st.fixed_dictionaries(
    {"worker": st.sampled_from(["acp", "command"])},
    optional={
        "command": TEXT,
        "mode": st.sampled_from(
            ["yes", "null", "~", "1.0", "0x1", "true", "- a", "a: b", "#c", "a #b", "%", "@x", "''"]
        ),
        "argv": st.lists(TEXT, max_size=4),
        "env": st.dictionaries(TEXT, st.one_of(TEXT, NAMES.map(lambda name: {"from": name})), max_size=4),
        "resume": st.booleans(),
        "start_seconds": st.sampled_from([1, 60, 2.5]),
    },
)


@given(PROFILES)
@effort(100)
def test_what_is_written_reads_back_as_itself(values: dict[str, Value]) -> None:
    assert read_yaml(to_yaml(values).encode(), name="x").value == values


@given(PROFILES, TEXT)
@effort(100)
def test_comments_behind_the_values_change_none(values: dict[str, Value], said: str) -> None:
    one_line = " ".join(part for part in said.split() if part.isprintable())
    assert read_yaml(to_yaml(values, lambda path: one_line).encode(), name="x").value == values


@given(
    PROFILES, st.lists(st.tuples(st.sampled_from([("command",), ("mode",), ("env", "A")]), TEXT), max_size=3)
)
def test_a_change_changes_what_it_says_or_nothing(values: dict[str, Value], changes: list[Change]) -> None:
    text = "# above\n" + to_yaml(values) + "# below\n"
    try:
        made = edited(text.encode(), changes, name="x")
    except Problem as problem:
        assert "cannot be changed" in problem.message
        return
    assert read_yaml(made, name="x").value == with_changes(values, changes)
    assert made.startswith(b"# above\n") and b"# below\n" in made


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("command=a: b # c", (("command",), "a: b # c")),
        ("mode=true", (("mode",), "true")),
        ("mode=", (("mode",), "")),
        ("resume=true", (("resume",), True)),
        ("start_seconds=5", (("start_seconds",), 5)),
        ("argv=[a, '1']", (("argv",), ["a", "1"])),
        ("env.A=x=y", (("env", "A"), "x=y")),
        ("env.A={from: B}", (("env", "A"), {"from": "B"})),
        ("permissions.a.b=hide", (("permissions", "a.b"), "hide")),
        ("env={A: b}", (("env",), {"A": "b"})),
    ],
)
def test_what_an_option_sets(text: str, change: Change) -> None:
    assert read_change(text) == change


def test_what_is_no_yaml_is_told_with_the_option() -> None:
    with pytest.raises(Problem) as caught:
        read_change("argv=[a")
    assert caught.value.where.startswith("--set argv:1:")


def test_credentials_are_masked_by_name_by_shape_and_where_they_are_known() -> None:
    values: dict[str, Value] = {
        "command": "tool --key known-secret",
        "argv": ["tool", "known-secret"],
        "env": {"A_TOKEN": "abc", "B": "sk-" + "x" * 24, "C": "plain", "D_KEY": {"from": "D_KEY"}},
    }
    assert shown_values(values, [b"known-secret"]) == {
        "command": "tool --key [redacted]",
        "argv": ["tool", "[redacted]"],
        "env": {"A_TOKEN": "[redacted]", "B": "[redacted]", "C": "plain", "D_KEY": {"from": "D_KEY"}},
    }
