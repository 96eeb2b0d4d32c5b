"""Length-prefixed JSON frames over a stream socket between our own processes, with file descriptors."""

from __future__ import annotations

import json
import select
import socket
import struct
from collections.abc import Sequence
from typing import Any

_HEAD = struct.Struct("!I")
_LONGEST = 64 * 1024 * 1024


def send_frame(channel: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one frame, waiting for room where the socket is non-blocking.

    Raises:
        OSError: the other side is gone.
    """
    body = json.dumps(message).encode("utf-8", "surrogateescape")
    data = memoryview(_HEAD.pack(len(body)) + body)
    attached = list(descriptors)
    while data:
        try:
            sent = socket.send_fds(channel, [data], attached) if attached else channel.send(data)
            attached = []
            data = data[sent:]
        except BlockingIOError:
            select.select([], [channel], [])


def receive_frame(channel: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Wait for one frame on a blocking socket; None when the other side has closed."""
    head, descriptors = _exactly(channel, _HEAD.size)
    if head is None:
        return None
    (length,) = _HEAD.unpack(head)
    if length > _LONGEST:
        raise ValueError("a frame over 64 MiB")
    body, more = _exactly(channel, length)
    if body is None:
        return None
    return json.loads(body.decode("utf-8", "surrogateescape")), [*descriptors, *more]


class FrameBuffer:
    """Cuts frames out of chunks as they come."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, chunk: bytes) -> list[dict[str, Any]]:
        """The frames that are whole now."""
        self._data += chunk
        found = []
        while len(self._data) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self._data)
            if len(self._data) < _HEAD.size + length:
                break
            found.append(json.loads(self._data[_HEAD.size : _HEAD.size + length]))
            self._data = self._data[_HEAD.size + length :]
        return found


def _exactly(channel: socket.socket, count: int) -> tuple[bytes | None, list[int]]:
    data = b""
    descriptors: list[int] = []
    while len(data) < count:
        chunk, attached, _, _ = socket.recv_fds(channel, min(count - len(data), 1 << 20), 8)
        descriptors += attached
        if not chunk:
            return None, descriptors
        data += chunk
    return data, descriptors
