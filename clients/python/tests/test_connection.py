"""Connections: time limits, outages, and processes that share what their parent made."""

from __future__ import annotations

import math
import multiprocessing
import pickle
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import programs
import proxies
import pytest
from services import answering

import gaitway
from gaitway import Evaluations, Session, Simulator, local_server
from gaitway.gym_env import GaitwayEnv
from gaitway.v1 import catalog_pb2, evaluation_pb2
from gaitway.vector_env import GaitwayVectorEnv


@contextmanager
def nobody() -> Iterator[str]:
    """An address at which nobody answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{free.getsockname()[1]}"


def test_nobody_there_names_the_address_and_what_to_do() -> None:
    with nobody() as address:
        with pytest.raises(gaitway.UnavailableError, match=r"no Gaitway server answers") as refused:
            Simulator("swimmer", address=address)
    assert address in str(refused.value)
    assert "gaitway serve --host 127.0.0.1 --port" in str(refused.value)


def test_a_server_that_never_answers_meets_the_deadline() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(gaitway.DeadlineExceededError, match="did not finish within 0.5 s"):
            Simulator("swimmer", address=f"127.0.0.1:{silent.getsockname()[1]}", timeout=0.5)


WITH_TIMEOUT: dict[str, Any] = {
    "Simulator": lambda timeout: Simulator("swimmer", timeout=timeout),
    "Session": lambda timeout: Session("swimmer", timeout=timeout),
    "Session.attach": lambda timeout: Session.attach("none", timeout=timeout),
    "Evaluations": lambda timeout: Evaluations(timeout=timeout),
    "GaitwayEnv": lambda timeout: GaitwayEnv(timeout=timeout),
    "GaitwayVectorEnv": lambda timeout: GaitwayVectorEnv(timeout=timeout),
    "environments": lambda timeout: gaitway.environments(timeout=timeout),
    "server_info": lambda timeout: gaitway.server_info(timeout=timeout),
    "register": lambda timeout: gaitway.register(timeout=timeout),
}


@pytest.mark.parametrize("make", WITH_TIMEOUT.values(), ids=WITH_TIMEOUT)
@pytest.mark.parametrize("timeout", [0, -1, math.nan, -math.inf, True, "30"])
def test_an_invalid_time_limit_is_refused_by_name(make: Any, timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout must be"):
        make(timeout)


@pytest.mark.parametrize("timeout", [None, math.inf, 9e9, 1e300, 10**400, np.float64(math.inf)])
def test_a_time_limit_too_long_for_the_clock_means_no_limit(timeout: Any) -> None:
    with Simulator("swimmer", timeout=timeout) as simulator:
        assert len(simulator.initial_states(0, 3)) == 3
        assert len(simulator.rollout(gaitway.OpenLoop(np.zeros((2, 2))), horizon=2)) == 1
    with Session("swimmer", timeout=timeout) as session:
        session.reset()
        session.step(np.zeros((1, 2)))


def test_a_message_beyond_the_limit_is_not_taken() -> None:
    description = catalog_pb2.EnvironmentSpec(description="x" * (200 << 20))
    answer = catalog_pb2.ListEnvironmentsResponse(environments=[description])
    with answering({"CatalogService/ListEnvironments": lambda request, context: answer}) as port:
        with pytest.raises(gaitway.ResourceExhaustedError, match="is larger than this client takes"):
            gaitway.environments(f"127.0.0.1:{port}")


def test_a_client_recovers_with_its_server() -> None:
    """The longer an outage lasts, the longer gRPC waits by itself before it connects again."""
    answers = {"EvaluationService/ListSuites": lambda request, context: evaluation_pb2.ListSuitesResponse()}
    with answering(answers) as port:
        evaluations = Evaluations(f"127.0.0.1:{port}")
        assert evaluations.suites() == ()
    with socket.socket() as place:
        # Nobody else gets the port, and nobody listens there.
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        place.bind(("127.0.0.1", port))
        ended = time.monotonic()
        while time.monotonic() < ended + 6.5:  # By itself gRPC would pause for 4 s then.
            with pytest.raises(gaitway.UnavailableError):
                evaluations.suites()
        with answering(answers, f"127.0.0.1:{port}"):
            assert evaluations.suites() == ()
    evaluations.close()


class Frozen:
    """A cable to a server that can go dead without anybody hearing of it; new connections are not affected."""

    def __init__(self, address: str) -> None:
        self._behind = address
        self._dead = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        """Lets nothing pass any more on the connections made so far."""
        self._dead.set()
        self._dead = threading.Event()

    def close(self) -> None:
        self._dead.set()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = proxies.connect(self._behind)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(one, other, self._dead), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket, dead: threading.Event) -> None:
        try:
            while data := source.recv(65536):
                if not dead.is_set():
                    sink.sendall(data)
        except OSError:
            pass
        finally:
            sink.close()


def test_a_connection_that_died_silently_is_given_up_after_a_time_limit(
    swimmer: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    cable = Frozen(swimmer.address)
    with Simulator("swimmer", address=cable.address) as simulator:
        cable.freeze()
        with monkeypatch.context() as impatient:
            impatient.setattr(simulator._connection, "timeout", 0.5)
            with pytest.raises(gaitway.DeadlineExceededError):
                simulator.initial_states(0, 1)
        assert len(simulator.initial_states(0, 1)) == 1
    with Session("swimmer", address=cable.address) as session:
        session.reset()
        cable.freeze()
        with monkeypatch.context() as impatient:
            impatient.setattr(session._holding.stream, "_limit", 0.5)
            with pytest.raises(gaitway.StepTimedOutError):
                session.step(np.zeros((1, 2)))
        assert session.steps in (0, 1)
        session.step(np.zeros((1, 2)))
    cable.close()


def test_a_pickled_simulator_is_its_address(swimmer: Simulator) -> None:
    copy = pickle.loads(pickle.dumps(swimmer))
    assert copy.address == swimmer.address
    np.testing.assert_array_equal(copy.initial_states(1, 2), swimmer.initial_states(1, 2))


def _states(simulator: Simulator, results: multiprocessing.Queue[Any]) -> None:
    results.put((simulator.initial_states(1, 2).tobytes(), Simulator("swimmer").address))


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_child_processes_use_the_same_server(swimmer: Simulator, method: Literal["fork", "spawn"]) -> None:
    context = multiprocessing.get_context(method)
    results = context.Queue()
    child = context.Process(target=_states, args=(swimmer, results))  # type: ignore[attr-defined]
    child.start()
    assert results.get(timeout=60) == (swimmer.initial_states(1, 2).tobytes(), swimmer.address)
    child.join(60)
    assert child.exitcode == 0
    assert local_server._running is not None
    assert local_server._running.alive()


def test_a_forked_session_opens_a_stream_of_its_own_and_does_not_end_the_parent_s(swimmer: Simulator) -> None:
    """In a program of its own: gRPC cannot be forked while a thread calls it, as a server of fakes might here."""
    program = """
        import multiprocessing, warnings
        import numpy as np
        import gaitway

        def step(session, results):
            session.step(np.zeros((2, 2)))
            results.put(session.steps)
            session.close()

        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        with gaitway.Session("swimmer", num_environments=2) as session:
            session.reset()
            session.step(np.zeros((2, 2)))
            context = multiprocessing.get_context("fork")
            results = context.Queue()
            child = context.Process(target=step, args=(session, results))
            child.start()
            print(results.get(timeout=100))
            child.join()
            print(child.exitcode)
            session.step(np.zeros((2, 2)))  # The child's, from memory: the session carries a number out once.
            session.step(np.zeros((2, 2)))
            print(gaitway.Session.attach(session.id).steps)
    """
    ran = programs.run(program, GAITWAY_SERVER=swimmer.address)
    assert (ran.stdout.split(), ran.returncode) == (["2", "0", "3"], 0), ran.stderr
