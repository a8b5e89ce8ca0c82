"""Crocoddyl's FDDP and BoxFDDP (Mastalli et al. 2020, 2022) on the server's dynamics and exact derivatives.

    python clients/python/examples/crocoddyl_ddp.py [swimmer|walker] [--solver FDDP|BoxFDDP] [--compare]

A node of Crocoddyl's shooting problem is a control step on the server. Crocoddyl asks node by node; the server is asked
for all nodes at once, when the first of them is. Derivatives are wanted along the trajectory that the solver stands on:
one call of Linearize. A line search rolls the solver's gains out: one call of Rollout for all step sizes. Crocoddyl's
actions are in units of about half of their range, as it adds its regularisation to Quu whatever the units. The start is
the environment's first guess: the swimmer's sinusoid, the walker's gait. With --compare, examples/ilqr.py begins with
the same trajectory. Needs pip install "./clients/python[crocoddyl]".
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from ilqr import ilqr

import gaitway
from gaitway.extras import missing
from gaitway.local_server import command
from gaitway.tensors import Floats

try:
    import crocoddyl
except ImportError as error:
    raise SystemExit(missing("crocoddyl", "brings the solvers", "crocoddyl")) from error

SOLVERS = {"FDDP": crocoddyl.SolverFDDP, "BoxFDDP": crocoddyl.SolverBoxFDDP}


#: Crocoddyl raises its regularisation only after steps below 0.01, and creeps. Raised below a half, and by smaller
#: factors, it leads FDDP to costs like those of examples/ilqr.py.
SCHEDULE = {"th_stepInc": 0.5, "th_stepDec": 0.6, "reg_incFactor": 2.0, "th_acceptStep": 1e-4}
FIRST_REGULARISATION = 1.0


class Nodes:
    """The server's answers for the nodes of one shooting problem.

    Attributes:
        unit: Crocoddyl's unit of each action, a power of two so that no bit is lost, shape (nu,).
        solver: who asks; set once it exists.
        calls: how often the server was asked, by method.
        error: what went wrong, if anything has.
    """

    def __init__(self, simulator: gaitway.Simulator, hessian: str) -> None:
        self.simulator, self.hessian = simulator, hessian
        self.solver: Any = None
        self.calls = {"linearize": 0, "rollout": 0, "step": 0}
        self.error: BaseException | None = None
        self.lower = np.array([entry.lower for entry in simulator.spec.action])
        self.upper = np.array([entry.upper for entry in simulator.spec.action])
        self.unit = 2.0 ** np.floor(np.log2((self.upper - self.lower) / 2))
        self._xs = self._us = np.empty(0)
        self._expansion: gaitway.Expansion | None = None
        self._searched = -1
        self._search: dict[float, gaitway.Rollout] = {}

    def expansion(self, t: int, x: Floats, u: Floats | None) -> gaitway.Expansion:
        """Derivatives at all nodes, of which node t is at x and u, N m; u is None at the last."""
        known = self._known(t, x, u)
        if known is None:
            self._xs, self._us = _array(self.solver.xs), self.unit * _array(self.solver.us)
            self._expansion = self.simulator.linearize(self._xs, self._us, hessian=self.hessian, out=self._expansion)
            self.calls["linearize"] += 1
            known = self._known(t, x, u)
        if known is None:
            raise ValueError(f"node {t} must be on the solver's trajectory, but is at x = {x}, u = {u}")
        return known

    def step(self, t: int, x: Floats, u: Floats) -> tuple[Floats, float]:
        """The next state and the cost; a cost of NaN, which no line search accepts, if the episode would end early."""
        known = self._known(t, x, u) if self._expansion is not None else self.expansion(t, x, u)
        if known is not None:
            return known.next_states[t], float(known.l[t])
        rollout = self._rollout(t, x)
        if rollout is not None and rollout.status != "completed":
            return x, float("nan")
        if rollout is not None and self._same_action(_whole(rollout.actions)[t], u):
            return _whole(rollout.states)[t + 1], float(_whole(rollout.costs)[t])
        batch = self.simulator.step(x[None], u[None])
        self.calls["step"] += 1
        return batch.next_states[0], float("nan") if batch.terminated[0] else float(batch.costs[0])

    def terminal_cost(self, x: Floats) -> float:
        """The cost of the last state."""
        known = self._known(-1, x, None)
        if known is not None:
            return float(known.l[-1])
        rollout = self._rollout(self.solver.problem.T, x)
        if rollout is not None:
            return float(_whole(rollout.costs)[-1])
        return float(self.simulator.linearize(x[None], np.empty((0, self.simulator.spec.nu))).l[0])

    def _known(self, t: int, x: Floats, u: Floats | None) -> gaitway.Expansion | None:
        """The derivatives that are there, if node t of them is at x and u."""
        e = self._expansion
        if e is None or not np.array_equal(self._xs[t], x) or not (u is None or np.array_equal(self._us[t], u)):
            return None
        return e

    def _rollout(self, t: int, x: Floats) -> gaitway.Rollout | None:
        """The rollout of the step size under trial, if its state t is x."""
        solver = self.solver
        if self._searched != solver.iter:
            xs, us, alphas = _array(solver.xs), self.unit * _array(solver.us), list(solver.alphas)
            k, K = self.unit * _array(solver.k), self.unit[:, None] * _array(solver.K)
            controller = gaitway.LinearGaussian(xs[:-1], us, -k, -K)
            rollouts = self.simulator.rollout(controller, xs[0], horizon=len(us), step_sizes=alphas, drawn_actions=True)
            self._searched, self._search = solver.iter, dict(zip(alphas, rollouts, strict=True))
            self.calls["rollout"] += 1
        rollout = self._search.get(solver.stepLength)
        return rollout if rollout is not None and np.array_equal(_whole(rollout.states)[t : t + 1], x[None]) else None

    def _same_action(self, a: Floats, b: Floats) -> bool:
        """Whether two actions within the bounds differ by round-off: Crocoddyl's sums are in another order."""
        apart = np.abs(np.clip(a, self.lower, self.upper) - np.clip(b, self.lower, self.upper))
        return bool(np.all(apart <= 1e-9 * self.unit))


