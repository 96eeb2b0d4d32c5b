"""Real agent programs over ACP: a whole turn, its interruptions, and every success that is none."""

from __future__ import annotations

import dataclasses
import subprocess
import threading

import pytest

from prdrunner_tui.agents.hosts import JobResult, Limits
from prdrunner_tui.workers.acp.profile import profile
from tests.agents.conftest import Real
from tests.agents.model_server import Ask, Reply
from tests.unit.agents.conftest import carriers, wait_until

WAITS = 30.0


def tokens(result: JobResult) -> tuple[int | None, int | None] | None:
    """Tokens in and out; None where none are known."""
    used = result.usage
    return None if used is None or used.input is None else (used.input, used.output)


async def asked(real: Real) -> str:
    """The id of the permission request, when it is there."""
    found = await wait_until(lambda: real.bench.kinds("permission_asked"), WAITS)
    return str(found[-1]["id"])


async def test_a_whole_turn_plans_edits_asks_and_runs(real: Real) -> None:
    path = real.workspace / "hello.py"
    command = "python3 hello.py > out.txt"

    def script(ask: Ask) -> Reply:
        return replies[min(ask.round, len(replies) - 1)]

    replies = [
        Reply("Writing.", thought="first the file", calls=[real.agent.write(path, "print('hello')\n")]),
        Reply("Running.", calls=[real.agent.run(command)]),
        Reply("All done."),
    ]
    if real.agent.plan is not None:
        replies.insert(0, Reply("I plan.", calls=[real.agent.plan(["write", "run"])]))
    real.script = script
    link = await real.launch()
    request = await asked(real)
    question = real.bench.kinds("permission_asked")[-1]
    assert (question["action"], question["detail"]) == (real.agent.asks, command)
    assert not (real.workspace / "out.txt").exists()
    link.permission(request, allow=True)
    result = await link.result()
    assert (result.outcome, result.reason) == ("ended", "the agent ended its turn")
    assert (real.workspace / "out.txt").read_text() == "hello\n"
    if real.agent.plan is not None:
        assert [e["text"] for e in real.bench.kinds("planned")[-1]["entries"]] == ["write", "run"]
    (edit,) = real.bench.kinds("edited")
    assert (edit["path"], edit["change"], edit["added"]) == ("hello.py", "added", 1)
    assert edit["diff"] == "--- /dev/null\n+++ b/hello.py\n@@ -0,0 +1 @@\n+print('hello')\n"
    assert [c["command"] for c in real.bench.kinds("command_started")] == [command]
    assert len(real.bench.kinds("command_ended")) == 1
    assert "All done." in real.said()
    assert result.session
    assert tokens(result) == real.agent.counted(len(replies))
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=real.workspace, capture_output=True, text=True, check=True
    )
    assert status.stdout == "?? hello.py\n?? out.txt\n"


async def test_the_file_a_step_asks_for_is_written_without_a_question(real: Real) -> None:
    report = real.bench.root / "report.json"

    def script(ask: Ask) -> Reply:
        return Reply("Done.") if ask.round else Reply("Reporting.", calls=[real.agent.write(report, "{}")])

    real.script = script
    result = await real.turn(result_file=str(report))
    assert result.outcome == "ended"
    assert report.read_text().strip() == "{}"
    assert real.bench.kinds("permission_asked") == []


async def test_a_refused_permission_with_words_stops_the_command_and_reaches_the_model(real: Real) -> None:
    def script(ask: Ask) -> Reply:
        if ask.mentions("not with a file"):
            return Reply("Understood.")
        return (
            Reply("Running.", calls=[real.agent.run("python3 -c 'open(1)' > made.txt")])
            if ask.round == 0
            else Reply("Hm.")
        )

    real.script = script
    link = await real.launch()
    link.permission(await asked(real), allow=False, reason="not with a file")
    result = await link.result()
    assert result.outcome == "ended"
    assert "Understood." in real.said()
    assert not (real.workspace / "made.txt").exists()


async def test_a_cancel_in_the_middle_of_a_command_leaves_no_process(real: Real) -> None:
    real.script = lambda ask: Reply("Running.", calls=[real.agent.run("echo $$ > pid; sleep 600")])
    job = real.job()
    link = await real.bench.hosts.launch(job)
    link.permission(await asked(real), allow=True)
    await wait_until((real.workspace / "pid").exists, WAITS)
    link.cancel("stopped by you")
    result = await link.result()
    assert (result.outcome, result.reason) == ("cancelled", "stopped by you")
    assert carriers(job.marker) == []


