"""Many environments for Gymnasium in one session: one message, and its answer, per batched step."""

from __future__ import annotations

import numbers
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from gaitway import checks, robots
from gaitway.connection import DEFAULT_TIMEOUT
from gaitway.errors import FailedPreconditionError
from gaitway.rendering import Frame, Renderer, Scene, Trail
from gaitway.rewards import Reward, Telling, check_reward
from gaitway.session import Session, StepResult
from gaitway.simulator import Simulator
from gaitway.spaces import Spaces, check_options
from gaitway.tensors import Bools, Floats, floats

_MODES = {
    AutoresetMode.NEXT_STEP: "next_step",
    AutoresetMode.SAME_STEP: "same_step",
    AutoresetMode.DISABLED: "disabled",
}


class GaitwayVectorEnv(VectorEnv[Floats, npt.NDArray[np.float32], npt.NDArray[Any]]):
    """N environments of a Gaitway server; what the numbers mean is in :mod:`gaitway.spaces`.

    Infos hold the whole ``state`` of every environment, shape (N, nx), and what
    :class:`gaitway.gym_env.GaitwayEnv` tells of each, shape (N,), with a mask ``_NAME`` of the environments that it is
    about. In mode SAME_STEP, ``final_obs`` and ``final_info`` hold the last observation and info of the episodes that
    have ended.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"]}  # type: ignore[misc]

    def __init__(
        self,
        num_envs: int = 1,
        environment: str | None = "swimmer",
        parameters: Mapping[str, float] | None = None,
        address: str | None = None,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        horizon: int | None = None,
        max_episode_steps: int | None = None,
        reward: Reward = "task",
        render_mode: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        token: str | None = None,
        task: str | os.PathLike[str] | None = None,
        robot: str | os.PathLike[str] | None = None,
    ) -> None:
        """Makes a session.

        Args:
            num_envs: N, 1 or more.
            environment: catalog name; None where there is a task.
            parameters: values by name; what is not named keeps its default.
            address: as for :class:`gaitway.Simulator`.
            autoreset_mode: what happens when an episode is over.
            horizon: control steps after which an episode is truncated, 1 or more; None for the environment's.
            max_episode_steps: the same, by the name that ``gymnasium.make_vec`` has for it; ``horizon`` wins.
            reward: ``"task"``, the sum of the environment's reward terms, or minus the cost of the step where it has
                none; ``"cost"``, minus the cost in any case; or ``"shaped"``, see :mod:`gaitway.rewards`.
            render_mode: ``"rgb_array"`` or None.
            timeout: seconds for a call, plus one millisecond per control step; None, or infinite, for no limit.
            token: as for :class:`gaitway.Simulator`.
            task: a YAML file to make the environment of, in place of a name; see :func:`gaitway.add_environment`.
            robot: with a task, the robot's file; None for the one that the task names.

        Raises:
            ValueError: if a mode or the reward is unknown, or a number is out of range.
            GaitwayError: as :class:`gaitway.Session` and :func:`gaitway.add_environment`.
            DependencyNotInstalled: if there is a render mode and pygame is missing.
        """
        check_reward(reward)
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode must be 'rgb_array' or None, but is {render_mode!r}")
        checks.integer("num_envs", num_envs, 1)
        for name, value in (("horizon", horizon), ("max_episode_steps", max_episode_steps)):
            if value is not None:
                checks.integer(name, value, 1)
        mode = _mode(autoreset_mode)
        environment = robots.choose(environment, robot, task, address, timeout, token)
        self._session = Session(
            environment,
            parameters,
            address,
            num_environments=num_envs,
            autoreset=_MODES[mode],
            bounds="clip",
            max_episode_steps=max_episode_steps if horizon is None else horizon,
            cost_terms=True,
            timeout=timeout,
            token=token,
        )
        self._given = (environment, dict(parameters or {}), timeout, token)
        self._simulator: Simulator | None = None
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
            self._before: tuple[Floats, Floats] | None = None
            self._stepped = np.zeros(self.num_envs, np.bool_)
            self._episode_steps = np.zeros(self.num_envs, np.int64)
            self._trails = [Trail(self.environment) for _ in range(self.num_envs)] if self._renderer else []
            steps = self._session.max_episode_steps
            self._telling = Telling(lambda: self.simulator, reward, self.environment, steps)
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
        self._begin(mask, states)
        infos = _masked(self._telling.start(states), mask)
        return self._spaces.observations(states), {"state": states, "_state": mask, **infos}

    def step(self, actions: npt.NDArray[np.float32]) -> tuple[Floats, Floats, Bools, Bools, dict[str, Any]]:
        """Advances every environment by one control step.

        Raises:
            ValueError: if the actions' shape is not (N, nu).
            StepUncertainError: if no answer came, so that the step may or may not have been carried out; ask
                :meth:`steps_done`.
            GaitwayError: as :meth:`gaitway.Session.step`.
        """
        before, applied = self._states, self.physical_actions(actions)
        result = self._session.step(applied)
        assert before is not None  # The server refuses a step before a reset.
        self._states, self._before = result.states, (before, applied)
        last, ended, begun = self._last(result)
        stepped = ~begun | ended
        self._episode_steps += stepped
        rewards = self._telling.rewards(result, self._episode_steps)
        rewards[~stepped] = 0.0
        told = self._telling.step(before, last, result)
        infos: dict[str, Any] = {"state": result.states, "_state": np.ones(self.num_envs, np.bool_)}
        infos.update(_masked(told, ~begun))
        if begun.any():
            for name, values in self._telling.start(result.states).items():
                infos[name] = np.where(begun, values, told[name])
                infos[f"_{name}"] = np.ones(self.num_envs, np.bool_)
        if result.diverged is not None and (result.diverged & ~begun).any():
            infos["diverged"] = infos["_diverged"] = result.diverged & ~begun
        if ended.any():
            self._add_finals(infos, result, last, ended, told)
        for trail, state in zip(self._trails, last, strict=bool(self._trails)):
            trail.add(state)
        self._begin(begun, result.states)
        return (
            self._spaces.observations(result.states),
            rewards,
            result.terminated.copy(),
            result.truncated.copy(),
            infos,
        )

    @property
    def simulator(self) -> Simulator:
        """The same environment as a function; see :attr:`gaitway.gym_env.GaitwayEnv.simulator`.

        The derivatives of the control steps that the environments would take now::

            us = envs.unwrapped.physical_actions(actions)
            e = envs.unwrapped.simulator.linearize_dynamics(envs.unwrapped.states, us)  # e.fx (N, nx, nx), e.fu

        Raises:
            GaitwayError: as :class:`gaitway.Simulator`.
        """
        if self._simulator is None:
            environment, parameters, timeout, token = self._given
            self._simulator = Simulator(
                environment,
                parameters,
                self._session.address,
                timeout=timeout,
                token=token,
                model_digest=self.environment.model_digest,
            )
        return self._simulator

    @property
    def states(self) -> Floats:
        """The whole states that the environments are in now, shape (N, nx), in SI units; read-only.

        Raises:
            FailedPreconditionError: before the first reset.
        """
        return self._present()

    def physical_actions(self, actions: npt.ArrayLike) -> Floats:
        """Actions of the space, from -1 to 1, in the units of ``spec.action``; shape (N, nu), clipped to the bounds.

        Raises:
            ValueError: if the actions' shape is not (N, nu).
        """
        physical = self._spaces.actions("actions", actions, (self.num_envs, self.environment.nu))
        return np.clip(physical, self.environment.action_lower, self.environment.action_upper)

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
        return tuple(self._renderer.draw(scene) for scene in self._scenes())

    def close_extras(self, **kwargs: Any) -> None:
        """Ends the session."""
        self._session.close()
        if self._simulator is not None:
            self._simulator.close()

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {self.environment.title()} × {self.num_envs} at {self._session.address},"
            f" {self._session.max_episode_steps} steps, {self._session.autoreset}>"
        )

    def _begin(self, mask: Bools, states: Floats) -> None:
        """Notes which environments are in a new episode."""
        self._episode_steps[mask] = 0
        self._stepped = ~mask if mask.any() else np.ones(self.num_envs, np.bool_)
        for i, trail in enumerate(self._trails):
            if mask[i]:
                trail.start(states[i])

    def _last(self, result: StepResult) -> tuple[Floats, Bools, Bools]:
        """The states that the step led to, before any reset; whose episodes ended in it; and who is in a new one."""
        ended, begun = np.zeros(self.num_envs, np.bool_), np.zeros(self.num_envs, np.bool_)
        if not result.resets:
            return result.states, ended, begun
        last = result.states.copy()
        for reset in result.resets:
            begun[reset.environment] = True
            if reset.final_state is not None:
                ended[reset.environment] = True
                last[reset.environment] = reset.final_state
        return last, ended, begun

    def _scenes(self) -> list[Scene]:
        states, before, dt = self._present(), self._before, self.environment.dt
        scenes = [
            Scene(states[i], time=self._episode_steps[i] * dt, trail=trail.points)
            for i, trail in enumerate(self._trails)
        ]
        moved = np.flatnonzero(self._stepped)
        if before is None or moved.size == 0:
            return scenes
        forces = None
        if self.environment.contact_points:
            forces = self.simulator.step(before[0][moved], before[1][moved], with_contacts=True).contact_forces
        for row, i in enumerate(moved):
            scenes[i] = replace(
                scenes[i],
                speed=self._trails[i].speed,
                actions=before[1][i],
                contact_forces=None if forces is None else forces[row],
            )
        return scenes

    def _add_finals(
        self, infos: dict[str, Any], result: StepResult, last: Floats, ended: Bools, told: dict[str, Floats]
    ) -> None:
        """What Gymnasium's mode SAME_STEP tells of the episodes that have ended."""
        observations = np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(ended):
            observations[i] = self._spaces.observations(last[i])
        final: dict[str, Any] = {"state": np.where(ended[:, None], last, 0.0), "_state": ended.copy()}
        final.update(_masked(told, ended))
        if result.diverged is not None and (result.diverged & ended).any():
            final["diverged"] = final["_diverged"] = result.diverged & ended
        infos["final_obs"], infos["_final_obs"] = observations, ended
        infos["final_info"], infos["_final_info"] = final, ended.copy()

    def _present(self) -> Floats:
        if self._states is None:
            raise FailedPreconditionError("there are no states before the first reset", code="FAILED_PRECONDITION")
        return self._states


def _masked(told: dict[str, Floats], mask: Bools) -> dict[str, Any]:
    """What is told, as Gymnasium's vectors tell it: with 0 and a mask for the others, and not at all of none."""
    infos: dict[str, Any] = {}
    if mask.any():
        for name, values in told.items():
            infos[name], infos[f"_{name}"] = np.where(mask, values, 0.0), mask.copy()
    return infos


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
