"""Trains the policies sb3-*.json of the conformance kit, and writes beside them what Stable-Baselines3 makes of states.

    python clients/python/tests_sb3/make_policies.py

needs the program (GAITWAY_COMMAND, or ./gaitway of this checkout) and a few minutes. A PPO policy for the swimmer and
a SAC policy for the walker, of two layers each, trained with VecNormalize: not to be good, but to have weights and
statistics that training has made. tests/golden-sb3.json has states and the actions of ``model.predict`` there, scaled
from -1 … 1 to the server's units.

The files here were written on 2026-11-29 by Gaitway 0.1.0 with stable-baselines3 2.9.2 and torch 2.15.0.
Run clients/conformance/policies/make.py after it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.vec_env import VecNormalize

from gaitway import Simulator
from gaitway.sb3 import VectorEnvAdapter
from gaitway.sb3_policies import from_sb3
from gaitway.spaces import Spaces
from gaitway.vector_env import GaitwayVectorEnv

PYTHON = Path(__file__).parents[1]
GOOD = PYTHON.parent / "conformance" / "policies" / "good"


def main() -> None:
    golden: dict[str, Any] = {}
    for name, learner, environment, steps, settings in (
        ("sb3-ppo-swimmer", PPO, "swimmer", 40_000, {"n_steps": 256, "policy_kwargs": {"net_arch": [64, 64]}}),
        ("sb3-sac-walker", SAC, "walker", 8_000, {"policy_kwargs": {"net_arch": [64, 64]}}),
    ):
        environments = VecNormalize(
            VectorEnvAdapter(GaitwayVectorEnv(8, environment, autoreset_mode="SameStep", horizon=100))
        )
        model = learner("MlpPolicy", environments, seed=0, device="cpu", **settings)
        model.learn(steps)
        from_sb3(model).write(GOOD / f"{name}.json")
        environments.training = False
        with Simulator(environment) as simulator:
            spec = simulator.spec
            states = spec.initial_mean + np.random.default_rng(1).normal(size=(200, spec.nx)) * np.geomspace(
                0.01, 3.0, 200
            ).reshape(-1, 1)
            spaces = Spaces(spec)
            observations = environments.normalize_obs(spaces.observations(states))
            scaled, _ = model.predict(observations, deterministic=True)
            golden[f"{name}.json"] = {
                "states": states.tolist(),
                "actions": spaces.actions("actions", scaled, (200, spec.nu)).tolist(),
            }
        environments.close()
    (PYTHON / "tests" / "golden-sb3.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
