"""``prdrunner logs``: the output of each step stands together, whenever it was written and however much it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from prdrunner_tui.agents.job import JobResult, directory_name
from prdrunner_tui.agents.results import segment_path, write_result
from prdrunner_tui.cli import logs
from prdrunner_tui.journal.segments import SegmentWriter
from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.kernel.state import RunState
from tests.unit.tui.sample_run import started

FIRST, SECOND = "one/implement/1.1/turn", "one/implement/2.1/turn"


class Output:
    """The jobs of a run on disk, and the states that one look after the other finds."""

    def __init__(self, jobs: Path) -> None:
        self.jobs = jobs
        self.log = started(PhasePlan("one", "One")).add(1, events.PhaseStarted("one", "base"))

    def begins(self, iteration: int, key: str) -> None:
        self.log.add(iteration * 10, events.StepBegan("one", "implement", iteration, 1))
        self.log.effect("one", iteration * 10, None, "turn", key)

    def ends(self, iteration: int, key: str) -> None:
        write_result(self._job(key), JobResult(key, 1, "ended", ""))
        self.log.add(iteration * 10 + 1, events.EffectDone("one", key, {"outcome": "ended"}))
        self.log.add(iteration * 10 + 2, events.StepEnded("one", "ok", "done"))

    def says(self, key: str, text: str) -> None:
        writer = SegmentWriter(segment_path(self._job(key)), cap=1 << 22)
        writer.write("say", text.encode())
        writer.close()

    def _job(self, key: str) -> Path:
        job = self.jobs / directory_name(key, 1)
        job.mkdir(parents=True, exist_ok=True)
        return job


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Output:
    place = SimpleNamespace(run=lambda run: SimpleNamespace(jobs=tmp_path))
    monkeypatch.setattr(logs, "state_of", lambda project: place)
    monkeypatch.setattr(logs, "row_of", lambda place, run: SimpleNamespace(run="r1"))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return Output(tmp_path)


def shown(monkeypatch: pytest.MonkeyPatch, looks: Iterator[RunState], *args: str) -> list[str]:
    """The texts that are printed, with the iteration before each."""
    monkeypatch.setattr(logs, "folded", lambda place, run: next(looks))
    said = CliRunner().invoke(logs.logs, args, catch_exceptions=False)
    return [line.split(" ", 2)[2] for line in said.output.splitlines()]


def over(output: Output) -> RunState:
    return output.log.add(99, events.RunEnded("failed", "stopped by ada")).state()


def test_the_last_words_of_an_iteration_do_not_come_below_the_next_one(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    output.begins(1, FIRST)
    output.says(FIRST, "a\nlast words")
    output.ends(1, FIRST)
    output.begins(2, SECOND)
    output.says(SECOND, "b\nc\nd\n")

    def looks() -> Iterator[RunState]:
        yield output.log.state()
        output.says(SECOND, "e\n")
        yield output.log.state()
        yield over(output)

    assert shown(monkeypatch, looks(), "-f", "-n", "2") == ["I2 c", "I2 d", "I2 e"]


def test_last_words_that_do_not_end_their_line_are_shown_once(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    output.begins(1, FIRST)
    output.says(FIRST, "a\nb\nlast words")
    output.ends(1, FIRST)
    output.begins(2, SECOND)
    output.says(SECOND, "c\n")

    def looks() -> Iterator[RunState]:
        yield output.log.state()
        yield over(output)

    assert shown(monkeypatch, looks(), "-f", "-n", "3") == ["I1 b", "I1 last words", "I2 c"]


def test_a_flood_is_shown_before_the_iteration_that_followed_it(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    output.begins(1, FIRST)
    output.says(FIRST, "a\n")
    count = 25_000

    def looks() -> Iterator[RunState]:
        yield output.log.state()
        output.says(FIRST, "".join(f"{n}\n" for n in range(count)))
        output.ends(1, FIRST)
        output.begins(2, SECOND)
        output.says(SECOND, "b\n")
        yield over(output)

    assert shown(monkeypatch, looks(), "-f") == ["I1 a", *(f"I1 {n}" for n in range(count)), "I2 b"]


def test_a_line_that_is_not_whole_yet_waits_for_its_end(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    output.begins(1, FIRST)
    output.says(FIRST, "a\nhalf a")

    def looks() -> Iterator[RunState]:
        yield output.log.state()
        yield output.log.state()
        output.says(FIRST, " line\n")
        yield over(output)

    assert shown(monkeypatch, looks(), "-f") == ["I1 a", "I1 half a line"]
