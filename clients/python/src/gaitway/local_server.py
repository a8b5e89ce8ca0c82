"""A server of this process's own, started with the first client that names no address.

It is shared by all clients of the process and by the processes that this one starts, forked or spawned, and ends with
it: it is told to stop when its standard input does, which happens however the process dies.
"""

from __future__ import annotations

import atexit
import collections
import logging
import os
import shlex
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from typing import IO

import gaitway_program
from gaitway import endpoint as endpoints
from gaitway import handshake
from gaitway.address import Tcp
from gaitway.endpoint import Endpoint
from gaitway.errors import LocalServerError
from gaitway.processes import join_children

#: A checkout's launcher builds the program on its first use.
STARTUP_SECONDS = 300.0

#: Environment variable that tells child processes of the server that this process has started: its process id, a
#: space, and its address.
PARENT_VARIABLE = "GAITWAY_PARENT_SERVER"

_STOP_SECONDS = 5.0
_CONNECT_SECONDS = 5.0

_log = logging.getLogger("gaitway.server")
_lock = threading.Lock()
_running: LocalServer | None = None


def _after_fork() -> None:
    """In a forked child: lets go of what is the parent's."""
    global _lock
    _lock = threading.Lock()  # A thread of the parent may have held it, and is not here to let go of it.
    if _running is not None:
        _running.let_go()


os.register_at_fork(after_in_child=_after_fork)


def command() -> list[str]:
    """The command that starts Gaitway.

    ``GAITWAY_COMMAND`` if set, else the program that the wheel of this package carries, else the launcher of the
    checkout that this package was installed from, else ``gaitway`` on the path.

    Raises:
        LocalServerError: if there is none; the message says what to do.
    """
    configured = os.environ.get("GAITWAY_COMMAND", "").strip()
    if configured:
        try:
            return shlex.split(configured)
        except ValueError as error:
            raise LocalServerError(
                f"GAITWAY_COMMAND must be a command as a shell reads it, but is {configured!r}: {error}"
            ) from error
    own = gaitway_program.command()
    if own is not None:
        return own
    on_path = shutil.which("gaitway")
    if on_path is not None:
        return [on_path]
    raise LocalServerError(
        "no server is named, and no program was found to start one: GAITWAY_COMMAND is not set,"
        f" {gaitway_program.missing()}, and no gaitway is on the PATH. Install a wheel that carries the program, set"
        " GAITWAY_COMMAND to a launcher, or name a running server by address= or GAITWAY_SERVER"
    )


def start() -> Endpoint:
    """The address of the server of this process, or of the one that started this one; a new server if none runs."""
    global _running
    with _lock:
        own = _running
        if own is not None and own.alive():
            return own.address
        inherited = _of_parent()
        if inherited is not None:
            return inherited
        _running = LocalServer(command())
        os.environ[PARENT_VARIABLE] = f"{_running.pid} {_running.address}"
        return _running.address


def _of_parent() -> Endpoint | None:
    """The server that the process which started this one has started, if it still runs and listens."""
    pid, _, address = os.environ.get(PARENT_VARIABLE, "").partition(" ")
    try:
        where = endpoints.parse(address)
        os.kill(int(pid), 0)  # The port may be another program's by now.
        if isinstance(where.address, Tcp):
            socket.create_connection((where.address.host, where.address.port), _CONNECT_SECONDS).close()
        else:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(_CONNECT_SECONDS)
                probe.connect(where.address.path)
    except (ValueError, OverflowError, OSError):
        return None
    return where


def ends_with_this_process(address: Endpoint) -> bool:
    """Whether the server at this address is this process's own."""
    return _running is not None and _running.mine() and _running.address == address


def describe(address: Endpoint) -> str:
    """What became of the server at this address, if this process started it and it has ended; else empty."""
    server = _running
    if server is None or not server.mine() or server.address != address or server.alive():
        return ""
    return f"; it was started by this process and has ended{server.last_words()}"


def _environment() -> dict[str, str]:
    """This process's environment, in which Java reads paths as UTF-8, as Python does, whatever the locale."""
    environment = {**os.environ, **gaitway_program.environment()}
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "C")
    if locale in ("C", "POSIX"):
        environment["LC_ALL"] = "C.UTF-8"
    return environment


