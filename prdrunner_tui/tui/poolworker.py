"""The process in which a `WorkPool` has its work done, one call after the other.

`python -I -S poolworker.py FD`: FD is a socket, stdin a pipe whose other end the parent holds open and never
writes to. A frame to the worker is ``limit (float64, seconds), length (uint64)`` and a pickle: first the
parent's ``sys.path``, then ``(function, arguments)`` each; a frame from it is ``kind (1 byte), length`` and a
body, see `READY` and the others. All numbers are in network order.

Two things end the worker even while a regular expression holds the interpreter, because the kernel does them:
the alarm clock at a call's limit, and, on Linux, the signal that stdin gives when the parent is gone. Elsewhere
a worker that is busy when its parent is killed outlives it until that limit.

It is run by its path, so it imports nothing but the standard library: with ``-I -S`` the working directory,
which may be a stranger's repository, takes no part in what is imported.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import select
import signal
import socket
import struct
import sys

REQUEST = struct.Struct("!dQ")
ANSWER = struct.Struct("!cQ")

READY = b"r"
"""The body is empty: the interpreter is up."""
VALUE = b"v"
"""A pickle of what the function returned."""
ERROR = b"e"
"""A pickle of the exception it raised."""
WORDS = b"w"
"""UTF-8: what went wrong, where that can not be pickled."""


def serve(channel: socket.socket) -> None:
    """Answer calls until the parent closes the channel."""
    _send(channel, READY, b"")
    paths = _receive(channel)
    if paths is None:
        return
    sys.path[:] = pickle.loads(paths[1])
    while (request := _receive(channel)) is not None:
        limit, body = request
        signal.setitimer(signal.ITIMER_REAL, limit)
        answer = _answer(body)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(channel, *answer)


def _answer(body: bytes) -> tuple[bytes, bytes]:
    try:
        function, arguments = pickle.loads(body)
        return VALUE, pickle.dumps(function(*arguments), pickle.HIGHEST_PROTOCOL)
    except SystemExit as error:
        # Raised in the parent it would end that one.
        return WORDS, f"SystemExit: {error}".encode("utf-8", "replace")
    except Exception as error:  # noqa: BLE001 - it is the caller's
        return _told(error)


def _told(error: Exception) -> tuple[bytes, bytes]:
    import traceback

    try:
        error.add_note("In the worker process:\n" + "".join(traceback.format_exception(error)))
        body = pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
        pickle.loads(body)
    except Exception:  # noqa: BLE001 - exceptions are anything's, and so is what their pickling raises
        return WORDS, f"{type(error).__name__}: {error}".encode("utf-8", "replace")
    return ERROR, body


def _receive(channel: socket.socket) -> tuple[float, bytes] | None:
    head = _exactly(channel, REQUEST.size)
    if head is None:
        return None
    limit, length = REQUEST.unpack(head)
    body = _exactly(channel, length)
    return None if body is None else (limit, body)


def _exactly(channel: socket.socket, length: int) -> bytes | None:
    data = bytearray(length)
    view, at = memoryview(data), 0
    while at < length:
        got = channel.recv_into(view[at:])
        if not got:
            return None
        at += got
    return bytes(data)


def _send(channel: socket.socket, kind: bytes, body: bytes) -> None:
    channel.sendall(ANSWER.pack(kind, len(body)))
    channel.sendall(body)


def die_with_parent(lifeline: int) -> None:
    """Have the kernel kill this process when the other end of the pipe is closed, whatever it is doing then."""
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:
        # The parent went before the signal was ordered.
        os._exit(1)


def main(descriptor: int) -> None:
    """Be the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Both may be inherited otherwise, and then no limit would hold.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    die_with_parent(sys.stdin.fileno())
    with socket.socket(fileno=descriptor) as channel:
        try:
            serve(channel)
        except OSError:
            # The parent is gone, or has killed the channel to be rid of us.
            os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
