"""Dynamics as functions, against numpy, differences and the contract's own words."""

from __future__ import annotations

import hashlib
import statistics

import numpy as np
import pytest

import gaitway
from gaitway import Layer, LinearGaussian, Mlp, OpenLoop, Scaling, Simulator
from gaitway.tensors import Floats


def some_knots(simulator: Simulator, count: int) -> tuple[Floats, Floats]:
    random = np.random.default_rng(7)
    states = simulator.initial_states(5, count) + 0.1 * random.normal(size=(count, simulator.spec.nx))
    actions = random.uniform(-0.9, 0.9, (count, simulator.spec.nu)) * simulator.spec.action_upper
    return states, actions


def test_the_catalog_lists_what_the_simulators_show(swimmer: Simulator, walker: Simulator) -> None:
    catalog = gaitway.environments()
    assert {"swimmer", "walker"} <= set(catalog)
    assert catalog["walker"].model_digest == walker.spec.model_digest
    assert catalog["swimmer"].geometry == swimmer.spec.geometry
    assert gaitway.server_info().determinism == "model"


def test_parameters_change_the_spec() -> None:
    with Simulator("swimmer", {"links": 5}) as five:
        assert (five.spec.nx, five.spec.nu) == (14, 4)


def test_initial_states_follow_the_contract_s_random_numbers(swimmer: Simulator) -> None:
    """Philox 4x64 keyed by (seed, episode), step 2**64 - 1, through the normal's inverse: dynamics.proto."""
    seed, episode, step = 12345, 3, 2**64 - 1
    key, counter = np.array([seed, episode], np.uint64), np.array([0, step, 0, 0], np.uint64)
    words = np.random.Philox(key=key, counter=counter).random_raw(swimmer.spec.nx)
    uniforms = ((words >> np.uint64(12)).astype(np.float64) + 0.5) / 2.0**52
    normals = np.array([statistics.NormalDist().inv_cdf(float(u)) for u in uniforms])
    expected = swimmer.spec.initial_mean + swimmer.spec.initial_std * normals
    drawn = swimmer.initial_states(seed, 2, first_episode=episode)[0]
    np.testing.assert_allclose(drawn, expected, rtol=0, atol=1e-15)


def test_a_step_is_what_a_rollout_does(walker: Simulator) -> None:
    actions = np.random.default_rng(0).uniform(-50, 50, (20, 6))
    rollout = walker.rollout(OpenLoop(actions), horizon=20)[0]
    assert rollout.states is not None
    assert rollout.costs is not None
    batch = walker.step(rollout.states[:-1], actions, with_contacts=True)
    np.testing.assert_array_equal(batch.next_states, rollout.states[1:])
    np.testing.assert_array_equal(batch.costs, rollout.costs[:-1])
    assert batch.statuses == ("ok",) * 20
    assert batch.contact_forces is not None
    assert batch.contact_forces.shape == (20, len(walker.spec.contact_points), 2)
    assert not batch.next_states.flags.owndata  # A view of the message's bytes.


@pytest.mark.parametrize("name", ["swimmer", "walker"])
def test_derivatives_agree_with_differences(name: str) -> None:
    with Simulator(name) as simulator:
        states, actions = some_knots(simulator, 3)
        e = simulator.linearize(states, actions)
        h = 1e-6
        for j in range(simulator.spec.nx):
            step = np.zeros(simulator.spec.nx)
            step[j] = h
            up, down = simulator.step(states + step, actions), simulator.step(states - step, actions)
            np.testing.assert_allclose(
                e.fx[:, :, j], (up.next_states - down.next_states) / (2 * h), rtol=2e-5, atol=2e-5
            )
            np.testing.assert_allclose(e.lx[:, j], (up.costs - down.costs) / (2 * h), rtol=1e-5, atol=1e-5)
        for j in range(simulator.spec.nu):
            step = np.zeros(simulator.spec.nu)
            step[j] = h
            up, down = simulator.step(states, actions + step), simulator.step(states, actions - step)
            np.testing.assert_allclose(
                e.fu[:, :, j], (up.next_states - down.next_states) / (2 * h), rtol=2e-5, atol=1e-7
            )
        check = simulator.check_derivatives(3, seed=1)
        assert check.worst.relative_error < 1e-7
        assert {error.side for error in check.errors} == {"mean"}
        assert {error.kink for error in check.errors} == {0.0}


