from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.tui.sayings import Sayings
from prdrunner_tui.wire.protocol import MAX_LOG_LINES
from tests.unit.tui.sample_run import ME, START
from tests.unit.tui.test_logbook import KEY, begun

Line = tuple[float, str, str]


class Output:
    """Lines of one job, as an engine answers for them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.unfinished: Line | None = None
        """What follows the last line that has ended."""
        self.asked = 0
        self.refuses = False

    async def ask(self, what: str, args: Mapping[str, Any]) -> Refusal | Any:
        self.asked += 1
        if self.refuses or args["key"] != KEY:
            return Refusal("not_now", "no")
        if what == "log":
            first = args["first"]
            assert args["count"] <= MAX_LOG_LINES
            lines = [*self.lines, *([self.unfinished] if self.unfinished else [])]
            return {"total": len(self.lines), "lines": lines[first : first + args["count"]]}
        found = [n for n, line in enumerate(self.lines) if n >= args["first"] and line[1] in args["kinds"]]
        newest = found[::-1][: args["limit"]]
        return {"total": len(self.lines), "lines": newest, "more": len(newest) < len(found)}


@asynccontextmanager
async def reading(output: Output, told: list[int]) -> AsyncIterator[Sayings]:
    """Sayings that are read from an output."""
    sayings = Sayings(output.ask, lambda: told.append(1))
    task = asyncio.create_task(sayings.read())
    try:
        yield sayings
    finally:
        task.cancel()


async def asked(output: Output, times: int) -> None:
    """Wait until the output was asked so often."""
    async with asyncio.timeout(10):
        while output.asked < times:
            await asyncio.sleep(0)
    # The answer is taken before the loop comes back here.
    await asyncio.sleep(0)


async def test_lines_that_follow_one_another_are_one_text_and_nothing_is_read_twice() -> None:
    output, told = Output(), list[int]()
    state = begun("one").state()
    output.lines = [(1.0, "say", "I look."), (2.0, "cmd", "ls"), (3.0, "say", "One"), (3.0, "say", "two.")]
    async with reading(output, told) as sayings:
        sayings.want(state, "one")
        while not told:
            await asyncio.sleep(0)
        assert [(one.at, one.text) for one in sayings.of("one")] == [(1.0, "I look."), (3.0, "One\ntwo.")]
        assert sayings.text(sayings.of("one")[1].key) == "One\ntwo."
        before = output.asked
        sayings.want(state, "one")
        await asked(output, before + 2)
        assert output.asked == before + 2 and told == [1]
        output.lines.append((5.0, "say", "Done."))
        sayings.want(state, "one")
        while told == [1]:
            await asyncio.sleep(0)
        assert [one.text for one in sayings.of("one")] == ["I look.", "One\ntwo.\nDone."]
        assert not sayings.of("two") and sayings.text("nothing:1") == ""


async def test_words_are_there_while_they_are_said_and_lines_that_go_on_belong_to_them() -> None:
    output, told = Output(), list[int]()
    state = begun("one").state()

    async def heard(*texts: str) -> None:
        sayings.want(state, "one")
        async with asyncio.timeout(10):
            while [one.text for one in sayings.of("one")] != list(texts):
                await asyncio.sleep(0)

    async with reading(output, told) as sayings:
        output.unfinished = (1.0, "say", "I lo")
        await heard("I lo")
        key = sayings.of("one")[0].key
        output.unfinished = (1.0, "say", "I look.")
        await heard("I look.")
        output.lines, output.unfinished = [(1.0, "say", "I look.")], (2.0, "say", "At")
        await heard("I look.\nAt")
        assert sayings.text(key) == "I look.\nAt"
        output.lines, output.unfinished = [*output.lines, (2.0, "say", "At calc."), (3.0, "cmd", "ls")], None
        await heard("I look.\nAt calc.")
        output.unfinished = (4.0, "out", "calc")
        output.lines.append((4.0, "say", "Done."))
        await heard("I look.\nAt calc.", "Done.")
        assert [one.key for one in sayings.of("one")] == [key, f"{KEY}:3"]


async def test_what_is_said_after_a_message_stands_after_it() -> None:
    output, told = Output(), list[int]()
    log = begun("one")
    message = events.MessageSent("m1", "one", "question", "Why?", ME)
    output.lines = [
        (START + 1, "say", "I look."),
        (START + 2, "say", "At calc."),
        (START + 30, "say", "Because."),
    ]
    output.unfinished = (START + 31, "say", "It is")
    async with reading(output, told) as sayings, asyncio.timeout(10):
        sayings.want(log.add(20.0, message).state(), "one")
        while len(sayings.of("one")) < 2 or "It is" not in sayings.of("one")[1].text:
            await asyncio.sleep(0)
        assert [(one.at, one.text) for one in sayings.of("one")] == [
            (START + 1, "I look.\nAt calc."),
            (START + 30, "Because.\nIt is"),
        ]
        assert sayings.text(sayings.of("one")[1].key) == "Because.\nIt is"


async def test_a_turn_that_is_over_is_read_once() -> None:
    output, told = Output(), list[int]()
    log = begun("one")
    output.lines, output.unfinished = [(1.0, "say", "I look.")], (2.0, "say", "Half a sen")
    async with reading(output, told) as sayings, asyncio.timeout(10):
        sayings.want(log.state(), "one")
        while not told:
            await asyncio.sleep(0)
        ended = log.add(13.0, events.EffectDone("one", KEY, {})).state()
        sayings.want(ended, "one")
        await asked(output, 4)
        before = output.asked
        sayings.want(ended, "one")
        sayings.want(begun("two").state(), "two")
        await asked(output, before + 1)
        # Of the two jobs only the other one was asked about.
        assert output.asked == before + 1
        assert [one.text for one in sayings.of("one")] == ["I look.\nHalf a sen"]


async def test_wishes_during_a_reading_cut_nothing_off() -> None:
    class Slow(Output):
        async def ask(self, what: str, args: Mapping[str, Any]) -> Refusal | Any:
            # New output asks again before the answer is here, as in a flood.
            sayings.want(state, "one")
            await asyncio.sleep(0)
            return await super().ask(what, args)

    output, told = Slow(), list[int]()
    state = begun("one").state()
    output.lines = [(1.0, "say", "I look.")]
    async with reading(output, told) as sayings, asyncio.timeout(10):
        sayings.want(state, "one")
        while not sayings.of("one"):
            await asyncio.sleep(0)


async def test_what_is_refused_comes_the_next_time() -> None:
    output = Output()
    output.lines, output.refuses = [(1.0, "say", "I look.")], True
    state = begun("one").state()
    async with reading(output, []) as sayings, asyncio.timeout(10):
        sayings.want(state, "one")
        await asked(output, 1)
        assert not sayings.of("one")
        output.refuses = False
        sayings.want(state, "one")
        while not sayings.of("one"):
            await asyncio.sleep(0)


async def read_once(output: Output, sayings: Sayings, told: list[int]) -> None:
    """Have what was put out read; something is."""
    before = len(told)
    sayings.want(begun("one").state(), "one")
    async with asyncio.timeout(30):
        while len(told) == before:
            await asyncio.sleep(0)


async def test_all_of_what_was_said_before_the_chat_was_opened_is_there() -> None:
    output, told = Output(), list[int]()
    output.lines = [(float(n), "say", f"line {n}") for n in range(4_500)]
    async with reading(output, told) as sayings:
        await read_once(output, sayings, told)
        (one,) = sayings.of("one")
        assert one.text.split("\n") == [f"line {n}" for n in range(4_500)] and not one.gap
        assert (one.at, one.until) == (0.0, 4_499.0)
        output.lines += [(5e3, "cmd", "ls"), *((5e3 + n, "say", f"then {n}") for n in range(300))]
        await read_once(output, sayings, told)
        assert [said.text.count("\n") + 1 for said in sayings.of("one")] == [4_500, 300]


async def test_words_between_commands_are_texts_of_their_own_and_cost_few_questions() -> None:
    output, told = Output(), list[int]()
    output.lines = [line for n in range(200) for line in ((n, "say", f"I do {n}"), (n, "cmd", f"do {n}"))]
    async with reading(output, told) as sayings:
        await read_once(output, sayings, told)
        assert [one.text for one in sayings.of("one")] == [f"I do {n}" for n in range(200)]
        assert output.asked < 10


async def test_of_too_many_words_the_newest_are_kept_and_it_is_told_that_older_are_left_out() -> None:
    output, told = Output(), list[int]()
    output.lines = [line for n in range(2_000) for line in ((n, "say", f"I do {n}"), (n, "out", "x"))]
    async with reading(output, told) as sayings:
        await read_once(output, sayings, told)
        texts = [one.text for one in sayings.of("one")]
        assert texts == [f"I do {n}" for n in range(2_000 - len(texts), 2_000)] and 100 < len(texts) < 1_000
        assert [one.gap for one in sayings.of("one")] == [True, *[False] * (len(texts) - 1)]
        output.lines += [(3e3, "say", "a"), (3e3, "out", "b"), (3e3, "say", "c")]
        await read_once(output, sayings, told)
        newest = [one.text for one in sayings.of("one")]
        assert newest == [*texts[2:], "a", "c"] and sayings.of("one")[0].gap


async def test_a_flood_of_words_is_kept_in_texts_that_end_and_its_beginning_goes() -> None:
    output, told = Output(), list[int]()
    output.lines = [(float(n), "say", f"{n:05} " + "x" * 4_000) for n in range(1_000)]
    async with reading(output, told) as sayings:
        await read_once(output, sayings, told)
        said = sayings.of("one")
        lines = [line[:5] for one in said for line in one.text.split("\n")]
        assert lines == [f"{n:05}" for n in range(1_000 - len(lines), 1_000)]
        assert sum(len(one.text) for one in said) < 1_000_000 and len(said) > 1 and said[0].gap
        assert sayings.text(said[-1].key) == said[-1].text


async def test_more_lines_than_are_looked_for_leave_a_gap_where_they_are_missing() -> None:
    output, told = Output(), list[int]()
    output.lines = [(1.0, "say", "first"), (1.0, "cmd", "ls")]
    async with reading(output, told) as sayings:
        await read_once(output, sayings, told)
        output.lines += [(2.0, "say", f"line {n}") for n in range(6_000)]
        await read_once(output, sayings, told)
        first, then = sayings.of("one")
        assert (first.text, first.gap, then.gap) == ("first", False, True)
        assert then.text.endswith("line 5999") and then.text.startswith("line 1000\n")
