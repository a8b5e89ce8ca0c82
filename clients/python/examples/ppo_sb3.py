"""Trains a swimmer by PPO of Stable-Baselines3, on 16 environments behind one stream, and measures what came of it.

    pip install "./clients/python[sb3]"
    python clients/python/examples/ppo_sb3.py [--seed 0] [--steps 300000] [--policy swimmer.json]

The return is that of the shaped reward (gaitway.rewards): 0 for lying still, 100 for swimming at the target speed for
nothing, 52 for the solution of trajectory optimisation.
"""

from __future__ import annotations

import argparse
import time

import gymnasium
import numpy as np

from gaitway.sb3 import VectorEnvAdapter
from gaitway.sb3_policies import from_sb3
from gaitway.vector_env import GaitwayVectorEnv

# After gaitway.sb3, which says what to install where this is missing.
from stable_baselines3 import PPO  # isort: skip
from stable_baselines3.common.vec_env import VecMonitor  # isort: skip

EPISODES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains PPO on the swimmer.")
    parser.add_argument("--seed", type=int, default=0, help="of network, noise and episodes (0)")
    parser.add_argument("--steps", type=int, default=300_000, help="environment steps (300000)")
    parser.add_argument("--policy", help="file to write the policy to, for gaitway evaluate --policy")
    options = parser.parse_args()
    envs = VectorEnvAdapter(GaitwayVectorEnv(16, "swimmer", autoreset_mode="SameStep", reward="shaped"))
    envs.seed(1000 * (options.seed + 1))
    model = PPO(
        "MlpPolicy",
        VecMonitor(envs),
        n_steps=200,
        batch_size=400,
        n_epochs=10,
        gamma=0.99,
        learning_rate=lambda left: 1e-3 * left,
        policy_kwargs={"log_std_init": -1.0},
        seed=options.seed,
        device="cpu",
    )
    started = time.perf_counter()
    model.learn(options.steps)
    seconds = time.perf_counter() - started
    returns = evaluate(model)
    print(
        f"seed {options.seed}: {model.num_timesteps} steps in {seconds:.0f} s,"
        f" mean return {returns.mean():.1f} (least {returns.min():.1f}) of {EPISODES} new episodes without noise"
    )
    if options.policy:
        from_sb3(model).write(options.policy)
    envs.close()


def evaluate(model: PPO) -> np.ndarray:
    """Returns of episodes that training has not seen, without noise."""
    envs = gymnasium.make_vec("gaitway/Swimmer-v0", EPISODES, reward="shaped", autoreset_mode="Disabled")
    observations, _ = envs.reset(seed=10**6)
    returns, over = np.zeros(EPISODES), False
    while not over:
        actions, _ = model.predict(observations, deterministic=True)
        observations, rewards, _, truncated, _ = envs.step(actions)
        returns += rewards
        over = bool(truncated.all())
    envs.close()
    return returns


if __name__ == "__main__":
    main()
