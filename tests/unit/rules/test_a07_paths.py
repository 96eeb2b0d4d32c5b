"""A07: what an agent may read and edit."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.rules.paths import PathRules, decide, matches, read_glob
from tests.effort import effort

ALL = PathRules(edit=("**",))
STEPS = st.lists(st.text(st.sampled_from("ab.*?-_ "), min_size=1, max_size=5), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("a.py", "a.py", True),
        ("a.py", "b/a.py", False),
        ("*.py", "a.py", True),
        ("*.py", ".py", True),
        ("*.py", "b/a.py", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "b/c/a.py", True),
        ("src/**", "src/a/b", True),
        ("src/**", "src", True),
        ("src/**", "srcx/a", False),
        ("src/", "src/a/b", True),
        ("src/**/test_*.py", "src/test_a.py", True),
        ("src/**/test_*.py", "src/a/b/test_a.py", True),
        ("src/**/test_*.py", "src/a/b/atest_a.py", False),
        ("a/**/b/**/c", "a/b/x/b/c", True),
        ("a/**/b/**/c", "a/x/c", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a?c", "a/c", False),
        ("a*b*c", "aXbYbc", True),
        ("a*b*c", "acb", False),
        ("*", ".env", True),
        ("*", "a/b", False),
        ("**", "a/b/.c", True),
        ("A.py", "a.py", False),
        ("a.c", "abc", False),
    ],
)
def test_what_a_glob_matches(glob: str, path: str, expected: bool) -> None:
    assert matches(glob, path) is expected


@pytest.mark.parametrize("kind", ["read", "edit"])
@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "/ws/../etc/passwd", "/wsx/a", "/", "//etc/passwd", "/w", "/ws\0/a", "a\0", "\0"),
        *("../a", "..", "a/../../b", "a/../b", "/ws/a/../b", "./..", "a/..", "~", "~/a", "~root/a"),
        *(
            ".git",
            ".git/config",
            "a/.git/hooks/x",
            ".GIT/config",
            ".Git",
            ".git./x",
            ".git /x",
            "git~1/config",
        ),
        *(
            "GIT~1",
            ".g\u200cit/config",
            ".git\u200d",
            "/ws/.git/config",
            "./.git/x",
            ".git//x",
            ".git::$DATA/x",
        ),
        *("", "a\\b", "..\\a", "a\nb", "a\x1b", "a\x7f", "a\u202eb", "a\u200db", "a/" * 3000),
    ],
)
def test_a07_no_pattern_lets_these_through(path: str, kind: Literal["read", "edit"]) -> None:
    verdict = decide(path, kind, ALL, workspace="/ws")
    assert verdict.answer in ("ask", "deny")
    assert verdict.why.isprintable() and len(verdict.why) < 200


@pytest.mark.parametrize(
    "path", [".git/config", ".GIT/x", "a/.git/x", "git~1/x", "/ws/.git/x", "/else/.git/x", "x\0"]
)
def test_a07_an_edit_of_the_repositorys_own_data_is_refused(path: str) -> None:
    assert decide(path, "edit", ALL, workspace="/ws").answer == "deny"
    if "\0" not in path:
        assert decide(path, "read", ALL, workspace="/ws").answer == "ask"


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        "./a.py",
        "src//a.py",
        "src/./a.py",
        "/ws/a.py",
        "/ws//a.py",
        "//ws/a.py",
        ".gitx",
        "a.git/b",
        "é",
        "a b",
    ],
)
def test_paths_inside_are_let_through(path: str) -> None:
    for workspace in ("/ws", "/ws/"):
        for kind in ("read", "edit"):
            assert decide(path, kind, ALL, workspace=workspace).answer == "allow"  # type: ignore[arg-type]


def test_reading_and_editing_are_two_things() -> None:
    rules = PathRules(read=("docs/**",), edit=("src/**",), ask=("src/secret*",), deny=("**/.env", "src/x.py"))
    table = {
        ("docs/a", "read"): "allow",
        ("docs/a", "edit"): "ask",
        ("src/a", "read"): "allow",
        ("src/a", "edit"): "allow",
        ("src/secret.py", "read"): "ask",
        ("src/x.py", "read"): "deny",
        ("src/./x.py", "edit"): "deny",
        ("src/a/../x.py", "edit"): "deny",
        ("src/.env", "edit"): "deny",
        (".ENV", "read"): "deny",
        ("/else/.env", "read"): "deny",
        ("other", "read"): "ask",
    }
    for (path, kind), answer in table.items():
        assert decide(path, kind, rules).answer == answer, (path, kind)  # type: ignore[arg-type]
    assert decide("src/x.py", "read", rules).why == 'refused by your rule "src/x.py"'
    assert decide("docs/a", "read", rules).rule == "docs/**"
    assert decide("e\u0301", "read", PathRules(read=("**",), deny=("\u00e9",))).answer == "deny"


def test_a07_what_steers_agents_is_edited_only_by_a_rule_that_names_it() -> None:
    for path in ("AGENTS.md", ".claude/settings.json", ".github/workflows/ci.yml", "a/.mcp.json"):
        assert decide(path, "edit", ALL).answer == "ask"
        assert decide(path, "read", ALL).answer == "allow"
        assert decide(path, "edit", PathRules(edit=(path,))).answer == "allow"
    assert decide("AGENTS.md", "edit", PathRules(edit=("AGENTS.*",))).answer == "ask"


@pytest.mark.parametrize(
    "glob",
    [
        *("", "/a", "~/a", "../a", "a/../b", "a//b", "./a", "a/./b", "[a]", "{a,b}", "!a", "a\\b", "a\nb"),
        *("a**", "**a/b", "*" * 20, "*/" * 17 + "a", "a" * 5000),
    ],
)
def test_a_glob_that_cannot_be_meant_is_none(glob: str) -> None:
    with pytest.raises(ValueError, match="is no glob"):
        PathRules(deny=(glob,))


@given(STEPS)
@effort(300)
def test_a_path_is_matched_by_itself_and_by_everything(steps: list[str]) -> None:
    path = "/".join(steps)
    assert matches("**", path) and matches("/".join("*" for _ in steps), path)
    assert matches("**/" + "*" * 1, path) and not matches("/".join("*" for _ in [*steps, ""]), path)


def test_a_glob_of_many_patterns_is_matched_like_others() -> None:
    glob = "**/*a*/**/*a*/**/b"
    assert not matches(glob, "/".join(["aaaa"] * 400))
    assert matches(glob, "/".join(["aaaa"] * 400 + ["b"]))
    assert read_glob("a/") == ("a", "**")
