"""The vector environment with the interface of Stable-Baselines3.

    environments = VectorEnvAdapter(GaitwayVectorEnv(16, "walker", autoreset_mode="SameStep"))
    PPO("MlpPolicy", VecMonitor(environments)).learn(1_000_000)

Needs ``pip install "gaitway[sb3]"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode

from gaitway.extras import missing
from gaitway.spaces import check_options
from gaitway.tensors import Bools, Floats
from gaitway.vector_env import GaitwayVectorEnv

try:
    from stable_baselines3.common.vec_env import VecEnv
except ImportError as error:
    raise ImportError(missing("stable-baselines3", "gives the adapter its interface", "sb3")) from error

__all__ = ["VectorEnvAdapter"]

_Indices = int | Iterable[int] | None


class VectorEnvAdapter(VecEnv):
    """A :class:`gaitway.vector_env.GaitwayVectorEnv` for the learners of Stable-Baselines3.

    Every step is one message for all environments. Infos hold what Stable-Baselines3 asks for:
    ``terminal_observation`` and ``TimeLimit.truncated`` where an episode has ended.
    """

    def __init__(self, environments: GaitwayVectorEnv) -> None:
        """Takes the environments over: closing this closes them.

        Raises:
            ValueError: if their autoreset mode is not SAME_STEP, the only one that Stable-Baselines3 knows.
        """
        mode = environments.metadata["autoreset_mode"]
        if mode is not AutoresetMode.SAME_STEP:
            raise ValueError(
                f"autoreset_mode must be {AutoresetMode.SAME_STEP.value!r} for Stable-Baselines3, but is {mode.value!r}"
            )
        self._environments = environments
        self._actions: npt.NDArray[np.float32] | None = None
        super().__init__(environments.num_envs, environments.single_observation_space, environments.single_action_space)

    def reset(self) -> Floats:
        """Starts episodes, with the seeds and options given before, and returns their observations.

        Raises:
            ValueError: if options have a state for some environments and not for others.
        """
        options: dict[str, Any] | None = None
        if any(self._options):
            for i, given in enumerate(self._options):
                if "state" not in check_options(given, {"state"}):
                    raise ValueError(f"options[{i}] has no 'state'; give one to every environment, or to none")
            options = {"states": [given["state"] for given in self._options]}
        observations, _ = self._environments.reset(seed=self._seeds, options=options)
        self._reset_seeds()
        self._reset_options()
        return observations

    def step_async(self, actions: npt.NDArray[np.float32]) -> None:
        """Keeps the actions for :meth:`step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Floats, Floats, Bools, list[dict[str, Any]]]:
        """Advances all environments by one control step."""
        assert self._actions is not None
        observations, rewards, terminated, truncated, infos = self._environments.step(self._actions)
        ended = terminated | truncated
        described: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in np.flatnonzero(ended):
            described[i]["terminal_observation"] = infos["final_obs"][i]
            described[i]["TimeLimit.truncated"] = bool(truncated[i] and not terminated[i])
        return observations, rewards, ended, described

    def close(self) -> None:
        """Ends the session."""
        self._environments.close()

    def get_images(self) -> Sequence[npt.NDArray[np.uint8] | None]:
        """A picture of every environment; None for each without a render mode."""
        return self._environments.render() or [None] * self.num_envs

    def get_attr(self, attr_name: str, indices: _Indices = None) -> list[Any]:
        """What all environments share, once for each."""
        return [getattr(self._environments, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: _Indices = None) -> None:
        """Environments of one session have no attributes of their own.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(f"{attr_name} cannot be set: the environments of a session share their attributes")

    def env_method(self, method_name: str, *args: Any, indices: _Indices = None, **kwargs: Any) -> list[Any]:
        """Environments of one session have no methods of their own.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(f"{method_name} cannot be called: the environments of a session are stepped together")

    def env_is_wrapped(self, wrapper_class: type[Any], indices: _Indices = None) -> list[bool]:
        """No environment is wrapped by itself."""
        return [False for _ in self._get_indices(indices)]
