"""Calls that are cut short: by Ctrl-C, by time limits, by a connection that breaks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import numpy as np
import programs
import pytest
from services import Relay, answering

import gaitway
from gaitway import OpenLoop, Session, Simulator, evaluation, local_server
from gaitway.connection import Connection
from gaitway.gym_env import GaitwayEnv
from gaitway.v1 import environment_pb2, evaluation_pb2
from gaitway.vector_env import GaitwayVectorEnv

ZERO = np.zeros((1, 2))


@contextmanager
def ctrl_c(begun: Callable[[], object]) -> Iterator[None]:
    """The block is interrupted as by Ctrl-C as soon as ``begun`` returns, and has to end by that."""
    interrupted: list[float] = []
    ended = threading.Event()

    def interrupt() -> None:
        begun()
        if not ended.is_set():
            interrupted.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            thread.start()
            yield
            pytest.fail("the block ended by itself")
        assert time.monotonic() - interrupted[0] < 60  # What keeps answers back does so for minutes.
    finally:
        ended.set()
        thread.join()


def works(account: str, count: str) -> Callable[[], None]:
    """Returns once a server has counted something for an account."""
    watcher = Connection(account=account)
    return lambda: programs.eventually(lambda: getattr(watcher.usage(), count) > 0)


@contextmanager
def slow_session(kind: type[Any] = Session, **arguments: Any) -> Iterator[tuple[Any, Relay]]:
    """A session, or a Gymnasium environment, whose answers can be kept back."""
    with Session("swimmer") as behind:
        relay = Relay(behind.address)
        with answering(relay.answers()) as port:
            made = kind(address=f"127.0.0.1:{port}", **arguments)
            try:
                yield made, relay
            finally:
                relay.let_go.set()
                made.close()


@contextmanager
def late(session: Session, slow: Relay) -> Iterator[None]:
    """The time limit of the block's step passes once it was carried out."""

    def pass_time() -> None:
        slow.await_kept()
        assert session._holding.stream is not None
        session._holding.stream._due = time.monotonic()

    slow.keep()
    thread = threading.Thread(target=pass_time)
    thread.start()
    yield
    thread.join()
    slow.let_go.set()


def test_ctrl_c_in_a_step_leaves_the_session_usable() -> None:
    with slow_session(environment="swimmer") as (session, slow):
        session.reset(seeds=[1])
        session.step(ZERO)
        slow.keep()
        with ctrl_c(slow.await_kept):
            session.step(ZERO)
        slow.let_go.set()
        assert session.steps == 2
        after = session.step(ZERO)
        assert session.steps == 3
    with Session("swimmer") as undisturbed:
        undisturbed.reset(seeds=[1])
        expected = [undisturbed.step(ZERO) for _ in range(3)]
        np.testing.assert_array_equal(after.states, expected[2].states)


def test_ctrl_c_in_a_reset_leaves_the_session_usable() -> None:
    with slow_session(environment="swimmer") as (session, slow):
        slow.keep()
        with ctrl_c(slow.await_kept):
            session.reset(seeds=[1])
        slow.let_go.set()
        assert session.reset(seeds=[2]).seeds == (2,)


def test_ctrl_c_in_a_rollout_ends_the_call_on_the_server(swimmer: Simulator) -> None:
    # So many steps in a control step take half a minute, however late the signal comes on a busy machine.
    with Simulator("swimmer", parameters={"substeps": 100}, account="ctrl-c", timeout=None) as mine:
        with ctrl_c(works("ctrl-c", "rollout_steps")):
            mine.rollout(OpenLoop(np.zeros((5000, 2))), np.zeros((1000, 10)), horizon=5000, summary=True)
        seen = -1
        while (now := mine.usage().rollout_steps) != seen:  # It counts what it still does.
            seen = now
            time.sleep(0.3)
        assert seen < 5_000_000
        assert mine.step(np.zeros((1, 10)), ZERO).statuses == ("ok",)


def test_ctrl_c_in_a_linearization_leaves_the_simulator_usable() -> None:
    with Simulator("walker", account="ctrl-c-linearize", timeout=None) as mine:
        T = 100_000
        with ctrl_c(works("ctrl-c-linearize", "linearized_knots")):
            for _ in range(1000):
                mine.linearize(np.tile(mine.spec.initial_mean, (T, 1)), np.zeros((T, 6)))
        assert mine.linearize(mine.spec.initial_mean[None], np.zeros((1, 6))).T == 1


