"""A policy trained in Gaitway drives Gymnasium's own Swimmer-v5, which MuJoCo simulates.

    python mujoco_swimmer.py [POLICY] [--seeds N]

POLICY is a policy file or the directory of a run; without it, the policy beside this program. MuJoCo's swimmer gets it
as an ONNX model, Gaitway's simulator gets the network itself. Printed are the distance between the two bodies as the
integrators' steps shrink, and the return on the untouched Swimmer-v5. It takes about a minute, and needs the packages
gaitway, gymnasium[mujoco] and onnxruntime.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np
import numpy.typing as npt
import onnxruntime

import gaitway
from gaitway.local_server import command
from gaitway.policy import Policy

Floats = npt.NDArray[np.float64]
Controller = Callable[[Floats], Floats]

#: Where Swimmer-v5 differs from Gaitway's default parameters. Lengths, masses, armature, viscosity and torques agree.
SWIMMER_V5 = {"medium_density": 4000.0, "dt": 0.04}

#: What MuJoCo's qpos, then its qvel, are in Gaitway's names.
STATES = [
    *("root_x", "root_y", "root_angle", "joint1_angle", "joint2_angle"),
    *("root_x_velocity", "root_y_velocity", "root_velocity", "joint1_velocity", "joint2_velocity"),
]

#: N m for an action of 1, the gear of Gymnasium's motors.
GEAR = 150.0

ASSET = Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets" / "swimmer.xml"
SHIPPED = Path(__file__).with_name("swimmer-v5-policy.json")

#: Substeps of MuJoCo's fourth-order integrator in a control step, fine enough to stand for the limit.
FINE = 256


def read_onnx(policy: Path) -> Controller:
    """The mean of a policy file as a function from state to torques, by way of ONNX."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "policy.onnx"
        subprocess.run([*command(), "export", str(policy), "--onnx", str(model)], check=True, stdout=subprocess.DEVNULL)
        session = onnxruntime.InferenceSession(model.read_bytes(), providers=["CPUExecutionProvider"])

    def torques(x: Floats) -> Floats:
        mean: Floats = session.run(["mean"], {"state": x[None]})[0][0]
        return mean

    return torques


def load_mujoco(substeps: int, medium_density: float, dt: float) -> mujoco.MjModel:
    """Gymnasium's swimmer in another medium and with other steps; everything else is the file's."""
    model = mujoco.MjModel.from_xml_path(str(ASSET))
    model.opt.density = medium_density
    model.opt.timestep = dt / substeps
    return model


def swim_mujoco(model: mujoco.MjModel, torques: Controller, start: Floats, T: int, substeps: int) -> Floats:
    """States of T control steps in MuJoCo, shape (T + 1, nx): its (qpos, qvel) is Gaitway's state as it is."""
    data = mujoco.MjData(model)
    data.qpos[:], data.qvel[:] = np.split(start, 2)
    states = [start]
    for _ in range(T):
        data.ctrl[:] = np.clip(torques(states[-1]) / GEAR, -1.0, 1.0)
        mujoco.mj_step(model, data, substeps)
        states.append(np.concatenate([data.qpos, data.qvel]))
    return np.array(states)


def swim_gaitway(network: gaitway.Mlp, start: Floats, T: int, parameters: dict[str, float]) -> Floats:
    """The same in Gaitway's simulator."""
    with gaitway.Simulator("swimmer", parameters) as simulator:
        states = simulator.rollout(network, start, horizon=T)[0].states
    assert states is not None
    return states


def link_ends(geometry: tuple[Any, ...], x: Floats) -> Floats:
    """Where both ends of every link's axis are, shape (links, 2, 2), from Gaitway's description of the body."""
    frames: list[tuple[Floats, float]] = []
    ends = []
    for link in geometry:
        origin, angle = (x[:2], 0.0) if link.parent < 0 else frames[link.parent]
        hinge = origin + _rotation(angle) @ [link.hinge_x, link.hinge_y]
        angle = angle + link.angle + link.axis * x[link.angle_index]
        frames.append((hinge, angle))
        ends.append([hinge + _rotation(angle) @ end for end in link.shapes[0].points])
    return np.array(ends)


