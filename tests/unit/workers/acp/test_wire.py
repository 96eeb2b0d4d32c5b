"""What we send is what the protocol's own schema takes."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from acp import schema
from acp.meta import AGENT_METHODS, PROTOCOL_VERSION

from prdrunner_tui.agents.hosts import Limits
from tests.unit.agents.conftest import Bench
from tests.unit.workers.acp.conftest import scripted

MODELS: dict[str, Any] = {
    "initialize": schema.InitializeRequest,
    "session/new": schema.NewSessionRequest,
    "session/load": schema.LoadSessionRequest,
    "session/set_mode": schema.SetSessionModeRequest,
    "session/set_config_option": schema.SetSessionConfigOptionSelectRequest,
    "session/prompt": schema.PromptRequest,
    "session/cancel": schema.CancelNotification,
}


async def test_every_message_of_ours_fits_the_schema(bench: Bench) -> None:
    log = bench.root / "wire"
    common: dict[str, Any] = {"modes": ["ask", "auto"], "log": str(log), "load": True}
    begin = [{"run": {"command": "true", "ask": True}}, {"say": "begun"}]
    options = scripted(
        *begin, "silence", more=[["silence"]], options={"mode": "auto", "resume": True}, **common
    )
    job = bench.turn("k", "acp", options, limits=Limits(grace=2.0))
    assert job.turn is not None
    job = dataclasses.replace(job, turn=dataclasses.replace(job.turn, session="session-1"))
    link = await bench.hosts.launch(job)
    asked = await bench.told("permission_asked")
    link.permission(asked["id"], allow=True)
    await bench.told("said", text="begun")
    link.send_message("m1", "use tabs")
    await bench.told("receipt", status="delivered")
    link.cancel("enough")
    await link.result()
    other = scripted({"say": "x"}, values=["a", "b"], log=str(log), options={"mode": "b"})
    await (await bench.hosts.launch(bench.turn("k2", "acp", other))).result()

    sent = [json.loads(line) for line in log.read_bytes().splitlines()]
    for message in sent:
        assert message["jsonrpc"] == "2.0"
        if "method" in message:
            MODELS[message["method"]].model_validate(message["params"], strict=False)
            assert ("id" in message) == (message["method"] != "session/cancel")
        else:
            schema.RequestPermissionResponse.model_validate(message["result"])
    assert {m["method"] for m in sent if "method" in m} == set(MODELS)
    assert set(MODELS) <= set(AGENT_METHODS.values())
    assert sent[0]["params"]["protocolVersion"] == PROTOCOL_VERSION
