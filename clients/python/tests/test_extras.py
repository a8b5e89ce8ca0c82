"""Whatever needs another package says which extra brings it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize(
    ("package", "module", "extra"),
    [
        ("cma", "cma_es", "cma"),
        ("crocoddyl", "crocoddyl_ddp", "crocoddyl"),
        ("torch", "ppo_torch", "torch"),
        ("stable_baselines3", "ppo_sb3", "sb3"),
        ("stable_baselines3", "train_sb3", "sb3"),
        ("stable_baselines3", "gaitway.sb3", "sb3"),
        ("stable_baselines3", "gaitway.sb3_policies", "sb3"),
    ],
)
def test_a_missing_package_is_named(package: str, module: str, extra: str) -> None:
    program = f"import sys; sys.path.insert(0, {str(EXAMPLES)!r}); sys.modules[{package!r}] = None; import {module}"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 1
    last = ran.stderr.splitlines()[-1]
    assert f"{package.replace('_', '-')} is missing, which " in last
    assert last.endswith(f'; run: pip install "gaitway[{extra}]"')
