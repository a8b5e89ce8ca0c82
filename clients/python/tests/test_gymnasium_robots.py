"""The robots that have the numbers of Gymnasium's v5 are asked for the same, in the same spaces."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

import gaitway
from gaitway.tensors import Floats, pack, unpack, unpack_bools
from gaitway.v1 import environment_pb2

PAIRS = {
    "gymnasium/half-cheetah": "HalfCheetah-v5",
    "gymnasium/hopper": "Hopper-v5",
    "gymnasium/swimmer": "Swimmer-v5",
    "gymnasium/walker2d": "Walker2d-v5",
}
STATES = 200

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture(scope="module", params=sorted(PAIRS))
def pair(request: pytest.FixtureRequest) -> Any:
    """Ours, and Gymnasium's."""
    name = gaitway.registration.gymnasium_id(request.param)
    ours, theirs = gymnasium.make(name), gymnasium.make(PAIRS[request.param])
    yield ours, theirs
    ours.close()
    theirs.close()


def test_spaces_and_time_are_gymnasium_s(pair: Any) -> None:
    ours, theirs = pair
    assert ours.observation_space.shape == theirs.observation_space.shape
    assert ours.observation_space.dtype == theirs.observation_space.dtype
    assert ours.action_space == theirs.action_space
    assert ours.spec.max_episode_steps == theirs.spec.max_episode_steps
    spec = ours.unwrapped.environment
    assert spec.dt == pytest.approx(theirs.unwrapped.dt, rel=1e-12)
    np.testing.assert_allclose(np.split(spec.initial_mean, 2)[0], theirs.unwrapped.init_qpos, rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.split(spec.initial_mean, 2)[1], theirs.unwrapped.init_qvel, rtol=0, atol=1e-12)


def random_states(spec: gaitway.EnvironmentSpec, widths: Floats) -> Floats:
    random = np.random.default_rng(19)
    noise = random.uniform(-1, 1, (STATES, spec.nx)) * random.choice(widths, (STATES, 1))
    states: Floats = spec.initial_mean + noise
    return states


def test_a_state_is_observed_as_gymnasium_observes_it(pair: Any) -> None:
    """Off the bounds of 10 that Gymnasium has for what is seen of velocities."""
    ours, theirs = pair
    for x in random_states(ours.unwrapped.environment, np.array([0.1, 1.0, 9.9]))[:20]:
        seen, _ = ours.reset(options={"state": x})
        theirs.reset()
        theirs.unwrapped.set_state(*np.split(x, 2))
        np.testing.assert_array_equal(seen, theirs.unwrapped._get_obs())


def test_starts_spread_as_far_as_gymnasium_s(pair: Any) -> None:
    ours, theirs = pair
    spec = ours.unwrapped.environment
    starts = ours.unwrapped.simulator.initial_states(seed=1, count=4000) - spec.initial_mean
    found = []
    for seed in range(400):
        theirs.reset(seed=seed)
        data = theirs.unwrapped.data
        found.append(np.concatenate([data.qpos, data.qvel]) - spec.initial_mean)
    widths = np.std(found, axis=0)
    np.testing.assert_allclose(starts.std(axis=0), widths, rtol=0.15)


def test_a_step_is_rewarded_and_ended_as_gymnasium_does(pair: Any) -> None:
    """Of our own transitions: Gymnasium judges the state that our step has led to."""
    ours, theirs = pair
    spec, judge = ours.unwrapped.environment, theirs.unwrapped
    theirs.reset()
    states = random_states(spec, np.array([0.05, 0.3, 1.0, 20.0]))
    actions = np.random.default_rng(20).uniform(-1, 1, (STATES, spec.nu)).astype(np.float32).astype(np.float64)
    with gaitway.Session(spec.id, num_environments=STATES, autoreset="disabled") as session:
        session.reset(seeds=range(STATES), states=states)
        answer = session._connection.unary(
            "EnvironmentService/Step",
            environment_pb2.StepRequest(session_id=session.id, actions=pack(actions)),
            environment_pb2.StepResponse,
            "step",
        )
    after = unpack("states", answer.states, (STATES, spec.nx))
    rewards = unpack("rewards", answer.rewards, (STATES,))
    terminated = unpack_bools("terminated", answer.terminated, (STATES,))
    assert not answer.HasField("diverged")
    assert answer.HasField("rewards")
    for i in range(STATES):
        judge.set_state(*np.split(after[i], 2))
        speed = (after[i, 0] - states[i, 0]) / judge.dt
        reward, _ = judge._get_rew(speed, actions[i])
        assert rewards[i] == pytest.approx(reward, rel=1e-9, abs=1e-9)
        assert terminated[i] == (not getattr(judge, "is_healthy", True))
    assert hasattr(judge, "is_healthy") == (0 < terminated.sum() < STATES)