class LocalServer:
    """A running server process."""

    address: Endpoint

    def __init__(self, command: list[str], startup_seconds: float | None = None) -> None:
        """Starts it and waits until it serves.

        Raises:
            LocalServerError: if it does not, with what it said on standard error.
        """
        self._line = [*command, "serve", "--private", "--until-eof"]
        self._said: collections.deque[str] = collections.deque(maxlen=20)
        self._owner = os.getpid()
        self._answer: Endpoint | LocalServerError | None = None
        self._answered = threading.Event()
        try:
            # A session of its own: Ctrl-C in a terminal is for this process alone, and must not end the server.
            self._process = subprocess.Popen(
                self._line,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env=_environment(),
            )
        except OSError as error:
            raise LocalServerError(f"{shlex.join(self._line)} could not be started: {error}") from error
        self._readers = [
            threading.Thread(target=read, name=f"gaitway-server-{name}", daemon=True)
            for name, read in (("output", self._read_output), ("log", self._read_log))
        ]
        try:
            for reader in self._readers:
                reader.start()
            self.address = self._await_address(STARTUP_SECONDS if startup_seconds is None else startup_seconds)
        except BaseException:
            self.stop()
            raise
        atexit.register(self._stop_at_exit)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def mine(self) -> bool:
        """Whether this process has started it: a forked child has the object, but not the process."""
        return os.getpid() == self._owner

    def alive(self) -> bool:
        """Whether this process has started it and it runs."""
        return self.mine() and self._process.poll() is None

    def stop(self) -> None:
        """Ends the process; does nothing in a forked child, whose parent's it is."""
        if not self.mine():
            return
        atexit.unregister(self._stop_at_exit)
        if os.environ.get(PARENT_VARIABLE, "").startswith(f"{self.pid} "):
            del os.environ[PARENT_VARIABLE]
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # The program may be a script that has started Java without becoming it.
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
        for reader in self._readers:
            if reader.is_alive():
                reader.join(_STOP_SECONDS)

    def let_go(self) -> None:
        """In a forked child: closes its copy of the pipe whose end stops the server."""
        if not self.mine() and self._process.stdin is not None:
            self._process.stdin.close()

    def last_words(self) -> str:
        """Exit status and the last lines of standard error, to append to a message."""
        self._readers[1].join(1.0)
        said = "\n".join(self._said)
        return f" (exit status {self._process.poll()})" + (f":\n{said}" if said else "")

    def _stop_at_exit(self) -> None:
        """Stops once the child processes are done that this process would wait for anyway: they use the server."""
        if self.mine():
            join_children()
        self.stop()

    def _await_address(self, seconds: float) -> Endpoint:
        """The address in the server's handshake."""
        if not self._answered.wait(seconds):
            said = "\n".join(self._said)
            raise LocalServerError(
                f"{shlex.join(self._line)} did not serve within {seconds:g} s" + (f":\n{said}" if said else "")
            )
        if self._answer is None:
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                raise LocalServerError(f"{shlex.join(self._line)} closed its output without serving") from None
            raise LocalServerError(f"{shlex.join(self._line)} did not start{self.last_words()}")
        if isinstance(self._answer, LocalServerError):
            raise self._answer
        return self._answer

    def _read_output(self) -> None:
        """Finds the handshake among other lines, and keeps reading: a full pipe would stop the server."""
        assert self._process.stdout is not None
        for line in _lines(self._process.stdout):
            if self._answer is None and handshake.is_meant_by(line, handshake.SERVER):
                try:
                    self._answer = handshake.read(line, handshake.SERVER)
                except ValueError as error:
                    self._answer = LocalServerError(f"{shlex.join(self._line)} {error}")
                self._answered.set()
            else:
                _log.debug("%s", line)
        self._answered.set()

    def _read_log(self) -> None:
        """Keeps the last lines of standard error; shows those of the launcher, which may be building."""
        assert self._process.stderr is not None
        for line in _lines(self._process.stderr):
            self._said.append(line)
            _log.log(logging.WARNING if line.startswith("gaitway: ") else logging.DEBUG, "%s", line)


def _lines(stream: IO[bytes]) -> Iterator[str]:
    """The lines of a stream, which is then closed. They are UTF-8, whatever this process's locale."""
    with stream:
        for raw in stream:
            yield raw.decode("utf-8", "replace").rstrip()
