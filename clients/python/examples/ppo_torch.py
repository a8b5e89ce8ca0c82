"""Trains a swimmer by PPO in plain PyTorch, on 16 environments behind one stream, and measures what came of it.

    pip install "./clients/python[torch]"
    python clients/python/examples/ppo_torch.py [--seed 0] [--steps 300000]

Other environments of Gymnasium's, by their ids, with what their episodes returned in a table; called again, it goes on
with the runs that the table does not have:

    python clients/python/examples/ppo_torch.py Hopper-v5 gaitway/GymnasiumHopper-v0 --seeds 3 --csv ppo.csv

Proximal policy optimisation as of Schulman et al. (2017), with generalised advantage estimation; a shape (T, N, ...) is
T control steps of N environments. The swimmer's return is that of the shaped reward (gaitway.rewards): 0 for lying
still, 100 for swimming at the target speed for nothing, 52 for the solution of trajectory optimisation.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

import gaitway  # noqa: F401, since it registers the environments
from gaitway.extras import missing

try:
    import torch
    from torch import Tensor, nn
    from torch.distributions import Normal
except ImportError as error:
    raise SystemExit(missing("torch", "trains the networks", "torch")) from error

N, T, EPOCHS, BATCH = 16, 200, 10, 400
GAMMA, LAMBDA, CLIP, RATE = 0.99, 0.95, 0.2, 1e-3
EPISODES = 20
SWIMMER = "gaitway/Swimmer-v0"


def make(name: str, count: int) -> gymnasium.vector.VectorEnv:
    """Many of an environment, each of which begins anew in the step that ends its episode."""
    if not name.startswith("gaitway/"):
        return gymnasium.make_vec(name, count, "sync", vector_kwargs={"autoreset_mode": "SameStep"})
    reward: dict[str, Any] = {"reward": "shaped"} if name == SWIMMER else {}
    return gymnasium.make_vec(name, count, autoreset_mode="SameStep", **reward)


def network(inputs: int, outputs: int, scale: float) -> nn.Sequential:
    net = nn.Sequential(nn.Linear(inputs, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, outputs))
    for layer, gain in zip(net[::2], (2**0.5, 2**0.5, scale), strict=True):
        nn.init.orthogonal_(layer.weight, gain)
        nn.init.zeros_(layer.bias)
    return net


class Agent(nn.Module):
    """A policy with noise that does not depend on the state, and a value function."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.mean, self.value = network(inputs, outputs, 0.01), network(inputs, 1, 1.0)
        self.log_std = nn.Parameter(torch.full((outputs,), -1.0))

    def policy(self, observations: Tensor) -> Normal:
        """Actions, shape (..., nu), from -1 to 1 where they are not clipped."""
        return Normal(self.mean(observations), self.log_std.exp())

    def values(self, observations: Tensor) -> Tensor:
        """Expected returns, shape (...)."""
        values: Tensor = self.value(observations).squeeze(-1)
        return values


def advantages(rewards: Tensor, values: Tensor, following: Tensor, ended: Tensor) -> Tensor:
    """Generalised advantages, shape (T, N), from the values of the states before and after every step."""
    deltas = rewards + GAMMA * following - values
    found, carried = torch.zeros_like(rewards), torch.zeros(rewards.shape[1])
    for t in reversed(range(len(rewards))):
        carried = deltas[t] + GAMMA * LAMBDA * carried * ~ended[t]
        found[t] = carried
    return found


def collect(agent: Agent, envs: gymnasium.vector.VectorEnv, observation: np.ndarray) -> tuple[list[Tensor], np.ndarray]:
    """T steps: observations, actions, their log-probabilities, advantages and returns, and the last observation."""
    rows: list[list[Tensor]] = []
    for _ in range(T):
        seen = torch.as_tensor(observation, dtype=torch.float32)
        policy = agent.policy(seen)
        action = policy.sample()
        observation, reward, terminated, truncated, info = envs.step(np.clip(action.numpy(), -1, 1))
        after, ended = observation.copy(), terminated | truncated
        for i in np.flatnonzero(ended):
            after[i] = info["final_obs"][i]
        # An episode that was cut off has a future, one that ended by a fall has none.
        following = agent.values(torch.as_tensor(after, dtype=torch.float32)) * ~torch.as_tensor(terminated)
        rewards = torch.as_tensor(reward, dtype=torch.float32)
        log_p = policy.log_prob(action).sum(-1)
        rows.append([seen, action, log_p, rewards, agent.values(seen), following, torch.as_tensor(ended)])
    seen, action, log_p, rewards, values, following, ended = (torch.stack(column) for column in zip(*rows, strict=True))
    advantage = advantages(rewards, values, following, ended)
    return [column.flatten(0, 1) for column in (seen, action, log_p, advantage, advantage + values)], observation


