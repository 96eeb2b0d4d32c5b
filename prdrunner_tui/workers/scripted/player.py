"""What each action of a recording does."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from prdrunner_tui.kernel.values import CodecError
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.environment import turn_variables
from prdrunner_tui.workers.port import (
    Asked,
    CommandEnded,
    CommandStarted,
    Host,
    Message,
    Noted,
    PermissionAsked,
    PermissionChoice,
    PlanEntry,
    Planned,
    Receipt,
    Said,
    SessionKnown,
    Thought,
    Turn,
    TurnResult,
    UsageReported,
    decode,
    exit_words,
)
from prdrunner_tui.workers.scripted import program
from prdrunner_tui.workers.scripted.edits import apply_edit
from prdrunner_tui.workers.scripted.recording import Action

_PART = 16
_PART_SECONDS = 0.04
_LOOK = 0.02


class Player:
    """Plays actions one after the other; an action that ends the turn returns its result."""

    def __init__(self, turn: Turn, host: Host, speed: float) -> None:
        self._turn = turn
        self._host = host
        self._speed = speed
        self._words = {"answer": "", "message": "", "phase": turn.phase, "iteration": str(turn.iteration)}
        self._count = 0
        self._ignore_term = False
        self._messages: list[Message] = []
        self._heard = asyncio.Event()

    async def listen(self) -> None:
        """Take messages of the person as they come."""
        async for message in self._host.inbox():
            self._messages.append(message)
            self._host.emit(Receipt(message.id, "delivered"))
            self._heard.set()

    async def play(self, action: Action) -> TurnResult | None:
        """Do one action.

        Raises:
            Problem: the action cannot be done.
        """
        simple = {
            "talk": self._talk, "thought": self._thought, "note": self._note, "plan": self._plan,
            "edit": self._edit, "command": self._command, "ask": self._ask, "permission": self._permission,
            "usage": self._usage, "session": self._session, "delay": self._delay,
            "write_result": self._write_result, "barrier": self._barrier, "wait_message": self._wait_message,
        }  # fmt: skip
        ends: dict[str, Callable[[Action], Awaitable[TurnResult | None]]] = {
            "lie": self._lie, "exit": self._exit, "hang": self._hang,
            "fail": self._end, "refuse": self._end, "limit": self._end,
        }  # fmt: skip
        if action.name in simple:
            await simple[action.name](action)
        elif action.name in ends:
            return await ends[action.name](action)
        elif action.name == "ignore_term":
            self._ignore_term = True
        else:
            (value,) = action.fields.values()
            await self._program(action.name, str(value))
        return None

    async def _talk(self, action: Action) -> None:
        await self._stream(action, Said)

    async def _thought(self, action: Action) -> None:
        await self._stream(action, Thought)

    async def _stream(self, action: Action, kind: type[Said] | type[Thought]) -> None:
        text = action.fields["text"]
        for word, value in self._words.items():
            text = text.replace("{" + word + "}", value)
        if self._speed == 0:
            self._host.emit(kind(text))
            return
        item = self._name("m")
        text = text if text.endswith("\n") else text + "\n"
        for start in range(0, len(text), _PART):
            self._host.emit(kind(text[start : start + _PART], item))
            await self._host.sleep(_PART_SECONDS * self._speed)

    async def _note(self, action: Action) -> None:
        self._host.emit(Noted(action.fields["text"]))

    async def _plan(self, action: Action) -> None:
        entries = [{"text": e} if isinstance(e, str) else e for e in action.fields["entries"]]
        try:
            self._host.emit(Planned(tuple(decode(PlanEntry, e, "plan") for e in entries)))
        except CodecError as error:
            raise Problem(str(error), where=action.where) from None

    async def _edit(self, action: Action) -> None:
        self._host.emit(apply_edit(Path(self._turn.workspace), action.fields, action.where))

    async def _command(self, action: Action) -> None:
        key = self._name("c")
        self._host.emit(CommandStarted(key, action.fields["run"]))
        env = {**self._host.env, **turn_variables(self._turn)}
        exit_ = await (await self._host.spawn(action.fields["run"], env=env, merge=True)).wait()
        code = exit_.code if exit_.code is not None else 128 + (exit_.signal or 0)
        self._host.emit(CommandEnded(key, code))
        if action.fields.get("must_pass") and code != 0:
            raise Problem(f"a command of the recording ended with exit {code}", where=action.where)

    async def _ask(self, action: Action) -> None:
        choices = tuple(str(c) for c in action.fields.get("choices", ()))
        key = action.fields.get("id") or self._name("q")
        self._words["answer"] = await self._host.ask(Asked(key, action.fields["question"], choices))

    async def _permission(self, action: Action) -> None:
        choices = (
            PermissionChoice("yes", "Allow", "allow_once"),
            PermissionChoice("no", "Reject", "reject_once"),
        )
        key = action.fields.get("id") or self._name("p")
        paths = tuple(str(path) for path in action.fields.get("paths", ()))
        request = PermissionAsked(
            key, action.fields["action"], action.fields.get("detail", ""), choices, paths
        )
        answer = await self._host.permission(request)
        self._words["answer"] = "allowed" if answer.allow else f"rejected {answer.reason}".strip()

    async def _usage(self, action: Action) -> None:
        try:
            self._host.emit(decode(UsageReported, {"scope": "turn", **action.fields}, "usage"))
        except CodecError as error:
            raise Problem(str(error), where=action.where) from None

    async def _session(self, action: Action) -> None:
        self._host.emit(SessionKnown(action.fields["id"]))

    async def _delay(self, action: Action) -> None:
        await self._host.sleep(action.fields["seconds"] * self._speed)

    async def _write_result(self, action: Action) -> None:
        if self._turn.result_file is None:
            raise Problem(f"step {self._turn.step} wants no result file", where=action.where)
        Path(self._turn.result_file).write_text(
            json.dumps(action.fields["value"], indent=1), encoding="utf-8"
        )

    async def _barrier(self, action: Action) -> None:
        file, text = action.fields.get("file"), action.fields.get("message")
        if (file is None) == (text is None):
            raise Problem("a barrier waits for a file or a message", where=action.where)
        while not self._host.cancelled.is_set():
            if file is not None and (Path(self._turn.workspace) / file).exists():
                return
            if text is not None and any(m.text == text for m in self._messages):
                return
            await self._host.sleep(_LOOK)

    async def _wait_message(self, action: Action) -> None:
        while not self._messages:
            self._heard.clear()
            waits = [asyncio.ensure_future(e.wait()) for e in (self._heard, self._host.cancelled)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if self._host.cancelled.is_set():
                return
        message = self._messages.pop(0)
        self._words["message"] = message.text
        self._host.emit(Receipt(message.id, "acknowledged"))

    async def _lie(self, action: Action) -> TurnResult:
        await self._talk(action)
        return TurnResult("ended", "exit 0", 0)

    async def _end(self, action: Action) -> TurnResult:
        reason = action.fields["reason"]
        if action.name == "refuse":
            return TurnResult("refused", reason)
        return TurnResult("limit" if action.name == "limit" else "failed", reason)

    async def _exit(self, action: Action) -> TurnResult:
        signal = action.fields.get("signal")
        given = ("exit", str(action.fields.get("code", 0))) if signal is None else ("signal", str(signal))
        exit_ = await self._program(*given)
        outcome: Any = "ended" if exit_.code == 0 else "failed"
        return TurnResult(outcome, exit_words(exit_.code, exit_.signal), exit_.code, exit_.signal)

    async def _hang(self, action: Action) -> TurnResult | None:
        exit_ = await self._program("hang", *(["ignore_term"] if self._ignore_term else []))
        return TurnResult("failed", exit_words(exit_.code, exit_.signal), exit_.code, exit_.signal)

    async def _program(self, *arguments: str) -> Any:
        command = [sys.executable, "-I", "-S", str(Path(program.__file__).absolute()), *arguments]
        return await (await self._host.spawn(command)).wait()

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{self._turn.key}/{kind}{self._count}"
