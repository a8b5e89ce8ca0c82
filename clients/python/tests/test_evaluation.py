"""A controller under evaluation, against a fake of the server's side, and against the server."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from services import serving

import gaitway
from gaitway import Evaluations, OpenLoop, Simulator, evaluation, local_server
from gaitway.evaluations import Evaluation
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


class Playing:
    """Plays actions fixed beforehand, and may say something else at one step of one episode."""

    def __init__(self, us: Floats, fault: tuple[int, int] | None = None) -> None:
        self.us, self.fault = us, fault

    def begin(self, task: evaluation.Task) -> None:
        assert task.environment.nu == self.us.shape[1]

    def act(self, states: Floats, episodes: Ints, steps: Ints) -> Floats:
        actions = self.us[steps]
        if self.fault is not None:
            actions[(episodes == self.fault[0]) & (steps == self.fault[1])] = np.nan
        return actions


def begun(evaluations: Evaluations, controller: str = "python-test") -> Evaluation:
    # An overloaded machine must not cost an episode.
    return evaluations.create("swimmer-still", controller, action_deadline=60)


def test_real_episodes_are_the_rollouts_of_the_same_actions(swimmer: Simulator, evaluations: Evaluations) -> None:
    opened = begun(evaluations)
    us = np.random.default_rng(0).uniform(-200, 200, (opened.suite.horizon, 2))
    outcome = evaluations.control(opened.id, Playing(us))
    starts = swimmer.initial_states(opened.suite.seed, opened.suite.episodes)
    rollouts = swimmer.rollout(OpenLoop(us), starts, horizon=len(us), digest=True)
    results = sorted(outcome.results, key=lambda result: result.episode)
    assert [result.digest for result in results] == [rollout.digest for rollout in rollouts]
    assert [result.cost for result in results] == [rollout.total_cost for rollout in rollouts]
    assert [result.clipped for result in results] == [rollout.clipped for rollout in rollouts]
    assert {result.fault for result in results} == {""}
    with pytest.raises(gaitway.FailedPreconditionError) as over:
        evaluations.control(opened.id, Playing(us))
    assert over.value.reason == "EVALUATION_OVER"


def test_a_real_fault_costs_its_episode_alone(evaluations: Evaluations) -> None:
    opened = begun(evaluations)
    us = np.full((opened.suite.horizon, 2), 5.0)
    outcome = evaluations.control(opened.id, Playing(us, fault=(1, 3)))
    faults = {result.episode: (result.fault, result.controlled_steps) for result in outcome.results}
    assert faults.pop(1) == ("non_finite_action", 3)
    assert set(faults.values()) == {("", opened.suite.horizon)}


def test_an_unknown_evaluation_is_not_found(evaluations: Evaluations) -> None:
    with pytest.raises(gaitway.NotFoundError) as unknown:
        evaluations.control("no-such-evaluation", Playing(np.zeros((1, 2))))
    assert unknown.value.reason == "EVALUATION_NOT_FOUND"
    with pytest.raises(gaitway.NotFoundError):
        evaluations.get("no-such-evaluation")


def test_suites_say_what_is_asked(evaluations: Evaluations) -> None:
    suites = {suite.id: suite for suite in evaluations.suites()}
    assert list(suites) == sorted(suites)
    varied = suites["walker-varied"]
    assert varied.episodes % len(varied.variants) == 0
    assert {variant.environment for variant in varied.variants} == {"walker"}
    assert varied.variants[0].parameters != varied.variants[1].parameters
    assert varied.min_action_deadline == 1e-3
    assert len({suite.digest for suite in suites.values()}) == len(suites)


def test_an_evaluation_tells_what_has_come_of_it(evaluations: Evaluations) -> None:
    opened = begun(evaluations, "still")
    assert (opened.controller, opened.action_deadline, opened.attachments) == ("still", 60, 0)
    assert opened.score is None
    assert opened.end_time is None
    outcome = evaluations.control(opened.id, lambda states: 0 * states[:, :2])
    ended, episodes = evaluations.get(opened.id)
    assert list(episodes) == sorted(outcome.results, key=lambda result: result.episode)
    assert {result.beginnings for result in episodes} == {1}
    score = ended.score
    assert score is not None
    assert ended.end_time is not None
    assert ended.create_time <= ended.end_time
    assert score.episodes == opened.suite.episodes == len(episodes)
    costs = np.sort([result.cost for result in episodes])
    assert costs[0] <= score.cost_interval[0] <= score.cost <= score.cost_interval[1] <= costs[-1]
    assert score.survival == 1
    ranked = evaluations.leaderboard("swimmer-still")
    assert ("still", score) in [(ranking.controller, ranking.score) for ranking in ranked]
    assert {ranking.id for ranking in ranked} == {""}


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"suite": "nowhere", "controller": "c"}, gaitway.NotFoundError, "nowhere"),
        ({"suite": "swimmer-still", "controller": ""}, gaitway.InvalidArgumentError, "controller"),
        ({"suite": "swimmer-still", "controller": "c", "parallel": -1}, gaitway.InvalidArgumentError, "parallel"),
        (
            {"suite": "swimmer-still", "controller": "c", "action_deadline": -1},
            ValueError,
            "action_deadline must be above 0 s and below 1e9 s, but is -1",
        ),
        (
            {"suite": "swimmer-still", "controller": "c", "action_deadline": 1e6},
            gaitway.InvalidArgumentError,
            "deadline",
        ),
    ],
)
def test_a_bad_evaluation_is_refused(
    evaluations: Evaluations, asked: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        evaluations.create(**asked)


def test_the_program_starts_and_judges_a_python_controller(
    swimmer: Simulator, evaluations: Evaluations, tmp_path: Path
) -> None:
    script = tmp_path / "controller.py"
    script.write_text("import gaitway.evaluation as e\n\ne.control(lambda states: 0 * states[:, :2] + [3.0, -4.0])\n")
    judged = subprocess.run(
        [
            *local_server.command(),
            *("evaluate", "swimmer-still", "--json", "--deadline=60"),
            *("--controller-command", shlex.join([sys.executable, str(script)])),
            *("--database", str(tmp_path / "evaluations.db")),
        ],
        capture_output=True,
        text=True,
    )
    assert judged.returncode == 0, judged.stderr
    said = json.loads(judged.stdout)
    opened = begun(evaluations)
    us = np.tile([3.0, -4.0], (opened.suite.horizon, 1))
    starts = swimmer.initial_states(opened.suite.seed, opened.suite.episodes)
    costs = swimmer.rollout(OpenLoop(us), starts, horizon=len(us), summary=True).total_costs.ravel()
    assert [episode["cost"] for episode in said["episodes"]] == costs.tolist()
    assert said["controller_faults"] == 0
