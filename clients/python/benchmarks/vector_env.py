"""Steps 64 walkers through the VectorEnv over TCP, and Gymnasium's Walker2d-v5 in process, in turns.

    python clients/python/benchmarks/vector_env.py [--samples 40] [--environments 64]

Needs ``gymnasium[mujoco]``. A machine's speed drifts within milliseconds, so the two sides take turns in
samples of a few milliseconds, and the ratio is the median of the ratios of neighbouring samples.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

import gymnasium
import numpy as np

import gaitway
from gaitway.vector_env import GaitwayVectorEnv


def stepper(environments: gymnasium.vector.VectorEnv, seed: int) -> Callable[[int], float]:
    """A function that steps so many times with random actions, and says how long one step took, s."""
    environments.action_space.seed(seed)
    actions = [environments.action_space.sample() for _ in range(16)]
    environments.reset(seed=seed)

    def run(steps: int) -> float:
        started = time.perf_counter()
        for i in range(steps):
            environments.step(actions[i % len(actions)])
        return (time.perf_counter() - started) / steps

    return run


def main() -> None:
    """Prints times per environment and step, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--environments", type=int, default=64, help="environments on both sides (64)")
    parser.add_argument("--samples", type=int, default=40, help="samples of each side (40)")
    options = parser.parse_args()
    count: int = options.environments

    ours = GaitwayVectorEnv(count, "walker")
    address = gaitway.Simulator("walker").address
    theirs = gymnasium.make_vec("Walker2d-v5", count, vectorization_mode="sync")
    step_ours, step_theirs = stepper(ours, 0), stepper(theirs, 0)
    # The server's JVM compiles while it serves.
    step_ours(3000)
    step_theirs(20)
    pairs = np.array([(step_ours(60), step_theirs(3)) for _ in range(options.samples)]) / count * 1e6
    mine, peer = np.median(pairs, axis=0)
    ratios = pairs[:, 1] / pairs[:, 0]
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else "any"
    print(f"{count} walkers over TCP ({address}, one message per step), VectorEnv: {mine:8.2f} µs per environment step")
    print(f"{count} Walker2d-v5 in process, SyncVectorEnv:                {peer:8.2f} µs per environment step")
    print(f"ratio {middle:.1f} (quartiles {low:.1f} to {high:.1f}, {options.samples} samples of each in turns)")
    print(f"cores: client on {cores}, server on any that the system gives it; numpy {np.__version__}")
    ours.close()
    theirs.close()


if __name__ == "__main__":
    main()
