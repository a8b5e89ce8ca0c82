"""The conformance cases that every client runs; docs/write-a-client.md describes them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import proxies
import pytest

import gaitway
from gaitway import Layer, LinearGaussian, Mlp, OpenLoop, Scaling, Session, Simulator, Snapshot, Squashing, StepResult
from gaitway.spec import CostTerm, EnvironmentSpec
from gaitway.tensors import Floats

CONFORMANCE = Path(__file__).parents[2] / "conformance"
CASES = sorted((CONFORMANCE / "cases").glob("*.json"))
ROBOTS = CONFORMANCE / "robots"


def test_there_are_cases() -> None:
    assert CASES


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_the_client_conforms(path: Path) -> None:
    operations = Operations()
    for number, operation in enumerate(json.loads(path.read_text())["operations"]):
        outcome = operations.run(operation)
        if operation.get("refused"):
            # Who refuses, the client or the server, is left open.
            code = outcome.get("error", {}).get("code")
            assert "refused" in outcome or code == "INVALID_ARGUMENT", f"operation {number}: {outcome}"
            continue
        for kind in ("expect", "error"):
            assert (kind in outcome) == (kind in operation), f"operation {number}: {outcome}"
            for field, expected in operation.get(kind, {}).items():
                assert outcome[kind].get(field) == expected, f"operation {number}: {kind}.{field}"
    operations.close()


def _cost(term: CostTerm) -> dict[str, Any]:
    return {**dataclasses.asdict(term), "penalty": term.penalty.replace("_", "-")}


def _first_guess(spec: EnvironmentSpec) -> dict[str, Any] | None:
    if spec.first_guess is None or spec.first_guess.sinusoid is None:
        return None if spec.first_guess is None else {"gait": spec.first_guess.gait}
    sine = spec.first_guess.sinusoid
    return {"frequency": sine.frequency, "amplitude": sine.amplitude.tolist(), "phase": sine.phase.tolist()}


class Operations:
    """Carries out the operations of a case and says in JSON's terms what came of them."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._snapshots: dict[str, Snapshot] = {}

    def run(self, operation: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"expect": getattr(self, f"_{operation['do']}")(operation)}
        except gaitway.GaitwayError as error:
            told = {"code": error.code, "reason": error.reason, "field": error.field}
            return {"error": {**told, "metadata": {k: v for k, v in error.metadata.items() if k != "session"}}}
        except ValueError:
            return {"refused": True}

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()

    def _add(self, operation: dict[str, Any]) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            robots = Path(shutil.copytree(ROBOTS, Path(folder) / "robots"))
            robot = operation.get("robot", "sledge.xml")
            with (robots / robot).open("a") as file:
                file.write(" " * operation.get("padding", 0))
            given = robots / robot if "robot" in operation else None
            spec = gaitway.add_environment(given, robots / operation["task"])
        return {
            "environment": spec.id,
            "model_digest": spec.model_digest,
            "warnings": [str(warning.message) for warning in told],
        }

    def _describe(self, operation: dict[str, Any]) -> dict[str, Any]:
        spec = simulator(operation).spec
        return {
            "version": spec.version,
            "model_digest": spec.model_digest,
            "nx": spec.nx,
            "nu": spec.nu,
            "horizon": spec.horizon,
            "dt": spec.dt,
            "states": [entry.name for entry in spec.state],
            "actions": [entry.name for entry in spec.action],
            "observation": spec.observation.tolist(),
            "costs": [_cost(term) for term in spec.cost_terms],
            "terminal_costs": [_cost(term) for term in spec.terminal_cost_terms],
            "rewards": [_cost(term) for term in spec.reward_terms],
            "ground_height": spec.ground_height,
            "goal": None if spec.goal is None else dataclasses.asdict(spec.goal),
            "first_guess": _first_guess(spec),
            "moved_by": [[g.x_index, g.y_index, g.angle_index] for g in spec.geometry],
            "links": [
                {
                    "angle": g.angle,
                    "shapes": [
                        {"radius": s.radius, "points": [x for point in s.points for x in point]} for s in g.shapes
                    ],
                }
                for g in spec.geometry
            ],
        }

    def _initial_states(self, operation: dict[str, Any]) -> dict[str, Any]:
        return {"states": array(simulator(operation).initial_states(int(operation["seed"]), operation["count"]))}

    def _rollout(self, operation: dict[str, Any]) -> dict[str, Any]:
        rollouts = simulator(operation).rollout(
            [controller(node) for node in operation["controllers"]],
            numbers(operation["initial_states"]),
            horizon=operation["horizon"],
            seeds=[int(seed) for seed in operation.get("seeds", [])],
            step_sizes=operation.get("step_sizes", []),
            digest=True,
            drawn_actions=operation.get("drawn_actions", False),
        )
        told = []
        for rollout in rollouts:
            assert rollout.states is not None
            assert rollout.actions is not None
            assert rollout.costs is not None
            parts = (rollout.states, rollout.actions, rollout.costs)
            assert rollout.digest == hashlib.sha256(b"".join(part.tobytes() for part in parts)).digest()
            told.append(
                {
                    "status": rollout.status,
                    "steps": rollout.steps,
                    "clipped": rollout.clipped,
                    "cost": rollout.total_cost,
                    "digest": rollout.digest.hex(),
                }
            )
        return {"rollouts": told}

    def _linearize(self, operation: dict[str, Any]) -> dict[str, Any]:
        expansion = simulator(operation).linearize(
            numbers(operation["states"]), numbers(operation["actions"]), hessian=operation["cost_hessian"]
        )
        return {name: array(getattr(expansion, name)) for name in ("fx", "fu", "l", "lx", "lu", "lxx", "lux", "luu")}

    def _linearize_dynamics(self, operation: dict[str, Any]) -> dict[str, Any]:
        jacobians = simulator(operation).linearize_dynamics(
            numbers(operation["states"]),
            numbers(operation["actions"]),
            multipliers=numbers(operation["multipliers"]) if "multipliers" in operation else None,
            parameters=operation.get("by", ()),
        )
        found = {name: getattr(jacobians, name) for name in ("fx", "fu", "curvature", "fp")}
        return {name: array(values) for name, values in found.items() if values is not None}

    def _open(self, operation: dict[str, Any]) -> dict[str, Any]:
        session = Session(
            operation["environment"],
            operation.get("parameters"),
            num_environments=operation.get("environments", 1),
            autoreset=operation.get("autoreset", "next_step"),
            bounds=operation.get("bounds", "reject"),
            max_episode_steps=operation.get("max_episode_steps"),
        )
        self._sessions[operation["session"]] = session
        return {"size": session.num_environments}

    def _reset(self, operation: dict[str, Any]) -> dict[str, Any]:
        seeds, states = operation.get("seeds"), operation.get("states")
        episodes = self._sessions[operation["session"]].reset(
            seeds=None if seeds is None else [int(seed) for seed in seeds],
            mask=operation.get("mask"),
            states=None if states is None else numbers(states),
        )
        return {
            "states": array(episodes.states),
            "seeds": [str(seed) for seed in episodes.seeds],
            "episodes": [str(number) for number in episodes.episodes],
        }

    def _step(self, operation: dict[str, Any]) -> dict[str, Any]:
        session = self._sessions[operation["session"]]
        return told_step(session, session.step(numbers(operation["actions"])))

    def _stream(self, operation: dict[str, Any]) -> dict[str, Any]:
        session = self._sessions[operation["session"]]  # Steps go over its one stream anyway, in lock step.
        if "cuts" not in operation:
            return told_steps(session, operation)
        with proxies.cutting(session.address, operation["cuts"]) as (address, connections):
            attached = Session.attach(session.id, address)
            results = told_steps(attached, operation)
            attached.close()
            assert len(connections) > len(operation["cuts"])
        return results

    def _snapshot(self, operation: dict[str, Any]) -> dict[str, Any]:
        snapshot = self._sessions[operation["session"]].snapshot(operation.get("indices", ()))
        self._snapshots[operation["snapshot"]] = pickle.loads(pickle.dumps(snapshot))
        return {"size": len(snapshot.states)}

    def _restore(self, operation: dict[str, Any]) -> dict[str, Any]:
        session, snapshot = self._sessions[operation["session"]], self._snapshots[operation["snapshot"]]
        session.restore(snapshot, operation.get("indices", ()))
        return {}

    def _fork(self, operation: dict[str, Any]) -> dict[str, Any]:
        fork = self._sessions[operation["session"]].fork(operation.get("indices", ()))
        self._sessions[operation["as"]] = fork
        return {"size": fork.num_environments}

    def _close(self, operation: dict[str, Any]) -> dict[str, Any]:
        self._sessions[operation["session"]].close()
        return {}

    def _evaluate(self, operation: dict[str, Any]) -> dict[str, Any]:
        weights, biases = numbers(operation["weights"]), numbers(operation["biases"])

        def affine(states: Floats) -> Floats:
            us = np.tile(biases, (len(states), 1))
            for j in range(weights.shape[1]):  # Summed from the bias by ascending state index, as everywhere.
                us += weights[:, j] * states[:, j, None]
            return us

        evaluations = gaitway.Evaluations()
        opened = evaluations.create(
            operation["suite"], "conformance", action_deadline=60, parallel=operation.get("parallel", 0)
        )
        outcome = evaluations.control(opened.id, affine)
        told = [
            {
                "episode": result.episode,
                "outcome": result.outcome,
                "steps": result.steps,
                "clipped": result.clipped,
                "cost": result.cost,
                "digest": result.digest.hex(),
            }
            for result in sorted(outcome.results, key=lambda result: result.episode)
        ]
        return {"suite_digest": opened.suite.digest, "episodes": told}


