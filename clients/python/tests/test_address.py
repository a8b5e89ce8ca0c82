"""Addresses: what people write and servers print, and whether a call gets there."""

from __future__ import annotations

import re
import socket
import sys
from pathlib import Path

import pytest
from services import answering, has_ipv6

import gaitway
from gaitway import Simulator
from gaitway import address as addresses
from gaitway.v1 import catalog_pb2


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("localhost:7447", "localhost", 7447),
        ("10.1.2.3:1", "10.1.2.3", 1),
        ("[::1]:65535", "::1", 65535),
        ("[fe80::1%eth0]:7447", "fe80::1%eth0", 7447),
        ("[::ffff:10.1.2.3]:80", "::ffff:10.1.2.3", 80),
    ],
)
def test_hosts_and_ports_are_read_and_written(text: str, host: str, port: int) -> None:
    read = addresses.parse(text)
    assert read == addresses.Tcp(host, port)
    assert str(read) == text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("unix:/tmp/x.sock", "/tmp/x.sock"),
        ("unix:///tmp/x.sock", "/tmp/x.sock"),
        ("unix:x.sock", "x.sock"),
        ("unix://x.sock", "/x.sock"),
        ("unix:/tmp/h#1 p%41 ü?.sock", "/tmp/h#1 p%41 ü?.sock"),
    ],
)
def test_paths_are_taken_as_they_are_but_for_slashes_before_them(text: str, path: str) -> None:
    read = addresses.parse(text)
    assert read == addresses.Unix(path)
    assert addresses.parse(str(read)) == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("localhost", "must be host:port"),
        ("localhost:0", "a port from 1 to 65535"),
        ("localhost:65536", "a port from 1 to 65535"),
        ("localhost:٧٤٤٧", "must be host:port"),
        ("http://x:1", "must be host:port"),
        ("::1", r"needs brackets, such as \[::1\]:7447"),
        ("::1:7447", r"needs brackets, such as \[::1\]:7447"),
        ("[::1]", "must be host:port"),
        ("[10.1.2.3]:7447", "must be host:port"),
        ("[1::2::3]:7447", "must be host:port"),
        ("unix:", "must name the path of a socket"),
        ("unix:a\nb", "must name the path of a socket"),
        ("unix:" + "x" * 200, "has 200 bytes; this system allows"),
        ("", "must be host:port"),
    ],
)
def test_other_texts_are_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"address .*{words}"):
        Simulator("swimmer", address=text)


def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAITWAY_SERVER", "localhost")
    with pytest.raises(ValueError, match="GAITWAY_SERVER: address must be host:port"):
        Simulator("swimmer")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[::1]:1", "gaitway serve --host ::1 --port 1"),
        ("unix:/tmp/a b.sock", "gaitway serve --unix '/tmp/a b.sock'"),
    ],
)
def test_the_hint_can_be_pasted_into_a_shell(text: str, hint: str) -> None:
    assert addresses.parse(text).start_hint == hint


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_no_proxy_leads_to_this_machine(host: str) -> None:
    assert addresses.parse(f"{host}:1").loopback
    assert not addresses.parse("127.example.org:1").loopback


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in; its sockets have short paths."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lists_environments(listen: str, address: str) -> None:
    """A server listens on gRPC's address; the client finds it at Gaitway's."""
    answers = {"CatalogService/ListEnvironments": lambda request, context: catalog_pb2.ListEnvironmentsResponse()}
    with answering(answers, listen) as port:
        assert gaitway.environments(address.format(port=port)) == {}


@pytest.mark.parametrize("name", ["plain.sock", "h#1.sock", "p%41.sock", "ü.sock", "a b?.sock"])
@pytest.mark.parametrize("form", ["unix:{path}", "unix://{path}", "unix:{name}"])
def test_sockets_of_any_name_are_found(folder: Path, name: str, form: str) -> None:
    path = folder / "s"
    link = folder / name
    link.symlink_to(path)
    lists_environments(f"unix:{path}", form.format(path=link, name=name))
    assert addresses.parse(f"unix:/{link}").target == addresses.parse(f"unix:{link}").target


def test_ipv6_is_looked_for_with_and_without_a_zone() -> None:
    loopback = socket.if_indextoname(1) if sys.platform == "linux" else "lo0"
    for host in ("[::1]", f"[::1%{loopback}]"):
        # Whether this machine has the address or not, nobody is at this port of it.
        with pytest.raises(gaitway.UnavailableError, match=re.escape(f"no Gaitway server answers at {host}:1 ")):
            gaitway.environments(f"{host}:1")
        if has_ipv6():
            lists_environments("[::1]:0", f"{host}:{{port}}")
