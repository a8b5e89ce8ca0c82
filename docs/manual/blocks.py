"""Checks every block of code, each language in the way that the table CHECKS says."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import yaml

import planted
from pages import ROOT, Block, Fault, Page
from program import Program
from shell import Shell, syntax

#: What is done with a block of each language. docs/reference/house.md has this table for people.
CHECKS = {
    "": "lines of the program parsed by its own command line; other commands' files, modules and tests exist",
    "sh": "as without a language, and bash takes it",
    "python": "compiled; run, if on a page of docs/tutorials or docs/reference",
    "java": "compiled, or word for word in a source that is",
    "ts": "compiled against the TypeScript client",
    "js": "parsed by Node.js",
    "go": "compiled against the Go client, or word for word in a source of it",
    "cpp": "line by line, in order, in a source of clients/recipes",
    "rust": "line by line, in order, in a source of clients/recipes",
    "proto": "word for word in the contract",
    "json": "parsed",
    "yaml": "parsed",
    "toml": "parsed",
    "xml": "parsed",
    "text": "not checked: what a program prints",
}
NAMES = {"java": "Java", "go": "Go", "cpp": "C++", "rust": "Rust", "proto": "proto"}
ENDINGS = {"java": ".java", "go": ".go", "cpp": (".cpp", ".h"), "rust": ".rs", "proto": ".proto"}

#: Pages whose Python is run here; clients/python/tests/test_docs.py runs that of the others.
RUN = ("docs/tutorials/", "docs/reference/")

#: A record of what was run then, by the program of then.
RECORDS = ("docs/results/", "CHANGELOG.md")

JAVA_IMPORTS = """
import io.gaitway.client.*;
import io.gaitway.client.agent.*;
import io.gaitway.client.error.*;
import io.gaitway.client.evaluation.*;
import io.gaitway.client.session.*;
import io.gaitway.client.simulation.*;
import static io.gaitway.client.simulation.Simulator.*;
import java.util.*;
import org.ejml.data.*;
import org.ejml.dense.row.*;
"""

GO_HEAD = """package main