def simulator(operation: dict[str, Any]) -> Simulator:
    return Simulator(operation["environment"], operation.get("parameters"))


def controller(node: dict[str, Any]) -> gaitway.Controller:
    if "open_loop" in node:
        return OpenLoop(numbers(node["open_loop"]))
    if "mlp" in node:
        mlp = node["mlp"]
        layers = [
            Layer(numbers(layer["weights"]), numbers(layer["biases"]), layer.get("activation", "linear"))
            for layer in mlp["layers"]
        ]
        noise, scaling, squashing = mlp.get("noise_std"), mlp.get("scaling"), mlp.get("squashing")
        return Mlp(
            mlp["inputs"],
            layers,
            None if noise is None else numbers(noise),
            scaling and Scaling(numbers(scaling["offset"]), numbers(scaling["scale"]), scaling.get("limit")),
            squashing and Squashing(numbers(squashing["centre"]), numbers(squashing["half_range"])),
            mlp.get("parameters", ()),
        )
    linear = {name: numbers(value) for name, value in node["linear_gaussian"].items()}
    return LinearGaussian(
        linear["reference_states"],
        linear["reference_actions"],
        linear["feedforward"],
        linear["feedback"],
        linear.get("noise_cholesky"),
    )


def told_steps(session: Session, operation: dict[str, Any]) -> dict[str, Any]:
    return {"results": [told_step(session, session.step(numbers(us))) for us in operation["actions"]]}


