"""The accepted spellings of ``config.yaml``, turned into the one that the models know.

`Layer` keeps for every value the place it was written at, also after it moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from prdrunner_tui.config.gates import GATES
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.yaml import Document, KeyPath, Value, read_yaml

_REQUIRE = "require_"
_OLD_ROOT = "human_in_the_loop"


@dataclass(slots=True)
class Layer:
    """One file's values in the models' shape."""

    document: Document
    values: dict[str, Value]
    moved: dict[KeyPath, KeyPath] = field(default_factory=dict)
    """From a path in `values` to the path in the document."""
    notices: list[str] = field(default_factory=list)

    def written(self, path: KeyPath) -> KeyPath:
        """The document's path of a path in the models' shape."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.moved:
                return (*self.moved[path[:length]], *path[length:])
        return path

    def where(self, path: KeyPath, *, key: bool = False) -> str:
        """``file:line:column`` of a path in the models' shape."""
        return self.document.where(self.written(path), key=key)


def read_layer(data: bytes, *, name: str) -> Layer:
    """Read one configuration file. Raises Problem with ``name:line:column``."""
    document = read_yaml(data, name=name)
    root = document.value
    if root is None:
        root = {}
    if not isinstance(root, dict):
        raise Problem(
            "a configuration is keys and values", where=document.where(()), hint="write 'key: value'"
        )
    layer = Layer(document, dict(root))
    _take_human_in_the_loop(layer)
    _take_short_gates(layer, ("approval_gates",))
    _note_bare_timeouts(layer)
    return layer


def _take_human_in_the_loop(layer: Layer) -> None:
    old = layer.values.pop(_OLD_ROOT, None)
    if old is None:
        return
    if not isinstance(old, dict):
        raise Problem(
            f"{_OLD_ROOT} is keys and values", where=layer.document.where((_OLD_ROOT,)), hint="see the docs"
        )
    for key, value in old.items():
        if key not in ("approval_gates", "breakpoints"):
            where = layer.document.where((_OLD_ROOT, key), key=True)
            layer.notices.append(f"{where}: {_OLD_ROOT}.{key} is not used yet")
        elif key in layer.values:
            where = layer.document.where((_OLD_ROOT, key), key=True)
            raise Problem(f"{key} is there twice", where=where, hint=f"keep {key} or {_OLD_ROOT}.{key}")
        else:
            layer.values[key] = value
            layer.moved[(key,)] = (_OLD_ROOT, key)


def _take_short_gates(layer: Layer, path: KeyPath) -> None:
    """``require_before_commit: true`` and ``auto_approve_timeout: 300`` become entries of ``gates``."""
    short = layer.values.get("approval_gates")
    if not isinstance(short, dict):
        return
    shaped: dict[str, Value] = dict(short)
    given = shaped.get("gates")
    gates: dict[str, Value] = dict(given) if isinstance(given, dict) else {}
    for key in [k for k in shaped if k.startswith(_REQUIRE)]:
        name = key.removeprefix(_REQUIRE)
        if name in gates:
            where = layer.where((*path, key), key=True)
            raise Problem(f"{key} and gates.{name} are both there", where=where, hint="keep one of them")
        gates[name] = {"enabled": shaped.pop(key)}
        layer.moved[(*path, "gates", name, "enabled")] = layer.written((*path, key))
        layer.moved[(*path, "gates", name)] = layer.written((*path, key))
    if "auto_approve_timeout" in shaped:
        timeout = shaped.pop("auto_approve_timeout")
        source = layer.written((*path, "auto_approve_timeout"))
        for name in GATES:
            gate = gates.setdefault(name, {})
            if isinstance(gate, dict):
                gates[name] = {"timeout": timeout, "on_timeout": "approve"} | gate
                for leaf in ("timeout", "on_timeout"):
                    if leaf not in gate:
                        layer.moved[(*path, "gates", name, leaf)] = source
    if gates or isinstance(given, dict):
        shaped["gates"] = gates
    layer.values["approval_gates"] = shaped


def _note_bare_timeouts(layer: Layer) -> None:
    root = layer.values.get("approval_gates")
    gates = root.get("gates") if isinstance(root, dict) else None
    if not isinstance(gates, dict):
        return
    bare = [name for name, gate in gates.items() if isinstance(gate, dict) and _is_bare(gate)]
    if bare:
        where = layer.where(("approval_gates", "gates", bare[0], "timeout"), key=True)
        layer.notices.append(f"{where}: a timeout without on_timeout pauses the run ({', '.join(bare)})")


def _is_bare(gate: dict[str, Value]) -> bool:
    return gate.get("timeout") is not None and "on_timeout" not in gate
