"""The figures, by matplotlib; each function returns one that is not saved yet."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitway.extras import missing
from gaitway.plots import statistics
from gaitway.plots.table import Method, Policy, Table, Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "aggregates", "curves", "figure_1", "improvement", "profiles", "save"]

_COLOURS = (
    "#1f5fd6",
    "#c2571a",
    "#1b8a6b",
    "#8a3fb0",
    "#b08a00",
    "#c22e5b",
    "#4a90a4",
    "#7a5c3e",
    "#6b7f1f",
    "#4b5563",
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
_INK = "#16181d"
_SOFT = "#5a606b"
_WIDTH = 7.0  # Of a page's text, inches.

#: Axes end at this multiple of DDP's cost, and where the worst policies lie on the ground, at the other.
_MOST = 3.0
_MOST_OF_FALLS = 10.0

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": _SOFT,
    "axes.grid": True,
    "axes.labelcolor": _INK,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 8.5,
    "figure.constrained_layout.use": True,
    "font.size": 8,
    "grid.color": "#e3e3de",
    "grid.linewidth": 0.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.2,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
    "svg.hashsalt": "gaitway",
    "xtick.color": _SOFT,
    "xtick.labelsize": 7.5,
    "ytick.color": _SOFT,
    "ytick.labelsize": 7.5,
}


@contextmanager
def _styled() -> Iterator[Any]:
    """The module ``matplotlib.figure``, in the style of the figures; no window and no global state."""
    try:
        import matplotlib
        import matplotlib.figure
    except ImportError as error:
        raise ImportError(missing("matplotlib", "draws the figures", "plots")) from error
    with matplotlib.rc_context(_STYLE):
        yield matplotlib.figure


def curves(table: Table, *, policy: Policy = "stochastic", resamples: int = statistics.RESAMPLES) -> Figure:
    """Learning curves: cost relative to DDP over the iterations, a panel for every task.

    Lines are interquartile means over the seeds, bands their 95 % bootstrap intervals.

    Raises:
        ImportError: if matplotlib is missing.
    """
    columns = min(len(table.tasks), 2 if len(table.tasks) in (2, 4) else 3)
    rows = math.ceil(len(table.tasks) / columns)
    with _styled() as module:
        figure, panels = _panels(module, rows, columns, 2.3 * rows + 0.6)
        for panel, task in zip(panels, table.tasks, strict=False):
            ddp = table.ddp_cost(task)
            most = _most(table, task)
            for method, colour, marker in _styles(table):
                _curve(
                    panel, table.costs(method, task, policy) / ddp, colour, marker, method.label, resamples=resamples
                )
            panel.axhline(1, color=_INK, linewidth=0.8, linestyle=(0, (1, 1.5)))
            panel.set_yscale("log")
            panel.set_ylim(0.95 * min(1, _least(table, task, policy) / ddp), most)
            _ratio_ticks(panel, "y", most)
            panel.set_title(task.label)
        _label(panels, rows, columns, "iteration", "cost / DDP")
        for panel in panels[len(table.tasks) :]:
            panel.set_visible(False)
        _legend(figure, panels[0], [])
    return figure


def figure_1(table: Table, *, resamples: int = statistics.RESAMPLES) -> Figure:
    """The layout of Figure 1 of Levine and Koltun (NIPS 2013): average cost over the iterations, for every method.

    Environments side by side, the larger policies above. Solid lines are with the policy's noise, dashed ones without.
    Axes end at 3 times DDP's cost, or at 10 times where policies begin beyond twice of that, as those that fall do;
    what costs more leaves through the top.

    Raises:
        ValueError: if the tasks are not environments × networks.
        ImportError: if matplotlib is missing.
    """
    environments = list(dict.fromkeys(task.environment for task in table.tasks))
    sizes = sorted({task.hidden for task in table.tasks}, key=_size, reverse=True)
    grid = {(task.hidden, task.environment): task for task in table.tasks}
    if len(grid) != len(table.tasks):
        raise ValueError("the tasks differ in more than environment and network; use curves(table)")
    with _styled() as module:
        figure, panels = _panels(module, len(sizes), len(environments), 2.3 * len(sizes) + 0.8)
        for i, (size, environment) in enumerate((size, name) for size in sizes for name in environments):
            panel, task = panels[i], grid.get((size, environment))
            if task is None:
                panel.set_visible(False)
                continue
            for method, colour, marker in _styles(table):
                for policy in ("stochastic", "deterministic"):
                    costs = table.costs(method, task, policy)
                    dashed = policy == "deterministic"
                    _curve(panel, costs, colour, marker, method.label, dashed=dashed, resamples=resamples)
            ddp = table.ddp_cost(task)
            panel.axhline(ddp, color=_INK, linewidth=0.8, linestyle=(0, (1, 1.5)))
            panel.set_ylim(0, _most(table, task) * ddp)
            panel.set_title(task.label)
        _label(panels, len(sizes), len(environments), "iteration", "average cost")
        _legend(figure, next(panel for panel in panels if panel.get_visible()), [("without noise", _dashes(figure))])
    return figure


def profiles(table: Table, *, policy: Policy = "stochastic", resamples: int = statistics.RESAMPLES) -> Figure:
    """Performance profiles: the share of all runs on all tasks whose last policy costs less than a multiple of DDP.

    Bands are 95 % intervals of the stratified bootstrap.

    Raises:
        ImportError: if matplotlib is missing.
    """
    most = max(_most(table, task) for task in table.tasks)
    ratios = {method.key: table.last_ratios(method, policy) for method in table.methods}
    at = statistics.thresholds([costs for runs in ratios.values() for costs in runs], most)
    with _styled() as module:
        figure, (panel,) = _panels(module, 1, 1, 3.0, width=5.0)
        for method, colour, marker in _styles(table):
            runs = ratios[method.key]
            if not runs:
                continue
            found = statistics.stratified([runs], statistics.score_distribution(at), resamples=resamples)
            _line(panel, at, found, colour, marker, method.label)
        panel.set_xscale("log")
        panel.set_xlim(at[0], at[-1])
        panel.set_ylim(0, 1.02)
        _ratio_ticks(panel, "x", most)
        panel.set_xlabel("cost / DDP of the last policy, τ")
        panel.set_ylabel("share of runs below τ")
        _legend(figure, panel, [])
    return figure


def aggregates(table: Table, *, policy: Policy = "stochastic", resamples: int = statistics.RESAMPLES) -> Figure:
    """The interquartile mean of the last policies' costs relative to DDP, over all tasks, for every method.

    Bars are 95 % intervals of the stratified bootstrap.

    Raises:
        ImportError: if matplotlib is missing.
    """
    rows = []
    for method, colour, _ in _styles(table):
        runs = table.last_ratios(method, policy)
        if runs:
            found = statistics.stratified([runs], statistics.overall, resamples=resamples)
            rows.append((method.label, colour, found))
    with _styled() as module:
        panel = _bars(module, rows)
        panel.set_xscale("log")
        finite = [float(end) for _, _, found in rows for end in (found.lower, found.upper) if np.isfinite(end)]
        low, high = min([1.0, *finite]), max([1.0, *finite])
        panel.set_xlim(low / 1.08, high * 1.08)
        panel.axvline(1, color=_INK, linewidth=0.8, linestyle=(0, (1, 1.5)))
        _ratio_ticks(panel, "x", high)
        panel.set_xlabel("cost / DDP of the last policies, interquartile mean over all tasks")
    return panel.figure  # type: ignore[return-value]


def improvement(
    table: Table, *, policy: Policy = "stochastic", versus: str | None = None, resamples: int = statistics.RESAMPLES
) -> Figure:
    """The probability that a run of one method costs less than one of another on the same task, mean over the tasks.

    Bars are 95 % intervals of the stratified bootstrap; a half means that neither is better.

    Args:
        table: with at least two methods.
        policy: with or without noise.
        versus: label or agent of the method that is compared with the others; None for the first.
        resamples: of the bootstrap.

    Raises:
        ValueError: if there is no such method, or no other one.
        ImportError: if matplotlib is missing.
    """
    named = table.methods[0] if versus is None else table.only([versus]).methods[0]
    rows = []
    for other, colour, _ in _styles(table):
        ours, theirs = table.common_ratios(named, other, policy)
        if other.key != named.key and ours:
            found = statistics.stratified([ours, theirs], statistics.improvement_probability, resamples=resamples)
            rows.append((other.label, colour, found))
    if not rows:
        raise ValueError(f"there is no method beside {named.label} on the same tasks; compare two at least")
    with _styled() as module:
        panel = _bars(module, rows)
        panel.set_xlim(-0.02, 1.02)
        panel.axvline(0.5, color=_INK, linewidth=0.8, linestyle=(0, (1, 1.5)))
        panel.set_xlabel(f"P({named.label} costs less than …)")
    return panel.figure  # type: ignore[return-value]


#: The figures of the command, by name; what they need beside the table has a default.
FIGURES: dict[str, Callable[..., Any]] = {
    "figure-1": figure_1,
    "curves": curves,
    "profiles": profiles,
    "aggregates": aggregates,
    "improvement": improvement,
}


def save(figure: Figure, file: str | os.PathLike[str], formats: Iterable[str] = ("svg", "pdf", "png")) -> list[Path]:
    """Writes a figure, the same bytes for the same figure.

    Args:
        figure: any.
        file: path without its ending; its directory is made if it is not there.
        formats: endings.

    Returns:
        The files.
    """
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    files = []
    with _styled():
        for ending in formats:
            target = path.with_name(f"{path.name}.{ending}")
            dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(ending)
            figure.savefig(target, metadata=dated)
            files.append(target)
    return files


def _panels(module: Any, rows: int, columns: int, height: float, width: float = _WIDTH) -> tuple[Figure, list[Axes]]:
    figure = module.Figure(figsize=(width if columns > 1 or width != _WIDTH else 4.5, height))
    return figure, list(figure.subplots(rows, columns, squeeze=False).ravel())


def _styles(table: Table) -> Iterator[tuple[Method, str, str]]:
    for i, method in enumerate(table.methods):
        yield method, _COLOURS[i % len(_COLOURS)], _MARKERS[i % len(_MARKERS)]


def _curve(
    panel: Axes,
    costs: np.ndarray[Any, Any],
    colour: str,
    marker: str,
    label: str,
    *,
    dashed: bool = False,
    resamples: int,
) -> None:
    """The course of costs, shape (runs, iterations)."""
    if not costs.size:
        return
    found = statistics.interval(costs, resamples=resamples)
    iterations = np.arange(1, costs.shape[1] + 1)
    if dashed:
        panel.plot(iterations, _drawable(found.estimate), color=colour, linewidth=0.9, linestyle=(0, (4, 2)), alpha=0.8)
        return
    _line(panel, iterations, found, colour, marker, label)


def _line(
    panel: Axes, at: np.ndarray[Any, Any], found: statistics.Interval, colour: str, marker: str, label: str
) -> None:
    # Markers tell the methods apart in black and white; each at places of its own, so that they do not hide each other.
    every = max(1, len(at) // 6)
    first = (_MARKERS.index(marker) * every) // len(_MARKERS)
    panel.plot(at, _drawable(found.estimate), color=colour, marker=marker, markevery=(first, every), label=label)
    panel.fill_between(at, _drawable(found.lower), _drawable(found.upper), color=colour, alpha=0.14, linewidth=0)


def _drawable(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Infinite costs leave through the top instead of leaving a gap."""
    return np.where(np.isnan(values), np.nan, np.minimum(values, 1e12))