def test_ctrl_c_in_a_controller_ends_the_call() -> None:
    begun, ended = threading.Event(), threading.Event()

    def control(requests: Iterator[Any], context: Any) -> Iterator[Any]:
        context.add_callback(ended.set)
        next(requests)
        begun.set()
        ended.wait(300)
        yield evaluation_pb2.ControlResponse()

    with answering({"EvaluationService/Control": control}) as port:
        with ctrl_c(begun.wait):
            evaluation.control(lambda states: states, f"127.0.0.1:{port}", "key")
        assert ended.wait(60)


def test_closing_ends_where_ctrl_c_left_a_lock_of_grpc_taken() -> None:
    begun, released = threading.Event(), threading.Event()

    def control(requests: Iterator[Any], context: Any) -> Iterator[Any]:
        begun.set()
        yield from requests

    with answering({"EvaluationService/Control": control}) as port:
        connection = Connection(f"127.0.0.1:{port}")
        nothing: Iterator[Any] = iter(released.wait, True)
        call = connection.stream("EvaluationService/Control", nothing, evaluation_pb2.ControlResponse)
        assert begun.wait(60)
        lock = call._state.condition  # An interrupt between taking it and knowing of it leaves it so.
        assert lock.acquire()
        closed = time.monotonic()
        connection.close()
        assert time.monotonic() - closed < 30
        lock.release()
        released.set()


@pytest.mark.parametrize("kind", [GaitwayEnv, GaitwayVectorEnv])
def test_a_step_that_timed_out_says_so_and_can_be_looked_up(kind: type[Any]) -> None:
    with slow_session(kind) as (environment, slow):
        environment.reset(seed=1)
        action = np.zeros(environment.action_space.shape, np.float32)
        environment.step(action)
        with late(environment._session, slow):
            with pytest.raises(gaitway.StepTimedOutError, match="may or may not have been carried out") as failed:
                environment.step(action)
        assert isinstance(failed.value, gaitway.DeadlineExceededError)
        assert failed.value.steps_before == 1
        assert environment.steps_done() == 2
        environment.step(action)
        assert environment.steps_done() == 3


@contextmanager
def attached(stream: Callable[[Any, Any], Any]) -> Iterator[Session]:
    """A session on a server whose stream is a fake."""
    with Session("swimmer") as made:
        request = environment_pb2.GetSessionRequest(session_id=made.id)
        message = made._connection.unary(
            "EnvironmentService/GetSession", request, environment_pb2.GetSessionResponse, "description"
        )
        answers = {
            "EnvironmentService/GetSession": lambda request, context: message,
            "EnvironmentService/StepStream": stream,
        }
        with answering(answers) as port:
            yield Session.attach(made.id, f"127.0.0.1:{port}")


def broken(requests: Iterator[Any], context: Any) -> Iterator[Any]:
    """Takes a command, and breaks the connection."""
    next(requests)
    context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
    yield environment_pb2.StepStreamResponse()


def test_a_step_whose_connection_broke_is_uncertain() -> None:
    with attached(broken) as session:
        with pytest.raises(gaitway.StepLostError, match="may or may not have been carried out") as lost:
            session.step(ZERO)
        session.close()
    assert isinstance(lost.value, gaitway.UnavailableError)
    assert lost.value.steps_before == 0


def test_a_step_that_never_left_is_not_uncertain() -> None:
    with attached(broken) as session:
        pass
    with pytest.raises(gaitway.UnavailableError, match="no Gaitway server answers") as unsent:
        session.step(ZERO)
    assert not isinstance(unsent.value, gaitway.StepUncertainError)
    session.close()


def test_ctrl_c_in_a_terminal_is_not_for_the_server() -> None:
    """A terminal sends it to every process of the program's group."""
    program = """
        import time
        import numpy as np
        import gaitway

        session = gaitway.Session("swimmer")
        session.reset()
        try:
            print("ready", flush=True)
            time.sleep(600)
        except KeyboardInterrupt:
            time.sleep(1)  # For a server that would have heard it too.
            session.step(np.zeros((1, 2)))
            print(session.steps)
    """
    alone = {**os.environ, local_server.PARENT_VARIABLE: ""}
    words = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=alone, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.read() == "1\n"
