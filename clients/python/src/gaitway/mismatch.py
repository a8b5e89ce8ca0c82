"""Recognises a server that speaks something else than its client, and says what to do."""

from __future__ import annotations

import re
import socket
import ssl

from gaitway.address import Tcp
from gaitway.endpoint import Endpoint

_PROBE_SECONDS = 2.0


def of(words: str, endpoint: Endpoint) -> str | None:
    """What is wrong, from what gRPC says; None if nothing is known to be."""
    if "http1.x server" in words or "HTTP/1" in words:
        return (
            f"the server at {endpoint} speaks HTTP/1, so it is no Gaitway server, or this is its port of metrics; write"
            " the port that gaitway serve names"
        )
    if endpoint.tls is not None and "WRONG_VERSION_NUMBER" in words:
        return f"the server at {endpoint} does not speak TLS; write {endpoint.address} without tls://"
    if endpoint.tls is not None and re.search("ssl|tls|verif|certificate", words, re.IGNORECASE):
        return (
            f"TLS with the server at {endpoint} failed ({words}); name the certificate of who vouches for it by"
            " ?ca=FILE, its name by server_name=NAME if that is not the host's, and your own certificate by"
            " cert=FILE&key=FILE if it asks for one"
        )
    return None


def of_silence(endpoint: Endpoint) -> str | None:
    """What is wrong with a server that broke a plaintext connection and never answered; None if it speaks no TLS."""
    address = endpoint.address
    if endpoint.tls is not None or not isinstance(address, Tcp) or not _speaks_tls(address):
        return None
    return (
        f"the server at {endpoint} speaks TLS; write tls://{address}, and ?ca=FILE behind it if its certificate is not"
        " from a public authority"
    )


def _speaks_tls(address: Tcp) -> bool:
    context = ssl.create_default_context()
    # Nothing is sent: it only matters whether it shakes hands.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address.host, address.port), _PROBE_SECONDS) as plain,
            context.wrap_socket(plain),
        ):
            return True
    except OSError:
        return False
