"""Agents in Python, trained by the program."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from extent import ALL

from gaitway import local_server
from gaitway.policy import Policy

CLIENT = Path(__file__).parent.parent
CMA_ES = CLIENT / "examples" / "cma_es.py"
SHORT = ["swimmer", "--param", "horizon=40", "--hidden", "3", "--checkpoint-interval", "0"]
SMALL = ["--set", "generations=3", "--set", "population=6"]


def command(agent: Path, run: Path, *options: str) -> list[str]:
    """The command that trains with an agent."""
    program = shlex.join([sys.executable, str(agent)])
    return [*local_server.command(), "train", "--agent", program, *SHORT, "--out", str(run), *options]


def succeed(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def metrics(run: Path) -> list[dict[str, Any]]:
    """What was recorded of a run, without times."""
    file = run / "metrics.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines() if line.endswith("}")] if file.exists() else []
    for line in lines:
        del line["seconds"], line["elapsed_seconds"], line["usage"]["worker_seconds"]
    return lines


#: An agent that comes to no end in its fourth iteration while there is a file named hold.
HELD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {examples!r})
import cma_es
from gaitway import agent

class Held(cma_es.Search):
    def iterate(self, iteration):
        while iteration == 4 and Path({hold!r}).exists():
            time.sleep(0.1)
        return super().iterate(iteration)

cma_es.Search = Held
agent.serve(cma_es.CmaEs())
"""


@ALL
def test_an_interrupted_run_of_cma_es_ends_with_the_same_bits(tmp_path: Path) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    succeed(command(CMA_ES, undisturbed, "--iterations", "6", *SMALL))
    held, hold = tmp_path / "held.py", tmp_path / "hold"
    held.write_text(HELD.format(examples=str(CMA_ES.parent), hold=str(hold)))
    hold.touch()
    words = command(held, killed, "--iterations", "6", *SMALL)
    train = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while len(metrics(killed)) < 3:
            assert train.poll() is None
            time.sleep(0.01)
    finally:
        train.kill()
    assert train.wait() == -signal.SIGKILL
    assert len(metrics(killed)) == 3
    hold.unlink()
    succeed([*local_server.command(), "train", "--resume", str(killed)])
    assert metrics(killed) == metrics(undisturbed)
    assert (killed / "policy.json").read_bytes() == (undisturbed / "policy.json").read_bytes()
    costs = [line["agent"]["best_cost"] for line in metrics(undisturbed)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]
    # What the agent calls the best cost is what the host measures; and its calls are counted.
    assert metrics(undisturbed)[-1]["deterministic_cost"] == pytest.approx(costs[-1], rel=1e-12)
    counted = [line["usage"]["rollouts"] for line in metrics(undisturbed)]
    assert {later - before for before, later in itertools.pairwise(counted)} == {3 * 6}


@ALL
def test_a_checkpoint_of_another_population_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    succeed(command(CMA_ES, run, "--iterations", "1", *SMALL))
    config = json.loads((run / "config.json").read_text())
    config["settings"]["population"] = 7
    (run / "config.json").write_text(json.dumps(config))
    words = [*local_server.command(), "train", "--resume", str(run)]
    resumed = subprocess.run(words, capture_output=True, text=True, check=False)
    assert resumed.returncode == 1
    assert "agent cma-es refused: the checkpoint is not one of this agent with this population" in resumed.stderr


def test_the_agent_of_the_documentation_trains(tmp_path: Path) -> None:
    text = (CLIENT.parent.parent / "docs" / "plug-in-agents.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 40
    agent = tmp_path / "random_search.py"
    agent.write_text(code)
    run = tmp_path / "run"
    succeed(command(agent, run, "--iterations", "3"))
    best = [line["agent"]["best_cost"] for line in metrics(run)]
    assert best == sorted(best, reverse=True)


#: An agent whose policy is another network than the one that is asked for, and has no noise.
WILFUL = """
import numpy as np
from gaitway import Layer, Mlp, Scaling, Squashing, agent

class Wilful(agent.Agent):
    name, summary = "wilful", "Makes the network that it wants."
    def begin(self, task):
        return Training(task)

class Training(agent.Training):
    def __init__(self, task):
        self.task = task
    def iterate(self, iteration):
        n = len(self.task.observation) - 1
        layers = [Layer(np.full((3, n), 0.1), np.ones(3), "elu"), Layer(np.ones((2, 3)), np.zeros(2), "silu")]
        scaling, squashing = Scaling(np.zeros(n), np.ones(n), 5.0), Squashing(np.zeros(2), np.full(2, 100.0))
        return agent.Iteration(Mlp(self.task.observation[:0:-1], layers, None, scaling, squashing))
    def save(self):
        return b"-"

agent.serve(Wilful())
"""


def test_an_agent_may_send_any_network(tmp_path: Path) -> None:
    agent, run = tmp_path / "wilful.py", tmp_path / "run"
    agent.write_text(WILFUL)
    succeed(command(agent, run, "--iterations", "2"))
    policy = Policy.read(run / "policy.json")
    assert [layer.activation for layer in policy.network.layers] == ["elu", "silu"]
    assert policy.std is None
    last = metrics(run)[-1]
    assert last["noise_std"] == []
    assert last["stochastic_cost"] == pytest.approx(last["deterministic_cost"], rel=1e-12)
    (run / "policy.json").unlink()
    succeed([*local_server.command(), "train", "--resume", str(run)])
    assert Policy.read(run / "policy.json").to_json() == policy.to_json()


@ALL
def test_a_deep_network_is_trained_evaluated_and_exported(tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = command(CMA_ES, run, "--iterations", "2", *SMALL)
    words[words.index("--hidden") + 1] = "4,3-tanh"
    succeed(words)
    config = json.loads((run / "config.json").read_text())
    assert config["hidden"] == "4x3-tanh"
    policy = Policy.read(run / "policy.json")
    shapes = [(np.shape(layer.W), layer.activation) for layer in policy.network.layers]
    assert shapes == [((4, 9), "tanh"), ((3, 4), "tanh"), ((2, 3), "linear")]
    assert '"hidden":"4x3-tanh"' in (run / "report.html").read_text()
    succeed([*local_server.command(), "report", str(run)])
    succeed([*local_server.command(), "export", str(run), "--onnx", str(tmp_path / "policy.onnx")])
    evaluate = ["evaluate", "swimmer-still", "--policy", str(run / "policy.json")]
    succeed([*local_server.command(), *evaluate, "--database", str(tmp_path / "evaluations.db")])
    refused = subprocess.run(
        [*local_server.command(), "train", "vgps", "swimmer", "--hidden", "64,64", "--out", str(tmp_path / "vgps")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    message = "gaitway: vgps trains networks of one hidden layer (softplus) only, not of 64, 64 hidden units\n"
    assert refused.stderr == message
    assert not (tmp_path / "vgps").exists()
