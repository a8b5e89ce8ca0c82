"""Checks the derivatives of the robots that Gymnasium and dm_control bring, read from their files.

    python clients/python/benchmarks/file_derivatives.py [--samples 200]

Every derivative of the control step is compared with high-order differences at sampled states, contact and limits among
them, and beside corners; second derivatives too. The one by the size of a geom, on which masses, inertias and contact
depend, is compared with differences of next states; where no geom has a name, a size and a density, that by dt. Needs
what ``requirements-test.txt`` and ``requirements-robots.txt`` list.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
import warnings
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from gaitway import RobotWarning, Simulator

Floats = npt.NDArray[np.float64]

PACKAGES = {"gymnasium": "envs/mujoco/assets", "dm_control": "suite"}
ROBOTS = {
    "gymnasium": [
        "hopper",
        "walker2d",
        "walker2d_v5",
        "half_cheetah",
        "swimmer",
        "inverted_pendulum",
        "inverted_double_pendulum",
    ],
    "dm_control": ["hopper", "walker", "cheetah", "acrobot", "cartpole", "pendulum", "reacher"],
}
TASK = """
robot: {robot}
dt: 0.01
substeps: 2
horizon: 100
cost: {{control: {{of: actions, weight: 0.01}}}}
"""
SIZE = """
parameters:
  size:
    robot: {{element: geom, name: {geom}, attribute: size}}
    range: [{lower}, {upper}]
"""
# Weights of values at -4h ... 4h: a derivative of eighth order.
STENCIL = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}


def folder(package: str) -> Path:
    """Where a package has its robots' files."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise SystemExit(f"{package} is not installed; clients/python/check sources installs it.")
    return Path(spec.submodule_search_locations[0]) / PACKAGES[package]


def by_parameter(robot: Path, task: Path, simulator: Simulator, name: str) -> float:
    """The worst relative error of derivatives by a parameter against differences of next states."""
    x, u = simulator.initial_states(1, 20), np.zeros((20, simulator.spec.nu))
    value = next(p for p in simulator.spec.parameters if p.name == name).value
    analytic = simulator.linearize_dynamics(x, u, parameters=[name]).fp
    assert analytic is not None
    h = 2e-3 * value
    numeric = np.zeros(x.shape)
    for k, weight in STENCIL.items():
        for sign in (1, -1):
            with Simulator.from_mjcf(robot, task, {name: value + sign * k * h}) as moved:
                numeric += sign * weight / h * moved.step(x, u).next_states
    scale = np.maximum(np.abs(analytic[:, :, 0]).max(axis=1), 1e-6)
    return float((np.abs(analytic[:, :, 0] - numeric).max(axis=1) / scale).max())


def sized(robot: Path) -> ElementTree.Element | None:
    """A geom of a body that has a name, a size and a density."""
    for body in ElementTree.parse(robot).iter("body"):
        for geom in body.findall("geom"):
            if {"name", "size"} <= set(geom.attrib) and geom.get("type") != "plane" and "mass" not in geom.attrib:
                return geom
    return None


def check(robot: Path, samples: int) -> str:
    """A row of the table."""
    text = TASK.format(robot=robot.name)
    parameter = "dt"
    geom = sized(robot)
    if geom is not None:
        parameter = "size"
        size = float(geom.attrib["size"].split()[0])
        text += SIZE.format(geom=geom.attrib["name"], lower=0.5 * size, upper=2 * size)
    with tempfile.TemporaryDirectory() as directory:
        task = Path(directory) / "task.yaml"
        task.write_text(text)
        with Simulator.from_mjcf(robot, task) as simulator:
            runs = {e.array: e.relative_error for e in simulator.check_derivatives(samples).errors}
            corners = {e.array: e.relative_error for e in simulator.check_derivatives(samples, corners=True).errors}
            moved = by_parameter(robot, task, simulator, parameter)
    first, beside = (max(errors["fx"], errors.get("fu", 0)) for errors in (runs, corners))
    return f"{first:.1e} | {beside:.1e} | {runs['curvature']:.1e} | {moved:.1e} ({parameter})"


def main() -> None:
    """Prints a row a robot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--samples", type=int, default=200, help="states a robot is checked at")
    samples = parser.parse_args().samples
    warnings.simplefilter("ignore", RobotWarning)  # About contact and limits, which are ours here.
    print("| robot | f_x, f_u | beside corners | second derivatives | by a parameter |")
    print("|---|---|---|---|---|")
    for package, robots in ROBOTS.items():
        for robot in robots:
            row = check(folder(package) / f"{robot}.xml", samples)
            print(f"| {package} {robot} | {row} |", flush=True)


if __name__ == "__main__":
    main()
