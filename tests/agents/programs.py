"""The real agent programs: what their tools are called, how they are pointed at the model server, how each behaves.

How they behave is data, so that a test is one text for all of them and says what an agent does differently.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from prdrunner_tui.workers.acp.profile import profile
from tests.agents.install import PROGRAMS, chosen
from tests.agents.protocols.talk import INPUT, OUTPUT, Call

_SIGNED_OUT = "not signed in, or the key is wrong"
_BROKE = "the connection to the provider broke"
_ENDED = "the agent ended its turn"


@dataclass(frozen=True)
class Agent:
    """What an agent calls its tools, how it is pointed at the server, and what is true of it alone."""

    name: str
    write: Callable[[Path, str], Call]
    run: Callable[[str], Call]
    """A command that it asks for before it runs it."""
    env: Callable[[str, Path], Mapping[str, str]]
    """Variables, from the server's address and the home directory."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Files of its home, path -> JSON, or the text of a file that is none."""
    instructions: str = ""
    """Words of its settings that reach the model of every turn, in a sandbox too."""
    options: Callable[[str], Sequence[str]] = lambda url: ()
    """Further words of its command line, from the server's address."""
    plan: Callable[[list[str]], Call] | None = None
    """None for one that has no to-do list, or does not tell it."""
    asks: Literal["command", "tool"] = "command"
    """How its question for a command is seen: a "tool" where it is not told exactly what would run."""
    fenced: bool = False
    """Whether it has a sandbox of its own."""
    tokens: Literal["turn", "last request", "none"] = "turn"
    """What its figures cover."""
    receipts: tuple[str, ...] = ("queued", "delivered", "acknowledged")
    """What becomes of a message in the middle of a turn."""
    age: Callable[[Path], None] = lambda home: None
    """Makes sessions in its home so old that a new process takes them up."""
    sessions: str = "*.jsonl"
    """Files of its sessions below the home of a phase in a sandbox; "" where none is kept."""
    silent_about: tuple[int, ...] = ()
    """Statuses of the provider that it tries again for more than a minute without a word."""
    tells: Mapping[int, str] = field(default_factory=dict)
    """Its own words for a status of the provider, where it does not name that."""
    refused: str = "refused"
    """The outcome of a turn in which the model refuses."""
    cut: str = _BROKE
    """What is told of a stream that breaks off; "" where it tries that again for minutes, with the same words each
    time."""
    asks_whole: bool = False
    """Whether it then asks again without a stream."""
    ends: Mapping[str, str] = field(default_factory=dict)
    """What the screen says of a success that is none, by the name of the end."""

    def argv(self, url: str) -> list[str]:
        """Its command line: that of its profile with the program that was installed for the tests."""
        return [str(PROGRAMS[self.name].path), *profile(self.name).argv[1:], *self.options(url)]

    def settle(self, home: Path) -> None:
        """Write its settings into a home directory."""
        for name, value in self.settings.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(value if isinstance(value, str) else json.dumps(value))

    def asked_without_its_fence(self) -> list[str]:
        """How questions begin that it asks for a new file in our sandbox: root can make no further one inside of it."""
        return ["edit new.py: "] if self.fenced and os.geteuid() == 0 else []

    def counted(self, requests: int) -> tuple[int, int] | None:
        """Tokens in and out that it reports of so many requests; None where it reports none."""
        times = {"turn": requests, "last request": 1, "none": 0}[self.tokens]
        return (times * INPUT, times * OUTPUT) if times else None


def _claude_todos(entries: list[str]) -> Call:
    todos = [{"content": e, "status": "in_progress", "activeForm": e} for e in entries]
    return "TodoWrite", {"todos": todos}


def _qwen_todos(entries: list[str]) -> Call:
    return "todo_write", {"todos": [{"id": e, "content": e, "status": "in_progress"} for e in entries]}


def _codex_plan(entries: list[str]) -> Call:
    return "update_plan", {"plan": [{"step": e, "status": "in_progress"} for e in entries]}


def _patch(path: Path, text: str) -> Call:
    lines = "".join(f"+{line}\n" for line in text.splitlines())
    return "apply_patch", f"*** Begin Patch\n*** Add File: {path}\n{lines}*** End Patch\n"


def _outside_of_its_sandbox(command: str) -> Call:
    asked = {"sandbox_permissions": "require_escalated", "justification": "the sandbox is too narrow"}
    return "exec_command", {"cmd": command, **asked}


def _opencode_settings(url: str) -> str:
    model = {"name": "Ours", "limit": {"context": 128000, "output": 8000}, "cost": {"input": 3, "output": 15}}
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "Ours",
        "options": {"baseURL": f"{url}/v1", "apiKey": "dummy"},
        "models": {"a-model": model},
    }
    settings = {
        "autoupdate": False,
        "share": "disabled",
        "model": "ours/a-model",
        "small_model": "ours/a-model",
        "enabled_providers": ["ours"],
        "provider": {"ours": provider},
        "permission": {"bash": "ask"},
    }
    return json.dumps(settings)


_VIBE_SETTINGS = """
active_model = "a-model"
enable_telemetry = false
enable_update_checks = false
enable_auto_update = false

[[models]]
name = "a-model"
provider = "ours"
alias = "a-model"
input_price = 3.0
output_price = 15.0
"""


def _vibe_provider(url: str) -> str:
    provider = {
        "name": "ours",
        "api_base": f"{url}/v1",
        "api_key_env_var": "OUR_KEY",
        "api_style": "openai",
        "backend": "generic",
    }
    return json.dumps([provider])


