"""N environments of one kind that a server holds and steps together."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from gaitway.connection import DEFAULT_TIMEOUT, Connection
from gaitway.durations import duration, seconds
from gaitway.errors import (
    CancelledError,
    DeadlineExceededError,
    GaitwayError,
    SessionExpiredError,
    StepOutOfOrderError,
    UnavailableError,
)
from gaitway.spec import EnvironmentSpec
from gaitway.step_stream import StepStream
from gaitway.tensors import Bools, Floats, floats, pack, pack_bools, unpack, unpack_bools, unsigned
from gaitway.v1 import catalog_pb2, environment_pb2

__all__ = ["Autoreset", "Episodes", "Session", "Snapshot", "StepResult"]

_AUTORESETS = {
    "next_step": environment_pb2.AUTORESET_MODE_NEXT_STEP,
    "same_step": environment_pb2.AUTORESET_MODE_SAME_STEP,
    "disabled": environment_pb2.AUTORESET_MODE_DISABLED,
}
_BOUNDS = {"reject": environment_pb2.BOUNDS_MODE_REJECT, "clip": environment_pb2.BOUNDS_MODE_CLIP}

_E = TypeVar("_E")
_log = logging.getLogger("gaitway")

#: A server that does not answer must not keep a program from ending.
_CLOSE_SECONDS = 5.0


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
    """

    states: Floats
    costs: Floats
    terminated: Bools
    truncated: Bools
    diverged: Bools | None
    clipped: Bools | None
    resets: tuple[Autoreset, ...]


class Snapshot:
    """Everything that the future of M environments depends on. May be pickled, and restored elsewhere."""

    def __init__(self, message: environment_pb2.EnvironmentSnapshot) -> None:
        self.message = message

    @property
    def states(self) -> Floats:
        """Shape (M, nx)."""
        return unpack(self.message.states)

    def __getstate__(self) -> bytes:
        return self.message.SerializeToString()

    def __setstate__(self, state: bytes) -> None:
        self.message = environment_pb2.EnvironmentSnapshot.FromString(state)


