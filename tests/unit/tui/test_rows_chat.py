"""The chat: order, receipts, folding, and what stands in an empty one."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.state import Actor, ReceiptStatus
from prdrunner_tui.tui.rows.chat import Said, chat_rows, chat_title, turn_is_over
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import ME, START, Log, check_widths, sample_log, scene, started, texts

DUE = "due-dates"


def talk() -> Log:
    """Three messages to due-dates, each with another receipt, and one to tags."""
    log = sample_log()
    log.add(740, events.MessageSent("m1", DUE, "requirement", "Keep the old JSON import working.", ME))
    log.add(741, events.MessageReceipt("m1", "acknowledged", "Kept; import_json stays"))
    log.add(800, events.MessageSent("m2", DUE, "correction", "Use one error class for parse errors.", ME))
    log.add(801, events.MessageReceipt("m2", "delivered"))
    log.add(810, events.MessageSent("m3", DUE, "message", "Then update README.", ME))
    log.add(
        811, events.MessageSent("m4", DUE, "message", "And the changelog.", Actor("person", "bob", "pts/2"))
    )
    return log.add(820, events.MessageSent("m5", "tags", "message", "Hello.", ME))


SAID = Said(
    "s1", START + 750, DUE, "No new dependency was allowed in this PRD, and fromisoformat covers the formats."
)


def test_a_conversation_with_receipts() -> None:
    rows = chat_rows(talk().state(), 73, scene(), phase=DUE, said=[SAID])
    check_widths(rows, 73)
    assert texts(rows) == [
        " 14:12 you     Keep the old JSON import working.              requirement",
        '               ✓ acknowledged: "Kept; import_json stays"',
        " 14:12 claude  No new dependency was allowed in this PRD, and",
        "               fromisoformat covers the formats.",
        " 14:13 you     Use one error class for parse errors.           correction",
        "               › delivered, not yet acknowledged",
        " 14:13 you     Then update README.                                message",
        "               · queued 1",
        " 14:13 bob     And the changelog.                                 message",
        "               · queued 2",
    ]
    assert rows[0].key == ("message", "m1", 0)
    assert [row.stop for row in rows] == [True, False, True, False, True, False, True, False, True, False]


@pytest.mark.parametrize(
    ("receipt", "why", "sign", "words"),
    [
        ("undeliverable", "tags is done", "✗", "undeliverable: tags is done"),
        ("unknown", "the engine ended", "?", "unknown whether it was delivered: the engine ended"),
        ("acknowledged", "", "✓", "acknowledged"),
        ("delivered", "", "›", "delivered, not yet acknowledged"),
    ],
)
def test_every_receipt_has_its_sign_and_words(
    receipt: ReceiptStatus, why: str, sign: str, words: str
) -> None:
    state = talk().add(830, events.MessageReceipt("m5", receipt, why)).state()
    assert texts(chat_rows(state, 80, scene(), phase="tags"))[1] == f"{' ' * 15}{sign} {words}"


def test_all_phases_together_in_order() -> None:
    shown = texts(chat_rows(talk().state(), 80, scene()))
    assert shown[-2].startswith(" 14:13 you     Hello.") and shown[-2].endswith("message to tags")


def test_steps_may_stand_between() -> None:
    shown = texts(chat_rows(talk().state(), 80, scene(), phase=DUE, steps=True))
    assert " 14:11 system  verify failed: exit 1: 2 failed, 56 passed" in shown
    assert " 14:11 system  implement, iteration 2 began" in shown
    times = [line[1:6] for line in shown if line[1:3] == "14"]
    assert times == sorted(times)


def test_long_words_of_an_agent_are_folded_until_asked_for() -> None:
    said = Said("s1", START + 750, DUE, "\n".join(f"line {n}" for n in range(40)))
    folded = chat_rows(sample_log().state(), 80, scene(), phase=DUE, said=[said])
    whole = chat_rows(sample_log().state(), 80, scene(), phase=DUE, said=[said], unfolded={"s1"})
    assert len(folded) == 12 and texts(folded)[-1].endswith("29 more lines, enter shows them")
    assert len(whole) == 40 and texts(whole)[-1].endswith("line 39")


def test_where_older_words_are_left_out_a_row_says_so() -> None:
    rows = chat_rows(sample_log().state(), 80, scene(), phase=DUE, said=[SAID._replace(gap=True)])
    whole = chat_rows(sample_log().state(), 80, scene(), phase=DUE, said=[SAID])
    assert texts(rows)[0].strip() == "older words are left out here; the transcript has them"
    assert not rows[0].stop and rows[1:] == whole


def test_words_have_the_name_of_whom_they_came_from() -> None:
    log = sample_log().add(790, events.StepEnded(DUE, "ok", ""), events.StepBegan(DUE, "review", 2, 1))
    said = [SAID, SAID._replace(key="s2", at=START + 800, text="1 note")]
    shown = texts(chat_rows(log.state(), 80, scene(), phase=DUE, said=said))
    assert [line[7:13] for line in shown if line[1:3] == "14"] == ["claude", "codex "]
    assert chat_title(log.state(), DUE) == "due-dates  codex"


def test_an_empty_chat_says_what_to_do() -> None:
    assert texts(chat_rows(sample_log().state(), 60, scene(), phase=DUE)) == [" m writes to due-dates"]
    assert texts(chat_rows(sample_log().state(), 60, scene(), phase="storage")) == [
        " no agent here: storage is done"
    ]
    assert chat_title(sample_log().state(), DUE) == "due-dates  claude"


@pytest.mark.parametrize("width", [34, 52, 60, 80, 120, 200])
def test_every_width_and_ascii(width: int) -> None:
    rows = chat_rows(talk().state(), width, scene(ascii=True), said=[SAID], steps=True)
    check_widths(rows, width)
    assert all(plain(row.line).isascii() for row in rows)


def test_a_question_of_a_turn_that_ended_is_not_said_to_be_under_way() -> None:
    log = talk().add(830, events.MessageSent("q1", DUE, "question", "Why a new class?", ME))
    log.add(831, events.MessageReceipt("q1", "delivered"))

    def became() -> str:
        rows = chat_rows(log.state(), 80, scene(), phase=DUE)
        return texts([row for row in rows if isinstance(row.key, tuple) and row.key[1] == "q1"])[-1].strip()

    assert became() == "› delivered, not yet acknowledged"
    turn = next(one for one in log.state().effects() if one.kind == "turn" and one.status == "intended")
    log.add(840, events.EffectDone(DUE, turn.key, {"outcome": "ended"}))
    assert became() == "› delivered; the turn ended without an answer"
    log.add(841, events.MessageReceipt("q1", "acknowledged", "one class is enough"))
    assert became() == '✓ acknowledged: "one class is enough"'


def test_a_message_goes_out_with_the_turn_that_was_given_it() -> None:
    log = talk()
    turn = next(one for one in log.state().effects() if one.kind == "turn" and one.status == "intended")
    log.add(840, events.EffectDone(DUE, turn.key, {"outcome": "ended"}))
    log.add(841, events.EffectIntended(DUE, "next", "turn", {"messages": ["m3"]}))
    log.add(841, events.MessageReceipt("m3", "delivered"))
    state = log.state()
    assert turn_is_over(state, state.messages["m2"]) and not turn_is_over(state, state.messages["m3"])
    assert not turn_is_over(state, state.messages["m5"]), "no turn came for it"


@pytest.mark.parametrize(("width", "shown"), [(52, "recording "), (34, "record… ")])
def test_a_name_stands_whole_where_there_is_room(width: int, shown: str) -> None:
    log = started(workers={"implement": WorkerChoice("scripted")})
    log.add(0, events.PhaseStarted(DUE, "b"), events.StepBegan(DUE, "implement", 1, 1))
    rows = chat_rows(log.state(), width, scene(), phase=DUE, said=[SAID], steps=True)
    check_widths(rows, width)
    lines = texts(rows)
    assert any(line[7:].startswith(shown) for line in lines), lines
