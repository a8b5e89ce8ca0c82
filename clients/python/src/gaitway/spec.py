"""What the server tells of its environments and of itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gaitway.connection import DEFAULT_TIMEOUT, Connection
from gaitway.tensors import Floats, Ints, wrong_answer
from gaitway.v1 import catalog_pb2

__all__ = [
    "ActionEntry",
    "ContactPoint",
    "CostTerm",
    "EnvironmentSpec",
    "FirstGuess",
    "Goal",
    "LinkGeometry",
    "Parameter",
    "ServerInfo",
    "Sinusoid",
    "StateEntry",
    "environments",
    "server_info",
]


@dataclass(frozen=True)
class StateEntry:
    """One entry of the state; bounds are soft or nominal, in the entry's SI unit."""

    name: str
    unit: str
    angle: bool
    lower: float
    upper: float


@dataclass(frozen=True)
class ActionEntry:
    """One entry of the action, with its bounds in its SI unit."""

    name: str
    unit: str
    lower: float
    upper: float


@dataclass(frozen=True)
class CostTerm:
    """One term ``weight * penalty(quantity - target)`` of a cost.

    The penalty of a residual r is ``"quadratic"``: r**2, ``"linear"``: r, or ``"smooth_absolute"``:
    sqrt(r**2 + width**2) - width. The width is in the quantity's unit, and 0 for the first two.
    """

    name: str
    quantity: str
    weight: float
    target: float
    penalty: str
    width: float


@dataclass(frozen=True)
class Goal:
    """What counts as success: to complete the horizon, to come far enough, and not to cost too much.

    Attributes:
        progress_index: state index of the position to travel along; -1 if there is no way to go.
        target_speed: asked for along it, in the entry's unit per s; negative to travel backwards.
        least_share: least part of the way target_speed * time that a success covers, 0 to 1.
        most_cost_ratio: most that a success costs, as a multiple of a reference's cost over the same horizon.
    """

    progress_index: int
    target_speed: float
    least_share: float
    most_cost_ratio: float


@dataclass(frozen=True)
class Sinusoid:
    """The actions ``amplitude * sin(2 * pi * frequency * t + phase)``; frequency in Hz, arrays of shape (nu,)."""

    frequency: float
    amplitude: Floats
    phase: Floats


@dataclass(frozen=True)
class FirstGuess:
    """Actions to begin an optimisation from: either a sinusoid, or a hand-crafted gait that is known by name."""

    sinusoid: Sinusoid | None
    gait: str | None


@dataclass(frozen=True)
class Parameter:
    """A number that ``parameters`` can override, with its value in force and what is allowed."""

    name: str
    value: float
    default_value: float
    lower: float
    upper: float
    integer: bool
    unit: str
    description: str


@dataclass(frozen=True)
class Shape:
    """All points within ``radius`` of the convex hull of ``points``, pairs of x and y, in the link's frame, m.

    Two points make a capsule, one a disc, four without a radius a rectangle.
    """

    points: tuple[tuple[float, float], ...]
    radius: float


@dataclass(frozen=True)
class LinkGeometry:
    """A link and its shapes, in m and kg.

    Its frame sits at ``(hinge_x + state[x_index], hinge_y + state[y_index])`` in the parent's frame, that
    of the root, whose parent is -1, in the world's. The frame's absolute angle is the parent's plus
    ``angle + axis * state[angle_index]``, counter-clockwise positive. Where an index is -1, the link does not move
    that way, and 0 stands for the state's entry.
    """

    name: str
    parent: int
    x_index: int
    y_index: int
    angle_index: int
    axis: int
    hinge_x: float
    hinge_y: float
    angle: float
    shapes: tuple[Shape, ...]
    mass: float
    com_x: float
    com_y: float


