"""Draws what env-server/bench/growth prints: how compiling, steps and derivatives grow with a robot's links.

    env-server/bench/growth | python clients/python/benchmarks/growth.py growth.svg

Needs the extra ``plots``.
"""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt

COLUMNS = {"compiling": 2, "step": 4, "f_x and f_u": 5, "second derivatives": 6}


def main() -> None:
    """Reads the table from standard input."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: growth.py FILE.svg, with the table on standard input")
    rows = [line.split() for line in sys.stdin if line.startswith(("water", "floor"))]
    if not rows:
        raise SystemExit("growth.py: standard input has no line of a robot; pipe env-server/bench/growth into it.")
    plt.rcParams["svg.hashsalt"] = "gaitway"
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axis, robot in zip(axes, ("water", "floor"), strict=True):
        mine = [row for row in rows if row[0] == robot]
        for what, column in COLUMNS.items():
            axis.plot([int(row[1]) for row in mine], [float(row[column]) for row in mine], marker="o", label=what)
        axis.set_xscale("log", base=2)
        axis.set_xticks([3, 6, 12, 25, 50], labels=["3", "6", "12", "25", "50"])
        axis.set_yscale("log")
        axis.set_xlabel("links")
        axis.set_title(f"a chain in {robot}" if robot == "water" else "a chain on the floor")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("µs; compiling: s")
    axes[1].legend(fontsize="small")
    figure.savefig(sys.argv[1], metadata={"Date": None})


if __name__ == "__main__":
    main()
