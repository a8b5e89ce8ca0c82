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

import pytest

from gaitway import local_server

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


def test_an_interrupted_run_of_cma_es_ends_with_the_same_bits(tmp_path: Path) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    succeed(command(CMA_ES, undisturbed, "--iterations", "12", *SMALL))
    train = subprocess.Popen(
        command(CMA_ES, killed, "--iterations", "12", *SMALL), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while len(metrics(killed)) < 3:
            assert train.poll() is None
            time.sleep(0.01)
    finally:
        train.kill()
    assert train.wait() == -signal.SIGKILL
    assert len(metrics(killed)) < 12, "the run was not interrupted in the middle"
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
