"""CMA-ES (Hansen and Ostermeier 2001) on a policy's weights: an agent for ``gaitway train``.

    pip install "./clients/python[cma]"
    ./gaitway train --agent "python clients/python/examples/cma_es.py" swimmer

Every generation is one call to the simulator: its candidates travel there as controllers. The search is the
``cma`` package's; here is what belongs to policies. Weights are searched in units in which a step of one
matters alike: those of a layer are divided by the root of its inputs' number, and the last layer's are
multiplied by a typical action.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from gaitway import Layer, Mlp, agent
from gaitway.extras import missing
from gaitway.tensors import Floats

try:
    import cma
except ImportError as error:
    raise SystemExit(missing("cma", "searches for the weights", "cma")) from error

#: What a checkpoint begins with; the costs of all candidates so far follow.
MAGIC = b"cma-es 1\n"
#: The cost of a candidate whose rollout diverges.
DIVERGED = 1e9
#: The covariance matrix has the square of this many entries.
MOST_WEIGHTS = 2000


class CmaEs(agent.Agent):
    """The agent and its settings."""

    name = "cma-es"
    summary = "Adapts a normal distribution of the policy's weights to what is cheap (Hansen and Ostermeier 2001)"
    version = cma.__version__.split()[0]
    settings = (
        agent.Setting("generations", "Generations in an iteration", 10, min=1, max=1000),
        agent.Setting("population", "Candidates in a generation", 24, min=4, max=1000),
        agent.Setting("spread", "Standard deviation of the first weights", 0.5, min=1e-3, max=10.0),
        agent.Setting("action", "Typical action, the unit of the last layer", 20.0, min=1e-3, max=1e3, unit="N m"),
        agent.Setting("noise", "Standard deviation of the policy's noise", 1.0, min=1e-6, max=1e3, unit="N m"),
    )

    def begin(self, task: agent.Task) -> Search:
        """Begins a search, or goes on with one."""
        return Search(task)


class Search(agent.Training):
    """The search for one policy."""

    def __init__(self, task: agent.Task) -> None:
        self.task = task
        self.simulator = task.simulator()
        sizes = [len(task.observation), *task.hidden, self.simulator.spec.nu]
        self.shapes: list[tuple[int, ...]] = []
        units: list[float] = []
        for n, m in pairwise(sizes):
            unit = float(task.settings["action"]) if len(self.shapes) == 2 * len(task.hidden) else 1.0
            self.shapes += [(m, n), (m,)]
            units += [unit * n**-0.5, unit]
        self.units = np.concatenate(
            [np.full(shape, unit).ravel() for shape, unit in zip(self.shapes, units, strict=True)]
        )
        if self.units.size > MOST_WEIGHTS:
            raise agent.Refused(f"the policy has {self.units.size} weights; CMA-ES can search at most {MOST_WEIGHTS}")
        random = np.random.Generator(np.random.Philox(task.seed))
        options: dict[str, Any] = {"popsize": task.settings["population"], "seed": np.nan, "verbose": -9}
        options["randn"] = lambda *shape: random.standard_normal(shape)
        self.search = cma.CMAEvolutionStrategy(np.zeros(self.units.size), float(task.settings["spread"]), options)
        self.best, self.best_cost = np.zeros(self.units.size), np.inf
        self.costs: list[Floats] = []
        for costs in self.read(task.checkpoint):
            self.tell(self.search.ask(), costs)

    def read(self, checkpoint: bytes) -> Floats:
        """The costs in a checkpoint, a row for every generation. With them the search goes the same way again."""
        rows = np.frombuffer(checkpoint.removeprefix(MAGIC), "<f8") if checkpoint else np.empty(0)
        if checkpoint and (not checkpoint.startswith(MAGIC) or rows.size % self.search.popsize):
            raise agent.Refused("the checkpoint is not one of this agent with this population")
        return rows.reshape(-1, self.search.popsize)

    def save(self) -> bytes:
        """All costs so far."""
        return MAGIC + np.asarray(self.costs, "<f8").tobytes()

    def iterate(self, iteration: int) -> agent.Iteration:
        """Runs some generations; the policy is the best candidate of all so far."""
        generations = int(self.task.settings["generations"])
        for generation in range(generations):
            self.task.note(
                f"generation {len(self.costs) + 1}, best cost {self.best_cost:.2f}", generation / generations
            )
            candidates = self.search.ask()
            policies = [self.policy(weights) for weights in candidates]
            rollouts = self.simulator.rollout(policies, horizon=self.task.horizon, summary=True)
            self.tell(candidates, np.minimum(rollouts.total_costs.ravel(), DIVERGED))
        noise = np.full(self.simulator.spec.nu, float(self.task.settings["noise"]))
        scalars = {"best_cost": self.best_cost, "mean_cost": float(self.costs[-1].mean()), "spread": self.search.sigma}
        return agent.Iteration(self.policy(self.best, noise), scalars)

    def tell(self, candidates: list[Floats], costs: Floats) -> None:
        """Lets the search learn what its candidates cost."""
        self.search.tell(candidates, costs)
        self.costs.append(costs)
        if costs.min() < self.best_cost:
            self.best, self.best_cost = candidates[costs.argmin()], float(costs.min())

    def policy(self, weights: Floats, noise: Floats | None = None) -> Mlp:
        """The policy that has these weights, in the search's units."""
        parts = np.split(weights * self.units, np.cumsum([np.prod(shape) for shape in self.shapes])[:-1])
        arrays = [part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)]
        words = [self.task.activation] * len(self.task.hidden) + ["linear"]
        layers = [Layer(W, b, word) for W, b, word in zip(arrays[::2], arrays[1::2], words, strict=True)]
        return Mlp(self.task.observation, layers, noise)

    def close(self) -> None:
        """Lets go of the simulator."""
        self.simulator.close()


if __name__ == "__main__":
    agent.serve(CmaEs())
