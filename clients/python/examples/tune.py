"""Searches an agent's settings, the same way for every agent: Optuna's TPE around ``gaitway experiment``.

    pip install "./clients/python[tune]"
    python clients/python/examples/tune.py gps walker --space docs/results/tuning/spaces.json --out runs/tuning

The search's first trial is the preset ``default`` as it is. The best of the others then run again, beside the
preset, with seeds that the search has not seen and all iterations, and the preset stays unless one of them is
cheaper by 2 %. A trial's value is the last policy's cost with noise relative to DDP's, as the geometric mean over
scales. Every run is a row of ``AGENT-ENVIRONMENT.csv`` in ``--out``; the same command goes on from there. An
agent of your own joins with ``--agent "python my_agent.py"``, under its name, and a space of its own.
"""

from __future__ import annotations

import argparse
import csv
import functools
import itertools
import json
import math
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gaitway import local_server
from gaitway.extras import missing

try:
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution
except ImportError as error:
    raise SystemExit(missing("optuna", "searches for the settings", "tune")) from error

#: What a run is worth that failed or whose cost is not finite, relative to DDP's.
FAILED = 1e6
#: The preset stays unless a finalist costs less than this, relative to the preset.
CHEAPER = 0.98
#: Significant digits of the settings that are tried.
DIGITS = 3

#: The columns of a table that are not settings.
COLUMNS = (
    "trial",
    "stage",
    "scale",
    "seed",
    "iterations",
    "state",
    "ddp_cost",
    "final_stochastic_ratio",
    "final_deterministic_ratio",
    "final_falls",
    "seconds",
)

Settings = Mapping[str, Any]
Row = dict[str, str]
Kind = CategoricalDistribution | FloatDistribution


