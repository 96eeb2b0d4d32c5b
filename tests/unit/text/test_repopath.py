from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.repopath import RepoPath
from prdrunner_tui.text.suggest import did_you_mean, nearest


@given(st.binary(min_size=1, max_size=30))
def test_json_form_gives_back_every_path(raw: bytes) -> None:
    assert RepoPath.from_json(RepoPath(raw).to_json()) == RepoPath(raw)


def test_json_form_of_readable_names_is_the_name() -> None:
    assert RepoPath("src/ä b.py".encode()).to_json() == "src/ä b.py"
    assert RepoPath(b"caf\xe9").to_json() == "base64:Y2Fm6Q=="
    assert RepoPath.from_json(RepoPath(b"base64:AA==").to_json()).raw == b"base64:AA=="
    with pytest.raises(Problem):
        RepoPath.from_json("base64:!")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"/etc/passwd",
        b"../x",
        b"a/../../x",
        b"a//b",
        b"./a",
        b".git/config",
        b"sub/.GIT/hooks/post-checkout",
        b"GIT~1/config",
        b".git./config",
        b".git /config",
        b".git::$INDEX_ALLOCATION/x",
        ".g\u200cit/config".encode(),
        b"a\\.git\\config",
        b"a\0b",
    ],
)
def test_a08_dangerous_write_targets_are_refused(raw: bytes) -> None:
    with pytest.raises(Problem) as caught:
        RepoPath(raw).require_writable()
    assert caught.value.code == 5


@pytest.mark.parametrize("raw", [b"src/a.py", b".gitignore", b".github/x", b"a..b", b"-rf", b"a\nb", b"\xff"])
def test_ordinary_and_odd_names_may_be_written(raw: bytes) -> None:
    assert RepoPath(raw).require_writable().raw == raw


def test_display_is_safe() -> None:
    assert RepoPath(b"a\x1b[2J\xff").display() == "a␛[2J‹xFF›"


def test_the_word_that_was_meant() -> None:
    assert nearest("T-9", ["T-1", "F-1"]) == "T-1"
    assert did_you_mean("befor_commit", ["before_commit", "after_implement"]) == "did you mean before_commit?"
    assert did_you_mean("zzz", ["before_commit"]) == ""
