"""The environments as Gymnasium sees them."""

from __future__ import annotations

import copy
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
from gaitway.simulator import Simulator
from gaitway.vector_env import GaitwayVectorEnv

IDS = sorted(BUILT_IN)
MODES = list(AutoresetMode)


@pytest.mark.parametrize("name", IDS)
def test_gymnasium_s_checker_has_nothing_to_say(name: str) -> None:
    environment = gymnasium.make(name)
    check_env(environment.unwrapped)
    environment.close()


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
    environment = GaitwayEnv("walker", horizon=4)
    environment.reset(seed=1)
    environment.action_space.seed(0)
    environment.step(environment.action_space.sample())
    twin = copying(environment)
    for _ in range(3):
        action = environment.action_space.sample()
        ours, theirs = environment.step(action), twin.step(action)
        np.testing.assert_array_equal(ours[0], theirs[0])
        assert ours[1:4] == theirs[1:4]
    np.testing.assert_array_equal(environment.reset()[0], twin.reset()[0])
    environment.close()
    twin.close()


@pytest.mark.parametrize("name", IDS)
def test_many_environments_are_as_many_single_ones(name: str) -> None:
    """Gymnasium's own vectoriser over single environments is the oracle, in all that it answers."""
    for mode in (AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP):
        ours = gymnasium.make_vec(name, 3, max_episode_steps=4, autoreset_mode=mode)
        theirs = gymnasium.make_vec(
            name, 3, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, horizon=4
        )
        assert ours.metadata["autoreset_mode"] is mode
        assert ours.single_action_space == theirs.single_action_space
        assert ours.observation_space == theirs.observation_space
        ours.action_space.seed(0)
        _same(ours.reset(seed=7), theirs.reset(seed=7))
        for _ in range(11):
            actions = ours.action_space.sample()
            _same(ours.step(actions), theirs.step(actions))
        ours.close()
        theirs.close()


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
    with pytest.raises(ValueError, match="they mean the same"):
        GaitwayVectorEnv(2, horizon=3, max_episode_steps=4)
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
