"""An agent that speaks ACP over its pipes and does what it is told: also die, be silent, lie and babble.

`acp_agent.py SCRIPT`: SCRIPT is JSON with
  prompts   a list of lists of actions, one list for each prompt; the last one serves all further prompts
  second    what becomes of a prompt during a turn: "join" (answered after the first), "never" (joins, is never
            answered), "error", "cancel" (cancels the first and is then taken)
  modes, values    mode ids, or values of the config option "mode"
  load      true: sessions can be loaded (with a repeated history); false: not; "lost": loading fails
  version   the protocol version it answers with
  refuses   {method: {code, message, data}}: requests that are answered with an error
  deaf      true: a cancel is not heard
  stubborn  true: the closing of stdin and TERM are not heard
  silent    true: nothing is ever answered
Standard library only: it must be able to break the protocol.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

SESSION = "session-1"


def stay() -> None:
    """Be there until somebody ends this process."""
    threading.Event().wait()


class Cancelled(Exception):
    """The turn was cancelled."""


class Agent:
    """One connection."""

    def __init__(self, script: dict[str, Any]) -> None:
        self.script = script
        self.lock = threading.Lock()
        self.ids = itertools.count(100)
        self.answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self.turn: threading.Thread | None = None
        self.turns = 0
        self.playing = False
        self.cancelled = threading.Event()
        self.steered: queue.Queue[str] = queue.Queue()
        self.joined: list[Any] = []
        self.extra: dict[str, Any] = {}

    def send(self, message: dict[str, Any]) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def write(self, data: bytes) -> None:
        with self.lock:
            view = memoryview(data)
            while view:
                view = view[os.write(1, view) :]

    def update(self, **fields: Any) -> None:
        self.send({"method": "session/update", "params": {"sessionId": SESSION, "update": fields}})

    def serve(self) -> None:
        if self.script.get("stubborn"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if self.script.get("log"):
                with Path(self.script["log"]).open("ab") as log:
                    log.write(line)
            if self.script.get("silent"):
                continue
            if "method" in message:
                self.take(message)
            else:
                self.answers[message["id"]].put(message)
        if self.script.get("stubborn"):
            stay()
        os._exit(0)

    def take(self, message: dict[str, Any]) -> None:
        method, key = message["method"], message.get("id")
        refused = self.script.get("refuses", {}).get(method)
        if refused:
            self.send({"id": key, "error": refused})
        elif method == "initialize":
            capabilities = {"loadSession": bool(self.script.get("load", False))}
            version = self.script.get("version", 1)
            self.send({"id": key, "result": {"protocolVersion": version, "agentCapabilities": capabilities}})
        elif method == "session/new":
            self.send({"id": key, "result": {"sessionId": SESSION, **self.offers()}})
        elif method == "session/load":
            self.load(key)
        elif method == "session/prompt":
            self.prompt(key, message["params"]["prompt"][0]["text"])
        elif method == "session/cancel":
            if not self.script.get("deaf"):
                self.cancelled.set()
        elif key is not None:
            self.send({"id": key, "result": {}})

    def offers(self) -> dict[str, Any]:
        modes, options = self.script.get("modes"), self.script.get("values")
        found: dict[str, Any] = {}
        if modes:
            listed = [{"id": mode, "name": mode} for mode in modes]
            found["modes"] = {"currentModeId": modes[0], "availableModes": listed}
        if options:
            values = [{"value": option, "name": option} for option in options]
            found["configOptions"] = [{"id": "mode", "currentValue": options[0], "options": values}]
        return found

    def load(self, key: Any) -> None:
        if self.script.get("load") == "lost":
            error = {"code": -32603, "message": "Internal error", "data": {"details": "no such session"}}
            self.send({"id": key, "error": error})
            return
        self.update(sessionUpdate="user_message_chunk", content={"type": "text", "text": "the old prompt"})
        self.update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": "the old answer"})
        self.send({"id": key, "result": self.offers()})

    def prompt(self, key: Any, words: str) -> None:
        if self.turn is not None and self.playing:
            how = self.script.get("second", "join")
            if how == "error":
                error = {"code": -31000, "message": "A turn is already running"}
                self.send({"id": key, "error": error})
                return
            if how == "cancel":
                self.cancelled.set()
                self.turn.join()
            else:
                self.steered.put(words)
                if how == "join":
                    self.joined.append(key)
                return
        self.cancelled.clear()
        prompts = self.script.get("prompts", [[]])
        actions = prompts[min(self.turns, len(prompts) - 1)]
        self.turns += 1
        self.playing = True
        self.turn = threading.Thread(target=self.play, args=(key, words, actions), daemon=True)
        self.turn.start()

    def play(self, key: Any, words: str, actions: list[Any]) -> None:
        self.extra = {}
        end: dict[str, Any] = {"stopReason": "end_turn"}
        try:
            for action in actions:
                name, value = next(iter(action.items())) if isinstance(action, dict) else (action, None)
                if name == "error":
                    self.playing = False
                    self.send({"id": key, "error": value})
                    return
                if name == "end":
                    end = {"stopReason": value}
                    break
                getattr(self, f"do_{name}")(value, words)
        except Cancelled:
            end = {"stopReason": "cancelled"}
        # Before the answer: the next prompt may follow it at once.
        self.playing = False
        joined, self.joined = self.joined, []
        for number, each in enumerate((key, *joined)):
            last = number == len(joined)
            self.send({"id": each, "result": {**end, **(self.extra if last else {})}})

    def pause(self, seconds: float = 0.01) -> None:
        if self.cancelled.wait(seconds):
            raise Cancelled

    def do_say(self, value: str, words: str) -> None:
        spoken = value.replace("{prompt}", words)
        self.update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": spoken})

    def do_repeat(self, value: str, words: str) -> None:
        """Say the same without end, each time as another message."""
        while True:
            content = {"type": "text", "text": value}
            self.update(sessionUpdate="agent_message_chunk", messageId=f"m{next(self.ids)}", content=content)
            self.pause(0.2)

    def do_think(self, value: str, words: str) -> None:
        self.update(sessionUpdate="agent_thought_chunk", content={"type": "text", "text": value})

    def do_plan(self, value: list[str], words: str) -> None:
        entries = [{"content": entry, "priority": "low", "status": "pending"} for entry in value]
        self.update(sessionUpdate="plan", entries=entries)

    def do_update(self, value: dict[str, Any], words: str) -> None:
        self.update(**value)

    def do_send(self, value: dict[str, Any], words: str) -> None:
        self.send(value)

    def do_raw(self, value: str, words: str) -> None:
        self.write(value.encode("utf-8", "surrogateescape") + b"\n")

    def do_deep(self, value: int, words: str) -> None:
        self.write(b"[" * value + b"\n")

    def do_long(self, value: int, words: str) -> None:
        self.do_say("x" * value, words)

    def do_many(self, value: int, words: str) -> None:
        for number in range(value):
            self.do_say(f"{number}\n", words)

    def do_stderr(self, value: str, words: str) -> None:
        sys.stderr.write(value)
        sys.stderr.flush()

    def do_die(self, value: int, words: str) -> None:
        os._exit(value)

    def do_kill(self, value: int, words: str) -> None:
        os.kill(os.getpid(), value)

    def do_close(self, value: None, words: str) -> None:
        os.close(1)
        stay()

    def do_wait(self, value: float, words: str) -> None:
        self.pause(value)

    def do_silence(self, value: None, words: str) -> None:
        while True:
            self.pause(1.0)

    def do_until(self, value: str, words: str) -> None:
        while not Path(value).exists():
            self.pause()

    def do_steered(self, value: None, words: str) -> None:
        """Wait for a second prompt and repeat it as agents do that show it."""
        while True:
            try:
                heard = self.steered.get_nowait()
            except queue.Empty:
                self.pause()
                continue
            self.do_say(f"you said: {heard}", words)
            return

    def do_extra(self, value: dict[str, Any], words: str) -> None:
        self.extra = value

    def do_call(self, method: str, words: str) -> None:
        """Ask the client for something; say what it answered."""
        answer = self.ask(method, {"path": "/etc/passwd", "sessionId": SESSION})
        self.do_say(json.dumps(answer.get("error") or answer.get("result")), words)

    def do_edit(self, value: dict[str, str], words: str) -> None:
        key, path = f"call-{next(self.ids)}", Path(value["path"])
        old = path.read_text() if path.is_file() else None
        block = {"type": "diff", "path": str(path.absolute()), "oldText": old, "newText": value["text"]}
        fields = {"toolCallId": key, "kind": "edit", "title": f"Write {path.name}", "content": [block]}
        self.update(sessionUpdate="tool_call", status="pending", **fields)
        if value.get("ask") and not self.allowed(fields):
            self.update(
                sessionUpdate="tool_call_update", toolCallId=key, status="failed", rawOutput="refused"
            )
            return
        path.write_text(value["text"])
        self.update(sessionUpdate="tool_call_update", toolCallId=key, status="completed")

    def do_run(self, value: dict[str, Any], words: str) -> None:
        key, command = f"call-{next(self.ids)}", value["command"]
        fields = {"toolCallId": key, "kind": "execute", "title": "Terminal", "rawInput": {"command": command}}
        self.update(sessionUpdate="tool_call", status="pending", **fields)
        if value.get("ask") and not self.allowed(fields):
            self.update(
                sessionUpdate="tool_call_update", toolCallId=key, status="failed", rawOutput="refused"
            )
            if value["ask"] == "stops":
                raise Cancelled
            return
        self.update(sessionUpdate="tool_call_update", toolCallId=key, status="in_progress")
        child = subprocess.Popen(
            ["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        while child.poll() is None:
            self.pause()
        assert child.stdout is not None
        raw = {"output": child.stdout.read().decode(), "exit_code": child.returncode}
        status = "completed" if child.returncode == 0 else "failed"
        self.update(sessionUpdate="tool_call_update", toolCallId=key, status=status, rawOutput=raw)

    def do_question(self, value: dict[str, Any], words: str) -> None:
        """Ask by a tool of one's own, as Qwen Code does; say what was answered."""
        call = {"toolCallId": f"call-{next(self.ids)}", "kind": "think", "title": "Ask", "rawInput": value}
        self.update(sessionUpdate="tool_call", status="pending", **call)
        choices = [{"optionId": kind, "name": kind, "kind": kind} for kind in ("allow_once", "reject_once")]
        asked = {"sessionId": SESSION, "toolCall": call, "options": choices}
        answer = self.ask("session/request_permission", asked)["result"]
        self.update(sessionUpdate="tool_call_update", toolCallId=call["toolCallId"], status="completed")
        self.do_say(json.dumps(answer, sort_keys=True), words)

    def do_ask_and_die(self, value: int, words: str) -> None:
        """Ask for permission and die while the person thinks."""
        threading.Timer(0.2, lambda: os._exit(value)).start()
        self.allowed({"toolCallId": "call-x", "kind": "execute", "title": "rm -rf x"})

    def allowed(self, call: dict[str, Any]) -> bool:
        kinds = self.script.get("choices", ["allow_once", "allow_always", "reject_once"])
        choices = [{"optionId": kind, "name": kind, "kind": kind} for kind in kinds]
        params = {"sessionId": SESSION, "toolCall": call, "options": choices}
        outcome = self.ask("session/request_permission", params)["result"]["outcome"]
        return str(outcome.get("optionId", "")).startswith("allow")

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        key = next(self.ids)
        self.answers[key] = queue.Queue()
        self.send({"id": key, "method": method, "params": params})
        while True:
            try:
                return self.answers[key].get(timeout=0.02)
            except queue.Empty:
                self.pause(0)


if __name__ == "__main__":
    Agent(json.loads(sys.argv[1])).serve()
