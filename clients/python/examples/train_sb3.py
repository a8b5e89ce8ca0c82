"""Trains PPO and SAC of Stable-Baselines3 on 16 environments behind one stream.

pip install "./clients/python[sb3]"
python clients/python/examples/train_sb3.py [swimmer|walker] [--steps 20000]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from gaitway.sb3 import VectorEnvAdapter
from gaitway.vector_env import GaitwayVectorEnv

# After gaitway.sb3, which says what to install where this is missing.
from stable_baselines3 import PPO, SAC  # isort: skip
from stable_baselines3.common.vec_env import VecMonitor  # isort: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains PPO and SAC on a Gaitway environment.")
    parser.add_argument("environment", nargs="?", default="swimmer")
    parser.add_argument("--steps", type=int, default=20_000, help="environment steps of each learner (20000)")
    options = parser.parse_args()
    for learner, settings in ((PPO, {"n_steps": 128}), (SAC, {"train_freq": 8, "gradient_steps": 8})):
        environments = VectorEnvAdapter(GaitwayVectorEnv(16, options.environment, autoreset_mode="SameStep"))
        model = learner("MlpPolicy", VecMonitor(environments), seed=0, device="cpu", **settings)
        started = time.perf_counter()
        model.learn(options.steps)
        returns = [episode["r"] for episode in model.ep_info_buffer]
        print(
            f"{learner.__name__}: {model.num_timesteps} steps in {time.perf_counter() - started:.0f} s,"
            f" mean return {np.mean(returns):.1f} of {len(returns)} episodes"
        )
        environments.close()


if __name__ == "__main__":
    main()
