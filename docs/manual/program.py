"""The program that was built: its jars, and what it says of itself."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from functools import cached_property
from pathlib import Path

from pages import ROOT

SOURCE = Path(__file__).with_name("Program.java")
MAIN = "io.gaitway.agents.cli.Gaitway"


class Program:
    """The jars that ./gaitway starts."""

    def __init__(self) -> None:
        jars = sorted((ROOT / "agents/cli/target").glob("gaitway-cli-*[0-9].jar"))
        if not jars:
            raise SystemExit(
                "docs/build: agents/cli/target holds no program; run ./gaitway --version, which builds it."
            )
        self.classpath = os.pathsep.join([str(jars[-1]), str(ROOT / "agents/cli/target/lib/*")])
        self.bin = f"{os.environ['JAVA_HOME']}/bin/" if os.environ.get("JAVA_HOME") else ""
        self.java = [f"{self.bin}java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", self.classpath]

    def run(self, what: str, given: str = "") -> str:
        """What Program.java answers."""
        return self._java([str(SOURCE), what], given)

    def gaitway(self, *words: str) -> str:
        """What the program itself prints."""
        return self._java([MAIN, *words], "")

    @property
    def command(self) -> str:
        """The command that starts it, as GAITWAY_COMMAND takes it."""
        return shlex.join([*self.java, MAIN])

    def _java(self, words: list[str], given: str) -> str:
        ran = subprocess.run([*self.java, *words], input=given, capture_output=True, text=True)
        if ran.returncode != 0:
            raise SystemExit(f"docs/build: {' '.join(words[-2:])} failed:\n{ran.stderr}")
        return ran.stdout

    @cached_property
    def described(self) -> dict:
        """Commands and agents, as Program.java tells them."""
        return json.loads(self.run("describe"))

    @cached_property
    def environments(self) -> list[dict]:
        """The environments, as the catalog has them."""
        answer = json.loads(self.gaitway("environments", "--json"))
        return answer if isinstance(answer, list) else [answer]
