"""Draws the README's picture from a run: its learning curve, and the motion that it ended with.

    docs/target/venv/bin/python docs/manual/picture.py runs/swimmer-vgps-h10-s0 docs/swimmer.svg

The run is that of `./gaitway train vgps swimmer`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
mpl.rcParams |= {
    "svg.fonttype": "none",
    "svg.hashsalt": "gaitway",
    "font.family": "sans-serif",
    "font.sans-serif": ["Inter", "Segoe UI", "Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 10,
}
from matplotlib import pyplot as plt  # noqa: E402

INK, GRID, BLUE, PALE, WARM = "#5a606b", "#e4e4e0", "#2c5fb8", "#8fb0ea", "#c2571a"


def links(geometry: list[dict], x: list[float]) -> list[np.ndarray]:
    """Where the links' axes begin and end, (2, 2) each: the root's place and angle, then hinge by hinge."""
    places, ends = [], []
    for link in geometry:
        if link["parent"] < 0:
            origin, angle = np.array([x[link["x_index"]], x[link["y_index"]]]), x[link["angle_index"]]
        else:
            parent, rotation, turned = places[link["parent"]]
            origin = parent + rotation @ np.array([link["hinge_x"], link["hinge_y"]])
            angle = turned + link["axis"] * x[link["angle_index"]]
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        places.append((origin, rotation, angle))
        ends.append(np.array([origin + rotation @ [link[f"{end}_x"], link[f"{end}_y"]] for end in ("from", "to")]))
    return ends


def curve(axes: plt.Axes, run: Path) -> None:
    metrics = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    iterations = [m["iteration"] for m in metrics]
    axes.axhline(metrics[-1]["ddp_cost"], color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot(iterations, [m["stochastic_cost"] for m in metrics], color=PALE, linewidth=1.6)
    axes.plot(iterations, [m["deterministic_cost"] for m in metrics], color=BLUE, linewidth=2)
    last, ddp = metrics[-1], metrics[-1]["ddp_cost"]
    axes.annotate(
        "without noise",
        (iterations[-1], last["deterministic_cost"]),
        (0, 22),
        textcoords="offset points",
        ha="right",
        color=BLUE,
    )
    axes.annotate(
        "with noise",
        (iterations[-1], last["stochastic_cost"]),
        (0, 36),
        textcoords="offset points",
        ha="right",
        color="#6f93d6",
    )
    axes.annotate(
        "trajectory optimisation", (iterations[-1], ddp), (0, -14), textcoords="offset points", ha="right", color=INK
    )
    axes.set(xlabel="iteration", xlim=(0, iterations[-1] + 1))
    axes.set_title("cost of the policy", loc="left", color=INK, fontsize=10)
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.18 * (high - low), high)


def motion(axes: plt.Axes, run: Path, times: np.ndarray, gap: float) -> None:
    motions = json.loads((run / "trajectories.json").read_text())
    states, dt = motions["learned"]["xs"], motions["dt"]
    start = states[round(times[0] / dt)][0]
    for row, time in enumerate(times):
        x = states[round(time / dt)]
        bodies = links(motions["geometry"], x)
        middle = np.mean([ends[:, 1] for ends in bodies])
        for n, ends in enumerate(bodies):
            across, up = (ends - [start, middle]).T
            axes.plot(across, up - row * gap, color=BLUE, linewidth=8, solid_capstyle="round", zorder=2)
            axes.plot(across, up - row * gap, color=PALE, linewidth=5.6, solid_capstyle="round", zorder=3 + n)
        axes.annotate(f"{time - times[0]:.1f} s", (-3.1, -row * gap), ha="left", va="center", color=INK)
    axes.set_aspect("equal")
    axes.set(xlim=(-3.2, 3.4), yticks=[], xlabel="m")
    axes.set_ylim(0.45 - len(times) * gap, 0.75)
    axes.set_title("the motion that it learned, over three seconds", loc="left", color=INK, fontsize=10)


def main() -> None:
    run, out = map(Path, sys.argv[1:])
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.9), width_ratios=[1, 1.35], layout="constrained")
    curve(left, run)
    motion(right, run, 10 + 0.6 * np.arange(6), 1.15)
    for axes in (left, right):
        axes.grid(axis="x" if axes is right else "y", color=GRID)
        axes.set_axisbelow(True)
        axes.tick_params(colors=INK, length=0)
        axes.xaxis.label.set_color(INK)
        for spine in axes.spines.values():
            spine.set_visible(False)
    figure.savefig(out, metadata={"Date": None, "Creator": None})
    out.write_text("\n".join(line.rstrip() for line in out.read_text().splitlines()) + "\n")


if __name__ == "__main__":
    main()
