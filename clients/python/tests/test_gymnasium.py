"""The environments as Gymnasium sees them."""

from __future__ import annotations

import copy
import itertools
import os
import pickle
import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

import gaitway
from gaitway.gym_env import GaitwayEnv
from gaitway.registration import BUILT_IN
from gaitway.rewards import REWARDS, idle_cost
from gaitway.simulator import Simulator
from gaitway.tensors import Floats
from gaitway.vector_env import GaitwayVectorEnv

#: Whose reward is minus the cost.
IDS = sorted(name for name, environment in BUILT_IN.items() if "/" not in environment)
WALKERS = ["gaitway/Swimmer-v0", "gaitway/Walker-v0"]
MODES = list(AutoresetMode)


@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_gymnasium_s_checker_has_nothing_to_say(
    name: str, reward: str, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    said: list[str] = []
    monkeypatch.setattr(gymnasium.logger, "warn", lambda message, *arguments, **_: said.append(message % arguments))
    environment = gymnasium.make(name, reward=reward, render_mode="rgb_array")
    check_env(environment.unwrapped)
    environment.close()
    assert said == []
    assert list(recwarn) == []


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_an_id_knows_how_long_its_episodes_are(name: str) -> None:
    environment: Any = gymnasium.make(name)
    horizon = environment.unwrapped.environment.horizon
    assert environment.spec.max_episode_steps == gymnasium.spec(name).max_episode_steps == horizon
    vector: Any = gymnasium.make_vec(name, 2)
    assert vector._session.max_episode_steps == horizon
    environment.close()
    vector.close()


def test_limits_are_those_that_were_asked_for() -> None:
    def steps(**limits: Any) -> int:
        environment = gymnasium.make("gaitway/Swimmer-v0", **limits)
        environment.reset(seed=0)
        taken = 1
        while not environment.step(np.zeros(2, np.float32))[3]:
            taken += 1
        environment.close()
        return taken

    assert steps(max_episode_steps=7) == steps(horizon=7) == 7
    assert steps(horizon=403, max_episode_steps=403) == 403
    cases: list[tuple[dict[str, Any], int]] = [({}, 400), ({"horizon": 7}, 7), ({"max_episode_steps": 7}, 7)]
    for limits, most in cases:
        vector: Any = gymnasium.make_vec("gaitway/Swimmer-v0", 2, **limits)
        assert vector._session.max_episode_steps == most
        vector.close()


@pytest.mark.parametrize("name", WALKERS)
def test_infos_tell_place_speed_and_the_cost_by_its_terms(name: str) -> None:
    environment: Any = gymnasium.make(name)
    spec = environment.unwrapped.environment
    _, info = environment.reset(seed=3)
    assert set(info) == {"state", "x_position"}
    assert info["x_position"] == info["state"][0]
    environment.action_space.seed(1)
    terminated, steps, last = False, 0, info
    while not terminated and steps < 200:
        action = environment.action_space.sample()
        _, reward, terminated, _, info = environment.step(action)
        steps += 1
        u = environment.unwrapped.physical_action(action)
        assert info["x_velocity"] == pytest.approx((info["state"][0] - last["state"][0]) / spec.dt)
        assert info["cost"] == -reward
        assert info["cost_control"] == pytest.approx(spec.cost_terms[0].weight * (u @ u))
        terms = [info[f"cost_{term.name}"] for term in spec.cost_terms]
        charge = info.get("cost_termination", 0.0)
        assert sum(terms) + charge == pytest.approx(info["cost"], rel=1e-12)
        assert (charge > 0) == terminated
        last = info
    if name == "gaitway/Walker-v0":
        height = next(term for term in spec.cost_terms if term.name == "height")
        assert terminated
        environment.reset(options={"state": spec.initial_mean})
        info = environment.step(np.zeros(6, np.float32))[4]
        assert info["cost_height"] == pytest.approx(height.weight * (spec.initial_mean[1] - height.target) ** 2)
    environment.close()


@pytest.mark.parametrize("name", IDS)
def test_the_shaped_reward_is_the_cost_plus_a_constant_per_episode(name: str) -> None:
    """Returns of whole episodes differ by horizon * b, whether they end early or not: no policy changes its place."""
    horizon = 60
    differences = []
    for strength in (0.0, 0.02, 1.0):
        returns = []
        for reward in ("cost", "shaped"):
            environment: Any = gymnasium.make(name, reward=reward, horizon=horizon)
            environment.reset(seed=2)
            environment.action_space.seed(4)
            total, over = 0.0, False
            while not over:
                _, r, terminated, truncated, _ = environment.step(strength * environment.action_space.sample())
                total, over = total + r, terminated or truncated
            returns.append(total)
            environment.close()
        differences.append(returns[1] - returns[0])
    with Simulator(BUILT_IN[name]) as simulator:
        assert differences == pytest.approx([horizon * idle_cost(simulator)] * 3)


def test_the_shaped_reward_of_a_fall_is_no_cliff() -> None:
    environment: Any = gymnasium.make("gaitway/Walker-v0", reward="shaped")
    state = environment.unwrapped.environment.initial_mean.copy()
    state[1] = 0.66  # The hip, just above where it counts as fallen.
    state[10] = -3.0
    environment.reset(options={"state": state})
    _, reward, terminated, _, info = environment.step(np.zeros(6, np.float32))
    assert terminated
    assert info["cost"] > 1000
    assert abs(reward) < 20
    environment.close()


@pytest.mark.parametrize("name", IDS)
def test_derivatives_at_the_present_state(name: str) -> None:
    environment: Any = gymnasium.make(name).unwrapped
    with pytest.raises(gaitway.FailedPreconditionError, match="there is no state before the first reset"):
        _ = environment.state
    environment.reset(seed=0)
    action = np.linspace(-0.3, 0.2, environment.environment.nu).astype(np.float32)
    x, u = environment.state, environment.physical_action(action)
    e = environment.simulator.linearize_dynamics(x[None], u[None])
    nx, nu = environment.environment.nx, environment.environment.nu
    assert (e.fx[0].shape, e.fu[0].shape) == ((nx, nx), (nx, nu))
    environment.step(action)
    np.testing.assert_array_equal(e.next_states[0], environment.state)
    vector: Any = gymnasium.make_vec(name, 2)
    vector.reset(seed=0)
    actions = np.stack([action, -action])
    es = vector.simulator.linearize_dynamics(vector.states, vector.physical_actions(actions))
    vector.step(actions)
    np.testing.assert_array_equal(es.next_states, vector.states)
    np.testing.assert_array_equal(es.fx[0], e.fx[0])
    environment.close()
    vector.close()


def test_a_simulator_has_the_environment_s_parameters() -> None:
    environment: Any = gymnasium.make("gaitway/Swimmer-v0", parameters={"target_speed": 0.2}).unwrapped
    assert environment.simulator.spec.model_digest == environment.environment.model_digest
    assert environment.simulator is environment.simulator
    environment.close()


def test_what_things_are_is_told_without_secrets() -> None:
    token = "abc.secret"
    environment: Any = gymnasium.make("gaitway/Walker-v0", parameters={"target_speed": 1.0}, token=token).unwrapped
    vector = GaitwayVectorEnv(3, "walker", token=token)
    address = environment.simulator.address
    for thing, says in [
        (environment, f"<GaitwayEnv of walker (target_speed=1) at {address}, 500 steps>"),
        (vector, f"<GaitwayVectorEnv of walker × 3 at {address}, 500 steps, next_step>"),
        (environment.simulator, f"<Simulator of walker (target_speed=1) at {address}>"),
        (environment.environment, "18 state entries, 6 actions, 500 steps of 0.01 s>"),
        (environment._session, f"… of walker × 1 at {address}, disabled, 500 steps>"),
        (environment._session._connection.where, f"<Endpoint {address}, with a token>"),
    ]:
        assert says in repr(thing)
        assert token not in repr(thing) + str(thing)
    environment.close()
    vector.close()
    assert repr(environment._session).endswith(", closed>")


def test_an_id_with_its_module_needs_no_import(walker: Simulator) -> None:
    program = 'import gymnasium; print(gymnasium.make("gaitway:gaitway/Walker-v0").spec.id)'
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "GAITWAY_SERVER": walker.address},
    )
    assert (ran.stdout, ran.stderr) == ("gaitway/Walker-v0\n", "")


