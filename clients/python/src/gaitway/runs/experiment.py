"""The directory of an experiment: its tables, and the runs in it."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gaitway.runs.run import Run, RunError, find, import_pandas
from gaitway.tensors import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METHOD", "TASK", "Experiment", "read_table"]

#: Columns that name a task and a method, with whatever ``param.`` and ``set.`` columns there are.
TASK = ("environment", "scale", "hidden")
METHOD = ("agent", "preset")

#: Columns that are words, whatever they look like: a network of 10 units is named "10".
_WORDS = ("agent", "environment", "scale", "hidden", "preset", "settings", "state", "directory", "fault", "start")
_MORE_WORDS = ("policy", "statistic", "versus")
#: Columns of whole numbers; a seed may have 64 bits, of which a double keeps 53.
_WHOLE = ("seed", "iteration")
#: The apostrophe that guards a text which a spreadsheet would take for a formula.
_GUARD = r"^'(?=\s*[=+@-]|[\t\r])"


class Experiment:
    """A directory that ``gaitway experiment`` fills; its tables are read anew with every call.

    The tables are there from the beginning and replaced as runs complete, so that they can be read at any time.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        """Looks for the tables.

        Raises:
            RunError: if the directory has no ``iterations.csv``.
        """
        self.directory = Path(directory)
        _table(self.directory, "iterations")

    def iterations(self) -> pd.DataFrame:
        """One row for every run and iteration, with the columns of ``iterations.csv``.

        Rows of runs that are not complete are left out: ask for those in :meth:`status`.

        Raises:
            RunError: if the table is damaged.
            ImportError: if pandas is missing.
        """
        frame = read_table(_table(self.directory, "iterations"))
        return frame[frame["iteration"] > 0].reset_index(drop=True) if "iteration" in frame else frame

    def status(self) -> pd.DataFrame:
        """One row for every run, with the columns of ``runs.csv``; the column ``state`` says whether it is complete.

        Raises:
            RunError: if the table is missing or damaged.
            ImportError: if pandas is missing.
        """
        return read_table(_table(self.directory, "runs"))

    def summary(self) -> pd.DataFrame:
        """Every statistic, one row each, with the columns of ``summary.csv``.

        Raises:
            RunError: if the table is missing or damaged.
            ImportError: if pandas is missing.
        """
        return read_table(_table(self.directory, "summary"))

    def runs(self) -> list[Run]:
        """The run directories in it, complete or not, sorted by path.

        Raises:
            RunError: if a run has another layout.
        """
        return find(self.directory)

    def __repr__(self) -> str:
        return f"<Experiment {self.directory}>"


def read_table(file: str | os.PathLike[str]) -> pd.DataFrame:
    """A table of an experiment, ``.csv`` or ``.csv.gz``, as a pandas.DataFrame.

    Names are texts and everything else numbers: ``Infinity`` is infinite, an empty cell is NaN, and among names an
    empty text. The apostrophe that guards a text against being taken for a formula is taken away.

    Raises:
        RunError: if it cannot be read, or is not such a table.
        ImportError: if pandas is missing.
    """
    pandas = import_pandas()
    path = Path(file)
    words = {*_WORDS, *_MORE_WORDS}
    try:
        frame: pd.DataFrame = pandas.read_csv(path, dtype=str, keep_default_na=False)
        for name in frame.columns:
            column = frame[name].str.replace(_GUARD, "", regex=True)
            if name in words:
                frame[name] = column
            elif name.startswith(("set.", "param.")):
                frame[name] = _numbers_or_words(column)
            elif name in _WHOLE:
                whole = [int(text) for text in column]
                frame[name] = np.array(whole, np.uint64 if max(whole, default=0) >= 2**63 else np.int64)
            else:
                frame[name] = _numbers(column)
    except (ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RunError(f"{path} is damaged: {error}; run gaitway experiment again, which writes it anew") from error
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror}); run gaitway experiment first") from error
    return frame


def _numbers(column: pd.Series[str]) -> Floats:
    """The doubles that were written, to the bit."""
    return column.where(column != "", "nan").to_numpy(object).astype(np.float64)


def _numbers_or_words(column: pd.Series[str]) -> Floats | pd.Series[str]:
    try:
        return _numbers(column)
    except ValueError:
        return column


def _table(directory: Path, name: str) -> Path:
    for suffix in (".csv", ".csv.gz"):
        file = directory / f"{name}{suffix}"
        if file.exists():
            return file
    raise RunError(f"{directory} is not an experiment: it has no {name}.csv; name a directory of gaitway experiment")
