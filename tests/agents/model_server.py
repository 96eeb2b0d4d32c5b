"""A model provider on loopback that answers what a test says: the Messages and the Chat Completions protocol.

`ModelServer(script)`: `script(ask)` gives the :class:`Reply` to a request with tools; a request without any (titles,
summaries) is answered with a word of its own. Real agent programs run against it without network and without a key.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Event = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Ask:
    """One request. `round` counts the tool calls the model made since the person's last prompt."""

    protocol: str
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", ()))

    @property
    def prompt(self) -> str:
        """The person's newest words."""
        for message in reversed(self.messages):
            if message["role"] == "user" and _own_words(message):
                return "\n".join(text for text in _texts(message) if not text.lstrip().startswith("<"))
        return ""

    @property
    def round(self) -> int:
        count = 0
        for message in reversed(self.messages):
            if message["role"] == "user" and _own_words(message):
                break
            count += _calls(message)
        return count

    def mentions(self, words: str) -> bool:
        """Whether the words stand anywhere in what was said or put out."""
        return words in json.dumps(self.messages, ensure_ascii=False)


@dataclass(frozen=True)
class Reply:
    """What the model says: words, then tool calls; or an HTTP error; or a stream that breaks off."""

    text: str = ""
    thought: str = ""
    calls: Sequence[tuple[str, dict[str, Any]]] = ()
    refusal: bool = False
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    """Break the connection after the first words."""
    hold: threading.Event | None = None
    """Say the words, then wait for this before going on."""


class ModelServer:
    """The server, as a context manager. `asks` are the requests with tools so far."""

    def __init__(self, script: Callable[[Ask], Reply]) -> None:
        self.asks: list[Ask] = []
        self.problems: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_HEAD(self) -> None:
                self.send_response(200)
                self.end_headers()

            def do_GET(self) -> None:
                self._json(200, {"data": []})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
                path = self.path.split("?")[0]
                if path.endswith("/count_tokens"):
                    self._json(200, {"input_tokens": 100})
                elif path.endswith(("/messages", "/chat/completions")):
                    self._answer(Ask("anthropic" if path.endswith("/messages") else "openai", body))
                else:
                    self._json(404, {"error": {"message": f"no {path} here"}})

            def _answer(self, ask: Ask) -> None:
                if ask.body.get("tools"):
                    owner.asks.append(ask)
                    try:
                        reply = script(ask)
                    except Exception as error:  # noqa: BLE001 - told by the test
                        owner.problems.append(f"{type(error).__name__}: {error}")
                        reply = Reply(status=500)
                else:
                    reply = Reply("A title")
                if reply.status != 200:
                    kind = "authentication_error" if reply.status == 401 else "api_error"
                    words = f"scripted {reply.status}"
                    error = {
                        "type": "error",
                        "error": {"type": kind, "message": words, "code": str(reply.status)},
                    }
                    self._json(reply.status, error, reply.headers)
                elif ask.body.get("stream"):
                    self._stream(ask, reply)
                else:
                    self._json(200, (_whole_message if ask.protocol == "anthropic" else _whole_chat)(reply))

            def _stream(self, ask: Ask, reply: Reply) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                events = _message_events(reply) if ask.protocol == "anthropic" else _chat_events(reply)
                try:
                    for name, event in events:
                        if name == "pause":
                            if reply.cut:
                                return
                            if reply.hold is not None:
                                reply.hold.wait(60)
                            continue
                        head = f"event: {name}\n" if name else ""
                        self.wfile.write(f"{head}data: {json.dumps(event)}\n\n".encode())
                        self.wfile.flush()
                    if ask.protocol == "openai":
                        self.wfile.write(b"data: [DONE]\n\n")
                except OSError:
                    pass  # the agent was cancelled or has ended

            def _json(
                self, status: int, value: dict[str, Any], headers: dict[str, str] | None = None
            ) -> None:
                data = json.dumps(value).encode()
                try:
                    self.send_response(status)
                    for name, held in {"Content-Type": "application/json", **(headers or {})}.items():
                        self.send_header(name, held)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _texts(message: dict[str, Any]) -> list[str]:
    content = message.get("content")
    if isinstance(content, str):
        return [content]
    return [block.get("text", "") for block in content or () if block.get("type") == "text"]


