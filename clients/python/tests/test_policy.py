"""Policies as controllers: the simulator's bits, and what is refused."""

from __future__ import annotations

import json
import math
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from extent import sampled

from gaitway import Layer, Mlp, Scaling, Simulator, Squashing, local_server
from gaitway.fdlibm import ACTIVATIONS
from gaitway.policy import Policy

KIT = Path(__file__).parents[2] / "conformance" / "policies"
GOOD: dict[str, Any] = json.loads((KIT / "good.json").read_text())
BAD: dict[str, str] = json.loads((KIT / "bad.json").read_text())
#: What Stable-Baselines3 itself makes of states; tests_sb3/make_policies.py wrote it.
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden-sb3.json").read_text())
POLICY = Path(__file__).parents[1] / "examples" / "swimmer-v5-policy.json"


@pytest.fixture
def content() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(POLICY.read_text())
    return loaded


@pytest.mark.parametrize("word", sampled(ACTIVATIONS))
def test_an_activation_has_the_simulator_s_bits(swimmer: Simulator, word: str) -> None:
    random = np.random.default_rng(5)
    size = 10.0 ** random.uniform(-9, 2.85, 20_000)
    ln2 = math.log(2)
    edges = [0.0, 5e-324, 1e-300, *(2.0**-n for n in (28, 29, 53, 54, 55)), *(k * ln2 / 2 for k in range(1, 130))]
    edges += [1.0, 19.5 * ln2, 20.5 * ln2, 22.0, 56 * ln2, 56.5 * ln2, 745.2, 1e6, 1e308]
    edges += [np.nextafter(edge, direction) for edge in edges for direction in (-np.inf, np.inf)]
    values = np.concatenate([size, -size, random.normal(size=20_000), edges, np.negative(edges)])
    states = np.zeros((len(values), swimmer.spec.nx))
    states[:, 0] = values
    network = Mlp([0], [Layer(np.ones((1, 1)), np.zeros(1), word), Layer(np.ones((2, 1)), np.zeros(2))])
    drawn = swimmer.rollout(network, states, horizon=1, drawn_actions=True)
    assert drawn.completed.all()
    simulated = np.array([rollout.actions[0, 0] for rollout in drawn if rollout.actions is not None])
    # Sums of 0 and a number: -0 becomes 0.
    np.testing.assert_array_equal(ACTIVATIONS[word](values) + 0.0, simulated)
    with np.errstate(all="ignore"):
        assert np.isnan(ACTIVATIONS[word](np.array([np.nan])))


def test_activations_at_infinity() -> None:
    with np.errstate(all="ignore"):
        ends = {word: function(np.array([-np.inf, np.inf])).tolist() for word, function in ACTIVATIONS.items()}
    assert ends.pop("silu")[1] == np.inf  # And NaN, as 0 times infinity is.
    assert ends == {
        "linear": [-np.inf, np.inf],
        "softplus": [0.0, np.inf],
        "tanh": [-1.0, 1.0],
        "relu": [0.0, np.inf],
        "elu": [-1.0, np.inf],
        "sigmoid": [0.0, 1.0],
    }


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_read_and_acts_with_the_simulator_s_bits(name: str, request: pytest.FixtureRequest) -> None:
    policy = Policy.read(KIT / "good" / name)
    values = GOOD[name].get("parameters", {})
    assert list(policy.parameters) == list(values)
    states = np.array(GOOD[name]["states"])
    actions = np.array(GOOD[name]["actions"], object).astype(np.float64)
    np.testing.assert_array_equal(policy.at(values).mean(states), actions)
    simulator: Simulator = request.getfixturevalue(policy.environment)
    if values:
        with Simulator(policy.environment, parameters=values) as other:
            drawn = other.rollout(policy.controller(), states, horizon=1, drawn_actions=True)
    else:
        drawn = simulator.rollout(policy.controller(), states, horizon=1, drawn_actions=True)
    if np.isfinite(actions).all():
        simulated = [rollout.actions[0] for rollout in drawn if rollout.actions is not None]
        np.testing.assert_array_equal(simulated, actions)
    else:
        assert {rollout.status for rollout in drawn} == {"diverged"}
    again = Policy.parse(policy.to_json().encode())
    np.testing.assert_array_equal(again.at(values).mean(states), actions)
    assert again.to_json() == policy.to_json()
    assert (again.comment, again.std is None) == (policy.comment, policy.std is None)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_name_and_field(name: str) -> None:
    path = KIT / "bad" / name
    with pytest.raises(ValueError, match=f"^{re.escape(f'{path} is not a policy file: {BAD[name]}')}"):
        Policy.read(path)


