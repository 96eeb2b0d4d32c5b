"""How one agent program is started and spoken to: a profile, read from YAML or made of a worker's options.

The profiles that come along are files beside this module, `profiles/NAME.yaml`. `read_profile` and `from_options`
check everything, so that a mistake is told with its place before any program is started.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any, Literal, TypeAlias, get_args

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import KeyPath, read_yaml
from prdrunner_tui.workers.acp.usage import READERS
from prdrunner_tui.workers.updates import ChoiceKind

SteerKind: TypeAlias = Literal["inject", "cancel_reprompt", "queue"]
AfterReject: TypeAlias = Literal["goes_on", "stops"]
HomeUse: TypeAlias = Literal["share", "read", "copy", "keep"]
"""What a sandbox makes of a file of the person's home: it is seen as it is, writable or not; each program gets a copy
of its own; or a directory stands there that belongs to the phase and lasts from turn to turn."""

_LONGEST = 100_000
_MOST = 200
_OTHERS = frozenset({"name", "command", "prompt", "script", "file", "speed", "recording"})
"""Keys that mean something elsewhere: here they are a mistake of whoever wrote them."""
_WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_RESTRICTS = (
    "allow", "approv", "ask", "auth", "auto", "confirm", "deny", "direct", "env", "forbid", "guard", "home", "limit",
    "mode", "network", "path", "permi", "protect", "reject", "restrict", "role", "rule", "safe", "sandbox", "secret",
    "tool", "trust", "write",
)  # fmt: skip
"""How a word begins that tells what an agent may do."""


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """The value that a variable has in the agent's environment; nothing where it is not set."""

    name: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One agent program.

    `result_argv`: further words for a turn in which it writes a file outside the workspace; `{directory}` in them is
    that file's. `env` is set for the program besides the environment of the turn. `mode` is the id of the agent's
    permission mode, "" for its own default. `steer`: a message is sent as a second prompt that joins the running turn
    ("inject"), the turn is cancelled and the message prompted ("cancel_reprompt"), or it waits for the end of
    the turn ("queue"). `second_answer`: an injected prompt gets an answer of its own, and the turn is over with
    the last of them. `usage` names a reader. `resume`: a session can be loaded by a new process.
    `questions`: what the answers to the agent's own question tool are called in the answer to its permission
    request, "" where it asks nothing in that way.
    `permissions` maps option ids to the kind they really are, or "hide". `after_reject`: what the agent does by
    itself when a permission is refused. `auth` says in a few words how one signs in, `install` the command that
    installs the program. `plans`: it tells its to-do list. `provider`: whose models it
    uses, by the name of genai-prices. `start_seconds` is how long it may take to come up.
    `apart`: the program starts in an empty directory, not in the workspace, because it loads code by itself from where
    it starts; its session names the workspace.
    `home`: what the program needs of the home directory where a sandbox hides it, path -> how. A path is from the
    home directory, or begins with `$NAME/` for the directory that a variable names.
    """

    name: str = "inline"
    title: str = ""
    argv: tuple[str, ...] = ()
    result_argv: tuple[str, ...] = ()
    env: Mapping[str, str | FromEnvironment] = field(default_factory=dict)
    mode: str = ""
    steer: SteerKind = "cancel_reprompt"
    second_answer: bool = True
    usage: str = "none"
    resume: bool = False
    permissions: Mapping[str, ChoiceKind | Literal["hide"]] = field(default_factory=dict)
    after_reject: AfterReject = "goes_on"
    questions: str = ""
    auth: str = ""
    install: str = ""
    plans: bool = True
    provider: str = ""
    start_seconds: float = 60.0
    apart: bool = False
    home: Mapping[str, HomeUse] = field(default_factory=dict)

    def command_line(self, result_file: str | None) -> list[str]:
        """The words that start the program for a turn that writes this file, or none."""
        if not result_file:
            return list(self.argv)
        directory = str(PurePath(result_file).parent)
        return [*self.argv, *(word.replace("{directory}", directory) for word in self.result_argv)]

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """The program's environment: that of the turn with what the profile adds."""
        made = dict(given)
        for name, value in self.env.items():
            found = given.get(value.name) if isinstance(value, FromEnvironment) else value
            if found is not None:
                made[name] = found
        return made

    def wanted(self) -> tuple[str, ...]:
        """Names of variables of the person's environment that the program needs, to be let through."""
        return tuple(sorted({v.name for v in self.env.values() if isinstance(v, FromEnvironment)}))


def names() -> tuple[str, ...]:
    """The names of the profiles that come along, sorted."""
    return tuple(sorted(p.name.removesuffix(".yaml") for p in _folder() if p.name.endswith(".yaml")))


@cache
def profile(name: str) -> Profile:
    """The profile of that name that comes along.

    Raises:
        Problem: there is none.
    """
    known = names()
    if name not in known:
        hint = did_you_mean(name, known) or f"there are: {', '.join(known)}; or give argv:"
        raise Problem(f"there is no agent profile {name[:60]!r}", hint=hint)
    file = files(__package__).joinpath("profiles", f"{name}.yaml")
    return read_profile(file.read_bytes(), name=name, shown=f"{name}.yaml")


