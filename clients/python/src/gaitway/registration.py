"""Tells Gymnasium of environments: of those that every server has when the package is imported, of others on request.

Gymnasium 1.0 dropped the entry points by which packages once registered themselves without an import.
Without one in the program, ``gymnasium.make("gaitway:gaitway/Swimmer-v0")`` imports this package first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import gymnasium

from gaitway import endpoint as endpoints
from gaitway.connection import DEFAULT_TIMEOUT
from gaitway.spec import environments

__all__ = ["BUILT_IN", "ROBOT", "gymnasium_id", "register"]

BUILT_IN = {
    "gaitway/Acrobot-v0": "acrobot",
    "gaitway/Cartpole-v0": "cartpole",
    "gaitway/GymnasiumHalfCheetah-v0": "gymnasium/half-cheetah",
    "gaitway/GymnasiumHopper-v0": "gymnasium/hopper",
    "gaitway/GymnasiumSwimmer-v0": "gymnasium/swimmer",
    "gaitway/GymnasiumWalker2d-v0": "gymnasium/walker2d",
    "gaitway/HalfCheetah-v0": "half-cheetah",
    "gaitway/Hopper-v0": "hopper",
    "gaitway/Pendulum-v0": "pendulum",
    "gaitway/Swimmer-v0": "swimmer",
    "gaitway/Walker-v0": "walker",
}
"""Gymnasium's ids, and the catalog's, of the environments that every server has."""

ROBOT = "gaitway/Robot-v0"
"""Gymnasium's id of a robot of one's own, which is made of files."""

#: Control steps of their episodes, which Gymnasium wants to know before there is a server.
_HORIZONS = {
    "acrobot": 500,
    "cartpole": 500,
    "gymnasium/half-cheetah": 1000,
    "gymnasium/hopper": 1000,
    "gymnasium/swimmer": 1000,
    "gymnasium/walker2d": 1000,
    "half-cheetah": 1000,
    "hopper": 1000,
    "pendulum": 500,
    "swimmer": 400,
    "walker": 500,
}

#: Version of the environments' spaces, rewards and infos. That of the dynamics is ``spec.version``.
_VERSION = "v0"

_WORD = re.compile(r"[A-Za-z0-9]+")


def gymnasium_id(environment: str) -> str:
    """Gymnasium's id of an environment: ``"gaitway/CartPole-v0"`` for ``"cart-pole"``.

    What is in front of a slash is a word like others, since Gymnasium's ids have one slash.

    Raises:
        ValueError: if the name has no letter or digit, or characters that separate no words.
    """
    words = re.split(r"[-_./ ]+", environment)
    words = [word for word in words if word]
    if not words or not all(_WORD.fullmatch(word) for word in words):
        raise ValueError(
            f"the environment {environment!r} cannot be registered with Gymnasium: its name must be words of A-Z a-z"
            " 0-9, separated by - _ . / or spaces. Make it with gaitway.gym_env.GaitwayEnv instead"
        )
    return f"gaitway/{''.join(word[0].upper() + word[1:] for word in words)}-{_VERSION}"


def register(address: str | None = None, *, timeout: float | None = DEFAULT_TIMEOUT) -> tuple[str, ...]:
    """Registers every environment that a server offers with Gymnasium.

        gaitway.register("127.0.0.1:7447")
        gymnasium.make("gaitway/CartPole-v0")  # the server's cart-pole

    What was registered before under the same ids, by an earlier call or by ``import gaitway``, is replaced, so that
    the environments are those of the server named last.

    Args:
        address: ``host:port`` or ``unix:path``; environments are then made on that server. None for the server that
            :class:`gaitway.Simulator` would use; it is looked for again whenever an environment is made.
        timeout: seconds that the server may take to answer; None for no limit.

    Returns:
        Gymnasium's ids, sorted.

    Raises:
        ValueError: if the address or an environment's name is invalid, or two environments have one id.
        UnavailableError: if no server answers.
    """
    offered: dict[str, str] = {}
    catalog = environments(address, timeout=timeout)
    for environment in sorted(catalog):
        name = gymnasium_id(environment)
        if name in offered:
            raise ValueError(
                f"the environments {offered[name]!r} and {environment!r} would both be {name} in Gymnasium; rename one,"
                " or make them with gaitway.gym_env.GaitwayEnv"
            )
        offered[name] = environment
    arguments = {} if address is None else {"address": str(endpoints.parse(address))}
    for name, environment in offered.items():
        gymnasium.registry.pop(name, None)
        _register(name, {"environment": environment, **arguments}, catalog[environment].horizon)
    return tuple(sorted(offered))


def register_built_in() -> None:
    """Registers the environments that every server has, and robots of one's own; does nothing the second time."""
    if ROBOT not in gymnasium.registry:
        _register(ROBOT, {"environment": None}, None)
    for name, environment in BUILT_IN.items():
        if name not in gymnasium.registry:
            _register(name, {"environment": environment}, _HORIZONS[environment])


def _register(name: str, arguments: Mapping[str, str | None], horizon: int | None) -> None:
    gymnasium.register(
        id=name,
        entry_point="gaitway.gym_env:GaitwayEnv",
        vector_entry_point="gaitway.vector_env:GaitwayVectorEnv",
        max_episode_steps=horizon,
        kwargs=dict(arguments),
    )
