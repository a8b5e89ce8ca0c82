"""Controllers under evaluation: states come, actions go, and nothing else can be done.

The server drives the episodes of a suite and computes the score; see ``evaluation.proto``. A program
that ``gaitway evaluate --controller-command COMMAND`` starts needs one line; one that opens evaluations by itself,
:class:`gaitway.Evaluations`:

    gaitway.evaluation.control(my_controller)
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

import grpc
import numpy as np
import numpy.typing as npt

from gaitway.connection import Connection
from gaitway.durations import seconds
from gaitway.spec import EnvironmentSpec
from gaitway.tensors import Floats, Ints, floats, pack, unpack, wrong_answer
from gaitway.v1 import evaluation_pb2

__all__ = ["Controller", "EpisodeController", "EpisodeResult", "Outcome", "Task", "control"]

SERVER_VARIABLE = "GAITWAY_EVALUATION_SERVER"
"""Environment variable with the address of the server, where ``gaitway evaluate`` starts the program."""

EVALUATION_VARIABLE = "GAITWAY_EVALUATION"
"""Environment variable with the evaluation's id."""


@dataclass(frozen=True)
class Task:
    """What is to be controlled.

    Attributes:
        environment: with the parameters of the suite's first variant; sizes, names and bounds hold for all.
        suite: id of the suite.
        horizon: control steps of an episode.
        episodes: number of episodes.
        action_deadline: seconds for the answer to a round.
    """

    environment: EnvironmentSpec
    suite: str
    horizon: int
    episodes: int
    action_deadline: float


@dataclass(frozen=True)
class EpisodeResult:
    """A finished episode, as the server judged it.

    Attributes:
        episode: its number.
        outcome: ``"completed"``, ``"terminated"`` or ``"diverged"``.
        fault: what the controller did wrong, such as ``"deadline_missed"``; empty if nothing.
        fault_detail: the fault in words.
        steps: control steps completed.
        controlled_steps: of these, those with the controller's actions.
        clipped: steps in which an action entry was clipped to its bounds.
        cost: total cost, as that of a rollout.
        digest: SHA-256 of states, actions and costs.
        beginnings: how many times it was begun: more than once if the server ended in between.
    """

    episode: int
    outcome: str
    fault: str
    fault_detail: str
    steps: int
    controlled_steps: int
    clipped: int
    cost: float
    digest: bytes
    beginnings: int


@dataclass
class Outcome:
    """What came of a call to :func:`control`.

    Attributes:
        task: what was controlled.
        results: of the episodes that ended while this controller was attached.
    """

    task: Task
    results: list[EpisodeResult] = field(default_factory=list)


Controller: TypeAlias = Callable[[Floats], npt.ArrayLike]
"""States, shape (n, nx), to actions in the action's units, shape (n, nu). Has no memory."""


@runtime_checkable
class EpisodeController(Protocol):
    """A controller that wants to know of the task, and which states belong to which episode."""

    def begin(self, task: Task) -> None:
        """Called once, before the first round."""

    def act(self, states: Floats, episodes: Ints, steps: Ints) -> npt.ArrayLike:
        """Actions for a round.

        Args:
            states: shape (n, nx); read-only.
            episodes: numbers of the episodes, ascending, shape (n,).
            steps: control steps since each episode's start, shape (n,); 0 says that memory of the episode
                is to be cleared.

        Returns:
            Actions in the action's units, shape (n, nu).
        """


class _Stateless:
    """A function as an episode controller."""

    def __init__(self, function: Controller) -> None:
        self._function = function

    def begin(self, task: Task) -> None:
        pass

    def act(self, states: Floats, episodes: Ints, steps: Ints) -> npt.ArrayLike:
        return self._function(states)


def control(
    controller: Controller | EpisodeController,
    address: str | None = None,
    evaluation: str | None = None,
    *,
    on_result: Callable[[EpisodeResult], None] | None = None,
    token: str | None = None,
) -> Outcome:
    """Controls an evaluation until its last episode ends.

    By the contract, a row of actions that is not finite loses that episode, and a wrong shape, or no answer
    before the deadline, loses all episodes of the round. A wrong shape is therefore raised here, before it is
    sent; the evaluation then waits for the next controller that attaches.

    Args:
        controller: a function of states, or an object with ``begin`` and ``act``.
        address: of the server; None for the one that the environment variable
            ``GAITWAY_EVALUATION_SERVER`` names.
        evaluation: id of the evaluation; None for the one that ``GAITWAY_EVALUATION`` names.
        on_result: called with the result of every episode as it ends.
        token: as for :class:`gaitway.Simulator`.

    Raises:
        ValueError: if neither an argument nor the variable names the address or the evaluation, or if the
            actions have a wrong shape.
        NotFoundError: if there is no such evaluation.
        FailedPreconditionError: if it is over, or for a fault of the controller that ends the call.
        UnavailableError: if no server answers, or the connection broke; attaching again goes on.
    """
    chosen = controller if isinstance(controller, EpisodeController) else _Stateless(controller)
    connection = Connection(_given("address", address, SERVER_VARIABLE), timeout=None, token=token)
    try:
        return _Control(connection, _given("evaluation", evaluation, EVALUATION_VARIABLE), chosen, on_result).run()
    finally:
        connection.close()


