"""The real agent programs: what their tools are called, and how they are pointed at the model server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Agent:
    """What an agent calls its tools, and how it is pointed at the server."""

    name: str
    plan: Callable[[list[str]], Call]
    write: Callable[[Path, str], Call]
    run: Callable[[str], Call]
    env: Callable[[str, Path], Mapping[str, str]]
    settings: Mapping[str, Any]
    """Files of its home, path -> JSON."""


def _claude_todos(entries: list[str]) -> Call:
    todos = [{"content": e, "status": "in_progress", "activeForm": e} for e in entries]
    return "TodoWrite", {"todos": todos}


def _qwen_todos(entries: list[str]) -> Call:
    return "todo_write", {"todos": [{"id": e, "content": e, "status": "in_progress"} for e in entries]}


AGENTS = {
    "claude-agent-acp": Agent(
        "claude-agent-acp",
        plan=_claude_todos,
        write=lambda path, text: ("Write", {"file_path": str(path), "content": text}),
        run=lambda command: ("Bash", {"command": command, "description": "a command"}),
        env=lambda url, home: {
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "dummy",
            "CLAUDE_CONFIG_DIR": str(home / ".claude"),
            "CLAUDE_CODE_MAX_RETRIES": "1",
        },
        settings={},
    ),
    "qwen": Agent(
        "qwen",
        plan=_qwen_todos,
        write=lambda path, text: ("write_file", {"file_path": str(path), "content": text}),
        run=lambda command: (
            "run_shell_command",
            {"command": command, "description": "a command", "is_background": False},
        ),
        env=lambda url, home: {
            "OPENAI_BASE_URL": f"{url}/v1",
            "OPENAI_API_KEY": "dummy",
            "OPENAI_MODEL": "a-model",
        },
        settings={
            ".qwen/settings.json": {
                "security": {"auth": {"selectedType": "openai"}},
                "privacy": {"usageStatisticsEnabled": False},
            }
        },
    ),
}
