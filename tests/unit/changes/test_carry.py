"""What was said goes along with exactly the bytes it was said of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.changes.aims import OfAll, OfFile, OfLines, OfUnit
from prdrunner_tui.changes.carry import Carried, carry
from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.deciding import Said, approve, clear, edit, reject, write
from prdrunner_tui.changes.links import MOST_PAIRS, likeness, words
from prdrunner_tui.changes.selection import all_lines
from prdrunner_tui.changes.splice import splice
from prdrunner_tui.changes.trimming import common_ends, trimmed
from prdrunner_tui.changes.units import Hunk, lines_of
from prdrunner_tui.changes.verdicts import Changed, Review, Subject, Verdict, selection, subjects
from tests.effort import effort
from tests.unit.changes.files import answer, oid, pairs_of_texts
from tests.unit.changes.records import (
    POLICY,
    YOU,
    change_set,
    hunks,
    items,
    letters,
    lines,
    modified,
    record,
    text,
)
from tests.unit.changes.test_verdicts import Actions, do
from tests.unit.changes.trees import EXECUTABLE, FILE, LINK, SUBMODULE, Repository

EMPTY = Review()


@dataclass(frozen=True)
class Held:
    """A reason of a guard."""

    kind: str = "protected"
    detail: str = "f"


def said_of(changes: ChangeSet, *marks: Any, said: Said = YOU) -> Review:
    """A review with one verdict a hunk of the first file: approve, reject, a text to put there, or None."""
    review = EMPTY
    for hunk, mark in zip(hunks(changes), marks, strict=True):
        if isinstance(mark, bytes):
            review = edit(review, changes, OfUnit(hunk.path, hunk.id), mark, said).review
        elif mark is not None:
            review = mark(review, changes, (OfUnit(hunk.path, hunk.id),), said).review
    return review


def marks_of(carried: Carried | Review, changes: ChangeSet) -> list[str]:
    """The mark of each unit of the first file; ``changed`` where there is a link."""
    review = carried.review if isinstance(carried, Carried) else carried
    found = []
    for unit in changes.units(0):
        verdict = review.verdicts.get(unit.id)
        found.append(verdict.mark if verdict else "changed" if unit.id in review.changed else "-")
    return found


def test_the_same_change_set_has_the_same_verdicts_and_no_past() -> None:
    changes = modified(letters(), letters(b="B\nB2", f="F", m="M", p="P"))
    review = said_of(changes, approve, reject, b"mine\n", None)
    one = hunks(changes)[0]
    review = approve(review, changes, (OfLines(b"f", one.id, lines("+1")),), YOU).review
    assert carry(review, changes) == Carried(replace(review, past=()), (), ())


def test_verdicts_stay_on_unchanged_hunks_when_others_change() -> None:
    before = modified(letters(), letters(b="B", f="F", m="M"))
    review = said_of(before, approve, reject, approve, said=Said("ada", 1, reason="why"))
    after = modified(letters(), letters(a="A1\nA2\na", f="F", m="other"))
    carried = carry(review, after)
    assert marks_of(carried, after) == ["-", "rejected", "changed"]
    verdict = carried.review.verdicts[hunks(after)[1].id]
    assert verdict.subject == list(subjects(after, 0))[1] and verdict.subject.unit.new_start == 8
    assert (verdict.by, verdict.iteration, verdict.reason, verdict.direct) == ("ada", 1, "why", True)
    assert carried.lost == (
        review.verdicts[hunks(before)[0].id],
        review.verdicts[hunks(before)[2].id],
    )
    assert carried.review.changed == {
        hunks(after)[2].id: Changed(list(subjects(after, 0))[2], review.verdicts[hunks(before)[2].id])
    }


def test_line_verdicts_go_along_with_their_hunk() -> None:
    before = modified(letters(), letters(b="B\nB2", m="M"))
    hunk = hunks(before)[0]
    review = approve(EMPTY, before, (OfLines(b"f", hunk.id, lines("-1", "+2")),), YOU).review
    review = reject(review, before, (OfLines(b"f", hunk.id, lines("+1")),), YOU).review
    same = modified(letters(), letters(b="B\nB2"))
    verdict = carry(review, same).review.verdicts[hunk.id]
    assert (verdict.approved, verdict.rejected) == (lines("-1", "+2"), lines("+1"))
    other = modified(letters(), letters(b="B\nB3"))
    assert marks_of(carry(review, other), other) == ["changed"]


BLOCK = ("x", "y", "z", "old", "x", "y", "z")
REPEATED = text(*BLOCK, *"123", *BLOCK, *"456", *BLOCK)


def repeated(*news: str) -> bytes:
    """Three equal blocks, of which some have another line in the middle."""
    parts = [tuple(new if line == "old" else line for line in BLOCK) for new in news]
    return text(*parts[0], *"123", *parts[1], *"456", *parts[2])


def test_on_the_same_base_the_place_decides_not_the_number_among_equals() -> None:
    before = modified(REPEATED, repeated("old", "new", "old"))
    review = said_of(before, approve)
    after = modified(REPEATED, repeated("new", "new", "old"))
    first, second = hunks(after)
    assert [first.id] == [hunk.id for hunk in hunks(before)], "the id went to the one above"
    carried = carry(review, after)
    assert carried.review.verdicts.keys() == {second.id}
    assert carried.review.verdicts[second.id].subject.equals == 2
    assert carried.review.changed == {} and carried.lost == ()
    gone = modified(REPEATED, repeated("new", "old", "old"))
    assert [hunk.id for hunk in hunks(gone)] == [first.id]
    assert carry(review, gone).review.verdicts == {}


def moved(new: bytes, above: str = "top") -> ChangeSet:
    """A change of the repeated blocks, on a base that has other lines above."""
    return modified(text(above, *"mnopq") + REPEATED, text(above, *"mnopq") + new)


def test_on_another_base_one_hunk_goes_by_id_and_bytes() -> None:
    before = moved(repeated("old", "new", "old"))
    review = said_of(before, reject)
    after = moved(repeated("old", "new", "old"), above="another\ntop")
    carried = carry(review, after)
    assert marks_of(carried, after) == ["rejected"]
    assert carried.review.verdicts[hunks(after)[0].id].subject == next(subjects(after, 0))
    other = moved(repeated("old", "else", "old"), above="another\ntop")
    assert marks_of(carry(review, other), other) == ["changed"]


def test_on_another_base_equal_hunks_have_to_be_as_many_as_before() -> None:
    before = moved(repeated("old", "new", "old"))
    review = said_of(before, approve)
    after = moved(repeated("old", "new", "new"), above="another")
    assert marks_of(carry(review, after), after) == ["changed", "changed"]
    two = moved(repeated("old", "new", "new"))
    both = said_of(two, approve, approve)
    one = moved(repeated("old", "new", "old"), above="another")
    assert carry(both, one).review.verdicts == {}
    assert marks_of(carry(both, after), after) == ["approved", "approved"]


@pytest.mark.parametrize(
    ("marks", "kept"),
    [
        ((approve, approve), ["approved", "approved"]),
        ((reject, reject), ["rejected", "rejected"]),
        ((b"mine\n", b"mine\n"), ["edited", "edited"]),
        ((b"mine\n", b"other\n"), ["-", "-"]),
        ((approve, reject), ["-", "-"]),
        ((approve, None), ["changed", "changed"]),
        ((None, approve), ["changed", "changed"]),
    ],
)
def test_on_another_base_the_same_has_to_be_said_of_all_equal_hunks(marks: Any, kept: list[str]) -> None:
    before = moved(repeated("old", "new", "new"))
    after = moved(repeated("old", "new", "new"), above="another")
    carried = carry(said_of(before, *marks), after)
    assert marks_of(carried, after) == kept
    assert len(carried.lost) == (
        0 if kept[0] in ("approved", "rejected", "edited") else len(marks) - marks.count(None)
    )


def test_what_was_said_of_equal_hunks_is_more_than_the_mark() -> None:
    before = moved(repeated("old", "new", "new"))
    after = moved(repeated("old", "new", "new"), above="another")
    first, second = hunks(before)
    part = approve(EMPTY, before, (OfLines(b"f", first.id, lines("+1")),), YOU).review
    both = approve(part, before, (OfLines(b"f", second.id, lines("+1")),), YOU).review
    assert len(carry(both, after).review.verdicts) == 2
    unlike = approve(part, before, (OfLines(b"f", second.id, lines("-1")),), YOU).review
    assert carry(unlike, after).review.verdicts == {}
    indirect = approve(said_of(before, approve, None), before, (OfAll(),), YOU).review
    assert carry(indirect, after).review.verdicts == {}
    reasons = said_of(before, reject, None, said=Said("you", 1, reason="one"))
    assert carry(reject(reasons, before, (OfUnit(b"f", second.id),), YOU).review, after).review.verdicts == {}
    own = {
        key: replace(verdict, own=key == first.id)
        for key, verdict in said_of(before, approve, approve).verdicts.items()
    }
    assert carry(Review(own), after).review.verdicts == {}
    when = said_of(before, approve, None, said=Said("ada", 7))
    later = approve(when, before, (OfUnit(b"f", second.id),), YOU).review
    found = carry(later, after).review.verdicts
    assert [found[hunk.id].iteration for hunk in hunks(after)] == [7, 1]


def test_an_id_alone_is_not_enough() -> None:
    before = modified(letters(), letters(f="F"))
    for after in (modified(letters(), letters(f="evil")), moved(letters(f="evil"))):
        review = said_of(before, approve)
        (one,), (other,) = hunks(before), hunks(after)
        forged = replace(one, id=other.id)
        verdict = replace(review.verdicts[one.id], subject=Subject(forged, before.record(0)))
        assert carry(Review({other.id: verdict}), after).review.verdicts == {}
        path = replace(other, path=b"g")
        record_of_it = replace(after.record(0), old_blob="1" * 40)
        stray = Verdict(Subject(path, record_of_it), "approved")
        assert carry(Review({other.id: stray}), after).review.verdicts == {}


def test_the_lines_around_take_part() -> None:
    before = modified(letters(), letters(f="F"))
    other = modified(letters(d="D"), letters(d="D", f="F"))
    assert marks_of(carry(said_of(before, approve), other), other) == ["changed"]
    farther = modified(letters(b="D"), letters(b="D", f="F"))
    assert marks_of(carry(said_of(before, approve), farther), farther) == ["approved"]


@pytest.mark.parametrize("other", ["status", "old_path", "added_mode", "copied"])
def test_what_comes_along_with_a_part_of_a_file_has_to_be_the_same(other: str) -> None:
    old, new = letters(), letters(f="F")
    pairs = {
        "status": (
            record(b"f", text("x"), None),
            record(b"f", text("x"), b""),
        ),
        "old_path": (
            record(b"f", old, new, status="R", old_path=b"e"),
            record(b"f", old, new, status="R", old_path=b"d"),
        ),
        "added_mode": (
            record(b"f", None, new),
            record(b"f", None, new, modes=(0o100644, 0o100755)),
        ),
        "copied": (
            record(b"f", text("top") + old, text("top") + new, status="C", old_path=b"e"),
            record(b"f", old, new, status="C", old_path=b"e"),
        ),
    }
    before, after = (change_set(one) for one in pairs[other])
    review = approve(EMPTY, before, (OfAll(),), YOU).review
    (hunk,) = hunks(before)
    assert [one.content for one in hunks(after)] == [hunk.content]
    carried = carry(review, after)
    assert hunk.id not in carried.review.verdicts and hunk.id in carried.review.changed
    assert carry(review, before).review.verdicts == review.verdicts


def test_modes_that_are_items_of_their_own_do_not_matter_to_hunks() -> None:
    before = change_set(record(b"f", letters(), letters(f="F")))
    after = change_set(record(b"f", letters(), letters(f="F"), modes=(0o100644, 0o100755)))
    carried = carry(said_of(before, approve), after)
    assert marks_of(carried, after) == ["-", "approved"]
    renamed = change_set(record(b"f", letters(), letters(f="F"), status="R", old_path=b"e"))
    other = change_set(
        record(b"f", text("t") + letters(), text("t") + letters(f="F"), status="R", old_path=b"e")
    )
    review = approve(EMPTY, renamed, (OfAll(),), YOU).review
    assert marks_of(carry(review, other), other) == ["approved", "approved"]


def test_items_go_by_their_content() -> None:
    binary = change_set(record(b"f", b"1", b"2", binary=True, modes=(0o100644, 0o100755)))
    review = approve(EMPTY, binary, (OfAll(),), YOU).review
    mode, whole = items(binary)
    assert carry(review, binary).review.verdicts == review.verdicts
    for old, new in ((b"1", b"3"), (b"0", b"2")):
        after = change_set(record(b"f", old, new, binary=True, modes=(0o100644, 0o100755)))
        carried = carry(review, after)
        assert marks_of(carried, after) == ["approved", "changed"]
        assert carried.review.changed[items(after)[1].id].was == review.verdicts[whole.id]
        assert carried.lost == (review.verdicts[whole.id],)
    other = change_set(record(b"f", b"1", b"2", binary=True, modes=(0o100755, 0o100644)))
    assert [one.subject.unit for one in carry(review, other).lost if isinstance(one, Verdict)] == [
        whole,
        mode,
    ]
    assert marks_of(carry(review, other), other) == ["changed", "changed"]
    plain = change_set(record(b"f", letters(), letters(f="F")))
    assert marks_of(carry(review, plain), plain) == ["-"], "a hunk is in the place of no item"


def test_a_file_that_is_not_changed_any_more_loses_what_was_said() -> None:
    before = change_set(record(b"f", letters(), letters(f="F", b="B")), record(b"g", letters(), b""))
    first, second = hunks(before)
    review = said_of(before, reject, approve)
    review = write(review, before, b"g", b"mine", YOU).review
    after = change_set(record(b"h", letters(), letters(f="F")))
    assert carry(review, after) == Carried(
        EMPTY, (review.verdicts[first.id], review.verdicts[second.id], review.written[b"g"]), ()
    )


def test_each_file_is_looked_at_for_itself() -> None:
    before = change_set(*(record(path, letters(), letters(f="F")) for path in (b"e", b"f", b"g", b"h")))
    review = write(EMPTY, before, b"e", b"mine", YOU).review
    review = approve(review, before, (OfAll(),), YOU).review
    after = change_set(
        record(b"e", letters(), letters(f="F")),
        record(b"f", letters(), letters(f="else")),
        record(b"g", letters(), letters(f="else")),
        record(b"h", letters(), letters(f="F")),
    )
    carried = carry(review, after)
    assert list(carried.review.written) == [b"e"]
    assert [verdict.subject.file.path for verdict in carried.review.verdicts.values()] == [b"h"]
    assert [one.subject.file.path for one in carried.lost if isinstance(one, Verdict)] == [b"f", b"g"]


def test_lost_verdicts_stand_in_the_order_of_the_files_whatever_the_order_of_saying() -> None:
    before = change_set(
        record(b"f", letters(), letters(b="B", f="F"), modes=(0o100644, 0o100755)),
        record(b"e", letters(), letters(b="B")),
    )
    review = EMPTY
    for path, one in ((b"f", hunks(before, 1)[1]), (b"f", hunks(before, 1)[0]), (b"e", hunks(before, 0)[0])):
        review = approve(review, before, (OfUnit(path, one.id),), YOU).review
    review = approve(review, before, (OfAll(),), YOU).review
    lost = carry(review, change_set(record(b"x", b"", text("x")))).lost
    assert [(one.subject.unit) for one in lost if isinstance(one, Verdict)] == [
        *hunks(before, 0),
        *items(before, 1),
        *hunks(before, 1),
    ]


def test_an_edit_stays_while_the_agents_hunk_is_unchanged() -> None:
    before = modified(letters(), letters(f="F"))
    review = said_of(before, b"mine\n")
    after = modified(letters(), letters(f="F", m="M"))
    assert marks_of(carry(review, after), after) == ["edited", "-"]
    assert carry(review, after).review.verdicts[hunks(after)[0].id].text == (b"mine\n",)


def test_an_edit_that_the_agent_took_over_is_approved_as_the_persons_own() -> None:
    before = modified(letters(), letters(f="F\nF2", g=""))
    review = said_of(before, b"f\nmine\n")
    after = modified(letters(), letters(f="f\nmine", g=""))
    carried = carry(review, after)
    (hunk,) = hunks(after)
    assert (hunk.removed, hunk.added) == ((b"g\n",), (b"mine\n",)), "git leaves out what both begin with"
    verdict = carried.review.verdicts[hunk.id]
    assert (verdict.mark, verdict.text, verdict.own, verdict.direct) == ("approved", None, True, True)
    assert verdict.subject == next(subjects(after, 0)) and carried.lost == () and carried.held == ()
    assert selection(carried.review, after).units == {hunk.id}
    again = approve(carried.review, after, (OfUnit(b"f", hunk.id),), Said("you", 2)).review
    assert again.verdicts[hunk.id].own
    turned = reject(carried.review, after, (OfUnit(b"f", hunk.id),), YOU).review.verdicts[hunk.id]
    assert not turned.own
    part = clear(carried.review, after, (OfLines(b"f", hunk.id, lines("-1")),)).review.verdicts[hunk.id]
    assert not part.own
    assert carry(carried.review, after).review.verdicts == carried.review.verdicts


def test_an_edit_that_was_not_quite_taken_over_is_undecided() -> None:
    before = modified(letters(), letters(f="F"))
    review = said_of(before, b"mine\n")
    for after in (
        modified(letters(), letters(f="mine\nmore")),
        modified(letters(), letters(e="", f="mine")),
        modified(letters(), letters(g="mine")),
        modified(letters(m="0"), letters(f="mine", m="0")),
        change_set(record(b"f", letters(), letters(f="mine"), status="R", old_path=b"e")),
    ):
        carried = carry(review, after)
        assert carried.review.verdicts == {}
        assert carried.lost == tuple(review.verdicts.values())
    assert marks_of(carry(review, after), after) == ["-", "changed"]


def test_an_approval_of_the_same_text_is_not_taken_over() -> None:
    before = modified(letters(), letters(f="F", m="M"))
    after = modified(letters(), letters(f="mine"))
    rejected = said_of(before, reject, reject)
    assert carry(rejected, after).review.verdicts == {}


def test_a_verdict_that_was_not_direct_does_not_survive_on_a_guarded_unit() -> None:
    changes = modified(letters(), letters(b="B\nB2", f="F", m="M"))
    one, two, three = hunks(changes)
    guards = {hunk.id: (Held(),) for hunk in (one, two)}
    review = approve(EMPTY, changes, (OfUnit(b"f", two.id),), YOU).review
    review = approve(review, changes, (OfAll(),), YOU).review
    carried = carry(review, changes, guards)
    assert marks_of(carried, changes) == ["-", "approved", "approved"]
    assert carried.held == (one.id,) and carried.lost == ()
    assert carry(review, changes, {one.id: ()}).held == ()
    part = reject(review, changes, (OfLines(b"f", one.id, lines("+2")),), YOU).review
    assert marks_of(carry(part, changes, guards), changes)[0] == "-"
    rejected = reject(EMPTY, changes, (OfAll(),), POLICY).review
    assert marks_of(carry(rejected, changes, guards), changes) == ["rejected"] * 3
    edited = edit(EMPTY, changes, OfUnit(b"f", one.id), b"mine\n", YOU).review
    assert marks_of(carry(edited, changes, guards), changes)[0] == "edited"
    assert three.id in carried.review.verdicts


def test_a_written_file_stays_while_nothing_changed_or_its_bytes_came() -> None:
    old, new = letters(), letters(f="F")
    before = change_set(record(b"f", old, new))
    review = write(EMPTY, before, b"f", b"mine\n", Said("ada", 3, reason="why")).review
    assert carry(review, before) == Carried(replace(review, past=()), (), ())
    taken = change_set(record(b"f", old, b"mine\n"))
    carried = carry(review, taken, contents={oid(b"mine\n"): b"mine\n"})
    (written,) = carried.review.written.values()
    assert written.file == taken.record(0) and written.units == tuple(unit.id for unit in taken.units(0))
    assert (written.data, written.by, written.iteration, written.reason) == (b"mine\n", "ada", 3, "why")
    assert carried.lost == () and carried.review.changed == {} and carried.review.verdicts == {}
    assert selection(carried.review, taken).written == {b"f": b"mine\n"}
    on_tip = change_set(record(b"f", letters(a="0"), b"mine\n"))
    assert list(carry(review, on_tip, contents={oid(b"mine\n"): b"mine\n"}).review.written) == [b"f"]


def test_a_written_file_is_undecided_when_the_agent_wrote_something_else() -> None:
    old, new = letters(), letters(f="F", m="M")
    before = change_set(record(b"f", old, new))
    review = write(EMPTY, before, b"f", b"mine\n", YOU).review
    mine = {oid(b"mine\n"): b"mine\n"}
    for after, contents in (
        (change_set(record(b"f", old, b"mine\n")), {}),
        (change_set(record(b"f", old, b"mine\n")), {oid(b"mine\n"): b"forged\n"}),
        (change_set(record(b"f", old, letters(f="F"))), mine),
        (change_set(record(b"f", letters(a="0"), new)), {}),
        (change_set(record(b"f", old, new, modes=(0o100644, 0o100755))), mine),
        (change_set(record(b"f", old, b"mine\n", modes=(0o100755, 0o100755))), mine),
        (change_set(record(b"f", old, new, status="R", old_path=b"e")), mine),
        (change_set(record(b"f", None, b"mine\n")), mine),
    ):
        carried = carry(review, after, contents=contents)
        assert carried.review.written == {} and carried.review.verdicts == {}
        assert carried.lost == (review.written[b"f"],)
        assert carried.review.changed == {
            subject.unit.id: Changed(subject, review.written[b"f"]) for subject in subjects(after, 0)
        }


def test_links_stay_until_the_unit_is_decided_or_gone() -> None:
    first = modified(letters(), letters(f="F", m="M"))
    review = said_of(first, approve, reject)
    second = modified(letters(), letters(f="F2", m="M2"))
    review2 = carry(review, second).review
    f2, m2 = hunks(second)
    assert marks_of(review2, second) == ["changed", "changed"]
    assert carry(review2, second).review == review2
    decided = approve(review2, second, (OfUnit(b"f", f2.id),), YOU).review
    assert carry(decided, second).review.changed.keys() == {m2.id}
    third = modified(letters(), letters(f="F3", m="M2"))
    review3 = carry(review2, third).review
    assert marks_of(review3, third) == ["changed", "changed"]
    assert review3.changed[hunks(third)[0].id].was == review.verdicts[hunks(first)[0].id]
    newer = carry(decided, third).review.changed[hunks(third)[0].id].was
    assert newer == decided.verdicts[f2.id]
    assert carry(review3, modified(letters(), letters(a="A"))).review.changed == {}


def test_links_to_a_written_file_stay_too() -> None:
    first = modified(letters(), letters(f="F"))
    review = write(EMPTY, first, b"f", b"mine\n", YOU).review
    second = modified(letters(), letters(f="F2", m="M"))
    review2 = carry(review, second).review
    third = modified(letters(), letters(f="F3", m="M"))
    review3 = carry(review2, third)
    assert marks_of(review3, third) == ["changed", "changed"] and review3.lost == ()
    assert {link.was for link in review3.review.changed.values()} == {review.written[b"f"]}
    rewritten = write(review2, second, b"f", b"again\n", YOU).review
    links = carry(rewritten, third).review.changed.values()
    assert [link.was for link in links] == [rewritten.written[b"f"]] * 2


def test_a_link_on_another_base_has_to_be_certain() -> None:
    was = said_of(modified(letters(), letters(f="F")), approve).verdicts.popitem()[1]
    for news, kept in ((("old", "new", "old"), True), (("old", "new", "new"), False)):
        before = moved(repeated(*news))
        subject = next(subjects(before, 0))
        review = Review(changed={subject.unit.id: Changed(subject, was)})
        after = moved(repeated(*news), above="another")
        assert (subject.unit.id in carry(review, after).review.changed) == kept
        assert carry(review, before).review == review


def link_of(before: ChangeSet, after: ChangeSet, number: int = 0) -> Hunk | None:
    """What the n-th hunk now is linked to, when all hunks before were approved."""
    review = approve(EMPTY, before, (OfAll(),), YOU).review
    found = carry(review, after).review.changed.get(hunks(after)[number].id)
    assert found is None or isinstance(found.was, Verdict)
    return found.was.subject.unit if found and isinstance(found.was, Verdict) else None  # type: ignore[return-value]


def test_a_new_hunk_goes_with_the_one_that_it_shares_most_lines_of_the_base_with() -> None:
    before = modified(letters(), letters(b="1", c="2", f="3", g="4", h="5"))
    first, second = hunks(before)
    assert link_of(before, modified(letters(), letters(c="9"))) == first
    assert link_of(before, modified(letters(), letters(d="9"))) is None
    wide = modified(letters(), letters(b="9", c="9", d="9", e="9", f="9", g="9", h="9"))
    assert link_of(before, wide) == second
    even = modified(letters(), letters(b="9", c="9", d="9", e="9", f="9", g="9"))
    assert link_of(before, even) is None, "two lines of each"


def test_a_hunk_that_only_adds_lines_meets_what_stands_there() -> None:
    removing = modified(letters(), letters(f=""))
    adding = modified(letters(), letters(f="f\nnew"))
    assert link_of(removing, adding) == hunks(removing)[0]
    assert link_of(adding, removing) == hunks(adding)[0]
    above = modified(letters(), letters(f="new\nf"))
    assert link_of(removing, above) == hunks(removing)[0]
    assert link_of(above, removing) == hunks(above)[0]
    assert link_of(above, modified(letters(), letters(f="other\nf"))) == hunks(above)[0]
    for far in (modified(letters(), letters(d="d\nnew")), modified(letters(), letters(g="g\nnew"))):
        assert link_of(removing, far) is None
    for far in (modified(letters(), letters(e="")), modified(letters(), letters(h=""))):
        assert link_of(adding, far) is None
    both = modified(letters(), letters(d="d\nnew", f="", h="h\nnew"))
    assert link_of(both, modified(letters(), letters(e="", f="", g="", h=""))) == hunks(both)[1]
    touching = modified(letters(), letters(d="d\n1", h="h\n2"))
    assert link_of(touching, modified(letters(), letters(e="", f="", g="", h=""))) is None


def test_lines_of_another_base_are_never_shared() -> None:
    before = modified(letters(), letters(f="3"))
    assert link_of(before, modified(letters(p="0"), letters(f="quite another", p="0"))) is None
    assert link_of(before, modified(letters(), letters(f="quite another"))) == hunks(before)[0]


def test_a_hunk_elsewhere_goes_with_the_one_that_is_most_like_it() -> None:
    base = letters()
    before = modified(base, letters(b="raise Error(one)", f="return two", m="x"))
    one, two, _ = hunks(before)
    after = modified(text("t") + base, text("t") + letters(b="raise Error(one, more)", f="return 3"))
    assert link_of(before, after) == one and link_of(before, after, 1) == two
    on_base = modified(base, letters(d="return two"))
    assert link_of(before, on_base) == two
    twice = modified(base, letters(b="return two words here", f="return two words here"))
    other = modified(base, letters(d="return two words here now"))
    assert link_of(twice, other) is None, "both are as like"


def test_likeness_counts_words_and_signs_removed_apart_from_added() -> None:
    def bag(old: bytes, new: bytes) -> Counter[bytes]:
        (hunk,) = hunks(modified(old, new))
        return words(hunk)

    assert bag(b"a\n", b"if x:\ny\n") == Counter([b"-a", b"+if", b"+x", b"+:", b"+y"])
    assert words(hunks(modified(b"", b"ab " * 9000))[0]).total() == 16384 // 3 + 1
    assert likeness(Counter(), Counter()) == 0
    assert likeness(Counter([b"+a", b"+b"]), Counter([b"+a"])) == 2 / 3
    assert likeness(Counter([b"+a"]), Counter([b"-a"])) == 0
    assert likeness(Counter([b"+a", b"+a"]), Counter([b"+a", b"+a"])) == 1
    half = modified(b"a\n" * 9 + b"k\n", b"a\n" * 9 + b"x y z\n")
    base = b"0\n" + b"a\n" * 9 + b"k\n"
    assert link_of(half, modified(base, base.replace(b"k", b"x 2 3"))) is not None
    assert link_of(half, modified(base, base.replace(b"k", b"x 2 3 4"))) is None


def test_where_there_are_too_many_hunks_likeness_is_not_looked_at() -> None:
    def file(old: int, word: str, top: str = "top") -> bytes:
        """Sixty-six places, of which the first ``old`` are as in the base."""
        places = ((f"{word if n >= old else 'old'} {n}", f"end of {n}") for n in range(66))
        return text(top, *(line for place in places for line in place))

    before = modified(file(66, ""), file(2, "new"))
    assert len(hunks(before)) ** 2 == MOST_PAIRS
    review = approve(EMPTY, before, (OfAll(),), YOU).review
    fits = modified(file(66, "", "more"), file(2, "new", "more").replace(b"new", b"new new"))
    assert [one.was for one in carry(review, fits).review.changed.values()] == list(review.verdicts.values())
    over = modified(file(66, "", "more"), file(1, "new", "more").replace(b"new", b"new new"))
    assert len(hunks(over)) == 65 and carry(review, over).review.changed == {}


def test_items_and_hunks_are_linked_apart() -> None:
    before = change_set(record(b"f", letters(), letters(f="F"), modes=(0o100644, 0o100755)))
    review = approve(EMPTY, before, (OfAll(),), YOU).review
    after = change_set(record(b"f", letters(), letters(f="quite another"), modes=(0o100755, 0o100644)))
    links = carry(review, after).review.changed
    assert [links[unit.id].was for unit in after.units(0)] == [
        review.verdicts[unit.id] for unit in before.units(0)
    ]


def test_each_earlier_verdict_stays_to_be_linked_to() -> None:
    first = modified(letters(), letters(b="B", m="M"))
    review = said_of(first, approve, approve)
    second = carry(review, modified(letters(), letters(b="B2", m="M2"))).review
    third = modified(letters(), letters(b="B3", m="M3"))
    links = carry(second, third).review.changed
    assert [links[hunk.id].was for hunk in hunks(third)] == list(review.verdicts.values())


def test_one_verdict_that_two_units_are_linked_to_is_no_tie() -> None:
    first = modified(letters(), letters(f="1", g="2", h="3"))
    review = said_of(first, approve)
    second = modified(letters(), letters(f="4", h="5"))
    split = carry(review, second).review
    assert marks_of(split, second) == ["changed", "changed"]
    third = modified(letters(), letters(f="6", g="7"))
    joined = carry(split, third).review
    assert [link.was for link in joined.changed.values()] == list(review.verdicts.values())


def test_common_ends() -> None:
    assert common_ends((), ()) == (0, 0)
    assert common_ends((b"a",), (b"a",)) == (1, 0)
    assert common_ends((b"a", b"b", b"c"), (b"a", b"x", b"c")) == (1, 1)
    assert common_ends((b"a", b"a"), (b"a", b"a", b"a")) == (2, 0)
    assert common_ends((b"a",), (b"b", b"a")) == (0, 1)
    assert trimmed(4, (b"a", b"b"), (b"a", b"x")) == (5, (b"b",), (b"x",))
    assert trimmed(4, (b"b", b"a"), (b"x", b"a")) == (4, (b"b",), (b"x",))
    assert trimmed(4, (b"a",), (b"a", b"b")) == (5, (), (b"b",))
    assert trimmed(4, (b"a", b"b"), (b"a", b"b")) == (6, (), ())


@given(
    st.lists(st.sampled_from((b"a\n", b"b\n")), max_size=6),
    st.lists(st.sampled_from((b"a\n", b"b\n")), max_size=6),
)
@effort(100)
def test_a_trimmed_replacement_does_the_same(removed: list[bytes], added: list[bytes]) -> None:
    base = [b"top\n", *removed, b"end\n"]
    index, less, more = trimmed(1, removed, added)
    assert [*base[:index], *more, *base[index + len(less) :]] == [b"top\n", *added, b"end\n"]
    assert tuple(base[index : index + len(less)]) == less
    assert not (less and more) or (less[0] != more[0] and less[-1] != more[-1])


@st.composite
def versions(draw: st.DrawFn) -> tuple[ChangeSet, ChangeSet]:
    """What an agent made of a text, and what became of it, on the same base or another."""
    base, first = draw(pairs_of_texts())
    second = draw(st.one_of(st.just(first), pairs_of_texts().map(lambda both: both[1])))
    parts = lines_of(first)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(parts)))
        parts[at : at + draw(st.integers(0, 2))] = draw(
            st.lists(st.sampled_from((b"alpha\n", b"}\n")), max_size=2)
        )
    edited = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in parts)
    second = draw(st.sampled_from((second, edited)))
    above = draw(st.sampled_from((b"", b"", b"alpha\n", b"}\n\nbeta\n")))
    before = {} if base == first else {b"f": (base, first)}
    after = {} if above + base == above + second else {b"f": (above + base, above + second)}
    return ChangeSet(answer(before)), ChangeSet(answer(after))


def bytes_and_marks(verdict: Verdict) -> tuple[object, ...]:
    """What was said of which bytes."""
    assert isinstance(verdict.subject.unit, Hunk)
    return verdict.subject.unit.content, verdict.mark, verdict.approved, verdict.rejected, verdict.text


def takes_over(verdict: Verdict, before: Verdict) -> bool:
    """Whether an approved hunk does to its base what a person's text did to it in the place of an earlier one."""
    now, then, wanted = verdict.subject.unit, before.subject.unit, before.text
    assert isinstance(now, Hunk) and isinstance(then, Hunk) and wanted is not None
    begin = now.old_index - then.old_index
    return wanted == (*then.removed[:begin], *now.added, *then.removed[begin + len(now.removed) :])


