"""Keys at fixed moments, and how long each took to show."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.replay import Region, changes
from tests.benchmarks.timing import pace
from tests.benchmarks.tty import Tty
from tests.ptychild import clock

_CHANCE = random.Random(7)


@dataclass(slots=True)
class Presses:
    """Keys that were pressed in one terminal, in several groups.

    Args:
        tty: the terminal.
        region: the cells that each of these keys changes and nothing else does.
    """

    tty: Tty
    region: Region
    groups: dict[str, list[list[float]]] = field(default_factory=dict)

    def press(self, group: str, keys: Iterable[str], spacing: float) -> None:
        """Press keys, whatever the screen does, about so many seconds apart."""
        pressed = self.groups.setdefault(group, [])
        pressed.append([])
        for key in keys:
            due = clock() + spacing * _CHANCE.uniform(0.75, 1.25)
            pressed[-1].append(self.tty.press(key))
            pace(due)

    def milliseconds(self) -> dict[str, list[float]]:
        """How long the keys of each group took."""
        changed = list(changes(self.tty.size, self.tty.taken(), self.region))
        return {
            group: [1000 * one for pressed in runs for one in latencies(pressed, changed)]
            for group, runs in self.groups.items()
        }


def latencies(pressed: Sequence[float], changed: Sequence[float]) -> list[float]:
    """Seconds until the change that shows each key.

    A key that shows nothing before the next one is pressed shows with the next change, and if that is the only one
    then so does the next key: keys are done in their order, and two may be done in one frame. A key that never
    shows takes for ever.
    """
    found: list[float] = []
    waiting: list[float] = []
    ends = [*pressed[1:], float("inf")]
    for press, end in zip(pressed, ends, strict=True):
        own = [at for at in changed if press < at < end]
        waiting.append(press)
        if own:
            late = own[0]
            found += [late - one for one in waiting[:-1]]
            found.append((own[1] if len(waiting) > 1 and len(own) > 1 else late) - press)
            waiting.clear()
    return [*found, *(float("inf") for _ in waiting)]
