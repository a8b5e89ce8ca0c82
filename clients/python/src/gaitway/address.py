"""Addresses of servers."""

from __future__ import annotations

import re

_HOST_PORT = re.compile(r"(?:\[[0-9a-fA-F:.%]+\]|[^\s\[\]:/]+):(\d{1,5})")


def check(text: str) -> str:
    """Returns ``host:port``, ``[ipv6]:port`` or ``unix:path`` as it is.

    Raises:
        ValueError: if it is none of these.
    """
    if text.startswith("unix:"):
        if not text.removeprefix("unix:").removeprefix("//"):
            raise ValueError(f"address is {text!r}, which names no path; write unix:/path/to/socket")
        return text
    match = _HOST_PORT.fullmatch(text)
    if not match or not 1 <= int(match[1]) <= 65535:
        raise ValueError(
            f"address is {text!r}; write host:port with a port from 1 to 65535, such as 127.0.0.1:7447,"
            " or unix:/path/to/socket"
        )
    return text


def is_loopback(address: str) -> bool:
    """Whether the server is on this machine, so that no proxy leads to it."""
    return address.startswith(("unix:", "127.", "localhost:", "[::1]:"))
