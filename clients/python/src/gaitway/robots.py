"""Robots of one's own: MuJoCo's XML and a task in YAML become an environment of a server."""

from __future__ import annotations

import os
import re
import sys
import warnings
from pathlib import Path

from gaitway.connection import DEFAULT_TIMEOUT, Connection
from gaitway.spec import EnvironmentSpec
from gaitway.v1 import catalog_pb2

__all__ = ["RobotWarning", "add_environment"]

_INCLUDE = re.compile(r"<include\s[^>]*\bfile\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ROBOT = re.compile(r"^robot:\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s#]+))", re.MULTILINE)

#: More files than any server takes.
_MOST_FILES = 100


class RobotWarning(UserWarning):
    """Something in a robot's file changes the motion but is left out; it says what replaces it."""


def add_environment(
    robot: str | os.PathLike[str] | None,
    task: str | os.PathLike[str],
    address: str | None = None,
    *,
    timeout: float | None = DEFAULT_TIMEOUT,
    token: str | None = None,
) -> EnvironmentSpec:
    """Makes an environment of a robot's file and a task's, on the server; its ``id`` is then an environment's name.

    What of the robot is left out is a :class:`RobotWarning`. The server keeps the environment for a while; adding the
    same files again is cheap.

    Args:
        robot: MuJoCo's XML; what it includes lies in its folder. None for the file that the task names.
        task: a YAML file; docs/robots.md says what may stand in it. The environment is called like it.
        address: as for :class:`gaitway.Simulator`.
        timeout: seconds that it may take; None, or infinite, for no limit.
        token: as for :class:`gaitway.Simulator`.

    Raises:
        OSError: if a file cannot be read.
        ValueError: if a file is not text, the task names no robot, or the address is invalid.
        InvalidArgumentError: if a file makes no sense; the message names file, line and reason.
        PermissionDeniedError: if the token does not allow to add environments; it needs the scope ``models``.
        UnimplementedError: if the server is too old to take robots.
        UnavailableError: if no server answers.
    """
    request = _request(robot, Path(task))
    connection = Connection(address, timeout=timeout, token=token)
    try:
        answer = connection.unary(
            "CatalogService/AddEnvironment",
            request,
            catalog_pb2.AddEnvironmentResponse,
            f"adding the environment {request.name}",
        )
    finally:
        connection.close()
    for warning in answer.warnings:
        warnings.warn(warning, RobotWarning, stacklevel=_level_of_caller())
    return EnvironmentSpec.from_message(answer.environment)


def choose(
    environment: str | None,
    robot: str | os.PathLike[str] | None,
    task: str | os.PathLike[str] | None,
    address: str | None,
    timeout: float | None,
    token: str | None,
) -> str:
    """The name of an environment: the one given, or that of what is made of files, where there is a task.

    Raises:
        ValueError: if there is neither.
        GaitwayError: as :func:`add_environment`, whose other exceptions it raises too.
    """
    if task is not None:
        return add_environment(robot, task, address, timeout=timeout, token=token).id
    if robot is not None or environment is None:
        raise ValueError("task is missing: name the YAML file that says what the robot is asked to do")
    return environment


def _request(robot: str | os.PathLike[str] | None, task: Path) -> catalog_pb2.AddEnvironmentRequest:
    words = _text(task)
    if robot is None:
        named = _ROBOT.search(words)
        if named is None:
            raise ValueError(f"{task} names no robot; add a line such as 'robot: hopper.xml', or give the robot's file")
        robot = task.parent / _group(named)
    robot = Path(robot)
    files: dict[str, str] = {}
    _include(robot.parent, robot.name, files)
    return catalog_pb2.AddEnvironmentRequest(
        name=_name(task),
        robot=catalog_pb2.TextFile(name=robot.name, text=files.pop(robot.name)),
        included=[catalog_pb2.TextFile(name=name, text=text) for name, text in files.items()],
        task=catalog_pb2.TextFile(name=task.name, text=words),
    )


def _include(folder: Path, name: str, files: dict[str, str]) -> None:
    """Adds a file and all that it includes in its folder or below.

    Nothing else is read: what a server must not see stays here, and the server says what is missing, or too much.
    """
    file = folder / name
    lies_inside = file.is_file() and file.resolve().is_relative_to(folder.resolve())
    if name in files or len(files) > _MOST_FILES or (files and not lies_inside):
        return
    files[name] = _text(file)
    for found in _INCLUDE.finditer(files[name]):
        included = _group(found)
        parts = [part for part in included.split("/") if part not in ("", ".")]
        if included.startswith("/") or ".." in parts or re.search(r"[\\:]", included):
            continue
        inner = "/".join(parts)
        _include(folder, inner, files)
        if "/" in name:
            _include(folder, name.rpartition("/")[0] + "/" + inner, files)


def _group(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group is not None)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not text in UTF-8; save it as such") from error


def _name(task: Path) -> str:
    """A name that an environment may have, made of a file's."""
    plain = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\.ya?ml$", "", task.name.lower())).strip("-")
    return plain[:40] or "robot"


def _level_of_caller() -> int:
    """The level at which a warning points out of this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "gaitway":
        level, frame = level + 1, frame.f_back
    return level
