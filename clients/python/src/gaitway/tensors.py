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


def unpack(name: str, tensor: tensor_pb2.Tensor, shape: Sequence[int | str]) -> Floats:
    """The numbers of a tensor of an answer, read-only; a letter in the shape stands for any size.

    Raises:
        GaitwayError: if the tensor is of another shape or type than what was asked for.
    """
    return _view(name, tensor, shape, _FLOAT64, tensor_pb2.DATA_TYPE_FLOAT64)


def unpack_bools(name: str, tensor: tensor_pb2.Tensor, shape: Sequence[int | str]) -> Bools:
    """The truth values of a tensor of an answer, read-only; as :func:`unpack`."""
    return _view(name, tensor, shape, np.dtype(np.bool_), tensor_pb2.DATA_TYPE_BOOL)


def _view(
    name: str, tensor: tensor_pb2.Tensor, wanted: Sequence[int | str], dtype: np.dtype[Any], kind: int
) -> npt.NDArray[Any]:
    shape = tuple(tensor.shape)
    data = tensor.data
    matches = min(shape, default=0) >= 0 and len(data) == math.prod(shape) * dtype.itemsize
    if (tensor.dtype or tensor_pb2.DATA_TYPE_FLOAT64) != kind or not matches:
        raise wrong_answer(
            f"{name} is a tensor of type {tensor.dtype}, shape {shape} and {len(data)} bytes; these do not belong"
            f" together, or are not {dtype.name}"
        )
    if not _fits(shape, wanted):
        raise wrong_answer(f"{name} has shape {shape}; {_written(wanted)} was asked for")
    return np.frombuffer(data, dtype).reshape(shape)


def wrong_answer(what: str) -> GaitwayError:
    """The exception for an answer that breaks the contract."""
    return GaitwayError(f"the server's answer breaks the contract: {what}", code="INTERNAL")


def _fits(shape: Sequence[int], wanted: Sequence[int | str]) -> bool:
    return len(shape) == len(wanted) and all(
        isinstance(want, str) or have == want for have, want in zip(shape, wanted, strict=True)
    )


def _written(shape: Sequence[int | str]) -> str:
    return "(" + ", ".join(map(str, shape)) + (",)" if len(shape) == 1 else ")")


def floats(name: str, value: npt.ArrayLike, shape: Sequence[int | str]) -> Floats:
    """The value as a row-major float64 array of a shape, in which a letter stands for any size.

    Raises:
        ValueError: if it holds anything but numbers, or its shape is another; the message names the argument.
    """
    array = real(name, value)
    if not _fits(array.shape, shape):
        raise ValueError(f"{name} has shape {array.shape}; it must have {_written(shape)}")
    return np.ascontiguousarray(array)


def real(name: str, value: npt.ArrayLike) -> Floats:
    """The value as a float64 array of whatever shape.

    Raises:
        ValueError: if it holds anything but numbers: texts, truth values, None, rows of different lengths.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of numbers: {error}") from error
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name} must be an array of numbers, but holds {array.dtype}")
    return array.astype(_FLOAT64, copy=False)
