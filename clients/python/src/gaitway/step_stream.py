"""Steps and resets of sessions over one call, which saves most of a call's cost."""

from __future__ import annotations

import os
import queue
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import grpc

from gaitway.connection import Connection
from gaitway.errors import Attempt, late
from gaitway.tensors import wrong_answer
from gaitway.v1 import environment_pb2

_LOOK_SECONDS = 0.2


class StepStream:
    """A stream in lock step: one command, one answer, within a time limit. After an error it is over."""

    def __init__(self, connection: Connection, limit: float | None) -> None:
        """Opens the stream; a server that does not answer shows with the first command.

        Args:
            connection: to the server.
            limit: seconds for every answer; None for no limit.
        """
        self.pid = os.getpid()
        self._connection = connection
        self._limit = limit
        self._due: float | None = None
        self._late = False
        self._commands: queue.SimpleQueue[environment_pb2.StepStreamRequest | None] = queue.SimpleQueue()
        commands: Iterator[Any] = iter(self._commands.get, None)
        self._call = connection.stream("EnvironmentService/StepStream", commands, environment_pb2.StepStreamResponse)
        if limit is not None:
            threading.Thread(target=_watch, args=(weakref.ref(self),), name="gaitway-deadline", daemon=True).start()

    def exchange(
        self, command: environment_pb2.StepStreamRequest, operation: str
    ) -> environment_pb2.StepStreamResponse:
        """Sends a command and waits for its answer.

        Raises:
            GaitwayError: if the server refuses it, the stream breaks, or the answer is late.
        """
        try:
            if self._limit is not None:
                self._due = time.monotonic() + self._limit
            self._commands.put(command)
            return next(self._call)  # type: ignore[no-any-return]
        except grpc.RpcError as error:
            self.end()
            if self._late:
                self._connection.give_up()
                raise late(Attempt(operation, self._connection.where, self._limit)) from error
            raise self._connection.failure(error, operation, self._limit) from error
        except StopIteration:
            self.end()
            raise wrong_answer(f"the stream ended without an answer to {operation}") from None
        except BaseException:
            self.end()  # Interrupted while waiting: the answer would be taken for that of the next command.
            raise
        finally:
            self._due = None

    def end(self) -> None:
        """Ends the call; the session stays. Does nothing in a forked child, which cannot use it either."""
        if self.pid == os.getpid():
            self._commands.put(None)
            self._call.cancel()

    def _look(self) -> None:
        """Gives the call up if its answer is late: a stream has no deadline for single answers."""
        due = self._due
        if due is not None and time.monotonic() > due:
            self._late = True
            self._call.cancel()


def _watch(reference: weakref.ref[StepStream]) -> None:
    while True:
        time.sleep(_LOOK_SECONDS)
        stream = reference()
        if stream is None or not stream._call.is_active():
            return
        stream._look()
        del stream
