"""The agent's tool calls as our updates. Pure but for `emit`.

Agents fill a call in bit by bit, and each in its own order: a pending call without any input, then its input, then
a permission request, then its end; or the permission request first, or only the end. What is known is merged by
the call's id; a call is announced when it says what it does, and ended once.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, get_args

from prdrunner_tui.rules.shellwords import without_shell
from prdrunner_tui.workers.acp.diffs import edited
from prdrunner_tui.workers.acp.outcome import Seen
from prdrunner_tui.workers.acp.plain import count, inside, items, mapping, text
from prdrunner_tui.workers.acp.questions import Question, questions
from prdrunner_tui.workers.updates import (
    CommandEnded,
    CommandOutput,
    CommandStarted,
    Edited,
    EntryStatus,
    PlanEntry,
    Planned,
    ToolEnded,
    ToolKind,
    ToolStarted,
    Update,
)

_CHANGES = ("edit", "delete", "move")
_KINDS: Mapping[str, ToolKind] = {
    "read": "read", "search": "search", "fetch": "fetch", "think": "think",
    "edit": "edit", "delete": "edit", "move": "edit",
}  # fmt: skip
_PATH_KEYS = ("file_path", "filePath", "filepath", "path")
_ENDED = ("completed", "failed", "cancelled")
_MOST_OPEN = 1000
_TITLE = 500
_HARMLESS = frozenset((
    "command", "description", "timeout",
    # Codex tells these of every command.
    "call_id", "process_id", "turn_id", "started_at_ms", "parsed_cmd", "source", "reason", "available_decisions",
    "proposed_execpolicy_amendment",
))  # fmt: skip
"""Input of a command that changes nothing of what is run, and where."""
_WHERE_FALSE = frozenset(("is_background", "run_in_background"))
"""Input that says nothing where it is false."""
_DETAIL = 500
_MOST_ENTRIES = 200
_ENTRY = 2000
_EXIT_CODE = re.compile(r"^Exit code:? (\d{1,3})$", re.I | re.M)


@dataclass(slots=True)
class _Call:
    id: str
    kind: str = ""
    title: str = ""
    status: str = "pending"
    input: Mapping[str, Any] = field(default_factory=dict)
    filled: bool = True
    """Whether it says what it does; a call with an empty input does not yet."""
    diffs: Sequence[Mapping[str, Any]] = ()
    paths: Sequence[str] = ()
    words: str = ""
    raw_output: Any = None
    turned: bool = False
    """Whether it became another one on the way, in its kind or its input."""
    announced: bool = False
    asked: bool = False
    told: str = ""
    """Output that was told."""

    @property
    def command(self) -> str:
        """What is run: the input says it exactly, a title only for people."""
        given = self.input.get("command")
        if isinstance(given, list) and all(isinstance(word, str) for word in given):
            return text(without_shell(shlex.join(given)))
        return text(given) or self.title

    def exact(self, roots: Sequence[str]) -> bool:
        """Whether `command` is just what is run, in the workspace: then rules may judge it."""
        said = {key for key, value in self.input.items() if not (key in _WHERE_FALSE and value is False)}
        if self.input.get("cwd") in roots:
            said.discard("cwd")
        return "command" in said and said <= _HARMLESS

    def merge(self, data: Mapping[str, Any]) -> None:
        """Take over what an update says."""
        kind = text(data.get("kind"), 40) or self.kind
        self.turned = self.turned or bool(self.kind and kind != self.kind)
        self.kind = kind
        self.title = text(data.get("title"), _TITLE) or self.title or _tool_name(data)
        self.status = text(data.get("status"), 40) or self.status
        if "rawInput" in data:
            given = mapping(data["rawInput"])
            self.turned = self.turned or bool(self.input and given and set(self.input) != set(given))
            self.input = given or self.input
            self.filled = "command" in self.input if self.kind == "execute" else bool(self.input)
        content = [mapping(block) for block in items(data.get("content"))]
        diffs = [b for b in content if b.get("type") == "diff" and text(b.get("path"))]
        self.diffs = diffs or self.diffs
        said = [text(mapping(b.get("content")).get("text")) for b in content if b.get("type") == "content"]
        if data.get("status") in ("in_progress", *_ENDED):
            # Before that the words are a description, no output.
            self.words = "".join(said) or self.words
        found = [text(mapping(location).get("path")) for location in items(data.get("locations"), 100)]
        self.paths = [path for path in found if path] or self.paths
        self.raw_output = data.get("rawOutput", self.raw_output)


class ToolCalls:
    """The calls of one turn. `roots` are names of the workspace's directory; `prefix` makes ids unique in a run."""

    def __init__(self, emit: Callable[[Update], None], roots: Sequence[str], prefix: str, seen: Seen) -> None:
        self._emit = emit
        self._roots = roots
        self._prefix = prefix
        self._seen = seen
        self._open: dict[str, _Call] = {}
        self._done: dict[str, None] = {}
        self._number = 0

    def update(self, data: Mapping[str, Any]) -> None:
        """A `tool_call` or `tool_call_update`."""
        key = text(data.get("toolCallId"), 1000)
        call = self._call(key)
        if call is None:
            return
        call.merge(data)
        if call.status in _ENDED:
            self._announce(call)
            self._end(key, call)
        elif not call.asked and (call.filled or call.status == "in_progress"):
            self._announce(call)
            if call.kind == "execute" and data.get("status") == "in_progress":
                self._output(call, call.words, final=False)

    def asked(self, data: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
        """The call a permission is asked for: the action, its command or diff, and the paths it touches."""
        call = self._call(text(data.get("toolCallId"), 1000)) or _Call("")
        call.merge(data)
        call.asked = not call.announced
        if call.kind == "execute":
            return "command" if call.exact(self._roots) else "tool", call.command, ()
        changes = self._edits(call)
        if call.kind in _CHANGES or changes:
            touched = [path for e in changes for path in (e.old_path, e.path) if path]
            touched += [inside(path, self._roots) for path in call.paths]
            return "edit", "".join(e.diff for e in changes) or call.title, tuple(dict.fromkeys(touched))
        where = tuple(inside(path, self._roots) for path in call.paths)
        words = " ".join(part for part in (call.title, ", ".join(where)) if part)
        return _KINDS.get(call.kind, "other"), words, where if call.kind == "read" else ()

    def questions(self, data: Mapping[str, Any]) -> tuple[Question, ...]:
        """What a permission request asks that is a question and nothing else: an answer allows the call."""
        call = self._call(text(data.get("toolCallId"), 1000))
        if call is None or call.kind != "think" or call.diffs or call.paths or call.turned:
            return ()
        return questions(call.input)

    def writes_only(self, data: Mapping[str, Any], path: str) -> bool:
        """Whether the call a permission is asked for writes this one file and says nothing of another."""
        call = self._open.get(text(data.get("toolCallId"), 1000))
        if call is None:
            return False
        if mapping(data.get("rawInput")) == {"filepath": path, "parentDir": str(PurePath(path).parent)}:
            # opencode asks so whether one call may leave the workspace.
            return True
        if call.kind != "edit":
            return False
        named = [text(block.get("path")) for block in call.diffs]
        named += [text(call.input[key]) for key in _PATH_KEYS if key in call.input]
        named += call.paths
        return bool(named) and all(name == path for name in named)

    def answered(self, data: Mapping[str, Any], *, allowed: bool) -> None:
        """The person has answered the request for that call."""
        call = self._open.get(text(data.get("toolCallId"), 1000))
        if call is not None:
            call.asked = False
            if allowed:
                self._announce(call)

    def end_all(self) -> None:
        """The turn is over: what is still open ends with it."""
        for key, call in list(self._open.items()):
            if call.announced:
                call.status = "cancelled"
                self._end(key, call)

    def _call(self, key: str) -> _Call | None:
        if not key or key in self._done:
            return None
        if key not in self._open:
            if len(self._open) >= _MOST_OPEN:
                self._open.pop(next(iter(self._open)))
            self._number += 1
            self._open[key] = _Call(f"{self._prefix}/t{self._number}")
        return self._open[key]

    def _announce(self, call: _Call) -> None:
        if call.announced:
            return
        call.announced = True
        self._seen.tools += 1
        if call.kind == "execute":
            self._emit(CommandStarted(call.id, call.command))
        else:
            kind = "edit" if call.diffs and call.kind not in _KINDS else _KINDS.get(call.kind, "other")
            self._emit(ToolStarted(call.id, call.title or call.kind or "a tool", kind))

    def _end(self, key: str, call: _Call) -> None:
        del self._open[key]
        self._done[key] = None
        if len(self._done) > _MOST_OPEN:
            del self._done[next(iter(self._done))]
        ok = call.status == "completed"
        if call.kind == "execute":
            self._output(call, _output_of(call), final=True)
            self._emit(CommandEnded(call.id, _exit_code(call)))
            return
        if ok:
            for edit in self._edits(call):
                self._seen.edits += 1
                self._emit(edit)
            if todos := items(_metadata(call).get("todos")):
                # opencode tells its plan only as the outcome of the tool that writes it.
                self._emit(planned(todos))
        self._emit(ToolEnded(call.id, ok, "" if ok else _plain(_output_of(call))[:_DETAIL] or "failed"))

    def _output(self, call: _Call, output: str, *, final: bool) -> None:
        """Tell what is new: agents send the whole output so far each time, and some its last part only at the end."""
        rewritten = output if final else ""
        fresh = output[len(call.told) :] if output.startswith(call.told) else rewritten
        if fresh:
            call.told = output
            self._emit(CommandOutput(call.id, fresh.encode("utf-8", "replace")))

    def _edits(self, call: _Call) -> list[Edited]:
        if call.diffs:
            return [self._edit(call, block) for block in call.diffs]
        if call.kind not in _CHANGES:
            return []
        whole = call.input.get("content")
        if isinstance(whole, str) and len(call.paths) == 1 and _metadata(call).get("exists") is False:
            # opencode's way to tell of a new file.
            return [edited(inside(call.paths[0], self._roots), None, text(whole))]
        paths = [inside(path, self._roots) for path in call.paths]
        if call.kind == "move" and len(paths) == 2:
            return [Edited(paths[1], "renamed", old_path=paths[0])]
        change = "deleted" if call.kind == "delete" else "changed"
        return [Edited(path, "deleted" if change == "deleted" else "changed") for path in paths]

    def _edit(self, call: _Call, block: Mapping[str, Any]) -> Edited:
        old, new = text(block.get("oldText")), text(block.get("newText"))
        if old and new and not old.endswith("\n") and not new.endswith("\n"):
            # The place that was changed, not the whole file: its last line does not end the file.
            old, new = f"{old}\n", f"{new}\n"
        gone = call.kind == "delete" or mapping(block.get("_meta")).get("kind") == "delete"
        path = text(block.get("path"))
        # Some name only the file's own name here, and the whole path beside it.
        path = next((whole for whole in call.paths if whole.endswith(f"/{path}")), path)
        return edited(inside(path, self._roots), old, None if gone else new)


def _output_of(call: _Call) -> str:
    raw = call.raw_output
    if isinstance(raw, str):
        return text(raw)
    fields = mapping(raw)
    for name in ("aggregated_output", "output", "error"):
        if text(fields.get(name)):
            return text(fields[name])
    both = text(fields.get("stdout")) + text(fields.get("stderr"))
    return both or _plain(call.words)


def planned(entries: Sequence[Any]) -> Planned:
    """The agent's to-do list; the protocol's plan and opencode's tool have the same shape."""
    found = []
    for entry in map(mapping, entries[:_MOST_ENTRIES]):
        status: Any = entry.get("status")
        known: EntryStatus = status if status in get_args(EntryStatus) else "pending"
        found.append(PlanEntry(text(entry.get("content"), _ENTRY), known))
    return Planned(tuple(found))


def _metadata(call: _Call) -> Mapping[str, Any]:
    return mapping(mapping(call.raw_output).get("metadata"))


def _exit_code(call: _Call) -> int | None:
    """The exit code where the agent tells it: in a field, or in the words it makes of the output."""
    for holder in (mapping(call.raw_output), _metadata(call)):
        for name in ("exit_code", "exitCode", "exit"):
            if (code := count(holder.get(name))) is not None:
                return code
    if isinstance(call.raw_output, str) and (first := _EXIT_CODE.match(call.raw_output)):
        return int(first[1])
    if call.words.startswith("Command: ") and (all_told := _EXIT_CODE.findall(call.words)):
        return int(all_told[-1])
    return None


def _tool_name(data: Mapping[str, Any]) -> str:
    """The agent's own name of the tool, which two of them tell beside the protocol."""
    meta = mapping(data.get("_meta"))
    return text(meta.get("toolName"), 100) or text(mapping(meta.get("claudeCode")).get("toolName"), 100)


def _plain(words: str) -> str:
    """Words without the code fence around them."""
    found = re.fullmatch(r"```\w*\n(.*?)\n?```\s*", words, re.S)
    return found[1] if found else words
