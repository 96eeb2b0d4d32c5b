from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator

import pytest

from prdrunner_tui.tui.writer import Writer


def small_pipe() -> tuple[int, int]:
    """The ends of a pipe of one page; the kernel now and then refuses to make a new one smaller."""
    for _ in range(20):
        read_end, write_end = os.pipe()
        try:
            fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
        except OSError:
            os.close(read_end)
            os.close(write_end)
            continue
        return read_end, write_end
    raise AssertionError("no pipe of one page")


class Pipe:
    """A pipe of one page with a writer at its end."""

    def __init__(self, limit: int = 20_000) -> None:
        self.read_end, self.write_end = small_pipe()
        self.drained = threading.Event()
        self.lost = threading.Event()
        self.writer = Writer(self.write_end, on_drained=self.drained.set, on_lost=self.lost.set, limit=limit)
        self.writer.start()

    def read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            found += os.read(self.read_end, size - len(found))
        return found


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    os.close(made.read_end)
    assert made.writer.close(5), "its thread would write to whatever gets the number of its descriptor next"
    os.close(made.write_end)


def test_what_is_handed_over_comes_out_in_order(pipe: Pipe) -> None:
    for number in range(1000):
        assert pipe.writer.write(b"%05d" % number)
    assert pipe.read(5000) == b"".join(b"%05d" % number for number in range(1000))
    assert pipe.writer.drain(5)
    assert pipe.writer.backlog == 0


def test_f31_nobody_waits_for_a_reader_and_whole_strings_are_dropped(pipe: Pipe) -> None:
    sent = [bytes([65 + number % 26]) * 1000 for number in range(60)]
    taken = [data for data in sent if pipe.writer.write(data)]
    assert len(taken) == 21, "the limit, and the string that passed it"
    assert pipe.writer.dropping
    assert pipe.writer.dropped == 39
    assert pipe.writer.write(b"kept", keep=True)
    assert not pipe.drained.is_set()
    assert pipe.read(21_004) == b"".join(taken) + b"kept"
    assert pipe.drained.wait(5)
    assert not pipe.writer.write(b"still dropped: what is on the screen is not whole")
    pipe.writer.accept_again()
    assert pipe.writer.write(b"again")
    assert pipe.read(5) == b"again"


def test_a_string_of_any_size_is_taken_when_nothing_waits(pipe: Pipe) -> None:
    data = os.urandom(100_000)
    assert pipe.writer.write(data)
    assert pipe.read(100_000) == data


def test_what_waits_can_be_forgotten(pipe: Pipe) -> None:
    for _ in range(10):
        pipe.writer.write(b"x" * 10_000, keep=True)
    pipe.writer.discard()
    pipe.writer.write(b"END", keep=True)
    found = b""
    while not found.endswith(b"END"):
        found += os.read(pipe.read_end, 4096)
    assert len(found) < 30_000
    assert pipe.writer.drain(5)


def test_a_reader_that_hangs_is_not_waited_for(pipe: Pipe) -> None:
    pipe.writer.write(b"x" * 10_000)
    assert not pipe.writer.drain(0.01)
    assert not pipe.writer.close(0.01)


def test_f06_a_reader_that_is_gone_is_told_once() -> None:
    pipe = Pipe()
    pipe.writer.write(b"x" * 10_000)
    os.close(pipe.read_end)
    assert pipe.lost.wait(5)
    assert pipe.writer.lost
    assert not pipe.writer.write(b"y", keep=True)
    assert pipe.writer.drain(0)
    assert pipe.writer.close(5)
    os.close(pipe.write_end)


def test_a_writer_can_be_started_again(pipe: Pipe) -> None:
    pipe.writer.write(b"one")
    assert pipe.writer.close(5)
    assert not pipe.writer.write(b"nowhere")
    pipe.writer.start()
    pipe.writer.write(b"two")
    assert pipe.read(6) == b"onetwo"
    pipe.writer.close(5)


def test_a_writer_that_hangs_goes_on_where_it_stood_when_it_is_started_again(pipe: Pipe) -> None:
    pipe.writer.write(b"x" * 10_000)
    assert not pipe.writer.close(0.01)
    before = threading.active_count()
    pipe.writer.start()
    assert threading.active_count() == before, "two threads would mix their bytes"
    pipe.writer.write(b"END")
    assert pipe.read(10_003) == b"x" * 10_000 + b"END"


def test_a_descriptor_in_non_blocking_mode_is_written_whole(pipe: Pipe) -> None:
    os.set_blocking(pipe.write_end, False)
    data = os.urandom(50_000)
    pipe.writer.write(data)
    assert pipe.read(50_000) == data
