"""TLS: certificates that are trusted and not, and servers that speak something else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
import trustme
from services import answering

import gaitway
from gaitway import Evaluations
from gaitway.v1 import evaluation_pb2

ANSWERS: dict[str, Callable[[Any, Any], Any]] = {
    "EvaluationService/ListSuites": lambda request, context: evaluation_pb2.ListSuitesResponse()
}


class Certificate(NamedTuple):
    """A certificate, its key, and the authority that has issued it."""

    cert: Path
    key: Path
    ca: Path

    def serve(self, ca: Path | None = None) -> grpc.ServerCredentials:
        pair = [(self.key.read_bytes(), self.cert.read_bytes())]
        return grpc.ssl_server_credentials(pair, ca.read_bytes() if ca else None, ca is not None)


def made(folder: Path, *names: str) -> Certificate:
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    certificate = Certificate(*(folder / f"{part}.pem" for part in ("cert", "key", "ca")))
    issued.private_key_and_cert_chain_pem.write_to_path(str(certificate.cert))
    issued.private_key_pem.write_to_path(str(certificate.key))
    authority.cert_pem.write_to_path(str(certificate.ca))
    return certificate


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return made(tmp_path_factory.mktemp("here"), "localhost", "127.0.0.1")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return made(tmp_path_factory.mktemp("elsewhere"), "sim.example.org")


def call(address: str) -> None:
    with Evaluations(address) as evaluations:
        assert evaluations.suites() == ()


def failure(address: str) -> str:
    with pytest.raises(gaitway.UnavailableError) as failed:
        call(address)
    return str(failed.value)


def test_a_server_is_known_by_its_certificate(here: Certificate) -> None:
    with answering(ANSWERS, credentials=here.serve()) as port:
        call(f"tls://127.0.0.1:{port}?ca={here.ca}")
        call(f"tls://localhost:{port}?ca={here.ca}")


def test_the_certificate_may_be_of_another_name(elsewhere: Certificate) -> None:
    with answering(ANSWERS, credentials=elsewhere.serve()) as port:
        address = f"tls://127.0.0.1:{port}?ca={elsewhere.ca}"
        assert "server_name=NAME" in failure(address)
        call(f"{address}&server_name=sim.example.org")


def test_a_stranger_is_not_trusted(here: Certificate, elsewhere: Certificate) -> None:
    with answering(ANSWERS, credentials=here.serve()) as port:
        assert "?ca=FILE" in failure(f"tls://127.0.0.1:{port}")
        assert "?ca=FILE" in failure(f"tls://127.0.0.1:{port}?ca={elsewhere.ca}")


def test_the_client_may_have_to_show_a_certificate_too(here: Certificate, elsewhere: Certificate) -> None:
    with answering(ANSWERS, credentials=here.serve(elsewhere.ca)) as port:
        address = f"tls://127.0.0.1:{port}?ca={here.ca}"
        failure(address)
        call(f"{address}&cert={elsewhere.cert}&key={elsewhere.key}")


def test_plaintext_meets_tls(here: Certificate) -> None:
    with answering(ANSWERS, credentials=here.serve()) as port:
        assert f"speaks TLS; write tls://127.0.0.1:{port}" in failure(f"127.0.0.1:{port}")


def test_tls_meets_plaintext() -> None:
    with answering(ANSWERS) as port:
        assert f"does not speak TLS; write 127.0.0.1:{port}" in failure(f"tls://127.0.0.1:{port}")


@contextmanager
def http1() -> Iterator[int]:
    """The port of an HTTP/1 server that knows no request."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    connection.recv(100)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(1000):
                        pass

        threading.Thread(target=answer, daemon=True).start()
        yield listening.getsockname()[1]


def test_an_http1_server_is_no_gaitway_server() -> None:
    with http1() as port:
        assert "speaks HTTP/1, so it is no Gaitway server" in failure(f"127.0.0.1:{port}")