def test_mean_takes_one_state_or_many_and_no_other_shape() -> None:
    policy = Policy.read(KIT / "good" / sorted(GOLDEN)[0])
    nx = len(policy.states)
    states = np.linspace(-0.3, 0.4, 3 * nx).reshape(3, nx)
    many = policy.mean(states)
    for state, action in zip(states, many, strict=True):
        np.testing.assert_array_equal(policy.mean(state), action)
    for shape in ((), (nx + 1,), (3, nx - 1), (1, 3, nx)):
        words = rf"states must have shape \(n, {nx}\) or \({nx},\), but have shape {re.escape(str(shape))}"
        with pytest.raises(ValueError, match=words):
            policy.mean(np.zeros(shape))


def test_a_policy_that_reads_parameters_acts_at_their_values_only() -> None:
    policy = Policy.read(KIT / "good" / "parameters.json")
    states = np.zeros((2, len(policy.states)))
    with pytest.raises(
        ValueError, match=r"reads the parameters medium_density, target_speed, dt; give it their values"
    ):
        policy.mean(states)
    values = {"medium_density": 1000.0, "target_speed": 1.0, "dt": 0.05, "gravity": math.nan}
    fixed = policy.at(values)
    assert fixed.parameters == ()
    assert json.loads(fixed.to_json())["format_version"] == 2
    slower = policy.at({**values, "target_speed": 0.5})
    assert (fixed.mean(states) != slower.mean(states)).any()
    for value, word in ((None, "missing"), (math.nan, "nan"), (math.inf, "inf")):
        other = {name: number for name, number in values.items() if name != "dt"}
        with pytest.raises(ValueError, match=f"the parameter dt, whose value must be finite, but is {word}"):
            policy.at(other if value is None else {**other, "dt": value})


def test_a_policy_whose_parameter_an_environment_lacks_is_refused(swimmer: Simulator) -> None:
    network = Mlp([1], [Layer(np.ones((2, 2)), np.zeros(2))], parameters=["slip_speed"])
    policy = Policy.of(network, swimmer.spec)
    with pytest.raises(ValueError, match="reads the parameter slip_speed, which swimmer does not have; it has .*dt"):
        policy.require_fits(swimmer.spec)


def test_the_kit_is_complete() -> None:
    for folder, told in (("good", GOOD), ("bad", BAD)):
        assert sorted(path.name for path in (KIT / folder).iterdir()) == sorted(told)
        assert len(told) >= 25


def test_a_file_may_be_large_but_not_huge(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    text = POLICY.read_bytes()
    path.write_bytes(text + b" " * ((64 << 20) - len(text)))
    assert Policy.read(path).environment == "swimmer"
    path.write_bytes(text + b" " * ((64 << 20) - len(text) + 1))
    with pytest.raises(ValueError, match=f"{path} is not a policy file: it must have at most 64 MiB"):
        Policy.read(path)


def test_a_text_and_a_number_may_be_long(content: dict[str, Any]) -> None:
    content |= {"format_version": 2, "comment": "x" * 20_000_000, "std": [0.125, 1.0]}
    text = json.dumps(content).replace("0.125", "0." + "3" * 1_000_000)
    std = Policy.parse(text.encode()).std
    assert std is not None
    assert std[0] == 1 / 3


def test_a_policy_is_written_and_read(swimmer: Simulator, tmp_path: Path) -> None:
    network = Mlp(
        [1, 4],
        [Layer([[0.1, 2.0]], [1e-300], "elu"), Layer([[1.0], [2.0]], [0.0, -0.0])],
        [0.5, 1.0],
        Scaling([1.0, 2.0], [3.0, 4.0], 5.0),
        Squashing([1.0, 2.0], [3.0, 4.0]),
    )
    policy = Policy.of(network, swimmer.spec, "made by hand")
    policy.write(tmp_path / "policy.json")
    assert [path.name for path in tmp_path.iterdir()] == ["policy.json"]
    again = Policy.read(tmp_path / "policy.json")
    assert again.to_json() == policy.to_json()
    assert again.comment == "made by hand"
    again.require_fits(swimmer.spec)
    states = swimmer.initial_states(0, 3)
    np.testing.assert_array_equal(again.mean(states), policy.mean(states))
    noisy = swimmer.rollout(again.controller(noise=True), states, horizon=1, seeds=[1], drawn_actions=True)
    drawn = np.array([rollout.actions[0] for rollout in noisy if rollout.actions is not None])
    assert (drawn != policy.mean(states)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": [10]}, r"inputs\[0\] must be a whole number from 0 to 9, but is 10"),
        ({"inputs": [-1]}, r"inputs\[0\] must be a whole number from 0 to 9, but is -1"),
        ({"noise_std": [1.0, 0.0]}, r"std\[1\] must be a number above 0, but is 0.0"),
        ({"layers": [Layer([[np.nan], [1.0]], [0.0, 0.0])]}, r"layers\[0\].W\[0\]\[0\] must be a finite number"),
        (
            {"layers": [Layer([[1.0, 1.0], [1.0, 1.0]], [0.0, 0.0])]},
            r"layers\[0\].W\[0\] must have 1 entries, but has 2",
        ),
    ],
)
def test_a_network_that_is_not_a_policy_is_refused(swimmer: Simulator, change: dict[str, Any], message: str) -> None:
    sound: dict[str, Any] = {"inputs": [3], "layers": [Layer([[1.0], [1.0]], [0.0, 0.0])]}
    Policy.of(Mlp(**sound), swimmer.spec)
    with pytest.raises(ValueError, match=message):
        Policy.of(Mlp(**{**sound, **change}), swimmer.spec)


