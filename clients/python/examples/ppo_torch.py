"""Trains a swimmer by PPO in plain PyTorch, on 16 environments behind one stream, and measures what came of it.

    pip install "./clients/python[torch]"
    python clients/python/examples/ppo_torch.py [--seed 0] [--steps 300000]

Proximal policy optimisation as of Schulman et al. (2017), with generalised advantage estimation; a shape (T, N, ...) is
T control steps of N environments. The return is that of the shaped reward (gaitway.rewards): 0 for lying still, 100 for
swimming at the target speed for nothing, 52 for the solution of trajectory optimisation.
"""

from __future__ import annotations

import argparse
import time

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
        observation, reward, terminated, truncated, info = envs.step(action.numpy())
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


def evaluate(agent: Agent) -> np.ndarray:
    """Returns of episodes that training has not seen, without noise."""
    envs = gymnasium.make_vec("gaitway/Swimmer-v0", EPISODES, reward="shaped", autoreset_mode="Disabled")
    observation, _ = envs.reset(seed=10**6)
    returns, over = np.zeros(EPISODES), False
    while not over:
        action = agent.mean(torch.as_tensor(observation, dtype=torch.float32))
        observation, reward, _, truncated, _ = envs.step(action.detach().numpy())
        returns += reward
        over = bool(truncated.all())
    envs.close()
    return returns


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains PPO on the swimmer.")
    parser.add_argument("--seed", type=int, default=0, help="of network, noise and episodes (0)")
    parser.add_argument("--steps", type=int, default=300_000, help="environment steps (300000)")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)  # The networks are small: more threads cost more than they save.
    envs = gymnasium.make_vec("gaitway/Swimmer-v0", N, reward="shaped", autoreset_mode="SameStep")
    observation, _ = envs.reset(seed=1000 * (options.seed + 1))
    agent = Agent(observation.shape[1], envs.action_space.sample().shape[1])
    optimiser = torch.optim.Adam(agent.parameters(), eps=1e-5)
    started = time.perf_counter()
    rounds = max(1, options.steps // (N * T))
    for done in range(rounds):
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - done / rounds)
        with torch.no_grad():
            data, observation = collect(agent, envs, observation)
        improve(agent, optimiser, data)
    seconds = time.perf_counter() - started
    returns = evaluate(agent)
    print(
        f"seed {options.seed}: {rounds * N * T} steps in {seconds:.0f} s,"
        f" mean return {returns.mean():.1f} (least {returns.min():.1f}) of {EPISODES} new episodes without noise"
    )
    envs.close()


if __name__ == "__main__":
    main()