def _begun_long_ago(home: Path) -> None:
    """gemini names a session's file for the minute in which it began, and begins it anew in the same minute."""
    for file in list(home.rglob("session-*.jsonl")):
        file.rename(file.with_name(re.sub(r"T\d\d-\d\d", "T00-00", file.name)))


_EVERY = {
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
        cut=_ENDED,
        asks_whole=True,
        ends={
            "401": _SIGNED_OUT,
            "refusal": "refused",
            "nothing": "claude-agent-acp ended and changed nothing",
            "an empty answer": "without a word",
            "a cut stream": "claude-agent-acp ended and changed nothing",
            "silence": "nothing new for 8s",
        },
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
        silent_about=(429, 500),
        refused="ended",
        ends={
            "401": _SIGNED_OUT,
            "refusal": "qwen ended and changed nothing",
            "nothing": "qwen ended and changed nothing",
            "an empty answer": "ended with empty response",
            "a cut stream": _BROKE,
            "silence": "nothing new for 8s",
        },
    ),
    "codex-acp": Agent(
        "codex-acp",
        plan=_codex_plan,
        write=_patch,
        run=_outside_of_its_sandbox,
        env=lambda url, home: {"OPENAI_API_KEY": "dummy"},
        options=lambda url: [
            "-c",
            f'model_providers.ours={{name="ours",base_url="{url}/v1",env_key="OPENAI_API_KEY",wire_api="responses",'
            "request_max_retries=1,stream_max_retries=1}",
            *("-c", "model_provider=ours"),
            # A model that it knows has the tool for patches.
            *("-c", "model=gpt-5.5"),
            *("-c", "analytics.enabled=false"),
            *("-c", "check_for_update_on_startup=false"),
            *("-c", "features.plugins=false"),
            *("-c", "features.apps=false"),
            *("-c", "features.remote_plugin=false"),
        ],
        fenced=True,
        tokens="none",
        receipts=("queued", "delivered"),
        tells={500: "experiencing high demand"},
        refused="failed",
        ends={
            "401": _SIGNED_OUT,
            "refusal": "without a word",
            "nothing": "codex-acp ended and changed nothing",
            "an empty answer": "without a word",
            "a cut stream": _BROKE,
            "silence": "nothing new for 8s",
        },
    ),
    "gemini": Agent(
        "gemini",
        write=lambda path, text: ("write_file", {"file_path": str(path), "content": text}),
        run=lambda command: ("run_shell_command", {"command": command, "description": "a command"}),
        env=lambda url, home: {
            "GOOGLE_GEMINI_BASE_URL": url,
            "GEMINI_API_KEY": "dummy",
            # Without a model of its own it asks one which it should take.
            "GEMINI_MODEL": "gemini-2.5-pro",
        },
        settings={
            ".gemini/settings.json": {
                "security": {"auth": {"selectedType": "gemini-api-key"}},
                "general": {"enableAutoUpdate": False},
                "privacy": {"usageStatisticsEnabled": False},
            }
        },
        asks="tool",
        age=_begun_long_ago,
        silent_about=(429, 500),
        refused="ended",
        cut=_ENDED,
        ends={
            "401": _SIGNED_OUT,
            "refusal": "gemini ended and changed nothing",
            "nothing": "gemini ended and changed nothing",
            "an empty answer": "without a word",
            "a cut stream": "gemini ended and changed nothing",
            "silence": "nothing new for 8s",
        },
    ),
    "opencode": Agent(
        "opencode",
        plan=lambda entries: (
            "todowrite",
            {"todos": [{"content": e, "status": "in_progress", "priority": "low"} for e in entries]},
        ),
        write=lambda path, text: ("write", {"filePath": str(path), "content": text}),
        run=lambda command: ("bash", {"command": command, "description": "a command"}),
        env=lambda url, home: {
            "OPENCODE_CONFIG_CONTENT": _opencode_settings(url),
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
            # It would install its plugins' package from npm.
            "npm_config_registry": "http://127.0.0.1:9/",
        },
        tokens="last request",
        silent_about=(429, 500),
        cut="",
        sessions="",
        ends={
            "401": _SIGNED_OUT,
            "refusal": "refused",
            "nothing": "opencode ended and changed nothing",
            "an empty answer": "without a word",
            # It tries again for minutes, and says the same each time.
            "a cut stream": "nothing new for 8s",
            "silence": "nothing new for 8s",
        },
    ),
    "vibe": Agent(
        "vibe",
        plan=lambda entries: (
            "todo",
            {
                "action": "write",
                "todos": [
                    {"id": e, "content": e, "status": "in_progress", "priority": "low"} for e in entries
                ],
            },
        ),
        write=lambda path, text: ("write_file", {"path": str(path), "content": text}),
        run=lambda command: ("bash", {"command": command}),
        env=lambda url, home: {"VIBE_PROVIDERS": _vibe_provider(url), "OUR_KEY": "dummy"},
        settings={".vibe/config.toml": _VIBE_SETTINGS, ".vibe/AGENTS.md": "Speak like a clerk.\n"},
        instructions="Speak like a clerk.",
        silent_about=(429, 500),
        refused="ended",
        cut="",
        ends={
            "401": _SIGNED_OUT,
            "refusal": "vibe ended and changed nothing",
            "nothing": "vibe ended and changed nothing",
            "an empty answer": "without a word",
            "a cut stream": "nothing new for 8s",
            "silence": "nothing new for 8s",
        },
    ),
}

AGENTS = {
    name: _EVERY[name] for name in chosen(os.environ.get("PRDRUNNER_REAL_AGENTS", "")) if name in _EVERY
}
"""Those that are tested, by the name of their profile: all of them, or the few of every day."""
