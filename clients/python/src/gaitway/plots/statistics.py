"""Statistics over runs: those of rliable 1.2 (Agarwal et al., 2021), for costs, of which less is better.

Own lines of numpy, since rliable takes no infinite costs, bootstraps curves iteration by iteration, and brings
statsmodels; the tests hold them against its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gaitway.tensors import Floats

__all__ = [
    "Interval",
    "improvement_probability",
    "interquartile_mean",
    "interval",
    "score_distribution",
    "stratified",
]

#: Costs of the runs on each task, arrays of shape (runs,).
Runs: TypeAlias = Sequence[Floats]

RESAMPLES = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate and its interval; numbers, or arrays of one shape."""

    estimate: Floats
    lower: Floats
    upper: Floats


def interquartile_mean(costs: Floats, axis: int = 0) -> Floats:
    """The mean without the lowest and the highest quarter, each rounded down to whole runs.

    As scipy.stats.trim_mean(costs, 0.25). Infinite where what is left holds an infinite cost.
    """
    ordered = np.sort(costs, axis=axis)
    n = costs.shape[axis]
    cut = n // 4
    with np.errstate(invalid="ignore"):
        kept: Floats = np.take(ordered, np.arange(cut, n - cut), axis=axis).mean(axis=axis)
    return kept


def interval(costs: Floats, *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """Interquartile means over runs, with percentile bootstrap intervals.

    Args:
        costs: shape (runs, ...).
        resamples: how often runs are drawn anew.
        seed: what they are drawn with; the same numbers for every column.

    Returns:
        Arrays of shape (...).
    """
    drawn = np.random.default_rng(seed).integers(len(costs), size=(resamples, len(costs)))
    means = np.stack([interquartile_mean(costs[rows]) for rows in drawn])
    return _percentiles(interquartile_mean(costs), means)


def stratified(
    runs: Sequence[Runs],
    statistic: Callable[..., Floats],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """A statistic of one or more methods, with an interval by the stratified bootstrap.

    Args:
        runs: of every method the costs on each task.
        statistic: takes as many arguments as there are methods.
        resamples: how often runs are drawn anew, within every method and task.
        seed: what they are drawn with.
    """
    random = np.random.default_rng(seed)
    drawn = np.stack(
        [statistic(*([_resampled(task, random) for task in method] for method in runs)) for _ in range(resamples)]
    )
    return _percentiles(statistic(*runs), drawn)


def overall(runs: Runs) -> Floats:
    """The interquartile mean over all runs on all tasks."""
    return interquartile_mean(np.concatenate(list(runs)))


def score_distribution(thresholds: Floats) -> Callable[[Runs], Floats]:
    """The statistic "share of all runs on all tasks that cost less", of the thresholds' shape: a profile."""

    def share(runs: Runs) -> Floats:
        costs = np.concatenate(list(runs))
        shares: Floats = (costs[:, None] < thresholds).mean(0)
        return shares

    return share


def improvement_probability(runs: Runs, versus: Runs) -> Floats:
    """Probability that a run costs less than one of another method on the same task; the mean over the tasks.

    Equal costs count half: the Mann-Whitney statistic divided by the number of pairs.
    """
    shares = [(x[:, None] < y).mean() + 0.5 * (x[:, None] == y).mean() for x, y in zip(runs, versus, strict=True)]
    return np.asarray(np.mean(shares))


def _resampled(costs: Floats, random: np.random.Generator) -> Floats:
    return costs[random.integers(len(costs), size=len(costs))]


def _percentiles(estimate: Floats, drawn: Floats) -> Interval:
    tail = 50 * (1 - CONFIDENCE)
    # Infinite costs are ordered like others: no interpolation between them.
    method = "linear" if np.isfinite(drawn).all() else "nearest"
    lower, upper = np.percentile(drawn, [tail, 100 - tail], axis=0, method=method)  # type: ignore[call-overload]
    return Interval(estimate, lower, upper)


def thresholds(ratios: Sequence[Floats], most: float) -> Floats:
    """Where a profile is drawn: 200 ratios evenly spread on a logarithmic axis, from the least one on."""
    finite = np.concatenate(list(ratios))
    finite = finite[np.isfinite(finite) & (finite > 0)]
    least = min(1.0, float(finite.min())) if finite.size else 1.0
    spread: Floats = np.geomspace(0.97 * least, most, 200)
    return spread
