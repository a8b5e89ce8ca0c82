"""The examples do what they promise."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from gaitway import Simulator, local_server

EXAMPLES = Path(__file__).parent.parent / "examples"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ilqr_in_numpy_reaches_the_java_optimiser_s_cost(tmp_path: Path, swimmer: Simulator) -> None:
    run = tmp_path / "run"
    train = [*local_server.command(), "train", "vgps", "swimmer", "--hidden", "1", "--iterations", "1"]
    java = subprocess.Popen(
        [*train, "--evaluation-rollouts", "1", "--out", str(run)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    example = load("ilqr")
    solution = example.ilqr(swimmer, example.first_guess(swimmer))
    said, _ = java.communicate()
    assert java.returncode == 0, said.decode()
    metrics = json.loads((run / "metrics.jsonl").read_text().splitlines()[0])
    np.testing.assert_allclose(solution.total_cost, metrics["ddp_cost"], rtol=1e-6)
    assert solution.total_cost < 0.5 * swimmer.spec.horizon * 0.25  # Lying still costs 0.25 a step.


@pytest.mark.filterwarnings("ignore::gaitway.robots.RobotWarning")
def test_masses_and_friction_are_identified_from_a_motion() -> None:
    example = load("identify")
    states, actions = example.motion(seed=3)
    found = example.identify(states, actions, example.GUESS)
    for name, value in example.TRUTH.items():
        np.testing.assert_allclose(found[name], value, rtol=0.01, err_msg=name)
        assert abs(example.GUESS[name] / value - 1) > 0.2, name
