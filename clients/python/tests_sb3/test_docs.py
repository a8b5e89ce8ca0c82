"""The snippets of the documentation that need Stable-Baselines3 run to their end, with fewer steps."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("clients/*/README.md")), *sorted(ROOT.glob("docs/*.md"))]
SNIPPETS = [
    block
    for page in PAGES
    for block in re.findall(r"^```(?:python|py)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    if "stable_baselines3" in block
]


@pytest.mark.parametrize("program", SNIPPETS)
def test_a_snippet_runs_to_its_end(program: str, tmp_path: Path) -> None:
    program = re.sub(r"\blearn\([0-9_]+\)", "learn(64)", program)
    program = program.replace('PPO("MlpPolicy", envs', 'PPO("MlpPolicy", envs, n_steps=8')
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_readme_has_one() -> None:
    assert SNIPPETS
