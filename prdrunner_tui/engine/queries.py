"""Questions whose answers are too large for a snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.results import segment_path
from prdrunner_tui.engine.engine import HostedRun
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.codec import digest
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.values import to_json
from prdrunner_tui.wire.protocol import MAX_LOG_LINES

Answer = Refusal | Any


async def log(hosted: HostedRun, args: Mapping[str, Any]) -> Answer:
    """Lines of one job's output: ``{"key", "first", "count"}`` -> ``{"total", "lines": [[time, kind, text]]}``.

    A negative ``first`` counts from the end. At most 2,000 lines come.
    """
    key, first, count = str(args.get("key", "")), args.get("first", 0), args.get("count", MAX_LOG_LINES)
    if not isinstance(first, int) or not isinstance(count, int) or count < 0:
        return Refusal("denied", "first and count are numbers")

    def read() -> dict[str, Any]:
        reader = SegmentReader(segment_path(hosted.directory.jobs / directory_name(key, 1)))
        total = reader.line_count()
        start = max(0, total + first) if first < 0 else first
        lines = reader.lines(start, min(count, MAX_LOG_LINES)) if count else []
        return {
            "total": total,
            "lines": [[at, kind, text.decode("utf-8", "replace")] for at, kind, text in lines],
        }

    return await asyncio.to_thread(read)


async def decision(hosted: HostedRun, args: Mapping[str, Any]) -> Answer:
    """All of one decision: ``{"id"}``."""
    found = hosted.host.state.decisions.get(str(args.get("id", "")))
    return (
        to_json(found)
        if found is not None
        else Refusal("unknown", f"no decision {str(args.get('id', ''))[:20]}")
    )


async def state_digest(hosted: HostedRun, args: Mapping[str, Any]) -> Answer:
    """The hash of the whole state, to compare with a fold of the log."""
    return {"seq": hosted.host.state.seq, "digest": digest(hosted.host.state)}


QUERIES: Mapping[str, Callable[[HostedRun, Mapping[str, Any]], Awaitable[Answer]]] = {
    "log": log,
    "decision": decision,
    "digest": state_digest,
}
