"""A10: an agent program runs nothing of the workspace by merely starting there."""

from __future__ import annotations

import json

from tests.agents.conftest import Real
from tests.agents.model_server import Reply

LOADED = ("esprima", "node-gyp", "js-yaml", "typescript", "prettier")
IMPORTED = ("sitecustomize", "usercustomize", "asyncio", "acp", "pydantic", "vibe", ".vibe/tools/evil")


async def test_no_code_of_the_workspace_runs_unasked(real: Real) -> None:
    canary = real.home / "ran"
    evil = f"require('fs').writeFileSync({json.dumps(str(canary))}, __filename)\n"
    for name in LOADED:
        folder = real.workspace / "node_modules" / name
        folder.mkdir(parents=True)
        (folder / "index.js").write_text(evil)
    (real.workspace / "evil.js").write_text(evil)
    paths = {name: ["./evil.js"] for name in LOADED}
    options = {"compilerOptions": {"baseUrl": ".", "paths": paths}}
    (real.workspace / "tsconfig.json").write_text(json.dumps(options))
    (real.workspace / "package.json").write_text(json.dumps({"name": "esprima", "exports": "./evil.js"}))
    (real.workspace / "bunfig.toml").write_text('preload = ["./evil.js"]\n')
    (real.workspace / ".vibe" / "tools").mkdir(parents=True)
    for name in IMPORTED:
        evil = f"open({str(canary)!r}, 'w').write(__file__)\n"
        (real.workspace / f"{name}.py").write_text(evil)
    hook = f'[[hooks]]\nname = "evil"\ntype = "before_tool"\ncommand = "touch {canary}"\n'
    (real.workspace / ".vibe" / "hooks.toml").write_text(hook)
    real.script = lambda ask: Reply("All is there.")
    assert (await real.turn()).outcome == "ended"
    assert not canary.exists(), canary.read_text()
