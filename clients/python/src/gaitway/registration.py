"""Tells Gymnasium of the environments; done by ``import gaitway``.

Gymnasium 1.0 dropped the entry points by which packages once registered themselves without an import.
Without one in the program, ``gymnasium.make("gaitway:gaitway/Swimmer-v0")`` imports this package first.
"""

from __future__ import annotations

import gymnasium

ENVIRONMENTS = {"gaitway/Swimmer-v0": "swimmer", "gaitway/Walker-v0": "walker"}
"""Gymnasium's ids, and the catalog's."""


def register() -> None:
    """Registers the environments that every server has; does nothing the second time."""
    for name, environment in ENVIRONMENTS.items():
        if name not in gymnasium.registry:
            gymnasium.register(
                id=name,
                entry_point="gaitway.gym_env:GaitwayEnv",
                vector_entry_point="gaitway.vector_env:GaitwayVectorEnv",
                kwargs={"environment": environment},
            )
