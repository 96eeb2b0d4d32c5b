"""Keys that act on the run and on the phase that a screen is about."""

from __future__ import annotations

from collections.abc import Hashable

from textual import events

from prdrunner_tui.kernel.commands import (
    PausePhase,
    PauseRun,
    ResumePhase,
    ResumeRun,
    RetryPhase,
    SetBreakpoint,
    WithdrawMessage,
)
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.actions import BREAK
from prdrunner_tui.tui.rows.keyrow import pairs_line
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.span import Line, words

_TOLD = frozenset(("phase.pause", "phase.retry", "phase.stop", "run.pause", "phase.break"))
"""Actions that tell the engine something."""


class RunKeys(Frame):
    """A screen with a phase under the cursor."""

    def not_now(self, action: str) -> str:
        """Nothing can be told to an engine that is gone, whatever it said last of the run."""
        return self.gone_words if self.gone and action in _TOLD else super().not_now(action)

    async def act_phase_pause(self) -> str:
        """Pause the phase, or resume it."""
        by, state = self.cockpit.me, self.cockpit.state
        phase = state.phases[self.cockpit.phase_here()]
        if phase.status == "paused":
            held = bool(state.run and state.run.status == "paused")
            later = (
                f"; the run is still paused, {self.cockpit.keymap.key('run.pause')} resumes it"
                if held
                else ""
            )
            return await self.cockpit.give(ResumePhase(phase.id, by), f"resumed {phase.id}{later}")
        return await self.cockpit.give(PausePhase(phase.id, by), f"paused {phase.id} at its next turn")

    async def act_run_pause(self) -> str:
        """Pause the run, or resume it."""
        run = self.cockpit.state.run
        if run is not None and run.status in ("paused", "stopped"):
            return await self.cockpit.give(ResumeRun(self.cockpit.me), "resumed the run")
        again = self.cockpit.keymap.key("run.pause")
        return await self.cockpit.give(PauseRun(self.cockpit.me), f"paused the run; {again} resumes it")

    async def act_phase_retry(self) -> str:
        """Take a failed phase up again."""
        phase = self.cockpit.phase_here()
        return await self.cockpit.give(RetryPhase(phase, self.cockpit.me), f"{phase} is taken up again")

    def act_phase_break(self) -> None:
        """Show the letters of the steps in the key row."""
        self.menu = "break"
        self.show_rows()

    def key_line(self, width: int) -> Line:
        """The key row; after ``b`` the letters of the steps."""
        if self.menu == "break":
            pairs = [("before", "")] + [(letter, step) for letter, step in BREAK.items()]
            pairs.append(("shift", "after it"))
            return pairs_line([*pairs, ("esc", "back")], width, self.cockpit.scene)
        return super().key_line(width)

    async def chosen(self, menu: str, event: events.Key) -> None:
        """A key after ``b`` or another menu."""
        if menu != "break":
            await super().chosen(menu, event)
            return
        letter = event.character or ""
        step, when = BREAK.get(letter.lower()), "before" if letter.islower() else "after"
        if step is not None:
            phase = self.cockpit.phase_here()
            command = SetBreakpoint("before" if letter.islower() else "after", step, phase)
            told = await self.cockpit.give(command, self._stops(phase, step, when))
            self.say(words(sanitize(told)))

    def _stops(self, phase: str, step: str, when: str) -> str:
        """What a breakpoint that was set now does."""
        state = self.cockpit.state.phases.get(phase)
        last = state.last if state is not None else None
        order = tuple(BREAK.values())
        told = f"{phase} stops {when} {step}"
        if last is None or last.name not in order:
            return told
        here, there = order.index(last.name), order.index(step)
        over = here > there or (here == there and when == "before")
        return f"{told} from iteration {last.iteration + 1} on: it is in {last.name}" if over else told

    async def withdraw(self, key: Hashable) -> str:
        """Take back the message of a row of a chat; the words for what came of it."""
        if not isinstance(key, tuple) or key[0] != "message":
            return "this is not a message of yours"
        return await self.cockpit.give(WithdrawMessage(str(key[1]), self.cockpit.me), "withdrawn")
