"""One turn of an agent that speaks ACP: its program is started, a session opened or taken up, the prompt given.

Options: `profile`, the name of an agent profile that comes along (`claude-agent-acp`, `qwen` ...), and any key of
a profile to lay over it; or `argv` alone for a program of your own. See docs/workers.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from prdrunner_tui.workers.acp.client import Client
from prdrunner_tui.workers.acp.conversation import Conversation
from prdrunner_tui.workers.acp.link import AgentLink, Gone, Pipe, Refusal, check_installed, connect
from prdrunner_tui.workers.acp.outcome import of_error, of_exit
from prdrunner_tui.workers.acp.plain import identifier, items, mapping, text
from prdrunner_tui.workers.acp.profile import Profile, from_options
from prdrunner_tui.workers.acp.usage import READERS, TELLS_COST
from prdrunner_tui.workers.environment import turn_variables
from prdrunner_tui.workers.port import (
    Cancelled,
    Capabilities,
    Exit,
    Host,
    Noted,
    Process,
    SessionKnown,
    SpawnFailed,
    Steer,
    Turn,
    TurnResult,
)

_PROTOCOL = 1
_LEAVES_BY_ITSELF = 0.5
"""Seconds for a program whose stdin is closed: qwen is gone after 0.13, claude-agent-acp stays until TERM."""
_LEAVES_WITHIN = 1.0
_STEER: Mapping[str, Steer] = {"inject": "mid_turn", "cancel_reprompt": "restart", "queue": "next_turn"}
_Made = TypeVar("_Made")


class _Failed(Exception):
    """The turn cannot begin; carries its result."""

    def __init__(self, result: TurnResult) -> None:
        super().__init__(result.reason)
        self.result = result


@dataclass(frozen=True, slots=True)
class AcpWorker:
    """The adapter; see the module."""

    profile: Profile

    @property
    def capabilities(self) -> Capabilities:
        """What the profile says of the agent; permissions, streaming and cancel are the protocol's."""
        return capabilities(self.profile)

    async def run(self, turn: Turn, host: Host) -> TurnResult:
        """Take the turn."""
        check_installed()
        env = {**self.profile.environment(host.env), **turn_variables(turn)}
        argv = self.profile.command_line(turn.result_file)
        start = os.fspath(host.scratch) if self.profile.apart else None
        try:
            process = await host.spawn(argv, cwd=start, env=env, stdin="pipe", output="worker")
        except SpawnFailed as error:
            how = f"; install it with: {self.profile.install}" if self.profile.install else ""
            return TurnResult("failed", f"{error}{how}")
        return await _Turn(self.profile, turn, host, process).run()


