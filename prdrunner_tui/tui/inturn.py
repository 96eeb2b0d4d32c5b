"""Keys one after the other: what a key opened has the next one, however fast they come.

Textual hands keys on as they arrive, to whatever has the focus then, and a focus that a key moves follows later. A
burst (a fast typist, a slow line that delivers several keys at once) would reach what the first key was meant to
leave: ``xa`` would approve where a reason that begins with an a was meant.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING

from textual import events
from textual.app import App, ScreenStackError
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from textual.dom import DOMNode

_LONGEST = 1.0
"""Seconds after which the next key goes on all the same: a handler may wait for an engine that does not answer."""


class InTurn(App[int], inherit_bindings=False):
    """An app that handles a key, or pasted text, when the one before was handled."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self._typed: deque[events.Key | events.Paste] = deque()
        self._turn: asyncio.Task[None] | None = None

    @property
    def typed_ahead(self) -> bool:
        """Whether keys wait for others before them."""
        return self._turn is not None and not self._turn.done()

    async def on_event(self, event: events.Event) -> None:
        """Hand an event on; a key waits for its turn."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self.typed_ahead:
            self._typed.append(event)
        else:
            await self._hand_on(event)

    async def _hand_on(self, event: events.Key | events.Paste) -> None:
        way = self._way()
        await super().on_event(event)
        self._turn = asyncio.create_task(self._in_turn(way))

    async def _in_turn(self, way: list[MessagePump]) -> None:
        """Wait until the key was handled, then hand on those that came meanwhile."""
        # An app that ends has no screen any more, and nobody has the keys.
        with contextlib.suppress(ScreenStackError):
            await self._settled(way)
            while self._typed:
                event, way = self._typed.popleft(), self._way()
                await super().on_event(event)
                await self._settled(way)

    def _way(self) -> list[MessagePump]:
        """Whom a key passes, from what has the focus to the screen."""
        here: DOMNode = self.focused or self.screen
        return [node for node in here.ancestors_with_self if node is not self]

    async def _settled(self, way: list[MessagePump]) -> None:
        """Wait until those on the way are done, and the screen on top and its focus are what they will be."""
        until = asyncio.get_running_loop().time() + _LONGEST
        for node in way:
            await self._through(node, until)
        await self._through(self, until)
        screen = self.screen
        if screen not in way:
            await self._through(screen, until)
            await self._through(self, until)

    async def _through(self, node: MessagePump, until: float) -> None:
        """Wait until a node handled what it has, or is gone."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        if not node.call_later(done.set):
            return
        while not done.is_set() and node.is_attached and loop.time() < until:
            try:
                await asyncio.wait_for(done.wait(), 0.05)
            except TimeoutError:
                continue
