"""Policies that Stable-Baselines3 has trained, as policy files.

    policy = from_sb3(PPO.load("ppo.zip", env=VecNormalize.load("normalize.pkl", environments)))
    policy.write("policy.json")

Needs ``pip install "gaitway[sb3]"``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import gymnasium
import numpy as np
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit

from gaitway.controllers import Layer, Mlp, Scaling, Squashing
from gaitway.extras import missing
from gaitway.gym_env import GaitwayEnv
from gaitway.policy import Policy
from gaitway.sb3 import VectorEnvAdapter
from gaitway.spec import EnvironmentSpec
from gaitway.tensors import Floats

try:
    import stable_baselines3
    from stable_baselines3.common.base_class import BaseAlgorithm
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.policies import ActorCriticPolicy
    from stable_baselines3.common.torch_layers import FlattenExtractor
    from stable_baselines3.common.vec_env import (
        DummyVecEnv,
        VecCheckNan,
        VecEnv,
        VecEnvWrapper,
        VecMonitor,
        VecNormalize,
    )
    from stable_baselines3.sac.policies import SACPolicy
    from torch import nn
except ImportError as error:
    raise ImportError(missing("stable-baselines3", "has the models", "sb3")) from error

__all__ = ["from_sb3"]

#: Wrappers that change neither what a policy sees nor what it does.
_TRANSPARENT = (VecMonitor, VecCheckNan)
_TRANSPARENT_GYM = (Monitor, TimeLimit, OrderEnforcing, PassiveEnvChecker)

_ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.Tanh: "tanh",
    nn.ReLU: "relu",
    nn.ELU: "elu",
    nn.SiLU: "silu",
    nn.Sigmoid: "sigmoid",
    nn.Softplus: "softplus",
    nn.Identity: "linear",
}


def from_sb3(model: BaseAlgorithm, environments: VecEnv | None = None) -> Policy:
    """The policy of a model of PPO, A2C or SAC, with what VecNormalize does to observations folded in.

    Its actions are those of ``model.predict(..., deterministic=True)``, in the server's units and without the
    rounding to float32. The noise of PPO's and A2C's policies is kept. That of SAC and of gSDE depends on the
    state, which a policy file cannot express: these policies become deterministic.

    Args:
        model: a trained model.
        environments: the vector environment that it was trained with, as the model sees it, so with the
            VecNormalize if there was one; None takes the model's own.

    Raises:
        ValueError: if a policy file cannot express the policy; the message says what stands in the way.
    """
    environments = model.get_env() if environments is None else environments
    if environments is None:
        _refuse(
            "the model has no environment",
            "pass environments, or load it with PPO.load(file, env=...), with the VecNormalize of its training",
        )
    spec, normalize = _unwrapped(environments)
    policy = model.policy
    if type(policy) not in (ActorCriticPolicy, SACPolicy):
        _refuse(f"the policy is a {type(policy).__name__}", "only MlpPolicy of PPO, A2C and SAC is")
    _check_spaces(model, spec)
    middle, half = (spec.action_upper + spec.action_lower) / 2, (spec.action_upper - spec.action_lower) / 2
    noise_std: Floats | None = None
    if isinstance(policy, SACPolicy):
        actor = policy.actor
        extractor, modules, squashed = actor.features_extractor, (*actor.latent_pi, actor.mu), True
    else:
        extractor, squashed = policy.pi_features_extractor, policy.squash_output
        modules = (*policy.mlp_extractor.policy_net, policy.action_net)
        if not policy.use_sde:
            noise_std = half * np.exp(_numbers(policy.log_std))
    if type(extractor) is not FlattenExtractor:
        _refuse(f"the features extractor is a {type(extractor).__name__}", "only FlattenExtractor is")
    layers = _layers(modules)
    squashing = Squashing(middle, half) if squashed else None
    if not squashed:  # The network's unit is half of an action's range; clipping is the server's.
        last = layers[-1]
        layers[-1] = Layer(np.asarray(last.W) * half[:, None], np.asarray(last.b) * half + middle)
    network = Mlp(spec.observation.tolist(), layers, noise_std, _scaling(normalize), squashing)
    made = f"{type(model).__name__} of stable-baselines3 {stable_baselines3.__version__}"
    return Policy.of(network, spec, f"{made}, {model.num_timesteps} steps")


def _refuse(what: str, allowed: str) -> NoReturn:
    raise ValueError(f"{what}, which cannot become a policy file: {allowed}")


def _unwrapped(environments: VecEnv) -> tuple[EnvironmentSpec, VecNormalize | None]:
    """The environment below the wrappers, and the VecNormalize among them."""
    normalize: VecNormalize | None = None
    while isinstance(environments, VecEnvWrapper):
        if type(environments) is VecNormalize and normalize is None:
            normalize = environments
        elif type(environments) not in _TRANSPARENT:
            _refuse(
                f"{type(environments).__name__} wraps the environments",
                "VecMonitor and VecCheckNan may, and one VecNormalize",
            )
        environments = environments.venv
    if isinstance(environments, VectorEnvAdapter):
        return environments.get_attr("environment")[0], normalize
    if not isinstance(environments, DummyVecEnv):
        _refuse(
            f"the environments are a {type(environments).__name__}",
            "a VectorEnvAdapter or a DummyVecEnv of gaitway's environments is; pass one as environments",
        )
    environment: gymnasium.Env[Any, Any] = environments.envs[0]
    while isinstance(environment, gymnasium.Wrapper):
        if not isinstance(environment, _TRANSPARENT_GYM):
            _refuse(
                f"{type(environment).__name__} wraps the environment",
                "of Gymnasium's wrappers only those that change neither observations nor actions may",
            )
        environment = environment.env
    if not isinstance(environment, GaitwayEnv):
        _refuse(f"the environment is a {type(environment).__name__}", "one of gaitway's is")
    return environment.environment, normalize


def _check_spaces(model: BaseAlgorithm, spec: EnvironmentSpec) -> None:
    expected: Iterable[tuple[str, gymnasium.Space[Any], tuple[int, ...]]] = (
        ("observation", model.observation_space, (len(spec.observation),)),
        ("action", model.action_space, (spec.nu,)),
    )
    for name, space, shape in expected:
        if not isinstance(space, gymnasium.spaces.Box) or space.shape != shape:
            _refuse(f"the {name} space is {space}", f"for {spec.id} it must be a Box of shape {shape}")
    box = model.action_space
    assert isinstance(box, gymnasium.spaces.Box)
    if not (box.low == -1).all() or not (box.high == 1).all():
        _refuse(f"the action space is {box}", "it must be from -1 to 1, as gaitway's environments have it")


def _layers(modules: Iterable[nn.Module]) -> list[Layer]:
    layers: list[Layer] = []
    for module in modules:
        if type(module) is nn.Linear:
            layers.append(Layer(_numbers(module.weight), _numbers(module.bias)))
        elif type(module) in _ACTIVATIONS and layers and _standard(module):
            last = layers[-1]
            if last.activation != "linear":
                _refuse("the network has two activations in a row", "one per layer may be")
            layers[-1] = Layer(last.W, last.b, _ACTIVATIONS[type(module)])
        else:
            known = ", ".join(kind.__name__ for kind in _ACTIVATIONS)
            _refuse(
                f"the network has a module {' '.join(str(module).split())}",
                f"Linear, and with their defaults {known}, may be",
            )
    return layers


def _standard(module: nn.Module) -> bool:
    """Whether an activation has no parameter of its own, or the usual one."""
    usual: dict[type[nn.Module], Callable[[Any], bool]] = {
        nn.ELU: lambda elu: elu.alpha == 1.0,
        nn.Softplus: lambda softplus: softplus.beta == 1.0,
    }
    return usual.get(type(module), lambda _: True)(module)


def _scaling(normalize: VecNormalize | None) -> Scaling | None:
    if normalize is None or not normalize.norm_obs:
        return None
    statistics = normalize.obs_rms
    return Scaling(statistics.mean, np.sqrt(statistics.var + normalize.epsilon), float(normalize.clip_obs))


def _numbers(tensor: Any) -> Floats:
    numbers: Floats = tensor.detach().cpu().numpy().astype(np.float64)
    return numbers
