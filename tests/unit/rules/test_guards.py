"""Which units a person has to aim at, and why."""

from __future__ import annotations

import pytest

from prdrunner_tui.rules.guards import Guard, guards
from tests.unit.changes.files import oid
from tests.unit.changes.records import change_set, hunks, items, letters, record, text

KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
TOKEN = "ghp_" + "a" * 36


def test_every_unit_of_a_protected_path_is_guarded() -> None:
    changes = change_set(
        record(b"AGENTS.md", letters(), letters(b="B", m="M"), modes=(0o100644, 0o100755)),
        record(b"src/a.py", letters(), letters(b="B")),
    )
    reason = (Guard("protected", "AGENTS.md"),)
    assert guards(changes, range(2)) == {unit.id: reason for unit in changes.units(0)}
    assert len(changes.units(0)) == 3
    assert guards(changes, (1,)) == {} and guards(changes, ()) == {}


def test_further_paths_and_folders_are_protected() -> None:
    changes = change_set(*(record(path, b"a\n", b"b\n") for path in (b"docs/prd.md", b"s/t.sh", b"x.py")))
    found = guards(changes, range(3), (path for path in (b"docs/prd.md", b"s/")))
    assert list(found.values()) == [(Guard("protected", "docs/prd.md"),), (Guard("protected", "s/t.sh"),)]


@pytest.mark.parametrize("paths", [(b".github/a\x1b.yml", b"plain"), (b"plain", b".github/a\x1b.yml")])
def test_a_rename_from_or_to_a_protected_path_is_guarded(paths: tuple[bytes, bytes]) -> None:
    changes = change_set(record(paths[1], letters(), letters(b="B"), status="R", old_path=paths[0]))
    reason = (Guard("protected", ".github/a␛.yml"),)
    assert guards(changes, (0,)) == {unit.id: reason for unit in changes.units(0)}


def test_a_path_that_stayed_is_named_once_and_an_added_one_has_none_before() -> None:
    changes = change_set(
        record(b".claude/a", b"a\n", b"b\n"),
        record(b".claude/b", None, b"b\n"),
        record(b"plain", None, b"b\n"),
        record(b".claude/c", b"b\n", b"b\n", status="R", old_path=b".claude/d"),
    )
    found = guards(changes, range(4))
    details = [[guard.detail for guard in some] for some in found.values()]
    assert details == [[".claude/a"], [".claude/b"], [".claude/c", ".claude/d"]]


def test_a_hunk_that_adds_a_secret_is_guarded_with_its_line() -> None:
    changes = change_set(record(b"f", letters(), letters(a="a\n1", b=f"k = {KEY}\n2\n{TOKEN}", m="M")))
    one, two = hunks(changes)
    assert guards(changes, (0,)) == {
        one.id: (Guard("secret", "AWS access key in line 3"), Guard("secret", "GitHub token in line 5"))
    }
    assert two.new_start == 16


def test_a_secret_that_goes_or_stays_is_none() -> None:
    old = letters(b=f"k = {KEY}")
    for new in (letters(b=""), letters(b="no more"), letters(b=f"above\nk = {KEY}", m="M")):
        changes = change_set(record(b"f", old, new))
        assert guards(changes, (0,)) == {}
    below = change_set(record(b"f", letters(c=f"k = {KEY}"), letters(b="", c=f"moved\nk = {KEY}\nB", d="")))
    assert any(KEY.encode() in line for hunk in hunks(below) for line in (*hunk.removed, *hunk.after))
    assert guards(below, (0,)) == {}
    two = change_set(record(b"f", text("a", f"k = {KEY}"), text("b", "c", f"k = {KEY}", "d")))
    assert guards(two, (0,)) == {}
    again = change_set(record(b"f", old, letters(b=f"k  = {KEY}")))
    assert [guard.kind for some in guards(again, (0,)).values() for guard in some] == ["secret"]


def test_both_reasons_are_told() -> None:
    changes = change_set(record(b".envrc", b"", text(KEY)))
    (found,) = guards(changes, (0,)).values()
    assert found == (Guard("protected", ".envrc"), Guard("secret", "AWS access key in line 1"))


def test_an_item_is_searched_when_its_bytes_are_handed_in() -> None:
    old, new = b"\0one\n", b"\0one\n" + KEY.encode() + b"\n"
    changes = change_set(record(b"bin", old, new, binary=True))
    (item,) = items(changes)
    assert guards(changes, (0,)) == {}
    assert guards(changes, (0,), contents={oid(new): new, oid(old): old}) == {
        item.id: (Guard("secret", "AWS access key in line 2"),)
    }
    assert guards(changes, (0,), contents={oid(new): new, oid(old): new}) == {}
    assert len(guards(changes, (0,), contents={oid(new): new})) == 1
    with_mode = change_set(record(b"bin", old, new, binary=True, modes=(0o100644, 0o100755)))
    mode, whole = items(with_mode)
    assert mode.kind == "mode" and guards(with_mode, (0,), contents={oid(new): new}).keys() == {whole.id}
    link = change_set(record(b"l", b"x", KEY.encode(), modes=(0o120000, 0o120000)))
    assert len(guards(link, (0,), contents={oid(KEY.encode()): KEY.encode()})) == 1
    text_file = change_set(record(b"t", letters(), letters(b="B")))
    assert guards(text_file, (0,), contents={oid(letters(b="B")): text(KEY)}) == {}
