"""Checks of what a caller passes, before anything is computed or sent; every message names the argument."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["elements", "integer", "number", "parameters", "seed", "seeds"]

_LARGEST = 2**31 - 1


def integer(name: str, value: Any, low: int, high: int = _LARGEST) -> int:
    """A whole number from low to high, both included; Python's or numpy's, but no truth value and no float.

    Raises:
        ValueError: if it is anything else.
    """
    if type(value) is not bool and isinstance(value, numbers.Integral) and low <= int(value) <= high:
        return int(value)
    top = "2**64 - 1" if high == 2**64 - 1 else str(high)
    raise ValueError(f"{name} must be a whole number from {low} to {top}, but is {value!r}")


def seed(name: str, value: Any) -> int:
    """A seed or an episode number: a whole number from 0 to 2**64 - 1.

    Raises:
        ValueError: if it is anything else.
    """
    return integer(name, value, 0, 2**64 - 1)


def seeds(name: str, values: Iterable[Any], count: int | None = None) -> list[int]:
    """Seeds; as many as there are environments, if count says so.

    Raises:
        ValueError: if one of them is not a seed, or they are too few or too many.
    """
    given = elements(name, values)
    if count is not None and len(given) != count:
        raise ValueError(f"{name} must have {count} entries, one for every environment, but has {len(given)}")
    return [seed(f"{name}[{i}]", value) for i, value in enumerate(given)]


def elements(name: str, values: Any) -> list[Any]:
    """The elements of a sequence or of another iterable, as a list.

    Raises:
        ValueError: for a text, a single value, or an array of more than one axis.
    """
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable) or getattr(values, "ndim", 1) != 1:
        raise ValueError(f"{name} must be a sequence, but is {values!r}")
    return list(values)


def number(name: str, value: Any) -> float:
    """A real number, Python's or numpy's, but no truth value; NaN and infinities are the caller's to judge.

    Raises:
        ValueError: if it is anything else.
    """
    if type(value) is not bool and isinstance(value, numbers.Real):
        try:
            return float(value)
        except OverflowError:
            pass
    raise ValueError(f"{name} must be a number, but is {value!r}")


def parameters(values: Mapping[str, float] | None) -> dict[str, float]:
    """Parameters of an environment by name; what they may be is the server's to judge.

    Raises:
        ValueError: if they are not a mapping of texts to numbers.
    """
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise ValueError(f"parameters must be a mapping of names to numbers, but is {values!r}")
    for name in values:
        if not isinstance(name, str):
            raise ValueError(f"parameters must be named by texts, but one is named {name!r}")
    return {name: number(f"parameters[{name!r}]", value) for name, value in values.items()}
