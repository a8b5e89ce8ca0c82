"""Endpoints: what people write, what is never shown, and the token that a call carries."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from services import answering

import gaitway
from gaitway import Evaluations, Simulator, handshake
from gaitway import endpoint as endpoints
from gaitway.address import Tcp, Unix
from gaitway.connection import Connection
from gaitway.endpoint import Endpoint, Tls
from gaitway.gym_env import GaitwayEnv
from gaitway.v1 import evaluation_pb2

TABLE = json.loads((Path(__file__).parents[2] / "conformance" / "endpoints.json").read_text())

SECRET = "s3cret.Token"


@pytest.mark.parametrize("row", TABLE["endpoints"], ids=lambda row: row["text"])
def test_is_read_and_written_as_by_every_client(row: dict[str, Any]) -> None:
    read = endpoints.parse(row["text"])
    address = Unix(row["socket"]) if "socket" in row else Tcp(row["host"], row["port"])
    tls = Tls(*(row.get(name) for name in ("ca", "cert", "key", "server_name"))) if "tls" in row else None
    assert read == Endpoint(address, tls, row.get("token_file"))
    written = row.get("written", row["text"])
    assert str(read) == written
    assert endpoints.parse(written) == read
    if "token_file" not in row:
        assert read.secret({"GAITWAY_TOKEN": SECRET}) == (SECRET if row["takes_token"] else None)


@pytest.mark.parametrize("row", TABLE["refused"], ids=lambda row: row["text"])
def test_is_refused_as_by_every_client(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=re.escape(row["says"])) as refused:
        endpoints.parse(row["text"])
    assert "s3cret" not in str(refused.value)


def test_a_handshake_holds_an_endpoint() -> None:
    for text, line in (
        ("tcp://127.0.0.1:1?token_file=/t", "gaitway-server|1|tcp|127.0.0.1:1?token_file=/t"),
        ("tls://a:1?ca=/c", "gaitway-server|1|tls|a:1?ca=/c"),
        ("127.0.0.1:1", "gaitway-server|1|tcp|127.0.0.1:1"),
    ):
        assert handshake.line(handshake.SERVER, endpoints.parse(text)) == line
        assert handshake.read(line, handshake.SERVER) == endpoints.parse(text)


def test_no_token_is_shown_and_a_pickled_connection_has_it() -> None:
    connection = Connection("tls://a:1", token=SECRET)
    shown = [connection.address, repr(connection.where), str(connection.where), repr(connection)]
    assert not any(SECRET in text for text in shown)
    assert pickle.loads(pickle.dumps(connection)).where.token == SECRET
    with pytest.raises(ValueError, match="a token must be") as refused:
        Connection("tls://a:1", token=f"{SECRET} {SECRET}")
    assert SECRET not in str(refused.value)


def test_no_token_is_sent_in_plaintext_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="use TLS: tls://10.0.0.1:7447"):
        Connection("10.0.0.1:7447", token=SECRET)
    monkeypatch.setenv("GAITWAY_TOKEN", SECRET)
    assert Connection("10.0.0.1:7447")._metadata == []
    assert Connection("127.0.0.1:7447")._metadata == [("authorization", f"Bearer {SECRET}")]


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("two words")
    for text in ("tcp://127.0.0.1:1?token_file={}", "tls://a:1?ca={}", "tls://a:1?cert={}&key={}"):
        for file in (nonsense, tmp_path / "none"):
            with pytest.raises(ValueError, match=file.name):
                Connection(text.format(file, file))


class Door(grpc.ServerInterceptor):
    """Lets in who has one token."""

    def __init__(self, opens: str) -> None:
        self.opens = opens
        self.code = grpc.StatusCode.UNAUTHENTICATED
        self.shown: list[str | None] = []

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        shown = dict(details.invocation_metadata).get("authorization")
        self.shown.append(shown)
        handler = continuation(details)
        if shown == f"Bearer {self.opens}":
            return handler

        def refuse(_: Any, context: grpc.ServicerContext) -> Any:
            context.abort(self.code, "no")

        return grpc.unary_unary_rpc_method_handler(refuse)


@pytest.fixture
def door() -> Door:
    return Door("old")


@pytest.fixture
def port(door: Door) -> Iterator[int]:
    answers = {"EvaluationService/ListSuites": lambda request, context: evaluation_pb2.ListSuitesResponse()}
    with answering(answers, interceptor=door) as opened:
        yield opened


def test_a_token_file_is_read_again_when_its_token_is_refused(door: Door, port: int, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old\n")
    with Evaluations(f"tcp://127.0.0.1:{port}?token_file={file}") as evaluations:
        evaluations.suites()
        file.write_text("new\n")
        door.opens = "new"
        evaluations.suites()
        assert door.shown == ["Bearer old", "Bearer old", "Bearer new"]

        door.opens = "another"
        with pytest.raises(gaitway.UnauthenticatedError, match="token_file=FILE") as refused:
            evaluations.suites()
        assert "Bearer" not in str(refused.value)
        assert len(door.shown) == 4

        file.write_text("third\n")
        with pytest.raises(gaitway.UnauthenticatedError):
            evaluations.suites()
        assert len(door.shown) == 6


def test_what_is_not_allowed_says_so(door: Door, port: int) -> None:
    door.code = grpc.StatusCode.PERMISSION_DENIED
    with Evaluations(f"127.0.0.1:{port}", token="other") as evaluations:
        with pytest.raises(gaitway.PermissionDeniedError, match="ask who runs it"):
            evaluations.suites()
    assert door.shown == ["Bearer other"]


def test_a_server_of_our_own_minds_no_token(swimmer: Simulator) -> None:
    """A token may be another server's, as one in the environment often is."""
    with GaitwayEnv("swimmer", address=swimmer.address, token=SECRET) as environment:
        environment.reset(seed=1)
        assert SECRET not in repr(environment)
