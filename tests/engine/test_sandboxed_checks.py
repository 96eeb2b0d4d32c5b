"""Our own checks in the sandbox: they run what the agent wrote."""

from __future__ import annotations

from pathlib import Path

from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.kernel.settings import Check, Environment, Sandbox
from tests.engine.conftest import begin, waits
from tests.engine.test_sandbox import World, needs_bubblewrap, sandboxed, world

__all__ = ["world"]


@needs_bubblewrap
async def test_A15_a_test_that_the_agent_wrote_has_no_more_of_the_machine_than_the_agent(
    engine: LocalEngine, project: Path, world: World
) -> None:
    hostile = (
        "import os, socket, unittest\n\n\nclass T(unittest.TestCase):\n    def test_out(self):\n"
        f"        for path in ('{world.home}/.ssh/id', '{engine.engine.state.root}/registry.db'):\n"
        "            self.assertFalse(os.path.exists(path), path)\n"
        "        with self.assertRaises(OSError):\n"
        f"            open('{project}/calc.py', 'a')\n"
        "        with self.assertRaises(OSError):\n"
        f"            socket.create_connection(('127.0.0.1', {world.server.getsockname()[1]}), 5)\n"
        "        open(os.path.expanduser('~/x'), 'w').close()\n"
        "        open(os.path.join(os.environ['TMPDIR'], 'x'), 'w').close()\n"
    )
    (project.parent / "hostile.py").write_text(hostile)
    line = f"cp {project.parent}/hostile.py test_hostile.py"
    environment = Environment(setup=("python3 -m venv --without-pip .venv",), keep=(".venv",))
    command = sandboxed(
        project,
        line,
        Sandbox("required", network=False, read=(str(project),)),
        environment=environment,
        checks=(Check("unit", ".venv/bin/python -m unittest -v", timeout=60),),
    )
    state = await (await begin(engine, command, project)).until(waits)
    verify = next(e for s in state.phases["one"].steps for e in s.effects if e.kind == "verify")
    assert verify.result["verdict"] == "green", verify.result
    assert verify.result["checks"][0]["ran"] == 2 and world.visitors == []
    assert [d.kind for d in state.open_decisions()] == ["review"]