def test_derivatives_are_checked_in_corners(swimmer: Simulator) -> None:
    check = swimmer.check_derivatives(8, corners=True)
    assert check.samples == 8
    assert check.worst.relative_error < 1e-6
    # At rest the drag's derivative jumps.
    assert max(error.kink for error in check.errors) > 1e-4


def test_second_derivatives_agree_with_differences(swimmer: Simulator) -> None:
    states, actions = some_knots(swimmer, 3)
    multipliers = np.random.default_rng(7).normal(size=states.shape)
    found = swimmer.linearize_dynamics(states, actions, multipliers=multipliers)
    assert found.curvature is not None
    assert found.fp is None
    nx, nz = swimmer.spec.nx, swimmer.spec.nx + swimmer.spec.nu
    h = 1e-6
    for j in range(nz):
        step = np.zeros(nz)
        step[j] = h
        up = swimmer.linearize_dynamics(states + step[:nx], actions + step[nx:])
        down = swimmer.linearize_dynamics(states - step[:nx], actions - step[nx:])
        slope = np.concatenate([up.fx - down.fx, up.fu - down.fu], axis=2) / (2 * h)
        expected = np.einsum("nk,nki->ni", multipliers, slope)
        np.testing.assert_allclose(found.curvature[:, :, j], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.curvature, np.swapaxes(found.curvature, 1, 2))


def test_derivatives_by_parameters_agree_with_differences(swimmer: Simulator) -> None:
    states, actions = some_knots(swimmer, 3)
    found = swimmer.linearize_dynamics(states, actions, parameters=["medium_density", "target_speed"])
    assert found.fp is not None
    assert found.curvature is None
    above, below = (
        Simulator("swimmer", {"medium_density": 1000 + h}).step(states, actions).next_states for h in (0.1, -0.1)
    )
    np.testing.assert_allclose(found.fp[:, :, 0], (above - below) / 0.2, rtol=1e-5, atol=1e-10)
    assert (found.fp[:, :, 1] == 0).all()
    with pytest.raises(gaitway.InvalidArgumentError, match=r"parameters\[0\] must be one of .* but is 'links'"):
        swimmer.linearize_dynamics(states, actions, parameters=["links"])


def test_a_trajectory_has_a_terminal_knot_and_refills_its_arrays(swimmer: Simulator) -> None:
    T = 700  # More than one chunk.
    rollout = swimmer.rollout(OpenLoop(np.full((T, 2), 30.0)), horizon=T)[0]
    assert rollout.states is not None
    assert rollout.costs is not None
    assert rollout.actions is not None
    e = swimmer.linearize(rollout.states, rollout.actions)
    np.testing.assert_array_equal(e.next_states, rollout.states[1:])
    np.testing.assert_array_equal(e.l, rollout.costs)
    assert e.lxx.shape == (T + 1, 10, 10)
    assert set(e.statuses) == {"ok"}
    batch = swimmer.linearize(rollout.states[:-1], rollout.actions, hessian="gauss_newton")
    assert batch.lxx.shape == (T, 10, 10)
    np.testing.assert_array_equal(batch.fx, e.fx)
    fx = e.fx.copy()
    e.fx[:] = np.nan
    assert swimmer.linearize(rollout.states, rollout.actions, out=e) is e
    np.testing.assert_array_equal(e.fx, fx)
    with pytest.raises(ValueError, match=r"out is an Expansion\(700, 10, 2, True\)"):
        swimmer.linearize(rollout.states[:-1], rollout.actions, out=e)


def test_knots_that_cannot_be_simulated_are_data(swimmer: Simulator) -> None:
    states, actions = some_knots(swimmer, 3)
    states = states.copy()
    states[1, 4] = np.nan
    actions[2] = 1e3
    with pytest.raises(gaitway.InvalidArgumentError) as refused:
        swimmer.linearize(states, actions)
    assert refused.value.reason == "NON_FINITE_INPUT"
    e = swimmer.linearize(states, actions, allow_non_finite=True)
    assert e.statuses == ["ok", "non_finite_input", "clipped"]
    assert np.isnan(e.fx[1]).all()
    assert (e.fu[2] == 0).all()


