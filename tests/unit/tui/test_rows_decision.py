"""The dialog of each kind: facts, keys of its verbs alone, and what happens if nobody decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.tui.actions import BY_ID
from prdrunner_tui.tui.rows.decision import decision_body, decision_title, decision_titles
from prdrunner_tui.tui.rows.words import KEYS
from prdrunner_tui.tui.span import plain
from tests.unit.tui.decisions import KINDS, of_kind
from tests.unit.tui.sample_run import ME, OTHER, check_widths, review, sample_log, scene, texts

WIDTH = 62


def body(kind: str, **more: object) -> list[str]:
    """The dialog of a kind as text."""
    state, decision = of_kind(kind)
    lines = decision_body(state, decision, WIDTH, scene(), position=(1, 4), **more)  # type: ignore[arg-type]
    check_widths(lines, WIDTH)
    return texts(lines)


def test_a_review() -> None:
    assert body("review") == [
        "tags  commit, iteration 1                waits 2m 10s   1 of 4",
        "before_commit: +96/-11 in 3 files",
        " M src/todo/tags.py        +58/-6",
        " M src/todo/cli.py         +14/-5",
        " A tests/test_tags.py      +24/-0",
        "verify       exit 0, 61 passed",
        "self-review  1 note, 0 blockers",
        "on           4be1c02",
        "",
        "a    approve   commit it",
        "x    reject    back to the agent with your words",
        "esc  leave     the decision stays in the inbox",
        "if you do nothing: it waits. search waits for tags",
    ]


def test_a_message_that_would_never_go_out_stands_in_the_review() -> None:
    _, decision = of_kind("review")
    log = sample_log().add(820, events.MessageSent("m1", decision.phase, "message", "And the changelog.", ME))
    shown = texts(decision_body(log.state(), decision, WIDTH, scene()))
    assert any(row.split()[:3] == ["queued", "1", "message"] for row in shown)
    sent = log.add(821, events.MessageReceipt("m1", "delivered"))
    assert not any("queued" in row for row in texts(decision_body(sent.state(), decision, WIDTH, scene())))


def test_a_question_offers_its_choices() -> None:
    assert body("question") == [
        "due-dates  implement, iteration 2           waits 58s   1 of 4",
        "claude asks:",
        "  Should `--until` include the day itself?",
        "",
        "  1  yes, include it",
        "  2  no, stop the day before",
        "",
        "1-2  choose   then enter sends it",
        "m    answer   the agent goes on with your words",
        "esc  leave    the decision stays in the inbox",
        "the agent waits until you decide. reminders waits for",
        "due-dates",
    ]


def test_a_gate_shows_the_plan_and_its_time_limit() -> None:
    shown = body("gate")
    assert " new      src/todo/due.py  parse, compare, print" in shown
    assert "approach     date.fromisoformat, no new dependency" in shown
    assert "S    skip      go on without it" in shown
    assert "if you do nothing: in 9m 01s the run pauses (on_timeout:" in shown


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "permission",
            [
                "claude wants to run:",
                "  pip install freezegun",
                "a    allow    the agent may do it",
                "A    always   exactly this, in this phase, from now on",
            ],
        ),
        ("conflict", ["  src/todo/cli.py", "the branch is as it was; nothing is half merged"]),
        ("stuck", ["  the same failure 3 times: exit 1", "S    leave it out   leave the phase out"]),
        (
            "nothing_ran",
            ["our own run saw no test: exit 0, but no test ran", "  pytest          no test ran"],
        ),
        (
            "breakpoint",
            [
                "before verify",
                "last check   iteration 1: exit 1: 2 failed, 56 passed",
                "so far       1 file, +48/-0, iteration 2 of 5, 1 turn, 4m 21s",
                "             worked, $0.38",
            ],
        ),
        (
            "limit",
            [
                "the provider's limit: usage limit reached",
                "a    try now   begin the turn again now",
            ],
        ),
        ("author", ["for example Ada Lovelace <ada@example.org>"]),
        ("error", ["verify failed: exit 1", "  2 failed, 56 passed in 2.10s"]),
        ("large_change", ["12 files changed, more than 10", "  and 5 more files"]),
        ("budget", ["$4.02 of $5.00 used (80%), 4 phases to go", "a    raise    allow as much again"]),
    ],
)
def test_facts_of_a_kind(kind: str, expected: list[str]) -> None:
    shown = body(kind)
    for line in expected:
        assert line in shown


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_verbs_that_it_has_are_offered(kind: str) -> None:
    state, decision = of_kind(kind)
    lines = decision_body(state, decision, WIDTH, scene())
    keys = {line[0].text.strip() for line in lines if line and line[0].token == "key"} - {"esc", "1-2"}
    assert keys == {KEYS[verb] for verb in decision.verbs}
    assert decision_title(decision)[0].isupper() and "_" not in decision_title(decision)


def test_keys_are_those_of_the_table_of_actions() -> None:
    ids = {"approve": "decide.yes", "reject": "decide.no", "skip": "decide.skip", "answer": "decide.answer"}
    assert all(KEYS[verb] in BY_ID[id].keys for verb, id in ids.items())


def test_until_keys_are_taken_they_look_disabled() -> None:
    state, decision = of_kind("review")
    tokens = {
        span.token for line in decision_body(state, decision, WIDTH, scene(), ready=False) for span in line
    }
    assert "key.disabled" in tokens and "key" not in tokens


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"timeout": 600.0, "on_timeout": "approve"}, "it is approved (on_timeout: approve)"),
        ({"timeout": 600.0, "on_timeout": "reject"}, "it is rejected (on_timeout: reject)"),
        ({"timeout": 600.0, "on_timeout": "approve", "person_only": "holds"}, "the run pauses"),
        ({"timeout": None}, "it waits"),
    ],
)
def test_what_a_timeout_does_is_what_the_kernel_does(changes: dict[str, object], words: str) -> None:
    state, decision = of_kind("review")
    lines = decision_body(state, replace(decision, **changes), 120, scene())  # type: ignore[arg-type]
    assert f"if you do nothing: {'in 7m 50s ' if changes['timeout'] else ''}{words}" in " ".join(
        map(plain, lines)
    )


def test_what_a_person_has_to_look_at_stands_out() -> None:
    log = sample_log().add(790, review(id="d2", subject="s", person_only="changes protected files: ci.yml"))
    state = log.state()
    lines = decision_body(state, state.decisions["d2"], WIDTH, scene())
    held = next(line for line in lines if "look closely: it changes protected files: ci.yml" in plain(line))
    assert held[0].token == "fail"


def test_a_gate_with_a_message_of_its_own_still_says_what_changed() -> None:
    log = sample_log().add(790, review(id="d2", subject="s", title="Review and approve the commit?"))
    state = log.state()
    shown = texts(decision_body(state, state.decisions["d2"], WIDTH, scene()))
    assert shown[1:3] == ["Review and approve the commit?", "what         +96/-11 in 3 files"]


def test_one_that_was_decided_offers_no_verb() -> None:
    log = sample_log().add(857, events.DecisionMade("d1", "approved", OTHER))
    state = log.state()
    shown = texts(decision_body(state, state.decisions["d1"], WIDTH, scene()))
    assert "approved on pts/4" in shown
    assert "14:14:17, after 2m 07s" in shown
    later = decision_body(state, state.decisions["d1"], WIDTH, scene(scene().now + 500))
    assert texts(later) == shown, "what is over stays as it is without a tick"
    assert not any(line.startswith(("a ", "x ")) for line in shown)
    assert ME.terminal != OTHER.terminal


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [40, 58, 78, 118])
def test_every_kind_fits_every_width(kind: str, width: int) -> None:
    state, decision = of_kind(kind)
    check_widths(decision_body(state, decision, width, scene(), position=(12, 12)), width)
    assert all(plain(line).isascii() for line in decision_body(state, decision, width, scene(ascii=True)))


def test_facts_that_a_snapshot_left_out_are_missed_quietly() -> None:
    for kind in KINDS:
        state, decision = of_kind(kind)
        check_widths(decision_body(state, replace(decision, facts={}), WIDTH, scene()), WIDTH)


@pytest.mark.parametrize(("width", "rows", "least"), [(72, 20, 9), (58, 12, 6), (72, 50, 30)])
def test_a_change_gets_half_of_the_rows(width: int, rows: int, least: int) -> None:
    state, decision = of_kind("review")
    titles = decision_titles(decision, width + 8)
    assert titles == ("Review", "before_commit: +96/-11 in 3 files")
    lines = decision_body(state, decision, width, scene(), titled=True, room=rows)
    check_widths(lines, width)
    shown = texts(lines)
    assert rows - len(shown) - 1 >= least
    assert not any("before_commit" in line for line in shown), "the question stands in the title"
    assert any("if you do nothing: it waits" in line for line in shown)
    assert any("self-review 1 note, 0 blockers" in " ".join(line.split()) for line in shown)
    assert any(line.startswith("a ") and "approve" in line for line in shown)
    assert ("src/todo/tags.py" in "".join(shown)) == (rows == 50), "each file has a head in the change below"


def test_a_question_that_does_not_fit_the_title_stands_in_the_body_once() -> None:
    state, decision = of_kind("review")
    assert decision_titles(decision, 50) == ("Review",)
    for rows in (0, 12, 20):
        lines = texts(decision_body(state, decision, 40, scene(), room=rows))
        assert sum("before_commit" in line for line in lines) == 1
    for kind in set(KINDS) - {"review", "gate", "large_change"}:
        assert len(decision_titles(of_kind(kind)[1], 200)) == 1


def test_a_warning_stays_when_all_else_is_short() -> None:
    state, decision = of_kind("review")
    decision = replace(decision, person_only="changes a test script")
    shown = texts(decision_body(state, decision, 58, scene(), titled=True, room=12))
    assert "look closely: it changes a test script" in shown and len(shown) <= 6


def test_what_has_no_change_below_is_never_shortened() -> None:
    for kind in set(KINDS) - {"review", "large_change"}:
        state, decision = of_kind(kind)
        assert decision_body(state, decision, 58, scene(), room=8) == decision_body(
            state, decision, 58, scene()
        )


def test_the_answer_that_was_picked_has_the_sign_of_the_cursor() -> None:
    assert [line for line in body("question", choice=2) if line.startswith(">")] == [
        "> 2  no, stop the day before"
    ]
    assert "  1  yes, include it" in body("question", choice=2)
    assert not [line for line in body("question") if line.startswith(">")]


def test_a_review_repeats_what_was_said_the_last_time() -> None:
    log = sample_log().add(851, events.DecisionMade("d1", "rejected", ME, "keep created out of this phase"))
    log.add(853, review(id="d2", subject="review/tags/2", iteration=2))
    log.add(854, review(id="d3", subject="review/search", phase="search"))
    state = log.state()
    said = "iteration 1, rejected by you: keep created out of"
    assert any(said in line for line in texts(decision_body(state, state.decisions["d2"], WIDTH, scene())))
    short = texts(decision_body(state, state.decisions["d2"], WIDTH, scene(), titled=True, room=14))
    assert any(said in line for line in short), "the short head has it too"
    for other in ("d1", "d3"):
        shown = texts(decision_body(state, state.decisions[other], WIDTH, scene()))
        assert not any(line.startswith("before ") for line in shown)


def test_a_rejection_without_words_is_not_repeated() -> None:
    log = sample_log().add(851, events.DecisionMade("d1", "rejected", ME))
    state = log.add(853, review(id="d2", subject="review/tags/2", iteration=2)).state()
    shown = texts(decision_body(state, state.decisions["d2"], WIDTH, scene()))
    assert not any(line.startswith("before ") for line in shown)


def test_a_stuck_phase_tells_what_it_took() -> None:
    told = " ".join(" ".join(body("stuck")).split())
    assert "so far 1 file, +48/-0, iteration 2 of 5, 1 turn, 4m 21s worked, $0.38" in told


def test_a_stuck_phase_is_said_to_go_on() -> None:
    assert "it goes no further by itself:" in body("stuck")


def test_a_limit_of_the_provider_says_when_it_goes_on() -> None:
    state, decision = of_kind("limit")
    shown = "\n".join(map(plain, decision_body(state, decision, 80, scene())))
    assert "if you do nothing: it goes on by itself in 11m 42s" in shown