@dataclass(frozen=True)
class ContactPoint:
    """A sphere of a link that can touch the ground, which is level; in the link's frame, m."""

    link: int
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class EnvironmentSpec:
    """An environment, with the parameters that are in force.

    Attributes:
        id: catalog name, such as ``"swimmer"``.
        version: raised whenever a default or the meaning of the dynamics changes.
        model_digest: equal digests mean equal bits for equal requests.
        description: one paragraph.
        state: the state's nx entries, positions first, then velocities.
        action: the action's nu entries.
        observation: indices into the state that a policy sees by default.
        dt: duration of a control step, s.
        substeps: integrator steps within a control step.
        integrator: its name.
        horizon: default number of control steps in an episode.
        cost_terms: their sum is the running cost of a control step; dt is not folded in.
        terminal_cost_terms: their sum is the cost of the state after the last control step.
        reward_terms: their sum is the reward of a control step; empty where that is minus the cost.
        initial_mean: mean initial state, shape (nx,).
        initial_std: its standard deviation, shape (nx,).
        termination: what ends an episode early, in words; empty when nothing does.
        termination_cost: cost of every control step that a terminated episode falls short of.
        termination_charges_actions: whether every such step also costs what the episode's actions cost in
            the mean over its steps, c(x, u) - c(x, 0).
        parameters: what ``parameters`` can override.
        geometry: the links to draw.
        contact_points: where the links can touch the ground; empty where there is none.
        ground_height: y of the ground, m; 0 where there is none.
        goal: what counts as success; None where completing the horizon is all there is to achieve.
        first_guess: actions to begin an optimisation from; None if none are known.
    """

    id: str
    version: str
    model_digest: str
    description: str
    state: tuple[StateEntry, ...]
    action: tuple[ActionEntry, ...]
    observation: Ints
    dt: float
    substeps: int
    integrator: str
    horizon: int
    cost_terms: tuple[CostTerm, ...]
    terminal_cost_terms: tuple[CostTerm, ...]
    reward_terms: tuple[CostTerm, ...]
    initial_mean: Floats
    initial_std: Floats
    termination: str
    termination_cost: float
    termination_charges_actions: bool
    parameters: tuple[Parameter, ...]
    geometry: tuple[LinkGeometry, ...]
    contact_points: tuple[ContactPoint, ...]
    ground_height: float
    goal: Goal | None
    first_guess: FirstGuess | None

    def title(self) -> str:
        """The id, with the parameters that differ from their defaults."""
        changed = [f"{p.name}={p.value:g}" for p in self.parameters if p.value != p.default_value]
        return f"{self.id} ({', '.join(changed)})" if changed else self.id

    def __repr__(self) -> str:
        return (
            f"<EnvironmentSpec {self.title()}, version {self.version}: {self.nx} state entries, {self.nu} actions,"
            f" {self.horizon} steps of {self.dt:g} s>"
        )

    @property
    def nx(self) -> int:
        """Number of state entries."""
        return len(self.state)

    @property
    def nu(self) -> int:
        """Number of action entries."""
        return len(self.action)

    @property
    def action_lower(self) -> Floats:
        """Lower bounds of the action, shape (nu,)."""
        return np.array([entry.lower for entry in self.action])

    @property
    def action_upper(self) -> Floats:
        """Upper bounds of the action, shape (nu,)."""
        return np.array([entry.upper for entry in self.action])

    @staticmethod
    def from_message(message: catalog_pb2.EnvironmentSpec) -> EnvironmentSpec:
        """Reads the contract's message.

        Raises:
            GaitwayError: if its parts do not fit together.
        """
        _check(message)
        return EnvironmentSpec(
            id=message.id,
            version=message.version,
            model_digest=message.model_digest,
            description=message.description,
            state=tuple(StateEntry(e.name, e.unit, e.angle, e.lower, e.upper) for e in message.state),
            action=tuple(ActionEntry(e.name, e.unit, e.lower, e.upper) for e in message.action),
            observation=np.array(message.observation, dtype=np.int64),
            dt=message.dt,
            substeps=message.substeps,
            integrator=message.integrator,
            horizon=message.horizon,
            cost_terms=tuple(_cost_term(term) for term in message.cost_terms),
            terminal_cost_terms=tuple(_cost_term(term) for term in message.terminal_cost_terms),
            reward_terms=tuple(_cost_term(term) for term in message.reward_terms),
            initial_mean=np.array(message.initial_state.mean),
            initial_std=np.array(message.initial_state.std),
            termination=message.termination,
            termination_cost=message.termination_cost,
            termination_charges_actions=message.termination_charges_actions,
            parameters=tuple(
                Parameter(p.name, p.value, p.default_value, p.lower, p.upper, p.integer, p.unit, p.description)
                for p in message.parameters
            ),
            geometry=tuple(_link(link) for link in message.geometry),
            contact_points=tuple(ContactPoint(c.link, c.x, c.y, c.radius) for c in message.contact_points),
            ground_height=message.ground_height,
            goal=_goal(message.goal) if message.HasField("goal") else None,
            first_guess=_first_guess(message.first_guess) if message.HasField("first_guess") else None,
        )


def _check(message: catalog_pb2.EnvironmentSpec) -> None:
    """Refuses what would later be an index out of range, or an array of the wrong shape."""
    nx = len(message.state)
    initial = message.initial_state
    links = message.geometry
    sine = message.first_guess.sinusoid
    faults = {
        "state or action is empty": nx > 0 and len(message.action) > 0,
        f"observation has an index beyond 0 to {nx - 1}": all(0 <= i < nx for i in message.observation),
        f"initial_state has not {nx} entries": len(initial.mean) == len(initial.std) == nx,
        "dt is not above 0": 0 < message.dt < float("inf"),
        "horizon is not above 0": message.horizon > 0,
        "geometry has a link with a parent behind it": all(-1 <= g.parent < i for i, g in enumerate(links)),
        "geometry has a link that moves by what is not in the state": all(
            -1 <= index < nx for g in links for index in (g.x_index, g.y_index, g.angle_index)
        ),
        "geometry has a shape without points, or with half a one": all(
            len(shape.points) > 0 and len(shape.points) % 2 == 0 for g in links for shape in g.shapes
        ),
        "contact_points has a link that geometry has not": all(
            0 <= c.link < len(links) for c in message.contact_points
        ),
        "a cost term has an unknown penalty": all(
            term.penalty in catalog_pb2.Penalty.values()
            for term in (*message.cost_terms, *message.terminal_cost_terms, *message.reward_terms)
        ),
        "goal travels along what is not in the state": -1 <= message.goal.progress_index < nx,
        f"first_guess has not {len(message.action)} actions": message.first_guess.WhichOneof("kind") != "sinusoid"
        or len(sine.amplitude) == len(sine.phase) == len(message.action),
    }
    for fault, absent in faults.items():
        if not absent:
            raise wrong_answer(f"in the description of {message.id!r}, {fault}")


