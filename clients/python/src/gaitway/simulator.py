"""Dynamics and cost as functions: steps, rollouts and derivatives, without a session."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

import numpy as np
import numpy.typing as npt

from gaitway import checks
from gaitway.connection import DEFAULT_TIMEOUT, Connection
from gaitway.controllers import Controller
from gaitway.robots import add_environment
from gaitway.spec import EnvironmentSpec
from gaitway.tensors import Bools, Floats, Ints, floats, pack, real, unpack, unpack_bools, wrong_answer
from gaitway.v1 import catalog_pb2, dynamics_pb2, usage_pb2

__all__ = [
    "DerivativeCheck",
    "DerivativeError",
    "Expansion",
    "Rollout",
    "Rollouts",
    "Simulator",
    "StepBatch",
]

_KNOT_STATUSES = {
    dynamics_pb2.KNOT_STATUS_OK: "ok",
    dynamics_pb2.KNOT_STATUS_CLIPPED: "clipped",
    dynamics_pb2.KNOT_STATUS_DIVERGED: "diverged",
    dynamics_pb2.KNOT_STATUS_NON_FINITE_INPUT: "non_finite_input",
}
_ROLLOUT_STATUSES = {
    dynamics_pb2.ROLLOUT_STATUS_COMPLETED: "completed",
    dynamics_pb2.ROLLOUT_STATUS_TERMINATED: "terminated",
    dynamics_pb2.ROLLOUT_STATUS_DIVERGED: "diverged",
}
_HESSIANS = {
    "exact": dynamics_pb2.COST_HESSIAN_EXACT,
    "gauss_newton": dynamics_pb2.COST_HESSIAN_GAUSS_NEWTON,
}


@dataclass(frozen=True)
class StepBatch:
    """The next states of a batch of B states and actions. Arrays are read-only.

    Attributes:
        next_states: f(x, u), shape (B, nx); NaN where the step diverged.
        costs: c(x, u), not multiplied by dt, shape (B,).
        terminated: whether the task's failure condition holds in the next state, shape (B,).
        statuses: ``"ok"``, ``"clipped"`` (the action was out of bounds) or ``"diverged"``, B of them.
        contact_forces: the ground's forces along x and y on each of the C contact points, N, shape
            (B, C, 2); None unless asked for.
    """

    next_states: Floats
    costs: Floats
    terminated: Bools
    statuses: tuple[str, ...]
    contact_forces: Floats | None


@dataclass(frozen=True)
class Rollout:
    """One rollout that completed n control steps. Arrays are read-only.

    Attributes:
        states: shape (n + 1, nx); None in a summary.
        actions: as applied, or as drawn if these were asked for, shape (n, nu); None in a summary.
        costs: running costs and, last, the terminal cost, shape (n + 1,); None in a summary.
        status: ``"completed"``, ``"terminated"`` or ``"diverged"``.
        steps: n.
        clipped: number of steps in which an action entry was clipped to its bounds.
        total_cost: sum of the costs; infinite if it diverged.
        digest: SHA-256 of states, actions and costs; empty unless asked for.
    """

    states: Floats | None
    actions: Floats | None
    costs: Floats | None
    status: str
    steps: int
    clipped: int
    total_cost: float
    digest: bytes


class Rollouts(Sequence[Rollout]):
    """The rollouts of S initial states x C controllers x E seeds x A step sizes.

    ``rollouts[i]`` counts through them, the last index fastest; ``rollouts[s, c, e, a]`` names one. The
    numbers that every rollout has are arrays of shape (S, C, E, A) as well.
    """

    def __init__(self, shape: tuple[int, int, int, int], rollouts: list[Rollout]) -> None:
        self.shape = shape
        self._rollouts = rollouts

    def __len__(self) -> int:
        return len(self._rollouts)

    def __getitem__(self, index: int | tuple[int, int, int, int]) -> Rollout:  # type: ignore[override]
        if isinstance(index, tuple):
            return self._rollouts[int(np.ravel_multi_index(index, self.shape))]
        return self._rollouts[index]

    def __repr__(self) -> str:
        S, C, E, A = self.shape
        return f"<Rollouts: {S} initial states × {C} controllers × {E} seeds × {A} step sizes>"

    @property
    def total_costs(self) -> Floats:
        """Total costs, shape (S, C, E, A)."""
        return np.array([rollout.total_cost for rollout in self._rollouts]).reshape(self.shape)

    @property
    def steps(self) -> Ints:
        """Completed control steps, shape (S, C, E, A)."""
        return np.array([rollout.steps for rollout in self._rollouts], dtype=np.int64).reshape(self.shape)

    @property
    def completed(self) -> Bools:
        """Which ran for the whole horizon, shape (S, C, E, A)."""
        return np.array([rollout.status == "completed" for rollout in self._rollouts]).reshape(self.shape)


def _due(chunk: dynamics_pb2.LinearizeResponse, due: int, total: int) -> tuple[int, int]:
    """The chunk's first knot, which must be the one that is due, and its number of knots."""
    first, n = chunk.first_knot, len(chunk.statuses)
    if first != due or not (0 < n <= total - first or n == 0 == total):
        raise wrong_answer(f"{n} knots from {first} on; knots {due} to {total - 1} are due")
    return first, n


