from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.tui.sayings import Sayings
from tests.unit.tui.test_logbook import KEY, begun

Line = tuple[float, str, str]


class Output:
    """Lines of one job, as an engine answers for them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.asked = 0
        self.refuses = False

    async def ask(self, what: str, args: Mapping[str, Any]) -> Refusal | Any:
        self.asked += 1
        if self.refuses or args["key"] != KEY:
            return Refusal("not_now", "no")
        if what == "log":
            first = args["first"]
            return {"total": len(self.lines), "lines": self.lines[first : first + args["count"]]}
        found = [n for n, line in enumerate(self.lines) if n >= args["first"] and line[1] in args["kinds"]]
        return {"total": len(self.lines), "lines": found[::-1][: args["limit"]], "more": False}


async def test_lines_that_follow_one_another_are_one_text_and_nothing_is_read_twice() -> None:
    output, told = Output(), []
    sayings = Sayings(output.ask, lambda: told.append(1))
    state = begun("one").state()
    output.lines = [(1.0, "say", "I look."), (2.0, "cmd", "ls"), (3.0, "say", "One"), (3.0, "say", "two.")]
    await sayings.read(state, "one")
    assert [(one.at, one.text) for one in sayings.of("one")] == [(1.0, "I look."), (3.0, "One\ntwo.")]
    assert told == [1] and sayings.text(sayings.of("one")[1].key) == "One\ntwo."
    asked = output.asked
    await sayings.read(state, "one")
    assert output.asked == asked + 1 and told == [1]
    output.lines.append((5.0, "say", "Done."))
    await sayings.read(state, "one")
    assert [one.text for one in sayings.of("one")] == ["I look.", "One\ntwo.", "Done."] and told == [1, 1]
    assert not sayings.of("two") and sayings.text("nothing:1") == ""


async def test_what_is_refused_comes_the_next_time() -> None:
    output = Output()
    sayings = Sayings(output.ask, lambda: None)
    output.lines, output.refuses = [(1.0, "say", "I look.")], True
    state = begun("one").state()
    await sayings.read(state, "one")
    assert not sayings.of("one")
    output.refuses = False
    await sayings.read(state, "one")
    assert [one.text for one in sayings.of("one")] == ["I look."]
