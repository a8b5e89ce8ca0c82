"""The line by which a child process says where it listens, such as ``gaitway-server|1|tcp|127.0.0.1:43127``.

That is who it is, the version of this handshake, the transport (``tcp``, ``tls`` or ``unix``), and what follows that in
the text of an endpoint: the address, perhaps with parameters, or the socket's path. A process prints it on standard
output when it is ready, perhaps after other lines.
"""

from __future__ import annotations

import re

from gaitway import endpoint as endpoints
from gaitway.address import Unix
from gaitway.endpoint import Endpoint

#: The word of a program that serves an agent.
AGENT = "gaitway-agent"

#: The word of a program that serves environments.
SERVER = "gaitway-server"

_VERSION = 1
_LINE = re.compile(r"[a-z-]+\|([0-9]{1,9})\|(tcp|tls|unix)\|(.+)")


def line(word: str, endpoint: Endpoint) -> str:
    """The line of a process that others reach at an endpoint."""
    if isinstance(endpoint.address, Unix):
        return f"{word}|{_VERSION}|unix|{endpoint.address.path}"
    kind = "tcp" if endpoint.tls is None else "tls"
    return f"{word}|{_VERSION}|{kind}|{str(endpoint).removeprefix(kind + '://')}"


def is_meant_by(text: str, word: str) -> bool:
    """Whether a line of output is meant as the handshake of this word, sound or not."""
    return text.startswith(word + "|")


def read(text: str, word: str) -> Endpoint:
    """Where the process that printed a line listens.

    Raises:
        ValueError: if the line is not this handshake, or one of another version; the message goes on from the name of
            the process.
    """
    text = text.strip()
    match = _LINE.fullmatch(text)
    if match is None or not is_meant_by(text, word):
        raise ValueError(f"printed {text!r} instead of a handshake such as {word}|{_VERSION}|tcp|127.0.0.1:43127")
    version, kind, where = match.groups()
    if int(version) != _VERSION:
        raise ValueError(f"printed a handshake of version {version}, but this program reads version {_VERSION}")
    if kind != "unix" and where.startswith("unix:"):
        raise ValueError(f"printed a handshake with a socket's path as its TCP address: {text!r}")
    try:
        return endpoints.parse(f"unix:{where}" if kind == "unix" else f"{kind}://{where}")
    except ValueError as error:
        raise ValueError(f"printed a handshake with an address that cannot be used: {error}") from error
