"""What is said of units, by whom, how it is undone, and what is thereby taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.changes.aims import Aim, OfAll, OfFile, OfLines, OfUnit
from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.deciding import Said, approve, clear, edit, reject, write
from prdrunner_tui.changes.files import raw_change
from prdrunner_tui.changes.order import Line
from prdrunner_tui.changes.selection import Selection, all_lines
from prdrunner_tui.changes.standing import Standing, Tally, count, of_file, of_unit, tally, together
from prdrunner_tui.changes.undoing import Acted, undo
from prdrunner_tui.changes.units import Hunk
from prdrunner_tui.changes.verdicts import (
    Changed,
    Review,
    Subject,
    Verdict,
    Written,
    selection,
    subjects,
)
from prdrunner_tui.text.problem import Problem
from tests.effort import effort
from tests.unit.changes.files import answer, pairs_of_texts
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

EMPTY = Review()
CHANGES = change_set(
    record(b"a", letters(), letters(b="B\nB2", f="F", m="")),
    record(b"bin", b"\0one", b"\0two", binary=True),
    record(b"c", letters(), letters(a="A")),
)
B, F, M = hunks(CHANGES, 0)
(BINARY,) = items(CHANGES, 1)
(A,) = hunks(CHANGES, 2)
EVERY = [unit.id for _, units in CHANGES.all_units() for unit in units]


@dataclass(frozen=True)
class Held:
    """A reason of a guard."""

    kind: str = "secret"
    detail: str = "AWS access key"


GUARDED = {F.id: (Held(),)}


def unit(one: Any) -> tuple[Aim]:
    """The aim at one unit."""
    return (OfUnit(one.path, one.id),)


def marks(review: Review) -> dict[str, str]:
    """The mark of each unit that has a verdict."""
    return {key: verdict.mark for key, verdict in review.verdicts.items()}


def test_approving_a_unit_records_who_said_what_and_how_it_was_seen() -> None:
    said = Said("ada", 3, reason="fine", seen={F.id: "part"})
    acted = approve(EMPTY, CHANGES, unit(F), said)
    assert acted.units == (F.id,) and acted.skipped == {}
    assert acted.review.verdicts == {
        F.id: Verdict(
            Subject(F, CHANGES.record(0), 1),
            "approved",
            by="ada",
            iteration=3,
            reason="fine",
            seen="part",
            direct=True,
        )
    }
    assert approve(EMPTY, CHANGES, unit(F), YOU).review.verdicts[F.id].seen == "none"


def test_subjects_count_equal_hunks() -> None:
    old = text(*"abc", "x", *"abc", *"1234567", *"abc", "x", *"abc")
    changes = modified(old, old.replace(b"x\n", b"y\n"))
    assert [subject.equals for subject in subjects(changes, 0)] == [2, 2]
    assert [subject.equals for subject in subjects(CHANGES, 0)] == [1, 1, 1]
    assert list(subjects(CHANGES, 1)) == [Subject(BINARY, CHANGES.record(1), 1)]


def test_a_verdict_on_a_unit_turns_over_what_was_said() -> None:
    review = reject(EMPTY, CHANGES, unit(F), YOU).review
    assert marks(review) == {F.id: "rejected"}
    assert marks(approve(review, CHANGES, unit(F), YOU).review) == {F.id: "approved"}
    edited = edit(review, CHANGES, OfUnit(b"a", F.id), b"mine\n", YOU).review
    assert marks(edited) == {F.id: "edited"}
    again = approve(edited, CHANGES, unit(F), YOU).review
    assert marks(again) == {F.id: "approved"} and again.verdicts[F.id].text is None


@pytest.mark.parametrize("act", [approve, reject])
def test_a_verdict_on_a_file_or_everything_fills_only_what_is_undecided(act: Any) -> None:
    mark = {approve: "approved", reject: "rejected"}[act]
    review = approve(EMPTY, CHANGES, unit(B), YOU).review
    review = reject(review, CHANGES, unit(F), YOU).review
    review = edit(review, CHANGES, OfUnit(b"c", A.id), b"", YOU).review
    filled = act(review, CHANGES, (OfFile(b"a"),), YOU)
    assert filled.units == (M.id,)
    assert marks(filled.review) == {B.id: "approved", F.id: "rejected", A.id: "edited", M.id: mark}
    assert not filled.review.verdicts[M.id].direct and filled.review.verdicts[B.id].direct
    everything = act(filled.review, CHANGES, (OfAll(),), YOU)
    assert everything.units == (BINARY.id,)
    assert everything.review.verdicts[BINARY.id].mark == mark


def test_a_file_fills_the_undecided_lines_of_a_hunk_that_is_decided_in_part() -> None:
    said = Said("you", 1, reason="no B2")
    review = reject(EMPTY, CHANGES, (OfLines(b"a", B.id, lines("+2")),), said).review
    filled = approve(review, CHANGES, (OfFile(b"a"),), YOU).review.verdicts[B.id]
    assert (filled.approved, filled.rejected) == (lines("-1", "+1"), lines("+2"))
    assert filled.reason == "no B2" and not filled.direct and filled.decided


def test_a_policy_fills_only_units_of_which_nothing_is_decided() -> None:
    review = reject(EMPTY, CHANGES, (OfLines(b"a", B.id, lines("+2")),), YOU).review
    review = write(review, CHANGES, b"c", b"mine\n", YOU).review
    for aims in ((OfAll(),), (OfUnit(b"a", B.id), OfUnit(b"a", F.id), OfUnit(b"c", A.id))):
        acted = approve(review, CHANGES, aims, POLICY)
        assert set(acted.units) <= {F.id, M.id, BINARY.id} and F.id in acted.units
        assert acted.review.verdicts[B.id] == review.verdicts[B.id]
        assert acted.review.written == review.written
        assert acted.review.verdicts[F.id].by == "auto(policy)"
        assert not acted.review.verdicts[F.id].direct
    assert reject(approve(EMPTY, CHANGES, unit(F), YOU).review, CHANGES, unit(F), POLICY).units == ()


def test_lines_are_decided_one_by_one_and_together_make_the_hunk() -> None:
    def line(act: Any, review: Review, *names: str) -> Review:
        return act(review, CHANGES, (OfLines(b"a", B.id, lines(*names)),), YOU).review

    review = line(approve, EMPTY, "+1")
    verdict = review.verdicts[B.id]
    assert (verdict.mark, verdict.approved, verdict.rejected) == ("undecided", lines("+1"), frozenset())
    assert not verdict.decided and verdict.takes
    review = line(reject, review, "+2")
    verdict = review.verdicts[B.id]
    assert [verdict.of_line(one) for one in sorted(all_lines(B))] == ["approved", "rejected", "undecided"]
    mixed = line(approve, review, "-1").verdicts[B.id]
    assert mixed.mark == "undecided" and mixed.decided
    whole = line(approve, review, "-1", "+2").verdicts[B.id]
    assert (whole.mark, whole.approved, whole.rejected) == ("approved", frozenset(), frozenset())
    none = line(reject, line(reject, review, "-1"), "+1").verdicts[B.id]
    assert (none.mark, none.approved, none.rejected) == ("rejected", frozenset(), frozenset())
    assert not none.takes and none.decided
    assert [none.of_line(one) for one in lines("-1", "+1")] == ["rejected"] * 2
    assert whole.of_line(Line("-", 1)) == "approved"


def test_a_verdict_on_lines_is_direct_when_all_of_them_are() -> None:
    filled = approve(EMPTY, CHANGES, (OfAll(),), Said("you", 1, reason="all")).review
    part = reject(filled, CHANGES, (OfLines(b"a", B.id, lines("+2")),), YOU).review.verdicts[B.id]
    assert not part.direct and part.reason == "all"
    all_of_it = reject(filled, CHANGES, (OfLines(b"a", B.id, lines("-1", "+1", "+2")),), YOU)
    assert all_of_it.review.verdicts[B.id].direct and all_of_it.review.verdicts[B.id].reason == ""
    assert approve(EMPTY, CHANGES, (OfLines(b"a", B.id, lines("+2")),), YOU).review.verdicts[B.id].direct


def test_lines_of_an_edited_hunk_begin_anew() -> None:
    review = edit(EMPTY, CHANGES, OfUnit(b"a", B.id), b"mine\n", YOU).review
    verdict = review.verdicts[B.id]
    assert verdict.of_line(Line("+", 1)) == "edited" and verdict.lines() == (frozenset(), frozenset())
    part = approve(review, CHANGES, (OfLines(b"a", B.id, lines("+1")),), YOU).review.verdicts[B.id]
    assert (part.mark, part.approved, part.text) == ("undecided", lines("+1"), None)


def test_rejecting_the_rest_leaves_a_direct_approval_direct() -> None:
    some = approve(EMPTY, CHANGES, (OfLines(b"a", B.id, lines("+2")),), YOU).review
    filled = reject(some, CHANGES, (OfFile(b"a"),), YOU).review.verdicts[B.id]
    assert filled.direct and filled.takes and filled.decided
    indirect = approve(EMPTY, CHANGES, (OfFile(b"a"),), YOU).review
    fewer = reject(indirect, CHANGES, (OfLines(b"a", B.id, lines("+2")),), YOU).review.verdicts[B.id]
    assert not fewer.direct and fewer.takes


def test_several_aims_are_one_step_and_no_direct_one() -> None:
    aims = (OfUnit(b"a", F.id), OfLines(b"a", B.id, lines("+1")), OfFile(b"c"))
    acted = approve(reject(EMPTY, CHANGES, unit(F), YOU).review, CHANGES, aims, YOU)
    assert acted.units == (F.id, B.id, A.id) and len(acted.review.past) == 2
    assert not any(verdict.direct for verdict in acted.review.verdicts.values())
    assert marks(acted.review)[F.id] == "approved"


def test_a_guarded_unit_is_approved_only_by_a_person_who_aims_at_it_alone() -> None:
    for aims, said in (
        ((OfFile(b"a"),), YOU),
        ((OfAll(),), YOU),
        ((OfUnit(b"a", F.id), OfUnit(b"a", M.id)), YOU),
        (unit(F), POLICY),
        ((OfAll(),), POLICY),
    ):
        acted = approve(EMPTY, CHANGES, aims, said, GUARDED)
        assert acted.skipped == GUARDED and F.id not in acted.review.verdicts
        assert (M.id in acted.review.verdicts) == (aims != unit(F))
    for aims in (unit(F), (OfLines(b"a", F.id, lines("-1", "+1")),)):
        acted = approve(EMPTY, CHANGES, aims, YOU, GUARDED)
        assert acted.skipped == {} and marks(acted.review) == {F.id: "approved"}
    assert approve(EMPTY, CHANGES, unit(F), POLICY, {F.id: ()}).units == (F.id,)


def test_a_guarded_unit_that_is_decided_is_not_called_skipped() -> None:
    review = approve(EMPTY, CHANGES, unit(F), YOU, GUARDED).review
    acted = approve(review, CHANGES, (OfAll(),), YOU, GUARDED)
    assert acted.skipped == {} and acted.review.verdicts[F.id].direct
    rejected = reject(EMPTY, CHANGES, unit(F), YOU).review
    assert approve(rejected, CHANGES, (OfAll(),), YOU, GUARDED).skipped == {}


def test_rejecting_knows_no_guard() -> None:
    assert marks(reject(EMPTY, CHANGES, (OfAll(),), POLICY).review) == dict.fromkeys(EVERY, "rejected")


def test_each_aim_of_an_action_counts() -> None:
    review = approve(EMPTY, CHANGES, unit(F), YOU).review
    assert clear(review, CHANGES, (OfUnit(b"a", B.id), OfUnit(b"a", F.id))).units == (F.id,)
    review = approve(EMPTY, CHANGES, (OfUnit(b"a", B.id), OfUnit(b"a", M.id)), YOU).review
    assert approve(review, CHANGES, (OfUnit(b"a", B.id), OfUnit(b"a", F.id)), YOU).units == (F.id,)
    review = write(EMPTY, CHANGES, b"a", b"x", YOU).review
    assert clear(review, CHANGES, (OfLines(b"a", B.id, frozenset()), OfUnit(b"c", A.id))).review is review


def test_clearing_takes_back_lines_units_files_and_everything() -> None:
    review = approve(EMPTY, CHANGES, (OfAll(),), YOU).review
    part = clear(review, CHANGES, (OfLines(b"a", B.id, lines("+1")),)).review.verdicts[B.id]
    assert (part.mark, part.approved) == ("undecided", lines("-1", "+2"))
    assert marks(clear(review, CHANGES, unit(B)).review).keys() == set(EVERY) - {B.id}
    assert marks(clear(review, CHANGES, (OfFile(b"a"),)).review).keys() == {BINARY.id, A.id}
    cleared = clear(review, CHANGES, (OfAll(),))
    assert cleared.review.verdicts == {} and cleared.units == tuple(EVERY)
    rejected = reject(EMPTY, CHANGES, unit(B), YOU).review
    left = clear(rejected, CHANGES, (OfLines(b"a", B.id, lines("-1")),)).review.verdicts[B.id]
    assert (left.approved, left.rejected) == (frozenset(), lines("+1", "+2"))
    assert clear(rejected, CHANGES, (OfLines(b"a", B.id, all_lines(B)),)).review.verdicts == {}
    edited = edit(EMPTY, CHANGES, OfUnit(b"a", B.id), b"", YOU).review
    assert clear(edited, CHANGES, (OfLines(b"a", B.id, lines("-1")),)).review.verdicts == {}


def test_an_action_that_changes_nothing_is_no_step() -> None:
    review = approve(EMPTY, CHANGES, unit(F), YOU).review
    for acted in (
        approve(review, CHANGES, unit(F), YOU),
        approve(review, CHANGES, (OfLines(b"a", F.id, lines("+1")),), YOU),
        approve(review, CHANGES, (OfLines(b"a", B.id, frozenset()),), YOU),
        clear(review, CHANGES, unit(B)),
        clear(review, CHANGES, (OfLines(b"a", F.id, frozenset()),)),
        reject(review, CHANGES, (OfLines(b"a", F.id, frozenset()),), Said("ada", 2)),
        reject(review, CHANGES, (), YOU),
    ):
        assert acted == Acted(review, (), {}) and acted.review is review
    assert len(approve(review, CHANGES, unit(F), replace(YOU, iteration=2)).review.past) == 2
    written = write(review, CHANGES, b"a", b"x", YOU).review
    assert write(written, CHANGES, b"a", b"x", YOU).review is written


def test_undo_says_what_it_undid() -> None:
    first = approve(EMPTY, CHANGES, unit(F), YOU).review
    second = reject(first, CHANGES, (OfFile(b"a"),), YOU).review
    third = write(second, CHANGES, b"a", b"mine\n", YOU).review
    fourth = clear(third, CHANGES, (OfFile(b"a"),)).review
    fifth = edit(fourth, CHANGES, OfUnit(b"a", B.id), b"x", YOU).review
    found = []
    review = fifth
    while (undone := undo(review)) is not None:
        found.append((undone.act.action, undone.act.units, undone.act.paths))
        review = undone.review
        assert review == [EMPTY, first, second, third, fourth][5 - len(found)]
    assert found == [
        ("edit", (B.id,), ()),
        ("clear", (), (b"a",)),
        ("write", (B.id, F.id, M.id), (b"a",)),
        ("reject", (B.id, M.id), ()),
        ("approve", (F.id,), ()),
    ]


def test_an_edit_puts_a_text_in_the_place_of_a_hunk() -> None:
    said = Said("you", 2, reason="shorter", seen={F.id: "whole"})
    acted = edit(EMPTY, CHANGES, OfUnit(b"a", F.id), b"one\ntwo", said)
    verdict = acted.review.verdicts[F.id]
    assert (verdict.mark, verdict.text) == ("edited", (b"one\n", b"two\n"))
    assert (verdict.by, verdict.iteration, verdict.reason, verdict.seen) == ("you", 2, "shorter", "whole")
    assert verdict.direct and verdict.decided and verdict.takes and acted.units == (F.id,)
    assert edit(EMPTY, CHANGES, OfUnit(b"a", F.id), b"", YOU).review.verdicts[F.id].text == ()


def test_the_agents_own_lines_are_no_edit() -> None:
    acted = edit(EMPTY, CHANGES, OfUnit(b"a", B.id), b"B\nB2\n", YOU)
    assert acted.review.verdicts == approve(EMPTY, CHANGES, unit(B), YOU).review.verdicts


def test_an_edit_gets_the_line_end_of_its_file_unless_it_ends_the_file() -> None:
    windows = modified(b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n")
    (hunk,) = hunks(windows)
    assert edit(EMPTY, windows, OfUnit(b"f", hunk.id), b"x", YOU).review.verdicts[hunk.id].text == (b"x\r\n",)
    first = modified(b"b", b"a\r\nb")
    (hunk,) = hunks(first)
    assert edit(EMPTY, first, OfUnit(b"f", hunk.id), b"x", YOU).review.verdicts[hunk.id].text == (b"x\r\n",)
    last = modified(b"a\nb\n", b"a\nB")
    (hunk,) = hunks(last)
    assert edit(EMPTY, last, OfUnit(b"f", hunk.id), b"x", YOU).review.verdicts[hunk.id].text == (b"x",)


def test_only_a_person_edits_and_only_text() -> None:
    for act in (
        lambda: edit(EMPTY, CHANGES, OfUnit(b"a", F.id), b"x", POLICY),
        lambda: write(EMPTY, CHANGES, b"a", b"x", POLICY),
    ):
        with pytest.raises(ValueError, match="only a person edits"):
            act()
    with pytest.raises(Problem, match="has no lines to edit: binary is taken whole"):
        edit(EMPTY, CHANGES, OfUnit(b"bin", BINARY.id), b"x", YOU)
    for mode in (0o120000, 0o160000):
        link = change_set(record(b"l", b"x", b"y", modes=(mode, mode), binary=True))
        gone = change_set(record(b"l", b"x", None, modes=(mode, mode), binary=True))
        for changes in (link, gone):
            with pytest.raises(Problem, match="l is a link or a submodule"):
                write(EMPTY, changes, b"l", b"x", YOU)


def test_a_written_file_stands_for_its_units_until_one_of_them_is_aimed_at() -> None:
    before = reject(EMPTY, CHANGES, unit(F), YOU).review
    acted = write(before, CHANGES, b"a", b"mine\n", Said("you", 4, reason="rewritten"))
    assert acted.units == (F.id,) and acted.review.verdicts == {}
    assert acted.review.written == {
        b"a": Written(CHANGES.record(0), b"mine\n", (B.id, F.id, M.id), "you", 4, "rewritten")
    }
    for said in (YOU, POLICY):
        filled = approve(acted.review, CHANGES, (OfFile(b"a"),), said)
        assert filled.review is acted.review
    aimed = approve(acted.review, CHANGES, unit(B), YOU).review
    assert aimed.written == {} and marks(aimed) == {B.id: "approved"}
    edited = edit(acted.review, CHANGES, OfUnit(b"a", B.id), b"", YOU).review
    assert edited.written == {} and marks(edited) == {B.id: "edited"}
    for aims in (unit(B), (OfFile(b"a"),), (OfAll(),)):
        cleared = clear(acted.review, CHANGES, aims)
        assert cleared.review.written == {} and cleared.review.verdicts == {}
    assert clear(acted.review, CHANGES, (OfFile(b"c"),)).review is acted.review
    deleted = change_set(record(b"d", text("x"), None))
    assert list(write(EMPTY, deleted, b"d", b"kept\n", YOU).review.written) == [b"d"]


@pytest.mark.parametrize("act", [approve, reject, lambda *args: clear(*args[:3])])
def test_what_is_not_there_is_refused(act: Any) -> None:
    for aim, words in (
        (OfFile(b"no\x1b"), "no␛ did not change"),
        (OfUnit(b"no", F.id), "no did not change"),
        (OfUnit(b"c", F.id), f"c has nothing with the id {F.id[:12]} now"),
        (OfLines(b"c", "0" * 32, frozenset()), "c has nothing with the id 000000000000 now"),
        (OfLines(b"a", F.id, lines("+2")), f"{F.id[:12]} has no such lines"),
        (OfLines(b"bin", BINARY.id, frozenset()), "has no such lines"),
    ):
        with pytest.raises(Problem, match=words):
            act(EMPTY, CHANGES, (aim,), YOU)


def test_the_selection_is_exactly_what_is_approved() -> None:
    review = approve(EMPTY, CHANGES, unit(BINARY), YOU).review
    review = approve(review, CHANGES, (OfLines(b"a", B.id, lines("+1")),), YOU).review
    review = reject(review, CHANGES, (OfLines(b"a", B.id, lines("+2")),), YOU).review
    review = edit(review, CHANGES, OfUnit(b"a", F.id), b"f\n", YOU).review
    review = reject(review, CHANGES, unit(M), YOU).review
    review = write(review, CHANGES, b"c", b"mine", YOU).review
    assert selection(review, CHANGES) == Selection(
        units=frozenset({BINARY.id}),
        lines={B.id: lines("+1")},
        replaced={F.id: (b"f\n",)},
        written={b"c": b"mine"},
    )
    rejected = reject(EMPTY, CHANGES, (OfLines(b"a", B.id, lines("+2")),), YOU).review
    assert selection(rejected, CHANGES) == Selection()
    assert selection(EMPTY, CHANGES) == Selection()


def test_no_selection_from_what_was_said_of_something_else() -> None:
    review = approve(EMPTY, CHANGES, unit(F), YOU).review
    other = change_set(record(b"a", letters(), letters(b="B", f="F")))
    assert [hunk.id for hunk in hunks(other)].index(F.id) == 1
    for changes in (other, change_set(record(b"c", letters(), letters(a="A")))):
        with pytest.raises(ValueError, match=f"no such unit {F.id}"):
            selection(review, changes)
    forged = replace(review, verdicts={M.id: replace(review.verdicts[F.id])})
    with pytest.raises(ValueError, match="no such unit"):
        selection(forged, CHANGES)
    assert selection(reject(EMPTY, CHANGES, unit(F), YOU).review, other) == Selection()
    written = write(EMPTY, CHANGES, b"a", b"x", YOU).review
    for changes in (other, change_set(record(b"c", letters(), letters(a="A")))):
        with pytest.raises(ValueError, match="no such file b'a'"):
            selection(written, changes)


def test_a_verdict_that_cannot_be_is_refused() -> None:
    hunk, item = Subject(B, CHANGES.record(0)), Subject(BINARY, CHANGES.record(1))
    for words, made in (
        ("has a text", lambda: Verdict(hunk, "edited")),
        ("has a text", lambda: Verdict(hunk, "approved", text=())),
        ("whole", lambda: Verdict(hunk, "undecided")),
        ("or the unit", lambda: Verdict(hunk, "approved", approved=lines("+1"))),
        ("or the unit", lambda: Verdict(hunk, "rejected", rejected=lines("+1"))),
        ("not lines", lambda: Verdict(hunk, "undecided", approved=lines("+3"))),
        ("not lines", lambda: Verdict(hunk, "undecided", rejected=lines("+3"))),
        ("not lines", lambda: Verdict(hunk, "undecided", approved=lines("+1"), rejected=lines("+1"))),
        ("give the hunk", lambda: Verdict(hunk, "undecided", approved=all_lines(B))),
        ("give the hunk", lambda: Verdict(hunk, "undecided", rejected=all_lines(B))),
        ("an item", lambda: Verdict(item, "undecided", approved=lines("+1"))),
        ("an item", lambda: Verdict(item, "edited", text=())),
        ("whole", lambda: Verdict(item, "undecided")),
    ):
        with pytest.raises(ValueError, match=words):
            made()
    verdict = Verdict(item, "approved")
    assert verdict.lines() == (frozenset(), frozenset()) and verdict.decided and verdict.takes
    assert not Verdict(item, "rejected").takes


def test_how_units_and_files_stand() -> None:
    assert of_file(EMPTY, CHANGES, 0) is Standing.UNDECIDED
    review = approve(EMPTY, CHANGES, unit(B), YOU).review
    assert of_unit(review, B) is Standing.APPROVED and of_unit(review, F) is Standing.UNDECIDED
    assert of_file(review, CHANGES, 0) is Standing.SEVERAL
    review = approve(review, CHANGES, (OfFile(b"a"),), YOU).review
    assert of_file(review, CHANGES, 0) is Standing.APPROVED
    review = reject(review, CHANGES, (OfFile(b"bin"),), YOU).review
    assert of_file(review, CHANGES, 1) is Standing.REJECTED
    review = edit(review, CHANGES, OfUnit(b"c", A.id), b"", YOU).review
    assert of_file(review, CHANGES, 2) is Standing.EDITED
    part = approve(EMPTY, CHANGES, (OfLines(b"c", A.id, lines("+1")),), YOU).review
    assert of_unit(part, A) is Standing.SEVERAL
    assert of_unit(write(EMPTY, CHANGES, b"c", b"", YOU).review, A) is Standing.EDITED
    link = Changed(Subject(A, CHANGES.record(2)), review.verdicts[B.id])
    changed = Review(changed={A.id: link})
    assert of_unit(changed, A) is Standing.CHANGED and of_unit(changed, B) is Standing.UNDECIDED
    assert of_unit(approve(changed, CHANGES, unit(A), YOU).review, A) is Standing.APPROVED
    assert together(()) is Standing.UNDECIDED
    assert [one.value for one in Standing] == [
        *("undecided", "approved", "rejected", "edited", "changed", "several")
    ]


def test_counts() -> None:
    assert count(CHANGES) == 5
    assert tally(EMPTY, 5) == Tally(0, 0, 0, 5)
    review = approve(EMPTY, CHANGES, (OfLines(b"a", B.id, lines("+1")),), YOU).review
    assert tally(review, 5) == Tally(0, 0, 0, 5)
    review = reject(review, CHANGES, (OfLines(b"a", B.id, lines("-1", "+2")),), YOU).review
    assert tally(review, 5) == Tally(0, 0, 1, 4)
    review = approve(review, CHANGES, unit(F), YOU).review
    review = edit(review, CHANGES, OfUnit(b"a", M.id), b"x\n", YOU).review
    review = reject(review, CHANGES, unit(A), YOU).review
    assert tally(review, 5) == Tally(2, 1, 1, 1)
    assert tally(write(review, CHANGES, b"a", b"", YOU).review, 5) == Tally(3, 1, 0, 1)
    assert tally(reject(EMPTY, CHANGES, (OfAll(),), YOU).review, 5) == Tally(0, 5, 0, 0)
    split = reject(EMPTY, CHANGES, [OfLines(one.path, one.id, lines("-1")) for one in (B, F)], YOU).review
    assert tally(approve(split, CHANGES, (OfFile(b"a"),), YOU).review, 5) == Tally(1, 0, 2, 2)


def test_values_that_stand_for_nothing_said() -> None:
    assert Review() == Review({}, {}, {}, ()) and undo(Review()) is None
    deleted = raw_change([b":100644 000000 1 0 D", b"p"], 0)
    assert Written(deleted, b"", ()) == Written(deleted, b"", (), by="you", iteration=1, reason="")


Actions = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1000), st.integers(0, 255)), max_size=8)


def do(review: Review, changes: ChangeSet, action: tuple[int, int, int], guards: Any) -> Acted:
    """One action that numbers choose."""
    verb, which, more = action
    found = [one for _, units in changes.all_units() for one in units]
    one = found[which % len(found)]
    assert isinstance(one, Hunk)
    some = frozenset(line for n, line in enumerate(sorted(all_lines(one))) if more >> (n % 8) & 1)
    aims: tuple[Aim, ...] = (
        (OfUnit(one.path, one.id),),
        (OfLines(one.path, one.id, some),),
        (OfFile(one.path),),
        (OfAll(),),
        (OfUnit(one.path, one.id), OfLines(one.path, one.id, some)),
    )[more % 5]
    if verb < 2:
        return approve(review, changes, aims, YOU, guards)
    if verb == 2:
        return reject(review, changes, aims, YOU)
    if verb == 3:
        return clear(review, changes, aims)
    if verb == 4:
        return edit(review, changes, OfUnit(one.path, one.id), b"edited %d\n" % more, YOU)
    return write(review, changes, one.path, b"written %d\n" % more, YOU)


@st.composite
def change_sets(draw: st.DrawFn) -> ChangeSet:
    """One to three modified text files."""
    pairs = draw(st.lists(pairs_of_texts().filter(lambda both: both[0] != both[1]), min_size=1, max_size=3))
    return ChangeSet(answer({b"file %d" % number: both for number, both in enumerate(pairs)}))


@given(change_sets(), Actions)
@effort(120)
def test_undo_is_the_inverse_of_each_action(changes: ChangeSet, actions: list[tuple[int, int, int]]) -> None:
    reviews = [EMPTY]
    for action in actions:
        acted = do(reviews[-1], changes, action, {})
        if acted.review is not reviews[-1]:
            reviews.append(acted.review)
    for before, after in zip(reviews[-2::-1], reviews[:0:-1], strict=True):
        undone = undo(after)
        assert undone is not None and undone.review == before and undone.act == after.past[-1]


@given(change_sets(), Actions)
@effort(120)
def test_only_what_is_approved_is_selected_and_everything_of_it(
    changes: ChangeSet, actions: list[tuple[int, int, int]]
) -> None:
    review = EMPTY
    for action in actions:
        review = do(review, changes, action, {}).review
    chosen = selection(review, changes)
    assert chosen.paths == frozenset()
    for _, units in changes.all_units():
        taken = chosen.taken(units)
        for one in units:
            assert isinstance(one, Hunk)
            verdict = review.verdicts.get(one.id)
            if one.path in review.written:
                assert one.id not in taken and verdict is None
            elif verdict is None or verdict.mark == "rejected" or not verdict.takes:
                assert one.id not in taken
            elif verdict.mark == "edited":
                assert taken[one.id] == verdict.text
            elif verdict.mark == "approved":
                assert taken[one.id] is None
            else:
                assert taken[one.id] == {
                    line for line in all_lines(one) if verdict.of_line(line) == "approved"
                }
    assert sum(vars_of(tally(review, count(changes)))) == count(changes)


def vars_of(counts: Tally) -> tuple[int, ...]:
    """The four counts."""
    assert min(counts.approved, counts.rejected, counts.split, counts.undecided) >= 0
    return counts.approved, counts.rejected, counts.split, counts.undecided


@given(change_sets(), st.data())
@effort(80)
def test_approving_everything_takes_all_that_is_not_guarded(changes: ChangeSet, data: st.DataObject) -> None:
    ids = [one.id for _, units in changes.all_units() for one in units]
    guards = {one: (Held(),) for one in ids if data.draw(st.booleans())}
    acted = approve(EMPTY, changes, (OfAll(),), YOU, guards)
    assert selection(acted.review, changes) == Selection(units=frozenset(ids) - frozenset(guards))
    assert acted.skipped == guards


@given(change_sets(), Actions, st.data())
@effort(80)
def test_no_guarded_unit_is_taken_without_an_action_that_aims_at_it(
    changes: ChangeSet, actions: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    ids = [one.id for _, units in changes.all_units() for one in units]
    guards = {one: (Held(),) for one in ids if data.draw(st.booleans())}
    review = EMPTY
    for action in actions:
        review = do(review, changes, action, guards).review
    for verdict in review.verdicts.values():
        assert verdict.direct or not verdict.takes or verdict.subject.unit.id not in guards


@given(pairs_of_texts().filter(lambda both: both[0] != both[1]), st.data())
@effort(80)
def test_the_order_in_which_lines_are_decided_never_matters(
    pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    changes = modified(*pair)
    hunk = data.draw(st.sampled_from(hunks(changes)))
    marks_of = {line: data.draw(st.sampled_from((approve, reject))) for line in sorted(all_lines(hunk))}
    reviews = []
    for order in (sorted(marks_of), data.draw(st.permutations(sorted(marks_of)))):
        review = EMPTY
        for line in order:
            act = marks_of[line]
            review = act(review, changes, (OfLines(hunk.path, hunk.id, frozenset({line})),), YOU).review
        reviews.append(review)
    assert reviews[0].verdicts == reviews[1].verdicts
    assert reviews[0].verdicts[hunk.id].decided
