"""The question for the requests of turns, which lie beside their output."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from prdrunner_tui.engine.engine import HostedRun
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.projections.requests import TurnRequests, requests_to_json, turn_of
from prdrunner_tui.steps.requests import read_requests
from prdrunner_tui.wire.protocol import MAX_LINE

MOST_TURNS = 50
"""Turns of one answer."""

_ROOM = MAX_LINE // 2
"""Bytes of an answer, about."""


async def requests(hosted: HostedRun, args: Mapping[str, Any]) -> Refusal | Any:
    """The requests of turns: ``{"keys": [...]}`` -> ``{"turns": {key: TurnRequests as JSON}}``.

    Turns that go on are not among them, nor is what is no turn of this run. At most 50 come, and so many of them that
    the answer fits a line of the socket, but at least one: whoever wants the others asks again.
    """
    keys = args.get("keys", ())
    if not isinstance(keys, list | tuple):
        return Refusal("denied", "keys is a list")
    state = hosted.host.state
    prices = state.run.settings.prices if state.run is not None else {}
    over = []
    for key in dict.fromkeys(map(str, keys)):
        turn = turn_of(state, key)
        if turn is not None and turn.ended_at is not None:
            over.append(key)

    def read() -> Any:
        found: dict[str, TurnRequests] = {}
        size = 0
        for key in over[:MOST_TURNS]:
            one = read_requests(hosted.directory.jobs, key, prices)
            size += len(json.dumps(requests_to_json({key: one})))
            if found and size > _ROOM:
                break
            found[key] = one
        return requests_to_json(found)

    return await asyncio.to_thread(read)
