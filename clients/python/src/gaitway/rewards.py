"""What Gymnasium's environments tell of a step beside the observation: the reward, and the infos' numbers.

A reward is the task's own (``"task"``), which is minus the cost of the step unless the task has reward terms; or it is
minus the cost in any case (``"cost"``), or that shaped by a potential (``"shaped"``).

The potential of a state in which n of M control steps are done and the episode goes on is Φ = -b (M - n), with b the
price of a step in which the robot does nothing of use; that of an episode's end is 0. By Ng, Harada and Russell (1999),
adding Φ(x') - Φ(x) to the rewards changes no comparison between policies. Here it adds b to every step, and takes b
from the charge of a fall for every step that the fall left out, so that

* a step is worth more than 0 where it is better than doing nothing, and
* a fall costs no more than what it leaves out, where the bare cost asks for hundreds of steps at once.

An episode returns M b - J, with J its cost, charges included, whether it ended early or not. Learners that estimate
values, such as PPO, fit numbers around 0 more easily than a slope to -1000 with cliffs, and discounting does not hide
what a fall costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np

from gaitway.session import StepResult
from gaitway.simulator import Simulator
from gaitway.spec import EnvironmentSpec
from gaitway.tensors import Floats, Ints

__all__ = ["REWARDS", "Reward", "idle_cost"]

Reward: TypeAlias = Literal["task", "cost", "shaped"]

#: The rewards that there are; the first is the default.
REWARDS: tuple[Reward, ...] = ("task", "cost", "shaped")


def check_reward(reward: str) -> None:
    """Says which rewards there are.

    Raises:
        ValueError: if it is none of them.
    """
    if reward not in REWARDS:
        raise ValueError(f"reward must be one of {', '.join(map(repr, REWARDS))}, but is {reward!r}")


def idle_cost(simulator: Simulator) -> float:
    """The price b of a control step in which the robot does nothing of use.

    That is what a fallen robot is charged per step (``spec.termination_cost``), or where nothing can fall, the cost of
    no action in the mean initial state.
    """
    spec = simulator.spec
    if spec.termination_cost > 0:
        return spec.termination_cost
    return float(simulator.step(spec.initial_mean[None], np.zeros((1, spec.nu))).costs[0])


class Telling:
    """Rewards and infos of N environments' steps, from what the server answered."""

    def __init__(
        self, simulator: Callable[[], Simulator], reward: Reward, spec: EnvironmentSpec, max_steps: int
    ) -> None:
        """Prepares.

        Args:
            simulator: makes one of the environment, which a shaped reward needs.
            reward: which one.
            spec: of the environment.
            max_steps: M, control steps after which an episode is truncated.
        """
        self._own = reward == "task"
        self._idle = idle_cost(simulator()) if reward == "shaped" else 0.0
        self._terms = [f"cost_{term.name}" for term in spec.cost_terms]
        self._reward_terms = [f"reward_{term.name}" for term in spec.reward_terms]
        self._charges = bool(spec.termination)
        self._along = _along(spec)
        self._dt = spec.dt
        self._max_steps = max_steps

    def start(self, states: Floats) -> dict[str, Floats]:
        """What is told of states, shape (N, nx), in which episodes start; arrays of shape (N,)."""
        return {} if self._along < 0 else {"x_position": states[:, self._along].copy()}

    def step(self, before: Floats, after: Floats, result: StepResult) -> dict[str, Floats]:
        """What is told of a step; arrays of shape (N,).

        Args:
            before: states, shape (N, nx).
            after: states, shape (N, nx), of the same episodes.
            result: what the server answered.
        """
        told = self.start(after)
        costs, terms = result.costs, result.cost_terms
        if self._along >= 0:
            told["x_velocity"] = (after[:, self._along] - before[:, self._along]) / self._dt
        told["cost"] = costs.copy()
        if terms is not None:
            told.update({name: terms[:, k].copy() for k, name in enumerate(self._terms)})
            if self._charges:
                told["cost_termination"] = np.where(result.terminated, costs - terms.sum(1), 0.0)
        if result.reward_terms is not None:
            told.update({name: result.reward_terms[:, k].copy() for k, name in enumerate(self._reward_terms)})
        return told

    def rewards(self, result: StepResult, steps: Ints) -> Floats:
        """Rewards, shape (N,), of a step after which ``steps`` control steps of the episodes are done."""
        if self._own and result.rewards is not None:
            return result.rewards.copy()
        rewards: Floats = 0.0 - result.costs
        rewards += self._idle * (1 + np.where(result.terminated, self._max_steps - steps, 0))
        return rewards


def _along(spec: EnvironmentSpec) -> int:
    """State index of the position that the robot travels along: the goal's, or the root's along x; -1 for none."""
    if spec.goal is not None and spec.goal.progress_index >= 0:
        return spec.goal.progress_index
    return spec.geometry[0].x_index if spec.geometry else -1


def numbers(told: dict[str, Floats], row: int = 0) -> dict[str, Any]:
    """What is told of one environment, as Python's floats."""
    return {name: float(values[row]) for name, values in told.items()}
