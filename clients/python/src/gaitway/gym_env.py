"""One environment for Gymnasium: ``gymnasium.make("gaitway/Swimmer-v0")``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium
import numpy as np
import numpy.typing as npt

from gaitway import checks
from gaitway.connection import DEFAULT_TIMEOUT
from gaitway.errors import FailedPreconditionError
from gaitway.rendering import Frame, Renderer
from gaitway.session import Session, Snapshot
from gaitway.spaces import Spaces, check_options
from gaitway.tensors import Floats, floats


class GaitwayEnv(gymnasium.Env[Floats, npt.NDArray[np.float32]]):
    """An environment of a Gaitway server; what its numbers mean is in :mod:`gaitway.spaces`.

    ``reset(seed=s)`` starts episode 0 of seed s, ``reset()`` the next episode of the seed in force;
    ``options={"state": x}`` starts from the state x, shape (nx,). Infos hold the whole ``state``.

    May be pickled and copied: the copy continues, on the same server, with the same bits.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array", "human"]}  # type: ignore[misc]

    def __init__(
        self,
        environment: str = "swimmer",
        parameters: Mapping[str, float] | None = None,
        address: str | None = None,
        *,
        horizon: int | None = None,
        render_mode: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        token: str | None = None,
    ) -> None:
        """Makes a session of one environment.

        Args:
            environment: catalog name.
            parameters: values by name; what is not named keeps its default.
            address: as for :class:`gaitway.Simulator`.
            horizon: control steps after which an episode is truncated, 1 or more; None for the environment's. The
                ``max_episode_steps`` of ``gymnasium.make`` can only shorten it.
            render_mode: ``"rgb_array"``, ``"human"`` or None.
            timeout: seconds for a call; None, or infinite, for no limit.
            token: as for :class:`gaitway.Simulator`.

        Raises:
            ValueError: if the render mode is unknown, or a number is out of range.
            GaitwayError: as :class:`gaitway.Session`.
        """
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode must be 'rgb_array', 'human' or None, but is {render_mode!r}")
        if horizon is not None:
            checks.integer("horizon", horizon, 1)
        self._session = Session(
            environment,
            parameters,
            address,
            autoreset="disabled",
            bounds="clip",
            max_episode_steps=horizon,
            timeout=timeout,
            token=token,
        )
        self._arguments = {
            "environment": environment,
            "parameters": dict(parameters or {}),
            "address": self._session.address,
            "horizon": horizon,
            "render_mode": render_mode,
            "timeout": timeout,
            "token": token,
        }
        try:
            self.environment = self._session.spec
            self.metadata = {**self.metadata, "render_fps": round(1 / self.environment.dt)}  # type: ignore[misc]
            self._spaces = Spaces(self.environment)
            self.observation_space = self._spaces.observation
            self.action_space = self._spaces.action
            self.render_mode = render_mode
            self._renderer = Renderer(self.environment, render_mode) if render_mode else None
            self._state: Floats | None = None
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
        self._state = answer.states[0]
        self._show()
        return self._observation(), self._info()

    def step(self, action: npt.NDArray[np.float32]) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        """Advances by one control step.

        Raises:
            ValueError: if the action's shape is not (nu,).
            StepUncertainError: if no answer came, so that the step may or may not have been carried out; ask
                :meth:`steps_done`.
            GaitwayError: as :meth:`gaitway.Session.step`.
        """
        result = self._session.step(self._spaces.actions("action", action, (self.environment.nu,))[None])
        self._state = result.states[0]
        self._show()
        info = self._info()
        if result.diverged is not None:
            info["diverged"] = True
        reward = 0.0 - float(result.costs[0])
        return self._observation(), reward, bool(result.terminated[0]), bool(result.truncated[0]), info

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
        return self._renderer.draw(self._present()) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Ends the session and closes the window."""
        self._session.close()
        if self._renderer is not None:
            self._renderer.close()

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

    def _present(self) -> Floats:
        if self._state is None:
            raise FailedPreconditionError("there is no state before the first reset", code="FAILED_PRECONDITION")
        return self._state

    def _observation(self) -> Floats:
        return self._spaces.observations(self._present())

    def _info(self) -> dict[str, Any]:
        return {"state": self._present().copy()}

    def _show(self) -> None:
        if self._renderer is not None and self.render_mode == "human":
            self._renderer.show(self._present())
