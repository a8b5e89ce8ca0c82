"""Seconds, and what the contract has for them."""

from __future__ import annotations

import math

from google.protobuf import duration_pb2

from gaitway import checks

#: A hundred years. gRPC's clock counts nanoseconds in 64 bits, and a sum beyond that would be in the past.
_LONGEST = 100 * 365.25 * 86400.0


def limit(name: str, value: float | None) -> float | None:
    """A time limit, s: None for none, as for an infinite one and for one of more than a hundred years.

    Raises:
        ValueError: if it is not above 0, or no number; the message names the argument.
    """
    if value is None:
        return None
    span = math.inf if isinstance(value, int) and value > _LONGEST else checks.number(name, value)
    if not span > 0:
        raise ValueError(f"{name} must be above 0 s, or None for no limit, but is {value!r}")
    return None if span > _LONGEST else span


def duration(name: str, value: float) -> duration_pb2.Duration:
    """The message for so many seconds.

    Raises:
        ValueError: if they are not above 0 and below 1e9; the message names the argument.
    """
    span = checks.number(name, value)
    if not 0 < span < 1e9:
        raise ValueError(f"{name} must be above 0 s and below 1e9 s, but is {value!r}")
    return duration_pb2.Duration(seconds=int(span), nanos=int(span % 1 * 1e9))


def seconds(message: duration_pb2.Duration) -> float:
    """The seconds of a message."""
    return message.seconds + message.nanos * 1e-9
