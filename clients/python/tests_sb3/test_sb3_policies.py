"""Policies of Stable-Baselines3 as policy files: the actions of ``predict``, and what cannot be one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from stable_baselines3 import A2C, PPO, SAC, TD3
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack, VecMonitor, VecNormalize
from torch import nn

from gaitway import Simulator
from gaitway.policy import Policy
from gaitway.sb3 import VectorEnvAdapter
from gaitway.sb3_policies import from_sb3
from gaitway.spaces import Spaces
from gaitway.vector_env import GaitwayVectorEnv


def environments(name: str = "walker") -> VecEnv:
    return VectorEnvAdapter(GaitwayVectorEnv(2, name, autoreset_mode="SameStep", horizon=40))


def settled(environments: VecNormalize) -> VecNormalize:
    """With statistics of some steps of random actions."""
    random = np.random.default_rng(3)
    environments.seed(2)
    environments.reset()
    for _ in range(60):
        environments.step(random.uniform(-1, 1, (2, *environments.action_space.shape)).astype(np.float32))
    return environments


def randomised(model: Any) -> Any:
    """With weights that are not those of a beginner, whose actions are nearly 0."""
    for parameter in model.policy.parameters():
        parameter.data.mul_(1.5)
    if hasattr(model.policy, "action_net"):
        model.policy.action_net.weight.data.mul_(5.0)
    return model


def assert_acts_alike(policy: Policy, model: Any, normalize: VecNormalize | None = None) -> None:
    with Simulator(policy.environment) as simulator:
        spec = simulator.spec
        policy.require_fits(spec)
        assert policy.model_digest == spec.model_digest
    spaces = Spaces(spec)
    random = np.random.default_rng(1)
    states = spec.initial_mean + random.normal(size=(300, spec.nx)) * np.geomspace(0.01, 1.0, 300).reshape(-1, 1)
    observed = spaces.observations(states)
    wanted, _ = model.predict(observed if normalize is None else normalize.normalize_obs(observed), deterministic=True)
    half = (spec.action_upper - spec.action_lower) / 2
    ours = np.clip(policy.mean(states), spec.action_lower, spec.action_upper)
    scaled = (ours - (spec.action_upper + spec.action_lower) / 2) / half
    assert np.abs(scaled - wanted).max() < 1e-6
    assert np.abs(wanted).max() > 0.05


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU, nn.ELU, nn.SiLU, nn.Sigmoid, nn.Softplus])
@pytest.mark.parametrize("layers", [[], [8], [32, 16, 8]])
def test_ppo_acts_as_it_does_there(activation: type[nn.Module], layers: list[int]) -> None:
    normalize = settled(VecNormalize(VecMonitor(environments())))
    settings = {"net_arch": layers, "activation_fn": activation, "log_std_init": -0.5}
    model = randomised(PPO("MlpPolicy", normalize, n_steps=64, seed=1, device="cpu", policy_kwargs=settings))
    policy = from_sb3(model)
    assert [np.shape(layer.W)[0] for layer in policy.network.layers] == [*layers, 6]
    assert policy.std is not None
    assert policy.network.scaling is not None
    assert policy.network.scaling.limit == 10.0
    assert policy.network.squashing is None
    assert policy.comment is not None
    assert policy.comment.startswith("PPO of stable-baselines3 2.")
    half = Simulator("walker").spec.action_upper
    np.testing.assert_allclose(policy.std, half * np.exp(-0.75), rtol=1e-6)
    assert_acts_alike(policy, model, normalize)
    normalize.close()


@pytest.mark.parametrize("learner", [A2C, SAC])
def test_a2c_and_sac_act_as_they_do_there(learner: Any) -> None:
    plain = environments("swimmer")
    model = randomised(learner("MlpPolicy", plain, seed=1, device="cpu"))
    policy = from_sb3(model)
    assert policy.network.scaling is None
    assert (policy.std is None) == (policy.network.squashing is not None) == (learner is SAC)
    assert_acts_alike(policy, model)
    plain.close()


def test_gsde_becomes_deterministic() -> None:
    plain = environments("swimmer")
    settings = {"squash_output": True}
    model = randomised(PPO("MlpPolicy", plain, n_steps=64, use_sde=True, seed=1, device="cpu", policy_kwargs=settings))
    policy = from_sb3(model)
    assert policy.std is None
    assert policy.network.squashing is not None
    assert_acts_alike(policy, model)
    plain.close()


def test_a_loaded_model_needs_its_environments(tmp_path: Path) -> None:
    normalize = settled(VecNormalize(environments()))
    model = randomised(SAC("MlpPolicy", normalize, seed=1, device="cpu"))
    model.save(tmp_path / "sac.zip")
    normalize.save(str(tmp_path / "normalize.pkl"))
    loaded = SAC.load(tmp_path / "sac.zip", device="cpu")
    with pytest.raises(ValueError, match="the model has no environment, which cannot become a policy file: pass"):
        from_sb3(loaded)
    restored = VecNormalize.load(str(tmp_path / "normalize.pkl"), environments())
    assert from_sb3(loaded, restored).to_json() == from_sb3(model).to_json()
    restored.norm_obs = False
    assert from_sb3(loaded, restored).network.scaling is None
    normalize.close()
    restored.close()


def test_environments_of_gymnasium_will_do() -> None:
    dummy = DummyVecEnv([lambda: gymnasium.make("gaitway/Swimmer-v0")])
    model = randomised(PPO("MlpPolicy", dummy, n_steps=64, seed=1, device="cpu"))
    assert_acts_alike(from_sb3(model), model)
    dummy.close()


class Extractor(BaseFeaturesExtractor):  # type: ignore[misc]
    def __init__(self, space: gymnasium.spaces.Box) -> None:
        super().__init__(space, 9)

    def forward(self, observations: Any) -> Any:
        return 2 * observations


def of(
    wrapped: Callable[[VecEnv], VecEnv] = lambda environment: environment, learner: Any = PPO, **settings: Any
) -> Any:
    return lambda: learner("MlpPolicy", wrapped(environments("swimmer")), device="cpu", **settings)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (of(learner=TD3), "the policy is a TD3Policy"),
        (of(lambda one: VecFrameStack(one, 2)), "VecFrameStack wraps the environments"),
        (of(lambda one: VecNormalize(VecNormalize(one))), "VecNormalize wraps the environments"),
        (of(policy_kwargs={"features_extractor_class": Extractor}), "the features extractor is a Extractor"),
        (of(policy_kwargs={"activation_fn": nn.GELU}), r"the network has a module GELU\(.*\)"),
        (of(policy_kwargs={"activation_fn": lambda: nn.ELU(0.5)}), r"the network has a module ELU\(alpha=0.5\)"),
        (of(learner=SAC, use_sde=True), r"the network has a module Sequential"),
    ],
)
def test_what_a_policy_file_cannot_express_is_refused(made: Callable[[], Any], message: str) -> None:
    model = made()
    with pytest.raises(ValueError, match=f"^{message}.*, which cannot become a policy file: "):
        from_sb3(model)
    model.get_env().close()


@pytest.mark.parametrize(
    ("wrapped", "message"),
    [
        (lambda: gymnasium.make("Pendulum-v1"), "the environment is a PendulumEnv"),
        (
            lambda: gymnasium.wrappers.RescaleAction(
                gymnasium.make("gaitway/Swimmer-v0"), np.float32(-2), np.float32(2)
            ),
            "RescaleAction wraps the environment",
        ),
    ],
)
def test_environments_that_are_not_as_the_server_has_them_are_refused(
    wrapped: Callable[[], gymnasium.Env[Any, Any]], message: str
) -> None:
    dummy = DummyVecEnv([wrapped])
    model = PPO("MlpPolicy", dummy, n_steps=64, device="cpu")
    with pytest.raises(ValueError, match=f"^{message}, which cannot become a policy file: "):
        from_sb3(model)
    dummy.close()


def test_a_model_of_another_robot_is_refused() -> None:
    walker, swimmer = environments("walker"), environments("swimmer")
    model = PPO("MlpPolicy", walker, n_steps=64, device="cpu")
    with pytest.raises(
        ValueError, match=r"the observation space is Box.*: for swimmer it must be a Box of shape \(9,\)"
    ):
        from_sb3(model, swimmer)
    walker.close()
    swimmer.close()
