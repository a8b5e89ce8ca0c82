"""The example that lets Crocoddyl's solvers work on the server's derivatives."""

from __future__ import annotations

from typing import Any

import crocoddyl
import crocoddyl_ddp as example
import numpy as np
import pytest
from ilqr import ilqr

import gaitway


def start(simulator: gaitway.Simulator, horizon: int | None = None) -> gaitway.Rollout:
    us = example.first_guess(simulator, {})[:horizon]
    return simulator.rollout(gaitway.OpenLoop(us), horizon=len(us))[0]


def posed(simulator: gaitway.Simulator, begin: gaitway.Rollout) -> tuple[example.Nodes, Any]:
    """A shooting problem whose solver stands on a rollout; returns the nodes and the problem."""
    assert begin.states is not None
    assert begin.actions is not None
    nodes = example.Nodes(simulator, "exact")
    steps = [example.ControlStep(nodes, t) for t in range(len(begin.actions))]
    problem = crocoddyl.ShootingProblem(begin.states[0], steps, example.LastState(nodes))
    nodes.solver = crocoddyl.SolverDDP(problem)
    nodes.solver.setCandidate(list(begin.states), list(begin.actions / nodes.unit), True)
    problem.calc(nodes.solver.xs, nodes.solver.us)
    return nodes, problem


@pytest.mark.parametrize("environment", ["swimmer", "walker"])
def test_derivatives_agree_with_crocoddyl_s_differences(environment: str) -> None:
    with gaitway.Simulator(environment) as simulator:
        begin = start(simulator, 8)
        nodes, problem = posed(simulator, begin)
        problem.calcDiff(nodes.solver.xs, nodes.solver.us)
        assert nodes.calls == {"linearize": 1, "rollout": 0, "step": 0}
        cost = sum(data.cost for data in problem.runningDatas) + problem.terminalData.cost
        assert cost == pytest.approx(begin.total_cost, rel=1e-14)
        for t in range(5, 8):  # In motion: at rest the swimmer's derivatives jump.
            ours, model = problem.runningDatas[t], problem.runningModels[t]
            x, u = nodes.solver.xs[t], nodes.solver.us[t]
            numeric = crocoddyl.ActionModelNumDiff(model, False)
            theirs = numeric.createData()
            numeric.calc(theirs, x, u)
            numeric.calcDiff(theirs, x, u)
            assert begin.states is not None
            np.testing.assert_array_equal(ours.xnext, begin.states[t + 1])
            for name in ("Fx", "Fu", "Lx", "Lu"):
                scale = np.abs(getattr(theirs, name)).max()
                np.testing.assert_allclose(
                    getattr(ours, name), getattr(theirs, name), rtol=0, atol=1e-4 * scale, err_msg=f"{name} of node {t}"
                )
        assert nodes.calls["step"] > 0
        assert nodes.error is None


def test_fddp_and_our_ilqr_find_the_same_swimming() -> None:
    """Half of the way one of them leads: from the first guess the two take turns to different minima."""
    with gaitway.Simulator("swimmer") as simulator:
        begin = ilqr(simulator, example.first_guess(simulator, {})[:40], 0, 20)
        assert begin.actions is not None
        ours = ilqr(simulator, begin.actions, tolerance=1e-12, iterations=1000)
        found = example.optimize(simulator, begin, "FDDP", iterations=1000, tolerance=1e-11)
    assert found["converged"]
    assert ours.total_cost < 0.98 * begin.total_cost
    assert found["cost"] == pytest.approx(ours.total_cost, rel=1e-9)
    assert found["rollout_cost"] == pytest.approx(found["cost"], rel=1e-12)
    assert found["calls"] == {"linearize": found["iterations"] + 1, "rollout": found["iterations"] + 1, "step": 0}


@pytest.mark.parametrize(("limit", "cost"), [(10, 9.545087367179), (20, 9.104420842896)])
def test_boxfddp_keeps_the_bounds_and_ends_where_our_box_ddp_ends(limit: float, cost: float) -> None:
    """BoundedIlqrTest holds the Java optimiser to the same costs."""
    with gaitway.Simulator("swimmer", {"torque_limit": limit}) as simulator:
        found = example.optimize(simulator, start(simulator, 40), "BoxFDDP", iterations=500, tolerance=1e-11)
    assert found["converged"]
    assert np.abs(found["us"]).max() == limit
    assert found["clipped_steps"] == 0
    assert found["cost"] == pytest.approx(cost, rel=1e-9)
    assert found["rollout_cost"] == pytest.approx(found["cost"], rel=1e-12)


class Failing(gaitway.Simulator):
    """Fails at the third linearisation."""

    left = 2

    def linearize(self, *arguments: Any, **more: Any) -> gaitway.Expansion:
        if self.left == 0:
            raise gaitway.UnavailableError("the server is gone")
        self.left -= 1
        return super().linearize(*arguments, **more)


def test_an_error_is_raised_once_the_solver_has_given_up() -> None:
    with Failing("swimmer") as simulator, pytest.raises(gaitway.UnavailableError, match="the server is gone"):
        example.optimize(simulator, start(simulator, 50))


def test_actions_elsewhere_are_stepped_one_by_one() -> None:
    with gaitway.Simulator("swimmer") as simulator:
        begin = start(simulator, 2)
        nodes, problem = posed(simulator, begin)
        x, u = nodes.solver.xs[0], nodes.solver.us[0] + 0.125
        data = problem.runningModels[0].createData()
        problem.runningModels[0].calc(data, x, u)
        batch = simulator.step(x[None], (nodes.unit * u)[None])
    assert nodes.error is None
    assert nodes.calls["step"] == 1
    np.testing.assert_array_equal(data.xnext, batch.next_states[0])
    assert data.cost == batch.costs[0]
