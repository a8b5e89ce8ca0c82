"""Makes rliable.json, what RliableTest and test_plots.py expect: rliable's statistics of an invented matrix.

    python3 -m venv venv && venv/bin/pip install rliable==1.2.0
    venv/bin/python rliable-golden.py > rliable.json

Costs go in as scores with the sign turned, since rliable takes more for better. A run that diverged is null.
"""

import datetime
import importlib.metadata
import json
import platform
import sys

import numpy as np
from rliable import library, metrics

RUNS = {"one": 10, "two": 10, "three": 7}
TASKS = 4
REPS = 20_000
PAIR_REPS = 2_000  # Each takes four tests of Mann and Whitney.
THRESHOLDS = [0.9, 1.0, 1.1, 1.3, 2.0, 5.0]


def invented():
    """Costs / DDP of three methods, shape (runs, tasks) each; some diverged, some are the same."""
    rng = np.random.default_rng(20131205)
    scale = np.array([1.0, 1.1, 1.4, 4.0])
    costs = {
        name: scale * np.exp(shift + 0.3 * rng.standard_normal((runs, TASKS)))
        for (name, runs), shift in zip(RUNS.items(), [0.0, 0.1, -0.2], strict=True)
    }
    costs["two"][3, 3] = np.inf
    costs["two"][8, 3] = np.inf
    costs["two"][:4, 0] = costs["one"][:4, 0]
    return costs


def intervals(scores, statistic, seed, reps=REPS):
    """Estimates and 95 % intervals by the stratified bootstrap."""
    estimates, bounds = library.get_interval_estimates(
        scores, statistic, reps=reps, random_state=np.random.RandomState(seed)
    )
    return {
        name: {
            "estimate": np.atleast_1d(estimates[name]).tolist(),
            "lower": np.atleast_2d(bounds[name])[0].tolist(),
            "upper": np.atleast_2d(bounds[name])[1].tolist(),
        }
        for name in scores
    }


def negative(values):
    """Scores as costs again: the bounds change places."""
    return {
        "estimate": [-value for value in values["estimate"]],
        "lower": [-value for value in values["upper"]],
        "upper": [-value for value in values["lower"]],
    }


def main():
    costs = invented()
    scores = {name: -each for name, each in costs.items()}
    iqm = intervals(scores, lambda each: np.array([metrics.aggregate_iqm(each)]), 1)
    tasks = {
        f"{name}/{task}": {
            "iqm": -float(metrics.aggregate_iqm(each[:, task : task + 1]))
        }
        for name, each in scores.items()
        for task in range(TASKS)
    }
    means = {
        name: -float(metrics.aggregate_mean(each))
        for name, each in scores.items()
        if name != "two"
    }
    pairs = {
        f"{x},{y}": (scores[x], scores[y]) for x in scores for y in scores if x != y
    }
    improvement = intervals(
        pairs, lambda x, y: np.array([metrics.probability_of_improvement(x, y)]), 2, PAIR_REPS
    )
    profiles, bounds = library.create_performance_profile(
        scores, -np.array(THRESHOLDS), reps=REPS
    )
    json.dump(
        {
            "versions": {
                "python": platform.python_version(),
                **{
                    name: importlib.metadata.version(name)
                    for name in ("rliable", "numpy", "scipy", "arch")
                },
            },
            "date": datetime.date.today().isoformat(),
            "costs": {
                name: [[v if np.isfinite(v) else None for v in row] for row in each.T]
                for name, each in costs.items()
            },
            "interquartile_mean": {name: negative(each) for name, each in iqm.items()},
            "interquartile_mean_of_tasks": tasks,
            "mean": means,
            "improvement": improvement,
            "thresholds": THRESHOLDS,
            "profile": {
                name: {
                    "estimate": profiles[name].tolist(),
                    "lower": bounds[name][0].tolist(),
                    "upper": bounds[name][1].tolist(),
                }
                for name in scores
            },
        },
        sys.stdout,
        indent=1,
    )
    print()


if __name__ == "__main__":
    main()
