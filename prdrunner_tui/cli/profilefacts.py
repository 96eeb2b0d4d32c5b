"""Where a profile stands, what it says in the end, and which steps use it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from prdrunner_tui.cli.configured import Here, in_repository
from prdrunner_tui.config.files import read_text_file
from prdrunner_tui.config.layers import Loaded
from prdrunner_tui.config.models import Config
from prdrunner_tui.config.profilefiles import profile_file
from prdrunner_tui.config.running import Profile
from prdrunner_tui.config.shapes import read_layer
from prdrunner_tui.kernel.values import to_json
from prdrunner_tui.steps.choices import assigned, named_workers
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import KeyPath, Value
from prdrunner_tui.workers.acp.profile import FromEnvironment
from prdrunner_tui.workers.acp.profile import Profile as AgentProfile
from prdrunner_tui.workers.acp.profile import names as agents
from prdrunner_tui.workers.acp.profile import profile as agent_profile


def used_by(config: Config) -> dict[str, list[str]]:
    """For each worker's text that a step names: those steps."""
    found: dict[str, list[str]] = {}
    for role, text in assigned(config).items():
        found.setdefault(text, []).append(role)
    return found


def found_at(place: Here, name: str) -> list[Path]:
    """The files of a profile that are there, the person's own first."""
    configs = [place.user, *([place.repo] if place.repo is not None else [])]
    return [path for path in (profile_file(config, name) for config in configs) if path.is_file()]


def lies_in(place: Here, path: Path) -> bool:
    """Whether a file is one that the repository brings."""
    return place.repo is not None and path.is_relative_to(place.repo.parent)


def file_of(place: Here, name: str, *, in_repo: bool) -> Path:
    """The one file of a profile that is meant.

    Raises:
        Problem: there is none; the hint says where it stands otherwise.
    """
    wanted = in_repository(place).parent if in_repo else None
    files = [path for path in found_at(place, name) if wanted is None or path.is_relative_to(wanted)]
    if files:
        return files[0]
    for config in (place.user, place.repo):
        if config is not None and (at := only_in_config(config, name)) is not None:
            raise Problem(f"{name} has no file of its own", where=place.short(at), hint="edit it there")
    if name in agents():
        hint = f"one of your own over it: prdrunner profiles create {name} --agent {name}"
        raise Problem(f"{name} comes along and stays as it is", hint=hint)
    raise unknown(place, name)


def unknown(place: Here, name: str) -> Problem:
    """What to say of a name that nothing has."""
    try:
        known = list(named_workers(place.load().config))
    except Problem:
        known = []
    hint = did_you_mean(name, known) or "prdrunner profiles list shows what there is"
    return Problem(f"there is no profile {name[:60]!r}", hint=hint)


def only_in_config(config: Path, name: str) -> str | None:
    """The place of a profile in a ``config.yaml``, None where it is not in it or the file cannot be read."""
    try:
        data = read_text_file(config)
        layer = read_layer(data or b"", name=str(config))
    except Problem:
        return None
    workers = layer.values.get("workers")
    profiles = workers.get("profiles") if isinstance(workers, dict) else None
    if not isinstance(profiles, dict) or name not in profiles:
        return None
    return layer.where(("workers", "profiles", name), key=True)


def stated_in(place: Here, loaded: Loaded, name: str) -> list[str]:
    """The files that say something of a profile, as people know them; none for an agent that comes along."""
    given = loaded.config.workers.profiles.get(name)
    if given is None:
        return []
    told = (source(loaded, name, path) for path in _paths(values_of(given), ()))
    files = (where.rsplit(":", 2)[0] if where.count(":") >= 2 else where for where in told if where)
    return list(dict.fromkeys(map(place.short, files)))


def effective(place: Here, loaded: Loaded, name: str) -> tuple[dict[str, Value], dict[KeyPath, str]]:
    """A profile as it is used, the agent that comes along below it, and the place of each value.

    Raises:
        Problem: there is none of that name.
    """
    known = named_workers(loaded.config)
    if name not in known:
        raise unknown(place, name)
    own = values_of(known[name])
    places = {path: place.short(source(loaded, name, path)) for path in _paths(own, ())}
    if name not in loaded.config.workers.profiles:
        places = dict.fromkeys(places, "comes along")
    if not (known[name].worker == "acp" and known[name].profile in agents()):
        return own, places
    base = _agent_values(agent_profile(known[name].profile))
    for path in _paths(base, ()):
        places.setdefault(path, f"comes along ({known[name].profile})")
    merged = {**own, **{key: value for key, value in base.items() if key not in own}}
    below, above = base.get("env"), own.get("env")
    if isinstance(below, dict) and isinstance(above, dict):
        merged["env"] = {**below, **above}
    return merged, places


def values_of(profile: Profile) -> dict[str, Value]:
    """A profile of the configuration as plain data: what is set in it."""
    values: dict[str, Value] = profile.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return values


def source(loaded: Loaded, name: str, path: KeyPath) -> str:
    """The place of a value of a profile, that of the nearest value around it where it has none of its own."""
    key = ".".join(("workers", "profiles", name, *map(str, path)))
    found = loaded.sources.get(key) or loaded.sources.get(f"{key}.from")
    return found or (source(loaded, name, path[:-1]) if path else "")


def _agent_values(agent: AgentProfile) -> dict[str, Value]:
    """What an agent profile that comes along says, as its file has it."""
    blank = AgentProfile()
    values: dict[str, Value] = {}
    for field in dataclasses.fields(agent):
        value = getattr(agent, field.name)
        if field.name == "name" or value == getattr(blank, field.name):
            continue
        if field.name == "env":
            variables = agent.env.items()
            values["env"] = {
                n: {"from": v.name} if isinstance(v, FromEnvironment) else v for n, v in variables
            }
        else:
            values[field.name] = to_json(value)
    return values


def _paths(values: dict[str, Value], above: KeyPath) -> list[KeyPath]:
    """The paths of all values that are shown with a place of their own."""
    found: list[KeyPath] = []
    for key, value in values.items():
        path = (*above, key)
        if isinstance(value, dict) and value:
            found += [path] if set(value) == {"from"} else _paths(value, path)
        else:
            found.append(path)
    return found
