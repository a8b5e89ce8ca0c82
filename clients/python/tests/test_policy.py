"""Policies as controllers: the simulator's bits, and what is refused."""

from __future__ import annotations

import json
import math
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaitway import Mlp, Simulator, local_server
from gaitway.fdlibm import softplus
from gaitway.policy import Policy

POLICY = Path(__file__).parents[1] / "examples" / "swimmer-v5-policy.json"


@pytest.fixture
def content() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(POLICY.read_text())
    return loaded


def test_softplus_has_the_simulator_s_bits(swimmer: Simulator) -> None:
    random = np.random.default_rng(5)
    size = 10.0 ** random.uniform(-9, 2.85, 20_000)
    edges = [0.0, 1e-300, 2.0**-28, 2.0**-54, math.log(2) / 2, math.log(2), 1.5 * math.log(2), 745.2, 1e6]
    values = np.concatenate([size, -size, random.normal(size=20_000), edges, np.negative(edges)])
    states = np.zeros((len(values), swimmer.spec.nx))
    states[:, 0] = values
    both = [(np.ones((1, 1)), np.zeros(1)), (np.ones((2, 1)), np.zeros(2))]
    drawn = swimmer.rollout(Mlp([0], both, "softplus"), states, horizon=1, drawn_actions=True)
    simulated = np.array([rollout.actions[0, 0] for rollout in drawn if rollout.actions is not None])
    np.testing.assert_array_equal([softplus(value) for value in values.tolist()], simulated)


def test_the_mean_has_the_simulator_s_bits(swimmer: Simulator, content: dict[str, Any]) -> None:
    policy = Policy.read(POLICY)
    layers = [(np.array(layer["W"]), np.array(layer["b"])) for layer in content["layers"]]
    states = np.random.default_rng(6).normal(size=(2000, swimmer.spec.nx))
    network = Mlp(policy.inputs.tolist(), layers, "softplus")
    drawn = swimmer.rollout(network, states, horizon=1, drawn_actions=True)
    simulated = np.array([rollout.actions[0] for rollout in drawn if rollout.actions is not None])
    np.testing.assert_array_equal(policy.mean(states), simulated)


def test_a_policy_has_the_same_digest_from_python_and_java(tmp_path: Path) -> None:
    program = shlex.join([sys.executable, "-m", "gaitway.policy", str(POLICY)])
    digests = []
    for choice in (("--agent", program), ("--policy", str(POLICY))):
        judged = subprocess.run(
            [
                *local_server.command(),
                *("evaluate", "swimmer-still", "--json", "--deadline=60", *choice),
                *("--database", str(tmp_path / "evaluations.db")),
            ],
            capture_output=True,
            text=True,
        )
        assert judged.returncode == 0, judged.stderr
        digests.append(json.loads(judged.stdout)["digest"])
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "onnx"}, "format is 'onnx' 1"),
        ({"format_version": 2}, "'gaitway-policy' 2; readable"),
        ({"std": [1.0]}, "must have 2 entries"),
        ({"inputs": [{"index": 10}] * 9}, "beyond 0 to 9"),
        ({"layers": 3}, "another form"),
    ],
)
def test_a_bad_policy_is_refused_with_its_file(
    content: dict[str, Any], tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({**content, **change}))
    with pytest.raises(ValueError, match=message) as refused:
        Policy.read(path)
    assert str(path) in str(refused.value)


def test_a_policy_of_another_robot_is_refused() -> None:
    with Simulator("walker") as walker, pytest.raises(ValueError, match="the policy is for swimmer with states"):
        Policy.read(POLICY).require_fits(walker.spec)
