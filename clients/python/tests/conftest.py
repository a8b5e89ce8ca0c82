"""All tests run against a server that the client starts for itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.pop("GAITWAY_SERVER", None)
os.environ.pop("GAITWAY_PARENT_SERVER", None)

from gaitway import Evaluations, Simulator

# A shell's background job ignores Ctrl-C, and so would every program that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Another working directory: MuJoCo writes its warnings to a file there."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)


@pytest.fixture(scope="session")
def swimmer() -> Iterator[Simulator]:
    with Simulator("swimmer") as simulator:
        yield simulator


@pytest.fixture(scope="session")
def walker() -> Iterator[Simulator]:
    with Simulator("walker") as simulator:
        yield simulator


@pytest.fixture(scope="session")
def evaluations() -> Iterator[Evaluations]:
    with Evaluations() as opened:
        yield opened
