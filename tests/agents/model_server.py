"""A model provider on loopback that answers what a test says, in the protocol in which it is asked.

`ModelServer(script)`: `script(ask)` gives the :class:`Reply` to a request with tools; a request without any (titles,
summaries) is answered with a word of its own. Real agent programs run against it without network and without a key.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.agents.protocols import Dialect, dialect
from tests.agents.protocols.talk import Ask, Reply

__all__ = ["Ask", "ModelServer", "Reply"]


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
                self._json(200, {"data": [], "models": []})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
                path = self.path.split("?")[0]
                spoken = dialect(path)
                if path.endswith("/count_tokens"):
                    self._json(200, {"input_tokens": 100})
                elif path.endswith(":countTokens"):
                    self._json(200, {"totalTokens": 100})
                elif spoken is not None:
                    streamed = bool(body.get("stream")) or path.endswith(":streamGenerateContent")
                    self._answer(spoken, Ask(body, spoken.conversation(body), streamed))
                else:
                    self._json(404, {"error": {"message": f"no {path} here"}})

            def _answer(self, spoken: Dialect, ask: Ask) -> None:
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
                    told = {"type": kind, "message": f"scripted {reply.status}", "code": str(reply.status)}
                    self._json(reply.status, {"type": "error", "error": told}, reply.headers)
                elif ask.streamed:
                    self._stream(spoken, reply)
                else:
                    self._json(200, spoken.whole(reply))

            def _stream(self, spoken: Dialect, reply: Reply) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    for name, event in spoken.events(reply):
                        if name == "pause":
                            if reply.cut:
                                return
                            if reply.hold is not None:
                                reply.hold.wait(60)
                            continue
                        if name == "done":
                            self.wfile.write(b"data: [DONE]\n\n")
                            continue
                        head = f"event: {name}\n" if name else ""
                        self.wfile.write(f"{head}data: {json.dumps(event)}\n\n".encode())
                        self.wfile.flush()
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
