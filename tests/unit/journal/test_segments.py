"""Segment files against a naive model: whatever comes in whatever pieces, the lines, the cap and the redaction hold."""

from __future__ import annotations

import itertools
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.journal.segments import SegmentReader, SegmentWriter
from tests.effort import effort

chunks = st.lists(
    st.tuples(
        st.sampled_from(["out", "out", "out", "err", "say"]),
        st.text(st.sampled_from("ab\n\n\r\0"), max_size=12).map(str.encode),
    ),
    max_size=30,
)


def naive(written: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The lines of what was written: a change of kind ends a line."""
    lines: list[tuple[str, bytes]] = []
    for kind, group in itertools.groupby((w for w in written if w[1]), key=lambda w: w[0]):
        pieces = b"".join(data for _, data in group).split(b"\n")
        lines.extend((kind, piece) for piece in (pieces if pieces[-1] else pieces[:-1]))
    return lines


def write(path: Path, written: list[tuple[str, bytes]], **options: object) -> SegmentReader:
    """Write a segment and close it."""
    writer = SegmentWriter(path, **{"cap": 1 << 20, **options})  # type: ignore[arg-type]
    for kind, data in written:
        writer.write(kind, data)
    writer.close()
    return SegmentReader(path)


@effort(150)
@given(chunks, st.integers(0, 12), st.integers(0, 12))
def test_lines_are_those_of_the_model_whatever_the_pieces_and_the_page(
    written: list[tuple[str, bytes]], first: int, count: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        reader = write(Path(folder) / "s", written)
        expected = naive(written)
        assert [(kind, data) for _, kind, data in reader.lines(0, 10_000)] == expected
        if count:
            assert [(k, d) for _, k, d in reader.lines(first, count)] == expected[first : first + count]
        whole = list(expected) if reader.content().endswith(b"\n") else expected[:-1]
        assert reader.line_count() == len(whole)


@effort(100)
@given(chunks, st.integers(4, 60))
def test_over_the_cap_the_beginning_and_the_end_are_kept_with_a_note_of_what_is_missing(
    written: list[tuple[str, bytes]], cap: int
) -> None:
    written = [("out", data) for _, data in written]
    everything = b"".join(data for _, data in written)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s"
        writer = SegmentWriter(path, cap=cap)
        for kind, data in written:
            writer.write(kind, data)
        stats = writer.close()
        content = SegmentReader(path).content()
        assert stats.seen == len(everything) and stats.truncated == (len(everything) > cap)
        assert stats.kept == len(content)
        if not stats.truncated:
            assert content == everything
            return
        head, tail = cap * 3 // 4, cap - cap * 3 // 4
        note = f"[{len(everything) - cap:,} bytes left out here]".encode()
        before, _, after = content.partition(note)
        assert before.startswith(everything[:head]) and before[head:].strip(b"\n") == b""
        assert after == b"\n" + everything[len(everything) - tail :]
        assert [c.kind for c in SegmentReader(path).chunks() if c.omitted] == ["note"]


@effort(150)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=40), st.integers(0, 20))
def test_a_secret_is_redacted_wherever_the_pieces_are_cut(cuts: list[int], place: int) -> None:
    secret = b"hunter2hunter2"
    text = b"x" * place + secret + b"\nnot a secret: hunter2\n" + secret
    pieces, rest = [], text
    for cut in cuts:
        pieces.append(("out", rest[:cut]))
        rest = rest[cut:]
    pieces.append(("out", rest))
    with tempfile.TemporaryDirectory() as folder:
        content = write(Path(folder) / "s", pieces, redact=[secret]).content()
    assert secret not in content and b"not a secret: hunter2" in content


@effort(60)
@given(chunks, chunks, st.integers(0, 31), st.booleans())
def test_after_a_crash_writing_goes_on_after_the_last_whole_record(
    first: list[tuple[str, bytes]], second: list[tuple[str, bytes]], torn: int, more: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s"
        write(path, first)
        with path.with_name("s.idx").open("ab") as index:
            index.write(b"\xff" * torn)
        if more:
            with path.with_name("s.log").open("ab") as log:
                log.write(b"bytes without a record")
        kinds = [(kind, data) for kind, data in naive(first)]
        assert [(k, d) for _, k, d in SegmentReader(path).lines(0, 1000)] == kinds
        reader = write(path, second)
        assert [(k, d) for _, k, d in reader.lines(0, 1000)] == naive(first + second)


def test_f23_a_million_single_bytes_beyond_the_head_stay_small(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path / "s", cap=200_000, clock=lambda: 0.0)
    writer.write("out", b"h" * 150_000)
    tracemalloc.start()
    for _ in range(200_000):
        writer.write("out", b"x")
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    stats = writer.close()
    assert grown < 300_000, "single bytes are held one by one"
    assert stats.truncated and stats.seen == 350_000
    assert SegmentReader(tmp_path / "s").chunk_count() < 100


def test_an_index_of_many_records_is_not_read_whole(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path / "s", cap=1 << 20)
    for number in range(10_000):
        writer.write("out", f"{number}\n".encode())
    writer.close()
    reader = SegmentReader(tmp_path / "s")
    assert [data for _, _, data in reader.lines(9_000, 2)] == [b"9000", b"9001"]
    assert sum(1 for _ in reader.chunks()) == 10_000 and sum(1 for _ in reader.chunks(9_990)) == 10
    assert [c.lines for c in reader.chunks(4_095, 3)] == [4_095, 4_096, 4_097]


def test_a_line_of_many_pieces_is_read_with_the_file_opened_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = write(tmp_path / "s", [*[("say", b"x")] * 3000, ("say", b"y\nz"), ("say", b"z")])
    opened: list[str] = []
    really = Path.open

    def counted(path: Path, *args: Any, **options: Any) -> Any:
        opened.append(path.name)
        return really(path, *args, **options)

    monkeypatch.setattr(Path, "open", counted)
    assert [line for _, _, line in reader.lines(0, 9)] == [b"x" * 3000 + b"y", b"zz"]
    assert opened.count("s.log") == 1


def test_a_segment_that_does_not_exist_reads_as_empty(tmp_path: Path) -> None:
    reader = SegmentReader(tmp_path / "none")
    assert (reader.lines(0, 5), reader.content(), reader.line_count(), list(reader.chunks())) == (
        [],
        b"",
        0,
        [],
    )


def test_the_tail_begins_at_a_line(tmp_path: Path) -> None:
    reader = write(tmp_path / "s", [("out", b"one\ntwo\nthree\n")])
    assert reader.tail(8) == b"three\n" and reader.tail(100) == b"one\ntwo\nthree\n"