def _cost_term(message: catalog_pb2.CostTerm) -> CostTerm:
    penalty = catalog_pb2.Penalty.Name(message.penalty or catalog_pb2.PENALTY_QUADRATIC)
    return CostTerm(
        message.name,
        message.quantity,
        message.weight,
        message.target,
        penalty.removeprefix("PENALTY_").lower(),
        message.width,
    )


def _goal(message: catalog_pb2.Goal) -> Goal:
    return Goal(message.progress_index, message.target_speed, message.least_share, message.most_cost_ratio)


def _first_guess(message: catalog_pb2.FirstGuess) -> FirstGuess | None:
    match message.WhichOneof("kind"):
        case "sinusoid":
            sine = message.sinusoid
            return FirstGuess(Sinusoid(sine.frequency, np.array(sine.amplitude), np.array(sine.phase)), None)
        case "gait":
            return FirstGuess(None, message.gait)
        case _:
            return None  # Of a kind that a later contract has.


def _link(message: catalog_pb2.LinkGeometry) -> LinkGeometry:
    return LinkGeometry(
        message.name,
        message.parent,
        message.x_index,
        message.y_index,
        message.angle_index,
        message.axis,
        message.hinge_x,
        message.hinge_y,
        message.angle,
        tuple(Shape(tuple(zip(s.points[::2], s.points[1::2], strict=True)), s.radius) for s in message.shapes),
        message.mass,
        message.com_x,
        message.com_y,
    )


@dataclass(frozen=True)
class ServerInfo:
    """What a server is: its name and version, what it can do, and the largest requests that it takes."""

    server: str
    api_versions: tuple[str, ...]
    capabilities: frozenset[str]
    determinism: str
    max_message_bytes: int
    max_sessions: int
    max_environments_per_session: int
    max_steps_per_request: int
    max_lease_seconds: float
    worker_threads: int
    max_horizon: int
    max_added_environments: int


def environments(
    address: str | None = None, *, timeout: float | None = DEFAULT_TIMEOUT, token: str | None = None
) -> dict[str, EnvironmentSpec]:
    """The catalog: every environment by its id, with default parameters.

    Args:
        address: as for :class:`gaitway.Simulator`.
        timeout: seconds that it may take; None, or infinite, for no limit.
        token: as for :class:`gaitway.Simulator`.

    Raises:
        ValueError: if the address or the timeout is invalid.
        UnavailableError: if no server answers.
    """
    connection = Connection(address, timeout=timeout, token=token)
    try:
        answer = connection.unary(
            "CatalogService/ListEnvironments",
            catalog_pb2.ListEnvironmentsRequest(),
            catalog_pb2.ListEnvironmentsResponse,
            "list of environments",
        )
    finally:
        connection.close()
    return {message.id: EnvironmentSpec.from_message(message) for message in answer.environments}


def server_info(
    address: str | None = None, *, timeout: float | None = DEFAULT_TIMEOUT, token: str | None = None
) -> ServerInfo:
    """Describes the server; arguments and errors as for :func:`environments`."""
    connection = Connection(address, timeout=timeout, token=token)
    try:
        answer = connection.unary(
            "CatalogService/GetServerInfo",
            catalog_pb2.GetServerInfoRequest(),
            catalog_pb2.GetServerInfoResponse,
            "description of the server",
        )
    finally:
        connection.close()
    limits = answer.limits
    if answer.determinism not in catalog_pb2.DeterminismTier.values():
        raise wrong_answer(f"determinism is {answer.determinism}, which this client does not know")
    tier = catalog_pb2.DeterminismTier.Name(answer.determinism)
    return ServerInfo(
        server=answer.server,
        api_versions=tuple(answer.api_versions),
        capabilities=frozenset(answer.capabilities),
        determinism=tier.removeprefix("DETERMINISM_TIER_").lower(),
        max_message_bytes=limits.max_message_bytes,
        max_sessions=limits.max_sessions,
        max_environments_per_session=limits.max_environments_per_session,
        max_steps_per_request=limits.max_steps_per_request,
        max_lease_seconds=limits.max_lease_seconds,
        worker_threads=limits.worker_threads,
        max_horizon=limits.max_horizon,
        max_added_environments=limits.max_added_environments,
    )
