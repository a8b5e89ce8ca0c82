"""The example that lets policies walk in MuJoCo: its model is our walker, its ground is ours, and they walk."""

from __future__ import annotations

import json
from pathlib import Path

import mujoco
import mujoco_walker as example
import numpy as np
import programs
import pytest

import gaitway
from gaitway.policy import Policy

NV = 9
PROGRAM = Path(example.__file__)


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return example.load()


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.read(example.SHIPPED)


def random_states(spec: gaitway.EnvironmentSpec, count: int) -> example.Floats:
    """States in any pose off the hinges' limits, some at rest and some fast."""
    random = np.random.default_rng(14)
    states = random.normal(size=(count, spec.nx))
    states[:, NV:] *= np.resize([0.1, 1.0, 5.0], (count, 1))
    states[:, 2] = random.uniform(-np.pi, np.pi, count)
    lower, upper = np.array([(entry.lower, entry.upper) for entry in spec.state[3:NV]]).T
    states[:, 3:NV] = random.uniform(lower + 0.3, upper - 0.3, (count, NV - 3))
    return states


def test_names_and_bounds_are_the_walker_s(model: mujoco.MjModel, walker: gaitway.Simulator) -> None:
    spec = walker.spec
    joints = [model.joint(i) for i in range(model.njnt)]
    assert [joint.name for joint in joints] == [entry.name for entry in spec.state[:NV]]
    assert [model.actuator(i).name for i in range(model.nu)] == [entry.name for entry in spec.action]
    np.testing.assert_array_equal(model.actuator_ctrlrange, [(entry.lower, entry.upper) for entry in spec.action])
    assert model.jnt_limited.tolist() == [0] * 3 + [1] * 6
    np.testing.assert_array_equal(model.jnt_range[3:], [(entry.lower, entry.upper) for entry in spec.state[3:NV]])
    substeps = spec.dt / model.opt.timestep
    assert substeps == pytest.approx(round(substeps), abs=1e-9)


def test_masses_and_spheres_are_the_walker_s(model: mujoco.MjModel, walker: gaitway.Simulator) -> None:
    spec = walker.spec
    assert [model.body(i + 1).name for i in range(model.nbody - 1)] == [link.name for link in spec.geometry]
    np.testing.assert_allclose(model.body_mass[1:], [link.mass for link in spec.geometry], rtol=1e-12)
    spheres = [model.geom(int(geom)) for geom in model.pair_geom2]
    assert {model.geom(int(geom)).name for geom in model.pair_geom1} == {"ground"}
    assert not model.geom_contype.any()
    found = [(int(s.bodyid[0]) - 1, s.pos[0], s.pos[2], s.size[0]) for s in spheres]
    assert found == [(point.link, point.x, point.y, point.radius) for point in spec.contact_points]


def test_a_step_in_the_air_is_that_of_mujoco_s_equations(model: mujoco.MjModel, walker: gaitway.Simulator) -> None:
    """Masses, inertias, kinematics, gravity, armatures, damping and torques, all at once.

    The walker's step takes M and bias, here MuJoCo's, in its middle, and the dampers' torques at its end.
    """
    spec, count = walker.spec, 300
    states = random_states(spec, count)
    states[:, 1] = 5.0
    actions = np.random.default_rng(15).uniform(-300, 300, (count, spec.nu))
    ours = walker.step(states, actions)
    assert set(ours.statuses) == {"ok"}
    data, M, h = mujoco.MjData(model), np.empty((NV, NV)), spec.dt
    for x, u, found in zip(states, actions, ours.next_states, strict=True):
        q, v = np.split(x, 2)
        data.qpos[:], data.qvel[:], data.ctrl[:] = q + h / 2 * v, v, u
        mujoco.mj_forward(model, data)
        assert data.ncon == 0
        for i in range(NV):
            mujoco.mj_mulM(model, data, M[i], np.eye(NV)[i])
        damping = np.diag(model.dof_damping)
        after = np.linalg.solve(M + h * damping, M @ v + h * (data.qfrc_actuator - data.qfrc_bias))
        expected = np.concatenate([data.qpos + h / 2 * after, after])
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * max(1.0, np.abs(expected).max()))


