"""Robots read from MuJoCo's XML move as MuJoCo moves them: the files that Gymnasium and dm_control bring."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
import pytest
from extent import sampled

from gaitway import local_server

Floats = npt.NDArray[np.float64]

pytestmark = pytest.mark.usefixtures("elsewhere")

GYMNASIUM = ("gymnasium", "envs/mujoco/assets")
SUITE = ("dm_control", "suite")

LOADED = [
    (GYMNASIUM, "hopper.xml"),
    (GYMNASIUM, "walker2d.xml"),
    (GYMNASIUM, "walker2d_v5.xml"),
    (GYMNASIUM, "half_cheetah.xml"),
    (GYMNASIUM, "swimmer.xml"),
    (GYMNASIUM, "inverted_pendulum.xml"),
    (GYMNASIUM, "inverted_double_pendulum.xml"),
    (SUITE, "hopper.xml"),
    (SUITE, "walker.xml"),
    (SUITE, "cheetah.xml"),
    (SUITE, "acrobot.xml"),
    (SUITE, "cartpole.xml"),
    (SUITE, "pendulum.xml"),
    (SUITE, "reacher.xml"),
    (SUITE, "swimmer.xml"),
]
REFUSED = [
    # The target slides beside the arm: two bodies move from the world.
    (GYMNASIUM, "reacher.xml", "several bodies move from the world"),
    (GYMNASIUM, "ant.xml", "leaves the plane"),
    (GYMNASIUM, "humanoid.xml", "tendon"),
    (SUITE, "ball_in_cup.xml", "tendon"),
    (SUITE, "humanoid.xml", "free joint"),
]
STATES = 200


def path(package: tuple[str, str], name: str) -> Path:
    """A robot's file, without importing the package that has it."""
    spec = importlib.util.find_spec(package[0])
    assert spec is not None, f"{package[0]} is not installed; it is one of requirements-test.txt"
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / package[1] / name


def robot(file: Path | str, *options: str) -> subprocess.CompletedProcess[str]:
    words = [*local_server.command(), "robot", str(file), "--json", *options]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)


@dataclass
class Pair:
    """A robot as MuJoCo has it and as we do."""

    file: Path
    written: Path
    model: mujoco.MjModel
    ours: dict[str, Any]
    motion: list[dict[str, Any]]
    qpos: Floats
    qvel: Floats
    ctrl: Floats

    @property
    def order(self) -> list[int]:
        """Where MuJoCo has our coordinates."""
        return [coordinate["qpos"] for coordinate in self.ours["coordinates"]]

    def data(self, i: int) -> mujoco.MjData:
        """MuJoCo's state i, off the ground and without limits."""
        data = mujoco.MjData(self.model)
        data.qpos[:], data.qvel[:], data.ctrl[:] = self.qpos[i], self.qvel[i], self.ctrl[i]
        mujoco.mj_forward(self.model, data)
        return data


@pytest.fixture(
    scope="module", params=sampled((file,) for file in LOADED), ids=lambda file: f"{file[0][0]}-{file[1][:-4]}"
)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    file = path(*request.param)
    model = mujoco.MjModel.from_xml_path(str(file))
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_CONSTRAINT)
    model.opt.enableflags |= int(mujoco.mjtEnableBit.mjENBL_ENERGY)
    random = np.random.default_rng(17)
    qpos = model.qpos0 + random.uniform(-3, 3, (STATES, model.nq))
    qvel = random.normal(size=(STATES, model.nv)) * np.resize([0.1, 1.0, 5.0], (STATES, 1))
    bounds = np.where(model.actuator_ctrllimited[:, None], model.actuator_ctrlrange, [-1.0, 1.0])
    lower, upper = bounds.T
    ctrl = random.uniform(lower, upper, (STATES, model.nu))
    description = robot(file)
    assert description.returncode == 0, description.stderr
    ours = json.loads(description.stdout.splitlines()[0])
    order = [coordinate["qpos"] for coordinate in ours["coordinates"]]
    folder = tmp_path_factory.mktemp("robot")
    states, written = folder / "states.txt", folder / "written.xml"
    np.savetxt(states, np.hstack([qpos[:, order], qvel[:, order], ctrl]), fmt="%.17g")
    done = robot(file, "--states", str(states), "--write", str(written))
    assert done.returncode == 0, done.stderr
    motion = [json.loads(line) for line in done.stdout.splitlines()[1:]]
    return Pair(file, written, model, ours, motion, qpos, qvel, ctrl)