def main(arguments: Sequence[str] | None = None) -> None:
    """Searches, and prints what came of it."""
    options = parse(arguments)
    # What stops a search is said below; Optuna would say it with a stack trace.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        search = Search(options)
        search.explore()
        print(search.decide())
    except TuningError as error:
        raise SystemExit(f"tune.py: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit("tune.py: interrupted; the same command goes on") from None


class TuningError(Exception):
    """Why there is nothing to go on with, and what to do."""


@dataclass(frozen=True)
class Trial:
    """Settings, those of the preset in the first trial, and what they are worth."""

    number: int
    settings: Settings
    value: float


class Search:
    """The trials of one agent on one environment."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.name = f"{options.agent_name}-{options.environment}"
        self.agent = ["--agent", options.agent] if options.agent else [options.agent_name]
        self.space = read_space(options.space, options.agent_name)
        self.path: Path = options.out / f"{self.name}.csv"
        options.out.mkdir(parents=True, exist_ok=True)
        self.rows = read_rows(self.path, [*COLUMNS, *self.space])
        self.lock = threading.Lock()
        self.numbers = itertools.count(1 + max((int(row["trial"]) for row in self.rows), default=0))
        # What is in the table is not asked for again, and what was interrupted not in the same way.
        sampler = optuna.samplers.TPESampler(
            seed=options.search_seed + len(self.rows), n_startup_trials=8, multivariate=True, constant_liar=True
        )
        self.study = optuna.create_study(sampler=sampler)
        for trial in self.trials("search").values():
            self.add(trial)

    def explore(self) -> None:
        """Tries the preset, then what the search suggests, until there are as many trials as asked for."""
        if not self.trials("search"):
            self.add(self.run(0, self.preset, "search"))
        asked = self.options.trials - len(self.trials("search"))
        if asked > 0:
            self.study.optimize(self.objective, n_trials=asked, n_jobs=self.options.jobs)

    def objective(self, suggestion: optuna.Trial) -> float:
        """The value of what the search suggests."""
        settings = {name: suggest(suggestion, name, kind) for name, kind in self.space.items()}
        return self.run(next(self.numbers), settings, "search").value

    def decide(self) -> str:
        """Runs the finalists, and says which settings are the best."""
        searched = self.trials("search")
        challengers = sorted((searched[k] for k in searched if k > 0), key=lambda trial: trial.value)
        finalists = [searched[0], *challengers[: self.options.finalists]]
        done = self.trials("final")
        for trial in finalists:
            if trial.number not in done:
                self.run(trial.number, trial.settings, "final")
        final = self.trials("final")
        best = min((final[trial.number] for trial in finalists), key=lambda trial: trial.value)
        lines = [f"{self.name}: cost with noise relative to DDP, seeds {self.options.final_seeds}"]
        for trial in finalists:
            words = " ".join(f"{name}={value}" for name, value in trial.settings.items())
            lines.append(f"  trial {trial.number:3d}  {math.exp(final[trial.number].value):8.3f}  {words}")
        if math.exp(best.value - final[0].value) >= CHEAPER:
            lines.append(f"  the preset stays: no other is cheaper by {1 - CHEAPER:.0%}")
        else:
            lines.append(f"  best: trial {best.number}")
        return "\n".join(lines)

    @functools.cached_property
    def preset(self) -> dict[str, Any]:
        """What the preset ``default`` has for the settings that are searched."""
        described = program(
            ["agents", *self.agent, "--environment", self.options.environment, "--json"], lambda code: code == 0
        )
        found = json.loads(described)["presets"]["default"]
        for name in self.space:
            if name not in found:
                raise TuningError(
                    f"the space has {name}, which is no setting of this agent; 'gaitway agents NAME' lists them"
                )
        return {name: found[name] for name in self.space}

    def run(self, number: int, settings: Settings, stage: str) -> Trial:
        """Runs an experiment with some settings, and writes its runs into the table."""
        options = self.options
        seeds, iterations = (
            (options.final_seeds, options.final_iterations) if stage == "final" else (options.seeds, options.iterations)
        )
        first = self.trials("search").get(0)
        if first and first.settings != self.preset:
            raise TuningError(f"the preset is another one than that of trial 0 in {self.path}; give another --out")
        with tempfile.TemporaryDirectory(prefix="tune-", dir=options.out) as directory:
            command = ["experiment", *self.agent, options.environment, "--out", directory, "--hidden", options.hidden]
            command += ["--scale", options.scales, "--seeds", seeds, "--iterations", str(iterations)]
            command += ["--final-rollouts", str(options.rollouts)]
            for name, value in settings.items():
                command += ["--set", f"{name}={word(value)}"]
            # Exit code 1 says that a run failed, which the table says too.
            runs = Path(directory, "runs.csv")
            program(command, lambda code: code in (0, 1) and runs.is_file())
            with open(runs, newline="", encoding="utf-8") as file:
                found = list(csv.DictReader(file))
        rows = [
            {column: row.get(column, "") for column in COLUMNS}
            | {name: word(settings[name]) for name in self.space}
            | {"trial": str(number), "stage": stage, "iterations": str(iterations)}
            for row in found
        ]
        if any(plan(earlier) != plan(rows) for earlier in self.groups(stage).values()):
            raise TuningError(
                f"{self.path} has {stage} trials with other scales, seeds or iterations; give those, or another --out"
            )
        self.write(rows)
        trial = self.trials(stage)[number]
        ratios = " ".join(f"{row['scale']} {ratio(row):.3f}" for row in rows)
        print(f"{self.name} {stage} trial {number}: {math.exp(trial.value):.3f} ({ratios})", flush=True)
        return trial

    def write(self, rows: Iterable[Row]) -> None:
        """Adds rows to the table, at once and whole."""
        part = self.path.with_suffix(".part")
        with self.lock:
            self.rows = [*self.rows, *rows]
            with open(part, "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, [*COLUMNS, *self.space], lineterminator="\n")
                writer.writeheader()
                writer.writerows(sorted(self.rows, key=lambda row: (row["stage"] == "final", int(row["trial"]))))
            part.replace(self.path)

    def groups(self, stage: str) -> dict[int, list[Row]]:
        """The runs of a stage, by the trials' numbers."""
        groups: dict[int, list[Row]] = {}
        for row in self.rows:
            if row["stage"] == stage:
                groups.setdefault(int(row["trial"]), []).append(row)
        return groups

    def trials(self, stage: str) -> dict[int, Trial]:
        """What the table has of a stage, by the trials' numbers."""
        return {
            number: Trial(number, {name: read(rows[0][name]) for name in self.space}, value(rows))
            for number, rows in self.groups(stage).items()
        }

    def add(self, trial: Trial) -> None:
        """Tells the search of a trial that it did not ask for."""
        for name, kind in self.space.items():
            if not contains(kind, trial.settings[name]):
                raise TuningError(
                    f"{name} is {trial.settings[name]} in trial {trial.number}, outside of its space {kind}"
                )
        self.study.add_trial(
            optuna.trial.create_trial(params=dict(trial.settings), distributions=dict(self.space), value=trial.value)
        )


def ratio(row: Row) -> float:
    """A run's cost relative to DDP's, that of a failure if it has none."""
    found = float(row["final_stochastic_ratio"] or "inf") if row["state"] == "complete" else math.inf
    return min(found, FAILED)


def plan(rows: Iterable[Row]) -> set[tuple[str, ...]]:
    """What was run: all trials of a stage must have the same, or their values mean different things."""
    return {(row["scale"], row["seed"], row["iterations"]) for row in rows}


def value(rows: Sequence[Row]) -> float:
    """What a trial's runs are worth: the mean logarithm of their costs."""
    return sum(math.log(ratio(row)) for row in rows) / len(rows)


def program(arguments: Sequence[str], is_well: Callable[[int], bool]) -> str:
    """What ``gaitway`` prints, if all is well by its exit code."""
    command = [*local_server.command(), *arguments]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if not is_well(ended.returncode):
        said = ended.stderr.strip() or f"it ended with {ended.returncode}"
        raise TuningError(f"'gaitway {arguments[0]}' failed: {said}")
    return ended.stdout


def suggest(trial: optuna.Trial, name: str, kind: Kind) -> Any:
    """A value to try, short enough to read."""
    if isinstance(kind, CategoricalDistribution):
        return trial.suggest_categorical(name, kind.choices)
    return float(f"{trial.suggest_float(name, kind.low, kind.high, log=True):.{DIGITS}g}")


def contains(kind: Kind, found: Any) -> bool:
    return found in kind.choices if isinstance(kind, CategoricalDistribution) else kind.low <= found <= kind.high


def word(found: Any) -> str:
    """A setting's value as a command line has it."""
    return json.dumps(found) if isinstance(found, bool) else f"{found:g}" if isinstance(found, float) else str(found)


def read(found: str) -> Any:
    """The value of such a word."""
    return {"true": True, "false": False}[found] if found in ("true", "false") else float(found)


def read_space(path: Path, agent: str) -> dict[str, Kind]:
    """An agent's settings to search: a list of values, or the ends of a range, searched by its logarithm."""
    try:
        spaces = json.loads(path.read_text(encoding="utf-8"))
        found = spaces[agent]
    except OSError as error:
        raise TuningError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError):
        raise TuningError(f"{path} must be a JSON object with a member {agent!r}, the settings to search") from None
    if not isinstance(found, dict):
        raise TuningError(f"{path}: {agent} must be an object, the settings to search by name")
    space: dict[str, Kind] = {}
    for name, values in found.items():
        try:
            space[name] = kind_of(values)
        except (ValueError, TypeError, KeyError):
            raise TuningError(
                f'{path}: {name} must be a list of values or {{"low": above 0, "high": above that}}'
            ) from None
    return space


