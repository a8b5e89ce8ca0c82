"""Many environments for Gymnasium in one session: one message, and its answer, per batched step."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from gaitway import checks
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
        token: str | None = None,
    ) -> None:
        """Makes a session.

        Args:
            num_envs: N, 1 or more.
            environment: catalog name.
            parameters: values by name; what is not named keeps its default.
            address: as for :class:`gaitway.Simulator`.
            autoreset_mode: what happens when an episode is over.
            horizon: control steps after which an episode is truncated, 1 or more; None for the environment's.
            max_episode_steps: the same, by the name that ``gymnasium.make_vec`` has for it.
            render_mode: ``"rgb_array"`` or None.
            timeout: seconds for a call, plus one millisecond per control step; None, or infinite, for no limit.
            token: as for :class:`gaitway.Simulator`.

        Raises:
            ValueError: if a mode is unknown, a number is out of range, or the two limits differ.
            GaitwayError: as :class:`gaitway.Session`.
        """
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode must be 'rgb_array' or None, but is {render_mode!r}")
        checks.integer("num_envs", num_envs, 1)
        for name, value in (("horizon", horizon), ("max_episode_steps", max_episode_steps)):
            if value is not None:
                checks.integer(name, value, 1)
        if None not in (horizon, max_episode_steps) and horizon != max_episode_steps:
            raise ValueError(
                f"horizon is {horizon} and max_episode_steps is {max_episode_steps}; they mean the same, give one"
            )
        mode = _mode(autoreset_mode)
        self._session = Session(
            environment,
            parameters,
            address,
            num_environments=num_envs,
            autoreset=_MODES[mode],
            bounds="clip",
            max_episode_steps=max_episode_steps if horizon is None else horizon,
            timeout=timeout,
            token=token,
        )
        try:
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
        except BaseException:
            self._session.close()
            raise

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
        given = check_options(options, {"states", "reset_mask"})
        mask = _mask(given.get("reset_mask"), self.num_envs)
        starts = given.get("states")
        if starts is not None:
            starts = floats("options['states']", starts, (self.num_envs, self.environment.nx))
        seeds = _seeds(seed, self.num_envs)
        if seed is None or isinstance(seed, numbers.Number):
            super().reset(seed=seeds[0])
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
            StepUncertainError: if no answer came, so that the step may or may not have been carried out; ask
                :meth:`steps_done`.
            GaitwayError: as :meth:`gaitway.Session.step`.
        """
        shape = (self.num_envs, self.environment.nu)
        result = self._session.step(self._spaces.actions("actions", actions, shape))
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

    def steps_done(self) -> int:
        """Number of batched steps carried out since the environments were made; asks the server if that is uncertain.

        After a step that timed out or was interrupted, this tells whether it was carried out. What it answered is lost:
        the next step goes on from wherever the environments are, and ``reset`` starts anew.

        Raises:
            GaitwayError: if the server has to be asked and does not answer.
        """
        return self._session.steps

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


def _mode(given: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(given)
    except ValueError:
        allowed = ", ".join(repr(mode.value) for mode in AutoresetMode)
        raise ValueError(f"autoreset_mode must be one of {allowed}, but is {given!r}") from None


def _seeds(given: Any, count: int) -> list[int | None]:
    """A seed for every environment, where None goes on to the next episode."""
    if given is None:
        return [None] * count
    if isinstance(given, numbers.Number):
        first = checks.seed("seed", given)
        if first + count > 2**64:
            raise ValueError(f"seed must be at most 2**64 - {count} for {count} environments, but is {first}")
        return [first + i for i in range(count)]
    seeds = checks.elements("seed", given)
    if len(seeds) != count:
        raise ValueError(f"seed must have {count} entries, one for every environment, but has {len(seeds)}")
    return [None if value is None else checks.seed(f"seed[{i}]", value) for i, value in enumerate(seeds)]


def _mask(given: Any, count: int) -> Bools:
    if given is None:
        return np.ones(count, np.bool_)
    if not isinstance(given, np.ndarray) or given.dtype != np.bool_ or given.shape != (count,):
        raise ValueError(f"options['reset_mask'] must be a bool array of shape ({count},), but is {given!r}")
    if not given.any():
        raise ValueError("options['reset_mask'] selects no environment; at least one entry must be True")
    return given