@pytest.mark.parametrize("name", IDS)
def test_rewards_are_costs_and_actions_are_scaled(name: str) -> None:
    with Simulator(BUILT_IN[name]) as simulator:
        environment = gymnasium.make(name)
        assert environment.metadata["render_fps"] == round(1 / simulator.spec.dt)
        observation, info = environment.reset(seed=5)
        np.testing.assert_array_equal(info["state"], simulator.initial_states(5, 1)[0])
        np.testing.assert_array_equal(observation, info["state"][simulator.spec.observation])
        action = np.linspace(-1, 0.5, simulator.spec.nu).astype(np.float32)
        after = environment.step(action)
        torques = action.astype(np.float64) * simulator.spec.action_upper
        expected = simulator.step(info["state"][None], torques[None])
        np.testing.assert_array_equal(after[4]["state"], expected.next_states[0])
        assert after[1] == -expected.costs[0]
        environment.close()


def test_an_environment_starts_where_it_is_told_and_ends_at_its_horizon() -> None:
    environment = gymnasium.make("gaitway/Swimmer-v0", horizon=3, parameters={"target_speed": 0.2})
    start = np.full(10, 0.01)
    _, info = environment.reset(options={"state": start})
    np.testing.assert_array_equal(info["state"], start)
    ends = [environment.step(np.zeros(2, np.float32))[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    with pytest.raises(gaitway.FailedPreconditionError):
        environment.step(np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="options has 'stat'; allowed: state"):
        environment.reset(options={"stat": start})
    with pytest.raises(ValueError, match=r"options\['state'\] has shape \(9,\); it must have \(10,\)"):
        environment.reset(options={"state": start[1:]})
    environment.close()


@pytest.mark.parametrize("copying", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_a_copy_continues_with_the_same_bits(copying: Any) -> None:
    environment = GaitwayEnv("walker", horizon=4, reward="shaped")
    environment.reset(seed=1)
    environment.action_space.seed(0)
    environment.step(environment.action_space.sample())
    twin = copying(environment)
    for _ in range(3):
        action = environment.action_space.sample()
        ours, theirs = environment.step(action), twin.step(action)
        assert ours[4]["cost_control"] == theirs[4]["cost_control"]
        np.testing.assert_array_equal(ours[0], theirs[0])
        assert ours[1:4] == theirs[1:4]
    np.testing.assert_array_equal(environment.reset()[0], twin.reset()[0])
    environment.close()
    twin.close()


@pytest.mark.parametrize("name", WALKERS)
def test_many_environments_are_as_many_single_ones(name: str) -> None:
    """Gymnasium's own vectoriser over single environments is the oracle, in all that it answers."""
    for mode, reward in itertools.product((AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP), REWARDS):
        ours: Any = gymnasium.make_vec(name, 3, max_episode_steps=4, autoreset_mode=mode, reward=reward)
        theirs: Any = gymnasium.make_vec(
            name, 3, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, horizon=4, reward=reward
        )
        assert ours.metadata["autoreset_mode"] is mode
        assert ours.single_action_space == theirs.single_action_space
        assert ours.observation_space == theirs.observation_space
        ours.action_space.seed(0)
        _same(ours.reset(seed=7), theirs.reset(seed=7))
        # One of three ends at another time than the others.
        one = {"states": low(ours.environment), "reset_mask": np.array([False, True, False])}
        for step in range(11):
            if step == 5 and mode is AutoresetMode.NEXT_STEP:
                ours.reset(options=one)
                theirs.envs[1].reset(options={"state": one["states"][1]})
            actions = ours.action_space.sample()
            _same(ours.step(actions), theirs.step(actions))
        ours.close()
        theirs.close()


def low(spec: gaitway.EnvironmentSpec) -> Floats:
    """States of three environments that are about to fall, where that is possible."""
    state = spec.initial_mean.copy()
    if spec.termination:
        state[1], state[spec.nx // 2 + 1] = 0.66, -3.0
    return np.tile(state, (3, 1))


def _same(ours: Any, theirs: Any) -> None:
    for mine, other in zip(ours[:-1], theirs[:-1], strict=True):
        np.testing.assert_array_equal(mine, other)
    _same_info(ours[-1], theirs[-1])


def _same_info(mine: dict[str, Any], other: dict[str, Any]) -> None:
    assert set(mine) == set(other)
    for key, value in other.items():
        if isinstance(value, dict):
            _same_info(mine[key], value)
        elif value.dtype == object:
            for a, b in zip(mine[key], value, strict=True):
                np.testing.assert_array_equal(a, b)
        else:
            np.testing.assert_array_equal(mine[key], value)


def test_a_disabled_autoreset_waits_for_a_mask() -> None:
    vector = GaitwayVectorEnv(3, "swimmer", autoreset_mode="Disabled", horizon=2)
    first, _ = vector.reset(seed=0)
    still = np.zeros((3, 2), np.float32)
    vector.step(still)
    _, _, _, truncated, _ = vector.step(still)
    assert truncated.all()
    with pytest.raises(gaitway.FailedPreconditionError) as waiting:
        vector.step(still)
    assert waiting.value.reason == "NEEDS_RESET"
    mask = np.array([True, False, True])
    again, info = vector.reset(seed=[0, None, None], options={"reset_mask": mask})
    np.testing.assert_array_equal(info["_state"], mask)
    np.testing.assert_array_equal(again[0], first[0])
    assert (again[2] != first[2]).any()  # The next episode of its seed.
    with pytest.raises(gaitway.FailedPreconditionError):
        vector.step(still)
    vector.reset(options={"reset_mask": ~mask})
    vector.step(still)
    vector.close()


def test_resets_of_many_take_seeds_and_states(swimmer: Simulator) -> None:
    vector = GaitwayVectorEnv(3, "swimmer")
    observations, _ = vector.reset(seed=[4, 5, 4])
    np.testing.assert_array_equal(observations[0], observations[2])
    np.testing.assert_array_equal(observations[1], swimmer.initial_states(5, 1)[0, 1:])
    starts = np.arange(30.0).reshape(3, 10) / 100
    np.testing.assert_array_equal(vector.reset(options={"states": starts})[0], starts[:, 1:])
    for seed, options, message in [
        ([1, 2], None, "seed must have 3 entries"),
        ([1, 2, -3], None, r"seed\[2\] must be a whole number"),
        (None, {"state": starts}, "options has 'state'; allowed: reset_mask, states"),
        (None, {"states": starts[1:]}, r"options\['states'\] has shape \(2, 10\)"),
        (None, {"reset_mask": np.zeros(3, bool)}, "selects no environment"),
        (None, {"reset_mask": [True, True, True]}, "must be a bool array"),
    ]:
        with pytest.raises(ValueError, match=message):
            vector.reset(seed=seed, options=options)
    with pytest.raises(ValueError, match=r"actions has shape \(2, 2\)"):
        vector.step(np.zeros((2, 2), np.float32))
    vector.close()


def test_what_is_returned_belongs_to_the_caller() -> None:
    vector = GaitwayVectorEnv(2, "swimmer")
    held, _ = vector.reset(seed=0)
    kept = held.copy()
    step = vector.step(np.ones((2, 2), np.float32))
    for array in step[:4]:
        assert array.flags.writeable
    np.testing.assert_array_equal(held, kept)
    vector.close()


def test_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match="reward must be one of 'task', 'cost', 'shaped', but is 'dense'"):
        GaitwayVectorEnv(2, reward="dense")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="reward must be one of 'task', 'cost', 'shaped', but is 'dense'"):
        GaitwayEnv(reward="dense")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="render_mode must be .* but is 'ansi'"):
        GaitwayVectorEnv(2, render_mode="ansi")
    with pytest.raises(ValueError, match="render_mode must be .* but is 'ansi'"):
        GaitwayEnv(render_mode="ansi")


def test_gymnasium_s_processes_can_hold_the_environments() -> None:
    vector = gymnasium.make_vec(
        "gaitway/Swimmer-v0",
        2,
        vectorization_mode="async",
        vector_kwargs={"context": "spawn"},
        address=str(gaitway.local_server.start()),
    )
    observations, _ = vector.reset(seed=3)
    with gaitway.Simulator("swimmer") as simulator:
        np.testing.assert_array_equal(observations[1], simulator.initial_states(4, 1)[0, 1:])
    vector.close()
