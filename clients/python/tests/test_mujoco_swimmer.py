"""The example that takes a policy to Gymnasium's Swimmer-v5: its state is ours, and so are its physics."""

from __future__ import annotations

from collections.abc import Iterator

import mujoco
import mujoco_swimmer as example
import numpy as np
import pytest

import gaitway
from gaitway.policy import Policy
from gaitway.spec import LinkGeometry

PARAMETERS = example.SWIMMER_V5


@pytest.fixture(scope="module")
def simulator() -> Iterator[gaitway.Simulator]:
    with gaitway.Simulator("swimmer", PARAMETERS) as simulator:
        yield simulator


def random_states(count: int) -> example.Floats:
    random = np.random.default_rng(11)
    scale = np.array([4.0, 4.0, 4.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 3.0])
    states: example.Floats = scale * random.uniform(-1.5, 1.5, (count, 10))
    return states


def test_the_same_state_is_the_same_body(simulator: gaitway.Simulator) -> None:
    """Ends of links and their centres, masses, and the kinetic energy of the centres' motion."""
    model = example.load_mujoco(4, PARAMETERS["medium_density"], PARAMETERS["dt"])
    data = mujoco.MjData(model)
    geometry = simulator.spec.geometry
    bodies = range(1, model.nbody)
    capsules = [int(model.body_geomadr[body]) for body in bodies]
    np.testing.assert_allclose(model.body_mass[1:], [link.mass for link in geometry], rtol=1e-12)
    for x in random_states(50):
        data.qpos[:], data.qvel[:] = np.split(x, 2)
        mujoco.mj_forward(model, data)
        ends = example.link_ends(geometry, x)
        for link, body, capsule in zip(range(3), bodies, capsules, strict=True):
            half = model.geom_size[capsule][1] * data.geom_xmat[capsule].reshape(3, 3)[:, 2]
            centre = data.geom_xpos[capsule]
            theirs = np.array([centre - half, centre + half])[:, :2]
            assert min(np.abs(theirs - ends[link]).max(), np.abs(theirs[::-1] - ends[link]).max()) < 1e-12
            np.testing.assert_allclose(data.xipos[body][:2], ends[link].mean(axis=0), rtol=0, atol=1e-12)
        ours = 0.5 * sum(
            link.mass * np.sum(velocity**2)
            for link, velocity in zip(geometry, centre_velocities(geometry, x), strict=True)
        )
        assert ours == pytest.approx(kinetic_energy_of_centres(model, data), rel=1e-12)


def centre_velocities(geometry: tuple[LinkGeometry, ...], x: example.Floats) -> example.Floats:
    """Velocities of the links' centres, shape (links, 2): rigid motions, link after link."""
    ends = example.link_ends(geometry, x)
    velocities = []
    point, velocity, rate = x[:2], x[5:7], 0.0
    for i, link in enumerate(geometry):
        # The hinge moves with the parent; beyond it the link turns at its own rate.
        hinge = point if i == 0 else ends[i - 1][1]
        velocity = velocity + rate * _left(hinge - point)
        point, rate = hinge, rate + link.axis * x[5 + link.angle_index]
        velocities.append(velocity + rate * _left(ends[i].mean(axis=0) - point))
    return np.array(velocities)


def _left(vector: example.Floats) -> example.Floats:
    return np.array([-vector[1], vector[0]])


def kinetic_energy_of_centres(model: mujoco.MjModel, data: mujoco.MjData) -> float:
    energy = 0.0
    for body in range(1, model.nbody):
        jacobian = np.zeros((3, model.nv))
        mujoco.mj_jacBodyCom(model, data, jacobian, None, body)
        energy += 0.5 * model.body_mass[body] * float(np.sum((jacobian @ data.qvel) ** 2))
    return energy


def test_motions_converge_to_each_other(simulator: gaitway.Simulator) -> None:
    """One second under the policy: the distance to MuJoCo is our integrator's error, of first order in the step."""
    start, T = np.array([0, 0, 0.05, -0.05, 0.05, 0, 0, 0, 0, 0], dtype=np.float64), 25
    model = example.load_mujoco(64, PARAMETERS["medium_density"], PARAMETERS["dt"])
    theirs = example.swim_mujoco(model, example.read_onnx(example.SHIPPED), start, T, 64)
    network = Policy.read(example.SHIPPED).controller()

    def ours(substeps: int) -> example.Floats:
        return example.swim_gaitway(network, start, T, {**PARAMETERS, "substeps": substeps})

    coarse, fine = ours(64), ours(128)
    apart = [np.abs(states - theirs).max() for states in (coarse, fine, 2 * fine - coarse)]
    assert apart[1] == pytest.approx(apart[0] / 2, rel=0.1)
    assert apart[2] < apart[1] / 30
    assert np.linalg.norm(theirs[-1, :2]) > 0.05


def test_the_policy_belongs_to_these_physics(simulator: gaitway.Simulator) -> None:
    policy = Policy.read(example.SHIPPED)
    assert policy.model_digest == simulator.spec.model_digest
    assert [entry.name for entry in simulator.spec.state] == list(policy.states) == example.STATES
