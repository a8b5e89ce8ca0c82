"""How an environment looks to Gymnasium.

An observation is the state's entries that ``EnvironmentSpec.observation`` names, in float64, so that no
bit is lost. An action is float32 from -1 to 1, which learners expect, and stands for the range from the
lower to the upper bound of the action's unit. Rewards are those of :mod:`gaitway.rewards`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from gaitway.spec import EnvironmentSpec
from gaitway.tensors import Floats, floats

#: Observations have no bounds of their own; Gymnasium wants finite ones, and this has a float32.
_UNBOUNDED = float(np.finfo(np.float32).max)


class Spaces:
    """The spaces of one environment, and the way from an action of theirs to the server's."""

    def __init__(self, spec: EnvironmentSpec) -> None:
        infinite = [entry.name for entry in spec.action if not np.isfinite([entry.lower, entry.upper]).all()]
        if infinite:
            raise ValueError(
                f"{spec.id} has no finite bounds for {', '.join(infinite)}; only an action with bounds can be scaled"
                " to -1 … 1, so that this environment is for gaitway.Session alone"
            )
        self.observed = spec.observation
        self.observation = spaces.Box(-_UNBOUNDED, _UNBOUNDED, (len(spec.observation),), np.float64)
        self.action = spaces.Box(-1.0, 1.0, (spec.nu,), np.float32)
        self._middle = (spec.action_upper + spec.action_lower) / 2
        self._half = (spec.action_upper - spec.action_lower) / 2

    def actions(self, name: str, scaled: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
        """Actions in the server's units; what is beyond -1 and 1 is left to the server to clip.

        Raises:
            ValueError: if their shape is another; the message names the argument.
        """
        actions: Floats = floats(name, scaled, shape) * self._half + self._middle
        return actions

    def scaled(self, actions: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """The other way round: actions of the server's units as actions of the space."""
        return ((np.asarray(actions, np.float64) - self._middle) / self._half).astype(np.float32)

    def observations(self, states: Floats) -> Floats:
        """A new array of what is observed of states, shape (..., nx)."""
        observations: Floats = np.take(states, self.observed, axis=-1)
        return observations


def check_options(options: dict[str, Any] | None, known: set[str]) -> dict[str, Any]:
    """The options of a reset.

    Raises:
        ValueError: if one of them is unknown.
    """
    given = dict(options or {})
    unknown = sorted(map(repr, set(given) - known))
    if unknown:
        raise ValueError(f"options has {', '.join(unknown)}; allowed: {', '.join(sorted(known))}")
    return given
