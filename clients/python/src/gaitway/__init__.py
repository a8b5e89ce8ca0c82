"""A gym for locomotion with exact derivatives, served over gRPC: the Python client."""

from importlib.metadata import version

from gaitway.controllers import Controller, Layer, LinearGaussian, Mlp, OpenLoop, Scaling, Squashing
from gaitway.errors import (
    CancelledError,
    DeadlineExceededError,
    FailedPreconditionError,
    GaitwayError,
    InvalidArgumentError,
    LocalServerError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    SessionExpiredError,
    StepLostError,
    StepOutOfOrderError,
    StepTimedOutError,
    StepUncertainError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
)
from gaitway.evaluations import Evaluations
from gaitway.registration import register, register_built_in
from gaitway.robots import RobotWarning, add_environment
from gaitway.session import Autoreset, Episodes, Session, Snapshot, StepResult
from gaitway.simulator import Expansion, Jacobians, Rollout, Rollouts, Simulator, StepBatch
from gaitway.spec import EnvironmentSpec, ServerInfo, environments, server_info

__all__ = [
    "Autoreset",
    "CancelledError",
    "Controller",
    "DeadlineExceededError",
    "EnvironmentSpec",
    "Episodes",
    "Evaluations",
    "Expansion",
    "FailedPreconditionError",
    "GaitwayError",
    "InvalidArgumentError",
    "Jacobians",
    "Layer",
    "LinearGaussian",
    "LocalServerError",
    "Mlp",
    "NotFoundError",
    "OpenLoop",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "RobotWarning",
    "Rollout",
    "Rollouts",
    "Scaling",
    "ServerInfo",
    "Session",
    "SessionExpiredError",
    "Simulator",
    "Snapshot",
    "Squashing",
    "StepBatch",
    "StepLostError",
    "StepOutOfOrderError",
    "StepResult",
    "StepTimedOutError",
    "StepUncertainError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "add_environment",
    "environments",
    "register",
    "server_info",
]

__version__ = version("gaitway")

register_built_in()
