"""Calls on a server, over a channel that each process opens for itself."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from gaitway import endpoint as endpoints
from gaitway import local_server, mismatch, retries
from gaitway.durations import limit as time_limit
from gaitway.endpoint import Endpoint, Tls
from gaitway.errors import (
    Attempt,
    DeadlineExceededError,
    GaitwayError,
    UnauthenticatedError,
    UnavailableError,
    translate,
)
from gaitway.v1 import usage_pb2

DEFAULT_TIMEOUT = 30.0
"""Seconds that a call may take, without the time for the control steps that it asks for."""

_SECONDS_PER_STEP = 1e-3

#: Longest pause of gRPC between attempts to connect; shorter than that between attempts of a call.
_RECONNECT_MILLIS = 200

#: Longest wait for a channel to close, which otherwise takes milliseconds.
_CLOSING_SECONDS = 2.0

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


def _close(channel: grpc.Channel) -> None:
    """Closes a channel without waiting for ever.

    gRPC waits for its thread that handles the calls' events. A Ctrl-C that meets a call just as it takes a lock
    leaves that lock taken, and this thread would wait for it for as long as the process lives.
    """
    closing = threading.Thread(target=channel.close, name="gaitway-closing", daemon=True)
    try:
        closing.start()
    except RuntimeError:  # The interpreter ends, and starts no more threads.
        channel.close()
    else:
        closing.join(_CLOSING_SECONDS)


@dataclass(frozen=True)
class _Opened:
    """A channel of a process, and the methods that were called on it."""

    pid: int
    channel: grpc.Channel
    methods: dict[str, Any] = field(default_factory=dict)


class Connection:
    """A server's endpoint and this process's channel to it.

    gRPC does not survive a fork, so a channel belongs to the process that opened it; a child opens its
    own. A pickled connection is its endpoint, with the token if that was given in code.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        account: str | None = None,
        token: str | None = None,
    ) -> None:
        """Connects with the first call.

        Args:
            address: as :func:`gaitway.endpoint.parse` reads it; None for the one in ``GAITWAY_SERVER``, or else for
                the server that this process, or the one that started it, has started for itself.
            timeout: seconds for a call that does not simulate; None, or infinite, for no limit.
            account: name that the server counts the calls under.
            token: says who calls, in place of the token that the address or the environment names.

        Raises:
            ValueError: if the address, the timeout, the account or the token is invalid, or a file that the address
                names cannot be read.
            LocalServerError: if a server was to be started and could not be.
        """
        self.timeout = time_limit("timeout", timeout)
        if account is not None and not (isinstance(account, str) and _ACCOUNT.fullmatch(account)):
            raise ValueError(f"account must be 1 to 64 characters of A-Z a-z 0-9 . _ -, but is {account!r}")
        self.where = (endpoints.parse(address) if address is not None else default_address()).with_token(token)
        self.account = account
        self._secret = self.where.secret()
        self._pems = _read_pems(self.where.tls)
        self._answered = False
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    @property
    def address(self) -> str:
        """The server's endpoint, which never shows a token."""
        return str(self.where)

    def another(self) -> Connection:
        """Another connection to the same server."""
        return Connection(**self.__getstate__())

    def __getstate__(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "timeout": self.timeout,
            "account": self.account,
            "token": self.where.token,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def close(self) -> None:
        """Closes this process's channel; the next call would open another."""
        with self._lock:
            opened, self._opened = self._opened, None
            closing, self._closing = self._closing, threading.Event()
        closing.set()
        if opened is not None:
            _close(opened.channel) if opened.pid == os.getpid() else keep_inherited(opened)

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
        attempts: int = retries.MAX_ATTEMPTS,
        within: float | None = None,
    ) -> R:
        """Makes a call with one answer.

        Args:
            method: such as ``"DynamicsService/Evaluate"``.
            request: the request.
            answer: class of the answer.
            operation: what the user asked for, in words.
            steps: control steps that it simulates.
            attempts: how often it is made at most, if the connection fails.
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

        return self.retrying(call, repeatable=retries.is_repeatable(method), attempts=attempts)

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

    def repeating(self, method: str, call: Callable[[], T]) -> T:
        """As :meth:`retrying`, for a method of which the contract says whether it may be called twice."""
        return self.retrying(call, repeatable=retries.is_repeatable(method))

    def retrying(self, call: Callable[[], T], *, repeatable: bool, attempts: int = retries.MAX_ATTEMPTS) -> T:
        """Makes a call, and again after a pause if the server was not reached, or refused it for now.

        It is made as often as :mod:`gaitway.retries` says, if it may be made twice without harm or cannot have been
        carried out. A token that the server refuses is read again, once.
        """
        made, renewed, closing = 0, False, self._closing
        while True:
            sent = self._secret
            try:
                answer = call()
            except UnauthenticatedError:
                self._answered = True
                if renewed or not self._replaces(sent):
                    raise
                renewed = True
            except GaitwayError as error:
                made += 1
                self._answered |= not isinstance(error, UnavailableError | DeadlineExceededError) or bool(error.reason)
                pause = retries.pause(error, made, repeatable=repeatable, answered=self._answered)
                if pause is None or made >= attempts or closing.wait(pause):
                    self._explain(error)
                    raise
            else:
                self._answered = True
                return answer

    def _replaces(self, refused: str | None) -> bool:
        """Whether there is another token than that which a server refused; reads its file again."""
        with contextlib.suppress(ValueError):  # Perhaps it is being replaced just now; the refusal is told.
            self._secret = self.where.secret()
        return self._secret is not None and self._secret != refused

    def _explain(self, error: GaitwayError) -> None:
        """Says what is known of a server that never said a word."""
        silent = isinstance(error, UnavailableError) and not error.reason and not self._answered
        words = mismatch.of_silence(self.where) if silent and "refused" not in str(error) else None
        if words is not None:
            error.args = (words,)

    @property
    def _metadata(self) -> list[tuple[str, str]]:
        headers = {"gaitway-account": self.account, "authorization": self._secret and f"Bearer {self._secret}"}
        return [(name, value) for name, value in headers.items() if value]

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
            self._opened = _Opened(os.getpid(), self._channel())
            return self._opened

    def _channel(self) -> grpc.Channel:
        options = list(_OPTIONS)
        address, tls = self.where.address, self.where.tls
        if address.loopback:
            options.append(("grpc.enable_http_proxy", 0))
        if tls is None:
            return grpc.insecure_channel(address.target, options)
        if tls.server_name is not None:
            options.append(("grpc.ssl_target_name_override", tls.server_name))
            options.append(("grpc.default_authority", tls.server_name))
        ca, key, cert = self._pems
        return grpc.secure_channel(address.target, grpc.ssl_channel_credentials(ca, key, cert), options)


def _read_pems(tls: Tls | None) -> tuple[bytes | None, bytes | None, bytes | None]:
    """Authority, key and certificate, each None if the endpoint names none."""
    names = ("ca", "key", "cert")
    ca, key, cert = (_read_pem(name, getattr(tls, name, None)) for name in names)
    return ca, key, cert


def _read_pem(name: str, file: str | None) -> bytes | None:
    if file is None:
        return None
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise ValueError(f"{name} {file!r} cannot be read ({error.strerror}); name a PEM file") from error
    if b"-----BEGIN " not in content:
        raise ValueError(f"{name} {file!r} is no PEM file; it must hold lines such as -----BEGIN CERTIFICATE-----")
    return content


def default_address() -> Endpoint:
    """The address in ``GAITWAY_SERVER``, or else that of the server that this process or its parent has started.

    Raises:
        ValueError: if the variable holds no address.
        LocalServerError: if a server was to be started and could not be.
    """
    named = os.environ.get("GAITWAY_SERVER")
    if not named:
        return local_server.start()
    try:
        return endpoints.parse(named)
    except ValueError as error:
        raise ValueError(f"GAITWAY_SERVER: {error}") from error


def _serialize(message: Message) -> bytes:
    """The message's bytes."""
    return message.SerializeToString()