def _array(vectors: Any) -> Floats:
    return np.array(vectors.tolist())


def _whole(part: Floats | None) -> Floats:
    """What only a summary of a rollout is without."""
    assert part is not None
    return part


Method = Callable[[Any, Any, Floats, Any], None]


def _kept(method: Method) -> Callable[..., None]:
    """Keeps an exception in the nodes and makes the solver give up. In Crocoddyl's hands it would end the process."""

    def call(self: Any, data: Any, x: Floats, u: Floats | None = None) -> None:
        if self.nodes.error is None:
            try:
                method(self, data, x, u)
                return
            except BaseException as error:
                self.nodes.error = error
        data.cost = float("nan")
        data.Lx = np.full_like(data.Lx, np.nan)

    return call


class ControlStep(crocoddyl.ActionModelAbstract):
    """Node t: a control step of the environment, with the bounds of its actions."""

    def __init__(self, nodes: Nodes, t: int) -> None:
        spec = nodes.simulator.spec
        crocoddyl.ActionModelAbstract.__init__(self, crocoddyl.StateVector(spec.nx), spec.nu, 0)
        self.u_lb, self.u_ub = nodes.lower / nodes.unit, nodes.upper / nodes.unit
        self.nodes, self.t = nodes, t

    @_kept
    def calc(self, data: Any, x: Floats, u: Floats) -> None:
        """Sets the next state and the cost."""
        data.xnext, data.cost = self.nodes.step(self.t, x, self.nodes.unit * u)

    @_kept
    def calcDiff(self, data: Any, x: Floats, u: Floats) -> None:  # noqa: N802
        """Sets the derivatives."""
        unit, t = self.nodes.unit, self.t
        e = self.nodes.expansion(t, x, unit * u)
        data.Fx, data.Fu = e.fx[t], e.fu[t] * unit
        data.Lx, data.Lu = e.lx[t], e.lu[t] * unit
        data.Lxx, data.Lxu, data.Luu = e.lxx[t], e.lux[t].T * unit, e.luu[t] * unit * unit[:, None]


class LastState(crocoddyl.ActionModelAbstract):
    """The terminal node: a state and its cost."""

    def __init__(self, nodes: Nodes) -> None:
        crocoddyl.ActionModelAbstract.__init__(self, crocoddyl.StateVector(nodes.simulator.spec.nx), 0, 0)
        self.nodes = nodes

    @_kept
    def calc(self, data: Any, x: Floats, u: Floats) -> None:
        """Sets the next state and the cost."""
        data.xnext, data.cost = x, self.nodes.terminal_cost(x)

    @_kept
    def calcDiff(self, data: Any, x: Floats, u: Floats) -> None:  # noqa: N802
        """Sets the derivatives."""
        e = self.nodes.expansion(-1, x, None)
        data.Lx, data.Lxx = e.lx[-1], e.lxx[-1]


class Progress(crocoddyl.CallbackAbstract):
    """Tells of every iteration."""

    def __call__(self, solver: Any) -> None:
        """Prints a line."""
        print(
            f"iteration {solver.iter:4d}   cost {solver.cost:.8f}   expected reduction {solver.stop:.1e}"
            f"   step size {solver.stepLength:.2g}   regularisation {solver.preg:.0e}",
            file=sys.stderr,
        )


def first_guess(simulator: gaitway.Simulator, parameters: dict[str, float]) -> Floats:
    """The environment's first guess of the actions, shape (horizon, nu)."""
    guess, spec = simulator.spec.first_guess, simulator.spec
    if guess is None:
        return np.zeros((spec.horizon, spec.nu))
    if guess.sinusoid is not None:
        wave, t = guess.sinusoid, spec.dt * np.arange(spec.horizon)[:, None]
        return wave.amplitude * np.sin(2 * np.pi * wave.frequency * t + wave.phase)
    with tempfile.TemporaryDirectory() as folder:
        walk = Path(folder) / "walk.json"
        given = [part for name, value in parameters.items() for part in ("--param", f"{name}={value!r}")]
        record = [*command(), "record", spec.id, "--out", str(walk), *given]
        subprocess.run(record, check=True, stdout=subprocess.DEVNULL)
        return np.array(json.loads(walk.read_text())["us"])