def close(ours: Any, theirs: Any, tolerance: float) -> None:
    """Two arrays differ by no more than a part of the greatest number in them."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * max(1.0, np.abs(theirs).max(initial=0)))


def test_names_are_mujoco_s(pair: Pair) -> None:
    joints = [pair.model.joint(i).name for i in pair.order]
    assert [coordinate["name"] for coordinate in pair.ours["coordinates"]] == joints
    bodies = [pair.model.body(i + 1).name for i in range(pair.model.nbody - 1)]
    assert [body["name"] for body in pair.ours["bodies"]] == bodies
    assert sorted(pair.order) == list(range(pair.model.nq))
    assert pair.ours["timestep"] == pair.model.opt.timestep


def test_joints_are_mujoco_s(pair: Pair) -> None:
    model = pair.model
    ours = pair.ours["coordinates"]
    close([c["armature"] for c in ours], model.dof_armature[pair.order], 1e-12)
    close([c["damping"] for c in ours], np.reshape(model.dof_damping, (model.nv, -1))[pair.order, 0], 1e-12)
    close([c["stiffness"] for c in ours], np.reshape(model.jnt_stiffness, (model.nv, -1))[pair.order, 0], 1e-12)
    assert [c["lower"] is not None for c in ours] == (model.jnt_limited[pair.order] != 0).tolist()
    for c, at in zip(ours, pair.order, strict=True):
        if c["lower"] is not None:
            close([c["lower"], c["upper"]], model.jnt_range[at], 1e-12)


def test_motors_are_mujoco_s(pair: Pair) -> None:
    model = pair.model
    ours = pair.ours["motors"]
    assert [motor["coordinate"] for motor in ours] == [model.joint(int(i)).name for i in model.actuator_trnid[:, 0]]
    close([motor["gear"] for motor in ours], model.actuator_gear[:, 0] * model.actuator_gainprm[:, 0], 1e-12)
    for i, motor in enumerate(ours):
        if model.actuator_ctrllimited[i]:
            assert [motor["lower"], motor["upper"]] == model.actuator_ctrlrange[i].tolist()
        else:
            assert [motor["lower"], motor["upper"]] == [None, None]


def test_masses_and_inertias_are_mujoco_s(pair: Pair) -> None:
    data = pair.data(0)
    normal = np.cross(pair.ours["x"], pair.ours["y"])
    close([body["mass"] for body in pair.ours["bodies"]], pair.model.body_mass[1:], 1e-12)
    turned = np.einsum("k,bki->bi", normal, data.ximat.reshape(-1, 3, 3))
    inertia = np.einsum("bi,bi,bi->b", turned, pair.model.body_inertia, turned)
    np.testing.assert_allclose([body["inertia"] for body in pair.ours["bodies"]], inertia[1:], rtol=1e-12, atol=1e-15)


def test_bodies_are_where_mujoco_has_them(pair: Pair) -> None:
    for i, ours in enumerate(pair.motion):
        close(ours["bodies"], pair.data(i).xpos[1:], 1e-12)


def test_energies_are_mujoco_s(pair: Pair) -> None:
    """Those of gravity but for a constant: bodies that do not move have one too."""
    theirs = np.array([pair.data(i).energy for i in range(STATES)])
    ours = np.array([(line["potential"], line["kinetic"]) for line in pair.motion])
    close(ours[:, 1], theirs[:, 1], 1e-12)
    close(ours[:, 0] - ours[0, 0], theirs[:, 0] - theirs[0, 0], 1e-12)


def test_accelerations_are_mujoco_s(pair: Pair) -> None:
    for i, ours in enumerate(pair.motion):
        close(ours["acceleration"], pair.data(i).qacc[pair.order], 1e-10)


@pytest.mark.parametrize(("package", "name", "reason"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_leaves_the_plane_is_refused(package: tuple[str, str], name: str, reason: str) -> None:
    done = robot(path(package, name))
    assert done.returncode != 0
    assert reason in done.stderr
    assert f"{name}:" in done.stderr


def loaded(file: Path) -> mujoco.MjModel:
    """A model whose motion is that off the ground and without limits."""
    model = mujoco.MjModel.from_xml_path(str(file))
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_CONSTRAINT)
    model.opt.enableflags |= int(mujoco.mjtEnableBit.mjENBL_ENERGY)
    return model


def move(model: mujoco.MjModel, joints: list[str], q: Floats, v: Floats, u: Floats) -> mujoco.MjData:
    data = mujoco.MjData(model)
    at = [model.joint(name).id for name in joints]
    data.qpos[at], data.qvel[at], data.ctrl[:] = q, v, u
    mujoco.mj_forward(model, data)
    return data


def assert_same_motion(ours: mujoco.MjModel, theirs: mujoco.MjModel, joints: list[tuple[str, str]]) -> None:
    """Two models of one robot, by the names of their joints, in random states: masses, energies, accelerations."""
    assert ours.nv == theirs.nv == len(joints)
    close(ours.body_mass[1:].sum(), theirs.body_mass[theirs.body_weldid != 0].sum(), 1e-12)
    random = np.random.default_rng(18)
    first, second = ([pair[side] for pair in joints] for side in (0, 1))
    stronger = theirs.actuator_gear[:, 0] * theirs.actuator_gainprm[:, 0] / ours.actuator_gear[:, 0]
    energies = []
    for scale in np.resize([0.1, 1.0, 5.0], STATES // 4):
        q, v = random.uniform(-3, 3, ours.nv), scale * random.normal(size=ours.nv)
        u = random.uniform(-1, 1, ours.nu)
        one, two = move(ours, first, q, v, stronger * u), move(theirs, second, q, v, u)
        close(
            one.qacc[[ours.joint(name).dofadr[0] for name in first]],
            two.qacc[[theirs.joint(name).dofadr[0] for name in second]],
            1e-10,
        )
        energies.append([one.energy, two.energy])
    found = np.array(energies)
    close(found[:, 0, 1], found[:, 1, 1], 1e-12)
    close(found[:, 0, 0] - found[0, 0, 0], found[:, 1, 0] - found[0, 1, 0], 1e-12)


def test_a_written_file_is_the_robot_that_was_read(pair: Pair) -> None:
    theirs, ours = loaded(pair.file), loaded(pair.written)
    joints = [theirs.joint(i).name for i in range(theirs.njnt)]
    assert_same_motion(ours, theirs, [(name, name) for name in joints])
    for name in joints:
        assert ours.joint(name).limited == theirs.joint(name).limited
        if theirs.joint(name).limited:
            close(ours.joint(name).range, theirs.joint(name).range, 1e-12)
    close(ours.actuator_ctrlrange, theirs.actuator_ctrlrange, 0)


WRITTEN = [
    ("walker", [], Path(__file__).parents[1] / "examples" / "walker.xml"),
    ("swimmer", ["--param", "medium_density=4000"], path(GYMNASIUM, "swimmer.xml")),
    ("gymnasium/hopper", [], path(GYMNASIUM, "hopper.xml")),
    ("gymnasium/half-cheetah", [], path(GYMNASIUM, "half_cheetah.xml")),
    ("gymnasium/walker2d", [], path(GYMNASIUM, "walker2d_v5.xml")),
    ("gymnasium/swimmer", [], path(GYMNASIUM, "swimmer.xml")),
]


@pytest.mark.parametrize(("environment", "options", "file"), sampled(WRITTEN), ids=lambda value: str(value))
def test_an_environment_s_robot_is_written_for_mujoco(
    environment: str, options: list[str], file: Path, tmp_path: Path
) -> None:
    """Against models that others wrote, joint by joint in their order, the controls in each one's units."""
    written = tmp_path / "written.xml"
    done = robot(environment, "--write", str(written), *options)
    assert done.returncode == 0, done.stderr
    theirs, ours = loaded(file), loaded(written)
    joints = [(ours.joint(i).name, theirs.joint(i).name) for i in range(ours.njnt)]
    assert_same_motion(ours, theirs, joints)
    close(ours.jnt_range, theirs.jnt_range, 1e-12)
    strength = ours.actuator_gear[:, 0:1] * ours.actuator_ctrlrange
    close(strength, theirs.actuator_gear[:, 0:1] * theirs.actuator_ctrlrange, 1e-12)
    assert ours.key(0).name == "start"
