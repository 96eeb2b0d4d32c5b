"""What failed: its exit code, its tests, the end of its output, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.state import Phase, Step
from prdrunner_tui.projections.logindex import log_parts
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.logbook import StepKey
from prdrunner_tui.tui.rows.failure import failure_next, failure_rows, failure_title, failures, last_failure
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.screens.transcript import TranscriptScreen
from prdrunner_tui.tui.span import Line, plain

_ASKED = 200
"""Lines that are asked for: a report names its failing tests near its end."""


class StepOutput(TranscriptScreen):
    """The whole output of one step; its keys go on to the steps beside it.

    Args:
        phase: whose.
        go: the step shown first: its name, iteration and attempt.
    """

    def __init__(self, phase: str, go: StepKey) -> None:
        super().__init__(phase)
        self.go = go

    def _newest(self) -> int:
        goes = [(one.name, one.iteration, one.attempt) for one in self._steps()]
        return goes.index(self.go) if self.go in goes else super()._newest()


class FailureScreen(TableScreen):
    """The newest failure of a phase.

    Args:
        phase: whose; empty for the newest of all.
    """

    place = "failure"
    name_shown = "Failure"
    empty = "nothing failed in this run"
    head_rows = 0
    below_rows = 4

    def __init__(self, phase: str = "") -> None:
        super().__init__()
        self.phase = phase
        self._read: tuple[str, StepKey] | None = None
        self._output = ""

    def refreshed(self) -> None:
        """The run changed; a newer failure takes the place of the one shown."""
        found = self._found()
        if found is not None:
            self.phase = found[0].id
            meant = (found[0].id, _go(found[1]))
            if meant != self._read:
                self._read, self._output = meant, ""
                self.run_worker(self._read_output(*found), exclusive=True, group="output")
        super().refreshed()

    def rows(self, width: int) -> Sequence[Row]:
        """What is known of it."""
        app = self.cockpit
        return failure_rows(app.state, width, app.scene, phase=self.phase, output=self._output)

    def below(self, width: int) -> Sequence[Line]:
        """What can be done about it."""
        found = self._found()
        return failure_next(found[0], width, self.cockpit.scene) if found is not None else ()

    def titled(self) -> tuple[tuple[str, ...], str]:
        """Which step, and how it ended."""
        found = self._found()
        if found is None:
            return (), ""
        phases = [phase.id for phase, _ in failures(self.cockpit.state)]
        more = f"{phases.index(self.phase) + 1} of {len(phases)}, n next" if len(phases) > 1 else ""
        left, right = failure_title(*found, max(20, self.size.width - 24 - len(more)))
        return (left, more), str(sanitize(plain(self.cockpit.scene.foreign(right))))

    def phase_here(self) -> str:
        """The phase that failed."""
        return self.phase

    def not_now(self, action: str) -> str:
        """What there is no failure for."""
        count = len(failures(self.cockpit.state))
        if action == "failure.output" and not count:
            return self.empty
        if action in ("failure.next", "failure.prev") and count < 2:
            return "no other phase has a failure"
        return super().not_now(action)

    async def on_line_view_opened(self) -> None:
        """Open what waits, or the whole output."""
        if id := self.item("decision"):
            await self.cockpit.open_decision(id)
        elif reason := self.act_failure_output():
            self.tell(reason)

    def act_failure_output(self) -> str | None:
        """All that the step put out."""
        found = self._found()
        if found is None:
            return "nothing failed in this run"
        self.cockpit.push_screen(StepOutput(found[0].id, _go(found[1])))
        return None

    def act_failure_next(self) -> None:
        """The failure of another phase, the next older one."""
        self._other(1)

    def act_failure_prev(self) -> None:
        """The failure of another phase, the next newer one."""
        self._other(-1)

    def act_view_copy(self) -> str:
        """Copy the name of the test, or the row."""
        index = self.view.cursor
        if index is None or not self.view.count():
            return "no text here"
        test = self.item("test")
        return self.cockpit.copy(test or plain(self.view.line(index, self.view.size.width)).strip())

    def _other(self, by: int) -> None:
        phases = [phase.id for phase, _ in failures(self.cockpit.state)]
        at = phases.index(self.phase) if self.phase in phases else 0
        self.phase = phases[(at + by) % len(phases)]
        self.refreshed()
        self.view.move_to(0)

    def _found(self) -> tuple[Phase, Step] | None:
        return last_failure(self.cockpit.state, self.phase)

    async def _read_output(self, phase: Phase, step: Step) -> None:
        """Ask for the end of the output of the job that failed: a state may hold less of it."""
        parts = [
            part
            for part in log_parts(self.cockpit.state, phase.id, step.name)
            if (part.iteration, part.attempt) == (step.iteration, step.attempt)
        ]
        red = {
            str(check.get("name"))
            for effect in step.effects
            for check in effect.result.get("checks") or ()
            if check.get("verdict") != "green"
        }
        for part in [part for part in parts if part.label in red] or parts[-1:]:
            args = {"key": part.key, "first": -_ASKED, "count": _ASKED}
            answer = await self.cockpit.feed.ask("log", args)
            if isinstance(answer, Refusal) or not answer["lines"]:
                continue
            self._output = "\n".join(str(text) for _, _, text in answer["lines"])
            super().refreshed()
            return


def _go(step: Step) -> StepKey:
    return step.name, step.iteration, step.attempt
