"""Tensors on the wire and numpy arrays, without a copy where there need not be one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gaitway.errors import GaitwayError
from gaitway.v1 import tensor_pb2

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[np.int64]

_FLOAT64 = np.dtype("<f8")


def pack(array: Floats) -> tensor_pb2.Tensor:
    """A tensor with the array's shape and numbers."""
    return tensor_pb2.Tensor(
        dtype=tensor_pb2.DATA_TYPE_FLOAT64,
        shape=array.shape,
        data=np.ascontiguousarray(array, _FLOAT64).tobytes(),
    )


def pack_bools(array: Bools) -> tensor_pb2.Tensor:
    """A tensor with the array's shape and truth values."""
    return tensor_pb2.Tensor(dtype=tensor_pb2.DATA_TYPE_BOOL, shape=array.shape, data=array.tobytes())


def unpack(tensor: tensor_pb2.Tensor) -> Floats:
    """The tensor's numbers, read-only."""
    return _view(tensor, _FLOAT64, tensor_pb2.DATA_TYPE_FLOAT64)


def unpack_bools(tensor: tensor_pb2.Tensor) -> Bools:
    """The tensor's truth values, read-only."""
    return _view(tensor, np.dtype(np.bool_), tensor_pb2.DATA_TYPE_BOOL)


def _view(tensor: tensor_pb2.Tensor, dtype: np.dtype[Any], wanted: int) -> npt.NDArray[Any]:
    shape = tuple(tensor.shape)
    data = tensor.data
    if (tensor.dtype or tensor_pb2.DATA_TYPE_FLOAT64) != wanted or len(data) != math.prod(shape) * dtype.itemsize:
        raise GaitwayError(
            f"the server's answer holds a tensor of type {tensor.dtype}, shape {shape} and {len(data)} bytes, which"
            f" is none of {dtype.name}",
            code="INTERNAL",
        )
    return np.frombuffer(data, dtype).reshape(shape)


def floats(name: str, value: npt.ArrayLike, shape: Sequence[int | str]) -> Floats:
    """The value as a row-major float64 array of a shape, in which a letter stands for any size.

    Raises:
        ValueError: if its shape is another; the message names the argument.
    """
    array: Floats = np.ascontiguousarray(value, _FLOAT64)
    if array.ndim != len(shape) or any(
        isinstance(want, int) and have != want for have, want in zip(array.shape, shape, strict=True)
    ):
        wanted = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        raise ValueError(f"{name} has shape {array.shape}; it must have ({wanted})")
    return array


def unsigned(name: str, values: list[int]) -> list[int]:
    """The values, each of which must fit an unsigned 64-bit number.

    Raises:
        ValueError: if one does not; the message names the argument.
    """
    for value in values:
        if not 0 <= value < 2**64:
            raise ValueError(f"{name} has {value}; allowed: 0 to 2**64 - 1")
    return values
