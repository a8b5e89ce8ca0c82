"""``python -m gaitway.plots``: the figures of an experiment."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from gaitway.plots.figures import FIGURES, save
from gaitway.plots.statistics import RESAMPLES
from gaitway.plots.table import Table
from gaitway.runs.run import RunError

_FORMATS = ("svg", "pdf", "png", "eps")


def main(arguments: list[str] | None = None) -> int:
    """Draws what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m gaitway.plots", description="Draws the figures of an experiment for print."
    )
    parser.add_argument("directory", metavar="EXPERIMENT_DIR", help="what gaitway experiment has filled")
    parser.add_argument("--out", required=True, metavar="DIR", help="directory for the figures; made if need be")
    parser.add_argument(
        "--figures", type=_names(FIGURES), metavar="NAMES", help=f"which: {','.join(FIGURES)} (all that make sense)"
    )
    parser.add_argument("--formats", type=_names(_FORMATS), default=["svg", "pdf", "png"], help="endings (svg,pdf,png)")
    parser.add_argument(
        "--policy", choices=("stochastic", "deterministic"), default="stochastic", help="with noise or without"
    )
    parser.add_argument("--methods", metavar="NAMES", help="agents or labels, in the order wanted (all)")
    parser.add_argument("--versus", metavar="NAME", help="method that improvement compares with the others (the first)")
    parser.add_argument("--resamples", type=_count, default=RESAMPLES, help=f"of the bootstrap ({RESAMPLES})")
    options = parser.parse_args(arguments)
    try:
        for file in draw(options):
            print(file)
    except (RunError, ImportError, ValueError, OSError) as error:
        print(f"python -m gaitway.plots: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def draw(options: argparse.Namespace) -> list[Path]:
    """The files of the figures that were asked for."""
    table = Table.read(options.directory)
    if options.methods:
        table = table.only(options.methods.split(","))
    scales = list(dict.fromkeys(task.scale for task in table.tasks))
    files = []
    for name in options.figures or FIGURES:
        given = {"resamples": options.resamples}
        shown = {name: table}
        if name != "figure-1":
            given["policy"] = options.policy
        elif len(scales) > 1:
            shown = {f"{name}-{scale}": table.at(scale) for scale in scales}
        if name == "improvement":
            given["versus"] = options.versus
        for file, of in shown.items():
            if options.figures or _makes_sense(name, of):
                files += save(FIGURES[name](of, **given), Path(options.out) / file, options.formats)
    return files


def _makes_sense(name: str, table: Table) -> bool:
    """Whether a figure that was not asked for by name shows more than the others."""
    if name == "figure-1":
        shown = {(task.environment, task.hidden) for task in table.tasks}
        paper = {(environment, hidden) for environment in ("swimmer", "walker") for hidden in ("5", "10")}
        return shown == paper and len(table.tasks) == len(paper)
    return name not in ("improvement", "aggregates") or len(table.methods) > 1


def _names(known: Iterable[str]) -> Callable[[str], list[str]]:
    allowed = list(known)

    def read(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",") if name.strip()]
        unknown = [name for name in names if name not in allowed]
        if unknown or not names:
            raise argparse.ArgumentTypeError(f"must be some of {', '.join(allowed)}, but is {text!r}")
        return names

    return read


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to 1000000, but is {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
