from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.tui.gate import FrameGate
from prdrunner_tui.tui.pacing import TIMEOUT, Ack, Pacer, is_remote

SIZE = (80, 24)
CURSOR = re.compile(rb"\x1b7\x1b\[(\d+);(\d+)H\x1b\[6n\x1b8")


def asked(question: bytes) -> tuple[int, int]:
    """The row and the column that a numbered question moves the cursor to."""
    found = CURSOR.fullmatch(question)
    assert found
    return int(found[1]), int(found[2])


def answering(interval: float = 0.1) -> Pacer:
    """A pacer whose terminal has answered the first question."""
    pacer = Pacer(interval)
    assert pacer.cursor_reply(*asked(pacer.probe(0.0, *SIZE)), 0.05)
    return pacer


def test_the_first_answer_tells_how_frames_are_acknowledged() -> None:
    pacer = Pacer()
    question = pacer.probe(0.0, *SIZE)
    assert pacer.ack is Ack.NONE
    assert not pacer.mode_reply(0.1), "the app wants to know of this one"
    assert pacer.ack is Ack.MODE
    assert pacer.cursor_reply(*asked(question), 0.2)
    assert pacer.ack is Ack.CURSOR
    assert pacer.round_trip == pytest.approx(0.2)


def test_frames_go_at_the_rate_and_only_when_the_bytes_before_are_out() -> None:
    pacer = Pacer(0.25)
    assert pacer.may_send(10.0)
    assert not pacer.may_send(10.0, backlog=1)
    pacer.sent(10.0)
    assert not pacer.may_send(10.2)
    assert pacer.next_time(10.2) == pytest.approx(10.25)
    assert pacer.may_send(10.25)


def test_without_an_answer_nothing_is_asked_and_time_alone_counts() -> None:
    pacer = Pacer(0.25)
    pacer.probe(0.0, *SIZE)
    pacer.sent(1.0)
    assert pacer.question(1.0, *SIZE) == b""
    assert pacer.may_send(1.25)


def test_a_frame_waits_for_the_answer_to_the_one_before() -> None:
    pacer = answering()
    pacer.sent(1.0)
    place = asked(pacer.question(1.01, *SIZE))
    assert not pacer.may_send(2.0)
    assert pacer.question(2.0, *SIZE) == b"", "one question at a time"
    assert pacer.cursor_reply(*place, 2.1)
    assert pacer.may_send(2.1)


def test_a_late_answer_acknowledges_no_later_frame() -> None:
    pacer = answering()
    pacer.sent(1.0)
    late = asked(pacer.question(1.0, *SIZE))
    assert pacer.may_send(1.0 + TIMEOUT)
    pacer.sent(1.0 + TIMEOUT)
    new = asked(pacer.question(1.0 + TIMEOUT, *SIZE))
    assert not pacer.cursor_reply(*late, 4.5)
    assert not pacer.may_send(4.6)
    assert pacer.cursor_reply(*new, 4.7)
    assert pacer.may_send(4.7)


def test_a_late_mode_report_finds_no_question() -> None:
    pacer = Pacer(0.1)
    pacer.mode_reply(0.0)
    pacer.sent(1.0)
    assert pacer.question(1.0, *SIZE) == b"\x1b[?2026$p"
    assert not pacer.may_send(2.0)
    pacer.sent(4.0)
    assert pacer.question(4.0, *SIZE) == b""
    assert not pacer.mode_reply(4.5)
    assert pacer.may_send(4.5)
    pacer.sent(20.0)
    assert pacer.question(20.0, *SIZE), "after a while it is tried again"
    assert pacer.mode_reply(20.1)


@pytest.mark.parametrize("size", [(80, 1), (2, 24), (0, 0)])
def test_a_terminal_that_is_too_small_for_a_number_is_not_asked(size: tuple[int, int]) -> None:
    pacer = answering()
    assert pacer.probe(0.0, *size) == b""
    pacer = answering()
    pacer.sent(1.0)
    assert pacer.question(1.0, *size) == b""
    assert pacer.may_send(1.2)


@given(st.lists(st.tuples(st.floats(0.001, 2), st.booleans(), st.integers(3, 200)), max_size=60))
def test_at_most_one_frame_is_under_way(steps: list[tuple[float, bool, int]]) -> None:
    """However answers come and sizes change: between two frames lies the interval, and an answer or the timeout."""
    pacer, now = answering(), 1.0
    open_since: float | None = None
    place = (0, 0)
    last = float("-inf")
    for wait, answer, columns in steps:
        now += wait
        if answer and open_since is not None and pacer.cursor_reply(*place, now):
            open_since = None
        if pacer.may_send(now):
            assert now >= last + pacer.interval
            assert open_since is None or now >= open_since + TIMEOUT
            pacer.sent(now)
            place = asked(pacer.question(now, columns, 24))
            assert place[0] == 2 and 2 <= place[1] <= columns
            last = open_since = now


@pytest.mark.parametrize(
    ("environ", "remote"),
    [({}, False), ({"SSH_TTY": "/dev/pts/1"}, True), ({"SSH_CONNECTION": "a 1 b 2", "TMUX": "x"}, True)],
)
def test_a_line_is_remote_when_ssh_says_so(environ: dict[str, str], remote: bool) -> None:
    assert is_remote(environ) is remote


def gate(written: list[bytes], backlog: list[int]) -> FrameGate:
    loop = asyncio.get_running_loop()
    return FrameGate(loop, Pacer(0.001), backlog=lambda: backlog[0], write=written.append, size=lambda: SIZE)


async def test_a_gate_calls_each_pane_once_and_asks_after_the_flush() -> None:
    written: list[bytes] = []
    opened = gate(written, [0])
    opened.probe()
    opened.heard_cursor(*asked(written.pop()))
    calls: list[str] = []
    done = asyncio.Event()

    def log() -> None:
        calls.append("log")

    def tree() -> None:
        calls.append("tree")
        done.set()

    for callback in (log, log, tree, log):
        opened.request(callback)
    await asyncio.wait_for(done.wait(), 5)
    assert calls == ["log", "tree"]
    assert not written
    opened.flushed()
    place = asked(written.pop())
    opened.flushed()
    assert not written, "one question a frame"
    done.clear()
    opened.request(tree)
    await asyncio.sleep(0.02)
    assert not done.is_set(), "the first frame is not acknowledged"
    opened.heard_cursor(*place)
    await asyncio.wait_for(done.wait(), 1)


async def test_a_gate_is_shut_while_bytes_wait() -> None:
    backlog = [1]
    shut = gate([], backlog)
    done = asyncio.Event()
    shut.request(done.set)
    await asyncio.sleep(0.02)
    assert not done.is_set()
    backlog[0] = 0
    await asyncio.wait_for(done.wait(), 5)


async def test_a_fence_is_down_when_its_own_answer_has_come() -> None:
    written: list[bytes] = []
    fenced = gate(written, [0])
    fenced.probe()
    first = asked(written.pop())
    place = asked(fenced.fence())
    assert place != first
    fenced.heard_cursor(*first)
    assert not fenced.wait_for_fence()
    fenced.heard_cursor(*place)
    assert fenced.wait_for_fence()
