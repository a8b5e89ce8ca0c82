"""Policies trained on Gaitway's walker walk in MuJoCo, in a model of the same body; walker.xml beside this program.

    python mujoco_walker.py [POLICY ...] [--episodes N] [--seconds S] [--ground file|mujoco] [--json]

POLICY is a policy file or the directory of a run; without one, it is walker-policy.json beside this program. Every
policy drives the walker in MuJoCo and in Gaitway, without and with its noise, from the mean initial state and from the
task's initial states. Needed are the packages gaitway and mujoco.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

import gaitway
from gaitway.policy import Policy
from gaitway.spec import EnvironmentSpec

Floats = npt.NDArray[np.float64]

MODEL = Path(__file__).with_name("walker.xml")
SHIPPED = Path(__file__).with_name("walker-policy.json")


@dataclass(frozen=True)
class Episode:
    """One episode.

    Attributes:
        way: how far the hip came along x, m.
        fell: whether the task counts it as a fall, which ends it.
        walked: whether it neither fell nor covered less of v* T than the task's goal asks for.
        slip: mean speed of those of the feet's spheres that touch the ground, at all control steps, m/s.
        cost: the task's cost, with the terminal cost and what a fall is charged.
    """

    way: float
    fell: bool
    walked: bool
    slip: float
    cost: float


def load(ground: str = "file") -> mujoco.MjModel:
    """The model, on the ground that the file describes or ("mujoco") on MuJoCo's default one."""
    model = mujoco.MjModel.from_xml_path(str(MODEL))
    if ground == "mujoco":
        plain = mujoco.MjOption()
        model.opt.cone, model.opt.impratio = plain.cone, plain.impratio
        model.pair_solref[:], model.pair_solreffriction[:] = (0.02, 1.0), 0.0
        model.pair_solimp[:] = (0.9, 0.95, 0.001, 0.5, 2.0)
    return model


def walk_mujoco(
    model: mujoco.MjModel, policy: Policy, spec: EnvironmentSpec, start: Floats, T: int, noise: int | None
) -> tuple[Floats, Floats]:
    """Walks in MuJoCo until a fall or for T control steps, with the noise of a seed or without any.

    Returns:
        The states and the actions as applied, shapes (n + 1, nx) and (n, nu).
    """
    random = np.random.default_rng(noise)
    std = np.zeros(spec.nu) if noise is None or policy.std is None else policy.std
    substeps = round(spec.dt / model.opt.timestep)
    data = mujoco.MjData(model)
    data.qpos[:], data.qvel[:] = np.split(start, 2)
    states, actions = [start], []
    for _ in range(T):
        action = policy.mean(states[-1][None])[0] + std * random.standard_normal(spec.nu)
        data.ctrl[:] = np.clip(action, spec.action_lower, spec.action_upper)
        mujoco.mj_step(model, data, substeps)
        actions.append(data.ctrl.copy())
        states.append(np.concatenate([data.qpos, data.qvel]))
        if has_fallen(spec, states[-1]):
            break
    return np.array(states), np.array(actions)


def has_fallen(spec: EnvironmentSpec, x: Floats) -> bool:
    """Whether the hip is below the height of a fall."""
    return bool(x[1] < next(parameter.value for parameter in spec.parameters if parameter.name == "fall_height"))


def judge(simulator: gaitway.Simulator, states: Floats, actions: Floats, T: int) -> Episode:
    """What an episode of T control steps came to, wherever it was simulated; costs are the simulator's."""
    spec, n = simulator.spec, len(actions)
    goal = spec.goal
    assert goal is not None
    fell, way = has_fallen(spec, states[-1]), float(states[-1, 0] - states[0, 0])
    height, speed = feet(spec, states)
    slips = np.abs(speed[height < 0])
    costs, still = (simulator.step(states[:-1], u).costs for u in (actions, np.zeros_like(actions)))
    charge = spec.termination_cost + spec.termination_charges_actions * float((costs - still).mean())
    terminal = simulator.linearize(states[-2:], actions[-1:]).l[-1] + (T - n) * charge
    return Episode(
        way=way,
        fell=fell,
        walked=not fell and way >= goal.least_share * goal.target_speed * T * spec.dt,
        slip=float(slips.mean()) if slips.size else 0.0,
        cost=float(costs.sum() + terminal),
    )


