"""Makes stateless calls on a server until its standard input ends, and says how many there were.

    python clients/python/benchmarks/stateless_load.py ADDRESS

``env-server/faults/restart`` runs it while it kills the server. A call that fails, or whose answer is not what it was
before, ends the program with its error.
"""

from __future__ import annotations

import sys
import threading

import numpy as np

import gaitway


def main() -> None:
    """Calls in two threads over one connection."""
    done = threading.Event()
    counts: list[int] = []
    failures: list[BaseException] = []
    with gaitway.Simulator("swimmer", address=sys.argv[1]) as simulator:

        def work(seed: int) -> None:
            try:
                counts.append(calls(simulator, seed, done))
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
        for thread in threads:
            thread.start()
        sys.stdin.read()
        done.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    print(sum(counts), "calls of the Python client")


def calls(simulator: gaitway.Simulator, seed: int, done: threading.Event) -> int:
    """Makes calls in turn; returns their number."""
    horizon, nu = 100, simulator.spec.nu
    states = simulator.initial_states(seed, 10)
    controller = gaitway.OpenLoop(np.full((horizon, nu), 0.1 * seed))
    trajectory = np.zeros((horizon + 1, simulator.spec.nx)), np.zeros((horizon, nu))
    costs = simulator.rollout(controller, states, horizon=horizon).total_costs
    fx = simulator.linearize(*trajectory).fx
    count = 3
    while not done.is_set():
        np.testing.assert_array_equal(simulator.initial_states(seed, 10), states)
        np.testing.assert_array_equal(simulator.rollout(controller, states, horizon=horizon).total_costs, costs)
        np.testing.assert_array_equal(simulator.linearize(*trajectory).fx, fx)
        count += 3
    return count


if __name__ == "__main__":
    main()
