"""Exported policies against Java: what ONNX's checker says of them, and the actions of its runtime."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

import gaitway
from gaitway.local_server import command
from gaitway.policy import Policy

Floats = npt.NDArray[np.float64]

KIT = Path(__file__).parents[2] / "conformance" / "policies"
SHIPPED = Path(__file__).parent.parent / "examples" / "swimmer-v5-policy.json"


def export(policy: Path, model: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command(), "export", str(policy), "--onnx", str(model)], capture_output=True, text=True, check=False
    )


def random_policy(spec: gaitway.EnvironmentSpec, hidden: int, scale: float, seed: int) -> dict[str, Any]:
    """The content of a policy file; its units are switched off, on and between, the more so the larger the scale."""
    random = np.random.default_rng(seed)
    inputs = [int(index) for index in random.permutation(spec.observation)]
    states = [entry.name for entry in spec.state]

    def layer(outputs: int, size: int, activation: str, scale: float) -> dict[str, Any]:
        return {
            "W": (scale * random.standard_normal((outputs, size))).tolist(),
            "b": (scale * random.standard_normal(outputs)).tolist(),
            "activation": activation,
        }

    return {
        "format": "gaitway-policy",
        "format_version": 1,
        "environment": {"id": spec.id, "version": spec.version, "model_digest": spec.model_digest},
        "states": states,
        "actions": [entry.name for entry in spec.action],
        "inputs": [{"index": index, "name": states[index]} for index in inputs],
        "layers": [layer(hidden, len(inputs), "softplus", scale), layer(spec.nu, hidden, "linear", 50.0)],
        "std": (1.0 + random.random(spec.nu)).tolist(),
    }


def java_actions(simulator: gaitway.Simulator, policy: dict[str, Any], states: Floats) -> Floats:
    """The policy's mean actions as the server computes them: those of rollouts of one step, before clipping."""
    network = Policy.parse(json.dumps(policy).encode()).controller()
    rollouts = simulator.rollout(network, states, horizon=1, drawn_actions=True)
    actions = [rollout.actions for rollout in rollouts]
    return np.array([action[0] for action in actions if action is not None])


def without_cancellation(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy whose actions are the sums of the absolute terms that the given one's are sums of.

    They are what a relative error is relative to: large terms leave their rounding behind where they cancel.
    """
    hidden, output = policy["layers"]
    output = {**output, "W": np.abs(output["W"]).tolist(), "b": np.abs(output["b"]).tolist()}
    return {**policy, "layers": [hidden, output]}


def states_of(simulator: gaitway.Simulator) -> Floats:
    """States of a motion under random torques, and scattered ones; none so wild that a step diverges."""
    spec, random = simulator.spec, np.random.default_rng(5)
    torques = random.uniform(spec.action_lower, spec.action_upper, (50, spec.nu))
    motion = simulator.rollout(gaitway.OpenLoop(torques), horizon=50)[0].states
    assert motion is not None
    scattered = spec.initial_mean + random.standard_normal((400, spec.nx)) * random.uniform(0.01, 2.0, (400, 1))
    return np.concatenate([motion, scattered])


@pytest.mark.parametrize(
    ("environment", "hidden", "scale"),
    [("swimmer", 10, 0.3), ("swimmer", 1, 3.0), ("walker", 20, 0.3), ("walker", 5, 30.0), ("swimmer", 0, 0.0)],
    ids=["swimmer", "one-unit", "walker", "steep-units", "trained"],
)
def test_onnxruntime_computes_what_java_computes(environment: str, hidden: int, scale: float, tmp_path: Path) -> None:
    file, model = tmp_path / "policy.json", tmp_path / "policy.onnx"
    with gaitway.Simulator(environment) as simulator:
        policy = random_policy(simulator.spec, hidden, scale, 1) if hidden else json.loads(SHIPPED.read_text())
        file.write_text(json.dumps(policy))
        states = states_of(simulator)
        expected = java_actions(simulator, policy, states)
        terms = java_actions(simulator, without_cancellation(policy), states)
    done = export(file, model)
    assert done.returncode == 0, done.stderr

    onnx.checker.check_model(onnx.load(str(model)), full_check=True)
    session = onnxruntime.InferenceSession(model.read_bytes(), providers=["CPUExecutionProvider"])
    mean, std = session.run(["mean", "std"], {"state": states})
    assert mean.dtype == std.dtype == np.float64
    assert len(expected) == len(states) > 400
    assert (np.abs(mean - expected) / terms).max() < 1e-12
    assert std.tolist() == policy["std"]
    alone = session.run(["mean"], {"state": states[7:8]})[0]
    assert (np.abs(alone - expected[7:8]) / terms[7:8]).max() < 1e-12


@pytest.mark.parametrize(
    "name",
    [
        "every-activation",
        "everything",
        "scaling-with-limit",
        "64-layers",
        "affine",
        "sb3-ppo-swimmer",
        "sb3-sac-walker",
    ],
)
def test_onnxruntime_computes_every_network(name: str, tmp_path: Path) -> None:
    """Files of the conformance kit: every activation, scaling, squashing, with and without noise."""
    model = tmp_path / "policy.onnx"
    done = export(KIT / "good" / f"{name}.json", model)
    assert done.returncode == 0, done.stderr
    onnx.checker.check_model(onnx.load(str(model)), full_check=True)
    session = onnxruntime.InferenceSession(model.read_bytes(), providers=["CPUExecutionProvider"])
    policy = Policy.read(KIT / "good" / f"{name}.json")
    told = json.loads((KIT / "good.json").read_text())[f"{name}.json"]
    mean, std = session.run(["mean", "std"], {"state": np.array(told["states"])})
    np.testing.assert_allclose(mean, told["actions"], rtol=1e-11, atol=1e-11)
    assert std.tolist() == (np.zeros(len(policy.actions)) if policy.std is None else policy.std).tolist()
    comment = session.get_modelmeta().custom_metadata_map.get("comment")
    assert comment == policy.comment


def test_the_model_says_what_it_is_for(tmp_path: Path) -> None:
    model = tmp_path / "policy.onnx"
    done = export(SHIPPED, model)
    assert done.returncode == 0, done.stderr
    policy = json.loads(SHIPPED.read_text())
    session = onnxruntime.InferenceSession(model.read_bytes(), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata["format"] == "gaitway-policy"
    assert metadata["format_version"] == "2"
    assert {key: metadata[f"environment.{key}"] for key in policy["environment"]} == policy["environment"]
    assert json.loads(metadata["states"]) == policy["states"]
    assert json.loads(metadata["actions"]) == policy["actions"]
    assert [(value.name, value.type, value.shape) for value in session.get_inputs()] == [
        ("state", "tensor(double)", ["batch", 10])
    ]
    assert [(value.name, value.type, value.shape) for value in session.get_outputs()] == [
        ("mean", "tensor(double)", ["batch", 2]),
        ("std", "tensor(double)", [2]),
    ]


def test_what_is_no_policy_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(SHIPPED.read_text().replace('"softplus"', '"gelu"'))
    done = export(file, tmp_path / "policy.onnx")
    assert done.returncode == 1
    assert 'layers[0].activation must be "softplus", but is "gelu"' in done.stderr
    assert not (tmp_path / "policy.onnx").exists()
