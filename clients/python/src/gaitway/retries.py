"""Whether a call that failed is made again, and after what pause: as ``proto/service-config.json`` says.

That gRPC itself does not follow it has reasons, which docs/decisions.md gives.
"""

from __future__ import annotations

import functools
import random
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool

from gaitway.errors import GaitwayError, ResourceExhaustedError, UnavailableError, never_sent

#: How often a call is made at most.
MAX_ATTEMPTS = 5

INITIAL_BACKOFF = 0.25
MAX_BACKOFF = 8.0
BACKOFF_MULTIPLIER = 4.0

#: The same as long as nobody has ever answered: the address may be wrong.
_ATTEMPTS_BEFORE_CONTACT = 2

_JITTER = 0.2
_PUSHBACK = "grpc-retry-pushback-ms"


@functools.cache
def is_repeatable(method: str) -> bool:
    """Whether the contract says that a method, such as ``"DynamicsService/Evaluate"``, may be called twice."""
    described = descriptor_pool.Default().FindMethodByName("gaitway.v1." + method.replace("/", "."))
    level: int = described.GetOptions().idempotency_level
    return level != descriptor_pb2.MethodOptions.IDEMPOTENCY_UNKNOWN


def pause(error: GaitwayError, made: int, *, repeatable: bool, answered: bool) -> float | None:
    """Seconds before the next attempt; None if there is to be none.

    Args:
        error: what became of the last attempt.
        made: attempts made so far.
        repeatable: whether the call may be made twice without harm.
        answered: whether the server has ever answered.
    """
    pushback = _pushback(error)
    if isinstance(error, UnavailableError):
        again = repeatable or error.reason == "DRAINING" or never_sent(error)
    else:
        again = isinstance(error, ResourceExhaustedError) and pushback is not None
    if not again or made >= (MAX_ATTEMPTS if answered else _ATTEMPTS_BEFORE_CONTACT):
        return None
    if pushback is None:
        longest = min(MAX_BACKOFF, INITIAL_BACKOFF * BACKOFF_MULTIPLIER ** (made - 1))
        return longest * random.uniform(1 - _JITTER, 1 + _JITTER)
    try:
        millis = int(pushback)
    except ValueError:
        return None
    return millis / 1000 if millis >= 0 else None


def _pushback(error: GaitwayError) -> str | None:
    cause: Any = error.__cause__
    trailers: Any = (cause.trailing_metadata() if isinstance(cause, grpc.Call) else None) or ()
    return next((value for key, value in trailers if key == _PUSHBACK), None)
