"""A controller under evaluation, against the server."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gaitway
from gaitway import Evaluations, OpenLoop, Simulator, evaluation, local_server
from gaitway.evaluations import Evaluation
from gaitway.tensors import Floats, Ints


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
    # Whose server it is may remove any, and so sees the ids.
    assert opened.id in {ranking.id for ranking in ranked}
    evaluations.remove(opened.id)
    assert opened.id not in {ranking.id for ranking in evaluations.leaderboard("swimmer-still")}
    with pytest.raises(gaitway.NotFoundError):
        evaluations.remove(opened.id)


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
