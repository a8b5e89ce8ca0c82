"""Calls on a server, over a channel that each process opens for itself."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from gaitway import address as addresses
from gaitway import local_server
from gaitway.durations import limit as time_limit
from gaitway.errors import Attempt, DeadlineExceededError, GaitwayError, UnavailableError, never_sent, translate
from gaitway.v1 import usage_pb2

DEFAULT_TIMEOUT = 30.0
"""Seconds that a call may take, without the time for the control steps that it asks for."""

_SECONDS_PER_STEP = 1e-3

#: Pauses before a call is made again. Together they are longer than gRPC's own pause, so that the first call after an
#: outage reaches the server.
_PAUSES_SECONDS = (0.2, 0.5)
_RECONNECT_MILLIS = 500

#: Largest message that is taken from a server, bytes; twice what the server's own limits make it send.
MAX_MESSAGE_BYTES = 64 << 20

_ACCOUNT = re.compile(r"[A-Za-z0-9._-]{1,64}")

# No keep-alive pings: a Java server ends connections that send more of them than it likes.
_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_retries", 0),
    ("grpc.primary_user_agent", "gaitway-python/" + version("gaitway")),
    # gRPC's own pauses between attempts to connect grow to two minutes, and calls fail at once meanwhile.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", _RECONNECT_MILLIS),
    # Fork and test safety: connections are not shared with other channels of the process.
    ("grpc.use_local_subchannel_pool", 1),
]

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)
T = TypeVar("T")

#: What a forked child has inherited of gRPC. It is never let go of: that would call into the parent's gRPC.
_inherited: list[Any] = []


def keep_inherited(thing: object) -> None:
    """Keeps a channel or a call that a parent process has opened."""
    _inherited.append(thing)


@dataclass(frozen=True)
class _Opened:
    """A channel of a process, and the methods that were called on it."""

    pid: int
    channel: grpc.Channel
    methods: dict[str, Any] = field(default_factory=dict)


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
                the server that this process, or the one that started it, has started for itself.
            timeout: seconds for a call that does not simulate; None, or infinite, for no limit.
            account: name that the server counts the calls under.

        Raises:
            ValueError: if the address, the timeout or the account is invalid.
            LocalServerError: if a server was to be started and could not be.
        """
        self.timeout = time_limit("timeout", timeout)
        if account is not None and not (isinstance(account, str) and _ACCOUNT.fullmatch(account)):
            raise ValueError(f"account must be 1 to 64 characters of A-Z a-z 0-9 . _ -, but is {account!r}")
        self.where = addresses.parse(address) if address is not None else default_address()
        self.account = account
        self._metadata = (("gaitway-account", account),) if account else None
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    @property
    def address(self) -> str:
        """The server's address."""
        return str(self.where)

    def __getstate__(self) -> dict[str, Any]:
        return {"address": self.address, "timeout": self.timeout, "account": self.account}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def close(self) -> None:
        """Closes this process's channel; the next call would open another."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.channel.close() if opened.pid == os.getpid() else keep_inherited(opened)

    def give_up(self) -> None:
        """Lets the next call open another channel, since this one may be dead without having been closed.

        Other calls that are in progress on it go on.
        """
        with self._lock:
            if self._opened is not None and self._opened.pid == os.getpid():
                self._opened = None

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
        within: float | None = None,
    ) -> R:
        """Makes a call with one answer.

        Args:
            method: such as ``"DynamicsService/Evaluate"``.
            request: the request.
            answer: class of the answer.
            operation: what the user asked for, in words.
            steps: control steps that it simulates.
            repeatable: whether it may be made twice without harm; it then is, if the connection fails.
            within: seconds that it may take; None for :meth:`limit`.

        Raises:
            GaitwayError: if the call fails.
        """
        limit = self.limit(steps) if within is None else within

        def call() -> R:
            try:
                return self._method("unary_unary", method, answer)(  # type: ignore[no-any-return]
                    request, timeout=limit, metadata=self._metadata
                )
            except grpc.RpcError as error:
                raise self.failure(error, operation, limit) from error

        return self.retrying(call, repeatable)

    @contextlib.contextmanager
    def server_stream(
        self, method: str, request: Message, answer: type[R], operation: str, *, steps: int = 0
    ) -> Iterator[Iterator[R]]:
        """Makes a call with any number of answers, which ends with the block, however that is left."""
        limit = self.limit(steps)
        call = self._method("unary_stream", method, answer)(request, timeout=limit, metadata=self._metadata)
        try:
            yield call
        except grpc.RpcError as error:
            raise self.failure(error, operation, limit) from error
        finally:
            call.cancel()

    def stream(self, method: str, requests: Iterator[Message], answer: type[R]) -> Any:
        """Opens a call whose owner conducts it: an iterator of answers that is a ``grpc.Call`` as well."""
        return self._method("stream_stream", method, answer)(requests, metadata=self._metadata)

    def failure(self, error: grpc.RpcError, operation: str, limit: float | None) -> GaitwayError:
        """The exception for a call that failed."""
        translated = translate(error, Attempt(operation, self.where, limit))
        if isinstance(translated, UnavailableError) and not translated.reason:
            translated.args = (str(translated) + local_server.describe(self.where),)
        if isinstance(translated, DeadlineExceededError):
            self.give_up()
        return translated

    def retrying(self, call: Callable[[], T], repeatable: bool = True) -> T:
        """Makes a call again, after a pause, if the connection fails.

        A call that must not be made twice is made again only if it cannot have reached the server. A server that
        says itself that it is unavailable (it is shutting down) is not asked again.
        """
        for pause in _PAUSES_SECONDS:
            try:
                return call()
            except UnavailableError as error:
                if error.reason or not (repeatable or never_sent(error)):
                    raise
                time.sleep(pause)
        return call()

    def usage(self) -> usage_pb2.Usage:
        """What the server has counted for the account; zero without one."""
        if self.account is None:
            return usage_pb2.Usage()
        request = usage_pb2.GetUsageRequest(account=self.account)
        return self.unary("UsageService/GetUsage", request, usage_pb2.GetUsageResponse, "usage").usage

    def _method(self, kind: str, method: str, answer: type[Message]) -> Any:
        opened = self._opened
        if opened is None or opened.pid != os.getpid():
            opened = self._open()
        made = opened.methods.get(method)
        if made is None:
            made = opened.methods[method] = getattr(opened.channel, kind)(
                f"/gaitway.v1.{method}",
                request_serializer=_serialize,
                response_deserializer=answer.FromString,
            )
        return made

    def _open(self) -> _Opened:
        with self._lock:
            opened = self._opened
            if opened is not None:
                if opened.pid == os.getpid():
                    return opened
                keep_inherited(opened)
            options = list(_OPTIONS)
            if self.where.loopback:
                options.append(("grpc.enable_http_proxy", 0))
            self._opened = _Opened(os.getpid(), grpc.insecure_channel(self.where.target, options))
            return self._opened


def default_address() -> addresses.Address:
    """The address in ``GAITWAY_SERVER``, or else that of the server that this process or its parent has started.

    Raises:
        ValueError: if the variable holds no address.
        LocalServerError: if a server was to be started and could not be.
    """
    named = os.environ.get("GAITWAY_SERVER")
    if not named:
        return local_server.start()
    try:
        return addresses.parse(named)
    except ValueError as error:
        raise ValueError(f"GAITWAY_SERVER: {error}") from error


def _serialize(message: Message) -> bytes:
    """The message's bytes."""
    return message.SerializeToString()
