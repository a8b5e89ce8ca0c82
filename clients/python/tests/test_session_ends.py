"""Sessions end with what they belong to: the object that is dropped, the process that ends."""

from __future__ import annotations

import gc
import multiprocessing
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Literal

import gymnasium
import numpy as np
import programs
import pytest
from services import Relay, answering

import gaitway
from gaitway import Session, Simulator, local_server
from gaitway.gym_env import GaitwayEnv
from gaitway.v1 import environment_pb2
from gaitway.vector_env import GaitwayVectorEnv


@pytest.fixture(scope="module")
def small_server() -> Iterator[str]:
    """The address of a server that takes four sessions."""
    serve = local_server.command()
    server = local_server.LocalServer(["sh", "-c", 'exec "$@" --max-sessions 4', "sh", *serve])
    yield str(server.address)
    server.stop()


def is_gone(session_id: str, address: str | None = None) -> bool:
    try:
        Session.attach(session_id, address).close()
    except gaitway.SessionExpiredError:
        return True
    return False


@pytest.mark.parametrize("make", [lambda a: Session("swimmer", address=a), lambda a: GaitwayEnv(address=a)])
def test_dropped_sessions_leave_room(small_server: str, make: Callable[[str], Any]) -> None:
    for _ in range(20):
        made = make(small_server)
        made.reset()
        del made


def test_dropped_sessions_end_their_threads() -> None:
    before = threading.active_count()
    for _ in range(5):
        session = Session("swimmer")
        session.reset()
        del session
    # One thread takes care of all that are dropped.
    programs.eventually(lambda: threading.active_count() <= before + 1)


def test_a_failed_environment_leaves_no_session(small_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: Any) -> None:
        raise gymnasium.error.DependencyNotInstalled("pygame is missing")

    monkeypatch.setattr("gaitway.gym_env.Renderer", missing)
    monkeypatch.setattr("gaitway.vector_env.Renderer", missing)
    held = []
    for _ in range(5):
        for kind in (GaitwayEnv, GaitwayVectorEnv):
            with pytest.raises(gymnasium.error.DependencyNotInstalled) as failed:
                kind(address=small_server, render_mode="rgb_array")
            held.append(failed)  # The traceback still refers to what was half made.


def test_a_cycle_is_collected_without_harm() -> None:
    session = Session("swimmer")
    session_id = session.id
    session.reset()
    session.me = session  # type: ignore[attr-defined]
    del session
    gc.collect()
    programs.eventually(lambda: is_gone(session_id))


def test_sessions_end_with_their_process(swimmer: Simulator) -> None:
    program = """
        import gaitway
        session = gaitway.Session("swimmer")
        session.reset()
        print(session.id)
    """
    ran = programs.run(program, GAITWAY_SERVER=swimmer.address)
    assert ran.stderr == ""
    assert is_gone(ran.stdout.strip())


def test_servers_that_do_not_answer_do_not_keep_a_process_from_ending(swimmer: Simulator) -> None:
    """Each is told of the end at once, however many others are silent."""
    forgotten = threading.Event()
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()

    def silent(request: Any, context: Any) -> Any:
        asked.put(request.session_id)
        forgotten.wait(300)
        return environment_pb2.DeleteSessionResponse()

    answers = Relay(swimmer.address).answers() | {"EnvironmentService/DeleteSession": silent}
    program = """
        import sys, gaitway
        sessions = [gaitway.Session("swimmer", address=address) for address in sys.argv[1:] for _ in range(2)]
        print(*(session.id for session in sessions))
    """
    with answering(answers) as one, answering(answers) as other:
        ran = programs.run(program, f"127.0.0.1:{one}", f"127.0.0.1:{other}", swimmer.address)
        forgotten.set()
    assert ran.stderr == ""
    *silenced, first, second = ran.stdout.split()
    assert {asked.get(timeout=60) for _ in range(4)} == set(silenced)
    assert is_gone(first)
    assert is_gone(second)


_kept: list[Session] = []


def _make(results: multiprocessing.Queue[str]) -> None:
    _kept.append(Session("swimmer"))
    _kept[0].reset()
    results.put(_kept[0].id)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_sessions_end_with_their_child_process(swimmer: Simulator, method: Literal["fork", "spawn"]) -> None:
    with Session("swimmer") as mine:
        context = multiprocessing.get_context(method)
        results = context.Queue()
        child = context.Process(target=_make, args=(results,))  # type: ignore[attr-defined]
        child.start()
        made = results.get(timeout=60)
        child.join(60)
        assert child.exitcode == 0
        assert is_gone(made)
        assert not is_gone(mine.id)


def test_children_may_work_until_their_end(tmp_path: Any) -> None:
    """A program that starts children and ends waits for them; its server does too."""
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing.util, sys, time\n"
        "import gaitway\n"
        "def work(session):\n"
        "    time.sleep(2)\n"
        "    session.reset()\n"
        "    print('worked with', gaitway.Simulator('swimmer').spec.id, flush=True)\n"
        "if __name__ == '__main__':\n"
        "    session = gaitway.Session('swimmer')\n"
        "    context = multiprocessing.get_context(sys.argv[1])\n"
        "    context.Process(target=work, args=(session,)).start()\n"
    )
    for method in ("fork", "spawn"):
        ran = programs.run_file(program, method, GAITWAY_PARENT_SERVER="")
        assert (ran.stdout, ran.stderr) == ("worked with swimmer\n", "")


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_gymnasium_s_processes_use_the_same_server(swimmer: Simulator, method: str) -> None:
    vector: Any = gymnasium.make_vec(
        "gaitway/Swimmer-v0", 2, vectorization_mode="async", vector_kwargs={"context": method}
    )
    observations, _ = vector.reset(seed=3)
    np.testing.assert_array_equal(observations[1], swimmer.initial_states(4, 1)[0, 1:])
    vector.step(vector.action_space.sample())
    sessions = vector.get_attr("_session")
    assert {session.address for session in sessions} == {swimmer.address}
    vector.close()
    assert all(is_gone(session.id) for session in sessions)
