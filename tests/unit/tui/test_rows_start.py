"""The start screen, the new run and the look at `.prd_runner` as rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.prd import Plan, read_prd, structural_plan
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.units import started
from prdrunner_tui.tui.rows.newrun import Preview, Wish, changed, fields, newrun_rows
from prdrunner_tui.tui.rows.start import (
    Agent,
    Brought,
    Found,
    PrdFile,
    RunLine,
    StartFacts,
    elsewhere_words,
    problem_rows,
    start_bar,
    start_rows,
    start_top,
    trust_rows,
    unfinished,
    waiting_runs,
)
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import NOW, check_widths, scene, texts

WIDTHS = [20, 46, 80, 120, 200]
FACTS = StartFacts(
    "1.2",
    "~/src/todo-app",
    "main",
    Found([PrdFile("docs/todo.md", 6, 23, NOW - 720), PrdFile("docs/sync.md", 1, 1, 0, "a cycle")], 2),
    [
        RunLine("run-7f3a", "todo.md", "paused", 6, 2, 1.2, 0, NOW - 60, False),
        RunLine("run-51c0", "todo.md", "done", 4, 4, 2.1, 0, NOW - 120, True),
    ],
    [Agent("default", True, "command: sh agent.sh"), Agent("claude", False, "found: /usr/bin/claude")],
    Brought([(".prd_runner/config.yaml", "names commands")], False, "h"),
)
PREVIEW = Preview(
    plan=structural_plan(
        read_prd(b"# P\n\n## F-1: Store\n\n- AC-1: it\n\n## F-2: Tags\n\nDepends on: F-1\n", name="p.md")
    ),
    worker="command: sh agent.sh",
    profiles=("fast", "slow"),
    gates={"before_implement": (False, False), "before_commit": (True, True)},
    budget=3.0,
    dirty=[("modified", "a.py"), ("untracked", "b.py"), ("untracked", "c.py"), ("untracked", "d.py")],
    remarks=["p.md:3: guessed"],
    brings=True,
    unfinished="run-1",
    branch="prdrunner/run-2",
)


def began(number: int) -> str:
    """When a run of FACTS began, as `prdrunner runs list` says it."""
    assert FACTS.runs is not None
    return started(
        datetime.fromtimestamp(FACTS.runs[number].started_at, UTC), datetime.fromtimestamp(NOW, UTC)
    )


def big_plan(count: int) -> Plan:
    text = "# P\n" + "".join(f"\n## F-{n}: Feature {n}\n\n- AC-{n}: it\n" for n in range(1, count + 1))
    return structural_plan(read_prd(text.encode(), name="p.md"))


def test_the_start_screen_has_all_its_parts() -> None:
    paused, done = (scene().glyphs.step[name] for name in ("paused", "done"))
    assert texts(start_rows(FACTS, 80, scene())) == [
        " PRDs in this repository                             n new run from this PRD",
        "   docs/todo.md   6 features, 23 criteria   changed 12m ago",
        "   docs/sync.md  a cycle",
        "   2 other markdown files without features",
        "",
        " Recent runs                                         enter opens it",
        f"   run-7f3a  todo.md  {paused} paused         2/6    $1.20  {began(0)}",
        f"   run-51c0  todo.md  {done} done           4/4    $2.10  {began(1)}, published",
        "",
        " Agents found",
        "   ✓ default        command: sh agent.sh",
        "   · claude         found: /usr/bin/claude",
        "",
        " This repository carries .prd_runner/ with 1 file.",
        "   ! not trusted, so none of it runs   T looks at it",
        "",
        " Demo                                                enter plays it",
        "   sample todo list, on a copy: a recording, no agent, no cost",
    ]


def test_the_cursor_can_only_be_on_what_opens() -> None:
    stops = [row.key for row in start_rows(FACTS, 80, scene()) if row.stop]
    assert stops == [
        *[("prd", "docs/todo.md"), ("prd", "docs/sync.md"), ("run", "run-7f3a"), ("run", "run-51c0")],
        *[("trust",), ("demo",)],
    ]


def test_what_is_not_known_yet_is_not_said_to_be_missing() -> None:
    shown = texts(start_rows(StartFacts("1.2", "~/x"), 80, scene()))
    assert shown[1] == "   looking for markdown files"
    assert not [line for line in shown if "none" in line or "trust" in line]
    empty = texts(
        start_rows(replace(FACTS, found=Found(), runs=[], agents=[], brought=Brought()), 80, scene())
    )
    assert "   none yet in this repository" in empty
    assert any(line.startswith("   no markdown file with features") for line in empty)
    assert any(line.startswith("   none yet; a new run takes a command line") for line in empty)
    assert not [line for line in empty if "trust" in line]


def test_a_problem_stands_where_its_part_is() -> None:
    facts = replace(
        FACTS, brought=None, problems={"trust": Problem("is a link", where=".prd_runner/x", hint="mend")}
    )
    shown = texts(start_rows(facts, 80, scene()))
    at = shown.index(f"   {scene().glyphs.step['failed']} .prd_runner/x: is a link")
    assert shown[at + 1] == "     mend"
    assert shown[at + 3].startswith(" Demo")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("ascii", [False, True])
def test_every_row_has_the_width(width: int, ascii: bool) -> None:
    here = scene(ascii=ascii)
    check_widths(start_rows(FACTS, width, here), width)
    check_widths([start_top(FACTS, width, here), start_bar(FACTS, width, here)], width)
    check_widths(newrun_rows(PREVIEW, Wish("p.md"), width, here), width)
    check_widths(newrun_rows(None, Wish("p.md"), width, here), width)
    check_widths(problem_rows("x", Problem("long " * 40, where="a:1", hint="hint " * 40), width, here), width)
    assert FACTS.brought is not None
    check_widths(trust_rows(FACTS.brought, [("a", ["x" * 300])], width, here), width)


@pytest.mark.parametrize(("width", "branch"), [(80, True), (51, False)])
def test_the_branch_gives_way_to_the_place(width: int, branch: bool) -> None:
    shown = plain(start_top(FACTS, width, scene()))
    assert "~/src/todo-app" in shown
    assert ("main" in shown) is branch


def test_a_run_to_go_on_with_stands_in_row_1_and_one_that_waits_in_the_bar() -> None:
    assert plain(start_top(FACTS, 80, scene())).rstrip().endswith("║ run-7f3a paused")
    assert plain(start_bar(FACTS, 80, scene())).rstrip() == "· nothing waits for you"
    assert plain(start_bar(StartFacts("1", "~"), 80, scene())).strip() == ""
    runs = FACTS.runs or ()
    waits = replace(FACTS, runs=[*runs, runs[0]._replace(run="run-1", status="needs you")])
    assert plain(start_top(waits, 80, scene())).rstrip().endswith("! run-1 needs you")
    bar = start_bar(waits, 80, scene())
    assert plain(bar).startswith("! 1 waits for you   run-1, needs you, 2/6") and plain(bar).endswith(
        "I open it"
    )
    assert {span.token for span in bar} == {"needs-you"}
    assert plain(start_bar(waits, 80, scene(), writing=True)).endswith("2/6" + " " * 28 + "esc, then I")
    ended = replace(FACTS, runs=runs[1:])
    assert plain(start_top(ended, 80, scene())).rstrip().endswith("no run is active")
    assert unfinished(ended) is None and unfinished(waits) == waits.runs[-1]  # type: ignore[index]


def test_what_waits_in_a_paused_run_or_in_another_one_is_counted() -> None:
    runs = FACTS.runs or ()
    held = replace(FACTS, runs=[runs[0]._replace(waiting=2), runs[1]._replace(waiting=1)])
    bar = plain(start_bar(held, 80, scene()))
    assert bar.startswith("! 2 wait for you   run-7f3a, paused, 2/6"), "what has ended waits for nobody"
    alone = runs[0]._replace(run="run-1", status="needs you", waiting=1)
    both = replace(held, runs=[*(held.runs or ()), alone])
    bar = plain(start_bar(both, 80, scene()))
    assert bar.startswith("! 3 wait for you in 2 runs   run-1, needs you, 2/6")
    assert [run.run for run in waiting_runs(both)] == ["run-1", "run-7f3a"]
    assert elsewhere_words(both, "run-1") == "2 wait in run-7f3a"
    assert elsewhere_words(both, "run-51c0") == "3 wait in 2 other runs"
    assert elsewhere_words(FACTS, "run-1") == ""


def test_a_hint_that_has_no_room_is_a_shorter_one() -> None:
    agent = replace(PREVIEW, worker="command: " + "a" * 20, last="command: " + "a" * 20)
    rows = {width: texts(newrun_rows(agent, Wish("p.md"), width, scene())) for width in (60, 80, 120)}
    lines = {width: next(one for one in found if "Agent" in one) for width, found in rows.items()}
    assert lines[120].rstrip().endswith("as in the last run; h/l changes it, enter names another")
    assert lines[80].rstrip().endswith(">   as in the last run")
    assert lines[60].rstrip().endswith(" >") and not any("…" in line for line in lines.values())


@given(st.text(max_size=300), st.integers(8, 120))
def test_of_what_is_to_be_trusted_nothing_is_cut_off(line: str, width: int) -> None:
    rows = trust_rows(Brought([("f", "does")], False, "h"), [("f", [line])], width, scene())
    check_widths(rows, width)
    body = "".join(text[3:] for text in (plain(row.line) for row in rows[5:]))
    wanted = plain(scene().foreign(line))
    assert "".join(body.split()).replace(" ", "") == "".join(wanted.split())


def test_the_plan_is_shown_by_batches_and_a_long_one_in_part() -> None:
    shown = texts(newrun_rows(PREVIEW, Wish("p.md"), 80, scene()))
    assert shown[0] == " Plan: 2 phases, 2 batches, one after the other"
    assert shown[2].split() == ["1", "store", "F-1", "-", "-"]
    assert shown[3].split() == ["2", "tags", "F-2", "store", "-"]
    assert shown[4] == " critical path  store > tags"
    long = replace(PREVIEW, plan=big_plan(100))
    short = newrun_rows(long, Wish("p.md"), 80, scene())
    assert [row for row in short if row.key == ("more",)]
    assert texts(short)[11] == "   and 91 more phases   enter shows them"
    whole = newrun_rows(long, Wish("p.md", whole_plan=True), 80, scene())
    assert len([row for row in whole if isinstance(row.key, tuple) and row.key[0] == "phase"]) == 100


def test_the_fields_say_what_is_chosen() -> None:
    shown = texts(newrun_rows(PREVIEW, Wish("p.md"), 120, scene()))
    for line in (
        "   Agent         < command: sh agent.sh >   h/l changes it, enter names another",
        " ! Checks        none: each phase will ask you; prdrunner init writes them",
        "   You decide    [ ] before the agent implements",
        "                 [x] before each commit   required",
        "   Budget        < $3.00 >   h/l changes it",
        "   Uncommitted   [ ] take 4 uncommitted files along   left out: a.py, b.py, c.py and 1 more",
        "   .prd_runner/  [ ] leave it aside",
        "   Unfinished    [ ] start another run   run-1 is unfinished",
        " Your checkout is not touched; commits go to prdrunner/run-2.",
        " ! p.md:3: guessed",
    ):
        assert line in shown


def test_the_checks_are_named_and_the_cursor_does_not_stop_there() -> None:
    rows = newrun_rows(replace(PREVIEW, checks=("tests", "lint")), Wish("p.md"), 80, scene())
    (row,) = [row for row in rows if row.key == ("told", "checks")]
    assert texts([row]) == ["   Checks        tests, lint"]
    assert not row.stop
    shown = texts(
        newrun_rows(replace(PREVIEW, worker="", profiles=(), untrusted=True), Wish("p.md"), 80, scene())
    )
    assert " ! Checks        not read: .prd_runner/ is not trusted" in shown
    assert "   Agent         < not read >   enter types a command line" in shown


def test_the_agent_of_the_last_run_is_offered() -> None:
    alone = replace(PREVIEW, worker="command: a", last="command: a", profiles=())
    assert fields(alone, Wish("p.md"))[0][1:4] == (
        "Agent",
        "command: a",
        "as in the last run; enter names another",
    )
    beside = replace(PREVIEW, last="command: a", profiles=())
    other = changed(beside, Wish("p.md"), "worker", 1)
    assert isinstance(other, Wish) and other.worker == "command: a"
    assert changed(beside, other, "worker", 1) == Wish("p.md")
    same = Wish("p.md", worker=PREVIEW.worker)
    assert changed(beside, same, "worker", 1) == other


def test_without_a_chosen_agent_the_row_says_what_there_is() -> None:
    several = replace(PREVIEW, worker="", profiles=("claude-agent-acp", "qwen"))
    shown = texts(newrun_rows(several, Wish("p.md"), 80, scene()))
    assert "   Agent         < none configured >   h/l chooses: claude-agent-acp, qwen" in shown
    assert changed(several, Wish("p.md"), "worker", 1) == Wish("p.md", worker="claude-agent-acp")
    narrow = texts(newrun_rows(several, Wish("p.md"), 64, scene()))
    assert "   Agent         < none configured >   h/l chooses one" in narrow
    unread = fields(replace(several, untrusted=True), Wish("p.md"))[0]
    assert unread.note.startswith("h/l changes it"), "what is not read may configure another one"
    only = replace(PREVIEW, worker="qwen", only="qwen", profiles=("qwen",))
    assert fields(only, Wish("p.md"))[0].note == "the only one found; enter names another"


def test_a_required_gate_cannot_be_left_out() -> None:
    wish = Wish("p.md")
    assert changed(PREVIEW, wish, "gate:before_commit", 1) == (
        "before each commit: required by the configuration"
    )
    on = changed(PREVIEW, wish, "gate:before_implement", 1)
    assert isinstance(on, Wish) and on.gates == {"before_implement": True}


def test_values_go_round_in_both_directions() -> None:
    wish = Wish("p.md")
    for key in ("worker", "budget"):
        seen, now = [], wish
        for _ in range(12):
            step = changed(PREVIEW, now, key, 1)
            assert isinstance(step, Wish)
            back = changed(PREVIEW, step, key, -1)
            assert isinstance(back, Wish)
            assert fields(PREVIEW, back) == fields(PREVIEW, now)
            now = step
            seen.append(next(one.value for one in fields(PREVIEW, now) if one.key == key))
        wanted = {"worker": {"fast", "slow"}, "budget": {"$5.00", "$3.00", "no limit"}}
        assert wanted[key] <= set(seen)


def test_switches_turn_on_and_off() -> None:
    wish = Wish("p.md")
    for key in ("take_along", "aside", "another"):
        on = changed(PREVIEW, wish, key, 1)
        assert isinstance(on, Wish) and getattr(on, key)
        assert changed(PREVIEW, on, key, -1) == wish


def test_without_a_plan_there_is_the_problem_and_nothing_to_choose() -> None:
    preview = Preview(problem=Problem("no feature found", where="p.md:1", hint="mark each feature"))
    rows = newrun_rows(preview, Wish("p.md"), 80, scene())
    assert texts(rows) == [
        f"   {scene().glyphs.step['failed']} p.md:1: no feature found",
        "     mark each feature",
        "",
    ]
    assert not [row for row in rows if row.stop]