def told_step(session: Session, result: StepResult) -> dict[str, Any]:
    none = np.zeros(session.num_environments, np.bool_)
    resets = []
    for reset in result.resets:
        told = {"environment": reset.environment, "seed": str(reset.seed), "episode": str(reset.episode)}
        if reset.final_state is not None:
            told["final_state"] = array(reset.final_state)
        resets.append(told)
    rewards = {} if result.rewards is None else {"rewards": array(result.rewards)}
    return {
        **rewards,
        "step": session.steps,
        "states": array(result.states),
        "costs": array(result.costs),
        "terminated": result.terminated.tolist(),
        "truncated": result.truncated.tolist(),
        "diverged": (none if result.diverged is None else result.diverged).tolist(),
        "clipped": (none if result.clipped is None else result.clipped).tolist(),
        "resets": resets,
    }


def array(values: Floats) -> dict[str, Any]:
    told: dict[str, Any] = {
        "shape": list(values.shape),
        "sha256": hashlib.sha256(np.ascontiguousarray(values, "<f8").tobytes()).hexdigest(),
    }
    if values.size <= 40:
        told["values"] = values.ravel().tolist()
    return told


def numbers(nested: Any) -> Floats:
    """Nested lists of numbers; "NaN", "Infinity" and "-Infinity" are numbers too."""
    return np.array(nested, dtype=object).astype(np.float64)
