"""Proxies whose connections break."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence

from gaitway import address as addresses


def connect(server: str) -> socket.socket:
    """A connection to a server, on a port or a Unix socket."""
    where = addresses.parse(server)
    if isinstance(where, addresses.Tcp):
        return socket.create_connection((where.host, where.port))
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(where.path)
    return connection


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


class Switch:
    """A port that leads to a server, to none, and to another."""

    def __init__(self, server: str) -> None:
        """Leads to ``server``."""
        self._server: str | None = server
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        _thread(self._accept)

    def lead_to(self, server: str | None) -> None:
        """Breaks every connection; new ones lead to this server, or break at once."""
        self._server = server
        for connection in self._open:
            _shut(connection)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._server is None:
                    client.close()
                    continue
                behind = connect(self._server)
                self._open += [client, behind]
                _thread(_pass, client, behind, None)
                _thread(_pass, behind, client, None)

    def close(self) -> None:
        """Ends it, and every connection."""
        self._listener.close()
        self.lead_to(None)


def _accept(listener: socket.socket, server: str, cuts: list[int], connections: list[socket.socket]) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            connections.append(client)
            behind = connect(server)
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
