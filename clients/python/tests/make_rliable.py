"""Makes golden-rliable.json: what rliable says of a matrix of costs.

    pip install rliable==1.2.0 && python make_rliable.py

Made with rliable 1.2.0, arch 7.2.0, scipy 1.17.1 and numpy 2.4.6 on 2026-11-30.
"""

import json
from pathlib import Path

import numpy as np
from rliable import library, metrics

TAUS = [1.0, 1.2, 1.5, 2.0, 4.0]


def main() -> None:
    """Writes the file beside this program."""
    random = np.random.default_rng(7)
    # Runs × tasks, as ratios to DDP; the second method is better on two of three tasks.
    costs = {
        "a": np.exp(random.normal([0.3, 0.5, 0.9], [0.1, 0.4, 0.6], size=(10, 3))),
        "b": np.exp(random.normal([0.1, 0.6, 0.5], [0.1, 0.3, 0.6], size=(10, 3))),
    }
    scores = {name: -cost for name, cost in costs.items()}
    profiles, bands = library.create_performance_profile(scores, -np.array(TAUS), reps=20_000)
    means, intervals = library.get_interval_estimates(
        scores, lambda x: np.array([metrics.aggregate_iqm(x)]), reps=20_000
    )
    pair = {"a,b": (scores["a"], scores["b"])}
    better, better_interval = library.get_interval_estimates(
        pair, lambda x, y: np.array([metrics.probability_of_improvement(x, y)]), reps=20_000
    )
    golden = {
        "taus": TAUS,
        "costs": {name: cost.tolist() for name, cost in costs.items()},
        "iqm": {name: -float(mean[0]) for name, mean in means.items()},
        "iqm_interval": {name: sorted((-ends[:, 0]).tolist()) for name, ends in intervals.items()},
        "profile": {name: profile.tolist() for name, profile in profiles.items()},
        "profile_band": {name: band.tolist() for name, band in bands.items()},
        "improvement": float(better["a,b"][0]),
        "improvement_interval": better_interval["a,b"][:, 0].tolist(),
    }
    Path(__file__).with_name("golden-rliable.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
