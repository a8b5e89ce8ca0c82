"""How much is tested: everything with ``-Pall``, and else what every build has time for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

#: What is left out of every other build: it takes long, and is near to something that runs.
ALL = pytest.mark.all


def sampled(cases: Iterable[Any]) -> list[Any]:
    """Cases of a test, of which every build takes one in five; tuples have a value for each argument."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=[] if n % 5 == 0 else [ALL])
        for n, case in enumerate(cases)
    ]
