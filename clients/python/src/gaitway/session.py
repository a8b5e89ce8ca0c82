"""N environments of one kind that a server holds and steps together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from gaitway import checks, holding
from gaitway.connection import DEFAULT_TIMEOUT, Connection, keep_inherited
from gaitway.durations import duration, seconds
from gaitway.errors import CancelledError, GaitwayError, StepOutOfOrderError, never_sent, uncertain
from gaitway.holding import Holding
from gaitway.spec import EnvironmentSpec
from gaitway.step_stream import StepStream
from gaitway.tensors import Bools, Floats, floats, pack, pack_bools, unpack, unpack_bools, wrong_answer
from gaitway.v1 import catalog_pb2, environment_pb2

__all__ = ["Autoreset", "Episodes", "Session", "Snapshot", "StepResult"]

_AUTORESETS = {
    "next_step": environment_pb2.AUTORESET_MODE_NEXT_STEP,
    "same_step": environment_pb2.AUTORESET_MODE_SAME_STEP,
    "disabled": environment_pb2.AUTORESET_MODE_DISABLED,
}
_BOUNDS = {"reject": environment_pb2.BOUNDS_MODE_REJECT, "clip": environment_pb2.BOUNDS_MODE_CLIP}

_E = TypeVar("_E")


@dataclass(frozen=True)
class Episodes:
    """What a reset answers. Arrays are read-only.

    Attributes:
        states: of every environment, reset or not, shape (N, nx).
        seeds: in force; N of them.
        episodes: numbers; N of them. 2**64 - 1 where there was no reset yet.
    """

    states: Floats
    seeds: tuple[int, ...]
    episodes: tuple[int, ...]


@dataclass(frozen=True)
class Autoreset:
    """An episode that a step has started by itself.

    Attributes:
        environment: its index.
        seed: in force.
        episode: number of the episode that has started.
        final_state: last state of the one that ended, shape (nx,); in ``same_step`` mode only.
    """

    environment: int
    seed: int
    episode: int
    final_state: Floats | None


@dataclass(frozen=True)
class StepResult:
    """What one control step did. Arrays are read-only.

    Attributes:
        states: shape (N, nx); where ``same_step`` reset, the new episode's initial state.
        costs: running costs, not rewards, shape (N,); see ``StepResponse.costs`` of the contract.
        terminated: whether the task's failure condition holds, shape (N,).
        truncated: whether the episode ended for another reason, shape (N,).
        diverged: whether the simulation diverged, shape (N,); None if none did.
        clipped: whether an action entry was clipped to its bounds, shape (N,); None if none was.
        resets: the environments that are in a new episode.
        cost_terms: what each of the spec's K cost terms has added to the costs, shape (N, K), without the charge of a
            termination; None unless the session asks for it, or if the server is too old to tell.
        rewards: sums of the spec's reward terms, shape (N,); None where the reward is minus the cost.
        reward_terms: what each of the spec's R reward terms has added, shape (N, R); None where there are none, and
            unless the session asks for terms.
    """

    states: Floats
    costs: Floats
    terminated: Bools
    truncated: Bools
    diverged: Bools | None
    clipped: Bools | None
    resets: tuple[Autoreset, ...]
    cost_terms: Floats | None = None
    rewards: Floats | None = None
    reward_terms: Floats | None = None


class Snapshot:
    """Everything that the future of M environments depends on. May be pickled, and restored elsewhere."""

    def __init__(self, message: environment_pb2.EnvironmentSnapshot) -> None:
        self.message = message

    @property
    def states(self) -> Floats:
        """Shape (M, nx)."""
        return unpack("snapshot.states", self.message.states, ("M", "nx"))

    def __getstate__(self) -> bytes:
        return self.message.SerializeToString()

    def __setstate__(self, state: bytes) -> None:
        self.message = environment_pb2.EnvironmentSnapshot.FromString(state)


class Session:
    """N environments that a server holds and steps together.

    A session lives on the server until it is closed; it outlives broken connections. It is closed as well when
    the object is collected and when the process ends, and where a process is killed, its lease runs out. Steps are
    numbered, so that one whose answer got lost is asked for again without being carried out twice. All calls but
    :meth:`renew` belong to one thread at a time.

    A pickled session is attached to the same one on the server, and so is a forked child's copy: neither
    ends it when closed.
    """

    def __init__(
        self,
        environment: str,
        parameters: Mapping[str, float] | None = None,
        address: str | None = None,
        *,
        num_environments: int = 1,
        autoreset: str = "next_step",
        bounds: str = "reject",
        max_episode_steps: int | None = None,
        cost_terms: bool = False,
        lease: float = 300.0,
        timeout: float | None = DEFAULT_TIMEOUT,
        account: str | None = None,
        token: str | None = None,
    ) -> None:
        """Makes a session; its environments need a reset before their first step.

        Args:
            environment: catalog name, such as ``"swimmer"``.
            parameters: values by name; what is not named keeps its default.
            address: as for :class:`gaitway.Simulator`.
            num_environments: N, 1 or more.
            autoreset: what happens when an episode is over: ``"next_step"``, ``"same_step"`` or
                ``"disabled"``, as in Gymnasium.
            bounds: what happens with actions out of bounds: ``"reject"`` or ``"clip"``.
            max_episode_steps: steps after which an episode is truncated; None for the environment's
                horizon.
            cost_terms: whether :attr:`StepResult.cost_terms` and :attr:`StepResult.reward_terms` are wanted.
            lease: seconds after which the server ends the session if it is not heard of; it is renewed
                in the background.
            timeout: seconds for a call, plus one millisecond per control step; None, or infinite, for no limit.
            account: name that the server counts the calls under.
            token: as for :class:`gaitway.Simulator`.

        Raises:
            ValueError: if a mode is unknown, or a number is out of range.
            NotFoundError: if the server has no such environment.
            InvalidArgumentError: if a parameter, a number or the lease is out of range.
            ResourceExhaustedError: if the server has no room.
            UnavailableError: if no server answers, or no server could be started.
        """
        request = environment_pb2.CreateSessionRequest(
            environment=catalog_pb2.EnvironmentRef(id=environment, parameters=checks.parameters(parameters)),
            num_environments=checks.integer("num_environments", num_environments, 1),
            autoreset_mode=_choice("autoreset", autoreset, _AUTORESETS),
            bounds_mode=_choice("bounds", bounds, _BOUNDS),
            lease=duration("lease", lease),
            max_episode_steps=(
                0 if max_episode_steps is None else checks.integer("max_episode_steps", max_episode_steps, 1)
            ),
        )
        connection = Connection(address, timeout=timeout, account=account, token=token)
        holding.settle()
        answer = connection.unary(
            "EnvironmentService/CreateSession",
            request,
            environment_pb2.CreateSessionResponse,
            "new session",
        )
        self._attach(connection, answer.session, owner=True, count=num_environments)
        self.cost_terms = bool(cost_terms)

    @classmethod
    def attach(
        cls,
        session_id: str,
        address: str | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        account: str | None = None,
        token: str | None = None,
    ) -> Session:
        """The session of this id, which somebody else has made and cares for.

        Raises:
            SessionExpiredError: if there is none.
            UnavailableError: if no server answers.
        """
        session = cls.__new__(cls)
        connection = Connection(address, timeout=timeout, account=account, token=token)
        session._attach(connection, _get(connection, session_id), owner=False)
        return session

    def _attach(
        self, connection: Connection, message: environment_pb2.Session, owner: bool, count: int | None = None
    ) -> None:
        self._connection = connection
        self.id = message.id
        lease = seconds(message.lease)
        if not 0 < lease < 1e9:
            raise wrong_answer(f"the lease is {lease} s")
        self._hold(lease if owner else None)
        self.spec = EnvironmentSpec.from_message(message.environment)
        self.num_environments = message.num_environments
        if message.num_environments < 1 or count not in (None, message.num_environments):
            raise wrong_answer(f"the session has {message.num_environments} environments; asked for: {count}")
        self.max_episode_steps = message.max_episode_steps
        self.autoreset = _name("autoreset_mode", message.autoreset_mode, _AUTORESETS)
        self.bounds = _name("bounds_mode", message.bounds_mode, _BOUNDS)
        self._step: int | None = message.step
        self._closed = False
        self._shape = (message.num_environments, self.spec.nu)
        self._actions = pack(np.zeros(self._shape))
        self.cost_terms = False

    def _hold(self, lease: float | None) -> None:
        self._holding = Holding(self._connection, self.id, lease)
        self._finalizer = holding.watch(self, self._holding)

    def __getstate__(self) -> dict[str, Any]:
        return {"connection": self._connection, "id": self.id, "cost_terms": self.cost_terms}

    def __setstate__(self, state: dict[str, Any]) -> None:
        connection: Connection = state["connection"]
        self._attach(connection, _get(connection, state["id"]), owner=False)
        self.cost_terms = state["cost_terms"]

    @property
    def address(self) -> str:
        """The server's address."""
        return self._connection.address

    @property
    def steps(self) -> int:
        """Number of steps carried out; asks the server if the last step's fate is unknown."""
        if self._step is None:
            self._step = _get(self._connection, self.id).step
        return self._step

    def reset(
        self,
        *,
        seeds: Sequence[int] | None = None,
        mask: npt.ArrayLike | None = None,
        states: npt.ArrayLike | None = None,
    ) -> Episodes:
        """Starts new episodes.

        Args:
            seeds: to put in force, N of them, starting at episode 0; None goes on to the next episode of
                the seeds in force.
            mask: which environments to reset, bool, shape (N,); None for all.
            states: initial states instead of drawn ones, shape (N, nx); rows outside the mask are
                ignored but must be finite.

        Raises:
            ValueError: if a shape or a seed does not fit.
            InvalidArgumentError: if a state is not finite.
            SessionExpiredError: if the session is gone.
        """
        request = environment_pb2.ResetRequest(session_id=self.id)
        if mask is not None:
            request.mask.CopyFrom(pack_bools(_mask(mask, self.num_environments)))
        if seeds is not None:
            request.seeds.extend(checks.seeds("seeds", seeds, self.num_environments))
        if states is not None:
            starts = floats("states", states, (self.num_environments, self.spec.nx))
            request.states.CopyFrom(pack(starts))
        command = environment_pb2.StepStreamRequest(reset=request)
        # Without seeds a reset goes on to the next episode, so that a second one would skip an episode.
        answer = self._send(command, "reset", repeatable=seeds is not None).reset
        N = self.num_environments
        if len(answer.seeds) != N or len(answer.episodes) != N:
            raise wrong_answer(f"{len(answer.seeds)} seeds and {len(answer.episodes)} episodes; {N} of each are due")
        return Episodes(unpack("states", answer.states, (N, self.spec.nx)), tuple(answer.seeds), tuple(answer.episodes))

    def step(self, actions: npt.ArrayLike) -> StepResult:
        """Advances every environment by one control step, exactly once.

        Args:
            actions: shape (N, nu).

        Raises:
            ValueError: if the shape does not fit.
            InvalidArgumentError: if an action is not finite, or out of bounds where the session rejects.
            FailedPreconditionError: if an environment needs a reset.
            StepOutOfOrderError: if another client has stepped the session.
            StepUncertainError: if no answer came, so that the step may or may not have been carried out; ask
                :attr:`steps`. As :class:`StepTimedOutError` and :class:`StepLostError` it is a
                :class:`DeadlineExceededError` and an :class:`UnavailableError` as well.
            SessionExpiredError: if the session is gone.
        """
        array = floats("actions", actions, self._shape)
        step = self.steps
        self._actions.data = array.tobytes()
        command = environment_pb2.StepStreamRequest(
            step=environment_pb2.StepRequest(
                session_id=self.id, expected_step=step, actions=self._actions, with_cost_terms=self.cost_terms
            )
        )
        self._step = None  # Unknown until the server has answered or refused.
        try:
            answer = self._send(command, "step", repeatable=True).step
        except GaitwayError as error:
            if error.reason and not isinstance(error, StepOutOfOrderError):
                self._step = step
            raise
        result = self._result(answer, step + 1)
        self._step = answer.step
        return result

    def _result(self, answer: environment_pb2.StepResponse, step: int) -> StepResult:
        N, nx, R = self.num_environments, self.spec.nx, len(self.spec.reward_terms)
        if answer.step != step:
            raise wrong_answer(f"step is {answer.step}; {step} is due")
        return StepResult(
            states=unpack("states", answer.states, (N, nx)),
            costs=unpack("costs", answer.costs, (N,)),
            terminated=unpack_bools("terminated", answer.terminated, (N,)),
            truncated=unpack_bools("truncated", answer.truncated, (N,)),
            diverged=unpack_bools("diverged", answer.diverged, (N,)) if answer.HasField("diverged") else None,
            clipped=unpack_bools("clipped", answer.clipped, (N,)) if answer.HasField("clipped") else None,
            resets=tuple([_autoreset(reset, N, nx) for reset in answer.resets]) if answer.resets else (),
            cost_terms=(
                unpack("cost_terms", answer.cost_terms, (N, len(self.spec.cost_terms)))
                if answer.HasField("cost_terms")
                else None
            ),
            rewards=unpack("rewards", answer.rewards, (N,)) if R else None,
            reward_terms=unpack("reward_terms", answer.reward_terms, (N, R)) if R and self.cost_terms else None,
        )

    def snapshot(self, environments: Sequence[int] = ()) -> Snapshot:
        """Copies out everything that the environments' future depends on.

        Args:
            environments: indices of those wanted, repeats allowed; none for all in order.

        Raises:
            ValueError: if an index is not a whole number.
            InvalidArgumentError: if an index is out of range.
            FailedPreconditionError: if an environment was never reset.
        """
        chosen = _indices(environments)
        answer = self._connection.unary(
            "EnvironmentService/Snapshot",
            environment_pb2.SnapshotRequest(session_id=self.id, environments=chosen),
            environment_pb2.SnapshotResponse,
            "snapshot",
        )
        unpack("snapshot.states", answer.snapshot.states, (len(chosen) or self.num_environments, self.spec.nx))
        return Snapshot(answer.snapshot)

    def restore(self, snapshot: Snapshot, environments: Sequence[int] = ()) -> None:
        """Puts a snapshot into the environments.

        Args:
            snapshot: of this model.
            environments: indices of those that receive its rows, in order; none for all.

        Raises:
            ValueError: if an index is not a whole number.
            InvalidArgumentError: if an index is out of range, or the rows are too few or too many.
            FailedPreconditionError: if the snapshot is of another model.
        """
        request = environment_pb2.RestoreRequest(
            session_id=self.id, snapshot=snapshot.message, environments=_indices(environments)
        )
        self._connection.unary("EnvironmentService/Restore", request, environment_pb2.RestoreResponse, "restore")

    def fork(self, environments: Sequence[int] = ()) -> Session:
        """Makes a new session that continues from this one, which does not change.

        Args:
            environments: for each environment of the new session the index of the one it continues from,
                repeats allowed; none for all in order.

        Raises:
            ValueError: if an index is not a whole number.
            InvalidArgumentError: if an index is out of range.
            FailedPreconditionError: if an environment was never reset.
            ResourceExhaustedError: if the server has no room.
        """
        chosen = _indices(environments)
        holding.settle()
        answer = self._connection.unary(
            "EnvironmentService/Fork",
            environment_pb2.ForkRequest(session_id=self.id, environments=chosen),
            environment_pb2.ForkResponse,
            "fork",
        )
        forked = Session.__new__(Session)
        connection = self._connection.another()
        forked._attach(connection, answer.session, owner=True, count=len(chosen) or self.num_environments)
        forked.cost_terms = self.cost_terms
        return forked

    def renew(self, lease: float | None = None) -> float:
        """Renews the lease; done in the background anyway.

        Args:
            lease: its new duration, s; None leaves it as it was.

        Returns:
            When the session expires if nobody uses or renews it, s since the epoch.

        Raises:
            ValueError: if the lease is not above 0 and below 1e9 s.
            SessionExpiredError: if it has expired.
            InvalidArgumentError: if the lease is out of range.
        """
        request = environment_pb2.RenewSessionRequest(
            session_id=self.id, lease=None if lease is None else duration("lease", lease)
        )
        return holding.renew(self._connection, request)

    def close(self) -> None:
        """Ends the session on the server, if this process made it.

        A server that cannot be reached is no error: the lease will end the session.
        """
        self._closed = True
        self._finalizer.detach()
        self._holding.release()
        self._connection.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = ", closed" if self._closed else ""
        return (
            f"<Session {self.id[:8]}… of {self.spec.id} × {self.num_environments} at {self.address},"
            f" {self.autoreset}, {self.max_episode_steps} steps{closed}>"
        )

    def _send(
        self, command: environment_pb2.StepStreamRequest, operation: str, repeatable: bool
    ) -> environment_pb2.StepStreamResponse:
        """Sends a command over the stream, which is opened if there is none."""
        if self._closed:
            raise CancelledError(f"{operation} needs an open session, but this one is closed", code="CANCELLED")
        if self._holding.pid != os.getpid():
            keep_inherited(self._holding)
            self._hold(lease=None)
        kind = command.WhichOneof("command")
        sent = False

        def call() -> environment_pb2.StepStreamResponse:
            nonlocal sent
            held = self._holding
            if held.stream is None:
                held.stream = StepStream(self._connection, self._connection.limit(self.num_environments))
            try:
                answer = held.stream.exchange(command, operation)
            except BaseException as error:
                # Also when it was interrupted: the answer would be taken for that of the next command.
                held.stream = None
                sent = sent or not (isinstance(error, GaitwayError) and never_sent(error))
                raise
            if answer.WhichOneof("result") != kind:
                raise wrong_answer(f"{answer.WhichOneof('result')} instead of {kind}")
            return answer

        try:
            return self._connection.retrying(call, repeatable=repeatable)
        except GaitwayError as error:
            if kind == "step" and sent:
                raise uncertain(error, command.step.expected_step) from error.__cause__
            raise


