"""What a profile says of the home directory."""

from __future__ import annotations

import pytest

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.acp.profile import from_options, names, profile, read_profile


@pytest.mark.parametrize("name", names())
def test_every_profile_that_comes_along_says_what_it_needs(name: str) -> None:
    uses = profile(name).home
    assert uses, name
    for path, use in uses.items():
        # A mount below what the agent may write would follow the links that the agent puts there.
        above = [other for other in uses if path.startswith(f"{other}/")]
        assert not [other for other in above if uses[other] in ("share", "keep")], path
        # What is run from there the next time, outside of the sandbox, is never writable as it is.
        assert use != "share" or path.rsplit("/", 1)[-1] in (
            ".credentials.json",
            "auth.json",
            "oauth_creds.json",
        )


def test_a_profile_of_ones_own_has_none_and_can_name_some() -> None:
    assert from_options({"argv": ["agent"]}).home == {}
    made = from_options({"argv": ["agent"], "home": {".agent/key": "read", "$AGENT_HOME/log": "keep"}})
    assert made.home == {".agent/key": "read", "$AGENT_HOME/log": "keep"}


@pytest.mark.parametrize("path", ["/etc", "~/.ssh", "", ".", "./", "../x", "a/../../b"])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(Problem, match=r"home: .* is no path from the home directory"):
        from_options({"argv": ["agent"], "home": {path: "read"}})


def test_an_unknown_way_is_told_with_its_place() -> None:
    data = b"argv: [agent]\nhome:\n  .agent: reed\n"
    with pytest.raises(Problem, match="none of share, read, copy, keep") as refused:
        read_profile(data, name="x", shown="x.yaml")
    assert str(refused.value.where).startswith("x.yaml:2")
