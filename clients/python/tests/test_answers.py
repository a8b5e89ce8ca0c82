"""Answers are held against what was asked: a server that breaks the contract is named, and nothing of it is used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from toy import NU, NX, UNKNOWN, C, T, call, flags, refused, spec, zeros

import gaitway
from gaitway import OpenLoop, Simulator
from gaitway.v1 import dynamics_pb2, tensor_pb2

D = dynamics_pb2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"action": []}, "state or action is empty"),
        ({"observation": [4]}, "observation has an index beyond 0 to 3"),
        ({"observation": [-1]}, "observation has an index"),
        ({"initial_state": C.InitialStateDistribution(mean=[0.0], std=[0.0])}, "initial_state has not 4 entries"),
        ({"dt": 0.0}, "dt is not above 0"),
        ({"horizon": 0}, "horizon is not above 0"),
        ({"geometry": [C.LinkGeometry(parent=0)]}, "a parent behind it"),
        ({"geometry": [C.LinkGeometry(parent=-1, angle_index=9)]}, "moves by what is not in the state"),
        ({"geometry": [C.LinkGeometry(parent=-1, x_index=9)]}, "moves by what is not in the state"),
        ({"cost_terms": [C.CostTerm(penalty=UNKNOWN)]}, "a cost term has an unknown penalty"),
        ({"goal": C.Goal(progress_index=4)}, "goal travels along what is not in the state"),
        ({"first_guess": C.FirstGuess(sinusoid=C.Sinusoid(amplitude=[1.0]))}, "first_guess has not 2 actions"),
        ({"contact_points": [C.ContactPoint(link=0)]}, "a link that geometry has not"),
    ],
)
def test_a_description_fits_together(changes: dict[str, Any], words: str) -> None:
    answer = C.GetEnvironmentResponse(environment=spec(**changes))
    refused("CatalogService/GetEnvironment", answer, lambda a: Simulator("toy", address=a), words)
    listed = C.ListEnvironmentsResponse(environments=[spec(**changes)])
    refused("CatalogService/ListEnvironments", listed, gaitway.environments, words)


def stepped(**changes: Any) -> D.EvaluateResponse:
    values = {"next_states": zeros(2, NX), "costs": zeros(2), "terminated": flags(2), "statuses": [1, 1]}
    return D.EvaluateResponse(**{**values, **changes})


def tensor(shape: list[int], data: bytes) -> tensor_pb2.Tensor:
    return tensor_pb2.Tensor(dtype=tensor_pb2.DATA_TYPE_FLOAT64, shape=shape, data=data)


def ask_step(address: str) -> Any:
    return Simulator("toy", address=address).step(np.zeros((2, NX)), np.zeros((2, NU)), with_contacts=False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"next_states": zeros(3, NX)}, r"next_states has shape \(3, 4\); \(2, 4\) was asked for"),
        ({"next_states": zeros(2, NX, 1)}, "next_states has shape"),
        ({"next_states": None}, "next_states"),
        (
            {"next_states": tensor(shape=[2, NX], data=b"short")},
            "5 bytes",
        ),
        (
            {"next_states": tensor(shape=[-2, -NX], data=bytes(64))},
            "do not belong together",
        ),
        ({"costs": zeros(1)}, "costs has shape"),
        ({"terminated": zeros(2)}, "terminated is a tensor of type 1"),
        ({"statuses": [1]}, "2 known ones are due"),
        ({"statuses": [1, 77]}, "2 known ones are due"),
    ],
)
def test_a_step_answers_what_was_asked(changes: dict[str, Any], words: str) -> None:
    call("DynamicsService/Evaluate", stepped(), ask_step)
    refused("DynamicsService/Evaluate", stepped(**changes), ask_step, words)


def part(rows: int, last: bool = True, **changes: Any) -> D.RolloutPart:
    summary = D.RolloutSummary(status=D.ROLLOUT_STATUS_COMPLETED, steps=rows - 1)
    values = {"states": zeros(rows, NX), "actions": zeros(rows - last, NU), "costs": zeros(rows)}
    return D.RolloutPart(**{**values, "summary": summary if last else None, **changes})


def ask_rollout(address: str) -> Any:
    return Simulator("toy", address=address).rollout(OpenLoop(np.zeros((T, NU))))


SUMMARY = D.RolloutSummary(status=D.ROLLOUT_STATUS_COMPLETED, steps=T)
DIGESTED = D.RolloutSummary(status=D.ROLLOUT_STATUS_COMPLETED, steps=T, digest=b"unasked")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([], "0 of 1 rollouts"),
        ([part(4), part(4, index=1)], "row 0 of rollout 1; row 0 of rollout 1 of 1 is due"),
        ([part(4, index=1)], "row 0 of rollout 1; row 0 of rollout 0"),
        ([part(4, first_row=1)], "row 1 of rollout 0; row 0"),
        ([part(5)], "5 rows from 0 on, of a rollout of 3 steps"),
        ([part(2, False), part(3, first_row=2)], "3 rows from 2 on"),
        ([part(2, False)], "0 of 1 rollouts"),
        ([part(4, states=zeros(4, NX + 1))], "parts.states has shape"),
        ([part(4, actions=zeros(4, NU))], r"parts.actions has shape \(4, 2\); \(3, 2\)"),
        ([part(4, costs=zeros(3))], "parts.costs has shape"),
        ([part(3, summary=SUMMARY)], "3 steps, 3 rows"),
        ([part(4, summary=D.RolloutSummary(status=UNKNOWN, steps=T))], "status 77"),
        (
            [part(4, summary=DIGESTED)],
            "a digest of 7 bytes",
        ),
    ],
)
def test_rollouts_are_those_that_were_asked_for(parts: list[D.RolloutPart], words: str) -> None:
    call("DynamicsService/Rollout", [D.RolloutResponse(parts=[part(4)])], ask_rollout)
    call(
        "DynamicsService/Rollout",
        [D.RolloutResponse(parts=[part(1, False), part(3, first_row=1, summary=SUMMARY)])],
        ask_rollout,
    )
    refused("DynamicsService/Rollout", [D.RolloutResponse(parts=[one]) for one in parts], ask_rollout, words)


def test_summaries_come_whole() -> None:
    def ask(address: str) -> Any:
        return Simulator("toy", address=address).rollout(OpenLoop(np.zeros((T, NU))), summary=True)

    call("DynamicsService/Rollout", [D.RolloutResponse(parts=[D.RolloutPart(summary=SUMMARY)])], ask)
    refused("DynamicsService/Rollout", [D.RolloutResponse(parts=[D.RolloutPart()])], ask, "a part of a summary")


def chunk(n: int = T, **changes: Any) -> D.LinearizeResponse:
    values = {
        "statuses": [1] * n,
        "next_states": zeros(n, NX),
        "costs": zeros(n),
        "fx": zeros(n, NX, NX),
        "fu": zeros(n, NX, NU),
        "lx": zeros(n, NX),
        "lu": zeros(n, NU),
        "lxx": zeros(n, NX, NX),
        "lux": zeros(n, NU, NX),
        "luu": zeros(n, NU, NU),
    }
    return D.LinearizeResponse(**{**values, **changes})


TERMINAL = D.TerminalKnot(lx=zeros(NX), lxx=zeros(NX, NX), status=D.KNOT_STATUS_OK)


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ([], "0 of 3 knots"),
        ([chunk(2)], "2 of 3 knots"),
        ([chunk(1), chunk(2)], "2 knots from 0 on; knots 1 to 2 are due"),
        ([chunk(4)], "4 knots from 0 on"),
        ([chunk(0)], "0 knots from 0 on"),
        ([chunk(first_knot=-1)], "3 knots from -1 on"),
        ([chunk(fx=zeros(T, NX, NU))], "fx has shape"),
        ([chunk(luu=zeros(1))], "luu has shape"),
        ([chunk(lux=zeros(T, NX, NU))], "lux has shape"),
        ([chunk(statuses=[1, 1, 0])], "known ones are due"),
        ([chunk(terminal=TERMINAL)], "the terminal knot"),
    ],
)
def test_knots_are_those_that_were_asked_for(chunks: list[D.LinearizeResponse], words: str) -> None:
    def ask(address: str) -> Any:
        return Simulator("toy", address=address).linearize(np.zeros((T, NX)), np.zeros((T, NU)))

    call("DynamicsService/Linearize", [chunk(2), chunk(1, first_knot=2)], ask)
    refused("DynamicsService/Linearize", chunks, ask, words)


def test_a_trajectory_has_its_terminal_knot() -> None:
    def ask(address: str) -> Any:
        return Simulator("toy", address=address).linearize(np.zeros((T + 1, NX)), np.zeros((T, NU)))

    call("DynamicsService/Linearize", [chunk(terminal=TERMINAL)], ask)
    refused("DynamicsService/Linearize", [chunk()], ask, "the terminal knot")
    wrong = D.TerminalKnot(lx=zeros(NX), lxx=zeros(NX), status=D.KNOT_STATUS_OK)
    refused("DynamicsService/Linearize", [chunk(terminal=wrong)], ask, "terminal.lxx has shape")


def test_other_answers_of_the_dynamics_are_checked() -> None:
    def ask_states(address: str) -> Any:
        return Simulator("toy", address=address).initial_states(0, 2)

    def ask_check(address: str) -> Any:
        return Simulator("toy", address=address).check_derivatives(1)

    states = D.SampleInitialStatesResponse(states=zeros(3, NX))
    refused("DynamicsService/SampleInitialStates", states, ask_states, r"states has shape \(3, 4\)")
    error = D.DerivativeError(state=zeros(NX), action=zeros(NU))
    worst = D.CheckDerivativesResponse(samples=1, errors=[error], worst=1)
    refused("DynamicsService/CheckDerivatives", worst, ask_check, "worst is 1, of 1 errors")


def test_a_determinism_that_is_not_known_is_named() -> None:
    answer = C.GetServerInfoResponse(determinism=UNKNOWN)
    refused("CatalogService/GetServerInfo", answer, gaitway.server_info, "determinism is 77")
