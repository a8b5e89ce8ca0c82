"""Follows the tutorials as a reader does: saves what is to be saved, and runs every command in its order.

docs/build tutorials runs it. It trains some thirty runs, which took seven minutes on two cores on 2026-11-30; so it is
not a part of docs/build alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from pages import ROOT, Fault, pages, tracked
from program import Program

TARGET = ROOT / "docs/target/reader"


def follow(program: Program) -> list[Fault]:
    """What went wrong."""
    shutil.rmtree(TARGET, ignore_errors=True)
    bin_ = TARGET / "bin"
    bin_.mkdir(parents=True)
    launcher = bin_ / "gaitway"
    launcher.write_text(f'#!/bin/sh\nexec {program.command} "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    path = f"{bin_}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "GAITWAY_COMMAND": program.command}
    environment.pop("GAITWAY_SERVER", None)
    faults = []
    for page in pages(tracked()).values():
        if not page.path.startswith("docs/tutorials/"):
            continue
        folder = TARGET / Path(page.path).stem
        folder.mkdir()
        for block in page.blocks:
            if block.language != "sh":
                if block.saved_as:
                    (folder / block.saved_as).write_text(block.code, encoding="utf-8")
                continue
            for offset, line in enumerate(block.code.splitlines()):
                if line.startswith("pip install"):
                    continue  # The environment has the client as it is here.
                began = time.monotonic()
                ran = subprocess.run(
                    ["bash", "-c", line],
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                )
                print(f"  {time.monotonic() - began:5.0f} s  {line}", flush=True)
                if ran.returncode:
                    last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
                    faults.append(block.fault(f"exit code {ran.returncode}: {last}", offset))
    return faults
