"""``python -m gaitway.runs``: what runs are at, and their way to TensorBoard."""

from __future__ import annotations

import argparse
import sys

from gaitway.runs.run import Run, RunError, find
from gaitway.runs.tensorboard import export


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m gaitway.runs", description="Reads what gaitway train has written.")
    commands = parser.add_subparsers(dest="command", required=True)
    listed = commands.add_parser("list", help="one line for every run: what it is, how far, its last costs")
    listed.add_argument("directories", nargs="+", metavar="RUN_DIR", help="a run, or a directory that holds some")
    board = commands.add_parser("tensorboard", help="writes runs for TensorBoard; needs gaitway[tensorboard]")
    board.add_argument("directories", nargs="+", metavar="RUN_DIR", help="a run, or a directory that holds some")
    board.add_argument("--logdir", required=True, help="directory to write to; start tensorboard --logdir on it")
    board.add_argument("--follow", action="store_true", help="go on until the runs are complete, or Ctrl-C")
    board.add_argument("--interval", type=_positive, default=2.0, metavar="S", help="seconds between looks (2)")
    options = parser.parse_args(arguments)
    try:
        if options.command == "list":
            for run in find(*options.directories):
                print(describe(run))
        else:
            export(options.directories, options.logdir, follow=options.follow, interval=options.interval, say=_say)
    except (RunError, ImportError, OSError) as error:
        print(f"python -m gaitway.runs: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def describe(run: Run) -> str:
    """A run in one line."""
    lines, config = run.lines(), run.config
    costs = ""
    if lines:
        shown = [
            f"{name} {'diverged' if lines[-1][f'{name}_cost'] is None else format(lines[-1][f'{name}_cost'], '.4g')}"
            for name in ("stochastic", "deterministic")
        ]
        costs = f"  cost {', '.join(shown)} (DDP {lines[-1]['ddp_cost']:.4g})"
    return (
        f"{run.directory}  {config['agent']} on {config['environment']}, h{config['hidden']}, seed {config['seed']}"
        f"  {len(lines)}/{config['iterations']} iterations{costs}"
    )


def _say(words: str) -> None:
    print(words, flush=True)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.01 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"must be seconds from 0.01 to 3600, but is {text!r}")
    return value


if __name__ == "__main__":
    sys.exit(main())
