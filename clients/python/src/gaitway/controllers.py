"""Controllers that are sent to the simulator and run inside it.

Sizes: nx and nu are the environment's; T is at least the rollout's number of control steps, and further
rows are ignored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gaitway import checks
from gaitway.tensors import Floats, floats, pack
from gaitway.v1 import dynamics_pb2

__all__ = ["Controller", "Layer", "LinearGaussian", "Mlp", "OpenLoop", "Scaling", "Squashing"]

#: The non-linearities of layers, by their words.
ACTIVATIONS = {
    "linear": dynamics_pb2.ACTIVATION_LINEAR,
    "softplus": dynamics_pb2.ACTIVATION_SOFTPLUS,
    "tanh": dynamics_pb2.ACTIVATION_TANH,
    "relu": dynamics_pb2.ACTIVATION_RELU,
    "elu": dynamics_pb2.ACTIVATION_ELU,
    "sigmoid": dynamics_pb2.ACTIVATION_SIGMOID,
    "silu": dynamics_pb2.ACTIVATION_SILU,
}


@dataclass(frozen=True)
class LinearGaussian:
    """``u_t = us_t + a k_t + K_t (x_t - xs_t) + L_t e``, with a the step size and e standard normal.

    Attributes:
        xs: reference states, shape (T, nx).
        us: reference actions, shape (T, nu).
        k: feed-forward terms, shape (T, nu).
        K: feedback gains, shape (T, nu, nx).
        L: lower Cholesky factors of the action covariances, shape (T, nu, nu); None for no noise.
    """

    xs: npt.ArrayLike
    us: npt.ArrayLike
    k: npt.ArrayLike
    K: npt.ArrayLike
    L: npt.ArrayLike | None = None

    def message(self, nx: int, nu: int) -> dynamics_pb2.Controller:
        """The contract's message, for an environment of these sizes."""
        return dynamics_pb2.Controller(
            linear_gaussian=dynamics_pb2.LinearGaussianController(
                reference_states=pack(floats("xs", self.xs, ("T", nx))),
                reference_actions=pack(floats("us", self.us, ("T", nu))),
                feedforward=pack(floats("k", self.k, ("T", nu))),
                feedback=pack(floats("K", self.K, ("T", nu, nx))),
                noise_cholesky=None if self.L is None else pack(floats("L", self.L, ("T", nu, nu))),
            )
        )


@dataclass(frozen=True)
class Layer:
    """A layer of a network, ``activation(W z + b)``.

    Attributes:
        W: weights, shape (outputs, inputs).
        b: biases, shape (outputs,).
        activation: ``"linear"``, ``"softplus"``, ``"tanh"``, ``"relu"``, ``"elu"``, ``"sigmoid"`` or ``"silu"``.
    """

    W: npt.ArrayLike
    b: npt.ArrayLike
    activation: str = "linear"


@dataclass(frozen=True)
class Scaling:
    """Scaling of what a network reads: ``z = (x - offset) / scale``, then moved to within -limit and limit.

    Attributes:
        offset: in the units of what is read, one for every parameter, then for every input.
        scale: above 0, in the same units, one for every parameter, then for every input.
        limit: above 0; None for none.
    """

    offset: npt.ArrayLike
    scale: npt.ArrayLike
    limit: float | None = None


@dataclass(frozen=True)
class Squashing:
    """Squashing of what a network puts out: ``u = centre + half_range * tanh(z)``.

    Attributes:
        centre: centres of the actions' ranges, shape (nu,).
        half_range: half of the ranges' widths, above 0, shape (nu,).
    """

    centre: npt.ArrayLike
    half_range: npt.ArrayLike


