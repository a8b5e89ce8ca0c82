"""A gym for locomotion with exact derivatives, served over gRPC: the Python client."""

__version__ = "0.1.0"

from gaitway.controllers import Controller, LinearGaussian, Mlp, OpenLoop
from gaitway.errors import (
    CancelledError,
    DeadlineExceededError,
    FailedPreconditionError,
    GaitwayError,
    InvalidArgumentError,
    LocalServerError,
    NotFoundError,
    ResourceExhaustedError,
    SessionExpiredError,
    StepOutOfOrderError,
    UnavailableError,
    UnimplementedError,
)
from gaitway.session import Autoreset, Episodes, Session, Snapshot, StepResult
from gaitway.simulator import Expansion, Rollout, Rollouts, Simulator, StepBatch
from gaitway.spec import EnvironmentSpec, ServerInfo, environments, server_info
from gaitway.registration import register as _register

_register()
