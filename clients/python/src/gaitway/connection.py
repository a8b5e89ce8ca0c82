"""Calls on a server, over a channel that each process opens for itself."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from gaitway import address as addresses
from gaitway import local_server
from gaitway.errors import Attempt, GaitwayError, UnavailableError, translate
from gaitway.v1 import usage_pb2

DEFAULT_TIMEOUT = 30.0
"""Seconds that a call may take, without the time for the control steps that it asks for."""

_SECONDS_PER_STEP = 1e-3
_TRIES = 3
_PAUSE_SECONDS = 0.1
_ACCOUNT = re.compile(r"[A-Za-z0-9._-]{1,64}")

# No keep-alive pings: a Java server ends connections that send more of them than it likes.
_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_retries", 0),
    ("grpc.primary_user_agent", "gaitway-python/" + version("gaitway")),
    # Fork and test safety: connections are not shared with other channels of the process.
    ("grpc.use_local_subchannel_pool", 1),
]

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)
T = TypeVar("T")


class Connection:
    """A server's address and this process's channel to it.

    gRPC does not survive a fork, so a channel belongs to the process that opened it; a child opens its
    own. A pickled connection is its address.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        account: str | None = None,
    ) -> None:
        """Connects with the first call.

        Args:
            address: ``host:port`` or ``unix:path``; None for the one in ``GAITWAY_SERVER``, or else for
                the server that this process starts for itself.
            timeout: seconds for a call that does not simulate; None for no limit.
            account: name that the server counts the calls under.

        Raises:
            ValueError: if the address, the timeout or the account is none.
            LocalServerError: if a server was to be started and could not be.
        """
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout is {timeout}; it must be above 0 s, or None for no limit")
        if account is not None and not _ACCOUNT.fullmatch(account):
            raise ValueError(f"account is {account!r}; it must be 1 to 64 characters of A-Z a-z 0-9 . _ -")
        chosen = address or os.environ.get("GAITWAY_SERVER") or None
        self.address = addresses.check(chosen) if chosen else local_server.start()
        self.timeout = timeout
        self.account = account
        self._metadata = (("gaitway-account", account),) if account else None
        self._lock = threading.Lock()
        self._pid = -1
        self._channel: grpc.Channel | None = None
        self._methods: dict[str, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"address": self.address, "timeout": self.timeout, "account": self.account}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def close(self) -> None:
        """Closes this process's channel; the next call would open another."""
        with self._lock:
            if self._channel is not None and self._pid == os.getpid():
                self._channel.close()
            self._channel = None
            self._pid = -1

    def limit(self, steps: int = 0) -> float | None:
        """Seconds for a call that simulates so many control steps; None for no limit."""
        return None if self.timeout is None else self.timeout + steps * _SECONDS_PER_STEP

    def unary(
        self,
        method: str,
        request: Message,
        answer: type[R],
        operation: str,
        *,
        steps: int = 0,
        repeatable: bool = True,
    ) -> R:
        """Makes a call with one answer.

        Args:
            method: such as ``"DynamicsService/Evaluate"``.
            request: the request.
            answer: class of the answer.
            operation: what the user asked for, in words.
            steps: control steps that it simulates.
            repeatable: whether it may be made twice without harm; it then is, if the connection fails.

        Raises:
            GaitwayError: if the call fails.
        """
        limit = self.limit(steps)

        def call() -> R:
            try:
                return self._method("unary_unary", method, answer)(  # type: ignore[no-any-return]
                    request, timeout=limit, metadata=self._metadata
                )
            except grpc.RpcError as error:
                raise self.failure(error, operation, limit) from error

        return self.retrying(call) if repeatable else call()

    def server_stream(
        self, method: str, request: Message, answer: type[R], operation: str, *, steps: int = 0
    ) -> Iterator[R]:
        """Makes a call with any number of answers, which must be read to the end."""
        limit = self.limit(steps)
        call = self._method("unary_stream", method, answer)(request, timeout=limit, metadata=self._metadata)
        try:
            yield from call
        except grpc.RpcError as error:
            raise self.failure(error, operation, limit) from error
        finally:
            call.cancel()

    def stream(self, method: str, requests: Iterator[Message], answer: type[R]) -> Any:
        """Opens a call whose owner conducts it: an iterator of answers that is a ``grpc.Call`` as well."""
        return self._method("stream_stream", method, answer)(requests, metadata=self._metadata)

    def failure(self, error: grpc.RpcError, operation: str, limit: float | None) -> GaitwayError:
        """The exception for a call that ended in whatever way but well."""
        translated = translate(error, Attempt(operation, self.address, limit))
        if isinstance(translated, UnavailableError) and not translated.reason:
            translated.args = (str(translated) + local_server.describe(self.address),)
        return translated

    def retrying(self, call: Callable[[], T]) -> T:
        """Makes a call again, after a pause, if the connection fails.

        A server that says itself that it is unavailable (it is shutting down) is not asked again.
        """
        for tried in range(1, _TRIES):
            try:
                return call()
            except UnavailableError as error:
                if error.reason:
                    raise
                time.sleep(_PAUSE_SECONDS * 2 ** (tried - 1))
        return call()

    def usage(self) -> usage_pb2.Usage:
        """What the server has counted for the account; zero without one."""
        if self.account is None:
            return usage_pb2.Usage()
        request = usage_pb2.GetUsageRequest(account=self.account)
        return self.unary("UsageService/GetUsage", request, usage_pb2.GetUsageResponse, "usage").usage

    def _method(self, kind: str, method: str, answer: type[Message]) -> Any:
        if self._pid != os.getpid():
            self._open()
        made = self._methods.get(method)
        if made is None:
            assert self._channel is not None
            made = getattr(self._channel, kind)(
                f"/gaitway.v1.{method}",
                request_serializer=_serialize,
                response_deserializer=answer.FromString,
            )
            self._methods[method] = made
        return made

    def _open(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            options = list(_OPTIONS)
            if addresses.is_loopback(self.address):
                options.append(("grpc.enable_http_proxy", 0))
            self._channel = grpc.insecure_channel(self.address, options)
            self._methods = {}
            self._pid = os.getpid()


def _serialize(message: Message) -> bytes:
    """The message's bytes."""
    return message.SerializeToString()
