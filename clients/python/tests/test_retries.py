"""What is made again after a failure, and when: the policy of the contract, and a server that is gone for a while."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from proxies import Switch
from services import answering

import gaitway
from gaitway import Evaluations, OpenLoop, Simulator, local_server, retries
from gaitway.v1 import admin_pb2, agent_pb2, catalog_pb2, dynamics_pb2, environment_pb2, evaluation_pb2, usage_pb2

CONFIG = json.loads((Path(__file__).parents[3] / "proto" / "service-config.json").read_text())["methodConfig"][0]

MODULES = (admin_pb2, agent_pb2, catalog_pb2, dynamics_pb2, environment_pb2, evaluation_pb2, usage_pb2)


def test_the_policy_is_that_of_the_contract() -> None:
    methods = {
        (service.full_name, method.name)
        for module in MODULES
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if retries.is_repeatable(f"{service.name}/{method.name}")
    }
    assert methods == {(name["service"], name["method"]) for name in CONFIG["name"]}
    policy = CONFIG["retryPolicy"]
    assert policy["maxAttempts"] == retries.MAX_ATTEMPTS
    assert float(policy["initialBackoff"].rstrip("s")) == retries.INITIAL_BACKOFF
    assert float(policy["maxBackoff"].rstrip("s")) == retries.MAX_BACKOFF
    assert policy["backoffMultiplier"] == retries.BACKOFF_MULTIPLIER


class Refusing:
    """Refuses some times, with what the server says of another attempt."""

    def __init__(self, code: grpc.StatusCode, pushback: str | None, times: int) -> None:
        self._code, self._pushback, self._times = code, pushback, times
        self.asked = 0

    def __call__(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.asked += 1
        if self.asked <= self._times:
            if self._pushback is not None:
                context.set_trailing_metadata((("grpc-retry-pushback-ms", self._pushback),))
            context.abort(self._code, "not now")
        return evaluation_pb2.ListSuitesResponse()


def suites(refusing: Refusing, before: Callable[[Evaluations], None] = lambda evaluations: None) -> None:
    with answering({"EvaluationService/ListSuites": refusing}) as port:
        with Evaluations(f"127.0.0.1:{port}") as evaluations:
            before(evaluations)
            evaluations.suites()


@pytest.mark.parametrize("code", [grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE])
def test_the_server_says_when(code: grpc.StatusCode) -> None:
    refusing = Refusing(code, "700", 1)
    began = time.monotonic()
    suites(refusing)
    assert time.monotonic() - began >= 0.7
    assert refusing.asked == 2


@pytest.mark.parametrize("pushback", ["-1", "soon"])
@pytest.mark.parametrize("code", [grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE])
def test_the_server_asks_for_no_other_attempt(code: grpc.StatusCode, pushback: str) -> None:
    refusing = Refusing(code, pushback, 1)
    with pytest.raises(gaitway.GaitwayError, match="not now"):
        suites(refusing)
    assert refusing.asked == 1


def test_what_exceeds_a_limit_is_not_asked_for_again() -> None:
    refusing = Refusing(grpc.StatusCode.RESOURCE_EXHAUSTED, None, 1)
    with pytest.raises(gaitway.ResourceExhaustedError):
        suites(refusing)
    assert refusing.asked == 1


def test_a_server_that_is_gone_for_a_second_is_not_noticed() -> None:
    """The other half, with processes that are killed: env-server/faults/restart."""
    first, second = (local_server.LocalServer(local_server.command()) for _ in range(2))
    with contextlib.ExitStack() as ending:
        ending.callback(first.stop)
        ending.callback(second.stop)
        switch = Switch(str(first.address))
        simulator = Simulator("swimmer", address=switch.address)
        back = threading.Event()
        done: list[bool] = []
        expected = simulator.rollout(OpenLoop(np.zeros((50, 2))), horizon=50, initial_states=np.zeros((20, 10)))

        def work() -> None:
            while len(done) < 2:
                late = back.is_set()
                found = simulator.rollout(OpenLoop(np.zeros((50, 2))), horizon=50, initial_states=np.zeros((20, 10)))
                np.testing.assert_array_equal(found.total_costs, expected.total_costs)
                simulator.initial_states(1, 3)
                if late:
                    done.append(True)

        threads = [Failing(work) for _ in range(3)]
        switch.lead_to(None)
        time.sleep(1)
        switch.lead_to(str(second.address))
        back.set()
        for thread in threads:
            thread.join()
        simulator.close()
        switch.close()


class Failing(threading.Thread):
    """A thread whose failure is that of who waits for it."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except BaseException as failure:
            self._failure = failure

    def join(self, timeout: float | None = None) -> None:
        super().join(timeout)
        if self._failure is not None:
            raise self._failure
