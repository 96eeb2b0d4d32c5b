"""The commented ``config.yaml`` that ``prdrunner init`` writes."""

from __future__ import annotations

import json
from pathlib import Path

from prdrunner_tui.config.detect import Detected, FoundCommand, detect

# Exit codes and counts of these are known without a pattern; what others print is not read yet.
_READABLE = ("pytest", "unittest")
_HINT_RAN = {
    "cargo test": r"test result: \w{1,6}\. (\d{1,6}) passed",
}


def render_template(root: Path, found: Detected | None = None) -> str:
    """The text of a configuration for the checkout at `root`; valid as it stands."""
    detected = detect(root) if found is None else found
    lines = [
        "# prdrunner: how this repository is planned, verified and approved.",
        "# All keys with their meaning: docs/configuration.md. Commands here run only after `prdrunner trust`.",
        "",
        "verify:",
        "  # Our own verification of each tree before it is committed. Without a command a person decides.",
    ]
    lines += _commands(detected)
    lines += ["", "environment:", "  # What a fresh copy of the repository needs before those commands run."]
    lines += [f"  setup: {_list(detected.setup)}", f"  keep: {_list(detected.keep)}", *_rest()]
    return "\n".join(lines) + "\n"


def _commands(detected: Detected) -> list[str]:
    if detected.commands:
        lines = ["  commands:"]
        for command in detected.commands:
            lines += _command(command, "    ")
    else:
        lines = ["  commands: []", "  # commands:"]
        example = FoundCommand("tests", "python3 -m unittest discover", "test", "an example")
        lines += [f"  # {line}" for line in _command(example, "  ")]
    for hook in detected.hooks:
        lines.append("    # Your commit hook does not run on our commits; as a check it would be:")
        lines += [f"    # {line.strip()}" if line else line for line in _command(hook, "")]
    return lines


def _command(command: FoundCommand, indent: str) -> list[str]:
    lines = [
        f"{indent}- name: {_text(command.name)}  # from {command.because!a}",
        f"{indent}  run: {_text(command.run)}",
        f"{indent}  kind: {command.kind}",
    ]
    pattern = _HINT_RAN.get(command.run)
    if pattern:
        lines.append(f"{indent}  ran: {_text(pattern)}")
    elif command.kind == "test" and not any(word in command.run for word in _READABLE):
        lines.append(f"{indent}  # How one sees how many tests ran: a pattern with one group, or junit:PATH.")
        lines.append(rf"{indent}  # ran: '(\d+) passed'")
    return lines


def _rest() -> list[str]:
    return [
        "",
        "approval_gates:",
        "  gates:",
        "    before_commit:",
        "      enabled: true",
        "    # before_implement:",
        "    #   enabled: true",
        "",
        "loop:",
        "  max_iterations: 5",
        "",
        "# workers:",
        "#   default: 'command: sh agent.sh'",
        "",
        "# budget:",
        "#   usd: 5.0",
    ]


def _list(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]"


def _text(value: str) -> str:
    """A JSON string, which is YAML too."""
    return json.dumps(value, ensure_ascii=True)