def _rotation(angle: float) -> Floats:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def print_agreement(policy: Path, parameters: dict[str, float], T: int, start: Floats) -> None:
    """How far the bodies are apart after one second and at the end, against MuJoCo with very fine steps."""
    network, torques, dt = Policy.read(policy).controller(), read_onnx(policy), parameters["dt"]
    with gaitway.Simulator("swimmer", parameters) as simulator:
        geometry = simulator.spec.geometry

    def in_mujoco(n: int) -> Floats:
        return swim_mujoco(load_mujoco(n, parameters["medium_density"], dt), torques, start, T, n)

    def in_gaitway(n: int) -> Floats:
        return swim_gaitway(network, start, T, {**parameters, "substeps": n})

    fine = in_mujoco(FINE)

    def show(name: str, states: Floats) -> None:
        apart = [
            np.linalg.norm(link_ends(geometry, x) - link_ends(geometry, y), axis=-1).max()
            for x, y in zip(states, fine, strict=True)
        ]
        second = round(1.0 / dt)
        print(f"{name:42s} {max(apart[: second + 1]) * 1e3:12.3g} mm {max(apart) * 1e3:12.3g} mm")

    way = np.linalg.norm(fine[-1, :2] - fine[0, :2])
    print(
        f"The same physics: medium {parameters['medium_density']:g} kg/m³, {T * dt:g} s in which the body swims"
        f" {way:.2f} m; its hinges turn up to {np.degrees(np.abs(fine[:, 3:5]).max()):.0f}°"
    )
    print(f"{'largest distance to MuJoCo, 256 substeps':42s} {'within 1 s':>15s} {f'within {T * dt:g} s':>15s}")
    for n in (4, 16, 64):
        show(f"MuJoCo (Runge-Kutta), {n} substeps", in_mujoco(n))
    for n in (4, 16, 64, 256):
        show(f"Gaitway (implicit Euler), {n} substeps", in_gaitway(n))
    half, full = in_gaitway(500), in_gaitway(1000)
    show("Gaitway, 1000 substeps", full)
    show("Gaitway, 500 and 1000 extrapolated", 2 * full - half)


def episode(environment: gymnasium.Env[Any, Any], controller: Controller, seed: int) -> tuple[float, Floats]:
    """Return and first state of an episode of Swimmer-v5 under a controller of torques."""
    x, _ = environment.reset(seed=seed)
    start, total, truncated = x, 0.0, False
    while not truncated:
        action = np.clip(controller(x) / GEAR, -1.0, 1.0).astype(np.float32)
        x, reward, _, truncated, _ = environment.step(action)
        total += float(reward)
    return total, start


def predicted_return(network: gaitway.Mlp, start: Floats, T: int) -> float:
    """What Swimmer-v5 would pay for the motion that Gaitway's simulator makes of the same start."""
    with gaitway.Simulator("swimmer", SWIMMER_V5) as simulator:
        rollout = simulator.rollout(network, start, horizon=T)[0]
    assert rollout.states is not None
    assert rollout.actions is not None
    forward = (rollout.states[-1, 0] - rollout.states[0, 0]) / SWIMMER_V5["dt"]
    return float(forward - 1e-4 * np.sum((rollout.actions / GEAR) ** 2))


def print_returns(policy: Path, seeds: int) -> None:
    """Returns of the untouched Swimmer-v5."""
    environment = gymnasium.make("Swimmer-v5", exclude_current_positions_from_observation=False)
    network, random = Policy.read(policy).controller(), np.random.default_rng(0)
    spec = environment.spec
    assert spec is not None
    assert spec.max_episode_steps is not None
    T = spec.max_episode_steps
    controllers: dict[str, Controller] = {
        "the policy": read_onnx(policy),
        "no torque": lambda x: np.zeros(2),
        "random torques": lambda x: random.uniform(-GEAR, GEAR, 2),
    }
    print(f"Swimmer-v5 as it is: return of {T} steps, {seeds} seeds")
    print(f"{'':42s} {'mean':>8s} {'least':>8s} {'most':>8s}")
    starts: list[Floats] = []
    for name, controller in controllers.items():
        episodes = [episode(environment, controller, seed) for seed in range(seeds)]
        starts = [start for _, start in episodes]
        _print_row(name, [total for total, _ in episodes])
    _print_row("the policy, as Gaitway simulates it", [predicted_return(network, start, T) for start in starts])


def _print_row(name: str, returns: list[float]) -> None:
    print(f"{name:42s} {np.mean(returns):8.1f} {np.min(returns):8.1f} {np.max(returns):8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="A policy of Gaitway drives Gymnasium's Swimmer-v5.")
    parser.add_argument("policy", nargs="?", type=Path, default=SHIPPED, help="policy file or directory of a run")
    parser.add_argument("--seeds", type=int, default=10, help="episodes of Swimmer-v5, 1 or more; default 10")
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error(f"--seeds must be 1 or more, but is {options.seeds}")
    policy = options.policy / "policy.json" if options.policy.is_dir() else options.policy
    states = list(Policy.read(policy).states)
    if states != STATES:
        parser.error(f"{policy} is for the states {', '.join(states)}; Swimmer-v5 has {', '.join(STATES)}")
    start = np.array([0, 0, 0.05, -0.05, 0.05, 0, 0, 0, 0, 0], dtype=np.float64)
    print_agreement(policy, SWIMMER_V5, 125, start)
    print()
    print_returns(policy, options.seeds)


if __name__ == "__main__":
    main()