class Session:
    """N environments that a server holds and steps together.

    A session lives on the server until it is closed or its lease runs out; it outlives broken
    connections. Steps are numbered, so that one whose answer got lost is asked for again without being
    carried out twice. All calls but :meth:`renew` belong to one thread at a time.

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
        lease: float = 300.0,
        timeout: float | None = DEFAULT_TIMEOUT,
        account: str | None = None,
    ) -> None:
        """Makes a session; its environments need a reset before their first step.

        Args:
            environment: catalog name, such as ``"swimmer"``.
            parameters: values by name; what is not named keeps its default.
            address: as for :class:`gaitway.Simulator`.
            num_environments: N.
            autoreset: what happens when an episode is over: ``"next_step"``, ``"same_step"`` or
                ``"disabled"``, as in Gymnasium.
            bounds: what happens with actions out of bounds: ``"reject"`` or ``"clip"``.
            max_episode_steps: steps after which an episode is truncated; None for the environment's
                horizon.
            lease: seconds after which the server ends the session if it is not heard of; it is renewed
                in the background.
            timeout: seconds for a call, plus one millisecond per control step; None for no limit.
            account: name that the server counts the calls under.

        Raises:
            ValueError: if a mode is unknown.
            NotFoundError: if the server has no such environment.
            InvalidArgumentError: if a parameter, a number or the lease is out of range.
            ResourceExhaustedError: if the server has no room.
            UnavailableError: if nobody answers, or no server could be started.
        """
        request = environment_pb2.CreateSessionRequest(
            environment=catalog_pb2.EnvironmentRef(id=environment, parameters=dict(parameters or {})),
            num_environments=num_environments,
            autoreset_mode=_choice("autoreset", autoreset, _AUTORESETS),
            bounds_mode=_choice("bounds", bounds, _BOUNDS),
            lease=duration("lease", lease),
            max_episode_steps=max_episode_steps or 0,
        )
        connection = Connection(address, timeout=timeout, account=account)
        answer = connection.unary(
            "EnvironmentService/CreateSession",
            request,
            environment_pb2.CreateSessionResponse,
            "new session",
            repeatable=False,
        )
        self._attach(connection, answer.session, owner=True)

    @classmethod
    def attach(
        cls,
        session_id: str,
        address: str | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        account: str | None = None,
    ) -> Session:
        """The session of this id, which somebody else has made and cares for.

        Raises:
            SessionExpiredError: if there is none.
            UnavailableError: if nobody answers.
        """
        session = cls.__new__(cls)
        connection = Connection(address, timeout=timeout, account=account)
        session._attach(connection, _get(connection, session_id), owner=False)
        return session

    def _attach(self, connection: Connection, message: environment_pb2.Session, owner: bool) -> None:
        self._connection = connection
        self.id = message.id
        self.spec = EnvironmentSpec.from_message(message.environment)
        self.num_environments = message.num_environments
        self.max_episode_steps = message.max_episode_steps
        self.autoreset = _name(message.autoreset_mode, _AUTORESETS)
        self.bounds = _name(message.bounds_mode, _BOUNDS)
        self._step: int | None = message.step
        self._stream: StepStream | None = None
        self._closed = False
        self._shape = (message.num_environments, self.spec.nu)
        self._actions = pack(np.zeros(self._shape))
        self._owner = os.getpid() if owner else -1
        self._keeper = _Keeper(self, seconds(message.lease) / 3) if owner else None

    def __getstate__(self) -> dict[str, Any]:
        return {"connection": self._connection, "id": self.id}

    def __setstate__(self, state: dict[str, Any]) -> None:
        connection: Connection = state["connection"]
        self._attach(connection, _get(connection, state["id"]), owner=False)

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
            mask: which environments to reset, shape (N,); None for all.
            states: initial states instead of drawn ones, shape (N, nx); rows outside the mask are
                ignored but must be finite.

        Raises:
            ValueError: if a shape or a seed does not fit.
            InvalidArgumentError: if a state is not finite.
            SessionExpiredError: if the session is gone.
        """
        request = environment_pb2.ResetRequest(session_id=self.id)
        if mask is not None:
            chosen = np.asarray(mask)
            if chosen.dtype != np.bool_ or chosen.shape != (self.num_environments,):
                raise ValueError(
                    f"mask has type {chosen.dtype} and shape {chosen.shape}; it must be bool ({self.num_environments},)"
                )
            request.mask.CopyFrom(pack_bools(chosen))
        if seeds is not None:
            request.seeds.extend(_seeds(seeds, self.num_environments))
        if states is not None:
            starts = floats("states", states, (self.num_environments, self.spec.nx))
            request.states.CopyFrom(pack(starts))
        command = environment_pb2.StepStreamRequest(reset=request)
        # Without seeds a reset goes on to the next episode, so that a second one would skip an episode.
        answer = self._send(command, "reset", repeatable=seeds is not None).reset
        return Episodes(unpack(answer.states), tuple(answer.seeds), tuple(answer.episodes))

    def step(self, actions: npt.ArrayLike) -> StepResult:
        """Advances every environment by one control step, exactly once.

        Args:
            actions: shape (N, nu).

        Raises:
            ValueError: if the shape does not fit.
            InvalidArgumentError: if an action is not finite, or out of bounds where the session rejects.
            FailedPreconditionError: if an environment needs a reset.
            StepOutOfOrderError: if another client has stepped the session.
            SessionExpiredError: if the session is gone.
        """
        array = floats("actions", actions, self._shape)
        step = self.steps
        self._actions.data = array.tobytes()
        command = environment_pb2.StepStreamRequest(
            step=environment_pb2.StepRequest(session_id=self.id, expected_step=step, actions=self._actions)
        )
        self._step = None  # Unknown until the server has answered or refused.
        try:
            answer = self._send(command, "step", repeatable=True).step
        except GaitwayError as error:
            if error.reason and not isinstance(error, StepOutOfOrderError):
                self._step = step
            raise
        self._step = answer.step
        return StepResult(
            states=unpack(answer.states),
            costs=unpack(answer.costs),
            terminated=unpack_bools(answer.terminated),
            truncated=unpack_bools(answer.truncated),
            diverged=unpack_bools(answer.diverged) if answer.HasField("diverged") else None,
            clipped=unpack_bools(answer.clipped) if answer.HasField("clipped") else None,
            resets=tuple(map(_autoreset, answer.resets)) if answer.resets else (),
        )

    def snapshot(self, environments: Sequence[int] = ()) -> Snapshot:
        """Copies out everything that the environments' future depends on.

        Args:
            environments: indices of those wanted, repeats allowed; none for all in order.

        Raises:
            InvalidArgumentError: if an index is out of range.
            FailedPreconditionError: if an environment was never reset.
        """
        answer = self._connection.unary(
            "EnvironmentService/Snapshot",
            environment_pb2.SnapshotRequest(session_id=self.id, environments=environments),
            environment_pb2.SnapshotResponse,
            "snapshot",
        )
        return Snapshot(answer.snapshot)

    def restore(self, snapshot: Snapshot, environments: Sequence[int] = ()) -> None:
        """Puts a snapshot into the environments.

        Args:
            snapshot: of this model.
            environments: indices of those that receive its rows, in order; none for all.

        Raises:
            InvalidArgumentError: if an index is out of range, or the rows are too few or too many.
            FailedPreconditionError: if the snapshot is of another model.
        """
        request = environment_pb2.RestoreRequest(
            session_id=self.id, snapshot=snapshot.message, environments=environments
        )
        self._connection.unary("EnvironmentService/Restore", request, environment_pb2.RestoreResponse, "restore")

    def fork(self, environments: Sequence[int] = ()) -> Session:
        """Makes a new session that continues from this one, which does not change.

        Args:
            environments: for each environment of the new session the index of the one it continues from,
                repeats allowed; none for all in order.

        Raises:
            InvalidArgumentError: if an index is out of range.
            FailedPreconditionError: if an environment was never reset.
            ResourceExhaustedError: if the server has no room.
        """
        answer = self._connection.unary(
            "EnvironmentService/Fork",
            environment_pb2.ForkRequest(session_id=self.id, environments=environments),
            environment_pb2.ForkResponse,
            "fork",
            repeatable=False,
        )
        forked = Session.__new__(Session)
        connection = Connection(self.address, timeout=self._connection.timeout, account=self._connection.account)
        forked._attach(connection, answer.session, owner=True)
        return forked

    def renew(self, lease: float | None = None) -> float:
        """Renews the lease; done in the background anyway.

        Args:
            lease: its new duration, s; None leaves it as it was.

        Returns:
            When the session expires if nobody uses or renews it, s since the epoch.

        Raises:
            SessionExpiredError: if it has expired.
            InvalidArgumentError: if the lease is out of range.
        """
        request = environment_pb2.RenewSessionRequest(
            session_id=self.id, lease=None if lease is None else duration("lease", lease)
        )
        answer = self._connection.unary(
            "EnvironmentService/RenewSession",
            request,
            environment_pb2.RenewSessionResponse,
            "renewal of a session",
        )
        return answer.expire_time.seconds + answer.expire_time.nanos * 1e-9

    def close(self) -> None:
        """Ends the session on the server, if this process made it.

        A server that cannot be reached is no error: the lease will end the session.
        """
        if self._closed:
            return
        self._closed = True
        if self._keeper is not None:
            self._keeper.stop()
        if self._stream is not None:
            self._stream.end()
            self._stream = None
        if self._owner == os.getpid():
            request = environment_pb2.DeleteSessionRequest(session_id=self.id)
            hurried = Connection(self.address, timeout=_CLOSE_SECONDS, account=self._connection.account)
            try:
                hurried.unary(
                    "EnvironmentService/DeleteSession",
                    request,
                    environment_pb2.DeleteSessionResponse,
                    "end of a session",
                    repeatable=False,
                )
            except (UnavailableError, DeadlineExceededError):
                pass
            finally:
                hurried.close()
        self._connection.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Session({self.spec.id!r} × {self.num_environments}, {self.id[:8]}…)"

    def _send(
        self, command: environment_pb2.StepStreamRequest, operation: str, repeatable: bool
    ) -> environment_pb2.StepStreamResponse:
        """Sends a command over the stream, which is opened if there is none."""
        if self._closed:
            raise CancelledError(f"{operation} of a closed session", code="CANCELLED")

        def call() -> environment_pb2.StepStreamResponse:
            stream = self._stream
            if stream is None or stream.pid != os.getpid():
                limit = self._connection.limit(self.num_environments)
                stream = self._stream = StepStream(self._connection, limit)
            try:
                return stream.exchange(command, operation)
            except GaitwayError:
                self._stream = None
                raise

        return self._connection.retrying(call) if repeatable else call()