def improve(agent: Agent, optimiser: torch.optim.Optimizer, data: list[Tensor]) -> None:
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(data[0])).split(BATCH):
            observations, actions, old, advantage, returns = (column[rows] for column in data)
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
            ratio = (agent.policy(observations).log_prob(actions).sum(-1) - old).exp()
            gain = torch.min(ratio * advantage, ratio.clamp(1 - CLIP, 1 + CLIP) * advantage).mean()
            loss = -gain + 0.5 * (agent.values(observations) - returns).square().mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            optimiser.step()


def evaluate(agent: Agent, name: str) -> np.ndarray:
    """Returns of episodes that training has not seen, without noise."""
    envs = make(name, EPISODES)
    observation, _ = envs.reset(seed=10**6)
    returns, going = np.zeros(EPISODES), np.ones(EPISODES, bool)
    while going.any():
        action = agent.mean(torch.as_tensor(observation, dtype=torch.float32))
        observation, reward, terminated, truncated, _ = envs.step(np.clip(action.detach().numpy(), -1, 1))
        returns += going * reward
        going &= ~(terminated | truncated)
    envs.close()
    return returns


def train(name: str, seed: int, steps: int) -> np.ndarray:
    """Trains, and returns what new episodes return."""
    torch.manual_seed(seed)
    envs = make(name, N)
    observation, _ = envs.reset(seed=1000 * (seed + 1))
    agent = Agent(observation.shape[1], envs.action_space.sample().shape[1])
    optimiser = torch.optim.Adam(agent.parameters(), eps=1e-5)
    started = time.perf_counter()
    rounds = max(1, steps // (N * T))
    for done in range(rounds):
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - done / rounds)
        with torch.no_grad():
            data, observation = collect(agent, envs, observation)
        improve(agent, optimiser, data)
    seconds = time.perf_counter() - started
    envs.close()
    returns = evaluate(agent, name)
    print(
        f"{name}, seed {seed}: {rounds * N * T} steps in {seconds:.0f} s,"
        f" mean return {returns.mean():.1f} (least {returns.min():.1f}) of {EPISODES} new episodes without noise",
        flush=True,
    )
    return returns


def read(table: Path | None) -> dict[tuple[str, int, int], list[float]]:
    """The returns that a table has, by environment, seed and steps."""
    found: dict[tuple[str, int, int], list[float]] = {}
    if table is not None and table.exists():
        with table.open(newline="") as file:
            for row in csv.DictReader(file):
                key = row["environment"], int(row["seed"]), int(row["steps"])
                found.setdefault(key, []).append(float(row["return"]))
    return found


def append(table: Path, key: tuple[str, int, int], returns: np.ndarray) -> None:
    """Adds a run, all of it at once."""
    rows = [",".join(map(str, (*key, value))) for value in returns]
    head = [] if table.exists() else ["environment,seed,steps,return"]
    with table.open("a") as file:
        file.write("".join(f"{row}\n" for row in (*head, *rows)))


def interquartile(values: list[float]) -> float:
    """The mean of the middle half."""
    cut = len(values) // 4
    return float(np.mean(sorted(values)[cut : len(values) - cut]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains PPO on the swimmer, or on other environments.")
    parser.add_argument("environments", nargs="*", default=[SWIMMER], help=f"Gymnasium's ids ({SWIMMER})")
    parser.add_argument("--seed", type=int, default=0, help="the first, of network, noise and episodes (0)")
    parser.add_argument("--seeds", type=int, default=1, help="how many (1)")
    parser.add_argument("--steps", type=int, default=300_000, help="environment steps (300000)")
    parser.add_argument("--csv", type=Path, help="table to add the returns of each run to")
    options = parser.parse_args()
    torch.set_num_threads(1)  # The networks are small: more threads cost more than they save.
    done = read(options.csv)
    for seed in range(options.seed, options.seed + options.seeds):
        for name in options.environments:
            key = name, seed, options.steps
            if key not in done:
                returns = train(*key)
                done[key] = list(returns)
                if options.csv is not None:
                    append(options.csv, key, returns)
    if options.csv is not None:
        for name in options.environments:
            values = [value for key, run in done.items() if key[0::2] == (name, options.steps) for value in run]
            print(f"{name}: interquartile mean {interquartile(values):.1f} of {len(values)} episodes")


if __name__ == "__main__":
    main()
