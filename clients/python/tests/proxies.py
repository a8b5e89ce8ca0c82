"""A proxy whose connections break."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence


@contextlib.contextmanager
def cutting(server: str, cuts: Sequence[int]) -> Iterator[tuple[str, list[socket.socket]]]:
    """Gives the address of a proxy, and a list that has every connection made to it.

    Args:
        server: address of the server.
        cuts: bytes of answers after which the first connection breaks, the second, and so on; those behind stay.
    """
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _thread(_accept, listener, server, list(cuts), connections)
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}", connections
        finally:
            for connection in connections:
                _shut(connection)


def _accept(listener: socket.socket, server: str, cuts: list[int], connections: list[socket.socket]) -> None:
    host, _, port = server.rpartition(":")
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            connections.append(client)
            behind = socket.create_connection((host, int(port)))
            _thread(_pass, client, behind, None)
            _thread(_pass, behind, client, cuts.pop(0) if cuts else None)


def _pass(source: socket.socket, target: socket.socket, most: int | None) -> None:
    """Passes bytes on, as many as there may be, and then breaks both connections."""
    left = most
    with contextlib.suppress(OSError):
        while left is None or left > 0:
            data = source.recv(1024 if left is None else min(1024, left))
            if not data:
                break
            target.sendall(data)
            left = None if left is None else left - len(data)
    _shut(source)
    _shut(target)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _thread(target: object, *args: object) -> None:
    threading.Thread(target=target, args=args, daemon=True).start()  # type: ignore[arg-type]
