"""Every status becomes the exception that it should."""

from __future__ import annotations

import pickle
from typing import Any

import grpc
import pytest
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

import gaitway
from gaitway import endpoint, errors
from gaitway.v1 import errors_pb2


class Failed(grpc.RpcError):
    """A call that has ended."""

    def __init__(self, code: grpc.StatusCode, words: str, trailers: Any = ()) -> None:
        self._code, self._words, self._trailers = code, words, trailers

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._words

    def trailing_metadata(self) -> Any:
        return self._trailers


grpc.Call.register(Failed)

ATTEMPT = errors.Attempt("rollout", endpoint.parse("127.0.0.1:7447"), 30.5)


def packed(*details: Message) -> list[tuple[str, bytes]]:
    status = status_pb2.Status(code=3, message="words")
    for detail in details:
        one = any_pb2.Any()
        one.Pack(detail)
        status.details.append(one)
    return [("content-type", b"x"), ("grpc-status-details-bin", status.SerializeToString())]


def refusal(code: grpc.StatusCode, reason: str) -> Failed:
    info = error_details_pb2.ErrorInfo(reason=reason, domain="gaitway", metadata={"value": "7"})
    return Failed(code, "the server's words", packed(info))


C = grpc.StatusCode
REASONS: list[tuple[str, grpc.StatusCode, type[gaitway.GaitwayError]]] = [
    ("TENSOR_SHAPE_MISMATCH", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("TENSOR_TYPE_MISMATCH", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("TENSOR_BYTES_MISMATCH", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("NON_FINITE_INPUT", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("ACTION_OUT_OF_BOUNDS", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("FIELD_OUT_OF_RANGE", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("FIELD_MISSING", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("UNKNOWN_ENVIRONMENT", C.NOT_FOUND, gaitway.NotFoundError),
    ("INVALID_PARAMETER", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("MODEL_DIGEST_MISMATCH", C.FAILED_PRECONDITION, gaitway.FailedPreconditionError),
    ("SESSION_EXPIRED", C.NOT_FOUND, gaitway.SessionExpiredError),
    ("NEEDS_RESET", C.FAILED_PRECONDITION, gaitway.FailedPreconditionError),
    ("SNAPSHOT_MODEL_MISMATCH", C.FAILED_PRECONDITION, gaitway.FailedPreconditionError),
    ("STEP_OUT_OF_ORDER", C.ABORTED, gaitway.StepOutOfOrderError),
    ("CAPACITY_REACHED", C.RESOURCE_EXHAUSTED, gaitway.ResourceExhaustedError),
    ("WORK_LIMIT_EXCEEDED", C.OUT_OF_RANGE, gaitway.InvalidArgumentError),
    ("DRAINING", C.UNAVAILABLE, gaitway.UnavailableError),
    ("INTERNAL", C.INTERNAL, gaitway.GaitwayError),
    ("MESSAGE_TOO_LARGE", C.RESOURCE_EXHAUSTED, gaitway.ResourceExhaustedError),
    ("UNKNOWN_SUITE", C.NOT_FOUND, gaitway.NotFoundError),
    ("EVALUATION_NOT_FOUND", C.NOT_FOUND, gaitway.NotFoundError),
    ("EVALUATION_OVER", C.FAILED_PRECONDITION, gaitway.FailedPreconditionError),
    ("CONTROL_TAKEN_OVER", C.ABORTED, gaitway.GaitwayError),
    ("CONTROLLER_FAULT", C.FAILED_PRECONDITION, gaitway.FailedPreconditionError),
    ("WRONG_WORLD_STATE", C.FAILED_PRECONDITION, gaitway.FailedPreconditionError),
    ("MESSAGE_MALFORMED", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("UNAUTHENTICATED", C.UNAUTHENTICATED, gaitway.UnauthenticatedError),
    ("PERMISSION_DENIED", C.PERMISSION_DENIED, gaitway.PermissionDeniedError),
    ("STORAGE_FULL", C.RESOURCE_EXHAUSTED, gaitway.ResourceExhaustedError),
    ("STORAGE_UNAVAILABLE", C.UNAVAILABLE, gaitway.UnavailableError),
    ("INVALID_ROBOT", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("INVALID_TASK", C.INVALID_ARGUMENT, gaitway.InvalidArgumentError),
    ("SNAPSHOT_OF_ANOTHER", C.PERMISSION_DENIED, gaitway.PermissionDeniedError),
]


@pytest.mark.parametrize(("reason", "code", "kind"), REASONS, ids=[row[0] for row in REASONS])
def test_every_reason_becomes_its_exception(
    reason: str, code: grpc.StatusCode, kind: type[gaitway.GaitwayError]
) -> None:
    error = errors.translate(refusal(code, reason), ATTEMPT)
    assert type(error) is kind
    assert (error.code, error.reason, error.metadata) == (code.name, reason, {"value": "7"})
    assert str(error) == "the server's words"


def test_the_table_has_every_reason_of_the_contract() -> None:
    names = {name.removeprefix("ERROR_REASON_") for name, _ in errors_pb2.ErrorReason.items()} - {"UNSPECIFIED"}
    assert {row[0] for row in REASONS} == names


@pytest.mark.parametrize(
    ("code", "words", "kind", "message"),
    [
        (C.UNAVAILABLE, "failed to connect to all addresses", gaitway.UnavailableError, "no Gaitway server answers"),
        (C.UNAVAILABLE, "Socket closed", gaitway.UnavailableError, "broke during rollout"),
        (C.DEADLINE_EXCEEDED, "", gaitway.DeadlineExceededError, "did not finish within 30.5 s"),
        (C.CANCELLED, "Channel closed!", gaitway.CancelledError, "rollout was cancelled"),
        (C.CANCELLED, "RST_STREAM", gaitway.UnavailableError, "broke during rollout"),
        (C.UNIMPLEMENTED, "", gaitway.UnimplementedError, "is not offered"),
        (
            C.UNIMPLEMENTED,
            "gaitway 0.0.9 does not offer gaitway.v1.UsageService/GetUsage",
            gaitway.UnimplementedError,
            "it is gaitway 0.0.9, older than this client",
        ),
        (C.UNKNOWN, "", gaitway.GaitwayError, "UNKNOWN"),
        (C.RESOURCE_EXHAUSTED, "too large", gaitway.ResourceExhaustedError, "too large"),
        (
            C.RESOURCE_EXHAUSTED,
            "CLIENT: Received message larger than max (9 vs. 8)",
            gaitway.ResourceExhaustedError,
            "the answer to rollout is larger than this client takes",
        ),
    ],
)
def test_what_the_transport_says_becomes_words_for_people(
    code: grpc.StatusCode, words: str, kind: type[gaitway.GaitwayError], message: str
) -> None:
    error = errors.translate(Failed(code, words), ATTEMPT)
    assert type(error) is kind
    assert message in str(error)
    assert "127.0.0.1:7447" in str(error)
    assert error.reason == ""


def test_field_and_delay_are_kept() -> None:
    violation = error_details_pb2.BadRequest.FieldViolation(field="controllers[1].mlp", description="d")
    trailers = packed(
        error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=2, nanos=500_000_000)),
        error_details_pb2.BadRequest(field_violations=[violation]),
    )
    error = errors.translate(Failed(C.RESOURCE_EXHAUSTED, "w", trailers), ATTEMPT)
    assert error.field == "controllers[1].mlp"
    assert error.retry_delay == 2.5


def test_unreadable_details_do_not_hide_the_status() -> None:
    error = errors.translate(Failed(C.INVALID_ARGUMENT, "w", [("grpc-status-details-bin", b"\xff\xff")]), ATTEMPT)
    assert type(error) is gaitway.InvalidArgumentError


def test_exceptions_survive_pickling() -> None:
    error = errors.translate(refusal(C.NOT_FOUND, "SESSION_EXPIRED"), ATTEMPT)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is gaitway.SessionExpiredError
    assert (str(copy), copy.code, copy.reason, copy.metadata) == (
        str(error),
        error.code,
        error.reason,
        error.metadata,
    )


def test_exceptions_are_python_s_where_it_has_one() -> None:
    assert issubclass(gaitway.InvalidArgumentError, ValueError)
    assert issubclass(gaitway.DeadlineExceededError, TimeoutError)
    assert issubclass(gaitway.UnavailableError, ConnectionError)
    assert issubclass(gaitway.NotFoundError, LookupError)
