"""One turn as prompts and answers: the first prompt, the person's messages on the way, the end or a cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prdrunner_tui.workers.acp.client import Client
from prdrunner_tui.workers.acp.link import AgentLink, Refusal
from prdrunner_tui.workers.acp.outcome import of_error, of_stop
from prdrunner_tui.workers.acp.plain import text
from prdrunner_tui.workers.acp.profile import Profile
from prdrunner_tui.workers.port import Host, Message, Noted, Receipt, TurnResult

_CANCEL_SECONDS = 4.0
"""How long a cancelled agent is waited for: less than the host's own patience, which then ends the program."""
_STOP_SECONDS = 30.0
"""How long an agent may take to stop for a message."""
_ANSWER_SECONDS = 120.0
"""Silence after which the answer to a message that joined the turn is no longer waited for."""
_NO_ANSWER_SECONDS = 2.0
"""The same for an agent that answers only the first prompt: a turn that came of the message shows itself by then."""
_INTERRUPTED = (
    "\n\n(Your turn was interrupted so that this message of the person reaches you now. Take it into account and go on "
    "with the task.)"
)


@dataclass(eq=False, slots=True)
class _Prompt:
    """A prompt under way and the messages it carries."""

    answer: asyncio.Task[Mapping[str, Any]]
    messages: list[Message] = field(default_factory=list)
    joined: bool = False
    """Whether it was sent into a running turn."""


