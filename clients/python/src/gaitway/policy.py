"""Policies that Gaitway has trained, as controllers in Python with the simulator's bits.

gaitway evaluate swimmer-still --controller-command "python -m gaitway.policy policy.json"
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from gaitway import evaluation
from gaitway.fdlibm import softplus
from gaitway.spec import EnvironmentSpec
from gaitway.tensors import Floats, Ints

__all__ = ["Policy"]


class Policy:
    """The mean of a trained policy, a network with one hidden layer; the file is described in docs/policy-format.md.

    Sums go from the bias by ascending input, as in a rollout, so that the actions are the rollout's to
    the last bit. An episode controller for :func:`gaitway.evaluation.control`.

    Attributes:
        environment: catalog name of the environment that it was trained in.
        states: names of the state's entries; nx of them.
        actions: names of the action's entries; nu of them.
        inputs: state indices that it reads, shape (d,).
        std: standard deviations of its noise, which :meth:`mean` leaves out, shape (nu,).
    """

    def __init__(self, content: dict[str, Any]) -> None:
        """Takes what a policy file holds.

        Raises:
            ValueError: if it is no policy of this format.
        """
        if content.get("format") != "gaitway-policy" or content.get("format_version") != 1:
            raise ValueError(
                f"format is {content.get('format')!r} {content.get('format_version')!r}; readable is 'gaitway-policy' 1"
            )
        try:
            self.environment: str = content["environment"]["id"]
            self.states: list[str] = content["states"]
            self.actions: list[str] = content["actions"]
            self.inputs: Ints = np.array([entry["index"] for entry in content["inputs"]], np.int64)
            hidden, output = content["layers"]
            self._W1, self._b1 = _layer(hidden, "softplus", len(self.inputs))
            self._W2, self._b2 = _layer(output, "linear", len(self._b1))
            self.std: Floats = np.array(content["std"], np.float64)
        except KeyError as error:
            raise ValueError(f"{error.args[0]!r} is missing") from error
        except TypeError as error:
            raise ValueError(f"a field has another form than docs/policy-format.md says: {error}") from error
        if not self._b2.shape == self.std.shape == (len(self.actions),):
            raise ValueError(f"the last layer and std must have {len(self.actions)} entries, one for every action")
        if not np.isin(self.inputs, np.arange(len(self.states))).all():
            raise ValueError(f"inputs has an index beyond 0 to {len(self.states) - 1}")

    @classmethod
    def read(cls, path: str | Path) -> Policy:
        """Reads a policy file.

        Raises:
            OSError: if it cannot be read.
            ValueError: if it is no policy of this format; the message names the file.
        """
        try:
            return cls(json.loads(Path(path).read_text(encoding="utf-8")))
        except (ValueError, AttributeError) as error:
            raise ValueError(f"{path} is no policy: {error}") from error

    def require_fits(self, spec: EnvironmentSpec) -> None:
        """Checks that the policy can control an environment.

        Raises:
            ValueError: if its states or actions are others.
        """
        for name, own, other in (("states", self.states, spec.state), ("actions", self.actions, spec.action)):
            names = [entry.name for entry in other]
            if own != names:
                raise ValueError(f"the policy is for {self.environment} with {name} {own}, but {spec.id} has {names}")

    def mean(self, states: Floats) -> Floats:
        """Actions without noise, shape (n, nu), for states of shape (n, nx)."""
        z = _affine(self._W1, self._b1, states[:, self.inputs])
        z = np.array([[softplus(value) for value in row] for row in z.tolist()]).reshape(z.shape)
        return _affine(self._W2, self._b2, z)

    def begin(self, task: evaluation.Task) -> None:
        """Checks the task, see :meth:`require_fits`."""
        self.require_fits(task.environment)

    def act(self, states: Floats, episodes: Ints, steps: Ints) -> Floats:
        """The same as :meth:`mean`."""
        return self.mean(states)


def _layer(content: dict[str, Any], activation: str, width: int) -> tuple[Floats, Floats]:
    if content["activation"] != activation:
        raise ValueError(f"an activation is {content['activation']!r}; it must be {activation!r}")
    W, b = np.array(content["W"], np.float64), np.array(content["b"], np.float64)
    if W.shape != (len(b), width):
        raise ValueError(f"W has shape {W.shape}; it must be ({len(b)}, {width})")
    return W, b


def _affine(W: Floats, b: Floats, z: Floats) -> Floats:
    sums = np.tile(b, (len(z), 1))
    for j in range(W.shape[1]):
        sums += W[:, j] * z[:, j, None]
    return sums


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m gaitway.policy POLICY.json, as the --agent of gaitway evaluate")
    try:
        evaluation.control(Policy.read(sys.argv[1]))
    except (OSError, ValueError) as error:
        sys.exit(f"gaitway.policy: {error}")