def ground_forces(model: mujoco.MjModel, x: example.Floats) -> dict[int, tuple[float, example.Floats]]:
    """Depth of every sphere that touches the ground, by its geom, and the force on it while nothing accelerates."""
    data, forces, force = mujoco.MjData(model), {}, np.zeros(6)
    data.qpos[:], data.qvel[:] = np.split(x, 2)
    mujoco.mj_inverse(model, data)
    for i, contact in enumerate(data.contact):
        mujoco.mj_contactForce(model, data, i, force)
        forces[int(contact.geom[1])] = (-float(contact.dist), contact.frame.reshape(3, 3).T @ force[:3])
    return forces


@pytest.mark.parametrize("sphere", range(8))
def test_the_ground_is_a_spring_a_damper_and_coulomb_s_friction(
    model: mujoco.MjModel, walker: gaitway.Simulator, sphere: int
) -> None:
    """Against the laws that walker.xml states, at any depth and speed and in any pose."""
    parameters = {parameter.name: parameter.value for parameter in walker.spec.parameters}
    k, friction = parameters["ground_stiffness"], parameters["friction"]
    geom, data = int(model.pair_geom2[sphere]), mujoco.MjData(model)
    for x in random_states(walker.spec, 5):
        x[NV:] = 0
        data.qpos[:] = x[:NV]
        mujoco.mj_kinematics(model, data)
        x[1] -= data.geom_xpos[geom][2] - model.geom_size[geom][0]  # Now it is just touched.
        for depth in (1e-3, 5e-3, 0.02):
            for rise in (0.0, -0.3, 0.05):
                for slide in (0.0, 1e-3, -1e-3, 0.5):
                    moving = x.copy()
                    moving[1] -= depth
                    moving[[NV, NV + 1]] = slide, rise
                    found, force = ground_forces(model, moving)[geom]
                    assert found == pytest.approx(depth, abs=1e-12)
                    normal = max(0.0, k * depth - 700 * rise)
                    if 6500 * abs(slide) > friction * normal:
                        normal = (normal + 65 * abs(slide)) / 1.01
                    along = -np.sign(slide) * min(6500 * abs(slide), friction * normal)
                    np.testing.assert_allclose(force, [along, 0.0, normal], rtol=2e-4, atol=1e-2)


def test_limits_are_springs_and_dampers(model: mujoco.MjModel, walker: gaitway.Simulator) -> None:
    parameters = {parameter.name: parameter.value for parameter in walker.spec.parameters}
    k, c = parameters["limit_stiffness"], parameters["limit_damping"]
    data = mujoco.MjData(model)
    for joint in range(3, NV):
        for side, limit in zip((-1, 1), model.jnt_range[joint], strict=True):
            for beyond, rate in ((0.1, 0.0), (0.1, 0.5), (0.02, -0.5), (0.02, -5.0)):
                data.qpos[:], data.qvel[:] = 0.0, 0.0
                data.qpos[1], data.qpos[[4, 7]] = 3.0, -1.0
                data.qpos[joint], data.qvel[joint] = limit + side * beyond, side * rate
                mujoco.mj_inverse(model, data)
                torque = -side * max(0.0, k * beyond + c * rate)
                assert data.qfrc_constraint[joint] == pytest.approx(torque, rel=1e-4, abs=1e-2)


def test_feet_are_where_mujoco_has_them(model: mujoco.MjModel, walker: gaitway.Simulator) -> None:
    states = random_states(walker.spec, 50)
    heights, speeds = example.feet(walker.spec, states)
    geoms = [model.geom(f"{side} {end}").id for side in ("right", "left") for end in ("heel", "toe")]
    data, jacobian = mujoco.MjData(model), np.empty((3, NV))
    for x, height, speed in zip(states, heights, speeds, strict=True):
        data.qpos[:], data.qvel[:] = np.split(x, 2)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        for i, geom in enumerate(geoms):
            lowest = data.geom_xpos[geom] - [0, 0, model.geom_size[geom][0]]
            mujoco.mj_jac(model, data, jacobian, None, lowest, int(model.geom_bodyid[geom]))
            assert height[i] == pytest.approx(lowest[2], abs=1e-12)
            assert speed[i] == pytest.approx((jacobian @ data.qvel)[0], abs=1e-11)


