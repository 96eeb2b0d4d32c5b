"""The forkserver: a small process that has the host's code imported and forks one host a job.

`python -m prdrunner_tui.agents.forkserver FD`: FD is a socket on which the engine sends frames
`{directory, job, token}` and gets `{pid}` or `{error}` for each. It has no threads and no loop, keeps
no state, and ends when the engine closes the socket; its hosts go on whatever becomes of it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import traceback
from pathlib import Path

from prdrunner_tui.agents.frames import receive_frame, send_frame
from prdrunner_tui.agents.host import run_host
from prdrunner_tui.agents.job import Job
from prdrunner_tui.workers.registry import preload, warm


def serve(channel: socket.socket) -> None:
    """Fork a host for each frame until the engine closes the channel."""
    preload()
    gc.collect()
    gc.freeze()
    # The kernel reaps the hosts; each host takes the default back before it starts anything.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    send_frame(channel, {"ready": os.getpid()})
    while (frame := receive_frame(channel)) is not None:
        order = frame[0]
        try:
            job = Job.from_json(order["job"])
            warm(job.worker)
            pid = os.fork()
        except (ValueError, OSError) as error:
            send_frame(channel, {"error": str(error)})
            continue
        if pid == 0:
            _be_host(channel, Path(order["directory"]), job, order["token"])
        send_frame(channel, {"pid": pid})


def _be_host(channel: socket.socket, directory: Path, job: Job, token: str) -> None:
    code = 1
    try:
        channel.close()
        run_host(directory, job, token)
        code = 0
    except BaseException:  # noqa: BLE001 - a forked child must never return into the forkserver
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as engine, contextlib.suppress(OSError):
        serve(engine)
