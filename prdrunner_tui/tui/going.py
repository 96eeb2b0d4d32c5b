"""Going to a screen: by a letter after ``g``, or by its entry among the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.actions import GO
from prdrunner_tui.tui.rows.going import no_go
from prdrunner_tui.tui.span import words

if TYPE_CHECKING:
    from prdrunner_tui.tui.app import CockpitApp


class Going:
    """The actions ``go.*`` of `CockpitApp`. Each answers with a reason where it shows nothing."""

    async def go(self, letter: str) -> None:
        """The screen of a letter after ``g``."""
        app = self._here
        if app.top is None or not letter.isprintable():
            return
        if letter in GO:
            await app.top.do(app.keymap.get(GO[letter]))
        else:
            app.top.say(
                words(sanitize(f"{letter} is no screen; {app.keymap.key('go.menu')} lists the letters"))
            )

    def act_go_plan(self) -> str:
        """The plan and its graph."""
        return self._to("go.plan", "plan")

    def act_go_inbox(self) -> str:
        """Everything that waits."""
        return self._to("go.inbox", "inbox")

    def act_go_failure(self) -> str:
        """The newest failure."""
        return self._to("go.failure", "failure")

    def act_go_checkpoints(self) -> str:
        """The checkpoints."""
        return self._to("go.checkpoints", "checkpoints")

    def act_go_metrics(self) -> str:
        """The numbers."""
        return self._to("go.metrics", "numbers")

    def act_go_breaks(self) -> str:
        """The breakpoints."""
        return self._to("go.breaks", "breakpoints")

    def act_go_runs(self) -> str:
        """The runs of the repository, which the start screen lists."""
        return self.act_go_start()

    def act_go_start(self) -> str:
        """The start screen."""
        app = self._here
        return self._to("go.start", "start", app.home) if app.home is not None else "this shows one run only"

    async def act_go_transcript(self) -> str:
        """All that the newest step of the phase here put out."""
        app = self._here
        if (why := no_go("go.transcript", app.state)) or app.top is None:
            return why
        await app.top.do(app.keymap.get("phase.transcript"))
        return ""

    def _to(self, action: str, place: str, *arguments: object) -> str:
        app = self._here
        if why := no_go(action, app.state):
            return why
        if app.top is not None and app.top.place == place:
            return "you are there"
        app.show(place, *arguments)
        return ""

    @property
    def _here(self) -> CockpitApp:
        return cast("CockpitApp", self)
