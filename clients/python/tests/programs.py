"""Programs of tests, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

#: A busy machine is slow; a program that hangs is slower.
LIMIT_SECONDS = 120


def run(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in Python with every warning on, and an environment on top of this process's."""
    return _run(["-c", textwrap.dedent(program), *arguments], environment)


def run_file(path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a file as :func:`run` does a text."""
    return _run([str(path), *arguments], environment)


def _run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        # What is left out of the robot that the pages have is no fault of a program.
        [sys.executable, "-X", "dev", "-W", "error", "-W", "ignore:hopper.xml", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_SECONDS,
        env={**os.environ, **environment},
    )


def eventually(condition: Callable[[], object]) -> None:
    """Waits until something holds that other threads and processes bring about."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