def read_profile(data: bytes, *, name: str, shown: str) -> Profile:
    """A profile of a YAML file that is shown as `shown`.

    Raises:
        Problem: with file:line:column.
    """
    document = read_yaml(data, name=shown)
    if not isinstance(document.value, dict):
        raise Problem("a profile is a mapping", where=document.where(()))

    def where(path: KeyPath) -> str:
        return document.where(path, key=bool(path))

    made = _filled(Profile(name=name), document.value, where)
    if not made.argv:
        raise Problem("a profile needs argv, the words of the program's command line", where=where(()))
    return made


def from_options(options: Mapping[str, Any]) -> Profile:
    """The profile of a worker's options: `profile` names one that comes along, every other key is laid over it.

    A run keeps its options, and another version may go on with it: see `left_out`.

    Raises:
        Problem: an option that is a mistake, that is unknown and may restrict the agent, or that is not usable; no such
            profile, no command line.
    """
    without = left_out(options)
    rest = {key: value for key, value in options.items() if key != "profile" and key not in without}
    name = options.get("profile", "")
    if not isinstance(name, str):
        raise Problem("profile must be the name of an agent profile", hint=f"there are: {', '.join(names())}")
    base = profile(name) if name else Profile()
    made = _filled(base, rest, lambda path: "")
    if "env" in rest:
        made = dataclasses.replace(made, env={**base.env, **made.env})
    if not made.argv:
        raise Problem("the worker acp needs profile: or argv:", hint=f"profiles are: {', '.join(names())}")
    return made


def left_out(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a worker's options that only another version of prdrunner knows, and that a turn can do without.

    Configurations are checked where they are read, so such a key is one of a run that another version began. What may
    restrict the agent is none of them, nor is what looks like a key that is known, or means something elsewhere.
    """
    known = (*_known(), "profile")
    strange = [key for key in options if key not in known and key not in _OTHERS]
    return tuple(key for key in strange if not _restricts(key) and not did_you_mean(key, known))


def _known() -> list[str]:
    return [f.name for f in dataclasses.fields(Profile) if f.name != "name"]


def _restricts(key: str) -> bool:
    """Whether a key that is not known may tell, by its words, what the agent may do."""
    return any(word.lower().startswith(_RESTRICTS) for word in _WORD.findall(key))


def _filled(base: Profile, given: Mapping[str, Any], where: Callable[[KeyPath], str]) -> Profile:
    known = _known()
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            hint = did_you_mean(key, [*known, "profile"])
            if not hint and key not in _OTHERS and _restricts(key):
                hint = "it may restrict the agent: go on with the prdrunner that knows it, or begin a new run"
            raise Problem(f"an agent profile has no {key[:60]!r}", where=where((key,)), hint=hint)
        try:
            values[key] = _value(key, value)
        except ValueError as error:
            raise Problem(f"{key}: {error}", where=where((key,))) from None
    return dataclasses.replace(base, **values)


def _value(key: str, value: Any) -> Any:
    if key in ("argv", "result_argv"):
        if not isinstance(value, list | tuple) or not 0 < len(value) <= _MOST:
            raise ValueError("a list of words is needed, the program first")
        return tuple(_text(word) for word in value)
    if key in ("env", "permissions"):
        if not isinstance(value, Mapping) or len(value) > _MOST:
            raise ValueError("a mapping is needed")
        make = _variable if key == "env" else _kind
        return {_text(name): make(entry) for name, entry in value.items()}
    if key == "home":
        if not isinstance(value, Mapping) or len(value) > _MOST:
            raise ValueError("a mapping is needed")
        return {_home_path(name): _one_of(_text(use), get_args(HomeUse)) for name, use in value.items()}
    if key in ("resume", "second_answer", "plans", "apart"):
        if not isinstance(value, bool):
            raise ValueError("true or false is needed")
        return value
    if key == "start_seconds":
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3600:
            raise ValueError("seconds up to 3600 are needed")
        return float(value)
    words: dict[str, Sequence[str]] = {
        "steer": get_args(SteerKind),
        "after_reject": get_args(AfterReject),
        "usage": sorted(READERS),
    }
    return _one_of(_text(value), words[key]) if key in words else _text(value)


def _variable(value: Any) -> str | FromEnvironment:
    if isinstance(value, Mapping):
        if set(value) != {"from"}:
            raise ValueError("a variable is text, or {from: NAME}")
        return FromEnvironment(_text(value["from"]))
    return _text(value)


def _kind(value: Any) -> str:
    return _one_of(_text(value), (*get_args(ChoiceKind), "hide"))


def _home_path(value: Any) -> str:
    path = _text(value)
    if not path or path.startswith(("/", "~")) or ".." in path.split("/") or path.strip("./") == "":
        raise ValueError(f"{path[:60]!r} is no path from the home directory")
    return path


def _one_of(word: str, allowed: Sequence[str]) -> str:
    if word not in allowed:
        hint = did_you_mean(word, allowed)
        raise ValueError(f"{word[:40]!r} is none of {', '.join(allowed)}" + (f"; {hint}" if hint else ""))
    return word


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST or "\0" in value:
        raise ValueError(f"text of at most {_LONGEST} characters is needed")
    return value


def _folder() -> Iterator[Any]:
    yield from files(__package__).joinpath("profiles").iterdir()