async def test_a_message_reaches_a_turn_in_the_middle(real: Real) -> None:
    wait = "touch begun; until [ -e go ]; do sleep 0.05; done; echo finished"

    def script(ask: Ask) -> Reply:
        if ask.mentions("use tabs"):
            return Reply("I use tabs.")
        return Reply("Running.", calls=[real.agent.run(wait)]) if ask.round == 0 else Reply("Unsteered.")

    real.script = script
    link = await real.launch()
    link.permission(await asked(real), allow=True)
    await wait_until((real.workspace / "begun").exists, WAITS)
    link.send_message("m1", "use tabs")
    await wait_until(lambda: len(real.bench.kinds("receipt")) > 1, WAITS)
    (real.workspace / "go").touch()
    result = await link.result()
    assert result.outcome == "ended"
    assert "I use tabs." in real.said() and "Unsteered" not in real.said()
    assert tuple(r["status"] for r in real.bench.kinds("receipt")) == real.agent.receipts


async def test_a_session_goes_on_in_a_new_process(real: Real) -> None:
    real.script = lambda ask: Reply("You asked before." if ask.mentions("Build it now") else "Who are you?")
    first = await real.turn("one")
    real.agent.age(real.home)
    real.bench.updates.clear()
    second = await real.turn("two", prompt="And now the rest.", session=first.session)
    assert (second.outcome, second.session) == ("ended", first.session)
    assert real.said() == "You asked before.\n"
    assert tokens(second) == real.agent.counted(1)


async def test_a_wrong_key_is_told_as_one(real: Real) -> None:
    real.script = lambda ask: Reply(status=401)
    result = await real.turn()
    assert result.outcome == "failed"
    assert result.reason.startswith("not signed in, or the key is wrong: ")
    assert profile(real.agent.name).auth in result.reason


@pytest.mark.parametrize(
    ("status", "outcome", "words"),
    [(429, "limit", "the provider's limit: "), (500, "failed", "the provider failed: ")],
)
async def test_what_a_provider_answers_is_told(real: Real, status: int, outcome: str, words: str) -> None:
    if status in real.agent.silent_about:
        pytest.skip(
            f"{real.agent.name} tries again for more than a minute without a word: see the silent model"
        )
    real.script = lambda ask: Reply(status=status, headers={"x-should-retry": "false"})
    result = await real.turn()
    assert result.outcome == outcome
    assert result.reason.startswith(words) and real.agent.tells.get(status, str(status)) in result.reason


async def test_a_stream_that_breaks_off_is_no_success(real: Real) -> None:
    """Most try again and then fail; claude asks again without a stream, and that answer is whole. gemini ends its turn
    as if nothing had happened."""
    if not real.agent.cut:
        pytest.skip(
            f"NOT TESTED: {real.agent.name} tries this again for minutes: see the cut stream of a phase"
        )
    real.script = lambda ask: Reply("Half of the", cut=ask.streamed)
    result = await real.turn()
    assert result.reason.startswith(real.agent.cut)
    assert real.server.asks[-1].streamed is not real.agent.asks_whole


async def test_a_refusal_is_told_where_the_agent_tells_it(real: Real) -> None:
    """Some end such a turn like any other; that its tree did not change is for the engine to see."""
    real.script = lambda ask: Reply("I cannot help with that.", refusal=True)
    result = await real.turn()
    assert result.outcome == real.agent.refused
    assert real.bench.kinds("edited") == []


async def test_a_turn_without_a_word_is_no_success(real: Real) -> None:
    real.script = lambda ask: Reply("")
    result = await real.turn()
    assert result.outcome == "failed"


@pytest.mark.parametrize("status", [200, 429])
async def test_f22_a_model_that_goes_silent_is_ended_by_the_idle_limit(real: Real, status: int) -> None:
    """Held in the middle of an answer all agents wait for ever; a provider's limit some repeat in silence."""
    if status != 200 and status not in real.agent.silent_about:
        pytest.skip(f"{real.agent.name} is not silent about it")
    hold = threading.Event()
    real.script = lambda ask: Reply("I think about", status=status, hold=hold)
    job = real.job()
    job = dataclasses.replace(job, limits=Limits(grace=2.0, idle=12.0))
    link = await real.bench.hosts.launch(job)
    result = await link.result()
    hold.set()
    assert result.outcome == "limit"
    assert result.reason in ("nothing new for 12s", "no output for 12s")
    assert real.server.asks
    assert carriers(job.marker) == []
