"""What the READMEs show runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

#: Blocks that are a part of a program, or need Stable-Baselines3, which has tests of its own.
PARTS = ("from gaitway.sb3", "import gaitway.evaluation", "from gaitway import agent")


@pytest.mark.parametrize("path", ["README.md", "clients/python/README.md"])
def test_the_readme_s_programs_run(path: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / path).read_text(), re.DOTALL)
    program = "\n".join(block for block in blocks if not block.startswith(PARTS))
    assert "gymnasium.make_vec" in program
    names: dict[str, object] = {}
    exec(compile(program, path, "exec"), names)
    for name in ("env", "envs"):
        if name in names:
            names[name].close()  # type: ignore[attr-defined]