def _most(table: Table, task: Task) -> float:
    """Where an axis of cost / DDP ends: farther where policies fall, which shows in what the worst of them cost."""
    ddp = table.ddp_cost(task)
    medians = [
        float(np.median(costs[:, 0])) / ddp
        for method in table.methods
        if (costs := table.costs(method, task, "stochastic")).size
    ]
    return _MOST_OF_FALLS if medians and float(np.median(medians)) > 2 * _MOST else _MOST


def _least(table: Table, task: Task, policy: Policy) -> float:
    return min(
        float(statistics.interquartile_mean(costs).min())
        for method in table.methods
        if (costs := table.costs(method, task, policy)).size
    )


def _ratio_ticks(panel: Axes, which: str, most: float) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axis = panel.xaxis if which == "x" else panel.yaxis
    ticks = [tick for tick in (0.5, 0.8, 1, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50) if tick <= most * 1.0001]
    if most > _MOST:
        ticks = [tick for tick in ticks if tick not in (1.1, 1.2)]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _bars(module: Any, rows: Sequence[tuple[str, str, statistics.Interval]]) -> Axes:
    """Estimates with intervals, the first row on top."""
    _, (panel,) = _panels(module, 1, 1, 0.24 * len(rows) + 0.75, width=5.0)
    for i, (_, colour, found) in enumerate(rows):
        lower, upper = (float(_drawable(np.asarray(end))) for end in (found.lower, found.upper))
        panel.barh(i, max(upper - lower, 0), left=lower, height=0.55, color=colour, alpha=0.35, linewidth=0)
        panel.plot([float(found.estimate)] * 2, [i - 0.275, i + 0.275], color=colour, linewidth=1.6)
    panel.set_yticks(range(len(rows)), [label for label, _, _ in rows])
    panel.tick_params(axis="y", length=0, labelcolor=_INK)
    panel.spines["left"].set_visible(False)
    panel.grid(visible=False, axis="y")
    panel.set_ylim(len(rows) - 0.5, -0.5)
    return panel


def _label(panels: Sequence[Axes], rows: int, columns: int, x: str, y: str) -> None:
    for i, panel in enumerate(panels):
        if i // columns == rows - 1 or i + columns >= len(panels):
            panel.set_xlabel(x)
        if i % columns == 0:
            panel.set_ylabel(y)
        panel.margins(x=0)


def _legend(figure: Figure, panel: Axes, more: Sequence[tuple[str, Any]]) -> None:
    handles, labels = panel.get_legend_handles_labels()
    handles += [handle for _, handle in more]
    labels += [label for label, _ in more]
    if len(labels) > 1:
        figure.legend(
            handles, labels, loc="outside lower center", ncols=min(len(labels), 5 if figure.get_figwidth() > 6 else 3)
        )


def _dashes(figure: Figure) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=_SOFT, linewidth=0.9, linestyle=(0, (4, 2)))


def _size(hidden: str) -> tuple[float, str]:
    first = hidden.split("-")[0].split("x")[0]
    return (float(first) if first.isdigit() else 0.0, hidden)
