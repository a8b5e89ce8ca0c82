"""Runs in TensorBoard, at once or as they go on; the events are written by tensorboardX."""

from __future__ import annotations

import datetime
import itertools
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from gaitway.extras import missing
from gaitway.runs.run import Run, RunError, find, flatten

__all__ = ["Export", "export"]

#: Where numbers go: TensorBoard groups what has one word before the slash.
_GROUPS = {
    "stochastic_cost": "cost/stochastic",
    "deterministic_cost": "cost/deterministic",
    "ddp_cost": "cost/ddp",
    "falls": "policy/falls",
    "success_share": "policy/success_share",
    "deterministic_success": "policy/deterministic_success",
    "deterministic_steps": "policy/deterministic_steps",
    "seconds": "time/seconds_per_iteration",
    "elapsed_seconds": "time/elapsed_seconds",
}
#: Numbers of this process's files of events.
_FILES = itertools.count()

#: Events are on the disk so long after they happened.
_FLUSH_SECONDS = 1

_LEFT_OUT = ("iteration", "stochastic_costs", "terminated", "successes")


class Export:
    """Writes one run's metrics to a directory of TensorBoard's, only what is new with every call.

    The step is the iteration, and the time that of the iteration's end. Where a run was continued from a checkpoint,
    and does iterations again, what was there of them is purged.
    """

    def __init__(self, run: Run, logdir: str | os.PathLike[str]) -> None:
        """Writes nothing yet.

        Args:
            run: may still be written.
            logdir: the run's own directory of events; made if it is not there.

        Raises:
            ImportError: if tensorboardX is missing.
        """
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise ImportError(missing("tensorboardX", "writes what TensorBoard reads", "tensorboard")) from error
        self.run = run
        self.logdir = Path(logdir)
        self._make: Callable[..., Any] = SummaryWriter
        self._writer: Any = None
        self._written: list[str] = []

    def update(self) -> int:
        """Writes the iterations that are new or were done again; returns how many.

        Of a run that was moved or removed meanwhile, what was written stays.

        Raises:
            RunError: if the metrics are damaged.
            OSError: if the directory cannot be written.
        """
        lines = self.run.lines()
        if not self.run.directory.is_dir():
            return 0
        marks = [json.dumps(line, sort_keys=True) for line in lines]
        same = 0
        while same < min(len(marks), len(self._written)) and marks[same] == self._written[same]:
            same += 1
        writer = self._writer
        if writer is None:
            # What an earlier export has left there is of the same run: its iterations are written anew.
            writer = self._open(purge_step=1 if self.logdir.exists() else None)
            writer.add_text("config", f"```json\n{json.dumps(self.run.config, indent=2)}\n```", 0)
        elif same < len(self._written):
            writer.close()
            writer = self._open(purge_step=int(lines[same]["iteration"]) if same < len(lines) else same + 1)
        for line in lines[same:]:
            self._add(writer, line)
        self._written = marks
        return len(lines) - same

    def close(self) -> None:
        """Closes the file of events."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _open(self, purge_step: int | None) -> Any:
        # Files are named after the second; two of one second would be one.
        suffix = f".{os.getpid()}.{next(_FILES):06d}"
        self._writer = self._make(
            str(self.logdir), purge_step=purge_step, filename_suffix=suffix, flush_secs=_FLUSH_SECONDS
        )
        return self._writer

    def _add(self, writer: Any, line: dict[str, Any]) -> None:
        iteration = int(line["iteration"])
        ended = _created(self.run) + float(line.get("elapsed_seconds") or 0.0)
        for name, value in flatten(line, self.run.config).items():
            if name in _LEFT_OUT or not isinstance(value, int | float | bool):
                continue
            if not np.isfinite(value):
                continue  # TensorBoard would draw it as a gap without saying why; text says it.
            tag = _GROUPS.get(name) or (name.replace(".", "/", 1) if "." in name else f"run/{name}")
            writer.add_scalar(tag, float(value), iteration, walltime=ended)
        costs = [cost for cost in line.get("stochastic_costs", ()) if cost is not None]
        if len(costs) > 1:
            writer.add_histogram("cost/rollouts", np.array(costs), iteration, walltime=ended)


def export(
    directories: Iterable[str | os.PathLike[str]],
    logdir: str | os.PathLike[str],
    *,
    follow: bool = False,
    interval: float = 2.0,
    say: Callable[[str], None] = print,
) -> int:
    """Writes the runs in some directories for TensorBoard; each run in a directory of its own below ``logdir``.

    Args:
        directories: run directories, or directories that hold some, such as an experiment's.
        logdir: what ``tensorboard --logdir`` is started with.
        follow: whether to go on: until every run is complete where run directories are named, also ones that are not
            there yet; for ever where directories are named that hold runs, as others may begin there.
        interval: seconds between looks, with ``follow``.
        say: told in words what has been written.

    Returns:
        The number of runs.

    Raises:
        RunError: if a directory is missing, a run is damaged, or there is no run (without ``follow``).
        ImportError: if tensorboardX is missing.
    """
    given = [Path(directory) for directory in directories]
    exports: dict[Path, Export] = {}
    try:
        while True:
            for run in find(*(path for path in given if path.is_dir() or not follow)):
                if run.directory not in exports:
                    exports[run.directory] = Export(run, Path(logdir) / _relative(run.directory, given))
            if not exports and not follow:
                raise RunError(f"there is no run in {', '.join(map(str, given))}; name directories of gaitway train")
            for directory, one in exports.items():
                new = one.update()
                if new:
                    say(f"{directory}: {new} iterations written to {one.logdir}")
            if not follow or _ended(given, exports):
                return len(exports)
            time.sleep(interval)
    finally:
        for one in exports.values():
            one.close()


def _ended(given: list[Path], exports: dict[Path, Export]) -> bool:
    """Whether nothing more can come: run directories were named, and all of them are complete."""
    return all(path in exports and exports[path].run.complete for path in given)


def _relative(directory: Path, given: list[Path]) -> Path:
    """Where a run lies below what was named; its own name if it was named itself."""
    for parent in given:
        if directory != parent and directory.is_relative_to(parent):
            return directory.relative_to(parent)
    return Path(directory.resolve().name)


def _created(run: Run) -> float:
    try:
        return datetime.datetime.fromisoformat(run.config["created"].replace("Z", "+00:00")).timestamp()
    except (KeyError, ValueError, AttributeError):
        return 0.0