def test_costs_and_falls_are_the_task_s(walker: gaitway.Simulator, policy: Policy) -> None:
    T = 120
    for controller, falls in ((policy.controller(), False), (gaitway.OpenLoop(np.full((T, 6), 20.0)), True)):
        rollout = walker.rollout(controller, horizon=T)[0]
        assert rollout.states is not None
        assert rollout.actions is not None
        episode = example.judge(walker, rollout.states, rollout.actions, T)
        assert episode.fell == (rollout.status == "terminated") == falls
        assert episode.walked == (not falls)
        assert episode.cost == pytest.approx(rollout.total_cost, rel=1e-12)


def test_the_policy_walks_in_mujoco(model: mujoco.MjModel, walker: gaitway.Simulator, policy: Policy) -> None:
    """For 5 s, from the mean initial state and from others, with its noise and without."""
    spec = walker.spec
    starts = np.concatenate([spec.initial_mean[None], walker.initial_states(seed=7, count=2)])
    for noise in (False, True):
        episodes = example.walk(walker, model, policy, starts, spec.horizon, noise)
        assert all(episode.walked for episode in episodes), episodes
        assert min(episode.way for episode in episodes) > 3.0


def test_a_fall_in_mujoco_is_one(model: mujoco.MjModel, walker: gaitway.Simulator, policy: Policy) -> None:
    """The same network with its signs turned falls at once."""
    layers = [*policy.network.layers[:-1], gaitway.Layer(-np.asarray(policy.network.layers[-1].W), np.zeros(6))]
    turned = Policy.of(gaitway.Mlp(policy.network.inputs, layers), walker.spec)
    states, actions = example.walk_mujoco(model, turned, walker.spec, walker.spec.initial_mean, 500, None)
    episode = example.judge(walker, states, actions, 500)
    assert episode.fell
    assert not episode.walked
    assert len(actions) < 200
    assert episode.cost > (500 - len(actions)) * walker.spec.termination_cost


def test_the_time_step_is_small(walker: gaitway.Simulator, policy: Policy) -> None:
    """Half of it moves no coordinate of the first second by more than 5 mm or 5 mrad."""
    coarse, fine = example.load(), example.load()
    fine.opt.timestep = coarse.opt.timestep / 2
    spec = walker.spec
    ends = [
        example.walk_mujoco(model, policy, spec, spec.initial_mean, 100, None)[0][:, :NV] for model in (coarse, fine)
    ]
    assert np.abs(ends[0] - ends[1]).max() < 5e-3


def test_the_program_reports() -> None:
    ran = programs.run_file(PROGRAM, "--json", "--episodes", "1", "--seconds", "0.5", "--ground", "mujoco")
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["asked_way"] == pytest.approx(0.6)
    rows = report["policies"][0]
    for name in ("mujoco, no noise", "mujoco, noise", "gaitway, no noise", "gaitway, noise"):
        assert rows[name]["upright"] == rows[name]["walked"] == rows[name]["episodes"] == 1
        assert rows[name]["from_mean"]["walked"]
        assert 0.3 < rows[name]["way"] < 0.9
    assert rows["mujoco, noise"]["way"] != rows["mujoco, no noise"]["way"]


def test_the_program_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    example.main(["--episodes", "2", "--seconds", "0.2"])
    printed = capsys.readouterr().out
    assert "ground: file, steps of 0.25 ms" in printed
    assert printed.count(" 2/2 ") == 8
    assert "no noise: 1 of 1 policies stay upright in MuJoCo for 0.2 s and come 0.5 v* T or farther" in printed


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("none.json", "none.json cannot be read: No such file or directory"),
        ("other.json", 'other.json is not a policy file: format must be "gaitway-policy", but is missing'),
        ("swimmer.json", "swimmer.json does not fit: the policy is for swimmer; the environment is walker"),
        ("--episodes=0", "argument --episodes: it must be a whole number, 1 or more, but is '0'"),
        ("--seconds=nan", "argument --seconds: it must be a number, 0.01 or more, but is 'nan'"),
    ],
)
def test_what_the_program_refuses(
    argument: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other.json").write_text("{}")
    Path("swimmer.json").write_bytes(example.SHIPPED.with_name("swimmer-v5-policy.json").read_bytes())
    with pytest.raises(SystemExit, match="2"):
        example.main([argument])
    assert message in capsys.readouterr().err