class _Keeper:
    """Renews a session's lease in the background for as long as anybody holds the session."""

    def __init__(self, session: Session, interval: float) -> None:
        self._stopped = threading.Event()
        thread = threading.Thread(
            target=_keep,
            args=(weakref.ref(session), interval, self._stopped),
            name="gaitway-lease",
            daemon=True,
        )
        thread.start()

    def stop(self) -> None:
        self._stopped.set()


def _keep(reference: weakref.ref[Session], interval: float, stopped: threading.Event) -> None:
    while not stopped.wait(interval):
        session = reference()
        if session is None:
            return
        try:
            session.renew()
        except GaitwayError as error:
            # A session that is gone is reported by the next call on it; anything else may pass.
            _log.warning("the lease of a session was not renewed: %s", error)
            if isinstance(error, SessionExpiredError):
                return
        del session


def _get(connection: Connection, session_id: str) -> environment_pb2.Session:
    return connection.unary(
        "EnvironmentService/GetSession",
        environment_pb2.GetSessionRequest(session_id=session_id),
        environment_pb2.GetSessionResponse,
        "description of a session",
    ).session


def _autoreset(message: environment_pb2.Autoreset) -> Autoreset:
    final = unpack(message.final_state) if message.HasField("final_state") else None
    return Autoreset(message.environment, message.seed, message.episode, final)


def _seeds(seeds: Sequence[int], count: int) -> list[int]:
    if len(seeds) != count:
        raise ValueError(f"seeds has {len(seeds)} entries; it must have {count}, one for every environment")
    return unsigned("seeds", [int(seed) for seed in seeds])


def _choice(name: str, value: str, allowed: Mapping[str, _E]) -> _E:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; allowed: {', '.join(map(repr, allowed))}")
    return allowed[value]


def _name(value: int, names: Mapping[str, int]) -> str:
    return next(name for name, number in names.items() if number == value)
