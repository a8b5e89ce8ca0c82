"""An experiment's long table, as methods on tasks."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from gaitway.runs.experiment import METHOD, TASK, Experiment
from gaitway.runs.run import RunError
from gaitway.tensors import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Method", "Policy", "Table", "Task"]

#: Which policy is meant: with its noise, or without.
Policy: TypeAlias = Literal["stochastic", "deterministic"]

#: How the paper writes the names.
_NAMES = {
    "vgps": "VGPS",
    "gps": "GPS",
    "adapted-gps": "adapted GPS",
    "dagger": "DAGGER",
    "weighted-dagger": "weighted DAGGER",
    "adapted-dagger": "adapted DAGGER",
    "cost-weighted-1000": "cost-weighted 1000",
}


@dataclass(frozen=True)
class Method:
    """An agent with its preset and settings; ``label`` has whatever distinguishes it from the others."""

    key: tuple[Any, ...]
    label: str


@dataclass(frozen=True)
class Task:
    """An environment, with scale and parameters, and a network; ``label`` has what distinguishes it from the others."""

    key: tuple[Any, ...]
    label: str
    environment: str
    scale: str
    hidden: str


class Table:
    """The complete runs of an experiment: costs by method, task, seed and iteration.

    Attributes:
        methods: in the order of the table.
        tasks: in the order of the table.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        """Sorts the rows of ``iterations.csv`` by method and task.

        Raises:
            RunError: if a column is missing, or no run is complete.
        """
        needed = (*METHOD, *TASK, "seed", "iteration", "ddp_cost", "stochastic_cost", "deterministic_cost")
        absent = [name for name in needed if name not in rows.columns]
        if absent:
            raise RunError(f"iterations.csv has no column {', '.join(absent)}; run gaitway experiment again")
        if "state" in rows.columns:
            rows = rows[rows["state"] == "complete"]
        rows = rows[rows["iteration"] > 0]
        if rows.empty:
            raise RunError("no run is complete yet; wait for one, or look at gaitway.runs.Experiment.status()")
        methods = [*METHOD, *(name for name in rows.columns if name.startswith("set."))]
        self._columns = tasks = [*TASK, *(name for name in rows.columns if name.startswith("param."))]
        self._groups = {
            (self._key(key[: len(methods)]), self._key(key[len(methods) :])): group
            for key, group in rows.groupby([*methods, *tasks], sort=False, dropna=False)
        }
        method_keys = list(dict.fromkeys(method for method, _ in self._groups))
        task_keys = list(dict.fromkeys(task for _, task in self._groups))
        self.methods = tuple(Method(key, _method_label(key, methods, _varying(method_keys))) for key in method_keys)
        self.tasks = self._tasks(task_keys)

    @classmethod
    def read(cls, directory: str | os.PathLike[str]) -> Table:
        """The table of an experiment's directory.

        Raises:
            RunError: if there is none, it is damaged, or no run is complete.
            ImportError: if pandas is missing.
        """
        return cls(Experiment(directory).iterations())

    def only(self, labels: Iterable[str]) -> Table:
        """The same with some methods alone, by their labels or their agents' names, in that order, on their tasks.

        Raises:
            ValueError: if there is no such method.
        """
        chosen: dict[tuple[Any, ...], Method] = {}
        for label in labels:
            named = [method for method in self.methods if label in (method.label, method.key[0])]
            if not named:
                known = ", ".join(method.label for method in self.methods)
                raise ValueError(f"there is no method {label!r}; there are: {known}")
            chosen.update({method.key: method for method in named})
        table = copy.copy(self)
        table.methods = tuple(chosen.values())
        table.tasks = tuple(task for task in self.tasks if any((key, task.key) in self._groups for key in chosen))
        return table

    def at(self, scale: str) -> Table:
        """The same with the tasks of one scale alone, unsaid in their labels, and the methods that have runs there."""
        keys = [task.key for task in self.tasks if task.scale == scale]
        table = copy.copy(self)
        table.methods = tuple(each for each in self.methods if any((each.key, key) in self._groups for key in keys))
        table.tasks = self._tasks(keys)
        return table

    def ddp_cost(self, task: Task) -> float:
        """Cost of the initial DDP solution, the median over the runs."""
        costs = [float(group["ddp_cost"].median()) for (_, key), group in self._groups.items() if key == task.key]
        return float(np.median(costs))

    def costs(self, method: Method, task: Task, policy: Policy) -> Floats:
        """Costs over the iterations, shape (runs, iterations); infinite where they diverged, (0, 0) without runs.

        Where runs are of different lengths, those iterations that all have.
        """
        group = self._groups.get((method.key, task.key))
        if group is None:
            return np.zeros((0, 0))
        wide = group.pivot_table(
            index="seed", columns="iteration", values=f"{policy}_cost", aggfunc="first", dropna=False
        ).sort_index(axis=1)
        values: Floats = wide.to_numpy(np.float64)
        lacking = np.flatnonzero(np.isnan(values).any(0))
        return values[:, : lacking[0]] if lacking.size else values

    def last_ratios(self, method: Method, policy: Policy) -> list[Floats]:
        """Of the last policies the costs divided by DDP's, shape (runs,), on each task that the method has runs on."""
        found = []
        for task in self.tasks:
            costs = self.costs(method, task, policy)
            if costs.size:
                found.append(costs[:, -1] / self.ddp_cost(task))
        return found

    def common_ratios(self, method: Method, other: Method, policy: Policy) -> tuple[list[Floats], list[Floats]]:
        """The same of two methods, on the tasks that both have runs on."""
        ours, theirs = [], []
        for task in self.tasks:
            mine, yours = self.costs(method, task, policy), self.costs(other, task, policy)
            if mine.size and yours.size:
                ours.append(mine[:, -1] / self.ddp_cost(task))
                theirs.append(yours[:, -1] / self.ddp_cost(task))
        return ours, theirs

    def _tasks(self, keys: list[tuple[Any, ...]]) -> tuple[Task, ...]:
        varying = _varying(keys)
        return tuple(Task(key, _task_label(key, self._columns, varying), *map(str, key[: len(TASK)])) for key in keys)

    @staticmethod
    def _key(values: tuple[Any, ...]) -> tuple[Any, ...]:
        """NaN equals itself in a key."""
        return tuple(None if isinstance(value, float) and np.isnan(value) else value for value in values)

    def __repr__(self) -> str:
        return f"<Table of {len(self.methods)} methods on {len(self.tasks)} tasks>"


def _varying(keys: list[tuple[Any, ...]]) -> list[bool]:
    return [len(set(column)) > 1 for column in zip(*keys, strict=True)]


def _method_label(key: tuple[Any, ...], columns: list[str], varying: list[bool]) -> str:
    words = [_NAMES.get(str(key[0]), str(key[0]))]
    for value, column, varies in zip(key[1:], columns[1:], varying[1:], strict=True):
        if varies and value is not None and value != "":
            words.append(str(value) if column == "preset" else f"{column.removeprefix('set.')} {_shown(value)}")
    return words[0] if len(words) == 1 else f"{words[0]} ({', '.join(words[1:])})"


def _task_label(key: tuple[Any, ...], columns: list[str], varying: list[bool]) -> str:
    units = f"{key[2]} units" if str(key[2]).isdigit() else str(key[2])
    words = [str(key[0]).capitalize(), units]
    for value, column, varies in zip(key, columns, varying, strict=True):
        if varies and column not in ("environment", "hidden") and value is not None and value != "":
            words.append(str(value) if column == "scale" else f"{column.removeprefix('param.')} {_shown(value)}")
    return ", ".join(words)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