@dataclass(frozen=True)
class Mlp:
    """A network with diagonal noise: ``u = squash(net(scale(x[inputs]))) + std * e``.

    It may read parameters of the environment as well, before the state's entries. In a rollout, their values are
    those in force in the simulator's environment.

    Attributes:
        inputs: state indices that the first layer reads.
        layers: the layers, the last with nu outputs.
        noise_std: standard deviations of the action, shape (nu,); None for no noise.
        scaling: what happens to the inputs before the first layer; None for nothing.
        squashing: what happens to the outputs of the last layer; None for nothing.
        parameters: names of the environment's parameters that the first layer reads, in order, before the inputs.
    """

    inputs: Sequence[int]
    layers: Sequence[Layer]
    noise_std: npt.ArrayLike | None = None
    scaling: Scaling | None = None
    squashing: Squashing | None = None
    parameters: Sequence[str] = ()

    def at(self, values: Mapping[str, float]) -> Mlp:
        """What is left when the parameters have these values for good: a network that reads the state alone.

        It has the same bits: what the parameters add to the first layer's sums has gone into its biases.

        Args:
            values: of the parameters that it reads, by name, finite; others are ignored.

        Raises:
            ValueError: if one is missing or not finite.
        """
        if not self.parameters:
            return self
        z = np.array([_value(name, values) for name in self.parameters])
        count = len(z)
        scaling = self.scaling
        if scaling is not None:
            offset, scale = np.asarray(scaling.offset, np.float64), np.asarray(scaling.scale, np.float64)
            limit = np.inf if scaling.limit is None else scaling.limit
            z = np.clip((z - offset[:count]) / scale[:count], -limit, limit)
            scaling = Scaling(offset[count:], scale[count:], scaling.limit)
        first = self.layers[0]
        W, b = np.asarray(first.W, np.float64), np.array(first.b, np.float64)
        for j in range(count):
            b += W[:, j] * z[j]
        layers = [Layer(W[:, count:], b, first.activation), *self.layers[1:]]
        return Mlp(self.inputs, layers, self.noise_std, scaling, self.squashing)

    def message(self, nx: int, nu: int) -> dynamics_pb2.Controller:
        """The contract's message, for an environment of these sizes."""
        inputs = checks.elements("inputs", self.inputs)
        read = len(self.parameters) + len(inputs)
        return dynamics_pb2.Controller(
            mlp=dynamics_pb2.MlpController(
                inputs=[checks.integer(f"inputs[{i}]", index, -(2**31)) for i, index in enumerate(inputs)],
                parameters=self.parameters,
                scaling=None if self.scaling is None else _scaling(self.scaling, read),
                layers=[_layer(layer, f"layers[{i}]") for i, layer in enumerate(self.layers)],
                squashing=None if self.squashing is None else _squashing(self.squashing, nu),
                noise_std=None if self.noise_std is None else pack(floats("noise_std", self.noise_std, (nu,))),
            )
        )


def _value(name: str, values: Mapping[str, float]) -> float:
    value = float(values[name]) if name in values else None
    if value is None or not math.isfinite(value):
        raise ValueError(
            f"the network reads the parameter {name}, whose value must be finite, but is "
            f"{'missing' if value is None else value}"
        )
    return value


def _layer(layer: Layer, name: str) -> dynamics_pb2.MlpLayer:
    if not isinstance(layer, Layer):
        raise ValueError(f"{name} must be a gaitway.Layer, but is {layer!r}")
    if layer.activation not in ACTIVATIONS:
        allowed = ", ".join(repr(word) for word in ACTIVATIONS)
        raise ValueError(f"{name}.activation must be one of {allowed}, but is {layer.activation!r}")
    return dynamics_pb2.MlpLayer(
        weights=pack(floats(f"{name}.W", layer.W, ("outputs", "inputs"))),
        biases=pack(floats(f"{name}.b", layer.b, ("outputs",))),
        activation=ACTIVATIONS[layer.activation],
    )


def _scaling(scaling: Scaling, inputs: int) -> dynamics_pb2.InputScaling:
    return dynamics_pb2.InputScaling(
        offset=pack(floats("scaling.offset", scaling.offset, (inputs,))),
        scale=pack(floats("scaling.scale", scaling.scale, (inputs,))),
        limit=None if scaling.limit is None else checks.number("scaling.limit", scaling.limit),
    )


def _squashing(squashing: Squashing, nu: int) -> dynamics_pb2.OutputSquashing:
    return dynamics_pb2.OutputSquashing(
        centre=pack(floats("squashing.centre", squashing.centre, (nu,))),
        half_range=pack(floats("squashing.half_range", squashing.half_range, (nu,))),
    )


@dataclass(frozen=True)
class OpenLoop:
    """Actions fixed beforehand, shape (T, nu)."""

    us: npt.ArrayLike

    def message(self, nx: int, nu: int) -> dynamics_pb2.Controller:
        """The contract's message, for an environment of these sizes."""
        us: Floats = floats("us", self.us, ("T", nu))
        return dynamics_pb2.Controller(open_loop=dynamics_pb2.OpenLoopController(actions=pack(us)))


Controller: TypeAlias = LinearGaussian | Mlp | OpenLoop
