"""One environment for Gymnasium: ``gymnasium.make("gaitway/Swimmer-v0")``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium
import numpy as np
import numpy.typing as npt

from gaitway import checks, robots
from gaitway.connection import DEFAULT_TIMEOUT
from gaitway.errors import FailedPreconditionError
from gaitway.rendering import Frame, Renderer, Scene, Trail
from gaitway.rewards import Reward, Telling, check_reward, numbers
from gaitway.session import Session, Snapshot
from gaitway.simulator import Simulator
from gaitway.spaces import Spaces, check_options
from gaitway.tensors import Floats, floats


class GaitwayEnv(gymnasium.Env[Floats, npt.NDArray[np.float32]]):
    """An environment of a Gaitway server; what its numbers mean is in :mod:`gaitway.spaces`.

    ``reset(seed=s)`` starts episode 0 of seed s, ``reset()`` the next episode of the seed in force;
    ``options={"state": x}`` starts from the state x, shape (nx,). Infos hold the whole ``state``, shape (nx,), and, in
    SI units, what :class:`gaitway.rewards.Telling` tells of it: ``x_position`` and, after a step, ``x_velocity`` (mean
    over the step), ``cost``, its terms as ``cost_NAME``, ``cost_termination`` where episodes can end early, and the
    terms of the task's own reward as ``reward_NAME``.

    May be pickled and copied: the copy continues, on the same server, with the same bits.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array", "human"]}  # type: ignore[misc]

    def __init__(
        self,
        environment: str | None = "swimmer",
        parameters: Mapping[str, float] | None = None,
        address: str | None = None,
        *,
        horizon: int | None = None,
        reward: Reward = "task",
        render_mode: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        token: str | None = None,
        task: str | os.PathLike[str] | None = None,
        robot: str | os.PathLike[str] | None = None,
    ) -> None:
        """Makes a session of one environment.

        Args:
            environment: catalog name; None where there is a task.
            parameters: values by name; what is not named keeps its default.
            address: as for :class:`gaitway.Simulator`.
            horizon: control steps after which an episode is truncated, 1 or more; None for the environment's. A fall
                is charged for the steps up to here. ``gymnasium.make`` puts a limit of its own around this one,
                ``max_episode_steps``: for longer episodes give both.
            reward: ``"task"``, the sum of the environment's reward terms, or minus the cost of the step where it has
                none; ``"cost"``, minus the cost in any case; or ``"shaped"``, see :mod:`gaitway.rewards`.
            render_mode: ``"rgb_array"``, ``"human"`` or None.
            timeout: seconds for a call; None, or infinite, for no limit.
            token: as for :class:`gaitway.Simulator`.
            task: a YAML file to make the environment of, in place of a name; see :func:`gaitway.add_environment`.
            robot: with a task, the robot's file; None for the one that the task names.

        Raises:
            ValueError: if the render mode or the reward is unknown, or a number is out of range.
            GaitwayError: as :class:`gaitway.Session` and :func:`gaitway.add_environment`.
            DependencyNotInstalled: if there is a render mode and pygame is missing.
        """
        check_reward(reward)
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode must be 'rgb_array', 'human' or None, but is {render_mode!r}")
        if horizon is not None:
            checks.integer("horizon", horizon, 1)
        environment = robots.choose(environment, robot, task, address, timeout, token)
        self._session = Session(
            environment,
            parameters,
            address,
            autoreset="disabled",
            bounds="clip",
            max_episode_steps=horizon,
            cost_terms=True,
            timeout=timeout,
            token=token,
        )
        self._arguments: dict[str, Any] = {
            "environment": environment,
            "parameters": dict(parameters or {}),
            "address": self._session.address,
            "horizon": horizon,
            "reward": reward,
            "render_mode": render_mode,
            "timeout": timeout,
            "token": token,
        }
        self._simulator: Simulator | None = None
        try:
            self.environment = self._session.spec
            self.metadata = {**self.metadata, "render_fps": round(1 / self.environment.dt)}  # type: ignore[misc]
            self._spaces = Spaces(self.environment)
            self.observation_space = self._spaces.observation
            self.action_space = self._spaces.action
            self.render_mode = render_mode
            self._renderer = Renderer(self.environment, render_mode) if render_mode else None
            self._state: Floats | None = None
            self._before: tuple[Floats, Floats] | None = None
            self._episode_steps = 0
            self._trail = Trail(self.environment)
            steps = self._session.max_episode_steps
            self._telling = Telling(lambda: self.simulator, reward, self.environment, steps)
        except BaseException:
            self._session.close()
            raise

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Floats, dict[str, Any]]:
        """Starts an episode.

        Raises:
            ValueError: if the seed is not a whole number from 0 to 2**64 - 1, or an option is unknown or does not fit.
            GaitwayError: as :meth:`gaitway.Session.reset`.
        """
        chosen = None if seed is None else checks.seed("seed", seed)
        start = check_options(options, {"state"}).get("state")
        states = None if start is None else floats("options['state']", start, (self.environment.nx,))[None]
        super().reset(seed=chosen)
        answer = self._session.reset(seeds=None if chosen is None else [chosen], states=states)
        self._state, self._before, self._episode_steps = answer.states[0], None, 0
        self._trail.start(self._state)
        self._show()
        return self._observation(), {"state": self._state.copy(), **numbers(self._telling.start(answer.states))}

    def step(self, action: npt.NDArray[np.float32]) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        """Advances by one control step.

        Raises:
            ValueError: if the action's shape is not (nu,).
            StepUncertainError: if no answer came, so that the step may or may not have been carried out; ask
                :meth:`steps_done`.
            GaitwayError: as :meth:`gaitway.Session.step`.
        """
        before, applied = self._present(), self.physical_action(action)
        result = self._session.step(applied[None])
        self._state, self._before = result.states[0], (before, applied)
        self._episode_steps += 1
        if self._renderer is not None:
            self._trail.add(self._state)
        self._show()
        told = self._telling.step(before[None], result.states, result)
        info = {"state": self._state.copy(), **numbers(told)}
        if result.diverged is not None:
            info["diverged"] = True
        rewards = self._telling.rewards(result, np.array([self._episode_steps]))
        return self._observation(), float(rewards[0]), bool(result.terminated[0]), bool(result.truncated[0]), info

    @property
    def simulator(self) -> Simulator:
        """The same environment as a function, for derivatives and rollouts; made when it is first asked for.

        The derivatives of the control step that the environment would take now::

            env = env.unwrapped
            u = env.physical_action(action)
            e = env.simulator.linearize_dynamics(env.state[None], u[None])
            fx, fu = e.fx[0], e.fu[0]  # shapes (nx, nx) and (nx, nu), in SI units

        Raises:
            GaitwayError: as :class:`gaitway.Simulator`.
        """
        if self._simulator is None:
            given = self._arguments
            self._simulator = Simulator(
                given["environment"],
                given["parameters"],
                given["address"],
                timeout=given["timeout"],
                token=given["token"],
                model_digest=self.environment.model_digest,
            )
        return self._simulator

    @property
    def state(self) -> Floats:
        """The whole state that the environment is in now, shape (nx,), in SI units; read-only.

        Raises:
            FailedPreconditionError: before the first reset.
        """
        return self._present()

    def physical_action(self, action: npt.ArrayLike) -> Floats:
        """An action of the space, from -1 to 1, in the units of ``spec.action``, such as N m; shape (nu,).

        What lies beyond -1 and 1 is clipped. Derivatives by an action of the space are those by the physical one times
        half of the bounds' range.

        Raises:
            ValueError: if the action's shape is not (nu,).
        """
        physical = self._spaces.actions("action", action, (self.environment.nu,))
        return np.clip(physical, self.environment.action_lower, self.environment.action_upper)

    def steps_done(self) -> int:
        """Number of control steps carried out since the environment was made; asks the server if that is uncertain.

        After a step that timed out or was interrupted, this tells whether it was carried out. What it answered is lost:
        the next step goes on from wherever the environment is, and ``reset`` starts anew.

        Raises:
            GaitwayError: if the server has to be asked and does not answer.
        """
        return self._session.steps

    def render(self) -> Frame | None:
        """The picture of the present state, shape (height, width, 3); in ``human`` mode it is shown already."""
        if self._renderer is None:
            gymnasium.logger.warn("render() without a render_mode draws nothing; give one to gymnasium.make")
            return None
        return self._renderer.draw(self._scene()) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Ends the session and closes the window."""
        self._session.close()
        if self._simulator is not None:
            self._simulator.close()
        if self._renderer is not None:
            self._renderer.close()

    def __repr__(self) -> str:
        mode = f", render_mode={self.render_mode!r}" if self.render_mode else ""
        return (
            f"<{type(self).__name__} of {self.environment.title()} at {self._session.address},"
            f" {self._session.max_episode_steps} steps{mode}>"
        )

    def __getstate__(self) -> dict[str, Any]:
        snapshot = None if self._state is None else self._session.snapshot()
        return {
            "arguments": self._arguments,
            "snapshot": snapshot,
            "spec": self.spec,
            "random": (self._np_random, self._np_random_seed),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state["arguments"])  # type: ignore[misc]
        self.spec = state["spec"]
        self._np_random, self._np_random_seed = state["random"]
        snapshot: Snapshot | None = state["snapshot"]
        if snapshot is not None:
            self._session.restore(snapshot)
            self._state = snapshot.states[0]
            self._episode_steps = snapshot.message.episode_steps[0]
            self._trail.start(self._state)

    def _present(self) -> Floats:
        if self._state is None:
            raise FailedPreconditionError("there is no state before the first reset", code="FAILED_PRECONDITION")
        return self._state

    def _observation(self) -> Floats:
        return self._spaces.observations(self._present())

    def _scene(self) -> Scene:
        """What a picture shows of the present: with the forces of the step before, if there was one."""
        state, before = self._present(), self._before
        if before is None:
            return Scene(state, time=self._episode_steps * self.environment.dt, trail=self._trail.points)
        x, u = before
        forces = None
        if self.environment.contact_points:
            forces = self.simulator.step(x[None], u[None], with_contacts=True).contact_forces
        return Scene(
            state,
            time=self._episode_steps * self.environment.dt,
            speed=self._trail.speed,
            actions=u,
            contact_forces=None if forces is None else forces[0],
            trail=self._trail.points,
        )

    def _show(self) -> None:
        if self._renderer is not None and self.render_mode == "human":
            self._renderer.show(self._scene())
