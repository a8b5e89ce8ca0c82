"""Environments of a server, registered with Gymnasium by their own ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium
import numpy as np
import pytest
from services import Relay, answering
from toy import spec

import gaitway
from gaitway import Simulator
from gaitway.registration import BUILT_IN, gymnasium_id
from gaitway.v1 import catalog_pb2


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """The registry is afterwards what it was before."""
    before = dict(gymnasium.registry)
    yield
    gymnasium.registry.clear()
    gymnasium.registry.update(before)


@contextmanager
def offering(simulator: Simulator, *ids: str) -> Iterator[str]:
    """The address of a server that offers the simulator's environment by other ids."""
    catalog = catalog_pb2.ListEnvironmentsResponse(environments=[spec(id=one) for one in ids])
    relay = Relay(simulator.address)
    answers = relay.answers()
    create = answers["EnvironmentService/CreateSession"]

    def renamed(request: Any, context: Any) -> Any:
        asked = request.environment.id
        assert asked in ids
        request.environment.id = simulator.spec.id
        answer = create(request, context)
        answer.session.environment.id = asked
        return answer

    answers["EnvironmentService/CreateSession"] = renamed
    answers["CatalogService/ListEnvironments"] = lambda request, context: catalog
    with answering(answers) as port:
        yield f"127.0.0.1:{port}"


def test_an_environment_from_outside_is_made_by_its_id(swimmer: Simulator) -> None:
    with offering(swimmer, "cart-pole", "swimmer") as address:
        assert gaitway.register(address) == ("gaitway/CartPole-v0", "gaitway/Swimmer-v0")
        assert gaitway.register(address) == ("gaitway/CartPole-v0", "gaitway/Swimmer-v0")
        one: Any = gymnasium.make("gaitway/CartPole-v0", horizon=3)
        assert one.unwrapped.environment.id == "cart-pole"
        observation, _ = one.reset(seed=4)
        many: Any = gymnasium.make_vec("gaitway/CartPole-v0", num_envs=2)
        assert many.environment.id == "cart-pole"
        np.testing.assert_array_equal(many.reset(seed=3)[0][1], observation)
        one.step(one.action_space.sample())
        many.step(many.action_space.sample())
        one.close()
        many.close()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_gymnasium_s_own_vectors_hold_it_too(swimmer: Simulator, mode: str) -> None:
    with offering(swimmer, "cart-pole") as address:
        gaitway.register(address)
        settings: dict[str, Any] = {"vector_kwargs": {"context": "spawn"}} if mode == "async" else {}
        vector = gymnasium.make_vec("gaitway/CartPole-v0", 2, vectorization_mode=mode, **settings)
        observations, _ = vector.reset(seed=3)
        np.testing.assert_array_equal(observations[1], swimmer.initial_states(4, 1)[0, 1:])
        vector.close()


def test_the_server_named_last_counts(swimmer: Simulator) -> None:
    with offering(swimmer, "cart-pole") as first:
        gaitway.register(first)
        with offering(swimmer, "cart-pole") as second:
            gaitway.register(second)
            one: Any = gymnasium.make("gaitway/CartPole-v0")
            assert one.unwrapped._session.address == second
            one.close()


def test_without_an_address_it_is_the_server_that_clients_use(swimmer: Simulator) -> None:
    assert set(BUILT_IN) <= set(gaitway.register())
    assert gymnasium.spec("gaitway/Swimmer-v0").kwargs == {"environment": "swimmer"}
    one: Any = gymnasium.make("gaitway/Swimmer-v0")
    assert one.unwrapped._session.address == swimmer.address
    one.close()


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ("cart-pole", "gaitway/CartPole-v0"),
        ("swimmer", "gaitway/Swimmer-v0"),
        ("cart_pole.2d", "gaitway/CartPole2d-v0"),
        ("HalfCheetah", "gaitway/HalfCheetah-v0"),
        ("gymnasium/half-cheetah", "gaitway/GymnasiumHalfCheetah-v0"),
    ],
)
def test_ids_are_words_joined(environment: str, name: str) -> None:
    assert gymnasium_id(environment) == name


@pytest.mark.parametrize("environment", ["", "-", "schwimmer/ü", "a:b"])
def test_other_names_are_refused(swimmer: Simulator, environment: str) -> None:
    with offering(swimmer, "cart-pole", environment) as address:
        with pytest.raises(ValueError, match="cannot be registered with Gymnasium: its name must be words"):
            gaitway.register(address)
    assert "gaitway/CartPole-v0" not in gymnasium.registry


def test_two_environments_of_one_id_are_refused(swimmer: Simulator) -> None:
    with offering(swimmer, "cart-pole", "cart_pole") as address:
        with pytest.raises(ValueError, match="'cart-pole' and 'cart_pole' would both be gaitway/CartPole-v0"):
            gaitway.register(address)
    assert "gaitway/CartPole-v0" not in gymnasium.registry


def test_nobody_there_is_said() -> None:
    with pytest.raises(gaitway.UnavailableError, match="no Gaitway server answers at 127.0.0.1:1"):
        gaitway.register("127.0.0.1:1")
    with pytest.raises(ValueError, match="address must be"):
        gaitway.register("nowhere")
