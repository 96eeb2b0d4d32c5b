"""Questions whose answers are too large for a snapshot."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.results import segment_path
from prdrunner_tui.engine.engine import HostedRun
from prdrunner_tui.engine.requests import requests
from prdrunner_tui.engine.room import fitting
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.codec import digest
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.values import to_json
from prdrunner_tui.projections.history import facts_to_json
from prdrunner_tui.text.find import finder
from prdrunner_tui.wire.protocol import MAX_LINE, MAX_LOG_LINES

Answer = Refusal | Any

MAX_FOUND = 10_000
"""Line numbers in one answer to a search."""

_ENVELOPE, _ENTRY = 200, 64
"""Bytes of an answer around its lines at most, and around the text of each of them."""

_BLOCK = 2000
"""Lines that are searched before it is looked whether anybody still wants to know."""


async def log(hosted: HostedRun, args: Mapping[str, Any]) -> Answer:
    """Lines of one job's output: ``{"key", "first", "count"}`` -> ``{"total", "lines": [[time, kind, text]]}``.

    A negative ``first`` counts from the end. At most 2,000 lines come, and so much of them that the answer fits a
    line of the socket: short lines come whole, long ones share the room that is left and end with a mark. A line that
    is asked for alone has all the room.
    """
    key, first, count = str(args.get("key", "")), args.get("first", 0), args.get("count", MAX_LOG_LINES)
    if not isinstance(first, int) or not isinstance(count, int) or count < 0:
        return Refusal("denied", "first and count are numbers")

    def read() -> dict[str, Any]:
        reader = SegmentReader(segment_path(hosted.directory.jobs / directory_name(key, 1)))
        total = reader.line_count()
        start = max(0, total + first) if first < 0 else first
        lines = reader.lines(start, min(count, MAX_LOG_LINES)) if count else []
        texts = fitting([text for _, _, text in lines], MAX_LINE - _ENVELOPE - _ENTRY * len(lines))
        return {
            "total": total,
            "lines": [[at, kind, text] for (at, kind, _), text in zip(lines, texts, strict=True)],
        }

    return await asyncio.to_thread(read)


async def search(hosted: HostedRun, args: Mapping[str, Any]) -> Answer:
    """Lines of one job's output that hold a text: ``{"key", "text", "limit"}`` -> ``{"total", "lines", "more"}``.

    The text is taken literally, upper and lower case alike; an empty one is in every line. ``lines`` are numbers
    from 0 on, the newest first, at most ``limit`` (and 10,000); ``more`` says whether older lines were not looked
    at, ``total`` how many lines there were. With ``"kinds"`` only lines of these kinds count, with ``"first"`` only
    lines from that one on. Ends early when it is cancelled.
    """
    key, text, limit = str(args.get("key", "")), str(args.get("text", "")), args.get("limit", MAX_FOUND)
    first, kinds = args.get("first", 0), args.get("kinds") or ()
    if not isinstance(limit, int) or not isinstance(first, int) or limit < 0 or first < 0:
        return Refusal("denied", "first and limit are numbers")
    if not isinstance(kinds, list | tuple):
        return Refusal("denied", "kinds is a list")
    reader = SegmentReader(segment_path(hosted.directory.jobs / directory_name(key, 1)))
    stop = threading.Event()
    try:
        return await asyncio.to_thread(
            _search, reader, text, [str(kind) for kind in kinds], first, min(limit, MAX_FOUND), stop
        )
    finally:
        stop.set()


def _search(
    reader: SegmentReader, text: str, kinds: Sequence[str], first: int, limit: int, stop: threading.Event
) -> dict[str, Any]:
    pattern, found, total = finder(text), list[int](), reader.line_count()
    end = total
    while end > first and len(found) < limit and not stop.is_set():
        start = max(first, end - _BLOCK)
        lines = reader.lines(start, end - start)
        for number in range(start + len(lines) - 1, start - 1, -1):
            _, kind, raw = lines[number - start]
            if (not kinds or kind in kinds) and pattern.search(raw.decode("utf-8", "replace")):
                found.append(number)
                if len(found) == limit:
                    return {"total": total, "lines": found, "more": number > first}
        end = start
    return {"total": total, "lines": found, "more": end > first}


async def decision(hosted: HostedRun, args: Mapping[str, Any]) -> Answer:
    """All of one decision: ``{"id"}``."""
    found = hosted.host.state.decisions.get(str(args.get("id", "")))
    return (
        to_json(found)
        if found is not None
        else Refusal("unknown", f"no decision {str(args.get('id', ''))[:20]}")
    )


async def history(hosted: HostedRun, args: Mapping[str, Any]) -> Answer:
    """The other runs of this repository that ended: ``{}`` -> ``{"runs": [...]}``, newest first, at most 20.

    Each is a `RunFacts` as JSON. A run whose log cannot be read is not among them.
    """
    try:
        return facts_to_json(await hosted.past.runs(without=hosted.host.id))
    except (OSError, sqlite3.Error) as error:
        return Refusal("not_now", f"the list of runs cannot be read: {error}", "prdrunner doctor")


async def alive(hosted: HostedRun, args: Mapping[str, Any]) -> Answer:
    """Nothing but that there is an answer: an engine that was stopped by a signal gives none."""
    return {}


async def state_digest(hosted: HostedRun, args: Mapping[str, Any]) -> Answer:
    """The hash of the whole state, to compare with a fold of the log."""
    return {"seq": hosted.host.state.seq, "digest": digest(hosted.host.state)}


QUERIES: Mapping[str, Callable[[HostedRun, Mapping[str, Any]], Awaitable[Answer]]] = {
    "log": log,
    "search": search,
    "decision": decision,
    "digest": state_digest,
    "alive": alive,
    "history": history,
    "requests": requests,
}
