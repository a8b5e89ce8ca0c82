"""A toy environment on a server of fakes, which answers one method in any way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from google.protobuf import duration_pb2
from services import answering

import gaitway
from gaitway.tensors import pack, pack_bools
from gaitway.v1 import catalog_pb2, environment_pb2, tensor_pb2

C, E = catalog_pb2, environment_pb2
T, NX, NU = 3, 4, 2

#: A number that no enumeration of the contract has.
UNKNOWN: Any = 77


def spec(**changes: Any) -> C.EnvironmentSpec:
    values: dict[str, Any] = {
        "id": "toy",
        "state": [C.StateEntry(name=f"x{i}") for i in range(NX)],
        "action": [C.ActionEntry(name=f"u{i}", lower=-1, upper=1) for i in range(NU)],
        "observation": [1, 2],
        "initial_state": C.InitialStateDistribution(mean=[0.0] * NX, std=[0.0] * NX),
        "dt": 0.1,
        "horizon": T,
    }
    return C.EnvironmentSpec(**{**values, **changes})


def zeros(*shape: int) -> tensor_pb2.Tensor:
    return pack(np.zeros(shape))


def flags(*shape: int) -> tensor_pb2.Tensor:
    return pack_bools(np.zeros(shape, np.bool_))


def call(method: str, answer: Any, ask: Callable[[str], Any]) -> None:
    """Asks a server that answers one method so, and everything that leads there rightly."""
    answers: dict[str, Any] = {
        "CatalogService/GetEnvironment": C.GetEnvironmentResponse(environment=spec()),
        "EnvironmentService/CreateSession": E.CreateSessionResponse(session=described()),
        "EnvironmentService/DeleteSession": E.DeleteSessionResponse(),
        method: answer,
    }

    def says(what: Any) -> Callable[[Any, Any], Any]:
        if isinstance(what, list):
            return lambda request, context: iter(what)
        return lambda request, context: what

    with answering({path: says(what) for path, what in answers.items()}) as port:
        ask(f"127.0.0.1:{port}")


def refused(method: str, answer: Any, ask: Callable[[str], Any], words: str) -> None:
    with pytest.raises(gaitway.GaitwayError, match=f"the server's answer breaks the contract: .*{words}") as error:
        call(method, answer, ask)
    assert error.value.code == "INTERNAL"


def described(**changes: Any) -> E.Session:
    values: dict[str, Any] = {
        "id": "s",
        "environment": spec(),
        "num_environments": 1,
        "autoreset_mode": 1,
        "bounds_mode": 1,
        "max_episode_steps": T,
        "lease": duration_pb2.Duration(seconds=60),
    }
    return E.Session(**{**values, **changes})