class Expansion:
    """Derivatives of the dynamics and of the cost at T knots; refilled by ``linearize(..., out=)``.

    Derivatives are exact and of one control step. Rows of what belongs to the cost alone (l, lx, lxx)
    have the terminal cost last where a terminal knot was asked for, and are then T + 1.

    Attributes:
        next_states: f(x, u), shape (T, nx).
        fx: df/dx, shape (T, nx, nx).
        fu: df/du, shape (T, nx, nu).
        l: costs, shape (T or T + 1,).
        lx: shape (T or T + 1, nx).
        lu: shape (T, nu).
        lxx: shape (T or T + 1, nx, nx).
        lux: d2c/du dx, shape (T, nu, nx).
        luu: shape (T, nu, nu).
        statuses: of every knot: ``"ok"``, ``"clipped"``, ``"diverged"`` or ``"non_finite_input"``; the
            numbers of the last two are NaN.
    """

    def __init__(self, T: int, nx: int, nu: int, terminal: bool = True) -> None:
        """Makes the arrays, filled with zeros.

        Raises:
            ValueError: if a size is not a whole number, or negative.
        """
        for name, size in (("T", T), ("nx", nx), ("nu", nu)):
            checks.integer(name, size, 0)
        rows = T + bool(terminal)
        self.T, self.nx, self.nu, self.terminal = T, nx, nu, bool(terminal)
        self.next_states = np.zeros((T, nx))
        self.fx = np.zeros((T, nx, nx))
        self.fu = np.zeros((T, nx, nu))
        self.l = np.zeros(rows)
        self.lx = np.zeros((rows, nx))
        self.lu = np.zeros((T, nu))
        self.lxx = np.zeros((rows, nx, nx))
        self.lux = np.zeros((T, nu, nx))
        self.luu = np.zeros((T, nu, nu))
        self.statuses: list[str] = [""] * rows

    def _fill(self, chunk: dynamics_pb2.LinearizeResponse, due: int) -> int:
        """Copies the chunk in that begins with the knot that is due; returns the knot after its last."""
        first, n = _due(chunk, due, self.T)
        nx, nu = self.nx, self.nu
        statuses = _statuses(chunk.statuses, n)
        arrays = [
            (self.next_states, "next_states", chunk.next_states, (n, nx)),
            (self.fx, "fx", chunk.fx, (n, nx, nx)),
            (self.fu, "fu", chunk.fu, (n, nx, nu)),
            (self.l, "costs", chunk.costs, (n,)),
            (self.lx, "lx", chunk.lx, (n, nx)),
            (self.lu, "lu", chunk.lu, (n, nu)),
            (self.lxx, "lxx", chunk.lxx, (n, nx, nx)),
            (self.luu, "luu", chunk.luu, (n, nu, nu)),
        ]
        end = first + n
        for array, name, tensor, shape in arrays:
            array[first:end] = unpack(name, tensor, shape)
        self.lux[first:end] = unpack("lux", chunk.lux, (n, nu, nx)) if chunk.HasField("lux") else 0.0
        self.statuses[first:end] = statuses
        if chunk.HasField("terminal") != (self.terminal and end == self.T):
            raise wrong_answer("the terminal knot is not in the last chunk of a trajectory")
        if chunk.HasField("terminal"):
            self.l[self.T] = chunk.terminal.cost
            self.lx[self.T] = unpack("terminal.lx", chunk.terminal.lx, (nx,))
            self.lxx[self.T] = unpack("terminal.lxx", chunk.terminal.lxx, (nx, nx))
            self.statuses[self.T : self.T + 1] = _statuses([chunk.terminal.status], 1)
        return end