class Conversation:
    """The prompts of one turn. Ends with a result, or with :class:`Gone` when the program is."""

    def __init__(
        self, host: Host, link: AgentLink, client: Client, profile: Profile, session: str, now: float
    ) -> None:
        self._host = host
        self._link = link
        self._client = client
        self._profile = profile
        self._session = session
        self._unix = now - host.now()
        self._open: list[_Prompt] = []
        self._waiting: list[Message] = []
        self._unread: list[Message] = []
        self._news = asyncio.Event()
        self._steering = False
        """The running turn is being stopped for a message."""
        self._refuses_more = False
        """The agent takes no prompt into the turn that runs."""
        self._stop = ""

    async def run(self, prompt: str) -> TurnResult:
        """Prompt, and stay until the agent has stopped and nothing is left to be told to it."""
        self._client.on_heard = self._heard
        listener = asyncio.ensure_future(self._listen())
        try:
            return await self._run(prompt)
        finally:
            listener.cancel()
            for under_way in self._open:
                under_way.answer.cancel()
            await asyncio.gather(listener, *(p.answer for p in self._open), return_exceptions=True)

    async def _run(self, prompt: str) -> TurnResult:
        self._prompt(prompt)
        while not self._host.cancelled.is_set():
            if self._open:
                await self._something(self._patience())
                if self._host.cancelled.is_set():
                    break
                failed = self._collect()
                if failed is not None:
                    return failed
            if self._open:
                await self._steer()
            elif not self._follow_up():
                return of_stop(self._stop, self._client.seen, cancelled=False)
        return await self._cancel()

    async def _listen(self) -> None:
        async for message in self._host.inbox():
            self._waiting.append(message)
            self._news.set()

    async def _something(self, patience: float | None) -> None:
        """Wait for an answer, a message, a cancel, or until patience ends."""
        news = asyncio.ensure_future(self._news.wait())
        cancelled = asyncio.ensure_future(self._host.cancelled.wait())
        try:
            waits = {news, cancelled, *(p.answer for p in self._open)}
            await asyncio.wait(waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._news.clear()
            news.cancel()
            cancelled.cancel()

    def _patience(self) -> float | None:
        """How long to wait on: without end while the turn's own prompt is open, else for an agent that is silent."""
        if self._client.asking or not all(p.joined for p in self._open):
            return None
        allowed = _ANSWER_SECONDS if self._profile.second_answer else _NO_ANSWER_SECONDS
        return max(0.0, self._client.heard_at + allowed - self._host.now())

    def _collect(self) -> TurnResult | None:
        """Take the answers that came; the result when the turn's own prompt failed."""
        for prompt in [p for p in self._open if p.answer.done()]:
            self._open.remove(prompt)
            try:
                answer = prompt.answer.result()
            except Refusal as refusal:
                if not prompt.joined and self._steering:
                    # Stopped for a message: how the agent calls that does not matter.
                    self._stop = "cancelled"
                    continue
                if not prompt.joined:
                    auth, now = self._profile.auth, self._host.now() + self._unix
                    return of_error(refusal.error, auth=auth, now=now)
                # The agent takes no prompt into a running turn: it gets the message after it.
                self._waiting[:0] = prompt.messages
                self._unread = [m for m in self._unread if m not in prompt.messages]
                self._refuses_more = True
                continue
            self._client.heard_at = self._host.now()
            self._client.answer(answer)
            self._stop = text(answer.get("stopReason"), 60)
            for message in prompt.messages:
                self._read(message)
        patience = self._patience()
        if self._open and patience is not None and patience <= 0:
            for prompt in self._open:
                prompt.answer.cancel()
            self._open.clear()
        return None

    async def _steer(self) -> None:
        """Give waiting messages to a running turn, the way its agent takes them."""
        kind = self._profile.steer
        urgent = any(message.kind == "interrupt" for message in self._waiting)
        if not self._waiting or self._steering or (not urgent and (self._refuses_more or kind == "queue")):
            return
        if kind == "inject" and not urgent:
            for message in self._take():
                self._prompt(message.text, [message], joined=True)
            return
        self._steering = self._client.stopping = True
        self._client.withdraw()
        await self._link.notify("session/cancel", {"sessionId": self._session})
        own = {p.answer for p in self._open}
        cancelled = asyncio.ensure_future(self._host.cancelled.wait())
        try:
            await asyncio.wait({*own, cancelled}, timeout=_STOP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cancelled.cancel()
        if not any(answer.done() for answer in own) and not self._host.cancelled.is_set():
            self._client.stopping = False
            words = "the agent did not stop for a message, which goes with its next prompt"
            self._host.emit(Noted(words, "warning"))

    def _follow_up(self) -> bool:
        """Prompt again with what is left to be told, after the agent has stopped; False when nothing is."""
        interrupted = self._steering and self._stop == "cancelled"
        self._steering = self._refuses_more = self._client.stopping = False
        refusals, self._client.refusals = self._client.refusals, []
        messages = self._take()
        if not refusals and not messages:
            return False
        words = "\n\n".join([*refusals, *(m.text for m in messages)])
        self._prompt(words + _INTERRUPTED if interrupted else words, messages)
        return True

    def _prompt(self, words: str, messages: list[Message] | None = None, *, joined: bool = False) -> None:
        plain = words.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        params = {"sessionId": self._session, "prompt": [{"type": "text", "text": plain}]}
        if joined:
            self._client.break_at_sentence()
        answer = asyncio.ensure_future(self._link.request("session/prompt", params))
        carried = messages or []
        self._open.append(_Prompt(answer, carried, joined))
        for message in carried:
            self._host.emit(Receipt(message.id, "delivered"))
        self._unread += carried

    def _heard(self, words: str | None) -> None:
        """The agent said something: a prompt of its own is read then; one that joined a turn when it is repeated."""
        joined = {m.id for p in self._open if p.joined for m in p.messages}
        for message in list(self._unread):
            read = message.id not in joined if words is None else message.text.strip() in words
            if read and message.text.strip():
                self._read(message)

    def _read(self, message: Message) -> None:
        if message in self._unread:
            self._unread.remove(message)
            self._host.emit(Receipt(message.id, "acknowledged"))

    def _take(self) -> list[Message]:
        taken, self._waiting = self._waiting, []
        return taken

    async def _cancel(self) -> TurnResult:
        self._client.withdraw()
        if self._open:
            await self._link.notify("session/cancel", {"sessionId": self._session})
            await asyncio.wait({p.answer for p in self._open}, timeout=_CANCEL_SECONDS)
        return of_stop("cancelled", self._client.seen, cancelled=True)