def test_rollouts_have_their_places(swimmer: Simulator) -> None:
    T, nx, nu = 30, 10, 2
    random = np.random.default_rng(1)
    gains = LinearGaussian(
        xs=np.zeros((T, nx)),
        us=np.zeros((T, nu)),
        k=random.normal(size=(T, nu)),
        K=random.normal(size=(T, nu, nx)),
        L=np.broadcast_to(np.eye(nu), (T, nu, nu)),
    )
    net = Mlp(
        inputs=[1, 2, 3],
        layers=[
            Layer(random.normal(size=(4, 3)), np.zeros(4), "softplus"),
            Layer(random.normal(size=(nu, 4)), np.ones(nu)),
        ],
        noise_std=[1.0, 2.0],
    )
    starts = swimmer.initial_states(0, 3)
    rollouts = swimmer.rollout([gains, net], starts, horizon=T, seeds=[4, 5], step_sizes=[1.0, 0.5, 0.25], digest=True)
    assert rollouts.shape == (3, 2, 2, 3)
    assert len(rollouts) == 36
    assert rollouts.completed.all()
    assert (rollouts.steps == T).all()
    one = rollouts[2, 0, 1, 2]
    assert one is rollouts[((2 * 2 + 0) * 2 + 1) * 3 + 2]
    alone = swimmer.rollout(gains, starts[2], horizon=T, seeds=[5], step_sizes=[0.25], digest=True)[0]
    assert alone.digest == one.digest
    assert alone.states is not None
    assert alone.actions is not None
    assert alone.costs is not None
    numbers = b"".join(array.astype("<f8").tobytes() for array in (alone.states, alone.actions, alone.costs))
    assert hashlib.sha256(numbers).digest() == alone.digest
    assert alone.total_cost == rollouts.total_costs[2, 0, 1, 2]
    summary = swimmer.rollout(gains, starts[2], horizon=T, seeds=[5], step_sizes=[0.25], summary=True)[0]
    assert summary.states is None
    assert summary.total_cost == alone.total_cost


def test_a_linear_gaussian_controller_is_its_formula(swimmer: Simulator) -> None:
    """U = us + a k + K (x - xs), the first action of a rollout without noise."""
    random = np.random.default_rng(3)
    x, xs = swimmer.initial_states(1, 1)[0], random.normal(size=(1, 10))
    us, k, K = random.normal(size=(1, 2)), random.normal(size=(1, 2)), random.normal(size=(1, 2, 10))
    rollout = swimmer.rollout(LinearGaussian(xs, us, k, K), x, horizon=1, step_sizes=[0.5])[0]
    assert rollout.actions is not None
    np.testing.assert_allclose(rollout.actions, us + 0.5 * k + (x - xs) @ K[0].T, rtol=1e-13)


def test_a_network_is_its_formula(swimmer: Simulator) -> None:
    random = np.random.default_rng(4)
    W, b, V, c = random.normal(size=(5, 9)), random.normal(size=5), random.normal(size=(2, 5)), random.normal(size=2)
    x = swimmer.initial_states(1, 1)[0]
    net = Mlp(swimmer.spec.observation.tolist(), [Layer(W, b, "tanh"), Layer(V, c)])
    rollout = swimmer.rollout(net, x, horizon=1)[0]
    assert rollout.actions is not None
    np.testing.assert_allclose(rollout.actions, [V @ np.tanh(W @ x[1:] + b) + c], rtol=1e-13)


def test_a_walker_that_falls_ends_early(walker: Simulator) -> None:
    rollouts = walker.rollout(OpenLoop(np.zeros((500, 6))))
    assert rollouts[0].status == "terminated"
    assert 0 < rollouts[0].steps < 500
    assert rollouts[0].states is not None
    assert rollouts[0].states.shape == (rollouts[0].steps + 1, 18)