def _own_words(message: dict[str, Any]) -> bool:
    """Whether a message holds words of the person; agents add notes of their own in angle brackets."""
    return any(text.strip() and not text.lstrip().startswith("<") for text in _texts(message))


def _calls(message: dict[str, Any]) -> int:
    if message["role"] != "assistant":
        return 0
    blocks = message.get("content")
    used = sum(1 for b in blocks if b.get("type") == "tool_use") if isinstance(blocks, list) else 0
    return used + len(message.get("tool_calls") or ())


_USAGE = {"input_tokens": 1000, "output_tokens": 50}


def _message_events(reply: Reply) -> Iterator[Event]:
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
    empty = {**start, "stop_reason": None, "stop_sequence": None, "usage": {**_USAGE, "output_tokens": 1}}
    yield "message_start", {"type": "message_start", "message": empty}
    for index, block in enumerate(_blocks(reply)):
        first = {
            **block,
            **({"text": ""} if "text" in block else {}),
            **({"thinking": ""} if "thinking" in block else {}),
        }
        if block["type"] == "tool_use":
            first["input"] = {}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        elif block["type"] == "thinking":
            delta = {"type": "thinking_delta", "thinking": block["thinking"]}
        else:
            delta = {"type": "text_delta", "text": block["text"]}
        yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": first}
        yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        if block["type"] == "text":
            yield "pause", {}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    end = {"stop_reason": _stop(reply), "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": end, "usage": _USAGE}
    yield "message_stop", {"type": "message_stop"}


def _whole_message(reply: Reply) -> dict[str, Any]:
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}
    return {**head, "content": _blocks(reply), "stop_reason": _stop(reply), "usage": _USAGE}


def _blocks(reply: Reply) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if reply.thought:
        blocks.append({"type": "thinking", "thinking": reply.thought, "signature": "s"})
    if reply.text:
        blocks.append({"type": "text", "text": reply.text})
    for name, values in reply.calls:
        key = f"toolu_{abs(hash((name, json.dumps(values)))):x}"
        blocks.append({"type": "tool_use", "id": key, "name": name, "input": values})
    return blocks


def _stop(reply: Reply) -> str:
    return "refusal" if reply.refusal else "tool_use" if reply.calls else "end_turn"


_CHAT_USAGE = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}


def _chat_events(reply: Reply) -> Iterator[Event]:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return "", {
            "id": "c1",
            "object": "chat.completion.chunk",
            "model": "m",
            "created": 1,
            "choices": [choice],
        }

    yield chunk({"role": "assistant", "content": ""})
    if reply.thought:
        yield chunk({"reasoning_content": reply.thought})
    if reply.text:
        yield chunk({"content": reply.text})
        yield "pause", {}
    for index, call in enumerate(_tool_calls(reply)):
        yield chunk({"tool_calls": [{"index": index, **call}]})
    yield chunk({}, _finish(reply))
    yield (
        "",
        {"id": "c1", "object": "chat.completion.chunk", "model": "m", "choices": [], "usage": _CHAT_USAGE},
    )


def _whole_chat(reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text, "tool_calls": _tool_calls(reply) or None}
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    return {"id": "c1", "object": "chat.completion", "model": "m", "choices": [choice], "usage": _CHAT_USAGE}


def _tool_calls(reply: Reply) -> list[dict[str, Any]]:
    calls = []
    for name, values in reply.calls:
        given = json.dumps(values)
        key = f"call_{abs(hash((name, given))):x}"
        calls.append({"id": key, "type": "function", "function": {"name": name, "arguments": given}})
    return calls


def _finish(reply: Reply) -> str:
    return "content_filter" if reply.refusal else "tool_calls" if reply.calls else "stop"
