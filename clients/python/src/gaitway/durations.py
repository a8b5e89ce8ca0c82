"""Seconds, and what the contract has for them."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf import duration_pb2


def duration(name: str, value: float) -> duration_pb2.Duration:
    """The message for so many seconds.

    Raises:
        ValueError: if they are not above 0 and below 1e9; the message names the argument.
    """
    if not 0 < value < 1e9:
        raise ValueError(f"{name} is {value}; it must be above 0 s and below 1e9 s")
    return duration_pb2.Duration(seconds=int(value), nanos=int(value % 1 * 1e9))


def seconds(message: duration_pb2.Duration) -> float:
    """The seconds of a message."""
    span: timedelta = message.ToTimedelta()
    return span.total_seconds()
