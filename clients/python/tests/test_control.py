"""A controller under evaluation, against a fake of the server's side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from services import serving

import gaitway
from gaitway import evaluation
from gaitway.tensors import Floats, Ints, pack, unpack
from gaitway.v1 import catalog_pb2, evaluation_pb2

E = evaluation_pb2


def task() -> E.ControlResponse:
    entries = [catalog_pb2.StateEntry(name=f"x{i}") for i in range(3)]
    spec = catalog_pb2.EnvironmentSpec(
        id="toy",
        state=entries,
        action=[catalog_pb2.ActionEntry(name="u")],
        initial_state=catalog_pb2.InitialStateDistribution(mean=[0.0] * 3, std=[0.0] * 3),
        dt=0.1,
        horizon=2,
    )
    return E.ControlResponse(
        task=E.ControlTask(
            environment=spec,
            evaluation=E.Evaluation(
                suite=E.Suite(id="toy-suite", horizon=2, episodes=3),
                action_deadline=duration_pb2.Duration(nanos=250_000_000),
            ),
        )
    )


def states(number: int, episodes: list[int], steps: list[int]) -> E.ControlResponse:
    x: Floats = np.arange(3.0 * len(episodes), dtype=np.float64).reshape(-1, 3) + number
    return E.ControlResponse(states=E.RoundStates(round=number, episodes=episodes, steps=steps, states=pack(x)))


class Server:
    """Two rounds and their results; keeps what it is told."""

    def __init__(self, fault: str = "") -> None:
        self.said: list[E.ControlRequest] = []
        self.fault = fault

    def control(self, requests: Iterator[E.ControlRequest], context: Any) -> Iterator[E.ControlResponse]:
        self.said.append(next(requests))
        yield task()
        yield states(1, [0, 2], [0, 0])
        self.said.append(next(requests))
        if self.fault:
            info = error_details_pb2.ErrorInfo(
                reason="CONTROLLER_FAULT", domain="gaitway", metadata={"episodes": "0,2"}
            )
            detail = any_pb2.Any()
            detail.Pack(info)
            status = status_pb2.Status(code=9, message=self.fault, details=[detail])
            context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, self.fault)
        yield E.ControlResponse(
            result=E.EpisodeResult(
                episode=0,
                outcome=E.EPISODE_OUTCOME_TERMINATED,
                fault=E.CONTROLLER_FAULT_DEADLINE_MISSED,
                fault_detail="late",
                steps=1,
                controlled_steps=1,
                cost=4.5,
                digest=b"d",
            )
        )
        yield states(2, [2], [1])
        self.said.append(next(requests))
        yield E.ControlResponse(result=E.EpisodeResult(episode=2, outcome=E.EPISODE_OUTCOME_COMPLETED, steps=2))


def served(server: Server) -> Any:
    return serving("gaitway.v1.EvaluationService", "Control", E.ControlRequest, server.control)


def test_a_function_controls_until_the_server_ends_the_call() -> None:
    server = Server()
    heard: list[int] = []
    with served(server) as address:
        outcome = evaluation.control(
            lambda x: x[:, :1] * 2, address, "key", on_result=lambda r: heard.append(r.episode)
        )
    assert server.said[0].attach.evaluation_id == "key"
    assert [said.actions.round for said in server.said[1:]] == [1, 2]
    np.testing.assert_array_equal(unpack("actions", server.said[1].actions.actions, (2, 1)), [[2.0], [8.0]])
    np.testing.assert_array_equal(unpack("actions", server.said[2].actions.actions, (1, 1)), [[4.0]])
    assert outcome.task.environment.id == "toy"
    assert (outcome.task.suite, outcome.task.horizon, outcome.task.episodes) == ("toy-suite", 2, 3)
    assert outcome.task.action_deadline == 0.25
    assert heard == [0, 2]
    first, second = outcome.results
    assert (first.outcome, first.fault, first.fault_detail, first.cost) == (
        "terminated",
        "deadline_missed",
        "late",
        4.5,
    )
    assert (second.outcome, second.fault, second.steps) == ("completed", "", 2)


def test_an_object_learns_of_task_episodes_and_steps() -> None:
    class Remembering:
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def begin(self, task: evaluation.Task) -> None:
            self.seen.append(task.suite)

        def act(self, states: Floats, episodes: Ints, steps: Ints) -> Floats:
            self.seen.append((episodes.tolist(), steps.tolist()))
            return np.zeros((len(states), 1))

    controller = Remembering()
    with served(Server()) as address:
        evaluation.control(controller, address, "key")
    assert controller.seen == ["toy-suite", ([0, 2], [0, 0]), ([2], [1])]


def test_the_program_s_environment_names_server_and_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    with served(server) as address:
        monkeypatch.setenv("GAITWAY_EVALUATION_SERVER", address)
        monkeypatch.setenv("GAITWAY_EVALUATION", "from-outside")
        evaluation.control(lambda x: np.zeros((len(x), 1)))
    assert server.said[0].attach.evaluation_id == "from-outside"


def test_without_either_the_error_says_where_they_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAITWAY_EVALUATION_SERVER", raising=False)
    monkeypatch.delenv("GAITWAY_EVALUATION", raising=False)
    with pytest.raises(ValueError, match="address is not given and GAITWAY_EVALUATION_SERVER is not set"):
        evaluation.control(lambda x: x)
    with pytest.raises(ValueError, match="evaluation is not given and GAITWAY_EVALUATION is not set"):
        evaluation.control(lambda x: x, "127.0.0.1:1")


def test_a_wrong_shape_is_raised_and_never_sent() -> None:
    server = Server()
    with served(server) as address, pytest.raises(ValueError, match=r"has shape \(2, 3\); it must have \(2, 1\)"):
        evaluation.control(lambda x: x, address, "key")
    assert len(server.said) == 1


def test_a_controller_s_own_error_comes_through() -> None:
    with served(Server()) as address, pytest.raises(ZeroDivisionError):
        evaluation.control(lambda x: 1 / 0, address, "key")


def test_a_fault_that_ends_the_call_is_typed() -> None:
    with served(Server(fault="round 1 was answered late")) as address:
        with pytest.raises(gaitway.FailedPreconditionError, match="round 1 was answered late") as fault:
            evaluation.control(lambda x: np.zeros((len(x), 1)), address, "key")
    assert fault.value.reason == "CONTROLLER_FAULT"
    assert fault.value.metadata == {"episodes": "0,2"}
