"""One run directory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitway.extras import missing
from gaitway.policy import Policy
from gaitway.tensors import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMAT", "Motion", "Run", "RunError", "find"]

#: The layout of run directories that this package was written for.
FORMAT = 5


class RunError(ValueError):
    """A file of a run is missing, damaged or of another layout; the message says which, and what helps."""


@dataclass(frozen=True)
class Motion:
    """One motion of ``trajectories.json``; n control steps.

    Attributes:
        cost: of the whole motion.
        states: shape (n + 1, nx).
        actions: as applied, shape (n, nu).
        costs: of the steps, shape (n + 1,) with the terminal cost last.
        contact_forces: the ground's along x and y on each of the C contact points, N, shape (n, C, 2); None where there
            is no ground.
    """

    cost: float
    states: Floats
    actions: Floats
    costs: Floats
    contact_forces: Floats | None


class Run:
    """A run directory, read anew with every call; it may still be written.

    Attributes:
        directory: where it is.
        config: ``config.json``: everything that the run was begun with.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        """Reads the configuration.

        Raises:
            RunError: if the directory holds no run, or one of another layout.
        """
        self.directory = Path(directory)
        file = self.directory / "config.json"
        if not file.exists():
            raise RunError(
                f"{self.directory} is not a run directory: it has no config.json; name one that gaitway train has made"
            )
        self.config = _read(file)
        if self.config.get("format") != FORMAT:
            raise RunError(
                f"{file} has format {self.config.get('format')!r}, and this version of the package reads {FORMAT};"
                " install the package of the version that wrote it"
            )

    @property
    def name(self) -> str:
        """The directory's own name."""
        return self.directory.resolve().name

    @property
    def complete(self) -> bool:
        """Whether every iteration that was asked for has its line in ``metrics.jsonl``."""
        lines = self.lines()
        return bool(lines) and bool(lines[-1]["iteration"] >= self.config["iterations"])

    def lines(self) -> list[dict[str, Any]]:
        """The lines of ``metrics.jsonl``, one for every iteration so far; none before the first is done.

        Raises:
            RunError: if a line is damaged that is not the last.
        """
        return parse_lines(self.directory / "metrics.jsonl")

    def metrics(self) -> dict[str, np.ndarray[Any, Any]]:
        """Numbers by name, arrays with one entry for every iteration so far.

        Names are those of ``metrics.jsonl``, with dots into what is nested: ``stochastic_cost``, ``agent.beta``,
        ``usage.rollout_steps``, ``noise_std.knee_torque``. ``stochastic_costs`` has shape (iterations, rollouts).
        ``falls`` and ``success_share`` are shares of the noisy rollouts, 0 to 1. What diverged is infinite, what an
        iteration does not have is NaN.

        Raises:
            RunError: if a line is damaged that is not the last.
        """
        return tabulate([flatten(line, self.config) for line in self.lines()])

    def frame(self) -> pd.DataFrame:
        """:meth:`metrics` as a pandas.DataFrame with the iteration as index, without the single rollouts' costs.

        Raises:
            RunError: if a line is damaged that is not the last.
            ImportError: if pandas is missing.
        """
        pandas = import_pandas()
        metrics = self.metrics()
        metrics.pop("stochastic_costs", None)
        frame: pd.DataFrame = pandas.DataFrame(metrics)
        return frame.set_index("iteration") if metrics else frame

    def trajectories(self) -> dict[str, Motion]:
        """The motions ``"ddp"``, the initial solution, and ``"learned"``, the policy's without noise.

        Raises:
            RunError: if there are none yet (they are written when the run ends or is interrupted), or they are damaged.
        """
        file = self.directory / "trajectories.json"
        if not file.exists():
            raise RunError(
                f"{file} is not there yet: a run writes it when it ends or is interrupted; wait, or press Ctrl-C there"
            )
        content = _read(file)
        try:
            return {name: _motion(content[name]) for name in ("ddp", "learned")}
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"{file} is damaged: {error!r}; gaitway report {self.directory} writes it anew") from error

    def policy(self) -> Policy:
        """The policy, which acts with the simulator's bits.

        Raises:
            RunError: if there is none yet: it is written when the run ends or is interrupted.
            ValueError: if it is damaged.
        """
        file = self.directory / "policy.json"
        if not file.exists():
            raise RunError(
                f"{file} is not there yet: a run writes it when it ends or is interrupted; wait, or press Ctrl-C there"
            )
        return Policy.read(file)

    def __repr__(self) -> str:
        config = self.config
        return (
            f"<Run {self.name}: {config['agent']} on {config['environment']}, {config['hidden']} hidden units,"
            f" seed {config['seed']}, {len(self.lines())} of {config['iterations']} iterations>"
        )