@given(versions(), Actions)
@effort(400)
def test_nothing_is_taken_that_was_not_taken_before_with_the_same_bytes(
    pair: tuple[ChangeSet, ChangeSet], actions: list[tuple[int, int, int]]
) -> None:
    before, after = pair
    review = EMPTY
    for action in actions if len(before) else ():
        review = do(review, before, (action[0] % 5, *action[1:]), {}).review
    carried = carry(review, after)
    said = list(review.verdicts.values())
    for key, verdict in carried.review.verdicts.items():
        now = verdict.subject.unit
        assert key == now.id and isinstance(now, Hunk)
        same = [one for one in said if bytes_and_marks(one) == bytes_and_marks(verdict)]
        own = [one for one in said if one.text is not None and takes_over(verdict, one)]
        assert own if verdict.own else same
    selection(carried.review, after)
    assert not carried.review.past and not carried.held
    assert len(carried.review.verdicts) + len(carried.lost) == len(review.verdicts)
    assert not carried.review.changed.keys() & carried.review.verdicts.keys()


@given(versions(), Actions)
@effort(150)
def test_the_same_change_set_keeps_everything(
    pair: tuple[ChangeSet, ChangeSet], actions: list[tuple[int, int, int]]
) -> None:
    review = EMPTY
    for action in actions if len(pair[0]) else ():
        review = do(review, pair[0], action, {}).review
    assert carry(review, pair[0]) == Carried(replace(review, past=()), (), ())
    once = carry(review, pair[1]).review
    assert carry(once, pair[1]).review == once


