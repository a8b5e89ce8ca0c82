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
    "LinkGeometry",
    "Parameter",
    "ServerInfo",
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
    """One term ``weight * (quantity - target)**2`` of the running cost."""

    name: str
    quantity: str
    weight: float
    target: float


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
class LinkGeometry:
    """A link as a capsule, in m and kg.

    Its frame sits at its hinge, (hinge_x, hinge_y) in the parent's frame; the root's, whose parent is
    -1, at the state's entries 0 and 1. The frame's absolute angle is the parent's plus
    ``axis * state[angle_index]``, counter-clockwise positive.
    """

    name: str
    parent: int
    angle_index: int
    axis: int
    hinge_x: float
    hinge_y: float
    from_x: float
    from_y: float
    to_x: float
    to_y: float
    radius: float
    mass: float
    com_x: float
    com_y: float


@dataclass(frozen=True)
class ContactPoint:
    """A sphere of a link that can touch the ground, which is level, at y = 0; in the link's frame, m."""

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
        initial_mean: mean initial state, shape (nx,).
        initial_std: its standard deviation, shape (nx,).
        termination: what ends an episode early, in words; empty when nothing does.
        termination_cost: cost of every control step that a terminated episode falls short of.
        parameters: what ``parameters`` can override.
        geometry: the links to draw.
        contact_points: where the links can touch the ground; empty where there is none.
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
    initial_mean: Floats
    initial_std: Floats
    termination: str
    termination_cost: float
    parameters: tuple[Parameter, ...]
    geometry: tuple[LinkGeometry, ...]
    contact_points: tuple[ContactPoint, ...]

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
            cost_terms=tuple(CostTerm(c.name, c.quantity, c.weight, c.target) for c in message.cost_terms),
            initial_mean=np.array(message.initial_state.mean),
            initial_std=np.array(message.initial_state.std),
            termination=message.termination,
            termination_cost=message.termination_cost,
            parameters=tuple(
                Parameter(p.name, p.value, p.default_value, p.lower, p.upper, p.integer, p.unit, p.description)
                for p in message.parameters
            ),
            geometry=tuple(_link(link) for link in message.geometry),
            contact_points=tuple(ContactPoint(c.link, c.x, c.y, c.radius) for c in message.contact_points),
        )


def _check(message: catalog_pb2.EnvironmentSpec) -> None:
    """Refuses what would later be an index out of range, or an array of the wrong shape."""
    nx = len(message.state)
    initial = message.initial_state
    links = message.geometry
    faults = {
        "state or action is empty": nx > 0 and len(message.action) > 0,
        f"observation has an index beyond 0 to {nx - 1}": all(0 <= i < nx for i in message.observation),
        f"initial_state has not {nx} entries": len(initial.mean) == len(initial.std) == nx,
        "dt is not above 0": 0 < message.dt < float("inf"),
        "horizon is not above 0": message.horizon > 0,
        "geometry has a link with a parent behind it": all(-1 <= g.parent < i for i, g in enumerate(links)),
        "geometry has a link whose angle is not in the state": all(-1 <= g.angle_index < nx for g in links),
        "contact_points has a link that geometry has not": all(
            0 <= c.link < len(links) for c in message.contact_points
        ),
    }
    for fault, absent in faults.items():
        if not absent:
            raise wrong_answer(f"in the description of {message.id!r}, {fault}")


def _link(message: catalog_pb2.LinkGeometry) -> LinkGeometry:
    return LinkGeometry(
        message.name,
        message.parent,
        message.angle_index,
        message.axis,
        message.hinge_x,
        message.hinge_y,
        message.from_x,
        message.from_y,
        message.to_x,
        message.to_y,
        message.radius,
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


def environments(address: str | None = None, *, timeout: float | None = DEFAULT_TIMEOUT) -> dict[str, EnvironmentSpec]:
    """The catalog: every environment by its id, with default parameters.

    Args:
        address: as for :class:`gaitway.Simulator`.
        timeout: seconds that it may take; None, or infinite, for no limit.

    Raises:
        ValueError: if the address or the timeout is invalid.
        UnavailableError: if nobody answers.
    """
    connection = Connection(address, timeout=timeout)
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


def server_info(address: str | None = None, *, timeout: float | None = DEFAULT_TIMEOUT) -> ServerInfo:
    """Describes the server; arguments and errors as for :func:`environments`."""
    connection = Connection(address, timeout=timeout)
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
    )
