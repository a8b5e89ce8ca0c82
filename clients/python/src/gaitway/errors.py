"""The exceptions of failed calls, and the one place where a gRPC status becomes an exception.

An argument that no server would take raises a plain ``ValueError`` instead, before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from gaitway import mismatch
from gaitway.durations import seconds
from gaitway.endpoint import Endpoint

__all__ = [
    "CancelledError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "GaitwayError",
    "InvalidArgumentError",
    "LocalServerError",
    "NotFoundError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "SessionExpiredError",
    "StepLostError",
    "StepOutOfOrderError",
    "StepTimedOutError",
    "StepUncertainError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
]

_DETAILS = "grpc-status-details-bin"

# What gRPC says of answers beyond the limit that this side has set.
_TOO_LARGE = "Received message larger than max"

# What gRPC says of calls that this side has ended.
_OWN_CANCELLATIONS = {"Locally cancelled by application!", "Channel closed!"}


class GaitwayError(Exception):
    """A call failed; the message says all that a person needs.

    Attributes:
        code: gRPC's status code, such as ``"INVALID_ARGUMENT"``.
        reason: name of the server's ``ErrorReason`` without its prefix, such as
            ``"TENSOR_SHAPE_MISMATCH"``; empty if the error did not come from the server.
        metadata: the values in the message, by name.
        field: path of the wrong field in the request, such as ``"controllers[1].mlp"``; empty if no field is wrong.
        retry_delay: seconds after which another try may succeed; None if the server does not say.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "UNKNOWN",
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        field: str = "",
        retry_delay: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.field = field
        self.retry_delay = retry_delay

    def __reduce__(self) -> tuple[object, ...]:
        """Exceptions cross process borders, where only positional arguments would survive."""
        return _restore, (type(self), str(self), self.__dict__)


def _restore(kind: type[GaitwayError], message: str, attributes: dict[str, object]) -> GaitwayError:
    error = kind(message)
    error.__dict__.update(attributes)
    return error


class InvalidArgumentError(GaitwayError, ValueError):
    """The server refused a value; ``field`` says which."""


class NotFoundError(GaitwayError, LookupError):
    """No such environment, suite or evaluation."""


class SessionExpiredError(NotFoundError):
    """The session does not exist, or no longer: open a new one, restore a snapshot."""


class FailedPreconditionError(GaitwayError):
    """A step before a reset, a snapshot or digest of another model; see ``reason``."""


class StepOutOfOrderError(GaitwayError):
    """Another client stepped the session; this one knows its step number again: step once more."""


class ResourceExhaustedError(GaitwayError):
    """No room, or a message beyond a limit: wait for ``retry_delay``, or ask for less at a time."""


class DeadlineExceededError(GaitwayError, TimeoutError):
    """It took too long: allow more with ``timeout``."""


class UnavailableError(GaitwayError, ConnectionError):
    """No server answers, or the connection broke."""


class UnauthenticatedError(GaitwayError):
    """The server does not know who calls: there is no token, or not one that it takes."""


class PermissionDeniedError(GaitwayError):
    """The token does not allow what was asked for, or the thing belongs to somebody else."""


class LocalServerError(UnavailableError):
    """The server that this process wanted to start for itself did not start."""


class StepUncertainError(GaitwayError):
    """No answer to a step came, so that it may or may not have been carried out.

    Ask for ``Session.steps``, or ``steps_done()`` of a Gymnasium environment, and compare it with ``steps_before``: if
    it is one more, the step was carried out. Its observation and reward are lost.

    Attributes:
        steps_before: number of steps carried out before this one.
    """

    steps_before: int = 0


class StepTimedOutError(StepUncertainError, DeadlineExceededError):
    """The answer to a step did not come in time; the step may or may not have been carried out."""


class StepLostError(StepUncertainError, UnavailableError):
    """The connection broke before the answer to a step came; the step may or may not have been carried out."""


class UnimplementedError(GaitwayError):
    """The server does not offer this call."""


class CancelledError(GaitwayError):
    """The call was given up on this side, because the session or the connection was closed."""


@dataclass(frozen=True)
class Attempt:
    """What was tried, for messages.

    Attributes:
        operation: such as ``"linearize"``.
        address: the server's endpoint.
        timeout: seconds that the call was given; None for no limit.
    """

    operation: str
    address: Endpoint
    timeout: float | None = None


@dataclass(frozen=True)
class _Details:
    """The details of a status, each empty if the server sent none."""

    domain: str = ""
    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    field: str = ""
    retry_delay: float | None = None


_M = TypeVar("_M", bound=Message)

