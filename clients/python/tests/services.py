"""gRPC servers of fakes."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.message import Message

from gaitway.connection import Connection
from gaitway.v1 import agent_pb2, catalog_pb2, dynamics_pb2, environment_pb2, evaluation_pb2

_MODULES = {
    "CatalogService": catalog_pb2,
    "DynamicsService": dynamics_pb2,
    "EnvironmentService": environment_pb2,
    "EvaluationService": evaluation_pb2,
}

_KINDS = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}

#: A fake that waits for longer than this has been forgotten.
_LONGEST_SECONDS = 300


def has_ipv6() -> bool:
    """Whether this machine has the address ::1."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@contextmanager
def serving(service: str, method: str, request: type[Message], answer: Callable[[Any, Any], Any]) -> Iterator[str]:
    """The address of a server whose one method, a stream in both directions, answers by a generator."""
    with answering({f"{service.removeprefix('gaitway.v1.')}/{method}": answer}) as port:
        yield f"127.0.0.1:{port}"


@contextmanager
def answering(
    answers: Mapping[str, Callable[[Any, Any], Any]],
    listen: str = "127.0.0.1:0",
    *,
    credentials: grpc.ServerCredentials | None = None,
    interceptor: grpc.ServerInterceptor | None = None,
) -> Iterator[int]:
    """The port of a server that answers methods, such as ``"CatalogService/GetServerInfo"``, by functions.

    A function gets the request, or an iterator of requests, and the call; it returns the answer, or an iterator.
    """
    server = grpc.server(futures.ThreadPoolExecutor(8), interceptors=[interceptor] if interceptor else None)
    for path, answer in answers.items():
        service, method = path.split("/")
        described = _MODULES[service].DESCRIPTOR.services_by_name[service].methods_by_name[method]
        make: Any = _KINDS[described.client_streaming, described.server_streaming]
        handler: Any = make(
            answer,
            request_deserializer=_message(described.input_type).FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        handlers = grpc.method_handlers_generic_handler(f"gaitway.v1.{service}", {method: handler})
        server.add_generic_rpc_handlers((handlers,))
    port = server.add_secure_port(listen, credentials) if credentials else server.add_insecure_port(listen)
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def _message(described: Any) -> type[Message]:
    """The class of a message of the contract."""
    kind: type[Message] = described._concrete_class
    return kind


class Relay:
    """A server in front of another one, whose sessions it passes on; it keeps answers to steps back when told to."""

    def __init__(self, address: str) -> None:
        self._behind = Connection(address)
        self.let_go = threading.Event()
        self.let_go.set()
        self._keeping = threading.Event()

    def keep(self) -> None:
        """Keeps answers back until it is to let go of them."""
        self._keeping.clear()
        self.let_go.clear()

    def await_kept(self) -> None:
        """Waits until a command was carried out whose answer is kept back."""
        assert self._keeping.wait(_LONGEST_SECONDS)

    def answers(self) -> dict[str, Callable[[Any, Any], Any]]:
        """For :func:`answering`."""
        methods = ("CreateSession", "GetSession", "RenewSession", "DeleteSession", "Snapshot", "Restore")
        return {
            "EnvironmentService/StepStream": self._stream,
            **{f"EnvironmentService/{method}": self._unary(method) for method in methods},
        }

    def _stream(self, requests: Iterator[Any], context: Any) -> Iterator[Any]:
        kind = environment_pb2.StepStreamResponse
        for answer in self._behind.stream("EnvironmentService/StepStream", requests, kind):
            if not self.let_go.is_set():
                self._keeping.set()
                self.let_go.wait(_LONGEST_SECONDS)
            yield answer

    def _unary(self, method: str) -> Callable[[Any, Any], Any]:
        kind = getattr(environment_pb2, f"{method}Response")
        return lambda request, context: self._behind.unary(f"EnvironmentService/{method}", request, kind, method)


class Host:
    """One call of Train from the host's side."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._requests: queue.SimpleQueue[agent_pb2.TrainRequest | None] = queue.SimpleQueue()
        requests: Iterator[Any] = iter(self._requests.get, None)
        train: Any = channel.stream_stream(
            "/gaitway.v1.AgentService/Train",
            request_serializer=agent_pb2.TrainRequest.SerializeToString,
            response_deserializer=agent_pb2.TrainResponse.FromString,
        )
        self.call = train(requests, timeout=60)

    def send(self, **command: Any) -> agent_pb2.TrainResponse:
        """The answer to a command, which may be a note."""
        self._requests.put(agent_pb2.TrainRequest(**command))
        return self.receive()

    def receive(self) -> agent_pb2.TrainResponse:
        answer: agent_pb2.TrainResponse = next(self.call)
        return answer

    def end(self) -> None:
        self._requests.put(None)
        assert list(self.call) == []
