"""What agents see of the machine: the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from prdrunner_tui.config.base import Model, Text
from prdrunner_tui.text.yaml import KeyPath, Value

Mode = Literal["off", "auto", "required"]
"""From the loosest to the strictest."""


def _usable_path(value: str) -> str:
    if "\0" in value or not value.startswith(("/", "~/")) or ".." in value.split("/"):
        raise ValueError("must be an absolute path or begin with ~/, without ..")
    if value.rstrip("/") in ("", "~"):
        raise ValueError("would open everything; home: visible shows your home directory")
    return value


SandboxPath = Annotated[Text, AfterValidator(_usable_path)]
"""A path of the machine: absolute, or below the home directory."""


class Sandbox(Model):
    """Agents in bubblewrap: the workspace writable, the rest read-only; see [sandbox](sandbox.md)."""

    mode: Mode = "off"
    """`auto` takes bubblewrap where it works, `required` refuses to start a run where it does not."""
    network: bool = True
    """Whether agents reach other machines. Most agents need that for their model."""
    home: Literal["hidden", "visible"] = "hidden"
    """Whether agents may read your home directory. What an agent profile needs of it is there in any case."""
    read: tuple[SandboxPath, ...] = Field(default=(), max_length=200)
    """Further files and directories that agents may read, for example `~/.rustup`."""
    write: tuple[SandboxPath, ...] = Field(default=(), max_length=200)
    """Further files and directories that agents may change, for example `~/.cache`."""


_DEFAULTS: dict[str, Value] = {"mode": "off", "network": True, "home": "hidden"}
_ORDER: dict[str, tuple[Value, ...]] = {
    "mode": ("off", "auto", "required"),
    "network": (True, False),
    "home": ("visible", "hidden"),
}


def loosening(mine: Value, theirs: Value) -> Iterator[KeyPath]:
    """The keys of a repository's ``sandbox`` (`theirs`) that are looser than what stands before (`mine`), as paths
    from there. A repository may only tighten, trusted or not: what this names is not taken from it."""
    if not isinstance(theirs, dict):
        return
    before = mine if isinstance(mine, dict) else {}
    for key, value in theirs.items():
        present = before.get(key, _DEFAULTS.get(key, []))
        if key in _ORDER:
            order = _ORDER[key]
            if value not in order or present not in order or order.index(value) < order.index(present):
                yield (key,)
        elif not (isinstance(value, list) and isinstance(present, list) and all(p in present for p in value)):
            yield (key,)