def _get(connection: Connection, session_id: str) -> environment_pb2.Session:
    return connection.unary(
        "EnvironmentService/GetSession",
        environment_pb2.GetSessionRequest(session_id=session_id),
        environment_pb2.GetSessionResponse,
        "description of a session",
    ).session


def _autoreset(message: environment_pb2.Autoreset, count: int, nx: int) -> Autoreset:
    if not 0 <= message.environment < count:
        raise wrong_answer(f"resets tells of environment {message.environment} of {count}")
    final = unpack("resets.final_state", message.final_state, (nx,)) if message.HasField("final_state") else None
    return Autoreset(message.environment, message.seed, message.episode, final)


def _mask(mask: npt.ArrayLike, count: int) -> Bools:
    chosen = np.asarray(mask)
    if chosen.dtype != np.bool_ or chosen.shape != (count,):
        raise ValueError(f"mask has type {chosen.dtype} and shape {chosen.shape}; it must be bool ({count},)")
    return chosen


def _indices(environments: Iterable[int]) -> list[int]:
    given = checks.elements("environments", environments)
    return [checks.integer(f"environments[{i}]", index, -(2**31)) for i, index in enumerate(given)]


def _choice(name: str, value: str, allowed: Mapping[str, _E]) -> _E:
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, but is {value!r}")
    return allowed[value]


def _name(field: str, value: int, names: Mapping[str, int]) -> str:
    for name, number in names.items():
        if number == value:
            return name
    raise wrong_answer(f"{field} is {value}, which this client does not know")
