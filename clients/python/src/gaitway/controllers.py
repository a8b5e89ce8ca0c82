"""Controllers that are sent to the simulator and run inside it.

Sizes: nx and nu are the environment's; T is at least the rollout's number of control steps, and further
rows are ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy.typing as npt

from gaitway import checks
from gaitway.tensors import Floats, floats, pack
from gaitway.v1 import dynamics_pb2

__all__ = ["Controller", "LinearGaussian", "Mlp", "OpenLoop"]

_ACTIVATIONS = {
    None: dynamics_pb2.ACTIVATION_UNSPECIFIED,
    "softplus": dynamics_pb2.ACTIVATION_SOFTPLUS,
    "tanh": dynamics_pb2.ACTIVATION_TANH,
    "relu": dynamics_pb2.ACTIVATION_RELU,
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
class Mlp:
    """A network with a linear last layer and diagonal noise: ``u = net(x[inputs]) + std * e``.

    Attributes:
        inputs: state indices that the first layer reads.
        layers: pairs of weights, shape (outputs, inputs), and biases, shape (outputs,).
        activation: ``"softplus"``, ``"tanh"`` or ``"relu"`` after every layer but the last; None for a
            network of one layer.
        noise_std: standard deviations of the action, shape (nu,); None for no noise.
    """

    inputs: Sequence[int]
    layers: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]]
    activation: str | None = None
    noise_std: npt.ArrayLike | None = None

    def message(self, nx: int, nu: int) -> dynamics_pb2.Controller:
        """The contract's message, for an environment of these sizes."""
        if self.activation not in _ACTIVATIONS:
            allowed = ", ".join(repr(name) for name in _ACTIVATIONS)
            raise ValueError(f"activation must be one of {allowed}, but is {self.activation!r}")
        inputs = checks.elements("inputs", self.inputs)
        layers = [
            dynamics_pb2.MlpLayer(
                weights=pack(floats(f"layers[{i}] weights", weights, ("outputs", "inputs"))),
                biases=pack(floats(f"layers[{i}] biases", biases, ("outputs",))),
            )
            for i, (weights, biases) in enumerate(self.layers)
        ]
        return dynamics_pb2.Controller(
            mlp=dynamics_pb2.MlpController(
                inputs=[checks.integer(f"inputs[{i}]", index, -(2**31)) for i, index in enumerate(inputs)],
                layers=layers,
                activation=_ACTIVATIONS[self.activation],
                noise_std=None if self.noise_std is None else pack(floats("noise_std", self.noise_std, (nu,))),
            )
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