@pytest.mark.parametrize(
    ("path", "suite"),
    sampled(
        [
            (POLICY, "swimmer-still"),
            (KIT / "good" / "sb3-ppo-swimmer.json", "swimmer-still"),
            (KIT / "good" / "sb3-sac-walker.json", "walker-gait"),
            (KIT / "good" / "parameters.json", "swimmer-still"),
        ]
    ),
    ids=["softplus", "ppo", "sac", "parameters"],
)
def test_a_policy_has_the_same_digest_from_python_and_java(path: Path, suite: str, tmp_path: Path) -> None:
    program = shlex.join([sys.executable, "-m", "gaitway.policy", str(path)])
    digests = []
    for choice in (("--controller-command", program), ("--policy", str(path))):
        judged = subprocess.run(
            [
                *local_server.command(),
                *("evaluate", suite, "--json", "--deadline=60", *choice),
                *("--database", str(tmp_path / "evaluations.db")),
            ],
            capture_output=True,
            text=True,
        )
        assert judged.returncode == 0, judged.stderr
        digests.append(json.loads(judged.stdout)["digest"])
    assert digests[0] == digests[1]


def test_a_policy_of_another_robot_is_refused(swimmer: Simulator, content: dict[str, Any]) -> None:
    policy = Policy.read(POLICY)
    policy.require_fits(swimmer.spec)
    with Simulator("walker") as walker, pytest.raises(ValueError, match="for swimmer; the environment is walker"):
        policy.require_fits(walker.spec)
    content["states"][0] = "root_z"
    other = Policy.parse(json.dumps(content).encode())
    with pytest.raises(ValueError, match="the policy's states are root_z, root_y, .*; those of swimmer are root_x"):
        other.require_fits(swimmer.spec)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_policy_of_stable_baselines_acts_as_it_does_there(name: str, request: pytest.FixtureRequest) -> None:
    policy = Policy.read(KIT / "good" / name)
    simulator: Simulator = request.getfixturevalue(policy.environment)
    spec = simulator.spec
    half = (spec.action_upper - spec.action_lower) / 2
    states, wanted = np.array(GOLDEN[name]["states"]), np.array(GOLDEN[name]["actions"])
    assert len(states) >= 100
    ours = np.clip(policy.mean(states), spec.action_lower, spec.action_upper)
    assert (np.abs(ours - wanted) / half).max() < 1e-6
    assert np.abs(wanted / half).max() > 0.7
    rollouts = simulator.rollout(policy.controller(), states, horizon=1)
    simulated = [rollout.actions[0] for rollout in rollouts if rollout.actions is not None and rollout.steps]
    assert len(simulated) >= 100
    kept = [rollout.steps > 0 for rollout in rollouts]
    assert (np.abs(np.array(simulated) - wanted[kept]) / half).max() < 1e-6
