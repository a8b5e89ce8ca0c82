"""The line by which a child process says where it listens."""

from __future__ import annotations

import pytest

from gaitway import endpoint as endpoints
from gaitway import handshake


def test_it_is_one_line() -> None:
    tcp, unix = endpoints.parse("127.0.0.1:43127"), endpoints.parse("unix:/run/g w.sock")
    assert handshake.line(handshake.AGENT, tcp) == "gaitway-agent|1|tcp|127.0.0.1:43127"
    assert handshake.line(handshake.SERVER, unix) == "gaitway-server|1|unix|/run/g w.sock"


@pytest.mark.parametrize("address", ["127.0.0.1:43127", "[fe80::1%eth0]:1", "unix:/run/g w|1.sock", "unix:ü.sock"])
@pytest.mark.parametrize("word", [handshake.AGENT, handshake.SERVER])
def test_it_is_read_as_written(address: str, word: str) -> None:
    line = handshake.line(word, endpoints.parse(address))
    assert handshake.is_meant_by(line, word)
    assert handshake.read(line + "\r", word) == endpoints.parse(address)


@pytest.mark.parametrize(
    "line",
    [
        "[0.012s][info][gc] Using G1",
        "Picked up JAVA_TOOL_OPTIONS: -Xlog:gc",
        "gaitway serving on 127.0.0.1:7447",
        " gaitway-server|1|tcp|127.0.0.1:7447",
        "gaitway-agent|1|tcp|127.0.0.1:7447",
        "",
    ],
)
def test_other_lines_are_not_meant(line: str) -> None:
    assert not handshake.is_meant_by(line, handshake.SERVER)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("gaitway-agent|1|pigeon|roof", "'.*' instead of a handshake such as gaitway-agent.1.tcp.127.0.0.1:43127"),
        ("gaitway-agent|one|tcp|127.0.0.1:1", "'.*' instead of a handshake such as"),
        ("gaitway-server|1|tcp|127.0.0.1:1", "'.*' instead of a handshake such as"),
        ("gaitway-agent|2|tcp|127.0.0.1:1", "a handshake of version 2, but this program reads version 1"),
        ("gaitway-agent|1|tcp|127.0.0.1", "a handshake with an address that cannot be used: address must be"),
        ("gaitway-agent|1|tcp|unix:/a", "a handshake with a socket's path as its TCP address: 'gaitway-agent"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_cause(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^printed {message}"):
        handshake.read(line, handshake.AGENT)
