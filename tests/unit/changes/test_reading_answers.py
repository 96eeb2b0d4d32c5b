"""How git's answer is read: lazily, and with a check where it could be another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from unidiff.patch import PatchSet

from prdrunner_tui.changes import changeset
from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.index import PatchIndex
from prdrunner_tui.changes.parsing import parse_git_hunk
from prdrunner_tui.changes.units import Hunk, hunk_id, identified, item_id, texts
from tests.effort import effort
from tests.unit.changes.files import answer, hunks_between, pairs_of_texts
from tests.unit.changes.trees import FILE, LINK, Repository

LONG = b"".join(b"%d\n" % number for number in range(40))
CHANGED = LONG.replace(b"\n5\n", b"\nfive\n").replace(b"\n30\n", b"\nthirty\n")


def test_offsets_of_sections_and_git_hunks() -> None:
    whole = answer({b"f": (LONG, CHANGED), b"g": (b"a\n", b"b\n")})
    patch = whole.partition(b"\0\0")[2]
    index = PatchIndex(patch)
    assert len(index) == 2
    assert [patch[at : at + 10] for at in index.sections[:-1]] == [b"diff --git", b"diff --git"]
    assert [index.git_hunks(section) for section in (0, 1)] == [2, 1]
    assert index.head(0).endswith(b"+++ f\n")
    assert index.head(1).endswith(b"+++ g\n")
    spans = index.spans(0)
    assert [patch[start:end].count(b"@@ -") for start, end in spans] == [1, 1]
    assert spans[0][1] == spans[1][0]
    assert spans[1][1] == index.sections[1]
    assert index.spans(1)[-1][1] == len(patch)


def test_an_index_of_nothing() -> None:
    index = PatchIndex(b"")
    assert len(index) == 0
    assert index.sections == [0]
    assert index.hunks == []


def test_a_section_without_hunks_has_none() -> None:
    index = PatchIndex(
        b"diff --git a a\nold mode 100644\nnew mode 100755\ndiff --git b b\n@@ -1 +1 @@\n-a\n+b\n"
    )
    assert index.head(0) == b"diff --git a a\nold mode 100644\nnew mode 100755\n"
    assert index.spans(0) == []
    assert index.git_hunks(0) == 0
    assert index.git_hunks(1) == 1


def test_an_answer_whose_parts_do_not_agree_is_refused() -> None:
    whole = answer({b"f": (LONG, CHANGED), b"g": (b"a\n", b"b\n")})
    cut = whole[: whole.index(b"diff --git g")]
    with pytest.raises(ValueError, match="git listed 2 sections and printed 1"):
        ChangeSet(cut)


def test_a_changed_type_takes_two_sections_and_those_behind_it_are_still_found(
    repository: Repository,
) -> None:
    changes = repository.between(
        {b"a": (FILE, b"x\n"), b"b": (FILE, b"x\n"), b"c": (FILE, b"x\n"), b"d": (LINK, b"x")},
        {b"a": (LINK, b"x"), b"b": (FILE, b"y\n"), b"c": (LINK, b"y"), b"d": (FILE, b"z\n")},
    )
    assert [changes.change(number).status for number in range(4)] == ["T", "M", "T", "T"]
    assert [changes.git_hunks(number) for number in range(4)] == [0, 1, 0, 0]
    (hunk,) = texts(changes.units(1))
    assert (hunk.path, hunk.removed, hunk.added) == (b"b", (b"x\n",), (b"y\n",))


def test_the_text_of_a_git_hunk() -> None:
    changes = ChangeSet(answer({b"f": (LONG, CHANGED), b"g": (b"a\n", b"b\n")}))
    assert changes.text(0, 2).startswith(b"@@ -28,7 +28,7 @@\n 27\n 28\n 29\n-30\n+thirty\n 31\n")
    assert changes.text(1, 1) == b"@@ -1 +1 @@\n-a\n+b\n"


def test_paths_are_found_by_name() -> None:
    changes = ChangeSet(answer({b"f": (LONG, CHANGED), b"g": (b"a\n", b"b\n")}))
    assert [changes.number(path) for path in (b"f", b"g", b"h")] == [0, 1, None]


def test_only_what_is_asked_for_is_parsed_and_the_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    def counted(text: bytes, *, path: bytes, number: int) -> object:
        parsed.append(path)
        return parse_git_hunk(text, path=path, number=number)

    monkeypatch.setattr(changeset, "parse_git_hunk", counted)
    monkeypatch.setattr(changeset, "_KEPT", 2)
    changes = ChangeSet(answer(dict.fromkeys((b"f", b"g", b"h"), (b"a\n", b"b\n"))))
    assert len(changes) == 3
    assert [changes.change(number).added for number in range(3)] == [1, 1, 1]
    assert parsed == []
    changes.units(1)
    assert changes.units(1) is changes.units(1)
    assert parsed == [b"g"]
    changes.units(0)
    changes.units(1)
    changes.units(2)
    changes.units(1)
    assert parsed == [b"g", b"f", b"h"], "the one that was not used for longest was let go"
    changes.units(0)
    assert parsed == [b"g", b"f", b"h", b"f"]


def parsed(text: bytes) -> list[Hunk]:
    """The blocks of a git hunk."""
    return list(parse_git_hunk(text, path=b"f", number=7))


def test_a_git_hunk_is_cut_into_blocks() -> None:
    one, two, three = parsed(b"@@ -10,7 +10,7 @@ def f():\n a\n-b\n+B\n c\n d\n-e\n-f\n+E\n g\n+h\n")
    assert (one.old_start, one.new_start, one.removed, one.added) == (11, 11, (b"b\n",), (b"B\n",))
    assert (one.before, one.after) == ((b"a\n",), (b"c\n", b"d\n", b"e\n"))
    assert (two.old_start, two.new_start, two.removed, two.added) == (14, 14, (b"e\n", b"f\n"), (b"E\n",))
    assert (two.before, two.after) == ((b"b\n", b"c\n", b"d\n"), (b"g\n",))
    assert (three.old_start, three.new_start, three.removed, three.added) == (16, 16, (), (b"h\n",))
    assert (three.before, three.after) == ((b"e\n", b"f\n", b"g\n"), ())
    assert {hunk.git_hunk for hunk in (one, two, three)} == {7}
    assert [hunk.old_index for hunk in (one, two, three)] == [10, 13, 16]


@pytest.mark.parametrize(
    ("text", "old_start", "new_start", "removed", "added"),
    [
        (b"@@ -0,0 +1,2 @@\n+a\n+b\n", 0, 1, (), (b"a\n", b"b\n")),
        (b"@@ -1,2 +0,0 @@\n-a\n-b\n", 1, 0, (b"a\n", b"b\n"), ()),
        (b"@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n", 1, 1, (b"a",), (b"a\n",)),
        (b"@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n", 1, 1, (b"a\n",), (b"a",)),
        (b"@@ -1 +1 @@\n-a\r\n+\xff\rb\x85\x0b\n", 1, 1, (b"a\r\n",), (b"\xff\rb\x85\x0b\n",)),
        (b"@@ -1 +0,0 @@\n-a\n\\ No newline at end of file\n", 1, 0, (b"a",), ()),
    ],
)  # fmt: skip
def test_ends_of_files_and_odd_bytes(
    text: bytes, old_start: int, new_start: int, removed: tuple[bytes, ...], added: tuple[bytes, ...]
) -> None:
    (hunk,) = parsed(text)
    assert (hunk.old_start, hunk.new_start, hunk.removed, hunk.added) == (
        old_start,
        new_start,
        removed,
        added,
    )


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"diff --git f f\n",
        b"@@ -1 +1 @@",
        b"@@ -1 +1 @@\n-a\n+b",
        b"@@ -1,2 +1 @@\n-a\n+b\n",
        b"@@ -1 +1,2 @@\n-a\n+b\n",
        b"@@ -1 +1 @@\n-a\n\n+b\n",
        b"@@ -1 +1 @@\n-a\n+b\nx\n",
        b"@@ -1 +1 @@\n-a\n+b\n+c\n",
    ],
)
def test_what_is_no_git_hunk_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="git hunk"):
        parsed(text)


@given(pairs_of_texts())
@effort(100)
def test_unidiff_reads_the_same_lines(pair: tuple[bytes, bytes]) -> None:
    old, new = pair
    if old == new:
        return
    text = answer({b"f": pair}).partition(b"\0\0")[2].decode("latin-1")
    (file,) = PatchSet(text)
    lines = [(line.line_type, line.value) for hunk in file for line in hunk if line.line_type in "+-"]
    ours = [("-", line) for hunk in hunks_between(old, new) for line in hunk.removed]
    ours += [("+", line) for hunk in hunks_between(old, new) for line in hunk.added]
    decoded = [(sign, line.decode("latin-1").removesuffix("\n")) for sign, line in ours]
    assert sorted(decoded) == sorted((sign, value.removesuffix("\n")) for sign, value in lines)


def test_an_unchanged_last_line_without_line_feed_is_context() -> None:
    (hunk,) = parsed(b"@@ -1,2 +1,2 @@\n-a\n+b\n c\n\\ No newline at end of file\n")
    assert hunk.after == (b"c",)


def test_an_id_is_made_of_the_path_the_bytes_the_lines_around_and_the_ordinal() -> None:
    one = Hunk("", b"f", 1, 1, (b"a\n",), (b"b\n",), (b"c\n",), (b"d\n",), 1)
    others = [
        Hunk("", b"g", 1, 1, (b"a\n",), (b"b\n",), (b"c\n",), (b"d\n",), 1),
        Hunk("", b"f", 1, 1, (b"A\n",), (b"b\n",), (b"c\n",), (b"d\n",), 1),
        Hunk("", b"f", 1, 1, (b"a\n",), (b"B\n",), (b"c\n",), (b"d\n",), 1),
        Hunk("", b"f", 1, 1, (b"a\n",), (b"b\n",), (b"C\n",), (b"d\n",), 1),
        Hunk("", b"f", 1, 1, (b"a\n",), (b"b\n",), (b"c\n",), (b"D\n",), 1),
        Hunk("", b"f", 1, 1, (b"a\n",), (b"b\n",), (b"c\n",), (b"d\n",), 1, 1),
        Hunk("", b"f", 1, 1, (b"a\n", b"b\n"), (), (b"c\n",), (b"d\n",), 1),
        Hunk("", b"f", 1, 1, (b"a\nb\n",), (b"c\n",), (), (b"d\n",), 1),
    ]
    ids = [hunk_id(hunk) for hunk in (one, *others)]
    assert len(set(ids)) == len(ids)
    assert hunk_id(Hunk("", b"f", 9, 8, (b"a\n",), (b"b\n",), (b"c\n",), (b"d\n",), 3)) == ids[0]
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in ids)


def test_ids_stay_what_they_are_from_version_to_version() -> None:
    """They are kept in logs: a change of how they are made would lose every verdict."""
    hunk = Hunk("", b"f", 1, 1, (b"a\n",), (b"b\n",), (b"c\n",), (b"d\n",), 1)
    assert hunk_id(hunk) == "2e45f7dbebce38662ae44856fa146236"
    assert item_id("mode", b"f", b"100644", b"100755") == "cb589c65941f6f17477dd0c7180c6fbe"


def test_equal_hunks_are_counted() -> None:
    one = Hunk("", b"f", 1, 1, (b"a\n",), (b"b\n",), (), (), 1)
    other = Hunk("", b"f", 5, 5, (b"x\n",), (), (), (), 1)
    found = identified([one, other, one])
    assert [hunk.ordinal for hunk in found] == [0, 0, 1]
    assert [hunk.id for hunk in found] == [hunk_id(hunk) for hunk in found]
    assert len({hunk.id for hunk in found}) == 3
