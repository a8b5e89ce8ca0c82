"""Connections: where servers are, who starts them, and what happens when they go."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import gaitway
from gaitway import Session, Simulator, local_server
from gaitway import address as addresses


@pytest.mark.parametrize("text", ["localhost:7447", "10.1.2.3:1", "[::1]:65535", "unix:/tmp/x.sock"])
def test_addresses_are_taken(text: str) -> None:
    assert addresses.check(text) == text


@pytest.mark.parametrize("text", ["localhost", "localhost:0", "localhost:65536", "http://x:1", "unix:", "::1:7447"])
def test_other_texts_are_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="address is"):
        Simulator("swimmer", address=text)


def test_nobody_there_names_the_address_and_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(gaitway.UnavailableError, match=r"no Gaitway server answers") as nobody:
        Simulator("swimmer", address=address)
    assert address in str(nobody.value)
    assert "./gaitway serve --host 127.0.0.1 --port" in str(nobody.value)


def test_a_server_that_never_answers_meets_the_deadline() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        with pytest.raises(gaitway.DeadlineExceededError, match="did not finish within 0.5 s"):
            Simulator("swimmer", address=f"127.0.0.1:{silent.getsockname()[1]}", timeout=0.5)
        assert time.monotonic() - started < 20


def test_all_clients_of_a_process_share_one_server(swimmer: Simulator, walker: Simulator) -> None:
    assert swimmer.address == walker.address


def test_a_named_server_is_used(monkeypatch: pytest.MonkeyPatch, swimmer: Simulator) -> None:
    monkeypatch.setenv("GAITWAY_SERVER", swimmer.address)
    monkeypatch.setenv("GAITWAY_COMMAND", "/nowhere/gaitway")
    monkeypatch.setattr(local_server, "_running", None)
    assert Simulator("swimmer").address == swimmer.address


def test_no_program_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAITWAY_COMMAND", raising=False)
    monkeypatch.setattr(local_server, "LAUNCHER", "/gone/gaitway")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(gaitway.LocalServerError, match="GAITWAY_COMMAND is not set, /gone/gaitway is not there"):
        local_server.command()


def test_the_path_s_program_is_the_last_resort(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "gaitway"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.delenv("GAITWAY_COMMAND", raising=False)
    monkeypatch.setattr(local_server, "LAUNCHER", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert local_server.command() == [str(program)]
    monkeypatch.setattr(local_server, "LAUNCHER", str(program))
    monkeypatch.setenv("PATH", "/nowhere")
    assert local_server.command() == [str(program)]
    monkeypatch.setenv("GAITWAY_COMMAND", "java -cp 'a b' Main")
    assert local_server.command() == ["java", "-cp", "a b", "Main"]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'no such option' >&2; exit 3", r"did not start \(exit status 3\):\nno such option"),
        ("echo hello; exec sleep 60", "answered 'hello' instead of 'gaitway serving on HOST:PORT'"),
        ("echo waiting >&2; exec sleep 60", r"did not serve within 1 s:\nwaiting"),
    ],
)
def test_a_server_that_does_not_start_says_why(script: str, message: str) -> None:
    with pytest.raises(gaitway.LocalServerError, match=message):
        local_server.LocalServer(["sh", "-c", script], startup_seconds=1)


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(gaitway.LocalServerError, match="/nowhere/gaitway serve --port 0 --until-eof could not"):
        local_server.LocalServer(["/nowhere/gaitway"])


def test_nothing_outlives_a_killed_process() -> None:
    program = """
        import os, gaitway.local_server as server
        server.start()
        print(server._running._process.pid, flush=True)
        os.kill(os.getpid(), 9)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL
    pid = int(killed.stdout)
    deadline = time.monotonic() + 30
    while _runs(pid):
        assert time.monotonic() < deadline, f"the server {pid} still runs"
        time.sleep(0.05)


def test_a_dead_server_is_named_and_the_next_client_starts_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "_running", None)
    session = Session("swimmer")
    session.reset()
    first = local_server._running
    assert first is not None
    first._process.kill()
    first._process.wait()
    with pytest.raises(gaitway.UnavailableError, match=r"was started by this process and has ended \(exit status -9\)"):
        session.step(np.zeros((1, 2)))
    with pytest.raises(gaitway.UnavailableError):
        Simulator("swimmer", address=first.address)
    session.close()  # Nobody to tell: no error.
    with Simulator("swimmer") as again:
        assert again.address != first.address
        assert local_server._running is not None
        local_server._running.stop()
    first.stop()


def test_a_pickled_simulator_is_its_address(swimmer: Simulator) -> None:
    copy = pickle.loads(pickle.dumps(swimmer))
    assert copy.address == swimmer.address
    np.testing.assert_array_equal(copy.initial_states(1, 2), swimmer.initial_states(1, 2))


def _states(simulator: Simulator, results: multiprocessing.Queue[bytes]) -> None:
    results.put(simulator.initial_states(1, 2).tobytes())


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_child_processes_use_the_same_server(swimmer: Simulator, method: Literal["fork", "spawn"]) -> None:
    context = multiprocessing.get_context(method)
    results = context.Queue()
    child = context.Process(target=_states, args=(swimmer, results))  # type: ignore[attr-defined]
    child.start()
    assert results.get(timeout=60) == swimmer.initial_states(1, 2).tobytes()
    child.join(60)
    assert child.exitcode == 0
    assert local_server._running is not None
    assert local_server._running.alive()


def _step(session: Session, results: multiprocessing.Queue[int]) -> None:
    session.step(np.zeros((2, 2)))
    results.put(session.steps)
    session.close()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_session_opens_a_stream_of_its_own_and_does_not_end_the_parent_s() -> None:
    with Session("swimmer", num_environments=2) as session:
        session.reset()
        session.step(np.zeros((2, 2)))
        context = multiprocessing.get_context("fork")
        results = context.Queue()
        child = context.Process(target=_step, args=(session, results))
        child.start()
        assert results.get(timeout=60) == 2
        child.join(60)
        assert child.exitcode == 0
        session.step(np.zeros((2, 2)))  # The child's, from memory: the session carries a number out once.
        session.step(np.zeros((2, 2)))
        assert Session.attach(session.id).steps == 3


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
