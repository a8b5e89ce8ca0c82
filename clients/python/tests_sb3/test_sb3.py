"""Stable-Baselines3's checker, and its PPO and SAC through the vector environment."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.vec_env import SubprocVecEnv, VecMonitor

import gaitway
from gaitway.registration import BUILT_IN
from gaitway.rewards import REWARDS
from gaitway.sb3 import VectorEnvAdapter
from gaitway.vector_env import GaitwayVectorEnv


@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_the_checkers_have_nothing_to_say(
    name: str, reward: str, recwarn: pytest.WarningsRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(gymnasium.logger, "warn", lambda message, *arguments, **_: said.append(message % arguments))
    environment = gymnasium.make(name, reward=reward, render_mode="rgb_array")
    check_env(environment, warn=True)
    check_env(environment.unwrapped, warn=True)
    environment.close()
    assert said == []
    assert list(recwarn) == []


@pytest.mark.parametrize(
    ("learner", "settings"),
    [(PPO, {"n_steps": 32, "batch_size": 64}), (SAC, {"learning_starts": 64, "batch_size": 32, "train_freq": 4})],
)
def test_learners_learn_through_the_vector_environment(learner: Any, settings: dict[str, Any]) -> None:
    environments = VecMonitor(VectorEnvAdapter(GaitwayVectorEnv(4, "walker", autoreset_mode="SameStep", horizon=40)))
    model = learner("MlpPolicy", environments, seed=0, device="cpu", **settings)
    before = [parameter.detach().numpy().copy() for parameter in model.policy.parameters()]
    model.learn(512)
    assert model.num_timesteps >= 512
    assert len(model.ep_info_buffer) > 0
    assert max(info["l"] for info in model.ep_info_buffer) == 40
    after = [parameter.detach().numpy() for parameter in model.policy.parameters()]
    assert any((a != b).any() for a, b in zip(after, before, strict=True))
    environments.close()


def test_ends_are_told_as_stable_baselines_wants_them() -> None:
    adapter = VectorEnvAdapter(GaitwayVectorEnv(2, "swimmer", autoreset_mode="SameStep", horizon=2))
    twin = GaitwayVectorEnv(2, "swimmer", autoreset_mode="Disabled", horizon=2)
    adapter.seed(5)
    np.testing.assert_array_equal(adapter.reset(), twin.reset(seed=5)[0])
    actions = np.full((2, 2), 0.3, np.float32)
    _, _, ended, infos = adapter.step(actions)
    twin.step(actions)
    assert not ended.any()
    assert infos == [{}, {}]
    observations, rewards, ended, infos = adapter.step(actions)
    last = twin.step(actions)
    assert ended.all()
    np.testing.assert_array_equal(rewards, last[1])
    np.testing.assert_array_equal([info["terminal_observation"] for info in infos], last[0])
    assert [info["TimeLimit.truncated"] for info in infos] == [True, True]
    np.testing.assert_array_equal(observations, twin.reset()[0])
    adapter.close()
    twin.close()


def test_another_autoreset_mode_is_refused() -> None:
    environments = GaitwayVectorEnv(2)
    with pytest.raises(ValueError, match="autoreset_mode must be 'SameStep' for Stable-Baselines3, but is 'NextStep'"):
        VectorEnvAdapter(environments)
    environments.close()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_use_the_same_server(method: str) -> None:
    def make() -> gymnasium.Env[Any, Any]:
        import gaitway  # noqa: F401 - registers the environments in a spawned process.

        return gymnasium.make("gaitway/Swimmer-v0")

    with gaitway.Simulator("swimmer") as swimmer:
        environments = SubprocVecEnv([make, make], start_method=method)
        addresses = environments.env_method("get_wrapper_attr", "_session")
        assert {session.address for session in addresses} == {swimmer.address}
        environments.close()


def test_states_are_given_for_all_or_none() -> None:
    adapter = VectorEnvAdapter(GaitwayVectorEnv(2, "swimmer", autoreset_mode="SameStep"))
    adapter.set_options([{"state": np.zeros(10)}, {}])
    with pytest.raises(ValueError, match=r"options\[1\] has no 'state'"):
        adapter.reset()
    adapter.close()