_KINDS: dict[grpc.StatusCode, type[GaitwayError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.CANCELLED: CancelledError,
    grpc.StatusCode.UNIMPLEMENTED: UnimplementedError,
}

# Where one reason has an exception of its own.
_REASONS: dict[str, type[GaitwayError]] = {
    "SESSION_EXPIRED": SessionExpiredError,
    "STEP_OUT_OF_ORDER": StepOutOfOrderError,
}


def translate(error: Exception, attempt: Attempt) -> GaitwayError:
    """The exception for a call that failed."""
    call = error if isinstance(error, grpc.Call) else None
    code = call.code() if call else grpc.StatusCode.UNKNOWN
    words = (call.details() if call else None) or ""
    if code is grpc.StatusCode.CANCELLED and words not in _OWN_CANCELLATIONS:
        code = grpc.StatusCode.UNAVAILABLE  # A server that goes down cancels its calls.
    details = _details(call)
    kind = _REASONS.get(details.reason) or _KINDS.get(code, GaitwayError)
    return kind(
        _message(code, words, details, attempt),
        code=code.name,
        reason=details.reason,
        metadata=details.metadata,
        field=details.field,
        retry_delay=details.retry_delay,
    )


def never_sent(error: GaitwayError) -> bool:
    """Whether the call failed because no connection could be made, so that the server cannot have carried it out."""
    cause: Any = error.__cause__
    return isinstance(cause, grpc.Call) and _nobody_reached(cause.details() or "")


def uncertain(error: GaitwayError, steps_before: int) -> GaitwayError:
    """The exception for a step that was sent, if this error leaves its fate open; else the error itself."""
    if error.reason:
        return error
    kinds: dict[type[GaitwayError], type[StepUncertainError]] = {
        DeadlineExceededError: StepTimedOutError,
        UnavailableError: StepLostError,
    }
    kind = kinds.get(type(error))
    if kind is None:
        return error
    open_ended = kind(f"{error}; the step may or may not have been carried out", code=error.code)
    open_ended.steps_before = steps_before
    return open_ended


def late(attempt: Attempt) -> DeadlineExceededError:
    """The exception for an answer that did not come in time."""
    code = grpc.StatusCode.DEADLINE_EXCEEDED
    return DeadlineExceededError(_message(code, "", _Details(), attempt), code=code.name)


def _details(call: grpc.Call | None) -> _Details:
    trailers = (call.trailing_metadata() if call else None) or ()
    packed = next((value for key, value in trailers if key == _DETAILS), None)
    if not isinstance(packed, bytes):
        return _Details()
    try:
        status = status_pb2.Status.FromString(packed)
        info = _unpack(status, error_details_pb2.ErrorInfo)
        bad = _unpack(status, error_details_pb2.BadRequest)
        retry = _unpack(status, error_details_pb2.RetryInfo)
    except DecodeError:
        return _Details()  # A detail that cannot be read must not hide the status it came with.
    return _Details(
        domain=info.domain if info else "",
        reason=info.reason if info else "",
        metadata=dict(info.metadata) if info else {},
        field=bad.field_violations[0].field if bad and bad.field_violations else "",
        retry_delay=seconds(retry.retry_delay) if retry else None,
    )


def _unpack(status: status_pb2.Status, kind: type[_M]) -> _M | None:
    for packed in status.details:
        if packed.Is(kind.DESCRIPTOR):
            message = kind()
            packed.Unpack(message)
            return message
    return None


def _message(code: grpc.StatusCode, words: str, details: _Details, attempt: Attempt) -> str:
    """The server's own words where there are some, else what its code means to the caller."""
    if details.domain == "gaitway" and words.strip():
        return words
    operation, address = attempt.operation, attempt.address
    said = words.strip() or code.name
    if code is grpc.StatusCode.UNAVAILABLE:
        found = mismatch.of(words, address)
        if found is not None:
            return found
        if _nobody_reached(words):
            return f"no Gaitway server answers at {address} ({said}); start one with: {address.start_hint}"
        return f"the connection to the server at {address} broke during {operation} ({said})"
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return (
            f"{operation} did not finish within {attempt.timeout:g} s (server {address}); allow more time with timeout"
            if attempt.timeout is not None
            else f"{operation} did not finish in time (server {address})"
        )
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and _TOO_LARGE in words:
        return f"the answer to {operation} is larger than this client takes (server {address}): {said}"
    if code is grpc.StatusCode.UNAUTHENTICATED:
        return (
            f"{operation} was refused by the server at {address}, which does not know who calls ({said}); name the file"
            " of a token that it takes: ?token_file=FILE behind tls://host:port, or the variable GAITWAY_TOKEN_FILE"
        )
    if code is grpc.StatusCode.PERMISSION_DENIED:
        return f"{operation} is not allowed by the server at {address} ({said}); ask who runs it for a token that may"
    if code is grpc.StatusCode.CANCELLED:
        return f"{operation} was cancelled (server {address})"
    if code is grpc.StatusCode.UNIMPLEMENTED:
        # The contract only grows, so that a Gaitway server without a method is older than its client.
        server = re.match(r"(gaitway \S+) does not offer ", words)
        why = (
            f"it is {server[1]}, older than this client; update the server, or use its version of the client"
            if server
            else "is it a Gaitway server of this version?"
        )
        return f"{operation} is not offered by the server at {address}: {why}"
    return f"{operation} failed (server {address}): {said}"


def _nobody_reached(words: str) -> bool:
    return "failed to connect" in words or "DNS resolution failed" in words
