"""The server that a process starts for itself: who finds it, what it prints, and when it ends."""

from __future__ import annotations

import os
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import programs
import pytest

import gaitway
import gaitway_program
from gaitway import Session, Simulator, local_server

#: For a program that starts a server of its own instead of using that of the tests.
ALONE = {local_server.PARENT_VARIABLE: ""}


def test_all_clients_of_a_process_share_one_server(swimmer: Simulator, walker: Simulator) -> None:
    assert swimmer.address == walker.address


def test_a_named_server_is_used(monkeypatch: pytest.MonkeyPatch, swimmer: Simulator) -> None:
    monkeypatch.setenv("GAITWAY_SERVER", swimmer.address)
    monkeypatch.setenv("GAITWAY_COMMAND", "/nowhere/gaitway")
    monkeypatch.setattr(local_server, "_running", None)
    assert Simulator("swimmer").address == swimmer.address


def test_no_program_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAITWAY_COMMAND", raising=False)
    monkeypatch.setattr(gaitway_program, "LAUNCHER", "/gone/gaitway")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(gaitway.LocalServerError, match="GAITWAY_COMMAND is not set, /gone/gaitway no longer exists"):
        local_server.command()


def test_the_path_s_program_is_the_last_resort(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "gaitway"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.delenv("GAITWAY_COMMAND", raising=False)
    monkeypatch.setattr(gaitway_program, "LAUNCHER", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert local_server.command() == [str(program)]
    monkeypatch.setattr(gaitway_program, "LAUNCHER", str(program))
    monkeypatch.setenv("PATH", "/nowhere")
    assert local_server.command() == [str(program)]
    monkeypatch.setenv("GAITWAY_COMMAND", "java -cp 'a b' Main")
    assert local_server.command() == ["java", "-cp", "a b", "Main"]


@pytest.mark.parametrize(
    ("script", "seconds", "message"),
    [
        ("echo 'no such option' >&2; exit 3", 60, r"did not start \(exit status 3\):\nno such option"),
        ("echo hello; echo waiting >&2; exec sleep 600", 5, r"did not serve within 5 s:\nwaiting"),
    ],
)
def test_a_server_that_does_not_start_says_why(script: str, seconds: float, message: str) -> None:
    with pytest.raises(gaitway.LocalServerError, match=message):
        local_server.LocalServer(["sh", "-c", script], startup_seconds=seconds)


def test_a_handshake_that_cannot_be_read_is_told_by_its_cause() -> None:
    script = "echo 'gaitway-server|2|tcp|127.0.0.1:1'; exec sleep 600"
    with pytest.raises(gaitway.LocalServerError, match="until-eof printed a handshake of version 2, but this program"):
        local_server.LocalServer(["sh", "-c", script], startup_seconds=60)


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(gaitway.LocalServerError, match="/nowhere/gaitway serve --private --until-eof could not"):
        local_server.LocalServer(["/nowhere/gaitway"])


def test_other_lines_are_passed_over_and_do_not_fill_the_pipe() -> None:
    noise = 'i=0; while [ $i -lt 20000 ]; do echo "[0.1s][info][gc] a line of the log"; i=$((i + 1)); done'
    announced = "echo gaitway serving on 127.0.0.1:7; printf '%s\\r\\n' 'gaitway-server|1|tcp|127.0.0.1:1'"
    script = f"echo Picked up something; {noise}; {announced}; {noise}; echo done >&2; cat >/dev/null"
    server = local_server.LocalServer(["sh", "-c", script], startup_seconds=60)
    try:
        assert str(server.address) == "127.0.0.1:1"
        programs.eventually(lambda: "done" in server._said)
    finally:
        server.stop()


def test_a_server_starts_whatever_java_prints(tmp_path: Path) -> None:
    program = """
        import gaitway
        print(gaitway.Simulator("swimmer").spec.id)
    """
    ran = programs.run(program, JAVA_TOOL_OPTIONS="-Xlog:gc", **ALONE)
    assert (ran.stdout, ran.stderr) == ("swimmer\n", "")


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_paths_may_have_any_letters_in_every_locale(tmp_path: Path, locale: str) -> None:
    words = shlex.split(os.environ["GAITWAY_COMMAND"])
    place = words.index("-cp") + 1
    entries = []
    for number, entry in enumerate(words[place].split(os.pathsep)):
        folder = tmp_path / f"ü{number}"
        folder.symlink_to(Path(entry).parent)
        entries.append(str(folder / Path(entry).name))
    words[place] = os.pathsep.join(entries)
    program = """
        import sys, gaitway
        with gaitway.Simulator("swimmer") as simulator:
            print(simulator.spec.id, "schwimmt für", sys.argv[1])
        gaitway.Simulator("swimmer", address="unix:" + sys.argv[1])
    """
    socket = str(tmp_path / "ü.sock")
    ran = programs.run(program, socket, LC_ALL=locale, GAITWAY_COMMAND=shlex.join(words), **ALONE)
    assert ran.stdout == f"swimmer schwimmt für {socket}\n"
    assert f"no Gaitway server answers at unix:{socket}" in ran.stderr


def test_a_java_that_is_a_script_ends_with_its_server(tmp_path: Path) -> None:
    """As jenv and asdf have it: the script starts Java, and does not become it."""
    shim = tmp_path / "java shim"
    java = f'{os.environ["GAITWAY_COMMAND"]} "$@" <&3 &'
    shim.write_text(f'#!/bin/sh\nexec 3<&0\n{java}\necho $! >"{tmp_path}/pid"\nwait $!\n')
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    server = local_server.LocalServer([str(shim)])
    programs.eventually(lambda: (tmp_path / "pid").read_text().endswith("\n"))
    pid = int((tmp_path / "pid").read_text())
    with Simulator("swimmer", address=str(server.address)) as simulator:
        assert simulator.spec.nx == 10
    server.stop()
    programs.eventually(lambda: not _runs(pid))


def test_one_that_does_not_stop_is_killed_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(local_server, "_STOP_SECONDS", 0.2)
    script = f"sleep 600 & echo $! >{tmp_path}/pid; echo 'gaitway-server|1|tcp|127.0.0.1:1'; wait"
    server = local_server.LocalServer(["sh", "-c", script], startup_seconds=60)
    server.stop()
    programs.eventually(lambda: not _runs(int((tmp_path / "pid").read_text())))


def test_nothing_outlives_a_killed_process() -> None:
    program = """
        import os, gaitway.local_server as server
        server.start()
        print(server._running.pid, flush=True)
        os.kill(os.getpid(), 9)
    """
    killed = programs.run(program, **ALONE)
    assert killed.returncode == -signal.SIGKILL
    pid = int(killed.stdout)
    programs.eventually(lambda: not _runs(pid))


def test_a_dead_server_is_named_and_the_next_client_starts_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "_running", None)
    monkeypatch.delenv(local_server.PARENT_VARIABLE)
    session = Session("swimmer")
    session.reset()
    first = local_server._running
    assert first is not None
    first._process.kill()
    first._process.wait()
    with pytest.raises(gaitway.UnavailableError, match=r"was started by this process and has ended \(exit status -9\)"):
        session.step(np.zeros((1, 2)))
    with pytest.raises(gaitway.UnavailableError):
        Simulator("swimmer", address=str(first.address))
    session.close()  # Nobody to tell: no error.
    with Simulator("swimmer") as again:
        assert again.address != str(first.address)
        assert local_server._running is not None
        local_server._running.stop()
    first.stop()


CHILD = "import gaitway, sys; sys.stdout.write(gaitway.Simulator('swimmer').address)"


def test_a_child_process_uses_its_parent_s_server(swimmer: Simulator) -> None:
    assert programs.run(CHILD, GAITWAY_COMMAND="/nowhere/gaitway").stdout == swimmer.address


@pytest.mark.parametrize("left", ["dead process", "dead server", "nonsense"])
def test_what_a_dead_parent_has_left_is_not_used(swimmer: Simulator, left: str) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    pid, address = os.environ[local_server.PARENT_VARIABLE].split()
    variable = {
        "dead process": f"{ended.pid} {address}",
        "dead server": f"{pid} 127.0.0.1:1",
        "nonsense": "nonsense",
    }[left]
    ran = programs.run(CHILD, **{local_server.PARENT_VARIABLE: variable, "GAITWAY_COMMAND": "/nowhere/gaitway"})
    assert "/nowhere/gaitway serve --private --until-eof could not be started" in ran.stderr


def test_a_process_ends_without_a_word(tmp_path: Path) -> None:
    """Nothing is closed, and everything is in use: no warning, no hang."""
    program = """
        import asyncio, gymnasium, numpy as np, gaitway

        async def notebook():  # Cells of a notebook run inside an event loop.
            global simulator, env, envs, session, evaluations
            asyncio.get_running_loop().slow_callback_duration = 600
            simulator = gaitway.Simulator("swimmer")
            simulator.rollout(gaitway.OpenLoop(np.zeros((3, 2))), horizon=3)
            env = gymnasium.make("gaitway/Swimmer-v0")
            env.reset(seed=0)
            env.step(env.action_space.sample())
            envs = gymnasium.make_vec("gaitway/Swimmer-v0", num_envs=2)
            envs.reset(seed=0)
            envs.step(envs.action_space.sample())
            session = gaitway.Session("swimmer")
            evaluations = gaitway.Evaluations()
            evaluations.suites()
            await asyncio.sleep(0)

        asyncio.run(notebook())
        print("done")
    """
    ran = programs.run(program, **ALONE)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "done\n", "")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