import (
	"context"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

var _ gaitway.Parameters

func block(ctx context.Context, xs []float64) error {
"""


class Blocks:
    """Checks the blocks of all pages, and counts what was done with them."""

    def __init__(self, pages: dict[str, Page], files: list[str], program: Program, work: Path) -> None:
        self.pages, self.files, self.program, self.work = pages, files, program, work
        self.shell = Shell(files)
        self.faults: list[Fault] = []
        self.done: Counter[str] = Counter()
        self.sources: dict[str, str] = {}

    def check(self) -> None:
        """Checks all but what is run."""
        by_language: dict[str, list[Block]] = {}
        for page in self.pages.values():
            for block in page.blocks:
                language = "inline" if block.kind == "inline" else block.language
                by_language.setdefault(
                    {"bash": "sh", "shell": "sh", "console": "sh", "py": "python"}.get(language, language), []
                ).append(block)
        for language, blocks in sorted(by_language.items()):
            check = getattr(self, f"_{language or 'unlabelled'}", None)
            if check:
                check(blocks)
            elif language in ENDINGS:
                for block in blocks:
                    self._lines(block, language)
            else:
                self.faults += [block.fault(f"no check is known for the language {language}") for block in blocks]
        self.faults += self.shell.check(self.program)

    def _count(self, what: str, *blocks: Block) -> None:
        self.done[what] += sum(block.page.path != planted.PATH for block in blocks)

    def _unlabelled(self, blocks: list[Block]) -> None:
        for block in blocks:
            if block.page.path.startswith(RECORDS):
                self._count("blocks of records, not checked", block)
            elif self.shell.block(block, shell=False):
                self._count("blocks of commands, checked", block)
            elif (
                block.kind == "fenced"
                and _parses(block.code)
                and re.search(r"^import |^\w+ = ", block.code, re.MULTILINE)
            ):
                self._count("Python blocks without a language, compiled", block)
            else:
                self._count("blocks of output, formulas and layout, not checked", block)

    def _inline(self, blocks: list[Block]) -> None:
        for block in blocks:
            if not block.page.path.startswith(RECORDS):
                self.shell.inline(block)

    def _sh(self, blocks: list[Block]) -> None:
        for block in blocks:
            fault = syntax(block)
            if fault:
                self.faults.append(fault)
            self.shell.block(block, shell=True)
            self._count("blocks of commands, checked", block)

    def _python(self, blocks: list[Block]) -> None:
        for block in blocks:
            try:
                ast.parse(block.code)
            except SyntaxError as fault:
                self.faults.append(block.fault(f"Python: {fault.msg}", (fault.lineno or 1) - 1))
            self._count("Python blocks, compiled", block)

    def _text(self, blocks: list[Block]) -> None:
        self._count("blocks of output, formulas and layout, not checked", *blocks)

    def _parsed(self, blocks: list[Block], language: str, parse) -> None:
        for block in blocks:
            try:
                parse(block.code)
            except Exception as fault:
                self.faults.append(block.fault(f"{language}: {str(fault).splitlines()[0]}"))
            self._count(f"{language} blocks, parsed", block)

    def _json(self, blocks: list[Block]) -> None:
        self._parsed(blocks, "JSON", json.loads)

    def _yaml(self, blocks: list[Block]) -> None:
        self._parsed(blocks, "YAML", yaml.safe_load)

    def _toml(self, blocks: list[Block]) -> None:
        self._parsed(blocks, "TOML", tomllib.loads)

    def _xml(self, blocks: list[Block]) -> None:
        self._parsed(blocks, "XML", lambda code: ET.fromstring(f"<all>{code}</all>"))

    def _js(self, blocks: list[Block]) -> None:
        for number, block in enumerate(blocks):
            path = self.work / "js" / f"block{number}.mjs"
            _write(path, block.code)
            ran = subprocess.run(["node", "--check", path], capture_output=True, text=True)
            if ran.returncode:
                self.faults.append(block.fault(f"JavaScript: {_first(ran.stderr, 'Error')}"))
            self._count("JavaScript blocks, parsed", block)

    def _excerpt(self, block: Block, language: str) -> bool:
        """Whether a block stands word for word in a source; blanks and line ends make no difference."""
        if language not in self.sources:
            paths = [path for path in self.files if path.endswith(ENDINGS[language])]
            self.sources[language] = "\0".join(re.sub(r"\s+", "", (ROOT / path).read_text("utf-8")) for path in paths)
        found = re.sub(r"\s+", "", block.code) in self.sources[language]
        if found:
            self._count(f"{NAMES[language]} blocks, found in sources", block)
        return found

    def _lines(self, block: Block, language: str) -> None:
        """Whether a block's lines stand in one source in this order, with others between them."""
        wanted = [line.strip() for line in block.code.splitlines() if line.strip()]
        for path in self.files:
            if path.endswith(ENDINGS[language]):
                lines = (line.strip() for line in (ROOT / path).read_text("utf-8").splitlines())
                if all(line in lines for line in wanted):  # Each search goes on where the one before it ended.
                    self._count(f"{NAMES[language]} blocks, found in sources", block)
                    return
        self.faults.append(block.fault(f"these lines of {NAMES[language]} do not stand in this order in any source"))

    def _go(self, blocks: list[Block]) -> None:
        blocks = [block for block in blocks if not self._excerpt(block, "go")]
        if not blocks:
            return
        client, replaced, befores = ROOT / "clients/go", {}, {}
        for number, block in enumerate(blocks):
            whole = block.code.lstrip().startswith("package ")
            before = "" if whole else GO_HEAD
            path = self.work / "go" / f"block{number}.go"
            _write(path, block.code if whole else f"{GO_HEAD}{block.code}\nreturn nil\n}}\nfunc main() {{}}\n")
            replaced[str(client / f"manual/block{number}/main.go")] = str(path)
            befores[number] = before.count("\n")
        overlay = self.work / "go/overlay.json"
        _write(overlay, json.dumps({"Replace": replaced}))
        packages = [f"./manual/block{number}" for number in range(len(blocks))]
        command = ["go", "build", f"-overlay={overlay}", "-gcflags=-e", "-o", os.devnull, *packages]
        ran = subprocess.run(command, cwd=client, capture_output=True, text=True)
        found = re.findall(r"block(\d+)(?:/main)?\.go:(\d+):\d+: (.*)$", ran.stderr, re.MULTILINE)
        for number, line, message in found:
            # A fragment need not do anything with what it has made.
            if "declared and not used" not in message:
                self.faults.append(blocks[int(number)].fault(f"Go: {message}", int(line) - 1 - befores[int(number)]))
        if ran.returncode and not found:
            raise SystemExit(f"docs/build: go build failed:\n{ran.stderr}")
        self._count("Go blocks, compiled", *blocks)

    def _java(self, blocks: list[Block]) -> None:
        folder = self.work / "java"
        shutil.rmtree(folder, ignore_errors=True)
        compiled: dict[str, tuple[Block, int]] = {}
        for number, block in enumerate(blocks):
            if self._excerpt(block, "java"):
                continue
            whole = re.search(
                r"^public (?:final |abstract )*(?:class|record|interface|enum) (\w+)", block.code, re.MULTILINE
            )
            if whole:
                path, code, before = (
                    folder / f"block{number}" / f"{whole[1]}.java",
                    f"package block{number}; {block.code}",
                    0,
                )
            else:
                head = f"package block{number};{JAVA_IMPORTS}class Block {{ static void run() throws Exception {{\n"
                path, code, before = (
                    folder / f"block{number}" / "Block.java",
                    f"{head}{block.code}}} }}\n",
                    head.count("\n"),
                )
            _write(path, code)
            compiled[str(path)] = (block, before)
        if not compiled:
            return
        self._count("Java blocks, compiled", *(block for block, _ in compiled.values()))
        command = [f"{self.program.bin}javac", "-proc:none", "-d", folder / "classes", "-cp", self.program.classpath]
        ran = subprocess.run([*command, *compiled], capture_output=True, text=True)
        for path, line, message in re.findall(r"^(/.*?\.java):(\d+): error: (.*)$", ran.stderr, re.MULTILINE):
            block, before = compiled[path]
            self.faults.append(block.fault(f"Java: {message}", int(line) - 1 - before))
        if ran.returncode and not self.faults:
            raise SystemExit(f"docs/build: javac failed:\n{ran.stderr}")

    def _ts(self, blocks: list[Block]) -> None:
        client = ROOT / "clients/typescript"
        folder = client / "build/manual"  # Where the client's packages are found.
        shutil.rmtree(folder, ignore_errors=True)
        for number, block in enumerate(blocks):
            _write(folder / f"block{number}.mts", block.code)
        options = {
            "rootDir": ".",
            "noEmit": True,
            "declaration": False,
            # A block may say what it knows: the first of one rollout is there.
            "noUncheckedIndexedAccess": False,
            "paths": {"gaitway": ["../../dist/index.d.ts"]},
        }
        _write(
            folder / "tsconfig.json",
            json.dumps({"extends": "../../tsconfig.json", "compilerOptions": options, "include": ["."]}),
        )
        ran = subprocess.run(
            [client / "node_modules/.bin/tsc", "-p", folder, "--pretty", "false"],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        for number, line, message in re.findall(
            r"^block(\d+)\.mts\((\d+),\d+\): error (.*)$", ran.stdout, re.MULTILINE
        ):
            self.faults.append(blocks[int(number)].fault(f"TypeScript: {message}", int(line) - 1))
        if ran.returncode and not re.search(r"^block\d+\.mts\(", ran.stdout, re.MULTILINE):
            raise SystemExit(f"docs/build: tsc failed:\n{ran.stdout}{ran.stderr}")
        self._count("TypeScript blocks, compiled", *blocks)

    def run_tutorials(self) -> None:
        """Runs the Python programs of RUN, as their readers do, with the program that was built.

        An agent's program ends at once, as its standard input is empty.
        """
        environment = {
            **os.environ,
            "GAITWAY_COMMAND": self.program.command,
            "PYTHONPATH": str(ROOT / "clients/python/src"),
        }
        environment.pop("GAITWAY_SERVER", None)
        for page in self.pages.values():
            if not page.path.startswith(RUN):
                continue
            folder = self.work / "run" / Path(page.path).stem
            shutil.rmtree(folder, ignore_errors=True)
            for block in page.blocks:
                if block.saved_as:
                    _write(folder / block.saved_as, block.code)
            for number, block in enumerate(b for b in page.blocks if b.language == "python"):
                path = folder / f"block{number}.py"
                _write(path, block.code)
                try:
                    ran = subprocess.run(
                        [sys.executable, path.name], cwd=folder, env=environment, capture_output=True, text=True,
                        stdin=subprocess.DEVNULL, timeout=600,
                    )  # fmt: skip
                except subprocess.TimeoutExpired:
                    self.faults.append(block.fault("Python: not done after ten minutes"))
                    continue
                if ran.returncode:
                    last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
                    line = re.findall(rf'File ".*{path.name}", line (\d+)', ran.stderr)
                    self.faults.append(block.fault(f"Python: {last}", int(line[-1]) - 1 if line else 0))
                self._count("Python blocks of tutorials and reference, run", block)


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def _first(text: str, having: str) -> str:
    return next((line for line in text.splitlines() if having in line), text.strip())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
