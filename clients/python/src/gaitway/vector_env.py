"""Many environments for Gymnasium in one session: one message, and its answer, per batched step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from gaitway.connection import DEFAULT_TIMEOUT
from gaitway.errors import FailedPreconditionError
from gaitway.rendering import Frame, Renderer
from gaitway.session import Session, StepResult
from gaitway.spaces import Spaces, check_options
from gaitway.tensors import Bools, Floats, floats

_MODES = {
    AutoresetMode.NEXT_STEP: "next_step",
    AutoresetMode.SAME_STEP: "same_step",
    AutoresetMode.DISABLED: "disabled",
}


class GaitwayVectorEnv(VectorEnv[Floats, npt.NDArray[np.float32], npt.NDArray[Any]]):
    """N environments of a Gaitway server; what the numbers mean is in :mod:`gaitway.spaces`.

    Infos hold the whole ``state`` of every environment, shape (N, nx). In mode SAME_STEP, ``final_obs``
    and ``final_info`` hold the last observation and info of the episodes that have ended.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"]}  # type: ignore[misc]

    def __init__(
        self,
        num_envs: int = 1,
        environment: str = "swimmer",
        parameters: Mapping[str, float] | None = None,
        address: str | None = None,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        horizon: int | None = None,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
    ) -> None:
        """Makes a session.

        Args:
            num_envs: N.
            environment: catalog name.
            parameters: values by name; what is not named keeps its default.
            address: as for :class:`gaitway.Simulator`.
            autoreset_mode: what happens when an episode is over.
            horizon: control steps after which an episode is truncated; None for the environment's.
            max_episode_steps: the same, by the name that ``gymnasium.make_vec`` has for it.
            render_mode: ``"rgb_array"`` or None.
            timeout: seconds for a call, plus one millisecond per control step; None for no limit.

        Raises:
            ValueError: if a mode is unknown, or the two limits differ.
            GaitwayError: as :class:`gaitway.Session`.
        """
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode is {render_mode!r}; allowed: 'rgb_array', None")
        if None not in (horizon, max_episode_steps) and horizon != max_episode_steps:
            raise ValueError(
                f"horizon is {horizon} and max_episode_steps is {max_episode_steps}; they mean the same, give one"
            )
        mode = AutoresetMode(autoreset_mode)
        self._session = Session(
            environment,
            parameters,
            address,
            num_environments=num_envs,
            autoreset=_MODES[mode],
            bounds="clip",
            max_episode_steps=horizon or max_episode_steps,
            timeout=timeout,
        )
        self.num_envs = self._session.num_environments
        self.environment = self._session.spec
        self.metadata = {  # type: ignore[misc]
            **self.metadata,
            "autoreset_mode": mode,
            "render_fps": round(1 / self.environment.dt),
        }
        self._spaces = Spaces(self.environment)
        self.single_observation_space = self._spaces.observation
        self.single_action_space = self._spaces.action
        self.observation_space = batch_space(self._spaces.observation, self.num_envs)
        self.action_space = batch_space(self._spaces.action, self.num_envs)
        self.render_mode = render_mode
        self._renderer = Renderer(self.environment, render_mode) if render_mode else None
        self._states: Floats | None = None

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Floats, dict[str, Any]]:
        """Starts episodes.

        Args:
            seed: s, for seeds s, s + 1, …; or one seed per environment, where None goes on to the next
                episode of the seed in force, as None for all does.
            options: ``"states"``, initial states, shape (N, nx); ``"reset_mask"``, which environments to
                reset, shape (N,).

        Raises:
            ValueError: if an option is unknown or does not fit, or the seeds are too few or too many.
            GaitwayError: as :meth:`gaitway.Session.reset`.
        """
        if seed is None or isinstance(seed, (int, np.integer)):
            number = None if seed is None else int(seed)
            super().reset(seed=number)
            seeds: list[int | None] = [None if number is None else number + i for i in range(self.num_envs)]
        else:
            seeds = list(seed)
        if len(seeds) != self.num_envs:
            raise ValueError(f"seed has {len(seeds)} entries; it must have {self.num_envs}, one per environment")
        given = check_options(options, {"states", "reset_mask"})
        mask = _mask(given.get("reset_mask"), self.num_envs)
        starts = given.get("states")
        if starts is not None:
            starts = floats("options['states']", starts, (self.num_envs, self.environment.nx))
        seeded = np.array([value is not None for value in seeds])
        # One command, or two where some environments are seeded and others go on.
        for chosen, values in ((mask & seeded, [value or 0 for value in seeds]), (mask & ~seeded, None)):
            if chosen.any():
                everything = None if chosen.all() else chosen
                self._states = self._session.reset(seeds=values, mask=everything, states=starts).states
        states = self._present()
        return self._spaces.observations(states), {"state": states, "_state": mask}

    def step(self, actions: npt.NDArray[np.float32]) -> tuple[Floats, Floats, Bools, Bools, dict[str, Any]]:
        """Advances every environment by one control step.

        Raises:
            ValueError: if the actions' shape is not (N, nu).
            GaitwayError: as :meth:`gaitway.Session.step`.
        """
        result = self._session.step(self._spaces.actions(actions))
        self._states = result.states
        infos: dict[str, Any] = {"state": result.states, "_state": np.ones(self.num_envs, np.bool_)}
        if result.diverged is not None:
            infos["diverged"] = infos["_diverged"] = result.diverged
        if result.resets and result.resets[0].final_state is not None:
            self._add_finals(infos, result)
        return (
            self._spaces.observations(result.states),
            0.0 - result.costs,
            result.terminated.copy(),
            result.truncated.copy(),
            infos,
        )

    def render(self) -> tuple[Frame, ...] | None:
        """A picture of every environment, each of shape (height, width, 3); None without a render mode."""
        if self._renderer is None:
            return None
        return tuple(self._renderer.draw(state) for state in self._present())

    def close_extras(self, **kwargs: Any) -> None:
        """Ends the session."""
        self._session.close()

    def _add_finals(self, infos: dict[str, Any], result: StepResult) -> None:
        """What Gymnasium's mode SAME_STEP tells of the episodes that have ended."""
        ended = np.zeros(self.num_envs, np.bool_)
        observations = np.full(self.num_envs, None, dtype=object)
        states = np.zeros_like(result.states)
        for reset in result.resets:
            assert reset.final_state is not None
            ended[reset.environment] = True
            observations[reset.environment] = self._spaces.observations(reset.final_state)
            states[reset.environment] = reset.final_state
        infos["final_obs"], infos["_final_obs"] = observations, ended
        infos["final_info"], infos["_final_info"] = {"state": states, "_state": ended.copy()}, ended.copy()

    def _present(self) -> Floats:
        if self._states is None:
            raise FailedPreconditionError("there are no states before the first reset", code="FAILED_PRECONDITION")
        return self._states


def _mask(given: Any, count: int) -> Bools:
    if given is None:
        return np.ones(count, np.bool_)
    if not isinstance(given, np.ndarray) or given.dtype != np.bool_ or given.shape != (count,):
        raise ValueError(f"options['reset_mask'] must be a bool array of shape ({count},), but is {given!r}")
    if not given.any():
        raise ValueError("options['reset_mask'] selects no environment; at least one entry must be True")
    return given
