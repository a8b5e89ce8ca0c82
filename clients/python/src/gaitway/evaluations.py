"""Evaluations on a server: their suites, how they are opened and read, and the leaderboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from types import TracebackType

from gaitway import checks, evaluation
from gaitway.connection import DEFAULT_TIMEOUT, Connection
from gaitway.durations import duration, seconds
from gaitway.evaluation import Controller, EpisodeController, EpisodeResult, Outcome
from gaitway.tensors import wrong_answer
from gaitway.v1 import evaluation_pb2

__all__ = ["Evaluation", "Evaluations", "Score", "Suite", "Variant"]


@dataclass(frozen=True)
class Variant:
    """An environment that episodes of a suite run in.

    Attributes:
        environment: catalog name.
        parameters: values by name; what is not named has its default.
        model_digest: of its dynamics.
    """

    environment: str
    parameters: dict[str, float]
    model_digest: str


@dataclass(frozen=True)
class Suite:
    """A fixed set of episodes. Results of equal digests can be compared.

    Attributes:
        id: such as ``"walker-disturbed"``.
        description: what it asks of a controller, for people.
        variants: episode i runs in variant i modulo their number; all have the same sizes.
        environment_version: of them all.
        horizon: control steps of an episode.
        episodes: their number.
        seed: of the initial states and disturbances.
        initial_state_std: standard deviation of the normal disturbance of every entry of the initial state
            that varies, in its unit.
        min_action_deadline: shortest time that an evaluation may allow for the answer to a round, s.
        max_action_deadline: longest such time, s.
        digest: SHA-256 (hex) over everything that the course and the score of its episodes depend on.
    """

    id: str
    description: str
    variants: tuple[Variant, ...]
    environment_version: str
    horizon: int
    episodes: int
    seed: int
    initial_state_std: float
    min_action_deadline: float
    max_action_deadline: float
    digest: str


@dataclass(frozen=True)
class Score:
    """What the finished episodes come to; intervals are of 95 %.

    Attributes:
        episodes: that count: those without a fault of the environment.
        cost: interquartile mean of their total costs; NaN if none counts.
        cost_interval: from the bootstrap.
        survival: share that ran for the whole horizon, without a fall and without a fault of the controller.
        survival_interval: Wilson's.
        controller_faults: episodes with one.
        environment_faults: episodes with one, which count for nothing else.
    """

    episodes: int
    cost: float
    cost_interval: tuple[float, float]
    survival: float
    survival_interval: tuple[float, float]
    controller_faults: int
    environment_faults: int


@dataclass(frozen=True)
class Evaluation:
    """One controller's way through a suite.

    Attributes:
        id: its name and key: whoever knows it may control it. Empty on the leaderboard, but for who may remove it.
        suite: the suite.
        controller: name of the controller.
        description: what it is, for people.
        action_deadline: time for the answer to a round, s.
        parallel: most episodes in a round.
        create_time: when it was opened, UTC.
        end_time: when its last episode ended; None as long as it goes on.
        attachments: how many times a controller has attached.
        score: of the episodes finished so far; None before the first.
    """

    id: str
    suite: Suite
    controller: str
    description: str
    action_deadline: float
    parallel: int
    create_time: datetime
    end_time: datetime | None
    attachments: int
    score: Score | None


class Evaluations:
    """The evaluations of a server; see :mod:`gaitway.evaluation` for programs that are only controllers."""

    def __init__(
        self, address: str | None = None, *, timeout: float | None = DEFAULT_TIMEOUT, token: str | None = None
    ) -> None:
        """Connects with the first call.

        Args:
            address: as for :class:`gaitway.Simulator`.
            timeout: seconds for a call; None, or infinite, for no limit. Control has none.
            token: as for :class:`gaitway.Simulator`.

        Raises:
            ValueError: if the address or the timeout is invalid.
        """
        self._connection = Connection(address, timeout=timeout, token=token)

    @property
    def address(self) -> str:
        """The server's address."""
        return self._connection.address

    def suites(self) -> tuple[Suite, ...]:
        """The suites, sorted by id."""
        request = evaluation_pb2.ListSuitesRequest()
        answer = self._connection.unary(
            "EvaluationService/ListSuites", request, evaluation_pb2.ListSuitesResponse, "list of suites"
        )
        return tuple(_suite(message) for message in answer.suites)

    def create(
        self,
        suite: str,
        controller: str,
        *,
        description: str = "",
        action_deadline: float | None = None,
        parallel: int = 0,
    ) -> Evaluation:
        """Opens an evaluation; no episode begins before somebody takes control.

        Args:
            suite: the suite's id.
            controller: name of the controller on the leaderboard, 1 to 64 printable characters.
            description: what it is, for people; at most 1000 characters.
            action_deadline: seconds for the answer to a round; None for one second.
            parallel: most episodes in a round; 0 for all of them.

        Raises:
            ValueError: if a number is out of range.
            NotFoundError: if there is no such suite.
            InvalidArgumentError: if a text or a number is out of range.
        """
        request = evaluation_pb2.CreateEvaluationRequest(
            suite=suite,
            controller=controller,
            description=description,
            parallel=checks.integer("parallel", parallel, -(2**31)),
        )
        if action_deadline is not None:
            request.action_deadline.CopyFrom(duration("action_deadline", action_deadline))
        answer = self._connection.unary(
            "EvaluationService/CreateEvaluation",
            request,
            evaluation_pb2.CreateEvaluationResponse,
            "new evaluation",
        )
        return _evaluation(answer.evaluation)

    def control(
        self,
        evaluation_id: str,
        controller: Controller | EpisodeController,
        *,
        on_result: Callable[[EpisodeResult], None] | None = None,
    ) -> Outcome:
        """Controls an evaluation until its last episode ends; as :func:`gaitway.evaluation.control`."""
        return evaluation.control(
            controller, self.address, evaluation_id, on_result=on_result, token=self._connection.where.token
        )

    def get(self, evaluation_id: str) -> tuple[Evaluation, tuple[EpisodeResult, ...]]:
        """An evaluation, and the episodes that it has finished so far, by number.

        Raises:
            NotFoundError: if there is no such evaluation.
        """
        request = evaluation_pb2.GetEvaluationRequest(evaluation_id=evaluation_id)
        answer = self._connection.unary(
            "EvaluationService/GetEvaluation",
            request,
            evaluation_pb2.GetEvaluationResponse,
            "description of an evaluation",
        )
        return _evaluation(answer.evaluation), tuple(evaluation.episode_result(message) for message in answer.episodes)

    def remove(self, evaluation_id: str) -> None:
        """Removes an evaluation that has ended; only for who may do all on the server.

        Raises:
            NotFoundError: if there is no such evaluation.
            PermissionDeniedError: if the caller is no admin.
        """
        self._connection.unary(
            "EvaluationService/RemoveEvaluation",
            evaluation_pb2.RemoveEvaluationRequest(evaluation_id=evaluation_id),
            evaluation_pb2.RemoveEvaluationResponse,
            "removal of an evaluation",
        )

    def leaderboard(self, suite: str = "") -> tuple[Evaluation, ...]:
        """Finished evaluations of a suite, or of all by suite; the best first.

        The server gives them in parts; this fetches all of them.

        Raises:
            NotFoundError: if there is no such suite.
        """
        found: list[Evaluation] = []
        asked: set[str] = set()
        token = ""
        while token not in asked:
            asked.add(token)
            request = evaluation_pb2.ListEvaluationsRequest(suite=suite, page_token=token)
            answer = self._connection.unary(
                "EvaluationService/ListEvaluations", request, evaluation_pb2.ListEvaluationsResponse, "leaderboard"
            )
            found.extend(_evaluation(message) for message in answer.evaluations)
            token = answer.next_page_token
            if not token:
                return tuple(found)
        raise wrong_answer("the leaderboard does not end: a page was given twice")

    def close(self) -> None:
        """Closes the connection; evaluations stay."""
        self._connection.close()

    def __enter__(self) -> Evaluations:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _suite(message: evaluation_pb2.Suite) -> Suite:
    return Suite(
        id=message.id,
        description=message.description,
        variants=tuple(
            Variant(reference.id, dict(reference.parameters), reference.model_digest)
            for reference in message.environments
        ),
        environment_version=message.environment_version,
        horizon=message.horizon,
        episodes=message.episodes,
        seed=message.seed,
        initial_state_std=message.initial_state_std,
        min_action_deadline=seconds(message.min_action_deadline),
        max_action_deadline=seconds(message.max_action_deadline),
        digest=message.digest,
    )


def _evaluation(message: evaluation_pb2.Evaluation) -> Evaluation:
    return Evaluation(
        id=message.id,
        suite=_suite(message.suite),
        controller=message.controller,
        description=message.description,
        action_deadline=seconds(message.action_deadline),
        parallel=message.parallel,
        create_time=message.create_time.ToDatetime(timezone.utc),
        end_time=message.end_time.ToDatetime(timezone.utc) if message.HasField("end_time") else None,
        attachments=message.attachments,
        score=_score(message.score) if message.HasField("score") else None,
    )


def _score(message: evaluation_pb2.Score) -> Score:
    return Score(
        episodes=message.episodes,
        cost=message.cost,
        cost_interval=(message.cost_lower, message.cost_upper),
        survival=message.survival,
        survival_interval=(message.survival_lower, message.survival_upper),
        controller_faults=message.controller_faults,
        environment_faults=message.environment_faults,
    )