def optimize(
    simulator: gaitway.Simulator,
    start: gaitway.Rollout,
    solver: str = "FDDP",
    iterations: int = 200,
    tolerance: float = 1e-9,
    hessian: str = "gauss_newton",
) -> dict[str, Any]:
    """Improves a rollout.

    Args:
        simulator: dynamics and cost.
        start: the rollout to begin with.
        solver: a name in ``SOLVERS``.
        iterations: most iterations.
        tolerance: the solver ends when it expects to reduce the cost by less.
        hessian: the cost's second derivatives, ``"gauss_newton"`` or ``"exact"``.

    Returns:
        What came of it: ``clipped_steps`` have an action of the solver out of bounds; ``rollout_cost`` and ``us``,
        actions of shape (T, nu), N m, are those of a rollout of the end.
    """
    assert start.states is not None
    assert start.actions is not None
    began, nodes = time.perf_counter(), Nodes(simulator, hessian)
    steps = [ControlStep(nodes, t) for t in range(len(start.actions))]
    problem = crocoddyl.ShootingProblem(start.states[0], steps, LastState(nodes))
    nodes.solver = SOLVERS[solver](problem)
    for name, value in {**SCHEDULE, "th_stop": tolerance}.items():
        setattr(nodes.solver, name, value)
    nodes.solver.setCallbacks([Progress()])
    guess = list(start.states), list(start.actions / nodes.unit)
    converged = nodes.solver.solve(*guess, iterations, True, FIRST_REGULARISATION)
    if nodes.error is not None:
        raise nodes.error
    xs, us = _array(nodes.solver.xs), nodes.unit * _array(nodes.solver.us)
    # With feedback, as a walker lets differences in the last bits of the actions grow.
    gains = gaitway.LinearGaussian(xs[:-1], us, np.zeros_like(us), -nodes.unit[:, None] * _array(nodes.solver.K))
    checked = simulator.rollout(gains, xs[0], horizon=len(us))[0]
    return {
        "cost": nodes.solver.cost,
        "converged": converged,
        "iterations": nodes.solver.iter,
        "rollout_cost": checked.total_cost,
        "clipped_steps": int(np.any((us < nodes.lower) | (us > nodes.upper), axis=1).sum()),
        "calls": nodes.calls,
        "seconds": round(time.perf_counter() - began, 1),
        "us": checked.actions,
    }


def parameter(given: str) -> tuple[str, float]:
    name, _, value = given.partition("=")
    return name, float(value)


def main() -> None:
    parser = argparse.ArgumentParser(description="Crocoddyl's FDDP and BoxFDDP on Gaitway's derivatives.")
    parser.add_argument("environment", nargs="?", default="swimmer")
    parser.add_argument("--solver", choices=SOLVERS, default="FDDP", help="BoxFDDP knows the actions' bounds (FDDP)")
    parser.add_argument("--iterations", type=int, default=500, help="most iterations (500)")
    parser.add_argument("--tolerance", type=float, default=1e-9, help="least reduction worth an iteration (1e-9)")
    parser.add_argument("--hessian", choices=("gauss_newton", "exact"), default="gauss_newton", help="of the cost")
    parser.add_argument("--horizon", type=int, help="control steps (the environment's)")
    parser.add_argument(
        "--param", action="append", default=[], type=parameter, metavar="NAME=VALUE", help="of the environment"
    )
    parser.add_argument("--warm", type=int, default=0, help="iterations of examples/ilqr.py that lead to the start (0)")
    parser.add_argument("--compare", action="store_true", help="let examples/ilqr.py go on from the same start")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    options = parser.parse_args()
    parameters = dict(options.param)
    with gaitway.Simulator(options.environment, parameters) as simulator:
        us = first_guess(simulator, parameters)[: options.horizon]
        with contextlib.redirect_stdout(sys.stderr):
            start = ilqr(simulator, us, 0, options.warm)
        result = {
            "environment": options.environment,
            "parameters": parameters,
            "solver": options.solver,
            "crocoddyl": version("crocoddyl"),
            "start_cost": start.total_cost,
            **optimize(simulator, start, options.solver, options.iterations, options.tolerance, options.hessian),
        }
        del result["us"]
        if options.compare:
            assert start.actions is not None
            with contextlib.redirect_stdout(sys.stderr):
                ours = ilqr(simulator, start.actions, options.tolerance / start.total_cost, options.iterations)
            result["ilqr_cost"] = ours.total_cost
            result["relative_difference"] = result["cost"] / ours.total_cost - 1
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name.replace('_', ' '):20}{value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