@dataclass(frozen=True)
class Jacobians:
    """First derivatives of the dynamics at n knots that need not follow from each other.

    Attributes:
        next_states: f(x, u), shape (n, nx).
        fx: df/dx, shape (n, nx, nx).
        fu: df/du, shape (n, nx, nu).
        statuses: of every knot: ``"ok"``, ``"clipped"``, ``"diverged"`` or ``"non_finite_input"``; the
            numbers of the last two are NaN.
        curvature: second derivatives weighted with ``multipliers``, sum over k of multipliers_k d2f_k / d(x, u)2,
            shape (n, nx + nu, nx + nu), symmetric; None unless asked for.
        fp: df/dp for the p of ``parameters``, shape (n, nx, P), the action as applied held; None unless asked for.
    """

    next_states: Floats
    fx: Floats
    fu: Floats
    statuses: list[str]
    curvature: Floats | None = None
    fp: Floats | None = None


# A server from before corners, or one with more kinds, compares with the derivative.
_SIDES: dict[int, Literal["right", "left"]] = {
    dynamics_pb2.DERIVATIVE_SIDE_RIGHT: "right",
    dynamics_pb2.DERIVATIVE_SIDE_LEFT: "left",
}


@dataclass(frozen=True)
class DerivativeError:
    """The entry of an array at which analytic derivative and difference disagree most.

    Where derivatives have a kink, as in corners they may, ``side`` says what ``numeric`` is: the ``"mean"`` of the
    derivatives to either side, or the one to the ``"left"`` or ``"right"``; ``kink`` is how far these two are apart,
    relative as the error.
    """

    array: str
    entry: str
    analytic: float
    numeric: float
    relative_error: float
    state: Floats
    action: Floats
    side: Literal["mean", "right", "left"]
    kink: float


@dataclass(frozen=True)
class DerivativeCheck:
    """The outcome of a check: how many knots were looked at, the worst entry of each array, and of all."""

    samples: int
    errors: tuple[DerivativeError, ...]
    worst: DerivativeError


