"""Plays a recording: streamed talk, thoughts, plans, edits, commands, questions; and every kind of misbehaviour.

Options: `file` (absolute path of the recording) or `recording` (its text), and `speed`, by which delays are
multiplied (1 as recorded, 0 none).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.workers.port import Capabilities, Host, Noted, Turn, TurnResult
from prdrunner_tui.workers.scripted.player import Player
from prdrunner_tui.workers.scripted.recording import Recording, read_recording

_OPTIONS = ("file", "recording", "speed")


@dataclass(frozen=True, slots=True)
class ScriptedWorker:
    """The adapter; see the module."""

    recording: Recording
    speed: float = 1.0

    @property
    def capabilities(self) -> Capabilities:
        """A recording takes messages at any time; it has no protocol cancel worth waiting for."""
        return Capabilities(
            streams=True, steer="mid_turn", permissions=True, plan_updates=True, usage=True, cost=True
        )

    async def run(self, turn: Turn, host: Host) -> TurnResult:
        """Play what is recorded for the turn's phase, step and iteration."""
        host.emit(Noted(f"this is a recording, no agent runs: {self.recording.title}"))
        actions = self.recording.actions(turn.phase, turn.step, turn.iteration)
        player = Player(turn, host, self.speed)
        listener = asyncio.create_task(player.listen())
        try:
            for action in actions:
                if host.cancelled.is_set():
                    return TurnResult("cancelled", "cancelled")
                result = await player.play(action)
                if result is not None:
                    return result
            return TurnResult("cancelled", "cancelled") if host.cancelled.is_set() else TurnResult("ended")
        except OSError as error:
            return TurnResult("failed", f"the recording could not go on: {error}")
        finally:
            listener.cancel()
            await asyncio.wait({listener})


def create(options: Mapping[str, Any]) -> ScriptedWorker:
    """The adapter for these options.

    Raises:
        Problem: an unknown option, no recording, or one with a mistake (with file:line:column).
    """
    for name in options:
        if name not in _OPTIONS:
            raise Problem(
                f"the worker scripted has no option {name[:60]!r}", hint=did_you_mean(name, _OPTIONS)
            )
    speed = options.get("speed", 1.0)
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not math.isfinite(speed) or speed < 0:
        raise Problem("speed must be a number from 0 on")
    text, file = options.get("recording"), options.get("file")
    if isinstance(text, str):
        return ScriptedWorker(read_recording(text.encode(), name="recording"), float(speed))
    if not isinstance(file, str) or not Path(file).is_absolute():
        raise Problem("the worker scripted needs the absolute path of a recording", hint="set file:")
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise Problem(f"the recording cannot be read: {error.strerror}", where=file) from None
    return ScriptedWorker(read_recording(data, name=file), float(speed))
