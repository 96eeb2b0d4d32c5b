"""Lines of any length in one answer: it always fits, and no more is cut than has to be."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.results import segment_path
from prdrunner_tui.engine import queries
from prdrunner_tui.engine.room import fitting
from prdrunner_tui.journal.segments import SegmentWriter
from prdrunner_tui.text.cut import CUT
from prdrunner_tui.wire.protocol import MAX_LINE, decode, encode

KEY = "one/implement/1.1/turn"


def size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


@given(
    st.lists(st.binary(max_size=60) | st.text(max_size=30).map(str.encode), max_size=12),
    st.integers(100, 400),
)
def test_texts_fit_and_as_much_of_them_as_there_is_room_for(texts: list[bytes], room: int) -> None:
    shown, whole = fitting(texts, room), [text.decode("utf-8", "replace") for text in texts]
    assert sum(map(size, shown)) <= room
    cut = [place for place, text in enumerate(whole) if shown[place] != text]
    for place in cut:
        assert shown[place].endswith(CUT) and whole[place].startswith(shown[place].removesuffix(CUT))
    if cut:
        # Whoever is whole is shorter than whoever is cut, and of the room not more is left than cannot be shared.
        assert all(
            size(whole[p]) <= min(size(whole[c]) for c in cut) for p in range(len(texts)) if p not in cut
        )
        assert room - sum(map(size, shown)) < 14 * len(cut)


def test_a_short_line_among_long_ones_is_whole() -> None:
    shown = fitting([b"x" * 5000, b"done", b"y" * 5000], 1000)
    assert shown[1] == "done" and len(shown[0]) == len(shown[2]) > 480


async def asked(folder: Path, lines: list[bytes], *, ended: bool = True, **args: Any) -> dict[str, Any]:
    path = segment_path(folder / directory_name(KEY, 1))
    path.parent.mkdir(parents=True)
    writer = SegmentWriter(path, cap=64 << 20)
    for line in lines:
        writer.write("out", line + b"\n" * ended)
    writer.close()
    hosted: Any = SimpleNamespace(directory=SimpleNamespace(jobs=folder))
    line = encode({"id": 2**53, "ok": await queries.log(hosted, {"key": KEY, **args})})
    assert len(line) <= MAX_LINE
    answer: dict[str, Any] = decode(line)["ok"]
    return answer


@pytest.mark.parametrize(
    "line", [b"x" * 10_000, b"\1" * 250_000, b"\xff" * 250_000, "語".encode() * 80_000], ids=len
)
async def test_the_newest_lines_of_an_output_fit_however_long_they_are(tmp_path: Path, line: bytes) -> None:
    answer = await asked(tmp_path, [line] * 150, first=-120, count=121)
    texts = [text for _, _, text in answer["lines"]]
    assert len(texts) == 120 and {len(text) for text in texts} == {len(texts[0])}
    assert texts[0].endswith(CUT) and sum(map(size, texts)) > MAX_LINE * 3 // 4


async def test_two_thousand_long_lines_fit(tmp_path: Path) -> None:
    answer = await asked(tmp_path, [b'"' * 4000] * 2000, first=0, count=9999)
    assert len(answer["lines"]) == 2000 and all(len(text) > 200 for _, _, text in answer["lines"])


async def test_a_line_that_has_not_ended_fits_and_one_alone_has_all_the_room(tmp_path: Path) -> None:
    answer = await asked(tmp_path, [b"\1" * 250_000], ended=False, first=0, count=1)
    text = answer["lines"][0][2]
    assert text.endswith(CUT) and len(text) > MAX_LINE // 6 - 100
    whole = await asked(tmp_path / "b", [b"x" * 250_000, b"y"], first=0, count=2)
    assert [len(text) for _, _, text in whole["lines"]] == [250_000, 1]
