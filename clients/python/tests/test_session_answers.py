"""Answers of sessions and evaluations are held against what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from google.protobuf import duration_pb2
from services import answering
from toy import NU, NX, UNKNOWN, C, E, T, call, described, flags, refused, spec, zeros

import gaitway
from gaitway import Session, evaluation
from gaitway.v1 import evaluation_pb2

V = evaluation_pb2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"num_environments": 2}, "the session has 2 environments; asked for: 1"),
        ({"num_environments": 0}, "the session has 0 environments"),
        ({"autoreset_mode": 9}, "autoreset_mode is 9, which this client does not know"),
        ({"bounds_mode": 0}, "bounds_mode is 0"),
        ({"lease": duration_pb2.Duration(seconds=2**62)}, "the lease is"),
        ({"lease": duration_pb2.Duration()}, "the lease is 0"),
        ({"environment": spec(horizon=0)}, "horizon is not above 0"),
    ],
)
def test_a_session_is_the_one_that_was_asked_for(changes: dict[str, Any], words: str) -> None:
    answer = E.CreateSessionResponse(session=described(**changes))
    refused("EnvironmentService/CreateSession", answer, lambda a: Session("toy", address=a), words)


def ask_session(address: str) -> None:
    with Session("toy", address=address) as session:
        session.reset()
        session.step(np.zeros((1, NU)))


def reset(**changes: Any) -> E.StepStreamResponse:
    return E.StepStreamResponse(
        reset=E.ResetResponse(**{"states": zeros(1, NX), "seeds": [1], "episodes": [0], **changes})
    )


def step(**changes: Any) -> E.StepStreamResponse:
    values = {"step": 1, "states": zeros(1, NX), "costs": zeros(1), "terminated": flags(1), "truncated": flags(1)}
    return E.StepStreamResponse(step=E.StepResponse(**{**values, **changes}))


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([], "the stream ended without an answer to reset"),
        ([step()], "step instead of reset"),
        ([E.StepStreamResponse()], "None instead of reset"),
        ([reset(states=zeros(2, NX))], r"states has shape \(2, 4\)"),
        ([reset(seeds=[])], "0 seeds and 1 episodes"),
        ([reset(episodes=[1, 2])], "1 seeds and 2 episodes"),
        ([reset()], "the stream ended without an answer to step"),
        ([reset(), reset()], "reset instead of step"),
        ([reset(), step(step=2)], "step is 2; 1 is due"),
        ([reset(), step(states=zeros(1, NX + 1))], "states has shape"),
        ([reset(), step(costs=zeros(1, 1))], "costs has shape"),
        ([reset(), step(terminated=flags(2))], "terminated has shape"),
        ([reset(), step(truncated=zeros(1))], "truncated is a tensor"),
        ([reset(), step(diverged=flags(0))], "diverged has shape"),
        ([reset(), step(clipped=flags(3))], "clipped has shape"),
        ([reset(), step(resets=[E.Autoreset(environment=1)])], "resets tells of environment 1 of 1"),
        ([reset(), step(resets=[E.Autoreset(final_state=zeros(1))])], "resets.final_state has shape"),
    ],
)
def test_steps_and_resets_answer_what_was_asked(answers: list[E.StepStreamResponse], words: str) -> None:
    call("EnvironmentService/StepStream", [reset(), step()], ask_session)
    refused("EnvironmentService/StepStream", answers, ask_session, words)


def test_a_snapshot_has_the_rows_that_were_asked_for() -> None:
    def ask(address: str) -> None:
        with Session("toy", address=address) as session:
            session.snapshot()

    wrong = E.SnapshotResponse(snapshot=E.EnvironmentSnapshot(states=zeros(2, NX)))
    refused("EnvironmentService/Snapshot", wrong, ask, r"snapshot.states has shape \(2, 4\); \(1, 4\)")


TASK = V.ControlResponse(
    task=V.ControlTask(environment=spec(), evaluation=V.Evaluation(suite=V.Suite(id="s", horizon=T, episodes=1)))
)


def result(**changes: Any) -> V.ControlResponse:
    return V.ControlResponse(result=V.EpisodeResult(**{"outcome": V.EPISODE_OUTCOME_COMPLETED, **changes}))


def round_(**changes: Any) -> V.ControlResponse:
    return V.ControlResponse(
        states=V.RoundStates(**{"round": 1, "episodes": [0], "steps": [0], "states": zeros(1, NX), **changes})
    )


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([], "the call ended without a task"),
        ([round_()], "it begins with states instead of the task"),
        ([TASK, round_(states=zeros(1, NX + 1))], "states has shape"),
        ([TASK, round_(steps=[])], "a round of 1 episodes and 0 steps"),
        ([TASK, round_(episodes=[], steps=[], states=zeros(0, NX))], "a round of 0 episodes"),
        ([TASK, result(outcome=UNKNOWN)], "episode_outcome is 77"),
        (
            [TASK, result(fault=UNKNOWN)],
            "controller_fault is 77",
        ),
        (
            [TASK, *[result()] * 2],
            "more than 1 results",
        ),
    ],
)
def test_an_evaluation_keeps_to_its_task(answers: list[V.ControlResponse], words: str) -> None:
    def says(requests: Iterator[Any], context: Any) -> Iterator[Any]:
        yield from answers

    with answering({"EvaluationService/Control": says}) as port:
        with pytest.raises(gaitway.GaitwayError, match=f"breaks the contract: .*{words}"):
            evaluation.control(lambda states: np.zeros((len(states), NU)), f"127.0.0.1:{port}", "key")


def test_the_leaderboard_is_fetched_in_parts() -> None:
    def page(request: V.ListEvaluationsRequest, context: object) -> V.ListEvaluationsResponse:
        number = int(request.page_token or "0")
        following = {"s": str(number + 1) if number < 2 else "", "endless": "1"}[request.suite]
        return V.ListEvaluationsResponse(evaluations=[V.Evaluation(controller=f"c{number}")], next_page_token=following)

    with answering({"EvaluationService/ListEvaluations": page}) as port:
        with gaitway.Evaluations(address=f"127.0.0.1:{port}") as evaluations:
            assert [each.controller for each in evaluations.leaderboard("s")] == ["c0", "c1", "c2"]
            with pytest.raises(gaitway.GaitwayError, match="a page was given twice"):
                evaluations.leaderboard("endless")


def says(what: Any) -> Any:
    return lambda request, context: what


def test_rewards_come_where_the_environment_has_its_own() -> None:
    rewarded = spec(reward_terms=[C.CostTerm(name="r")])
    for answer, words in [
        (step(), "rewards is a tensor of type 0"),
        (step(rewards=zeros(2)), "rewards has shape"),
        (step(rewards=zeros(1)), None),
    ]:
        answers: dict[str, Any] = {
            "EnvironmentService/CreateSession": E.CreateSessionResponse(session=described(environment=rewarded)),
            "EnvironmentService/StepStream": iter([reset(), answer]),
            "EnvironmentService/DeleteSession": E.DeleteSessionResponse(),
        }
        with answering({path: says(what) for path, what in answers.items()}) as port:
            if words is None:
                ask_session(f"127.0.0.1:{port}")
                continue
            with pytest.raises(gaitway.GaitwayError, match=f"the server's answer breaks the contract: .*{words}"):
                ask_session(f"127.0.0.1:{port}")
