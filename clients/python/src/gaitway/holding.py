"""What a process holds of a session: its lease and its stream, and how both end with the session's owner.

A session that nobody refers to any more is deleted by a thread of its own, since the garbage collector runs in the
middle of whatever any thread does; those that are open when the process ends are deleted then.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import sys
import threading
import time
import weakref

from gaitway import local_server
from gaitway.connection import Connection, keep_inherited
from gaitway.errors import GaitwayError, SessionExpiredError
from gaitway.processes import join_children
from gaitway.step_stream import StepStream
from gaitway.v1 import environment_pb2

_log = logging.getLogger("gaitway")

#: A server that does not answer must not keep a program from going on.
_CLOSE_SECONDS = 5.0

#: Longest time that a process takes to end its sessions when it ends itself, however many do not answer.
_EXIT_SECONDS = 2.0


class Holding:
    """A session's stream, and its lease where this process has made the session. Does not refer to the session."""

    def __init__(self, connection: Connection, session_id: str, lease: float | None) -> None:
        """Begins to renew the lease.

        Args:
            connection: which is closed with the session.
            session_id: the session's id.
            lease: its duration, s; None if somebody else cares for the session.
        """
        self.pid = os.getpid()
        self.stream: StepStream | None = None
        self._connection = connection
        self._id = session_id
        self._owner = lease is not None
        self._stopped = threading.Event()
        self._process_ends = False
        self._keeper: threading.Thread | None = None
        if lease is not None:
            _housekeeping.add(self)
            self._keeper = threading.Thread(target=self._keep, args=(lease / 3,), name="gaitway-lease", daemon=True)
            self._keeper.start()

    def release(self, within: float = _CLOSE_SECONDS) -> None:
        """Ends the stream, and the session if it is this process's; does nothing in a forked child.

        A server that cannot be reached is no error: the lease will end the session.
        """
        if self.pid != os.getpid():
            return
        _housekeeping.remove(self)
        self._stopped.set()
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.end()
        if self._owner:
            self._owner = False
            try:
                self._connection.unary(
                    "EnvironmentService/DeleteSession",
                    environment_pb2.DeleteSessionRequest(session_id=self._id),
                    environment_pb2.DeleteSessionResponse,
                    "end of a session",
                    attempts=1,
                    within=within,
                )
            except GaitwayError as error:
                _log.debug("a session was not deleted: %s", error)
        self._connection.close()

    def begin_end(self) -> None:
        """Has the thread that renews the lease end the session, since the process ends.

        A thread could not be started any more, and one session after the other would take too long.
        """
        self._process_ends = True
        self._stopped.set()

    def await_end(self, until: float) -> None:
        """Waits for that until a time of the monotonic clock, s."""
        if self._keeper is not None:
            self._keeper.join(max(0.0, until - time.monotonic()))

    def _keep(self, interval: float) -> None:
        request = environment_pb2.RenewSessionRequest(session_id=self._id)
        while not self._stopped.wait(interval):
            try:
                renew(self._connection, request)
            except GaitwayError as error:
                if self._stopped.is_set():
                    break
                # A session that is gone is reported by the next call on it; anything else may pass.
                _log.warning("the lease of a session was not renewed: %s", error)
                if isinstance(error, SessionExpiredError):
                    return
        if self._process_ends:
            self.release(_EXIT_SECONDS)

    def ends_with_this_process(self) -> bool:
        """Whether the session's server is this process's own."""
        return local_server.ends_with_this_process(self._connection.where)


def watch(session: object, holding: Holding) -> weakref.finalize[[Holding], object]:
    """Has the holding released when the session is collected."""
    finalizer = weakref.finalize(session, _collected, holding)
    finalizer.atexit = False  # What is open then is released all at once.
    return finalizer


def settle() -> None:
    """Waits until the sessions that were collected so far are deleted, so that there is room for new ones."""
    _housekeeping.settle()


def renew(connection: Connection, request: environment_pb2.RenewSessionRequest) -> float:
    """Renews a lease; answers when it ends, s since the epoch."""
    answer = connection.unary(
        "EnvironmentService/RenewSession", request, environment_pb2.RenewSessionResponse, "renewal of a session"
    )
    return answer.expire_time.seconds + answer.expire_time.nanos * 1e-9


def _collected(holding: Holding) -> None:
    """Called by the garbage collector, in any thread, which may hold any lock."""
    if holding.pid == os.getpid():
        _housekeeping.collected.put(holding)
    else:
        keep_inherited(holding)


class _Housekeeping:
    """The sessions that this process has made, and the thread that deletes those that were collected."""

    def __init__(self) -> None:
        #: Of all queues this one alone may be used by the garbage collector.
        self.collected: queue.SimpleQueue[Holding | threading.Event] = queue.SimpleQueue()
        self._open: set[Holding] = set()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def add(self, holding: Holding) -> None:
        with self._lock:
            self._open.add(holding)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gaitway-housekeeping", daemon=True)
                self._thread.start()
                self._register()

    def remove(self, holding: Holding) -> None:
        with self._lock:
            self._open.discard(holding)

    def settle(self) -> None:
        if self._thread is not None:
            done = threading.Event()
            self.collected.put(done)
            done.wait(_CLOSE_SECONDS)

    def end(self) -> None:
        """Deletes what is open, since the process ends."""
        if self._open:
            join_children()
        ending = [holding for holding in list(self._open) if not holding.ends_with_this_process()]
        until = time.monotonic() + _EXIT_SECONDS
        for holding in ending:
            holding.begin_end()
        for holding in ending:
            holding.await_end(until)

    def _run(self) -> None:
        while True:
            thing = self.collected.get()
            if isinstance(thing, threading.Event):
                thing.set()
            else:
                try:
                    thing.release()
                except Exception as error:
                    _log.warning("a session was not deleted: %s", error)
            del thing

    def _register(self) -> None:
        atexit.register(self.end)
        multiprocessing = sys.modules.get("multiprocessing")
        if multiprocessing is not None and multiprocessing.parent_process() is not None:
            # Forked children of multiprocessing end without calling what atexit knows.
            multiprocessing.util.Finalize(None, self.end, exitpriority=0)


_housekeeping = _Housekeeping()


def _after_fork() -> None:
    """In a forked child: the sessions and the thread are the parent's."""
    global _housekeeping
    atexit.unregister(_housekeeping.end)
    _housekeeping = _Housekeeping()


os.register_at_fork(after_in_child=_after_fork)