def feet(spec: EnvironmentSpec, states: Floats) -> tuple[Floats, Floats]:
    """Height and speed along x of the lowest point of every sphere of a foot, shape (n, spheres) each."""
    q, v = np.split(states, 2, axis=1)
    frames: list[tuple[Floats, Floats, Floats, Floats]] = []

    def point(frame: tuple[Floats, Floats, Floats, Floats], x: float, y: float) -> tuple[Floats, Floats]:
        """Position and velocity, shape (n, 2) each, of a point of a link's frame."""
        origin, velocity, angle, rate = frame
        cos, sin = np.cos(angle), np.sin(angle)
        arm = np.stack([cos * x - sin * y, sin * x + cos * y], axis=1)
        return origin + arm, velocity + rate[:, None] * np.stack([-arm[:, 1], arm[:, 0]], axis=1)

    world = (q[:, :2], v[:, :2], np.zeros(len(q)), np.zeros(len(q)))
    for link in spec.geometry:
        parent = world if link.parent < 0 else frames[link.parent]
        hinge, velocity = point(parent, link.hinge_x, link.hinge_y)
        angle = parent[2] + link.axis * q[:, link.angle_index]
        frames.append((hinge, velocity, angle, parent[3] + link.axis * v[:, link.angle_index]))
    heights, speeds = [], []
    for sphere in spec.contact_points:
        if spec.geometry[sphere.link].name.endswith("foot"):
            centre, velocity = point(frames[sphere.link], sphere.x, sphere.y)
            heights.append(centre[:, 1] - sphere.radius)
            speeds.append(velocity[:, 0] + frames[sphere.link][3] * sphere.radius)
    return np.stack(heights, axis=1), np.stack(speeds, axis=1)


def walk(
    simulator: gaitway.Simulator, model: mujoco.MjModel | None, policy: Policy, starts: Floats, T: int, noise: bool
) -> list[Episode]:
    """Judges an episode from every start, in MuJoCo or, without a model, in Gaitway."""
    episodes = []
    for seed, start in enumerate(starts):
        if model is not None:
            states, actions = walk_mujoco(model, policy, simulator.spec, start, T, seed if noise else None)
        else:
            seeds = [seed] if noise else []
            rollout = simulator.rollout(policy.controller(noise=noise), start, horizon=T, seeds=seeds)[0]
            assert rollout.states is not None
            assert rollout.actions is not None
            states, actions = rollout.states, rollout.actions
        episodes.append(judge(simulator, states, actions, T))
    return episodes


def summary(episodes: Sequence[Episode]) -> dict[str, Any]:
    """The first episode, which starts in the mean initial state, and means and extremes of the others."""
    mean, *others = episodes
    return {
        "from_mean": asdict(mean),
        "episodes": len(others),
        "upright": sum(not e.fell for e in others),
        "walked": sum(e.walked for e in others),
        "way": float(np.mean([e.way for e in others])),
        "least_way": min(e.way for e in others),
        "slip": float(np.mean([e.slip for e in others])),
        "cost": float(np.mean([e.cost for e in others])),
    }


