"""Where a server is: read from text in one place, and turned into what gRPC understands in one place."""

from __future__ import annotations

import ipaddress
import re
import shlex
import sys
from dataclasses import dataclass
from urllib.parse import quote

__all__ = ["Address", "Tcp", "Unix", "parse"]

_HOST_PORT = re.compile(
    r"(?:\[(?P<v6>[0-9a-fA-F:.]+(?:%[^\s\[\]%/]+)?)\]|(?P<host>[^\s\[\]:/%@?#&]+)):(?P<port>[0-9]{1,5})"
)

#: Bytes that the path of a socket may have.
_LONGEST_PATH = 103 if sys.platform == "darwin" else 107


@dataclass(frozen=True)
class Tcp:
    """A TCP port.

    Attributes:
        host: name or number; an IPv6 address without brackets, with its zone if it has one.
        port: 1 to 65535.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def target(self) -> str:
        """The URI that gRPC connects to."""
        return "dns:///" + quote(str(self), safe="[]:", encoding="utf-8", errors="surrogateescape")

    @property
    def loopback(self) -> bool:
        """Whether it is on this machine, so that no proxy leads to it."""
        try:
            number = ipaddress.ip_address(self.host.partition("%")[0])
            return (getattr(number, "ipv4_mapped", None) or number).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def start_hint(self) -> str:
        """The command that starts a server there."""
        return f"gaitway serve --host {shlex.quote(self.host)} --port {self.port}"


@dataclass(frozen=True)
class Unix:
    """A Unix domain socket.

    Attributes:
        path: absolute, or relative to the working directory.
    """

    path: str

    def __str__(self) -> str:
        return "unix:" + self.path

    @property
    def target(self) -> str:
        """The URI that gRPC connects to; a path is no URI, so that ``#``, ``%`` and ``?`` are escaped."""
        path = re.sub(r"^/{2,}", "/", self.path)  # Behind two of them gRPC would look for a host.
        return "unix:" + quote(path, encoding="utf-8", errors="surrogateescape")

    @property
    def loopback(self) -> bool:
        """Whether it is on this machine, so that no proxy leads to it."""
        return True

    @property
    def start_hint(self) -> str:
        """The command that starts a server there."""
        return f"gaitway serve --unix {shlex.quote(self.path)}"


Address = Tcp | Unix


def parse(text: str) -> Address:
    """Reads ``host:port``, ``[ipv6]:port``, ``[ipv6%zone]:port`` or ``unix:path``.

    Everything behind ``unix:`` is the path, relative or absolute, character by character; ``unix:///path`` is taken as
    well.

    Raises:
        ValueError: if it has none of these forms.
    """
    if not isinstance(text, str):
        raise ValueError(f"address must be a text such as 127.0.0.1:7447, but is {text!r}")
    if text.startswith("unix:"):
        return _unix(text)
    match = _HOST_PORT.fullmatch(text)
    if not match or not 1 <= int(match["port"]) <= 65535 or not _is_ipv6_or_none(match["v6"]):
        hint = "; an IPv6 address needs brackets, such as [::1]:7447" if text.count(":") > 1 else ""
        if re.match(r"(?:https?|grpcs?|ssl)://", text):
            hint = "; with TLS it is tls://host:port"
        raise ValueError(
            f"address must be host:port with a port from 1 to 65535, such as 127.0.0.1:7447, or unix:/path/to/socket,"
            f" but is {text!r}{hint}"
        )
    return Tcp(match["v6"] or match["host"], int(match["port"]))


def _unix(text: str) -> Unix:
    # Slashes before a path are as good as one: unix:///path is how a URI has it.
    path = re.sub("^//+", "/", text.removeprefix("unix:"))
    if path in ("", "/") or any(character in path for character in "\0\n\r"):
        raise ValueError(f"address must name the path of a socket, such as unix:/path/to/socket, but is {text!r}")
    length = len(path.encode("utf-8", "surrogateescape"))
    if length > _LONGEST_PATH:
        raise ValueError(
            f"address names a socket whose path has {length} bytes; this system allows {_LONGEST_PATH}. Use a shorter"
            f" path, or one relative to the working directory: {text!r}"
        )
    return Unix(path)


def _is_ipv6_or_none(text: str | None) -> bool:
    if text is None:
        return True
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
