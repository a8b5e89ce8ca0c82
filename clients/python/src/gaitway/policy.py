"""Policy files: trained policies as controllers in Python, with the simulator's bits.

gaitway evaluate swimmer-still --controller-command "python -m gaitway.policy policy.json"
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from gaitway import evaluation
from gaitway.controllers import Layer, Mlp, Scaling, Squashing
from gaitway.fdlibm import ACTIVATIONS, tanh
from gaitway.spec import EnvironmentSpec
from gaitway.tensors import Floats, Ints

__all__ = ["Policy"]

#: Most bytes of a policy file.
MAX_BYTES = 64 << 20
#: Most entries of a state or an action, inputs, and units of a layer.
MAX_WIDTH = 4096
#: Most layers.
MAX_LAYERS = 64


@dataclass(frozen=True, eq=False)
class Policy:
    """A trained policy, a network with the environment that it is for; docs/policy-format.md describes its file.

    An episode controller for :func:`gaitway.evaluation.control`.

    Attributes:
        environment: catalog name of the environment that it was trained in.
        environment_version: version of the environment.
        model_digest: digest of the numbers that the environment's dynamics depend on.
        states: names of the state's entries; nx of them.
        actions: names of the action's entries; nu of them.
        network: the network, its noise included; its arrays are float64.
        comment: words for people; None for none.

    A policy that reads parameters of the environment acts at their values only, see :meth:`at`. As an episode
    controller it takes those of the environment that it is told of, the suite's first variant.
    """

    environment: str
    environment_version: str
    model_digest: str
    states: tuple[str, ...]
    actions: tuple[str, ...]
    network: Mlp
    comment: str | None = None
    _told: dict[str, float] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def read(cls, path: str | Path) -> Policy:
        """Reads a policy file, of format 1, 2 or 3.

        Raises:
            OSError: if it cannot be read.
            ValueError: if it is not a policy file; the message names the file and the field.
        """
        with Path(path).open("rb") as file:
            return cls.parse(file.read(MAX_BYTES + 1), str(path))

    @classmethod
    def parse(cls, content: bytes, name: str = "policy") -> Policy:
        """Reads the bytes of a policy file, which messages call by the name.

        Raises:
            ValueError: if it is not a policy file; the message names the field.
        """
        try:
            return _policy(_Field(_tree(content), ""))
        except ValueError as error:
            raise ValueError(f"{name} is not a policy file: {error}") from error

    @classmethod
    def of(cls, network: Mlp, spec: EnvironmentSpec, comment: str | None = None) -> Policy:
        """The policy of a network for an environment.

        Raises:
            ValueError: if the network does not fit the environment, or holds what a policy file cannot; the
                message names the field.
        """
        for i, index in enumerate(network.inputs):
            if not 0 <= index < spec.nx:
                raise ValueError(f"inputs[{i}] must be a whole number from 0 to {spec.nx - 1}, but is {index}")
        policy = cls(
            spec.id,
            spec.version,
            spec.model_digest,
            tuple(entry.name for entry in spec.state),
            tuple(entry.name for entry in spec.action),
            network,
            comment,
        )
        return _policy(_Field(json.loads(policy.to_json(), parse_int=float), ""))

    @property
    def inputs(self) -> Ints:
        """State indices that it reads, shape (d,)."""
        return np.asarray(self.network.inputs, np.int64)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the environment's parameters that it reads."""
        return tuple(self.network.parameters)

    def at(self, values: Mapping[str, float]) -> Policy:
        """The policy when the parameters that it reads have these values for good: one of the state alone.

        Args:
            values: of the parameters by name, such as ``{"target_speed": 1.2}``; those that it does not read are
                ignored.

        Raises:
            ValueError: if one that it reads is missing or not finite.
        """
        return replace(self, network=self.network.at(values))

    @property
    def std(self) -> Floats | None:
        """Standard deviations of its noise, which :meth:`mean` leaves out, shape (nu,); None without noise."""
        return None if self.network.noise_std is None else np.asarray(self.network.noise_std, np.float64)

    def controller(self, *, noise: bool = False) -> Mlp:
        """The policy as a controller that is sent to the simulator.

        Args:
            noise: whether it draws its actions rather than taking the mean.
        """
        network = self.network
        return network if noise else replace(network, noise_std=None)

    def require_fits(self, spec: EnvironmentSpec) -> None:
        """Checks that the policy can control an environment.

        Raises:
            ValueError: if it is for another one, or its states or actions are others.
        """
        if self.environment != spec.id:
            raise ValueError(f"the policy is for {self.environment}; the environment is {spec.id}")
        for what, own, other in (("states", self.states, spec.state), ("actions", self.actions, spec.action)):
            names = tuple(entry.name for entry in other)
            if own != names:
                raise ValueError(f"the policy's {what} are {', '.join(own)}; those of {spec.id} are {', '.join(names)}")
        known = [parameter.name for parameter in spec.parameters]
        for name in self.parameters:
            if name not in known:
                raise ValueError(
                    f"the policy reads the parameter {name}, which {spec.id} does not have; it has {', '.join(known)}"
                )

    def mean(self, states: Floats) -> Floats:
        """Actions without noise, shape (n, nu), for states of shape (n, nx); shape (nu,) for one of shape (nx,).

        Sums go from the bias by ascending input, as in a rollout, so that the actions are the rollout's to the
        last bit. What overflows becomes infinite or NaN, as it does there.

        Raises:
            ValueError: if the states have another shape, or the policy reads parameters; :meth:`at` gives them
                their values.
        """
        states = np.asarray(states, np.float64)
        nx = len(self.states)
        if states.ndim not in (1, 2) or states.shape[-1] != nx:
            raise ValueError(f"states must have shape (n, {nx}) or ({nx},), but have shape {states.shape}")
        if self.parameters:
            raise ValueError(
                f"the policy reads the parameters {', '.join(self.parameters)}; give it their values with at(...) first"
            )
        network = self.network
        with np.errstate(over="ignore", invalid="ignore"):
            z = np.atleast_2d(states)[:, self.inputs]
            if network.scaling is not None:
                offset, scale = np.asarray(network.scaling.offset), np.asarray(network.scaling.scale)
                limit = np.inf if network.scaling.limit is None else network.scaling.limit
                z = np.clip((z - offset) / scale, -limit, limit)
            for layer in network.layers:
                z = ACTIVATIONS[layer.activation](_affine(np.asarray(layer.W), np.asarray(layer.b), z))
            if network.squashing is not None:
                z = np.asarray(network.squashing.centre) + np.asarray(network.squashing.half_range) * tanh(z)
        return z if states.ndim == 2 else z[0]

    def begin(self, task: evaluation.Task) -> None:
        """Checks the task, see :meth:`require_fits`, and takes the values of the parameters that it reads."""
        self.require_fits(task.environment)
        self._told.update({parameter.name: parameter.value for parameter in task.environment.parameters})

    def act(self, states: Floats, episodes: Ints, steps: Ints) -> Floats:
        """The same as :meth:`mean`, at the parameters that it was told of."""
        return self.at(self._told).mean(states)

    def to_json(self) -> str:
        """The text of its file, of format 2, or 3 if it reads parameters.

        Numbers have the fewest digits that read back to the same ones.
        """
        network = self.network
        content: dict[str, Any] = {
            "format": "gaitway-policy",
            "format_version": 3 if self.parameters else 2,
            "environment": {
                "id": self.environment,
                "version": self.environment_version,
                "model_digest": self.model_digest,
            },
            "states": list(self.states),
            "actions": list(self.actions),
            "inputs": [{"index": int(index), "name": self.states[index]} for index in network.inputs],
            "layers": [
                {"W": _list(layer.W), "b": _list(layer.b), "activation": layer.activation} for layer in network.layers
            ],
        }
        if self.parameters:
            content["parameters"] = list(self.parameters)
        if self.comment is not None:
            content["comment"] = self.comment
        if network.scaling is not None:
            content["scaling"] = {"offset": _list(network.scaling.offset), "scale": _list(network.scaling.scale)}
            if network.scaling.limit is not None:
                content["scaling"]["limit"] = float(network.scaling.limit)
        if network.squashing is not None:
            squashing = network.squashing
            content["squashing"] = {"centre": _list(squashing.centre), "half_range": _list(squashing.half_range)}
        if network.noise_std is not None:
            content["std"] = _list(network.noise_std)
        return json.dumps(content) + "\n"

    def write(self, path: str | Path) -> None:
        """Writes its file, replacing an existing one only once it is complete.

        Raises:
            OSError: if it cannot be written.
        """
        temporary = Path(f"{path}.tmp")
        temporary.write_text(self.to_json(), encoding="utf-8")
        os.replace(temporary, path)