def report(
    simulator: gaitway.Simulator, policies: Mapping[str, Policy], ground: str, count: int, seconds: float
) -> dict[str, Any]:
    """Runs all policies, by their names; the numbers of ``--json``."""
    spec, model = simulator.spec, load(ground)
    assert spec.goal is not None
    T = round(seconds / spec.dt)
    starts = np.concatenate([spec.initial_mean[None], simulator.initial_states(seed=0, count=count)])
    results = []
    for name, policy in policies.items():
        result: dict[str, Any] = {"policy": name, "other_model": policy.model_digest != spec.model_digest}
        for simulated, chosen in (("mujoco", model), ("gaitway", None)):
            for noise in (False, True):
                episodes = walk(simulator, chosen, policy, starts, T, noise)
                result[f"{simulated}, {'noise' if noise else 'no noise'}"] = summary(episodes)
        results.append(result)
    return {
        "mujoco": mujoco.mj_versionString(),
        "ground": ground,
        "timestep": model.opt.timestep,
        "seconds": T * spec.dt,
        "asked_way": spec.goal.target_speed * T * spec.dt,
        "least_share": spec.goal.least_share,
        "policies": results,
    }


def print_report(report: dict[str, Any]) -> None:
    """Prints a table, and how many policies walk."""
    asked, seconds, results = report["asked_way"], report["seconds"], report["policies"]
    print(f"MuJoCo {report['mujoco']}, ground: {report['ground']}, steps of {report['timestep'] * 1e3:g} ms")
    print(f"{seconds:g} s, v* T = {asked:g} m; way, slip and cost are means, least is the least way")
    print(f"{'':20s} {'upright':>9s} {'walked':>9s} {'way/v*T':>8s} {'least':>6s} {'slip, mm/s':>11s} {'cost':>8s}")
    for result in results:
        print(result["policy"] + (" (trained with other parameters or another version)" * result["other_model"]))
        for name, row in result.items():
            if isinstance(row, dict):
                print(
                    f"  {name:18s} {row['upright']:5d}/{row['episodes']:<3d} {row['walked']:5d}/{row['episodes']:<3d}"
                    f" {row['way'] / asked:8.2f} {row['least_way'] / asked:6.2f} {row['slip'] * 1e3:11.1f}"
                    f" {row['cost']:8.1f}"
                )
    for noise in ("no noise", "noise"):
        walked = sum(result[f"mujoco, {noise}"]["from_mean"]["walked"] for result in results)
        print(
            f"From the mean initial state, {noise}: {walked} of {len(results)} policies stay upright in MuJoCo for"
            f" {seconds:g} s and come {report['least_share']:g} v* T or farther"
        )


def _at_least(least: float, kind: type[int] | type[float]) -> Any:
    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = kind(-1)
        if not least <= value < float("inf"):
            word = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"it must be {word}, {least:g} or more, but is {text!r}")
        return value

    return parse


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description="Policies trained on Gaitway's walker walk in MuJoCo, beside the same in Gaitway."
    )
    parser.add_argument("policies", nargs="*", type=Path, metavar="POLICY", help="policy file or directory of a run")
    parser.add_argument(
        "--episodes", type=_at_least(1, int), default=20, metavar="N", help="with the task's initial noise; default 20"
    )
    parser.add_argument("--seconds", type=_at_least(0.01, float), default=5.0, metavar="S", help="default 5")
    parser.add_argument(
        "--ground",
        choices=("file", "mujoco"),
        default="file",
        help="the ground of walker.xml, as stiff as Gaitway's, or that of MuJoCo's defaults; default file",
    )
    parser.add_argument("--json", action="store_true", help="print numbers, SI units, as JSON")
    options = parser.parse_args(arguments)
    paths = [path / "policy.json" if path.is_dir() else path for path in options.policies or [SHIPPED]]
    policies = {}
    for path in paths:
        try:
            policies[str(path)] = Policy.read(path)
        except OSError as error:
            parser.error(f"{path} cannot be read: {error.strerror}")
        except ValueError as error:
            parser.error(str(error))
    with gaitway.Simulator("walker") as simulator:
        for name, policy in policies.items():
            try:
                policy.require_fits(simulator.spec)
            except ValueError as error:
                parser.error(f"{name} does not fit: {error}")
        found = report(simulator, policies, options.ground, options.episodes, options.seconds)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        print_report(found)


if __name__ == "__main__":
    main()
