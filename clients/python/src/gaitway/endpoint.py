"""Where a server is and how to speak to it: its address, TLS, and the token that says who calls."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from gaitway import address as addresses
from gaitway.address import Address, Tcp, Unix

__all__ = ["TOKEN_FILE_VARIABLE", "TOKEN_VARIABLE", "Endpoint", "Tls", "checked_token", "parse", "read_token"]

#: Environment variable with a token, for endpoints that name none.
TOKEN_VARIABLE = "GAITWAY_TOKEN"

#: Environment variable with the path of a file with a token, for endpoints that name none.
TOKEN_FILE_VARIABLE = "GAITWAY_TOKEN_FILE"

_TLS_NAMES = ("ca", "cert", "key", "server_name")
_NAMES = {"tls": (*_TLS_NAMES, "token_file"), "tcp": ("token_file",)}

_LONGEST_TOKEN = 512
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?")


@dataclass(frozen=True)
class Tls:
    """How TLS is spoken to a server. Files are PEM.

    Attributes:
        ca: file with certificates of those who vouch for the server; None for those that gRPC trusts.
        cert: file with this client's own certificate; None for none.
        key: file with its private key.
        server_name: the name in the server's certificate; None for the host of the address.
    """

    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    server_name: str | None = None

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            only = "cert" if self.key is None else "key"
            raise ValueError(f"endpoint must name both cert and key or neither, but names only {only}")
        if self.server_name is not None and not _HOST.fullmatch(self.server_name):
            raise ValueError(f"server_name must be the name of a host, but is {self.server_name!r}")


@dataclass(frozen=True)
class Endpoint:
    """Where a server is and how to speak to it.

    Attributes:
        address: where it is; with TLS a TCP address.
        tls: how TLS is spoken; None for plaintext.
        token_file: file with the token of every call; None for no file.
        token: a token that was given in code; it is never shown.
    """

    address: Address
    tls: Tls | None = None
    token_file: str | None = None
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.token_file is not None or self.token is not None) and not self.keeps_secrets:
            raise ValueError(
                f"endpoint {self.address} is plaintext, in which a token is sent to this machine only; use TLS:"
                f" tls://{self.address}"
            )

    def __str__(self) -> str:
        """As :func:`parse` reads it; a token that was given in code is left out."""
        values = {name: getattr(self.tls, name) for name in _TLS_NAMES} if self.tls is not None else {}
        if isinstance(self.address, Tcp):  # A Unix domain socket's path takes the whole text.
            values["token_file"] = self.token_file
        query = "&".join(f"{name}={quote(value, safe='/')}" for name, value in values.items() if value is not None)
        scheme = "tls://" if self.tls is not None else "tcp://" if query else ""
        return f"{scheme}{self.address}" + (f"?{query}" if query else "")

    def __repr__(self) -> str:
        secret = ", with a token" if self.token is not None else ""
        return f"<Endpoint {self}{secret}>"

    @property
    def keeps_secrets(self) -> bool:
        """Whether a token may be sent there: over TLS, or within this machine."""
        return self.tls is not None or self.address.loopback

    @property
    def start_hint(self) -> str:
        """The command that starts a server there."""
        return self.address.start_hint + (" --tls-certificate PEM --tls-key PEM" if self.tls is not None else "")

    def with_token(self, token: str | None) -> Endpoint:
        """The same endpoint with this token in place of its own; itself for None."""
        return self if token is None else replace(self, token_file=None, token=checked_token(token))

    def secret(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """The token to send, a file's read anew: the endpoint's own, else the one that the environment names.

        The environment's token is for servers that speak TLS or are on this machine.

        Raises:
            ValueError: if the file cannot be read or holds no token.
        """
        if self.token is not None:
            return self.token
        if self.token_file is not None:
            return read_token(self.token_file)
        if not self.keeps_secrets:
            return None
        if environment.get(TOKEN_VARIABLE):
            try:
                return checked_token(environment[TOKEN_VARIABLE])
            except ValueError as error:
                raise ValueError(f"{TOKEN_VARIABLE}: {error}") from None
        file = environment.get(TOKEN_FILE_VARIABLE)
        return read_token(file) if file else None


def checked_token(token: str) -> str:
    """A token without the white space around it.

    Raises:
        ValueError: if it has characters that no token has; the message does not repeat it.
    """
    if not isinstance(token, str):
        raise ValueError(f"a token must be a text, but is of type {type(token).__name__}")
    stripped = token.strip()
    if len(stripped) > _LONGEST_TOKEN or not _TOKEN.fullmatch(stripped):
        raise ValueError(
            f"a token must be 1 to {_LONGEST_TOKEN} characters of A-Z a-z 0-9 . _ ~ + / - and = at its end, but this"
            f" one has {len(stripped)} or others"
        )
    return stripped


def read_token(file: str) -> str:
    """The token in a file.

    Raises:
        ValueError: if the file cannot be read or holds none.
    """
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(2 * _LONGEST_TOKEN)
    except OSError as error:
        raise ValueError(
            f"token_file {file!r} cannot be read ({error.strerror}); name a file with a token, as gaitway token makes"
            " them"
        ) from error
    try:
        return checked_token(content.decode("utf-8", "replace"))
    except ValueError as error:
        raise ValueError(f"token_file {file!r}: {error}") from None


def parse(text: str) -> Endpoint:
    """Reads an endpoint as people write it.

    That is an address as :func:`gaitway.address.parse` reads it, in plaintext; ``tls://host:port``, perhaps with
    ``?ca=FILE&cert=FILE&key=FILE&server_name=NAME&token_file=FILE``, of which each may be left out; or
    ``tcp://host:port?token_file=FILE``, plaintext on this machine. In values, ``%`` and two hexadecimal digits stand
    for a byte.

    Raises:
        ValueError: if it is none of these; the message says what is.
    """
    scheme, separator, rest = text.partition("://") if isinstance(text, str) else ("", "", "")
    if not separator or scheme not in _NAMES:
        return Endpoint(addresses.parse(text))
    where, question, query = rest.partition("?")
    values = _parameters(scheme, query) if question else {}
    address = addresses.parse(where)
    if isinstance(address, Unix):
        raise ValueError(f"address must be host:port behind {scheme}://, but is {where!r}")
    token_file = values.pop("token_file", None)
    return Endpoint(address, Tls(**values) if scheme == "tls" else None, token_file)


def _parameters(scheme: str, query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in query.split("&"):
        name, _, escaped = part.partition("=")
        if name == "token":
            raise ValueError("endpoint must not hold a token, which logs would show; name its file with token_file")
        if name not in _NAMES[scheme]:
            shown = name if len(name) <= 20 else name[:8] + "…"
            raise ValueError(f"endpoint has the parameter {shown!r}; {scheme}:// takes {', '.join(_NAMES[scheme])}")
        value = _decoded(name, escaped)
        if not value or re.search(r"[\x00-\x1f\x7f-\x9f]", value):
            raise ValueError(f"endpoint must give {name} a value without control characters")
        if name in values:
            raise ValueError(f"endpoint names {name} twice")
        values[name] = value
    return values


def _decoded(name: str, escaped: str) -> str:
    try:
        if re.search(r"%(?![0-9a-fA-F]{2})", escaped):
            raise ValueError
        return unquote_to_bytes(escaped).decode()
    except ValueError:
        raise ValueError(
            f"endpoint has {name}={escaped}, but behind a % there must be two hexadecimal digits, and the whole must be"
            " UTF-8; write %25 for a % itself"
        ) from None
