"""Finds command lines in blocks and text, and what is wrong with them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from dataclasses import dataclass

from pages import ROOT, Block, Fault
from program import Program

OPERATORS = re.compile(r"[();<>|&]+")

#: What a line begins with that is looked at; the rest of an unlabelled block is output, or a formula.
COMMANDS = re.compile(r"(?:\S*/)?(?:gaitway|mvnw|python3?|pip|npm|node|check|gate|build|[a-z]+-[a-z-]+)$")

#: What the program prints, and looks like a call.
PRINTED = "gaitway serving on"


@dataclass(frozen=True)
class Call:
    """One call of the program, to be held against its command line."""

    block: Block
    offset: int
    words: tuple[str, ...]
    whole: bool


class Shell:
    """Collects the calls of all blocks; the program's are checked together, as a JVM takes a while."""

    def __init__(self, files: list[str]) -> None:
        self.files = set(files)
        self.folders = {path.rsplit("/", n)[0] for path in files for n in range(1, path.count("/") + 1)}
        self.tops = {path.split("/", 1)[0] for path in files if "/" in path} - {".ci", ".mvn"}
        self.tests = {path.rsplit("/", 1)[-1].removesuffix(".java") for path in files if path.endswith("Test.java")}
        self.poms = "\n".join(
            (ROOT / path).read_text("utf-8") for path in files if path.rsplit("/", 1)[-1] == "pom.xml"
        )
        self.extras = self._extras()
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.commands = 0

    @staticmethod
    def _extras() -> set[str]:
        project = (ROOT / "clients/python/pyproject.toml").read_text(encoding="utf-8")
        table = re.search(r"^\[project\.optional-dependencies\]\n(.*?)(?=^\[|\Z)", project, re.MULTILINE | re.DOTALL)
        return set(re.findall(r"^([a-z0-9-]+) *=", table[1] if table else "", re.MULTILINE))

    def block(self, block: Block, *, shell: bool) -> bool:
        """Looks at a block's lines; whether any of them is a command. All are, where it says that it is of a shell."""
        found, joined, start = False, "", 0
        for offset, line in enumerate(block.code.splitlines()):
            if not joined:
                start = offset
            joined += line.rstrip()
            if joined.endswith("\\"):
                joined = joined[:-1] + " "
                continue
            found |= self._line(block, start, joined.strip().removeprefix("$ "), shell)
            joined = ""
        return found

    def inline(self, block: Block) -> None:
        """Looks at a span of code in the text: a call of the program, whole or not."""
        if re.match(r"(?:(?:\.\.?/)*)gaitway [a-z-]", block.code) and not block.code.startswith(PRINTED):
            self._line(block, 0, block.code.replace("\n", " "), False, whole=False)

    def _line(self, block: Block, offset: int, line: str, shell: bool, *, whole: bool = True) -> bool:
        line = re.split(r"\s{4,}(?![-|&>])", line)[0]  # A remark in a second column, with or without a #.
        if not line or line.startswith("#"):
            return False
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split, lexer.commenters = True, "#"
        try:
            words = list(lexer)
        except ValueError as fault:
            if shell or COMMANDS.match(line.split()[0]):
                self.faults.append(block.fault(f"the shell would not take this line: {fault}", offset))
            return False
        found = False
        command: list[str] = []
        for word in [*words, ";"]:
            if OPERATORS.fullmatch(word):
                found |= self._command(block, offset, command, shell, whole)
                command = []
            else:
                command.append(word)
        return found

    def _command(self, block: Block, offset: int, words: list[str], shell: bool, whole: bool) -> bool:
        while words and (re.match(r"[A-Z_][A-Z_0-9]*=", words[0]) or words[0] in ("sudo", "nice", "export")):
            words = words[3:] if words[:2] == ["sudo", "-u"] else words[1:]
        if not words or not (shell or COMMANDS.match(words[0])):
            return False
        self.commands += 1
        for word in words[1:]:
            if re.search(r"(^|[/ ])gaitway [a-z]", word):
                self._line(block, offset, word, True)
        name, rest = words[0].rsplit("/", 1)[-1], [word for word in words[1:] if not re.match(r"\[|.*\]$", word)]
        if name == "gaitway":
            if rest and rest != ["..."]:
                self.calls.append(Call(block, offset, tuple(rest), whole))
            return True
        for fault in self._faults(name, words):
            self.faults.append(block.fault(fault, offset))
        return True

    def _faults(self, name: str, words: list[str]) -> list[str]:
        faults = []
        for word in words:
            path = word.split("[")[0].removeprefix("./").rstrip("/")
            made = re.search(r"[*?$<>{}]|target|build/|dist|/it/", path)
            there = path in self.files or path in self.folders
            if "/" in path and path.split("/")[0] in self.tops and not made and not there:
                faults.append(f"no such file: {path}")
            extra = re.search(r"(?:clients/python|gaitway|\.whl)\[([a-z,0-9-]+)\]", word)
            for wanted in extra[1].split(",") if extra else ():
                if wanted not in self.extras:
                    faults.append(f"the Python package has no extra {wanted}; it has {', '.join(sorted(self.extras))}")
        if name == "mvnw":
            faults += self._maven(words)
        if name.startswith("python") and "-m" in words:
            module = words[words.index("-m") + 1]
            source = f"clients/python/src/{module.replace('.', '/')}"
            if module.startswith("gaitway") and not {f"{source}.py", f"{source}/__main__.py"} & self.files:
                faults.append(f"no such module: {module}")
        return faults

    def _maven(self, words: list[str]) -> list[str]:
        faults = []
        for i, word in enumerate(words):
            if word in ("-pl", "--projects"):
                faults += [f"no such module: {m}" for m in words[i + 1].split(",") if f"{m}/pom.xml" not in self.files]
            if word.startswith("-P"):
                faults += [f"no such profile: {p}" for p in word[2:].split(",") if f"<id>{p}</id>" not in self.poms]
            if word.startswith("-Dtest="):
                tests = re.split(r"[,+]", word[len("-Dtest=") :])
                faults += [f"no such test: {t}" for t in tests if t.split("#")[0] not in self.tests and "*" not in t]
        return faults

    def check(self, program: Program) -> list[Fault]:
        """All that is wrong."""
        questions = [{"words": call.words, "whole": call.whole} for call in self.calls]
        answer = json.loads(program.run("check", json.dumps(questions)))
        for call, fault in zip(self.calls, answer, strict=True):
            if fault:
                line = shlex.join(("gaitway", *call.words))
                self.faults.append(call.block.fault(f"{fault.splitlines()[0]}, in: {line}", call.offset))
        return self.faults


def syntax(block: Block) -> Fault | None:
    """What bash says to a whole script."""
    ran = subprocess.run(["bash", "-n"], input=block.code, capture_output=True, text=True)
    if ran.returncode == 0:
        return None
    line = re.search(r"line (\d+): (.*)", ran.stderr)
    return block.fault(line[2] if line else ran.stderr.strip(), int(line[1]) - 1 if line else 0)
