"""The robot of agents/example, a jar of its own, through Gymnasium."""

from __future__ import annotations

import os
import shlex
from typing import Any

import gymnasium
import numpy as np

import gaitway
from gaitway.local_server import LocalServer


def test_a_robot_from_outside_is_stepped_by_its_own_id() -> None:
    command = shlex.split(os.environ["GAITWAY_COMMAND"])
    path = command.index("-cp") + 1
    command[path] += os.pathsep + os.environ["GAITWAY_EXAMPLE"]
    before = dict(gymnasium.registry)
    server = LocalServer(command)
    try:
        assert "gaitway/CartPole-v0" in gaitway.register(str(server.address))
        env: Any = gymnasium.make("gaitway/CartPole-v0")
        observation, _ = env.reset(seed=1)
        assert observation.shape == (4,)
        assert abs(observation[1] - np.pi) < 0.1, "the pole hangs"
        cart = observation[0]
        for _ in range(20):
            observation, reward, terminated, truncated, _ = env.step(env.action_space.high)
            assert not terminated
            assert not truncated
            assert reward < 0
        assert observation[0] > cart + 0.1, "the cart is pushed along its rail"
        assert abs(observation[1] - np.pi) > 0.1, "which swings the pole"
        env.close()
    finally:
        gymnasium.registry.clear()
        gymnasium.registry.update(before)
        server.stop()
