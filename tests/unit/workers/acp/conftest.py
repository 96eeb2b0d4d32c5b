"""Our own agent under the real agent host."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.unit.agents.conftest import bench

AGENT = Path(__file__).parents[3] / "agents" / "acp_agent.py"

__all__ = ["AGENT", "bench", "scripted"]


def scripted(
    *actions: Any, more: Any = (), options: dict[str, Any] | None = None, **script: Any
) -> dict[str, Any]:
    """Options of the worker acp with our agent: the first prompt's actions, those of further prompts in `more`."""
    prompts = [list(actions), *more]
    words = [sys.executable, "-I", "-S", str(AGENT), json.dumps({"prompts": prompts, **script})]
    return {"argv": words, **(options or {})}
