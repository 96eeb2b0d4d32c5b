"""Actions of the app that only look: the palette, transcripts, why something waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from prdrunner_tui.tui.screens.chat import ChatScreen
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.decision import DecisionScreen
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.screens.lists import InboxScreen
from prdrunner_tui.tui.screens.palette import PaletteScreen
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.screens.transcript import TranscriptScreen
from prdrunner_tui.tui.screens.why import WhyScreen

if TYPE_CHECKING:
    from prdrunner_tui.tui.app import CockpitApp


class Looking:
    """What `CockpitApp` can show of where a person is."""

    def act_palette_open(self) -> None:
        """Find an action by its words; it is done on the screen on which this was opened."""
        app = self._app
        screen = app.screen
        if not isinstance(screen, Frame) or isinstance(screen, PaletteScreen):
            return

        def chosen(id: object) -> None:
            if isinstance(id, str) and id:
                screen.say(())
                screen.call_later(screen.do, app.keymap.get(id))

        app.push_screen(PaletteScreen(screen.places()), chosen)

    def act_phase_transcript(self) -> str | None:
        """All that the newest step of the phase here put out."""
        app = self._app
        phase = app.state.phases.get(self.phase_here())
        if phase is None:
            return "no phase here"
        if not phase.steps:
            return f"{phase.id} has not started"
        if not isinstance(app.screen, TranscriptScreen):
            app.push_screen(TranscriptScreen(phase.id))
        return None

    def act_why_open(self) -> str | None:
        """Why the phase or the decision here waits."""
        app = self._app
        decision = self._decision_here()
        phase = "" if decision else self.phase_here()
        if not phase and not decision:
            return "no phase here"
        app.push_screen(WhyScreen(phase, decision))
        return None

    def phase_here(self) -> str:
        """The phase that the screen is about: under the cursor, or of its decision; of a failure the one that failed.

        On other screens it is that of the cockpit below. Empty when there is none.
        """
        app = self._app
        decision = app.state.decisions.get(self._decision_here())
        if decision is not None:
            return decision.phase
        for screen in reversed(app.screen_stack):
            if isinstance(screen, Cockpit):
                return screen.phases.phase
            if isinstance(screen, ChatScreen):
                return screen.phase
            if isinstance(screen, TableScreen) and (phase := screen.phase_here()):
                return phase
        return ""

    def _decision_here(self) -> str:
        screen = self._app.top
        if isinstance(screen, DecisionScreen):
            return screen.id_shown
        key = screen.view.cursor_key if isinstance(screen, InboxScreen) else None
        return str(key[1]) if isinstance(key, tuple) and key[0] == "decision" else ""

    @property
    def _app(self) -> CockpitApp:
        return cast("CockpitApp", self)
