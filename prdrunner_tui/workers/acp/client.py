"""The client's side of the protocol: the agent's updates as ours, its permission requests and questions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar, get_args

from prdrunner_tui.workers.acp.link import Unknown
from prdrunner_tui.workers.acp.outcome import Seen
from prdrunner_tui.workers.acp.plain import identifier, items, mapping, text
from prdrunner_tui.workers.acp.profile import Profile
from prdrunner_tui.workers.acp.questions import Question
from prdrunner_tui.workers.acp.tools import ToolCalls, planned
from prdrunner_tui.workers.acp.usage import UsageReader
from prdrunner_tui.workers.port import (
    Asked,
    Cancelled,
    Host,
    Noted,
    Permission,
    PermissionAsked,
    PermissionChoice,
    Said,
    Thought,
    Turn,
    UsageReported,
)
from prdrunner_tui.workers.updates import ChoiceKind

_Answer = TypeVar("_Answer")
_WITHDRAWN: dict[str, Any] = {"outcome": {"outcome": "cancelled"}}
_QUIET = (
    "available_commands_update", "current_mode_update", "config_option_update", "session_info_update", "usage_update",
)  # fmt: skip
_MOST_NOTES = 20
_MOST_REQUESTS = 20
"""Requests of a turn that wait for the person at once; an agent could ask without end."""
_MOST_OPTIONS = 20


class Client:
    """Takes what the agent says in one turn and tells it to the host.

    `on_heard(words)` is called for each update of the running turn: with the words of a person's message that the
    agent repeats, else with None.
    """

    def __init__(
        self, host: Host, profile: Profile, reader: UsageReader, roots: Sequence[str], turn: Turn
    ) -> None:
        self.live = False
        """Whether updates are of this turn; those before its first prompt repeat what was."""
        self.session = ""
        self.seen = Seen()
        self.usage: UsageReported | None = None
        self.heard_at = host.now()
        self.refusals: list[str] = []
        """What to tell the agent of refused permissions: the protocol has no room for words."""
        self.on_heard: Callable[[str | None], None] = lambda words: None
        self.tools = ToolCalls(self._emit, roots, turn.key, self.seen)
        self._host = host
        self._profile = profile
        self._reader = reader
        self._prefix = turn.key
        self._result_file = turn.result_file
        self._requests: set[asyncio.Task[Any]] = set()
        self._count = 0
        self._part: type[Said] | type[Thought] | None = None
        self._part_message = ""
        self._item = ""
        self._line_open = False
        self._sentence_over = True
        self._breaks = False
        self._notes: set[str] = set()
        self.stopping = False

    @property
    def asking(self) -> bool:
        """Whether a person is asked something."""
        return bool(self._requests)

    def update(self, params: Mapping[str, Any]) -> None:
        """A `session/update`."""
        update = mapping(params.get("update"))
        kind = text(update.get("sessionUpdate"), 60)
        if self.session and params.get("sessionId") != self.session:
            return
        self._report(self._reader.update(update))
        if not self.live:
            return
        self.heard_at = self._host.now()
        if kind == "user_message_chunk":
            self.on_heard(text(mapping(update.get("content")).get("text")))
            return
        if kind in _QUIET:
            return
        if kind in ("agent_message_chunk", "agent_thought_chunk"):
            self._speak(Said if kind == "agent_message_chunk" else Thought, update)
        elif kind == "plan":
            self._emit(planned(items(update.get("entries"))))
        elif kind in ("tool_call", "tool_call_update"):
            self.tools.update(update)
        else:
            self.note(f"the agent sends updates of a kind unknown here, {kind or 'without a name'}")
            return
        self.on_heard(None)

    def note(self, words: str) -> None:
        """A word about what was left out; each one once, and not without end."""
        if words not in self._notes and len(self._notes) < _MOST_NOTES:
            self._notes.add(words)
            self._emit(Noted(words, "warning"))

    async def handle(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A request of the agent. Raises Unknown for what was not offered to it: files, terminals, questions."""
        if method == "session/request_permission":
            return await self._permission(params)
        raise Unknown

    def answer(self, answer: Mapping[str, Any]) -> None:
        """The answer to a prompt."""
        self._report(self._reader.answer(answer))
        self.break_off()

    def break_off(self) -> None:
        """What is said next is another message, also where the agent does not name its messages.

        One that has a name goes on until another name comes: a line break in its middle would tear words apart.
        """
        if not self._part_message:
            self._end_part()

    def break_at_sentence(self) -> None:
        """As `break_off`, but the sentence that is being said is said first: the agent has heard of nothing yet."""
        self._breaks = True

    def withdraw(self) -> None:
        """Nobody waits for an answer to what is asked any more."""
        for request in self._requests:
            request.cancel()

    def finish(self) -> None:
        """The turn is over: close what is open."""
        self._end_part()
        self.tools.end_all()

    def _report(self, usage: UsageReported | None) -> None:
        if usage is not None:
            self.usage = usage
            # Told in the middle of a message as well, which goes on after it.
            self._host.emit(usage)

    def _emit(self, update: Any) -> None:
        self._end_part()
        self._host.emit(update)

    def _speak(self, kind: type[Said] | type[Thought], update: Mapping[str, Any]) -> None:
        block = mapping(update.get("content"))
        words = text(block.get("text"))
        if not words:
            named = text(block.get("type"), 40)
            if named not in ("", "text"):
                self.note(f"the agent shows something that is no text, {named}")
            return
        message = text(update.get("messageId"), 200)
        if self._breaks and (self._sentence_over or kind is not self._part):
            self._breaks = False
            self.break_off()
        fresh = kind is not self._part or message != self._part_message
        if fresh:
            self._end_part()
            self._count += 1
            self._item = f"{self._prefix}/m{self._count}"
            self._part, self._part_message = kind, message
        if kind is Said:
            self.seen.speak(words, fresh=fresh)
        else:
            self.seen.thought = True
        self._line_open = not words.endswith("\n")
        self._sentence_over = words.rstrip().endswith((".", "!", "?", ":")) or not self._line_open
        self._host.emit(kind(words, self._item))

    def _end_part(self) -> None:
        """The streamed message is whole: end its line, which no agent does."""
        part, self._part = self._part, None
        if part is not None and self._line_open:
            self._host.emit(part("\n", self._item))

    async def _permission(self, params: Mapping[str, Any]) -> dict[str, Any]:
        call = mapping(params.get("toolCall"))
        options = self._options(params)
        action, detail, paths = self.tools.asked(call)
        if self._result_file and self.tools.writes_only(call, self._result_file):
            # The step asks for this file, outside the workspace: the person need not be asked for it again.
            chosen = choose(options, Permission(True))
            if chosen is not None:
                self.tools.answered(call, allowed=True)
                return _selected(chosen)
        if self.stopping:
            # The turn is being stopped for a message: nobody is asked for what will not be done.
            self.tools.answered(call, allowed=False)
            return _WITHDRAWN
        self._end_part()
        always = any(option.kind == "allow_always" for option in options)
        if self._profile.questions and not always and (asked := self.tools.questions(call)):
            return await self._questions(call, options, asked)
        request = PermissionAsked(self._next("p"), action, detail, options, paths)
        answer = await self._answered(self._host.permission(request))
        if answer is None:
            self.tools.answered(call, allowed=False)
            return _WITHDRAWN
        chosen = choose(options, answer)
        self.tools.answered(call, allowed=answer.allow and chosen is not None)
        if not answer.allow:
            self._refused(chosen, " ".join((action, *paths)), detail, answer.reason)
        elif chosen is None:
            self.note("the agent offers no way to allow what it asks for")
        return _WITHDRAWN if chosen is None else _selected(chosen)

    async def _questions(
        self, call: Mapping[str, Any], options: Sequence[PermissionChoice], asked: Sequence[Question]
    ) -> dict[str, Any]:
        """Ask one after the other; the agent gets all answers with the permission for its question tool."""
        answers = {}
        for place, question in enumerate(asked):
            words = await self._answered(
                self._host.ask(Asked(self._next("q"), question.words, tuple(question.choices)))
            )
            if words is None or self.stopping:
                self.tools.answered(call, allowed=False)
                return _WITHDRAWN
            answers[str(place)] = question.answer(words)
        chosen = choose(options, Permission(True))
        self.tools.answered(call, allowed=chosen is not None)
        if chosen is None:
            self.note("the agent offers no way to answer what it asks")
            return _WITHDRAWN
        return {**_selected(chosen), self._profile.questions: answers}

    def _next(self, letter: str) -> str:
        """An id for what is asked next."""
        self._count += 1
        return f"{self._prefix}/{letter}{self._count}"

    async def _answered(self, asking: Coroutine[Any, Any, _Answer]) -> _Answer | None:
        """What the person answers; None when nobody waits for it any more, or too much waits already."""
        if len(self._requests) >= _MOST_REQUESTS:
            asking.close()
            self.note(f"the agent asks for more than {_MOST_REQUESTS} things at once; the rest is not asked")
            return None
        request = asyncio.ensure_future(asking)
        self._requests.add(request)
        try:
            return await request
        except (Cancelled, asyncio.CancelledError):
            return None
        finally:
            self._requests.discard(request)
            request.cancel()
            self.heard_at = self._host.now()

    def _options(self, params: Mapping[str, Any]) -> tuple[PermissionChoice, ...]:
        found = []
        for option in map(mapping, items(params.get("options"), _MOST_OPTIONS)):
            key = identifier(option.get("optionId"))
            kind: Any = self._profile.permissions.get(key) or option.get("kind")
            if key and kind in get_args(ChoiceKind):
                found.append(PermissionChoice(key, text(option.get("name"), 200), kind))
        return tuple(found)

    def _refused(self, chosen: PermissionChoice | None, action: str, detail: str, reason: str) -> None:
        self.seen.refused += 1
        stops = self._profile.after_reject == "stops"
        if (chosen is not None and chosen.kind == "reject_and_stop") or not (stops or reason):
            return
        what = detail if action == "command" else action
        why = f", with the words: {reason}" if reason else ""
        self.refusals.append(f"This was refused by the person: {what}{why}\nGo on with the task without it.")


def choose(options: Sequence[PermissionChoice], answer: Permission) -> PermissionChoice | None:
    """The agent's option for the person's answer: the one that is named, if it fits, else the narrowest, else None."""
    for option in options:
        if option.id == answer.option and option.kind.startswith("allow") == answer.allow:
            return option
    kinds = ("allow_once",) if answer.allow else ("reject_once", "reject_and_stop", "reject_always")
    for kind in kinds:
        with contextlib.suppress(StopIteration):
            return next(option for option in options if option.kind == kind)
    return None


def _selected(choice: PermissionChoice) -> dict[str, Any]:
    return {"outcome": {"outcome": "selected", "optionId": choice.id}}
