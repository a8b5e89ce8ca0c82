"""Masses and friction of a robot, from a motion that was measured, by derivatives by parameters.

    python clients/python/examples/identify.py

A crawler of unknown masses on a floor of unknown friction moves under known motor torques. From its measured states,
Gauss-Newton finds the parameters p with which each state leads to the next: with the prediction error
e_t = x_{t+1} - f(x_t, u_t; p) of every control step and its derivative -f_p, each iteration is one call and a linear
least-squares problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

import gaitway
from gaitway.tensors import Floats

HERE = Path(__file__).parent
TRUTH = {"log_mass": 4.2, "front_mass": 0.6, "back_mass": 1.1, "friction": 0.45}
GUESS = {"log_mass": 3.0, "front_mass": 0.8, "back_mass": 0.8, "friction": 0.8}
NOISE = 1e-5


def crawler(parameters: Mapping[str, float]) -> gaitway.Simulator:
    return gaitway.Simulator.from_mjcf(HERE / "crawler.xml", HERE / "crawler.yaml", parameters)


def motion(seed: int) -> tuple[Floats, Floats]:
    """States as measured, shape (T + 1, nx), and actions, shape (T, nu), of the crawler as it is."""
    with crawler(TRUTH) as simulator:
        spec = simulator.spec
        t = np.arange(spec.horizon)[:, None] * spec.dt
        actions = 6 * np.sin(2 * np.pi * np.array([1.1, 0.7]) * t + np.array([0.0, 1.0]))
        rollout = simulator.rollout(gaitway.OpenLoop(actions))[0]
    assert rollout.states is not None
    noise = NOISE * np.random.default_rng(seed).normal(size=rollout.states.shape)
    return rollout.states + noise, actions


def identify(states: Floats, actions: Floats, guess: Mapping[str, float], iterations: int = 8) -> dict[str, float]:
    """The parameters that explain a motion best, beginning with a guess."""
    names = list(guess)
    p = np.array([guess[name] for name in names])
    for _ in range(iterations):
        with crawler(dict(zip(names, p, strict=True))) as simulator:
            found = simulator.linearize_dynamics(states[:-1], actions, parameters=names)
        assert found.fp is not None
        errors = states[1:] - found.next_states
        weights = 1 / errors.std(axis=0)
        step = np.linalg.lstsq(
            (weights[:, None] * found.fp).reshape(-1, len(names)), (weights * errors).ravel(), rcond=None
        )[0]
        p = np.clip(p + step, 0.5 * p, 2 * p)
        print("  ".join(f"{name} {value:.6f}" for name, value in zip(names, p, strict=True)))
        if np.all(np.abs(step) < 1e-6 * p):
            break
    return dict(zip(names, p.tolist(), strict=True))


def main() -> None:
    states, actions = motion(seed=0)
    found = identify(states, actions, GUESS)
    for name, value in found.items():
        print(f"{name}: {value:.4f}, in truth {TRUTH[name]}")


if __name__ == "__main__":
    main()