class _Turn:
    """A turn with its running program."""

    def __init__(self, profile: Profile, turn: Turn, host: Host, process: Process) -> None:
        self._profile = profile
        self._turn = turn
        self._host = host
        self._process = process
        self._doing = "before it had answered anything"
        roots = list(dict.fromkeys((turn.workspace, os.path.realpath(turn.workspace))))
        self._reader = READERS[profile.usage]()
        self._client = Client(host, profile, self._reader, roots, turn)

    async def run(self) -> TurnResult:
        """Speak with the program until the turn is over, then let it go."""
        # Importing the protocol's library takes a while; the program is starting meanwhile.
        link = connect(Pipe(self._process, self._client.update, self._client.note), self._client.handle)
        try:
            result = await self._converse(link)
        except Gone:
            result = await self._gone()
        except _Failed as failed:
            result = failed.result
        except Cancelled:
            result = TurnResult("cancelled", "cancelled")
        finally:
            self._client.finish()
            await link.close()
            await self._leave()
        return TurnResult(
            result.outcome,
            result.reason,
            result.exit_code,
            result.signal,
            self._client.session or None,
            self._reader.whole(self._client.usage),
            result.retry_at,
        )

    async def _converse(self, link: AgentLink) -> TurnResult:
        resumed = await self._unless_cancelled(self._open(link))
        self._doing = "in the middle of the turn"
        self._reader.prompted(resumed=resumed)
        self._client.live = True
        session = self._client.session
        talk = Conversation(self._host, link, self._client, self._profile, session, time.time())
        return await talk.run(self._turn.prompt)

    async def _open(self, link: AgentLink) -> bool:
        """Have a session in the wanted mode; True when it is one of an earlier turn."""
        seconds = self._profile.start_seconds
        try:
            async with asyncio.timeout(seconds):
                hello = await link.request("initialize", _hello())
                if hello.get("protocolVersion") != _PROTOCOL:
                    version = text(str(hello.get("protocolVersion")), 20)
                    words = f"the agent speaks version {version} of ACP, known is {_PROTOCOL}"
                    raise _Failed(TurnResult("failed", words))
                self._doing = "before the turn had begun"
                can_load = mapping(hello.get("agentCapabilities")).get("loadSession") is True
                session, resumed = await self._session(link, can_load)
                await self._set_mode(link, session)
                return resumed
        except Refusal as refusal:
            result = of_error(refusal.error, auth=self._profile.auth, now=time.time())
            raise _Failed(result) from None
        except TimeoutError:
            words = f"the agent's program did not come up within {seconds:g} s"
            raise _Failed(TurnResult("failed", words)) from None

    async def _session(self, link: AgentLink, can_load: bool) -> tuple[Mapping[str, Any], bool]:
        wanted = {"cwd": self._turn.workspace, "mcpServers": []}
        known = identifier(self._turn.session)
        if known and self._profile.resume and can_load:
            self._client.session = known
            try:
                answer = await link.request("session/load", {**wanted, "sessionId": known})
                self._host.emit(SessionKnown(known))
                return answer, True
            except Refusal as refusal:
                self._client.session = ""
                why = refusal.error.words()
                self._note(f"the earlier session could not be taken up, a new one begins: {why}")
        elif known:
            self._note("this agent takes up no earlier session, a new one begins")
        answer = await link.request("session/new", wanted)
        made = identifier(answer.get("sessionId"))
        if not made:
            raise _Failed(TurnResult("failed", "the agent named its session in no usable way"))
        self._client.session = made
        self._host.emit(SessionKnown(made))
        return answer, False

    async def _set_mode(self, link: AgentLink, session: Mapping[str, Any]) -> None:
        """Set the permission mode of the profile: as a mode, or as an option where the agent has it there."""
        mode = self._profile.mode
        if not mode:
            return
        modes = mapping(session.get("modes"))
        offered = [text(mapping(m).get("id")) for m in items(modes.get("availableModes"))]
        params: dict[str, Any] = {"sessionId": self._client.session}
        if mode in offered:
            if modes.get("currentModeId") != mode:
                await link.request("session/set_mode", {**params, "modeId": mode})
            return
        for option in map(mapping, items(session.get("configOptions"))):
            values = [text(mapping(o).get("value")) for o in items(option.get("options"))]
            if option.get("id") == "mode" and mode in values:
                if option.get("currentValue") != mode:
                    setting = {**params, "configId": "mode", "value": mode}
                    await link.request("session/set_config_option", setting)
                return
            offered += values if option.get("id") == "mode" else []
        known = ", ".join(dict.fromkeys(offered)) or "none"
        words = f"the agent has no mode {mode[:40]!r}; it has: {text(known, 300)}"
        raise _Failed(TurnResult("failed", words))

    async def _unless_cancelled(self, work: Coroutine[Any, Any, _Made]) -> _Made:
        """Do it; raises Cancelled as soon as the turn is cancelled."""
        task = asyncio.ensure_future(work)
        cancelled = asyncio.ensure_future(self._host.cancelled.wait())
        try:
            await asyncio.wait({task, cancelled}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Cancelled("the turn is being cancelled")
            return task.result()
        finally:
            cancelled.cancel()
            task.cancel()
            await asyncio.wait({task})

    async def _gone(self) -> TurnResult:
        """The program has closed its output; it may need to be told to end."""
        ended = await self._ends(_LEAVES_WITHIN)
        if ended is None and not self._host.cancelled.is_set():
            return TurnResult("failed", f"the agent's program closed its output {self._doing}")
        tail = self._process.stderr_tail()
        cancelled = self._host.cancelled.is_set()
        auth = self._profile.auth
        return of_exit(
            ended or Exit(),
            tail.decode("utf-8", "replace"),
            doing=self._doing,
            cancelled=cancelled,
            auth=auth,
        )

    async def _leave(self) -> None:
        """Let the program end by itself; what stays is the host's to end."""
        self._process.close_stdin()
        if await self._ends(_LEAVES_BY_ITSELF) is None:
            self._process.signal(signal.SIGTERM)
            await self._ends(_LEAVES_WITHIN)

    async def _ends(self, seconds: float) -> Exit | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._process.wait()
        return None

    def _note(self, words: str) -> None:
        self._host.emit(Noted(words, "warning"))


def capabilities(profile: Profile) -> Capabilities:
    """What an agent with this profile does."""
    return Capabilities(
        streams=True,
        steer=_STEER[profile.steer],
        cancel=True,
        resume=profile.resume,
        permissions=True,
        plan_updates=profile.plans,
        usage=True,
        cost=profile.usage in TELLS_COST,
    )


def create(options: Mapping[str, Any]) -> AcpWorker:
    """The adapter for these options.

    Raises:
        Problem: an option that is missing, unknown or not usable.
    """
    return AcpWorker(from_options(options))


def _hello() -> dict[str, Any]:
    """Who we are. No file system and no terminal: agents then use the machine themselves, which all of them do well."""
    none = {"fs": {"readTextFile": False, "writeTextFile": False}, "terminal": False}
    client = {"name": "prdrunner", "title": "prdrunner", "version": "1"}
    return {"protocolVersion": _PROTOCOL, "clientCapabilities": none, "clientInfo": client}
