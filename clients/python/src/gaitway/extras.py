"""What the package can do with packages that it does not need: each extra is ``pip install "gaitway[EXTRA]"``."""

from __future__ import annotations

__all__ = ["missing"]


def missing(package: str, purpose: str, extra: str) -> str:
    """What to say where an optional package is missing: that it is, what for, and what installs it.

    >>> missing("pygame", "draws the robot", "render")
    'pygame is missing, which draws the robot; run: pip install "gaitway[render]"'
    """
    return f'{package} is missing, which {purpose}; run: pip install "gaitway[{extra}]"'
