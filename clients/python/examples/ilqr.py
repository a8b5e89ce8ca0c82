"""A swimming motion by iLQR (Tassa et al. 2012), in numpy, on the server's exact derivatives.

    python clients/python/examples/ilqr.py

The same first guess and the same schedule as the Java optimiser's, and the same cost in the end.
"""

from __future__ import annotations

import numpy as np

import gaitway
from gaitway.tensors import Floats

STEP_SIZES = 1.1 ** -(np.arange(10.0) ** 2)


def sweep(e: gaitway.Expansion, lam: float) -> tuple[Floats, Floats, float, float] | None:
    """Gains k, K and the model's linear and quadratic reduction; None if a Quu is not positive definite."""
    k, K = np.zeros((e.T, e.nu)), np.zeros((e.T, e.nu, e.nx))
    linear = quadratic = 0.0
    Vx, Vxx = e.lx[-1], (e.lxx[-1] + e.lxx[-1].T) / 2
    for t in reversed(range(e.T)):
        fx, fu = e.fx[t], e.fu[t]
        Qx, Qu = e.lx[t] + fx.T @ Vx, e.lu[t] + fu.T @ Vx
        Qxx, Qux, Quu = e.lxx[t] + fx.T @ Vxx @ fx, e.lux[t] + fu.T @ Vxx @ fx, e.luu[t] + fu.T @ Vxx @ fu
        regular = Quu + lam * fu.T @ fu
        if np.linalg.eigvalsh(regular)[0] <= 0:
            return None
        gains = np.linalg.solve(regular, np.column_stack([Qu, Qux + lam * fu.T @ fx]))
        k[t], K[t] = -gains[:, 0], -gains[:, 1:]
        linear, quadratic = linear + k[t] @ Qu, quadratic + k[t] @ Quu @ k[t] / 2
        Vx = Qx + Qux.T @ k[t] + K[t].T @ (Quu @ k[t] + Qu)
        Vxx = Qxx + Qux.T @ K[t] + K[t].T @ (Quu @ K[t] + Qux)
        Vxx = (Vxx + Vxx.T) / 2
    return k, K, linear, quadratic


def ilqr(simulator: gaitway.Simulator, us: Floats, tolerance: float = 1e-7, iterations: int = 200) -> gaitway.Rollout:
    """Improves actions from the mean initial state until the cost stops falling."""
    best = simulator.rollout(gaitway.OpenLoop(us), horizon=len(us))[0]
    lam, delta, flat = 0.0, 1.0, 0
    e = None
    for _ in range(iterations):
        assert best.states is not None
        assert best.actions is not None
        e = simulator.linearize(best.states, best.actions, hessian="gauss_newton", out=e)
        while (swept := sweep(e, lam)) is None:
            delta = max(2.0, 2 * delta)
            lam = max(1e-6, lam * delta)
        k, K, linear, quadratic = swept
        expected = -STEP_SIZES * (linear + STEP_SIZES * quadratic)
        small = tolerance * max(1.0, best.total_cost)
        if expected[0] <= small and lam == 0:
            break
        controller = gaitway.LinearGaussian(best.states, best.actions, k, K)
        tried = simulator.rollout(controller, best.states[0], horizon=len(us), step_sizes=STEP_SIZES)
        gained = np.where(tried.completed, best.total_cost - tried.total_costs, -np.inf).ravel()
        accepted = np.flatnonzero((gained > 0) & (gained >= 1e-4 * expected))
        first = int(accepted[0]) if len(accepted) else None
        if first is not None and STEP_SIZES[first] >= 0.1:
            delta = min(0.5, delta / 2)
            lam = lam * delta if lam * delta >= 1e-6 else 0.0
        else:
            delta = max(2.0, 2 * delta)
            lam = max(1e-6, lam * delta)
        if first is None:
            continue
        best = tried[first]
        flat = flat + 1 if gained[first] <= small else 0
        print(f"cost {best.total_cost:.8f}   step size {STEP_SIZES[first]:.2g}   lambda {lam:.2g}")
        if flat and (lam == 0 or flat >= 3):
            break
    return best


def first_guess(simulator: gaitway.Simulator) -> Floats:
    """A travelling wave of torques, shape (T, nu), N m."""
    spec = simulator.spec
    t, j = np.arange(spec.horizon)[:, None], np.arange(spec.nu)
    wave: Floats = 40 * np.sin(2 * np.pi * 0.45 * t * spec.dt - 1.6 * j)
    return wave


def main() -> None:
    with gaitway.Simulator("swimmer") as simulator:
        solution = ilqr(simulator, first_guess(simulator))
        assert solution.states is not None
        print(f"{solution.total_cost:.10f} for {solution.states[-1, 0]:.2f} m")


if __name__ == "__main__":
    main()
