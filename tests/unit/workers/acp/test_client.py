"""The messages of one turn: what keeps two apart, and what may come in the middle of one."""

from __future__ import annotations

from typing import Any, cast

from prdrunner_tui.workers.acp.client import Client
from prdrunner_tui.workers.acp.profile import from_options
from prdrunner_tui.workers.acp.usage import READERS
from prdrunner_tui.workers.port import Edited, Host, Said, Turn, Update, UsageReported


class Listener:
    """A host that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Update] = []

    def emit(self, update: Update) -> None:
        self.told.append(update)

    def now(self) -> float:
        return 0.0

    @property
    def said(self) -> list[tuple[str, str]]:
        return [(u.text, u.item) for u in self.told if isinstance(u, Said)]


def client() -> tuple[Client, Listener]:
    listener = Listener()
    reader = READERS["opencode"]()
    reader.prompted(resumed=False)
    turn = Turn("k", "r1", "phase-1", "implement", 1, "/w", "do it", None)
    made = Client(cast(Host, listener), from_options({"argv": ["x"]}), reader, ["/w"], turn)
    made.live = True
    return made, listener


def say(made: Client, words: str, message: str | None = None) -> None:
    chunk: dict[str, Any] = {
        "sessionUpdate": "agent_message_chunk",
        "content": {"type": "text", "text": words},
    }
    made.update({"update": chunk if message is None else {**chunk, "messageId": message}})


def test_usage_in_the_middle_of_a_message_leaves_it_one_message_on_one_line() -> None:
    made, listener = client()
    say(made, "sk-live-")
    made.update({"update": {"sessionUpdate": "usage_update", "used": 7, "size": 100}})
    say(made, "0123")
    assert listener.said == [("sk-live-", "k/m1"), ("0123", "k/m1")]
    assert any(isinstance(update, UsageReported) for update in listener.told)


def test_an_agent_without_names_for_its_messages_begins_another_one_after_a_break() -> None:
    made, listener = client()
    say(made, "begun")
    made.break_off()
    say(made, "you said")
    assert listener.said == [("begun", "k/m1"), ("\n", "k/m1"), ("you said", "k/m2")]


def test_the_answer_to_a_prompt_ends_the_message() -> None:
    made, listener = client()
    say(made, "done")
    made.answer({"stopReason": "end_turn"})
    say(made, "more")
    assert [item for _, item in listener.said] == ["k/m1", "k/m1", "k/m2"]


def test_a_message_with_a_name_goes_on_until_another_name_comes() -> None:
    made, listener = client()
    say(made, "sk-live-", "a")
    made.break_off()
    say(made, "0123", "a")
    say(made, "you said", "b")
    assert listener.said == [("sk-live-", "k/m1"), ("0123", "k/m1"), ("\n", "k/m1"), ("you said", "k/m2")]


def test_an_edit_is_of_the_whole_path_where_the_change_names_only_the_file() -> None:
    made, listener = client()
    block = {"type": "diff", "path": "test_due.py", "oldText": "", "newText": "def test_due(): ...\n"}
    for more in ({"status": "pending"}, {"status": "completed", "content": [block]}):
        call = {
            "toolCallId": "c1",
            "kind": "edit",
            "title": "Write",
            "locations": [{"path": "/w/src/other_test_due.py"}, {"path": "/w/tests/test_due.py"}],
        }
        made.update({"sessionId": "", "update": {"sessionUpdate": "tool_call_update", **call, **more}})
    assert [update.path for update in listener.told if isinstance(update, Edited)] == ["tests/test_due.py"]


def test_a_message_that_joins_a_turn_does_not_cut_the_sentence_that_is_being_said() -> None:
    made, listener = client()
    say(made, "I look, and it t")
    made.break_at_sentence()
    say(made, "akes its time.")
    say(made, "You said")
    assert listener.said == [
        ("I look, and it t", "k/m1"),
        ("akes its time.", "k/m1"),
        ("\n", "k/m1"),
        ("You said", "k/m2"),
    ]
