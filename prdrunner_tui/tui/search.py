"""A search in the log of a run: which lines hold a text, asked for job by job, the newest first. No textual."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.text.find import finder
from prdrunner_tui.tui.logbook import Ask

MOST = 1000
"""Places that a search finds at most."""

Found = tuple[str, int]
"""A job's key and the number of a line of its output."""


class LogSearch:
    """What a person looks for, and where it was found so far.

    Places are numbered from the newest one, so that a number stays when older ones are found.

    Args:
        ask: asks the engine.
        changed: told when places were found and when the search has ended.

    Attributes:
        text: what is looked for; empty when nothing is.
        pattern: marks it in a line.
        found: the places, the newest first.
        busy: whether there are outputs that were not looked at yet.
        more: whether there are more places than a search finds.
        refused: why the engine did not answer.
    """

    def __init__(self, ask: Ask, changed: Callable[[], None]) -> None:
        self._ask = ask
        self._changed = changed
        self.text = ""
        self.pattern: re.Pattern[str] | None = None
        self.found: list[Found] = []
        self.current: Found | None = None
        self.busy = False
        self.more = False
        self.refused = ""

    async def run(self, text: str, keys: Sequence[str]) -> None:
        """Look for a text in the outputs of jobs, the newest of which comes last; cancel it to stop."""
        self.end()
        self.text, self.pattern, self.busy = text, finder(text), True
        try:
            for key in reversed(keys):
                left = MOST - len(self.found)
                if left <= 0:
                    self.more = True
                    break
                answer = await self._ask("search", {"key": key, "text": text, "limit": left})
                if isinstance(answer, Refusal):
                    self.refused = answer.message
                    break
                self.found += [(key, int(line)) for line in answer["lines"]]
                self.more = bool(answer["more"])
                self._changed()
        finally:
            self.busy = False
        self._changed()

    def end(self) -> None:
        """Look for nothing any more."""
        self.text, self.pattern, self.current, self.refused = "", None, None, ""
        self.found, self.more = [], False

    def move(self, by: int, shown: Callable[[str, int], int | None]) -> Found | None:
        """Go to the next older (1) or newer (-1) place of those that are shown, round the end; None without any.

        ``shown`` gives the row of a place, None where a filter hides it.
        """
        places = [place for place in self.found if shown(*place) is not None]
        if not places:
            self.current = None
        elif self.current in places:
            self.current = places[(places.index(self.current) + by) % len(places)]
        else:
            self.current = places[0 if by >= 0 else -1]
        return self.current

    def words(self, shown: Callable[[str, int], int | None]) -> str:
        """``/passed 3 of 17`` for the title; empty when nothing is looked for."""
        if not self.text:
            return ""
        if self.refused:
            return f"/{self.text} {self.refused}"
        places = [place for place in self.found if shown(*place) is not None]
        if not places:
            return f"/{self.text} searching" if self.busy else f"/{self.text} nowhere"
        at = places.index(self.current) + 1 if self.current in places else 0
        return f"/{self.text} {at} of {len(places)}{'+' if self.more or self.busy else ''}"