class _Control:
    """One attachment to an evaluation."""

    def __init__(
        self,
        connection: Connection,
        evaluation: str,
        controller: EpisodeController,
        on_result: Callable[[EpisodeResult], None] | None,
    ) -> None:
        self._connection = connection
        self._controller = controller
        self._on_result = on_result
        self._requests: queue.SimpleQueue[evaluation_pb2.ControlRequest | None] = queue.SimpleQueue()
        self._requests.put(evaluation_pb2.ControlRequest(attach=evaluation_pb2.Attachment(evaluation_id=evaluation)))

    def run(self) -> Outcome:
        requests: Iterator[Any] = iter(self._requests.get, None)
        call = self._connection.stream("EvaluationService/Control", requests, evaluation_pb2.ControlResponse)
        outcome: Outcome | None = None
        try:
            for response in call:
                kind = response.WhichOneof("message")
                if outcome is None:
                    if kind != "task":
                        raise wrong_answer(f"it begins with {kind} instead of the task")
                    outcome = Outcome(_task(response.task))
                    self._controller.begin(outcome.task)
                elif kind == "states":
                    self._requests.put(self._answer(outcome.task, response.states))
                elif kind == "result":
                    result = episode_result(response.result)
                    outcome.results.append(result)
                    if len(outcome.results) > outcome.task.episodes:
                        raise wrong_answer(f"more than {outcome.task.episodes} results")
                    if self._on_result is not None:
                        self._on_result(result)
        except grpc.RpcError as error:
            raise self._connection.failure(error, "control of an evaluation", None) from error
        finally:
            self._requests.put(None)
            call.cancel()
        if outcome is None:
            raise wrong_answer("the call ended without a task")
        return outcome

    def _answer(self, task: Task, round_: evaluation_pb2.RoundStates) -> evaluation_pb2.ControlRequest:
        n = len(round_.episodes)
        states = unpack("states", round_.states, (n, task.environment.nx))
        if n == 0 or len(round_.steps) != n:
            raise wrong_answer(f"a round of {n} episodes and {len(round_.steps)} steps")
        episodes, steps = (np.array(values, dtype=np.int64) for values in (round_.episodes, round_.steps))
        answered = self._controller.act(states, episodes, steps)
        actions = floats("the controller's actions", answered, (len(states), task.environment.nu))
        return evaluation_pb2.ControlRequest(
            actions=evaluation_pb2.RoundActions(round=round_.round, actions=pack(actions))
        )


def _given(name: str, value: str | None, variable: str) -> str:
    chosen = value or os.environ.get(variable)
    if not chosen:
        raise ValueError(
            f"{name} is not given and {variable} is not set; start the program with gaitway evaluate"
            f" --controller-command, or pass the {name} that gaitway evaluate --listen prints"
        )
    return chosen


def _task(message: evaluation_pb2.ControlTask) -> Task:
    suite = message.evaluation.suite
    return Task(
        environment=EnvironmentSpec.from_message(message.environment),
        suite=suite.id,
        horizon=suite.horizon,
        episodes=suite.episodes,
        action_deadline=seconds(message.evaluation.action_deadline),
    )


def episode_result(message: evaluation_pb2.EpisodeResult) -> EpisodeResult:
    """What a message says of an episode."""
    fault = ""
    if message.fault != evaluation_pb2.CONTROLLER_FAULT_UNSPECIFIED:
        fault = _name(evaluation_pb2.ControllerFault, message.fault, "CONTROLLER_FAULT_")
    return EpisodeResult(
        episode=message.episode,
        outcome=_name(evaluation_pb2.EpisodeOutcome, message.outcome, "EPISODE_OUTCOME_"),
        fault=fault,
        fault_detail=message.fault_detail,
        steps=message.steps,
        controlled_steps=message.controlled_steps,
        clipped=message.clipped,
        cost=message.cost,
        digest=message.digest,
        beginnings=message.beginnings,
    )


def _name(kind: Any, value: int, prefix: str) -> str:
    try:
        name: str = kind.Name(value)
    except ValueError:
        raise wrong_answer(f"{prefix.lower().rstrip('_')} is {value}, which this client does not know") from None
    return name.removeprefix(prefix).lower()