def kind_of(values: Any) -> Kind:
    if isinstance(values, list):
        return CategoricalDistribution([each if isinstance(each, bool) else float(each) for each in values])
    return FloatDistribution(float(values["low"]), float(values["high"]), log=True)


def read_rows(path: Path, columns: Sequence[str]) -> list[Row]:
    """The table of a search that was interrupted."""
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or ()) != list(columns):
            raise TuningError(f"{path} has other columns: it is of another space; give another --out")
        return list(reader)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description="Searches an agent's settings, the same way for every agent.")
    parser.add_argument("agent_name", metavar="AGENT", help="the agent's name, also in the file of spaces")
    parser.add_argument("environment", metavar="ENVIRONMENT")
    parser.add_argument("--space", type=Path, required=True, metavar="FILE", help="JSON: what to search, by agent")
    parser.add_argument("--agent", metavar="COMMAND", help="the agent's command line, if it is a program")
    parser.add_argument("--out", type=Path, default=Path("runs/tuning"), metavar="DIR", help="default runs/tuning")
    parser.add_argument("--hidden", default="10", metavar="SIZE", help="the policy's hidden layers; default 10")
    parser.add_argument("--scales", default="catalog,figure", metavar="NAMES", help="default catalog,figure")
    parser.add_argument("--trials", type=count, default=24, metavar="N", help="the search's trials; default 24")
    parser.add_argument("--seeds", default="100-100", metavar="SEEDS", help="the search's seeds; default 100-100")
    parser.add_argument("--iterations", type=count, default=40, metavar="N", help="of the search; default 40")
    parser.add_argument("--finalists", type=count, default=2, metavar="N", help="beside the preset; default 2")
    parser.add_argument("--final-seeds", default="101-102", metavar="SEEDS", help="default 101-102")
    parser.add_argument("--final-iterations", type=count, default=100, metavar="N", help="default 100")
    parser.add_argument("--rollouts", type=count, default=100, metavar="N", help="that measure a run; default 100")
    parser.add_argument("--jobs", type=count, default=1, metavar="N", help="trials at a time; default 1")
    parser.add_argument("--search-seed", type=int, default=0, metavar="N", help="of Optuna's sampler; default 0")
    return parser.parse_args(arguments)


def count(text: str) -> int:
    """A whole number, 1 or more."""
    try:
        found = int(text)
    except ValueError:
        found = 0
    if found < 1:
        raise argparse.ArgumentTypeError(f"it must be a whole number, 1 or more, but is {text!r}")
    return found


if __name__ == "__main__":
    main()
