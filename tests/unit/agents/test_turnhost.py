"""What comes in the middle of a message: the host tells it at once and holds back what it held back before."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from prdrunner_tui.agents.lines import LONGEST, encode_line
from prdrunner_tui.agents.recorder import Recorder
from prdrunner_tui.agents.tree import Tree
from prdrunner_tui.agents.turnhost import TurnHost
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.workers.port import (
    CommandOutput,
    CommandStarted,
    Noted,
    Receipt,
    Said,
    SessionKnown,
    Thought,
    ToolStarted,
    Update,
    UsageReported,
    Withdrawn,
)
from tests.unit.agents.conftest import Bench

SECRET = "sk-live-0123456789"


def told(tmp_path: Path, updates: list[Update]) -> tuple[list[dict[str, Any]], bytes]:
    """What the engine hears of these updates, and what the segment holds."""
    secrets = (SECRET.encode(),)
    heard: list[dict[str, Any]] = []
    recorder = Recorder(
        tmp_path / "output", cap=1 << 20, line_cap=1 << 16, secrets=secrets,
        on_broken=pytest.fail, on_progress=lambda: None,
    )  # fmt: skip
    host = TurnHost(
        env={}, cwd=str(tmp_path), scratch=tmp_path, tree=cast(Tree, None), recorder=recorder,
        tell=lambda message: heard.append(message["update"]), secrets=secrets,
    )  # fmt: skip
    for update in updates:
        host.emit(update)
    host.finish()
    recorder.close()
    return heard, SegmentReader(tmp_path / "output").content()


@pytest.mark.parametrize(
    "between",
    [UsageReported("turn", input=1), Receipt("m1", "queued"), SessionKnown("s"), Withdrawn("p1", "over")],
    ids=lambda update: type(update).__name__,
)
@pytest.mark.parametrize("cut", range(1, len(SECRET)))
async def test_a16_a_secret_that_is_interrupted_is_told_at_no_cut(
    tmp_path: Path, between: Update, cut: int
) -> None:
    halves = [Said(f"key {SECRET[:cut]}", "m"), between, Said(f"{SECRET[cut:]} end", "m")]
    heard, log = told(tmp_path, halves)
    assert "".join(u["text"] for u in heard if u["kind"] == "said") == "key [redacted] end"
    assert [u["kind"] for u in heard if u["kind"] != "said"] == [heard[1]["kind"]], "told in its place"
    assert log == b"key [redacted] end"


@pytest.mark.parametrize(
    "ending",
    [ToolStarted("t", "read"), Noted("a note"), CommandStarted("c", "ls"), Thought("hm", "y")],
    ids=["tool", "note", "command", "thought"],
)
@pytest.mark.parametrize("line_end", [True, False], ids=["line", ""])
@pytest.mark.parametrize("cut", range(1, len(SECRET)))
async def test_a16_a_secret_over_two_messages_is_in_neither_transcript_nor_log(
    tmp_path: Path, ending: Update, cut: int, line_end: bool
) -> None:
    lines = [Said("\n", "m1")] if line_end else []
    heard, log = told(
        tmp_path, [Said(f"key {SECRET[:cut]}", "m1"), *lines, ending, Said(f"{SECRET[cut:]} end\n", "m2")]
    )
    said = "".join(u["text"] for u in heard if u["kind"] == "said")
    for text in (said, log.decode()):
        assert not [at for at in range(len(SECRET) - 5) if SECRET[at : at + 6] in text]
        assert text.count("[redacted]") == 1 and text.endswith(" end\n")


async def test_output_of_a_command_in_the_middle_of_a_message_ends_nothing(tmp_path: Path) -> None:
    heard, log = told(
        tmp_path,
        [Said(f"key {SECRET[:9]}", "m"), CommandOutput("c", b"out\n"), Said(f"{SECRET[9:]} end", "m")],
    )
    assert "".join(u["text"] for u in heard) == "key [redacted] end"
    assert log == b"key \nout\n[redacted] end"


@pytest.mark.parametrize("ending", [ToolStarted("t", "read"), Noted("a note")], ids=["tool", "note"])
async def test_what_ends_a_message_is_told_after_all_of_it(tmp_path: Path, ending: Update) -> None:
    heard, _ = told(tmp_path, [Said("of tests", "m"), ending])
    assert [u.get("text") for u in heard[:2]] == ["of test", "s"]


async def test_an_update_of_any_size_reaches_the_engine_and_the_turn_goes_on(bench: Bench) -> None:
    entry = '"' + r"\0" * 1500 + '"'  # Each becomes six bytes of a line.
    plan = "".join(f"        - {entry}\n" for _ in range(200))
    link = await bench.hosts.launch(
        bench.script("k", f"    - plan:\n{plan}    - ask: {{id: q1, question: go on}}\n")
    )
    planned = await bench.told("planned")
    assert len(planned["entries"]) == 200 and len(encode_line(planned)) <= LONGEST // 2
    await bench.told("asked")
    link.answer("q1", "yes")
    assert (await link.result()).outcome == "ended"