def _list(value: Any) -> Any:
    return np.asarray(value, np.float64).tolist()


def _affine(W: Floats, b: Floats, z: Floats) -> Floats:
    sums = np.tile(b, (len(z), 1))
    for j in range(W.shape[1]):
        sums += W[:, j] * z[:, j, None]
    return sums


def _tree(content: bytes) -> Any:
    """The value of a JSON text, all numbers as floats."""
    if len(content) > MAX_BYTES:
        raise ValueError(f"it must have at most {MAX_BYTES >> 20} MiB")
    try:
        text = content.decode("utf-8")
        return json.loads(text, object_pairs_hook=_object, parse_int=float, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {json.dumps(twice)} occurs twice in an object")
    return fields


def _constant(word: str) -> NoReturn:
    raise ValueError(f"it is not JSON: {word} is not a number there")


def _policy(file: _Field) -> Policy:
    file.field("format").one_of("gaitway-policy")
    version = file.field("format_version").one_of(1, 2, 3)
    required = ("format", "format_version", "environment", "states", "actions", "inputs", "layers")
    if version == 1:
        file.only(*required, "std")
    else:
        named = ("parameters",) if version == 3 else ()
        file.only(*required, *named, optional=("comment", "scaling", "squashing", "std"))
    environment = file.field("environment")
    environment.only("id", "version", "model_digest")
    states = file.field("states").names()
    actions = file.field("actions").names()
    parameters = file.field("parameters").names() if version == 3 else ()
    inputs = _inputs(file.field("inputs"), states)
    read = len(parameters) + len(inputs)
    if read > MAX_WIDTH:
        raise ValueError(f"parameters and inputs must have 1 to {MAX_WIDTH} entries, but has {read}")
    scaling = file.field("scaling")
    squashing = file.field("squashing")
    return Policy(
        environment.field("id").text(),
        environment.field("version").text(),
        environment.field("model_digest").text(),
        states,
        actions,
        Mlp(
            inputs,
            _layers(file.field("layers"), read, len(actions), version == 1),
            file.field("std").positive(len(actions)) if file.field("std").present else None,
            _scaling(scaling, read) if scaling.present else None,
            _squashing(squashing, len(actions)) if squashing.present else None,
            parameters,
        ),
        file.field("comment").text() if file.field("comment").present else None,
    )


def _inputs(field: _Field, states: Sequence[str]) -> list[int]:
    indices: list[int] = []
    for entry in field.items(1, MAX_WIDTH):
        entry.only("index", "name")
        index = entry.field("index").index(len(states))
        entry.field("name").one_of(states[index])
        entry.field("index").require(index not in indices, "an index that no earlier input has")
        indices.append(index)
    return indices


def _layers(field: _Field, inputs: int, outputs: int, format_1: bool) -> list[Layer]:
    entries = field.items(2, 2) if format_1 else field.items(1, MAX_LAYERS)
    layers: list[Layer] = []
    width = inputs
    for i, entry in enumerate(entries):
        last = i == len(entries) - 1
        entry.only("W", "b", "activation")
        words = ["linear" if last else "softplus"] if format_1 else list(ACTIVATIONS)
        b = entry.field("b").numbers(outputs) if last else entry.field("b").numbers(1, MAX_WIDTH)
        rows = entry.field("W").items(len(b), len(b))
        W = np.array([row.numbers(width) for row in rows])
        layers.append(Layer(W, b, entry.field("activation").one_of(*words)))
        width = len(b)
    return layers


def _scaling(field: _Field, inputs: int) -> Scaling:
    field.only("offset", "scale", optional=("limit",))
    limit = field.field("limit")
    if limit.present:
        limit.require(limit.number() > 0, "a number above 0")
    return Scaling(
        field.field("offset").numbers(inputs),
        field.field("scale").positive(inputs),
        limit.number() if limit.present else None,
    )


def _squashing(field: _Field, outputs: int) -> Squashing:
    field.only("centre", "half_range")
    return Squashing(field.field("centre").numbers(outputs), field.field("half_range").positive(outputs))


class _Absent:
    """The value of a field that is not there."""


class _Field:
    """A value of a JSON file that knows where it stands, for messages."""

    def __init__(self, value: Any, path: str) -> None:
        self._value = value
        self._path = path

    @property
    def present(self) -> bool:
        return self._value is not _Absent

    def field(self, name: str) -> _Field:
        self.require(isinstance(self._value, dict), "an object")
        return _Field(self._value.get(name, _Absent), f"{self._path}.{name}".lstrip("."))

    def only(self, *required: str, optional: Sequence[str] = ()) -> None:
        """Checks that an object has these fields and no others."""
        self.require(isinstance(self._value, dict), "an object")
        known = (*required, *optional)
        for name in self._value:
            if name not in known:
                raise ValueError(
                    f"{f'{self._path}.{_shown(name)}'.lstrip('.')} is unknown; known are {', '.join(known)}"
                )
        for name in required:
            if name not in self._value:
                raise ValueError(f"{self.field(name)._path} is missing")

    def items(self, least: int, most: int) -> list[_Field]:
        self.require(isinstance(self._value, list), "a list")
        count = len(self._value)
        if not least <= count <= most:
            allowed = f"{least}" if least == most else f"{least} to {most}"
            raise ValueError(f"{self._path} must have {allowed} entries, but has {count}")
        return [_Field(value, f"{self._path}[{i}]") for i, value in enumerate(self._value)]

    def numbers(self, least: int, most: int | None = None) -> Floats:
        """Finite numbers."""
        return np.array([item.number() for item in self.items(least, least if most is None else most)])

    def positive(self, count: int) -> Floats:
        """Numbers above 0."""
        numbers = self.numbers(count)
        for number, item in zip(numbers, self.items(count, count), strict=True):
            item.require(number > 0, "a number above 0")
        return numbers

    def number(self) -> float:
        self.require(type(self._value) is float and math.isfinite(self._value), "a finite number")
        value: float = self._value
        return value

    def index(self, count: int) -> int:
        index = self.number()
        self.require(index.is_integer() and 0 <= index < count, f"a whole number from 0 to {count - 1}")
        return int(index)

    def names(self) -> tuple[str, ...]:
        """Distinct texts, at least one."""
        names: dict[str, None] = {}
        for item in self.items(1, MAX_WIDTH):
            name = item.text()
            item.require(name not in names, "a name that no earlier entry has")
            names[name] = None
        return tuple(names)

    def text(self) -> str:
        self.require(isinstance(self._value, str), "a text")
        value: str = self._value
        return value

    def one_of(self, *allowed: Any) -> Any:
        ok = any(type(self._value) in (str, float) and self._value == value for value in allowed)
        self.require(ok, " or ".join(json.dumps(value) for value in allowed))
        return self._value

    def require(self, ok: bool, allowed: str) -> None:
        if not ok:
            actual = "is missing" if not self.present else f"is {_shown(json.dumps(self._value))}"
            raise ValueError(f"{self._path or 'the file'} must be {allowed}, but {actual}")


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m gaitway.policy POLICY.json, as the --controller-command of gaitway evaluate")
    try:
        evaluation.control(Policy.read(sys.argv[1]))
    except (OSError, ValueError) as error:
        sys.exit(f"gaitway.policy: {error}")