def test_drawn_actions_are_those_before_clipping(swimmer: Simulator) -> None:
    us = np.full((2, 2), 1e3)
    applied = swimmer.rollout(OpenLoop(us), horizon=2)[0]
    drawn = swimmer.rollout(OpenLoop(us), horizon=2, drawn_actions=True)[0]
    assert applied.clipped == 2
    np.testing.assert_array_equal(applied.actions, np.full((2, 2), swimmer.spec.action_upper[0]))
    np.testing.assert_array_equal(drawn.actions, us)


def test_work_is_counted_under_an_account() -> None:
    with Simulator("swimmer", account="python-test") as counted:
        counted.rollout(OpenLoop(np.zeros((9, 2))), horizon=9)
        assert counted.usage().rollout_steps == 9
    with pytest.raises(ValueError, match="account must be .* but is 'no spaces'"):
        Simulator("swimmer", account="no spaces")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.step(np.zeros((3, 9)), np.zeros((3, 2))), r"states has shape \(3, 9\); it must have \(B, 10\)"),
        (lambda s: s.step(np.zeros((3, 10)), np.zeros((2, 2))), r"actions has shape \(2, 2\); it must have \(3, 2\)"),
        (lambda s: s.linearize(np.zeros((5, 10)), np.zeros((3, 2))), "states has 5 rows; with 3 actions it must"),
        (
            lambda s: s.linearize(np.zeros((3, 10)), np.zeros((3, 2)), hessian="full"),
            "hessian must be one of 'exact', 'gauss_newton', but is 'full'",
        ),
        (lambda s: s.rollout(OpenLoop(np.zeros((9, 3))), horizon=9), r"us has shape \(9, 3\); it must have \(T, 2\)"),
        (
            lambda s: s.rollout(Mlp([0], [Layer([[1.0]], [0.0], "cube")]), horizon=9),
            r"layers\[0\].activation must be one of 'linear', .*, but is 'cube'",
        ),
        (
            lambda s: s.rollout(Mlp([0], [([[1.0]], [0.0])]), horizon=9),  # type: ignore[list-item]
            r"layers\[0\] must be a gaitway.Layer, but is \(\[\[1.0\]\], \[0.0\]\)",
        ),
        (
            lambda s: s.rollout(
                Mlp([0], [Layer([[1.0]], [0.0])], scaling=Scaling([0.0], [1.0], "1")),  # type: ignore[arg-type]
                horizon=9,
            ),
            "scaling.limit must be a number, but is '1'",
        ),
        (
            lambda s: s.rollout(OpenLoop(np.zeros((9, 2))), horizon=9, seeds=[-1]),
            "seeds.0. must be a whole number from 0 to .* but is -1",
        ),
        (lambda s: s.initial_states(2**64, 1), "seed must be .* but is 18446744073709551616"),
    ],
)
def test_arrays_that_cannot_fit_are_refused_here(swimmer: Simulator, call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        call(swimmer)  # type: ignore[operator]
    assert not isinstance(refused.value, gaitway.GaitwayError)


def test_the_server_s_refusals_are_typed(swimmer: Simulator) -> None:
    with pytest.raises(gaitway.NotFoundError) as unknown:
        Simulator("crawler")
    assert unknown.value.reason == "UNKNOWN_ENVIRONMENT"
    with pytest.raises(gaitway.InvalidArgumentError) as parameter:
        Simulator("swimmer", {"links": 99})
    assert (parameter.value.reason, parameter.value.field) == ("INVALID_PARAMETER", "environment.parameters[links]")
    with pytest.raises(gaitway.FailedPreconditionError) as digest:
        Simulator("swimmer", model_digest="0" * 64)
    assert digest.value.reason == "MODEL_DIGEST_MISMATCH"
    with pytest.raises(gaitway.InvalidArgumentError) as short:
        swimmer.rollout(OpenLoop(np.zeros((3, 2))), horizon=9)
    assert short.value.field == "controllers[0].open_loop.actions"
    with pytest.raises(gaitway.InvalidArgumentError) as work:
        swimmer.rollout(OpenLoop(np.zeros((99_999, 2))), np.zeros((60, 10)), horizon=99_999, summary=True)
    assert work.value.reason == "WORK_LIMIT_EXCEEDED"
