"""What a caller passes is checked, by name, before anything is computed or sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import gaitway
from gaitway import (
    Evaluations,
    Expansion,
    Layer,
    LinearGaussian,
    Mlp,
    OpenLoop,
    Scaling,
    Session,
    Simulator,
    Squashing,
)
from gaitway.gym_env import GaitwayEnv
from gaitway.vector_env import GaitwayVectorEnv

BAD_SEEDS = [1.9, 1.0, True, "3", -1, 2**64, math.nan, np.float64(2), np.bool_(True)]
BAD_COUNTS = [0, -1, 1.5, True, "3", math.nan, 2**31]
BAD_WHOLE = [1.5, True, "3", math.nan, 2**31]


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session("swimmer", num_environments=2) as opened:
        opened.reset()
        yield opened


@pytest.fixture(scope="module")
def env() -> Iterator[GaitwayEnv]:
    opened = GaitwayEnv()
    opened.reset(seed=0)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def envs() -> Iterator[GaitwayVectorEnv]:
    opened = GaitwayVectorEnv(3)
    opened.reset(seed=0)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def everything(
    swimmer: Simulator, evaluations: Evaluations, session: Session, env: GaitwayEnv, envs: GaitwayVectorEnv
) -> dict[str, Any]:
    return {"simulator": swimmer, "evaluations": evaluations, "session": session, "env": env, "envs": envs}


ROLLOUT = OpenLoop(np.zeros((5, 2)))

SEEDS: dict[str, Callable[[Any, Any], Any]] = {
    "seed of initial_states": lambda on, x: on["simulator"].initial_states(x, 1),
    "first_episode of initial_states": lambda on, x: on["simulator"].initial_states(0, 1, first_episode=x),
    "seed of check_derivatives": lambda on, x: on["simulator"].check_derivatives(1, seed=x),
    "seeds of rollout": lambda on, x: on["simulator"].rollout(ROLLOUT, horizon=5, seeds=[x]),
    "seeds of Session.reset": lambda on, x: on["session"].reset(seeds=[0, x]),
    "seed of GaitwayEnv.reset": lambda on, x: on["env"].reset(seed=x),
    "seed of GaitwayVectorEnv.reset": lambda on, x: on["envs"].reset(seed=x),
    "seeds of GaitwayVectorEnv.reset": lambda on, x: on["envs"].reset(seed=[0, None, x]),
}


@pytest.mark.parametrize("call", SEEDS.values(), ids=SEEDS)
@pytest.mark.parametrize("seed", BAD_SEEDS)
def test_seeds_are_whole_numbers_of_64_bits(everything: dict[str, Any], call: Any, seed: Any) -> None:
    steps = everything["session"].steps
    with pytest.raises(ValueError, match=r"(seed|first_episode).* must be .* but is ") as refused:
        call(everything, seed)
    assert not isinstance(refused.value, gaitway.GaitwayError)
    assert everything["session"].steps == steps


@pytest.mark.parametrize("seed", [2**64 - 1, np.uint64(2**64 - 1), np.int32(7)])
def test_every_whole_number_of_64_bits_is_a_seed(everything: dict[str, Any], seed: Any) -> None:
    everything["simulator"].initial_states(seed, 1)
    everything["env"].reset(seed=seed)
    everything["envs"].reset(seed=[seed, None, None])


def test_the_seeds_of_many_environments_end_with_the_last(envs: GaitwayVectorEnv) -> None:
    envs.reset(seed=2**64 - 3)
    with pytest.raises(ValueError, match=r"seed must be at most 2\*\*64 - 3 for 3 environments"):
        envs.reset(seed=2**64 - 2)


def test_a_bad_seed_leaves_gymnasium_s_generator_alone(env: GaitwayEnv) -> None:
    env.reset(seed=5)
    before = env.np_random.bit_generator.state
    with pytest.raises(ValueError, match="seed must be"):
        env.reset(seed=-1)
    assert env.np_random.bit_generator.state == before


COUNTS: dict[str, Callable[[Any, Any], Any]] = {
    "num_environments of Session": lambda on, x: Session("swimmer", num_environments=x),
    "max_episode_steps of Session": lambda on, x: Session("swimmer", max_episode_steps=x),
    "num_envs of GaitwayVectorEnv": lambda on, x: GaitwayVectorEnv(x),
    "horizon of GaitwayVectorEnv": lambda on, x: GaitwayVectorEnv(2, horizon=x),
    "max_episode_steps of GaitwayVectorEnv": lambda on, x: GaitwayVectorEnv(2, max_episode_steps=x),
    "horizon of GaitwayEnv": lambda on, x: GaitwayEnv(horizon=x),
    "horizon of rollout": lambda on, x: on["simulator"].rollout(ROLLOUT, horizon=x),
}


@pytest.mark.parametrize(("name", "call"), COUNTS.items(), ids=COUNTS)
@pytest.mark.parametrize("count", BAD_COUNTS)
def test_counts_are_whole_numbers_above_zero(everything: dict[str, Any], name: str, call: Any, count: Any) -> None:
    with pytest.raises(ValueError, match=f"{name.split()[0]} must be a whole number from 1 to 2147483647, but is "):
        call(everything, count)


WHOLE: dict[str, Callable[[Any, Any], Any]] = {
    "count of initial_states": lambda on, x: on["simulator"].initial_states(0, x),
    "samples of check_derivatives": lambda on, x: on["simulator"].check_derivatives(x),
    "environments of snapshot": lambda on, x: on["session"].snapshot([0, x]),
    "environments of restore": lambda on, x: on["session"].restore(on["session"].snapshot([0]), [x]),
    "environments of fork": lambda on, x: on["session"].fork([x]),
    "parallel of create": lambda on, x: on["evaluations"].create("swimmer-still", "c", parallel=x),
    "inputs of Mlp": lambda on, x: on["simulator"].rollout(Mlp([x], [Layer(np.zeros((2, 1)), np.zeros(2))]), horizon=1),
    "T of Expansion": lambda on, x: Expansion(x, 10, 2),
}


@pytest.mark.parametrize(("name", "call"), WHOLE.items(), ids=WHOLE)
@pytest.mark.parametrize("value", BAD_WHOLE)
def test_whole_numbers_are_whole(everything: dict[str, Any], name: str, call: Any, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"{name.split()[0]}(\[\d\])? must be a whole number"):
        call(everything, value)


BAD_ACTIONS = [
    [0.5],
    [[0.5, 0.5]],
    [[0.5], [0.5]],
    0.5,
    [],
    ["a", "b"],
    [None, None],
    [True, False],
    [[0.1], [0.2, 0.3]],
]


@pytest.mark.parametrize("action", BAD_ACTIONS)
def test_an_action_has_nu_numbers(env: GaitwayEnv, action: Any) -> None:
    steps = env.steps_done()
    with pytest.raises(ValueError, match="action "):
        env.step(action)
    assert env.steps_done() == steps


@pytest.mark.parametrize(
    "actions", [[0.5, 0.5], [[0.5], [0.5], [0.5]], np.zeros((3, 1)), np.zeros((1, 2)), np.zeros((3, 2, 1))]
)
def test_actions_have_a_row_for_every_environment(envs: GaitwayVectorEnv, actions: Any) -> None:
    steps = envs.steps_done()
    with pytest.raises(ValueError, match=r"actions has shape .*; it must have \(3, 2\)"):
        envs.step(actions)
    assert envs.steps_done() == steps


ARRAYS: dict[str, Callable[[Any, Any], Any]] = {
    "states of step": lambda on, x: on["simulator"].step(x, np.zeros((1, 2))),
    "actions of step": lambda on, x: on["simulator"].step(np.zeros((1, 10)), x),
    "states of linearize": lambda on, x: on["simulator"].linearize(x, np.zeros((1, 2))),
    "actions of linearize": lambda on, x: on["simulator"].linearize(np.zeros((1, 10)), x),
    "multipliers of linearize_dynamics": lambda on, x: on["simulator"].linearize_dynamics(
        np.zeros((1, 10)), np.zeros((1, 2)), multipliers=x
    ),
    "initial_states of rollout": lambda on, x: on["simulator"].rollout(ROLLOUT, x, horizon=5),
    "us of OpenLoop": lambda on, x: on["simulator"].rollout(OpenLoop(x), horizon=1),
    "K of LinearGaussian": lambda on, x: on["simulator"].rollout(
        LinearGaussian(np.zeros((1, 10)), np.zeros((1, 2)), np.zeros((1, 2)), x), horizon=1
    ),
    "W of Layer": lambda on, x: on["simulator"].rollout(Mlp([0], [Layer(x, [0.0, 0.0])]), horizon=1),
    "noise_std of Mlp": lambda on, x: on["simulator"].rollout(
        Mlp([0], [Layer([[0.0], [0.0]], [0.0, 0.0])], noise_std=x), horizon=1
    ),
    "scale of Scaling": lambda on, x: on["simulator"].rollout(
        Mlp([0], [Layer([[0.0], [0.0]], [0.0, 0.0])], scaling=Scaling([0.0], x)), horizon=1
    ),
    "centre of Squashing": lambda on, x: on["simulator"].rollout(
        Mlp([0], [Layer([[0.0], [0.0]], [0.0, 0.0])], squashing=Squashing(x, [1.0, 1.0])), horizon=1
    ),
    "actions of Session.step": lambda on, x: on["session"].step(x),
    "states of Session.reset": lambda on, x: on["session"].reset(states=x),
    "state of GaitwayEnv.reset": lambda on, x: on["env"].reset(options={"state": x}),
    "states of GaitwayVectorEnv.reset": lambda on, x: on["envs"].reset(options={"states": x}),
}


@pytest.mark.parametrize(("name", "call"), ARRAYS.items(), ids=ARRAYS)
@pytest.mark.parametrize("array", [[["a", "b"]], [[None, None]], [[True, False]], [[1.0], [1.0, 2.0]], [[1j, 2j]]])
def test_arrays_hold_numbers(everything: dict[str, Any], name: str, call: Any, array: Any) -> None:
    with pytest.raises(ValueError, match=f"{name.split()[0]}.* must be an array of numbers"):
        call(everything, array)


@pytest.mark.parametrize("value", [True, "1", None, 10**400])
def test_parameters_and_step_sizes_are_numbers(swimmer: Simulator, value: Any) -> None:
    for make in (Simulator, Session, GaitwayEnv):
        with pytest.raises(ValueError, match=r"parameters\['links'\] must be a number, but is"):
            make("swimmer", {"links": value})
    with pytest.raises(ValueError, match=r"step_sizes\[1\] must be a number, but is"):
        swimmer.rollout(ROLLOUT, horizon=5, step_sizes=[1.0, value])
    with pytest.raises(ValueError, match="parameters must be a mapping"):
        Simulator("swimmer", [("links", 3)])  # type: ignore[arg-type]


@pytest.mark.parametrize("lease", [0, -1, math.nan, math.inf, 1e9, True, "300"])
def test_leases_and_deadlines_are_seconds(session: Session, evaluations: Evaluations, lease: Any) -> None:
    with pytest.raises(ValueError, match="lease must be"):
        Session("swimmer", lease=lease)
    with pytest.raises(ValueError, match="lease must be"):
        session.renew(lease)
    with pytest.raises(ValueError, match="action_deadline must be"):
        evaluations.create("swimmer-still", "c", action_deadline=lease)


def test_modes_are_listed() -> None:
    with pytest.raises(
        ValueError, match="autoreset_mode must be one of 'NextStep', 'SameStep', 'Disabled', but is 'no'"
    ):
        GaitwayVectorEnv(2, autoreset_mode="no")