def find(*directories: str | os.PathLike[str]) -> list[Run]:
    """The runs in directories: a run directory is one, others are searched to any depth. Sorted by path.

    A run whose configuration is not there yet is passed over.

    Raises:
        RunError: if a directory is missing, or a run has another layout.
    """
    found: dict[Path, Run] = {}
    for directory in directories:
        path = Path(directory)
        if not path.is_dir():
            raise RunError(f"{path} is not a directory; name run directories, or one that they lie in")
        for config in sorted(_configs(path)):
            found.setdefault(config.parent.resolve(), Run(config.parent))
    return list(found.values())


def _configs(path: Path) -> Iterator[Path]:
    if (path / "config.json").exists():
        yield path / "config.json"
        return
    for parent, folders, files in os.walk(path):
        if "config.json" in files:
            folders.clear()  # A run holds no others.
            yield Path(parent) / "config.json"


def parse_lines(file: Path) -> list[dict[str, Any]]:
    """The lines of a file of JSON lines; none if it is not there. A last line without its end is not there yet."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{file} cannot be read ({error.strerror}); look at its permissions") from error
    parsed = []
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict) or not isinstance(value.get("iteration"), int):
            raise RunError(
                f"{file}, line {number} is not a JSON object with an iteration; gaitway train --resume {file.parent}"
                " cuts off what is damaged and does it again"
            )
        parsed.append(value)
    return parsed


def flatten(line: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """The numbers of one iteration by name, see :meth:`Run.metrics`."""
    row: dict[str, Any] = {}
    for name, value in line.items():
        if name in ("starts", "fall_steps"):
            continue
        if isinstance(value, dict):
            row.update({f"{name}.{key}": number for key, number in value.items()})
        elif name == "noise_std":
            names = [entry["name"] for entry in config["spec"]["action"]]
            row.update({f"noise_std.{key}": number for key, number in zip(names, value, strict=False)})
        elif name.endswith("_cost") and value is None:
            row[name] = np.inf
        elif name == "stochastic_costs":
            row[name] = [np.inf if cost is None else cost for cost in value]
        else:
            row[name] = value
    rollouts = len(line.get("stochastic_costs", ())) or config.get("evaluation_rollouts", 0)
    for name, counted in (("falls", "terminated"), ("success_share", "successes")):
        if rollouts and isinstance(line.get(counted), int):
            row[name] = line[counted] / rollouts
    return {name: np.nan if value is None else value for name, value in row.items()}


def tabulate(rows: Iterable[dict[str, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    """Columns of rows; NaN where a row has no such entry."""
    given = list(rows)
    names = dict.fromkeys(name for row in given for name in row)
    columns = {}
    for name in names:
        values = [row.get(name, np.nan) for row in given]
        if name == "stochastic_costs":
            width = max((len(value) for value in values if isinstance(value, list)), default=0)
            empty = [np.nan] * width
            values = [(value + empty)[:width] if isinstance(value, list) else empty for value in values]
        columns[name] = np.array(values)
    return columns


def import_pandas() -> Any:
    """The module pandas.

    Raises:
        ImportError: if it is missing.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError(missing("pandas", "makes tables", "runs")) from error
    return pandas


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise RunError(f"{file} cannot be read ({error.strerror}); look at its permissions") from error
    except ValueError as error:
        raise RunError(f"{file} is damaged: {error}; restore it from a copy") from error
    if not isinstance(content, dict):
        raise RunError(f"{file} is damaged: it is not a JSON object; restore it from a copy")
    return content


def _motion(content: dict[str, Any]) -> Motion:
    forces = np.array(content.get("contact_forces") or [], np.float64)
    cost = content["cost"]
    return Motion(
        cost=np.inf if cost is None else float(cost),
        states=np.array(content["xs"], np.float64),
        actions=np.array(content["us"], np.float64),
        costs=np.array(content["costs"], np.float64),
        contact_forces=forces if forces.ndim == 3 else None,
    )