@given(pairs_of_texts().filter(lambda both: both[0] != both[1]), st.data())
@effort(150)
def test_a_text_that_the_agent_takes_over_gives_the_bytes_that_the_person_wanted(
    pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    base, first = pair
    before = modified(base, first)
    hunk = data.draw(st.sampled_from(hunks(before)))
    mine = data.draw(st.sampled_from((b"mine\n", b"alpha\n", b"", b"".join(hunk.removed) + b"}\n")))
    review = edit(EMPTY, before, OfUnit(b"f", hunk.id), mine, YOU).review
    review = approve(review, before, (OfFile(b"f"),), YOU).review
    chosen = selection(review, before)
    wanted = splice(base, hunks(before), chosen.taken(before.units(0)))
    after = ChangeSet(answer({} if base == wanted else {b"f": (base, wanted)}))
    carried = carry(review, after)
    again = carry(carried.review, after).review
    assert again == carried.review
    if len(after):
        taken = selection(carried.review, after).taken(after.units(0))
        sure = {one.id for one in hunks(after)} & taken.keys()
        for one in hunks(after):
            assert one.id not in sure or taken[one.id] is None or one.id == hunk.id
        if len(sure) == len(hunks(after)) and hunk.id not in sure:
            assert splice(base, hunks(after), taken) == wanted


def test_a_text_stays_with_a_hunk_that_the_agent_gives_again_and_what_it_adds_beside_is_undecided() -> None:
    """The same bytes written as two hunks: a line moved past its equals is one removed and one added."""
    base, first = b"alpha\n" * 5 + b"beta\nalpha\n", b"alpha\n" * 6
    before = modified(base, first)
    (hunk,) = hunks(before)
    review = edit(EMPTY, before, OfUnit(b"f", hunk.id), b"alpha\n", YOU).review
    review = approve(review, before, (OfFile(b"f"),), YOU).review
    after = ChangeSet(answer({b"f": (base, b"alpha\n" * 7)}))
    carried = carry(review, after)
    verdict = carried.review.verdicts[hunk.id]
    assert verdict.text == (b"alpha\n",)
    undecided = {one.id for one in hunks(after)} - carried.review.verdicts.keys()
    assert len(hunks(after)) == 2 and len(undecided) == 1


def test_all_lines_of_a_carried_hunk_are_its_own() -> None:
    before = modified(letters(), letters(b="B\nB2"))
    (hunk,) = hunks(before)
    verdict = carry(said_of(before, approve), before).review.verdicts[hunk.id]
    assert verdict.lines() == (all_lines(hunk), frozenset())


def test_every_kind_of_change_between_real_trees_is_taken_and_carried(repository: Repository) -> None:
    base = {
        b"moved": (FILE, letters()),
        b"mode": (FILE, b"x\n"),
        b"gone": (FILE, text("gone")),
        b"type": (FILE, text("type")),
        b"link": (LINK, b"one"),
        b"sub": (SUBMODULE, b"1" * 40),
        b"data": (FILE, b"\0one"),
        b"text": (FILE, letters(a="1")),
        b"source": (FILE, letters(b="2")),
    }
    target = {
        b"to/moved": (FILE, letters(f="F")),
        b"mode": (EXECUTABLE, b"x\ny\n"),
        b"type": (LINK, b"text"),
        b"link": (LINK, b"two"),
        b"sub": (SUBMODULE, b"2" * 40),
        b"data": (FILE, b"\0two"),
        b"text": (FILE, letters(a="1", f="F", m="M")),
        b"new": (EXECUTABLE, text("new")),
        b"empty": (FILE, b""),
        b"source": (FILE, letters(b="2", m="M")),
        b"copy": (FILE, letters(b="2", p="P")),
    }
    changes = repository.between(base, target, copies=True)
    review = approve(EMPTY, changes, (OfAll(),), YOU).review
    assert repository.take(changes, base, selection(review, changes)) == target
    again = repository.between(base, target, copies=True)
    assert carry(review, again) == Carried(replace(review, past=()), (), ())
    moved_on = {**base, b"tip": (FILE, b"tip\n"), b"text": (FILE, letters(a="2"))}
    rebuilt = {**target, b"tip": (FILE, b"tip\n"), b"text": (FILE, letters(a="2", f="F", m="M"))}
    after = repository.between(moved_on, rebuilt, copies=True)
    carried = carry(review, after)
    assert (
        carried.lost == () and repository.take(after, moved_on, selection(carried.review, after)) == rebuilt
    )
    executable = {**target, b"new": (FILE, text("new"))}
    plain = carry(review, repository.between(base, executable, copies=True))
    assert [one.subject.file.path for one in plain.lost if isinstance(one, Verdict)] == [b"new"]