class Simulator:
    """An environment's dynamics and cost, free of sessions; may be shared between threads.

    Sizes: nx and nu are those of ``spec``, T is a number of control steps, B the size of a batch.
    """

    def __init__(
        self,
        environment: str,
        parameters: Mapping[str, float] | None = None,
        address: str | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        account: str | None = None,
        model_digest: str | None = None,
        token: str | None = None,
    ) -> None:
        """Looks the environment up.

        Args:
            environment: catalog name, such as ``"swimmer"``.
            parameters: values by name; what is not named keeps its default.
            address: ``host:port``, ``unix:path`` or, with TLS,
                ``tls://host:port?ca=FILE&token_file=FILE`` (see :func:`gaitway.endpoint.parse`) of a
                server; None for the one that the environment variable
                ``GAITWAY_SERVER`` names, or else for one that this process, or the process that started it, has started
                for itself.
            timeout: seconds for a call, plus one millisecond per control step; None, or infinite, for no limit.
            account: name that the server counts the calls under; see :meth:`usage`.
            model_digest: if given, must be the server's, which guards against other physics.
            token: says who calls. None for the one in the file that the address names, or else, if the server is on
                this machine or speaks TLS, in the environment variable ``GAITWAY_TOKEN`` or the file that
                ``GAITWAY_TOKEN_FILE`` names. It is shown nowhere.

        Raises:
            ValueError: if the address, the timeout, the account, the token or a parameter is invalid.
            NotFoundError: if the server has no such environment.
            InvalidArgumentError: if a parameter is unknown or out of range.
            FailedPreconditionError: if the digest is another.
            UnavailableError: if no server answers, or no server could be started.
        """
        self._connection = Connection(address, timeout=timeout, account=account, token=token)
        self._reference = catalog_pb2.EnvironmentRef(
            id=environment, parameters=checks.parameters(parameters), model_digest=model_digest
        )
        answer = self._connection.unary(
            "CatalogService/GetEnvironment",
            catalog_pb2.GetEnvironmentRequest(environment=self._reference),
            catalog_pb2.GetEnvironmentResponse,
            "description of an environment",
        )
        self.spec = EnvironmentSpec.from_message(answer.environment)

    @classmethod
    def from_mjcf(
        cls,
        robot: str | os.PathLike[str] | None,
        task: str | os.PathLike[str],
        parameters: Mapping[str, float] | None = None,
        address: str | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        account: str | None = None,
        token: str | None = None,
    ) -> Simulator:
        """The simulator of a robot of one's own, as :func:`gaitway.add_environment` makes it.

        Args:
            robot: MuJoCo's XML; None for the file that the task names.
            task: a YAML file.
            parameters: as for the class.
            address: as for the class.
            timeout: as for the class.
            account: as for the class.
            token: as for the class.

        Raises:
            OSError: if a file cannot be read.
            InvalidArgumentError: if a file makes no sense; the message names file, line and reason.
        """
        spec = add_environment(robot, task, address, timeout=timeout, token=token)
        return cls(spec.id, parameters, address, timeout=timeout, account=account, token=token)

    @property
    def address(self) -> str:
        """The server's address."""
        return self._connection.address

    def step(self, states: npt.ArrayLike, actions: npt.ArrayLike, *, with_contacts: bool = False) -> StepBatch:
        """The next states and the costs of a batch.

        Args:
            states: shape (B, nx).
            actions: shape (B, nu); entries out of bounds are clipped.
            with_contacts: whether the ground's forces are wanted.

        Raises:
            ValueError: if a shape does not fit.
            InvalidArgumentError: if a number is not finite.
        """
        x = floats("states", states, ("B", self.spec.nx))
        u = floats("actions", actions, (len(x), self.spec.nu))
        request = dynamics_pb2.EvaluateRequest(
            environment=self._reference, states=pack(x), actions=pack(u), with_contacts=with_contacts
        )
        answer = self._connection.unary(
            "DynamicsService/Evaluate", request, dynamics_pb2.EvaluateResponse, "step", steps=len(x)
        )
        B = len(x)
        forces = (B, len(self.spec.contact_points), 2)
        return StepBatch(
            next_states=unpack("next_states", answer.next_states, (B, self.spec.nx)),
            costs=unpack("costs", answer.costs, (B,)),
            terminated=unpack_bools("terminated", answer.terminated, (B,)),
            statuses=tuple(_statuses(answer.statuses, B)),
            contact_forces=unpack("contact_forces", answer.contact_forces, forces) if with_contacts else None,
        )

    def rollout(
        self,
        controllers: Controller | Sequence[Controller],
        initial_states: npt.ArrayLike | None = None,
        *,
        horizon: int | None = None,
        seeds: Iterable[int] = (),
        step_sizes: Iterable[float] = (),
        summary: bool = False,
        digest: bool = False,
        drawn_actions: bool = False,
    ) -> Rollouts:
        """Runs every initial state x controller x noise seed x step size, in one call.

        Args:
            controllers: one or more.
            initial_states: shape (S, nx), or (nx,) for one; None for the mean initial state.
            horizon: control steps, 1 or more; None for the environment's.
            seeds: noise seeds, each giving all its rollouts the same noise; none for no noise.
            step_sizes: factors on the feed-forward terms of linear-Gaussian controllers; none for 1.
            summary: whether states, actions and costs are left out.
            digest: whether the trajectories' digests are wanted.
            drawn_actions: whether actions are wanted as drawn, before clipping.

        Raises:
            ValueError: if a shape does not fit.
            InvalidArgumentError: if a number is not finite, or the request is too large.
        """
        nx, nu = self.spec.nx, self.spec.nu
        chosen = [controllers] if not isinstance(controllers, Sequence) else list(controllers)
        starts = real("initial_states", self.spec.initial_mean if initial_states is None else initial_states)
        starts = floats("initial_states", starts[None] if starts.ndim == 1 else starts, ("S", nx))
        noise = checks.seeds("seeds", seeds)
        sizes = checks.elements("step_sizes", step_sizes)
        factors = [checks.number(f"step_sizes[{i}]", size) for i, size in enumerate(sizes)]
        T = self.spec.horizon if horizon is None else checks.integer("horizon", horizon, 1)
        shape = (len(starts), len(chosen), max(1, len(noise)), max(1, len(factors)))
        request = dynamics_pb2.RolloutRequest(
            environment=self._reference,
            horizon=T,
            initial_states=pack(starts),
            controllers=[controller.message(nx, nu) for controller in chosen],
            seeds=noise,
            step_sizes=factors,
            detail=dynamics_pb2.ROLLOUT_DETAIL_SUMMARY if summary else dynamics_pb2.ROLLOUT_DETAIL_TRAJECTORY,
            with_digest=digest,
            drawn_actions=drawn_actions,
        )
        count = int(np.prod(shape))

        def call() -> list[Rollout]:
            with self._connection.server_stream(
                "DynamicsService/Rollout", request, dynamics_pb2.RolloutResponse, "rollout", steps=count * T
            ) as answers:
                reader = _RolloutReader(count, T, nx, nu, summary, digest)
                for answer in answers:
                    for part in answer.parts:
                        reader.take(part)
                return reader.finish()

        return Rollouts(shape, self._connection.repeating("DynamicsService/Rollout", call))

    def linearize(
        self,
        states: npt.ArrayLike,
        actions: npt.ArrayLike,
        *,
        hessian: str = "exact",
        allow_non_finite: bool = False,
        out: Expansion | None = None,
    ) -> Expansion:
        """Exact derivatives along a trajectory, or at a batch of knots.

        Args:
            states: shape (T + 1, nx) for a trajectory, whose last row is the terminal knot; (T, nx) for
                a batch.
            actions: shape (T, nu).
            hessian: ``"exact"``, or ``"gauss_newton"``, which is positive semi-definite.
            allow_non_finite: whether a knot that is not finite is answered by its status instead of
                refusing all.
            out: arrays to fill; None for new ones.

        Returns:
            ``out``, or a new expansion.

        Raises:
            ValueError: if a shape does not fit, or the Hessian is unknown.
            InvalidArgumentError: if a number is not finite, or the request is too large.
        """
        nx, nu = self.spec.nx, self.spec.nu
        if hessian not in _HESSIANS:
            raise ValueError(f"hessian must be one of {', '.join(map(repr, _HESSIANS))}, but is {hessian!r}")
        u = floats("actions", actions, ("T", nu))
        x = floats("states", states, ("T", nx))
        T, terminal = len(u), len(x) == len(u) + 1
        if not terminal and len(x) != T:
            raise ValueError(f"states has {len(x)} rows; with {T} actions it must have {T} or {T + 1}")
        expansion = Expansion(T, nx, nu, terminal) if out is None else out
        if (expansion.T, expansion.nx, expansion.nu, expansion.terminal) != (T, nx, nu, terminal):
            raise ValueError(
                f"out is an Expansion({expansion.T}, {expansion.nx}, {expansion.nu}, {expansion.terminal});"
                f" it must be an Expansion({T}, {nx}, {nu}, {terminal})"
            )
        request = dynamics_pb2.LinearizeRequest(
            environment=self._reference,
            states=pack(x),
            actions=pack(u),
            terminal_knot=terminal,
            cost_hessian=_HESSIANS[hessian],
            allow_non_finite=allow_non_finite,
        )

        def call() -> None:
            filled = 0
            with self._connection.server_stream(
                "DynamicsService/Linearize", request, dynamics_pb2.LinearizeResponse, "linearize", steps=T
            ) as answers:
                for chunk in answers:
                    filled = expansion._fill(chunk, filled)
            if filled != T:
                raise wrong_answer(f"{filled} of {T} knots")

        self._connection.repeating("DynamicsService/Linearize", call)
        return expansion

    def linearize_dynamics(
        self,
        states: npt.ArrayLike,
        actions: npt.ArrayLike,
        *,
        allow_non_finite: bool = False,
        multipliers: npt.ArrayLike | None = None,
        parameters: Sequence[str] = (),
    ) -> Jacobians:
        """Exact derivatives of the dynamics alone; with first ones only, half of the bytes of ``linearize``.

        Args:
            states: shape (n, nx).
            actions: shape (n, nu).
            allow_non_finite: whether a knot that is not finite is answered by its status instead of
                refusing all.
            multipliers: weights of the next state's entries, shape (n, nx), for second derivatives: with the gradient
                of the cost-to-go at the next state, what Newton's method adds to those of the cost.
            parameters: names of parameters of the environment to differentiate by, none of a whole number. The first
                call for a parameter takes the server a second or so.

        Raises:
            ValueError: if a shape does not fit.
            InvalidArgumentError: if a number is not finite, a parameter is unknown or whole, or the request is too
                large.
        """
        nx, nu = self.spec.nx, self.spec.nu
        u = floats("actions", actions, ("n", nu))
        n = len(u)
        x = floats("states", states, (n, nx))
        request = dynamics_pb2.LinearizeRequest(
            environment=self._reference,
            states=pack(x),
            actions=pack(u),
            allow_non_finite=allow_non_finite,
            dynamics_only=True,
            multipliers=None if multipliers is None else pack(floats("multipliers", multipliers, (n, nx))),
            parameters=parameters,
        )
        nz, P = nx + nu, len(parameters)

        def call() -> Jacobians:
            found = Jacobians(
                np.empty((n, nx)),
                np.empty((n, nx, nx)),
                np.empty((n, nx, nu)),
                [],
                None if multipliers is None else np.empty((n, nz, nz)),
                np.empty((n, nx, P)) if P else None,
            )
            with self._connection.server_stream(
                "DynamicsService/Linearize", request, dynamics_pb2.LinearizeResponse, "linearize", steps=n
            ) as answers:
                for chunk in answers:
                    first, count = _due(chunk, len(found.statuses), n)
                    rows = slice(first, first + count)
                    found.next_states[rows] = unpack("next_states", chunk.next_states, (count, nx))
                    found.fx[rows] = unpack("fx", chunk.fx, (count, nx, nx))
                    found.fu[rows] = unpack("fu", chunk.fu, (count, nx, nu))
                    if found.curvature is not None:
                        found.curvature[rows] = unpack("curvature", chunk.curvature, (count, nz, nz))
                    if found.fp is not None:
                        found.fp[rows] = unpack("fp", chunk.fp, (count, nx, P))
                    found.statuses.extend(_statuses(chunk.statuses, count))
            if len(found.statuses) != n:
                raise wrong_answer(f"{len(found.statuses)} of {n} knots")
            return found

        return self._connection.repeating("DynamicsService/Linearize", call)

    def initial_states(self, seed: int, count: int, *, first_episode: int = 0) -> Floats:
        """Initial states of consecutive episodes of a seed, shape (count, nx).

        Raises:
            ValueError: if the seed or the episode is not from 0 to 2**64 - 1, or the count is not a whole number.
            InvalidArgumentError: if the count is below 1 or too large.
        """
        request = dynamics_pb2.SampleInitialStatesRequest(
            environment=self._reference,
            seed=checks.seed("seed", seed),
            first_episode=checks.seed("first_episode", first_episode),
            count=checks.integer("count", count, -(2**31)),
        )
        answer = self._connection.unary(
            "DynamicsService/SampleInitialStates",
            request,
            dynamics_pb2.SampleInitialStatesResponse,
            "initial states",
        )
        return unpack("states", answer.states, (count, self.spec.nx))

    def check_derivatives(self, samples: int = 100, seed: int = 0, *, corners: bool = False) -> DerivativeCheck:
        """Compares every derivative with an independent high-order difference at sampled knots.

        Args:
            samples: number of knots, at least 1.
            seed: what they are drawn with.
            corners: whether the knots are moved to where formulas change: at rest, with all links in line, with
                angles at their limits, actions at their bounds, the ground just touched.

        Raises:
            ValueError: if the seed is not from 0 to 2**64 - 1, or the number of samples is not a whole number.
            InvalidArgumentError: if the number of samples is below 1 or too large.
        """
        request = dynamics_pb2.CheckDerivativesRequest(
            environment=self._reference,
            samples=checks.integer("samples", samples, -(2**31)),
            seed=checks.seed("seed", seed),
            corners=bool(corners),
        )
        answer = self._connection.unary(
            "DynamicsService/CheckDerivatives",
            request,
            dynamics_pb2.CheckDerivativesResponse,
            "check of derivatives",
            steps=1000 * max(0, samples),
        )
        errors = tuple(
            DerivativeError(
                e.array,
                e.entry,
                e.analytic,
                e.numeric,
                e.relative_error,
                unpack("errors.state", e.state, (self.spec.nx,)),
                unpack("errors.action", e.action, (self.spec.nu,)),
                _SIDES.get(e.side, "mean"),
                e.kink,
            )
            for e in answer.errors
        )
        if not 0 <= answer.worst < len(errors):
            raise wrong_answer(f"worst is {answer.worst}, of {len(errors)} errors")
        return DerivativeCheck(answer.samples, errors, errors[answer.worst])

    def usage(self) -> usage_pb2.Usage:
        """What the server has counted for this simulator's account; zero without one."""
        return self._connection.usage()

    def close(self) -> None:
        """Closes the connection; the next call would open it again."""
        self._connection.close()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Simulator of {self.spec.title()} at {self.address}>"


