"""What the detail tells of a phase, state by state, and a patch with its numbers."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.tui.rows import detail as detail_rows
from prdrunner_tui.tui.rows.detail import Diff, detail_lines, detail_of, detail_title, detail_way, read_diff
from prdrunner_tui.tui.rows.difflines import Patch
from prdrunner_tui.tui.rows.numbered import Numbered
from prdrunner_tui.tui.span import plain, width_of
from tests.unit.tui.sample_run import EVIDENCE, Log, check_widths, review, sample_log, scene, started, texts

PATCH = b"""\
diff --git a/src/due.py b/src/due.py
index 1..2 100644
--- a/src/due.py
+++ b/src/due.py
@@ -16,4 +16,4 @@ class Due:
 def parse_due(text):
-    y, m, d = map(int, text.split("-"))
-    return Due(y, m, d)
+    day = date.fromisoformat(text)
+\treturn Due.from_date(day)
 # end
diff --git a/new.txt b/new.txt
new file mode 100644
--- /dev/null
+++ b/new.txt
@@ -0,0 +1 @@
+one
\\ No newline at end of file
"""


def shown(state: RunState, id: str, width: int = 88, **more: object) -> list[str]:
    detail = detail_of(state, id)
    assert detail is not None
    lines = detail_lines(state, detail, width, scene(), **more)  # type: ignore[arg-type]
    check_widths(lines, width)
    return texts(lines)


def kind(state: RunState, id: str) -> tuple[str, tuple[str, str] | None]:
    detail = detail_of(state, id)
    assert detail is not None
    return detail.kind, detail.trees


def titled(state: RunState, id: str) -> tuple[tuple[str, ...], str]:
    detail = detail_of(state, id)
    assert detail is not None
    return detail_title(state, detail), detail_way(state, detail, "enter")


def at_work() -> Log:
    """The first phase in implement, with a plan of its agent."""
    log = started().add(
        0, events.PhaseStarted("storage", "base"), events.StepBegan("storage", "plan_impl", 1, 1)
    )
    plan = {
        "changes": [
            {"path": "src/todo/due.py", "action": "new", "note": "parse, compare"},
            {"path": "src/todo/parsers/due_dates_of_tasks.py", "action": "edit", "note": "--until"},
            "not an edit",
        ]
    }
    log.effect("storage", 1, 2, "turn", "k", {"data": plan})
    return log.add(
        3,
        events.StepEnded("storage", "ok", "plan of 2 edits"),
        events.StepBegan("storage", "implement", 1, 1),
    )


def test_which_change_of_a_phase_is_shown() -> None:
    log = sample_log()
    state = log.state()
    assert kind(state, "storage") == ("changes", ("4be1c02aaaa^", "4be1c02aaaa"))
    assert kind(state, "tags") == ("changes", ("4be1c02aaaa", "t" * 40)), "what the review is about"
    assert kind(state, "due-dates") == ("begun", None)
    assert kind(state, "search") == ("planned", None)
    assert kind(log.add(800, events.TreeImported("due-dates", "t1")).state(), "due-dates") == (
        "changes",
        ("base", "t1"),
    )
    begun = at_work().add(4, events.TreeImported("storage", "base-tree")).state()
    assert kind(begun, "storage") == ("begun", None), "the tree on which it stands is no change"
    assert detail_of(state, "nothing") is None and detail_of(RunState(), "") is None


def test_the_candidate_of_a_commit_comes_before_the_tree_of_the_phase() -> None:
    log = at_work().add(
        4, events.TreeImported("storage", "t1"), events.StepEnded("storage", "ok", "+1/-0 in 1 file")
    )
    log.add(
        5,
        events.StepBegan("storage", "commit", 1, 1),
        events.EffectIntended("storage", "i", "integrate", {"tip": "tip", "base": "base", "tree": "t1"}),
    )
    assert kind(log.state(), "storage") == ("changes", ("base", "t1"))
    log.add(6, events.EffectDone("storage", "i", {"tree": "t2", "files": []}))
    assert kind(log.state(), "storage") == ("changes", ("tip", "t2"))


def test_a_failure_is_shown_until_somebody_works_on_it() -> None:
    log = at_work().add(
        4, events.TreeImported("storage", "t1"), events.StepEnded("storage", "ok", "+1/-0 in 1 file")
    )
    log.add(5, events.StepBegan("storage", "verify", 1, 1))
    log.add(9, events.StepEnded("storage", "failed", "exit 1: 2 failed, 56 passed", "sig", EVIDENCE))
    state = log.state()
    assert kind(state, "storage") == ("failed", None)
    assert titled(state, "storage") == (("storage", "verify, iteration 1 of 5", "failed, 4s"), "enter whole")
    assert shown(state, "storage")[:3] == [
        " ✗ exit 1: 2 failed, 56 passed",
        " ✗ tests/test_due.py::test_feb_30                        Failed: DID NOT RAISE <class '…",
        " ✗ tests/test_due.py::test_until_before_today            assert 3 == 2",
    ]
    log.add(10, events.StepBegan("storage", "implement", 2, 1))
    assert kind(log.state(), "storage") == ("changes", ("base", "t1"))
    assert titled(log.state(), "storage") == (("storage", "changes so far"), "enter whole")
    stuck = review(id="d9", kind="stuck", subject="stuck", phase="storage", step="implement", facts={})
    assert kind(log.add(11, stuck).state(), "storage") == ("failed", None)
    assert titled(log.state(), "storage")[1] == "enter decision"
    log.add(12, events.PhaseEnded("storage", "failed", "same failure again"))
    assert kind(log.state(), "storage") == ("failed", None)


def test_what_is_planned_is_folded_beside_its_labels() -> None:
    state = sample_log().state()
    assert titled(state, "search") == (("search", "what is planned"), "enter plan")
    assert shown(state, "reminders", 40) == [
        ' from     "Reminders"',
        " after    due-dates (running), config",
        "          (done)",
        " why      waits for due-dates; config",
        "          is done",
    ]


def test_a_phase_without_a_tree_tells_what_is_known() -> None:
    state = at_work().state()
    assert titled(state, "storage") == (("storage", "no change yet"), "enter plan")
    assert shown(state, "storage", doing="editing src/todo/due.py")[:7] == [
        " no change is recorded yet; it is recorded when implement ends",
        "",
        " now      editing src/todo/due.py",
        " plan     new     src/todo/due.py                    parse, compare",
        "          edit    src/…/due_dates_of_tasks.py        --until",
        ' from     "Store tasks in SQLite"',
        " unlocks  due-dates, tags",
    ]
    ended = at_work().add(5, events.PhaseEnded("storage", "skipped", "left out")).state()
    assert titled(ended, "storage")[0] == ("storage", "no change")
    assert shown(ended, "storage", doing="editing x")[:2] == [" no change of it is recorded", ""]
    assert not any("now" in row for row in shown(ended, "storage", doing="editing x"))


def test_the_change_says_how_large_it_is_and_as_of_when() -> None:
    state = sample_log().add(800, events.TreeImported("due-dates", "t1")).state()
    assert shown(state, "due-dates", 60) == [
        " 1 file  +48/-0  as of implement, iteration 1; what",
        " iteration 2 changes is recorded when implement ends",
    ]
    assert shown(state, "storage") == [" 5 files  +212/-40  committed as 4be1c02 at 14:06"]
    assert shown(state, "tags") == [" 3 files  +96/-11  needs you: review"]


def test_the_files_of_a_change() -> None:
    state = sample_log().state()
    assert shown(state, "tags", 60, diff=read_diff(PATCH)) == [
        " 2 files  +3/-2  needs you: review",
        " M  src/due.py                                        +2/-2",
        " A  new.txt                                           +1/-0",
    ]
    many = b"".join(PATCH.split(b"diff --git a/new", 1)[0].replace(b"due", b"d%d" % n) for n in range(9))
    rows = shown(state, "tags", 40, diff=read_diff(many))
    assert len(rows) == 6 and rows[-1] == " and 5 more files"
    assert shown(state, "tags", diff=read_diff(b"")) == [" no file differs  needs you: review"]
    unread = Diff(problem="the change cannot be read: no such tree")
    assert shown(state, "tags", diff=unread) == [
        " 3 files  +96/-11  needs you: review",
        " the change cannot be read: no such tree",
    ]


def test_a_patch_has_the_numbers_of_its_lines() -> None:
    numbered = Numbered(Patch(PATCH))
    lines = [numbered.line(number, 72, scene()) for number in range(len(numbered))]
    assert [plain(line).rstrip() for line in lines] == [
        "── src/due.py  M  +2/-2 " + "─" * 48,
        "         … class Due:",
        "  16  16   def parse_due(text):",
        '  17     -     y, m, d = map(int, text.split("-"))',
        "  18     -     return Due(y, m, d)",
        "      17 +     day = date.fromisoformat(text)",
        "      18 +     return Due.from_date(day)",
        "  19  19   # end",
        "── new.txt  A  +1/-0 " + "─" * 51,
        "       1 + one",
        "         \\ No newline at end of file",
    ]
    tinted = [line for line in lines if line[-1].token in ("add", "remove")]
    assert len(tinted) == 5 and {width_of(line) for line in tinted} == {72}, "as wide as the pane"
    narrow = [plain(numbered.line(number, 50, scene())).rstrip() for number in (2, 3, 5)]
    assert narrow[::2] == ["  16   def parse_due(text):", "  17 +     day = date.fromisoformat(text)"]


def test_hostile_text_in_a_patch_is_shown_and_not_obeyed() -> None:
    patch = Patch(PATCH.replace(b"# end", b"\x1b[2J\xff end").replace(b"class Due", b"\x1b]52;c\x07"))
    numbered = Numbered(patch)
    lines = [numbered.line(number, 72, scene()) for number in range(len(numbered))]
    text = "".join(map(plain, lines))
    assert "\x1b" not in text and "\x07" not in text and "␛[2J‹xFF› end" in text
    assert any(token == "danger" for line in lines for token, _ in line)


def test_only_the_beginning_of_a_huge_patch_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detail_rows, "_MOST_BYTES", 300)
    diff = read_diff(PATCH)
    assert diff.cut and diff.change.files == 2, "the size is that of all of it"
    assert diff.rows is not None and len(diff.rows) < len(Numbered(Patch(PATCH)))
    assert not read_diff(PATCH[:200]).cut


@pytest.mark.parametrize(
    ("id", "room", "told"),
    [
        ("search", 15, ("what is planned",)),
        ("search", 14, ("planned",)),
        ("tags", 14, ("changes so far",)),
        ("tags", 13, ("so far",)),
        ("storage", 1, ("change",)),
        ("due-dates", 12, ("no change",)),
    ],
)
def test_titles_are_shorter_where_there_is_little_room(id: str, room: int, told: tuple[str, ...]) -> None:
    state = sample_log().state()
    detail = detail_of(state, id)
    assert detail is not None
    assert detail_title(state, detail, room) == (id, *told)


def test_the_title_of_a_failure_gives_way_too() -> None:
    log = at_work().add(9, events.StepEnded("storage", "failed", "exit 1", "sig", EVIDENCE))
    detail = detail_of(log.state(), "storage")
    assert detail is not None
    assert detail_title(log.state(), detail, 40) == ("storage", "implement, iteration 1 of 5", "failed, 6s")
    assert detail_title(log.state(), detail, 24) == ("storage", "implement, it 1", "failed")
    assert detail_title(log.state(), detail, 1) == ("storage",)
