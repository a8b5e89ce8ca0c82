"""A server of this process's own, started with the first client that names no address.

It is shared by all clients of the process and by its forked children, and ends with them: it is told
to stop when its standard input does, which happens however the process dies.
"""

from __future__ import annotations

import atexit
import collections
import logging
import os
import select
import shlex
import shutil
import subprocess
import threading
import time

from gaitway import address as addresses
from gaitway._checkout import LAUNCHER
from gaitway.errors import LocalServerError

#: A checkout's launcher builds the program on its first use.
STARTUP_SECONDS = 300.0

_STOP_SECONDS = 5.0
_ANNOUNCEMENT = "gaitway serving on "

_log = logging.getLogger("gaitway.server")
_lock = threading.Lock()
_running: LocalServer | None = None


def command() -> list[str]:
    """The command that starts Gaitway.

    ``GAITWAY_COMMAND`` if set, else the launcher of the checkout that this package was installed from,
    else ``gaitway`` on the path.

    Raises:
        LocalServerError: if there is none; the message says what to do.
    """
    configured = os.environ.get("GAITWAY_COMMAND", "").strip()
    if configured:
        try:
            return shlex.split(configured)
        except ValueError as error:
            raise LocalServerError(f"GAITWAY_COMMAND is {configured!r}, which is no command: {error}") from error
    if LAUNCHER is not None and os.access(LAUNCHER, os.X_OK):
        return [LAUNCHER]
    on_path = shutil.which("gaitway")
    if on_path is not None:
        return [on_path]
    looked = f"{LAUNCHER} is not there any more" if LAUNCHER else "the package was not installed from a checkout"
    raise LocalServerError(
        "there is no address and no program to start a server with: GAITWAY_COMMAND is not set,"
        f" {looked}, and no gaitway is on the PATH. Install from a checkout of Gaitway, set GAITWAY_COMMAND to its"
        " launcher, or name a running server by address= or GAITWAY_SERVER"
    )


def start() -> str:
    """The address of this process's server, which is started if it is not running."""
    global _running
    with _lock:
        if _running is None or not _running.alive():
            _running = LocalServer(command())
        return _running.address


def describe(address: str) -> str:
    """What became of the server at this address, if it was this process's own and has ended; else empty."""
    server = _running
    if server is None or server.address != address or server.alive():
        return ""
    return f"; it was started by this process and has ended{server.last_words()}"


class LocalServer:
    """A running server process."""

    def __init__(self, command: list[str], startup_seconds: float | None = None) -> None:
        """Starts it and waits until it serves.

        Raises:
            LocalServerError: if it does not, with what it said on standard error.
        """
        self._line = [*command, "serve", "--port", "0", "--until-eof"]
        self._said: collections.deque[str] = collections.deque(maxlen=20)
        self._owner = os.getpid()
        try:
            self._process = subprocess.Popen(
                self._line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise LocalServerError(f"{shlex.join(self._line)} could not be started: {error}") from error
        self._listener = threading.Thread(target=self._listen, name="gaitway-server-log", daemon=True)
        self._listener.start()
        try:
            self.address = self._await_address(STARTUP_SECONDS if startup_seconds is None else startup_seconds)
        except BaseException:
            self.stop()
            raise
        atexit.register(self.stop)

    def alive(self) -> bool:
        """Whether the process runs; a forked child cannot know and trusts its parent."""
        return os.getpid() != self._owner or self._process.poll() is None

    def stop(self) -> None:
        """Ends the process; does nothing in a forked child, whose parent's it is."""
        if os.getpid() != self._owner:
            return
        atexit.unregister(self.stop)
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def last_words(self) -> str:
        """Exit status and the last lines of standard error, to append to a message."""
        self._listener.join(1.0)
        said = "\n".join(self._said)
        return f" (exit status {self._process.poll()})" + (f":\n{said}" if said else "")

    def _await_address(self, seconds: float) -> str:
        line = self._first_line(seconds)
        if not line.startswith(_ANNOUNCEMENT):
            raise LocalServerError(
                f"{shlex.join(self._line)} answered {line!r} instead of {_ANNOUNCEMENT + 'HOST:PORT'!r}"
            )
        return addresses.check(line.removeprefix(_ANNOUNCEMENT).split(",")[0].strip())

    def _first_line(self, seconds: float) -> str:
        """The first line of standard output."""
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        deadline = time.monotonic() + seconds
        line = b""
        while b"\n" not in line:
            ready, _, _ = select.select([output], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                said = "\n".join(self._said)
                raise LocalServerError(
                    f"{shlex.join(self._line)} did not serve within {seconds:g} s" + (f":\n{said}" if said else "")
                )
            chunk = os.read(output, 4096)
            if not chunk:
                self._process.wait()
                raise LocalServerError(f"{shlex.join(self._line)} did not start{self.last_words()}")
            line += chunk
        return line.split(b"\n", 1)[0].decode(errors="replace")

    def _listen(self) -> None:
        """Keeps the last lines of standard error; shows those of the launcher, which may be building."""
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for raw in lines:
                line = raw.decode(errors="replace").rstrip()
                self._said.append(line)
                _log.log(logging.WARNING if line.startswith("gaitway: ") else logging.DEBUG, "%s", line)