class _RolloutReader:
    """Joins the parts of every rollout; where there is one, as nearly always, without a copy."""

    def __init__(self, count: int, horizon: int, nx: int, nu: int, summary: bool, digest: bool) -> None:
        self._count, self._horizon, self._nx, self._nu = count, horizon, nx, nu
        self._full, self._digest_size = not summary, 32 if digest else 0
        self._rollouts: list[Rollout] = []
        self._begin()

    def _begin(self) -> None:
        self._rows = 0
        self._states: list[Floats] = []
        self._actions: list[Floats] = []
        self._costs: list[Floats] = []

    def take(self, part: dynamics_pb2.RolloutPart) -> None:
        """Reads the part that is due."""
        number, last = len(self._rollouts), part.HasField("summary")
        if number >= self._count or (part.index, part.first_row) != (number, self._rows):
            raise wrong_answer(
                f"row {part.first_row} of rollout {part.index}; row {self._rows} of rollout {number} of"
                f" {self._count} is due"
            )
        if self._full:
            self._append(part, last)
        if last:
            self._rollouts.append(self._rollout(part.summary))
            self._begin()
        elif not self._full:
            raise wrong_answer(f"rollout {number} is a part of a summary")

    def finish(self) -> list[Rollout]:
        """All rollouts, once the call has ended."""
        if len(self._rollouts) != self._count or self._rows:
            raise wrong_answer(f"{len(self._rollouts)} of {self._count} rollouts")
        return self._rollouts

    def _append(self, part: dynamics_pb2.RolloutPart, last: bool) -> None:
        states = unpack("parts.states", part.states, ("rows", self._nx))
        rows = len(states)
        if not 0 < rows <= self._horizon + 1 - self._rows:
            raise wrong_answer(f"{rows} rows from {self._rows} on, of a rollout of {self._horizon} steps")
        self._states.append(states)
        self._actions.append(unpack("parts.actions", part.actions, (rows - last, self._nu)))
        self._costs.append(unpack("parts.costs", part.costs, (rows,)))
        self._rows += rows

    def _rollout(self, summary: dynamics_pb2.RolloutSummary) -> Rollout:
        status = _ROLLOUT_STATUSES.get(summary.status)
        fits = summary.steps == self._rows - 1 if self._full else 0 <= summary.steps <= self._horizon
        if status is None or not fits or len(summary.digest) != self._digest_size:
            raise wrong_answer(
                f"a rollout has status {summary.status}, {summary.steps} steps, {self._rows} rows and a digest of"
                f" {len(summary.digest)} bytes"
            )
        return Rollout(
            states=_join(self._states) if self._full else None,
            actions=_join(self._actions) if self._full else None,
            costs=_join(self._costs) if self._full else None,
            status=status,
            steps=summary.steps,
            clipped=summary.clipped,
            total_cost=summary.total_cost,
            digest=summary.digest,
        )


def _join(arrays: list[Floats]) -> Floats:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _statuses(statuses: Sequence[dynamics_pb2.KnotStatus], count: int) -> list[str]:
    names = [_KNOT_STATUSES.get(status) for status in statuses]
    if len(names) != count or None in names:
        raise wrong_answer(f"statuses are {list(statuses)[:10]}, {len(names)} of them; {count} known ones are due")
    return [name for name in names if name is not None]
