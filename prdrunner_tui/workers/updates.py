"""What a worker tells while its turn runs: one frozen dataclass a kind, with a JSON codec.

The bulk of an agent's output never travels as an update; the host writes it to the segment. An update is a
claim of the agent, never a fact about the tree: facts come from exit status, tree and our own checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from prdrunner_tui.kernel.values import CodecError
from prdrunner_tui.kernel.values import from_json as decode
from prdrunner_tui.kernel.values import to_json as encode

UsageScope: TypeAlias = Literal["turn", "session_total", "last_request"]
ReceiptStatus: TypeAlias = Literal["queued", "delivered", "acknowledged", "undeliverable"]
EntryStatus: TypeAlias = Literal["pending", "in_progress", "completed"]
ToolKind: TypeAlias = Literal["read", "search", "fetch", "think", "edit", "other"]
ChoiceKind: TypeAlias = Literal[
    "allow_once", "allow_always", "reject_once", "reject_always", "reject_and_stop"
]


@dataclass(frozen=True, slots=True)
class Said:
    """Text of the agent; `item` joins the parts of one message ("" = a message of its own)."""

    text: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Thought:
    """Reasoning the agent shows; `item` as in :class:`Said`."""

    text: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """A word about the turn that is neither the agent's speech nor a result: a retry, a rate limit, a notice."""

    text: str
    level: Literal["info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One line of the agent's own to-do list."""

    text: str
    status: EntryStatus = "pending"


@dataclass(frozen=True, slots=True)
class Planned:
    """The agent's whole to-do list; it replaces the one before."""

    entries: tuple[PlanEntry, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """A file the agent says it changed.

    `path` is relative to the workspace where it lies inside, else as the agent gave it; `added` and `removed`
    count lines, None when the agent does not say; `diff` is unified diff text or ""; `old_path` is set for "renamed".
    Told when the edit is done, not when it is announced (that is a ToolStarted of kind "edit").
    """

    path: str
    change: Literal["added", "changed", "deleted", "renamed", "mode"] = "changed"
    added: int | None = None
    removed: int | None = None
    diff: str = ""
    old_path: str = ""


@dataclass(frozen=True, slots=True)
class CommandStarted:
    """The agent runs a command; `id` names it in the two kinds below."""

    id: str
    command: str


@dataclass(frozen=True, slots=True)
class CommandOutput:
    """Output of a command the agent ran; goes to the segment only."""

    id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """The command ended; `exit_code` is None when the agent does not tell."""

    id: str
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool call that is no command: reading, searching, fetching, an MCP call, an edit that is announced."""

    id: str
    title: str
    tool: ToolKind = "other"


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """The end of a tool call; `detail` is its error or result in short."""

    id: str
    ok: bool = True
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What one call of the model took, as far as the agent told it: as in :class:`UsageReported`. None: not told."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    reasoning: int | None = None
    cost_usd: float | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class UsageReported:
    """Tokens and cost. None means unknown, never zero.

    `scope` says what the numbers cover: this turn so far, the session's running total (subtract the one before) or
    the last request only (sum them); `cost_scope` is set where the cost covers something else than the tokens.
    `input` counts all input tokens; `cached` of them were read from the provider's cache, `cache_written` of them
    written to it. `context_used` and `context_size` are tokens of the window; `model` as the provider names it.

    `requests` are the calls of the model in this turn, oldest first; of the scope "last_request" the last one of each
    prompt. Only the result of a turn holds them, since they would be told again with each report; none are there where
    the agent does not tell them apart. `requests_before` of them came before these and are not kept.
    """

    scope: UsageScope
    input: int | None = None
    output: int | None = None
    cached: int | None = None
    reasoning: int | None = None
    cost_usd: float | None = None
    context_used: int | None = None
    context_size: int | None = None
    cache_written: int | None = None
    model: str = ""
    cost_scope: UsageScope | None = None
    requests: tuple[Request, ...] = ()
    requests_before: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the person; with `choices` one of them is proposed, a free answer is still possible."""

    id: str
    question: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PermissionChoice:
    """One way to answer a permission request, as the agent offers it; "reject_and_stop" ends the turn as well."""

    id: str
    label: str
    kind: ChoiceKind


@dataclass(frozen=True, slots=True)
class PermissionAsked:
    """The agent asks whether it may do something.

    Rules may answer it, so it says what is done and nothing else; what an adapter knows only from a title that is
    made for people is a tool.

    Attributes:
        id: names it; no other request of the turn has it.
        action: one of `command`, `edit` (every change: also making, deleting, moving), `read`, `network`, `tool`. Any
            other word is taken for a tool of that name. Of tools a person is always asked.
        detail: of a command its exact line, as a shell in the workspace would get it; of the network the host or URL;
            of an edit the diff; else words for the person.
        options: the ways to answer that the agent offers, if any.
        paths: of an edit or a read every path it touches, of a move both, relative to the workspace where they lie
            inside, else as the agent gave them. Without any a person is asked.
    """

    id: str
    action: str
    detail: str = ""
    options: tuple[PermissionChoice, ...] = ()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An open question or permission request that the agent no longer waits for."""

    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message of the person."""

    message_id: str
    status: ReceiptStatus
    why: str = ""


@dataclass(frozen=True, slots=True)
class SessionKnown:
    """The agent's own session id, by which a later turn can go on."""

    session: str


Update: TypeAlias = (
    Said
    | Thought
    | Noted
    | Planned
    | Edited
    | CommandStarted
    | CommandOutput
    | CommandEnded
    | ToolStarted
    | ToolEnded
    | UsageReported
    | Asked
    | PermissionAsked
    | Withdrawn
    | Receipt
    | SessionKnown
)

KINDS: dict[str, type[Any]] = {
    "said": Said,
    "thought": Thought,
    "noted": Noted,
    "planned": Planned,
    "edited": Edited,
    "command_started": CommandStarted,
    "command_output": CommandOutput,
    "command_ended": CommandEnded,
    "tool_started": ToolStarted,
    "tool_ended": ToolEnded,
    "usage": UsageReported,
    "asked": Asked,
    "permission_asked": PermissionAsked,
    "withdrawn": Withdrawn,
    "receipt": Receipt,
    "session": SessionKnown,
}
_NAMES = {cls: kind for kind, cls in KINDS.items()}


def kind_of(update: Update) -> str:
    """The word that names this kind of update in JSON."""
    return _NAMES[type(update)]


def to_json(update: Update) -> dict[str, Any]:
    """The update as a JSON object with its `kind`."""
    return {"kind": kind_of(update), **encode(update)}


def from_json(value: object) -> Update:
    """The update in a JSON object.

    Raises:
        CodecError: no object, an unknown kind, or fields that do not fit.
    """
    if not isinstance(value, dict):
        raise CodecError("an update must be an object")
    kind = value.get("kind")
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise CodecError(f"unknown kind of update {str(kind)[:60]!r}")
    update: Update = decode(cls, {k: v for k, v in value.items() if k != "kind"}, str(kind))
    return update
