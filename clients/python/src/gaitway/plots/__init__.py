"""Figures for print of an experiment: learning curves, profiles, comparisons, and the layout of the paper's Figure 1.

    python -m gaitway.plots runs/experiment --out figures

Or one by one, to be changed before they are saved::

    table = gaitway.plots.Table.read("runs/experiment")
    figure = gaitway.plots.curves(table)
    figure.axes[0].set_ylim(1, 2)
    figure.savefig("curves.pdf")

Statistics are those of Agarwal et al. (2021): interquartile means over seeds with 95 % bootstrap intervals, stratified
by task where there are several. Needs ``pip install "gaitway[plots]"``.
"""

from gaitway.plots.figures import FIGURES, aggregates, curves, figure_1, improvement, profiles, save
from gaitway.plots.statistics import (
    Interval,
    improvement_probability,
    interquartile_mean,
    interval,
    score_distribution,
    stratified,
)
from gaitway.plots.table import Method, Table, Task

__all__ = [
    "FIGURES",
    "Interval",
    "Method",
    "Table",
    "Task",
    "aggregates",
    "curves",
    "figure_1",
    "improvement",
    "improvement_probability",
    "interquartile_mean",
    "interval",
    "profiles",
    "save",
    "score_distribution",
    "stratified",
]
