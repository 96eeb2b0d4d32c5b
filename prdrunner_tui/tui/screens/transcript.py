"""All that one step put out: what its agent said, thought and ran, or what its checks printed."""

from __future__ import annotations

from textual.app import ComposeResult

from prdrunner_tui.kernel.state import Step
from prdrunner_tui.projections.logindex import log_parts
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.logbook import GROUPS, LogBook
from prdrunner_tui.tui.panes.log import LogView
from prdrunner_tui.tui.rows.facts import doer
from prdrunner_tui.tui.rows.words import step_state, step_words
from prdrunner_tui.tui.screens.logkeys import LogKeys
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.pane import Pane, Title
from prdrunner_tui.tui.widgets.row import Rows


class TranscriptScreen(LogKeys):
    """The output of one step of a phase, the newest one at first.

    Args:
        phase: whose; it has begun a step.
    """

    place = "transcript"

    def __init__(self, phase: str) -> None:
        super().__init__()
        self.phase = phase
        self.at = -1
        self.book: LogBook | None = None
        self.kinds = Rows(id="kinds")
        self.kinds.styles.height = 1
        self.pane: Pane | None = None

    def body(self) -> ComposeResult:
        """The kinds of lines, the lines, the field of the search."""
        self.at = self._newest()
        self.book = LogBook(self.cockpit.feed.ask, self.cockpit.live.output_came)
        self.pane = Pane(self.kinds, self.make_log("transcript"), self.field, title=Title())
        yield self.pane

    def on_mount(self) -> None:
        """The keys go to the lines."""
        view = self.log_view
        assert self.book is not None and view is not None
        self.run_worker(self.book.read(), group="transcript")
        view.focus()
        self.refreshed()

    def refreshed(self) -> None:
        """The run changed."""
        self.show_rows()
        step, book = self._step(), self.log_book()
        if step is not None:
            book.show(self.cockpit.state, self.phase, (step.name, step.iteration, step.attempt))
            self.grew()
        self.output_came()

    def grew(self) -> None:
        """More may have been put out."""
        step = self._step()
        if step is not None and step.status == "running":
            book = self.log_book()
            for key in book.jobs():
                book.grew(key)

    def log_book(self) -> LogBook:
        """The rows of this step."""
        assert self.book is not None
        return self.book

    def log_titled(self) -> None:
        """Which step, of whom, which kinds."""
        step = self._step()
        if step is None or self.pane is None:
            return
        where = f"{step_words(step.name)}, iteration {step.iteration}"
        who = doer(self.cockpit.state, step.name)
        did = ", ".join(filter(None, (who, step_state(step))))
        told = ("Transcript", self.phase, where, did, *self.log_words()[:1])
        right = words(self.following(), "muted")
        self.pane.show_title(Title(tuple(sanitize(part) for part in told), right))
        self.kinds.show_lines((self._kinds_line,))

    def on_line_view_moved(self) -> None:
        """Whether the end is followed changed."""
        self.log_titled()

    def on_line_view_opened(self, event: LogView.Opened) -> None:
        """Show all of a line."""
        self.open_line(event.index)

    def act_nav_back(self) -> str | None:
        """End the search, or leave."""
        if not self.end_search():
            self.dismiss(None)
        return None

    def act_view_copy(self) -> str:
        """Copy the row that is meant."""
        return self.copy_line()

    def act_log_next_step(self) -> str | None:
        """The step behind this one."""
        return self._to_step(1)

    def act_log_prev_step(self) -> str | None:
        """The step before this one."""
        return self._to_step(-1)

    def _to_step(self, by: int) -> str | None:
        if not 0 <= self.at + by < len(self._steps()):
            return "no step after this one" if by > 0 else "no step before this one"
        self.at += by
        self.end_search()
        self.refreshed()
        if self.log_view is not None:
            self.log_view.viewport.follow(True)
        return None

    def _newest(self) -> int:
        """The newest step that puts something out."""
        parts = log_parts(self.cockpit.state, self.phase)
        told = {(part.step, part.iteration, part.attempt) for part in parts}
        steps = self._steps()
        having = [at for at, one in enumerate(steps) if (one.name, one.iteration, one.attempt) in told]
        return having[-1] if having else len(steps) - 1

    def _steps(self) -> tuple[Step, ...]:
        phase = self.cockpit.state.phases.get(self.phase)
        return phase.steps if phase is not None else ()

    def _step(self) -> Step | None:
        steps = self._steps()
        return steps[self.at] if 0 <= self.at < len(steps) else None

    def _kinds_line(self, width: int) -> Line:
        groups, line = self.log_book().groups, words(" kinds", "muted")
        for group in GROUPS:
            on = not groups or group in groups
            line = (*line, *words(f"  [{'x' if on else ' '}] {group}", "text" if on else "muted"))
        return self.cockpit.scene.fit((*line, *words("   f", "key"), *words(" changes them")), width)
