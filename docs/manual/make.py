"""Builds and checks the manual; docs/build runs it in a virtual environment of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath

import links
import planted
import reader
from blocks import Blocks
from pages import ROOT, Fault, Page, anchor, pages, site_path, tracked
from program import Program
from reference import Contract, Decisions, commands, environments, python_pages, settings

TARGET = ROOT / "docs/target"
STAGED, SITE = TARGET / "pages", TARGET / "site"
CONFIGURATION = Path(__file__).with_name("mkdocs.yml")
#: Pages that are reached from others, not from the navigation.
BESIDE = re.compile(r"source/|results/|env-server/|404\.md")
LANGUAGES = {
    **{f".{name}": name for name in ("java", "ts", "go", "proto", "json", "xml", "cpp", "yaml", "sh", "toml")},
    **{".py": "python", ".rs": "rust", ".service": "ini"},
}
#: Headings that stand, in the repository, for a page that is generated.
GENERATED = {
    "docs/reference/index.md#commands": "reference/commands.md",
    "docs/reference/index.md#settings": "reference/settings.md",
    "docs/reference/index.md#environments": "reference/environments.md",
    "docs/reference/index.md#the-contract": "reference/contract/index.md",
    "docs/reference/index.md#python-api": "reference/python/index.md",
}
#: Larger files are shown in their beginning only.
LARGEST = 100_000


class Stage:
    """The site's sources: the repository's pages, what they link to, and what is generated."""

    def __init__(self, found: dict[str, Page], files: list[str]) -> None:
        self.pages, self.files = found, files
        self.folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
        self.extra: set[str] = set()

    def write(self, generated: dict[str, str]) -> None:
        shutil.rmtree(STAGED, ignore_errors=True)
        for path, page in self.pages.items():
            text = generated.pop(path, None) or page.text
            if path == "docs/reference/index.md":
                for heading, there in GENERATED.items():
                    name = heading.partition("#")[2]
                    lines = [
                        f"## [{line[3:]}]({os.path.relpath(there, 'reference')})"
                        if line.startswith("## ") and anchor(line[3:]) == name
                        else line
                        for line in text.splitlines()
                    ]
                    text = "\n".join(lines) + "\n"
            head = "---\nhide:\n  - navigation\n---\n\n" if path == "README.md" else ""
            self._write(site_path(path), head + self._rewritten(path, text))
        for path, text in generated.items():
            self._write(path, text)
        for path in sorted(self.extra):
            self._source(path)
        for path in (CONFIGURATION.parent / "assets").iterdir():
            self._copy(path, f"assets/{path.name}")

    def _rewritten(self, page: str, text: str) -> str:
        """A page whose links lead to where things are in the site."""

        def to_site(match: re.Match[str]) -> str:
            target, hash_, heading = match[2].partition("#")
            if not target or re.match(r"[a-z]+:|//", target):
                return match[0]
            path = os.path.normpath(os.path.join(os.path.dirname(page), target))
            there = self._place(path)
            if there is None:
                return match[0]
            if f"{path}#{heading}" in GENERATED:
                there, hash_, heading = GENERATED[f"{path}#{heading}"], "", ""
            relative = os.path.relpath(there, os.path.dirname(site_path(page)) or ".")
            return f"{match[1]}{relative}{hash_}{heading}{match[3]}"

        parts = re.split(r"(^```.*?^```|`[^`\n]+`(?!\]))", text, flags=re.MULTILINE | re.DOTALL)
        for i in range(0, len(parts), 2):
            parts[i] = re.sub(r"(\]\()([^()\s]+)(\))", to_site, parts[i])
            parts[i] = re.sub(r"""(\bsrc=")([^"]+)(")""", to_site, parts[i])
        text = "".join(parts)
        # A link's text that is code was split off its target.
        return re.sub(r"(`\]\()([^()\s]+)(\))", to_site, text) if "`](" in text else text

    def _place(self, path: str) -> str | None:
        if path in self.pages:
            return site_path(path)
        if f"{path}/README.md" in self.pages:
            return site_path(f"{path}/README.md")
        if path in self.folders:
            self.extra.add(path)
            return site_path(path, folder=True)
        if path not in self.files:
            return None
        if path.startswith("docs/"):
            self._copy(ROOT / path, site_path(path))
        else:
            self.extra.add(path)
        return site_path(path)

    def _source(self, path: str) -> None:
        head = f"---\nsearch:\n  exclude: true\nhide:\n  - navigation\n---\n\n# {path}\n\n"
        if path in self.folders:
            below = [file for file in self.files if file.startswith(f"{path}/")]
            listed = "\n".join(f"- `{file.removeprefix(path + '/')}`" for file in below)
            self._write(site_path(path, folder=True), f"{head}A folder of the repository:\n\n{listed}\n")
            return
        data = (ROOT / path).read_bytes()
        try:
            text = data[:LARGEST].decode("utf-8", errors="ignore" if len(data) > LARGEST else "strict")
        except UnicodeDecodeError:
            text = f"{len(data)} bytes, not text."
        more = f"\n\nThe first {LARGEST} of {len(data)} bytes.\n" if len(data) > LARGEST else "\n"
        self._write(
            site_path(path),
            f"{head}``````{LANGUAGES.get(PurePosixPath(path).suffix, 'text')}\n{text.rstrip()}\n``````{more}",
        )

    @staticmethod
    def _write(path: str, text: str) -> None:
        target = STAGED / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    @staticmethod
    def _copy(source: Path, path: str) -> None:
        target = STAGED / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def navigation_faults() -> list[Fault]:
    """Pages that the navigation lacks, and entries that have no page."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    named = set(re.findall(r":\s+(\S+\.md)$", text, re.MULTILINE)) | set(
        re.findall(r"^\s+- (\S+\.md)$", text, re.MULTILINE)
    )
    there = {path.relative_to(STAGED).as_posix() for path in STAGED.rglob("*.md")}
    kept = CONFIGURATION.relative_to(ROOT).as_posix()
    faults = [Fault(kept, 1, f"the navigation names {path}, which is not there") for path in sorted(named - there)]
    lost = [path for path in sorted(there - named) if not BESIDE.match(path)]
    return faults + [Fault(kept, 1, f"the navigation has no entry for {path}") for path in lost]


def main() -> int:
    began = time.monotonic()
    files = tracked()
    found = pages(files)
    decisions = Decisions(found["docs/decisions.md"].text)
    if sys.argv[1:] == ["number"]:
        print(f"docs/build: {decisions.number()} decisions got numbers.")
        return 0
    program = Program()
    if sys.argv[1:] == ["tutorials"]:
        wrong = reader.follow(program)
        for fault in wrong:
            print(f"docs/build: {fault}", file=sys.stderr)
        return 1 if wrong else 0
    checked = found | {planted.PATH: planted.page()}
    faults = links.check_sources(checked, files)
    blocks = Blocks(checked, files, program, TARGET)
    blocks.check()
    blocks.run_tutorials()
    faults += blocks.faults
    faults += planted.overlooked(faults) + planted.site_overlooked(TARGET / "planted")
    faults = [fault for fault in faults if fault.path != planted.PATH] + decisions.faults()

    generated = {"docs/decisions.md": decisions.page()}
    generated |= {
        "reference/commands.md": commands(program),
        "reference/settings.md": settings(program),
        "reference/environments.md": environments(program),
    }
    generated |= {f"reference/contract/{name}": text for name, text in Contract().pages().items()}
    generated |= {f"reference/python/{name}": text for name, text in python_pages().items()}
    Stage(found, files).write(generated)
    faults += navigation_faults()

    count = 0
    if not faults:
        ran = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--clean", "--config-file", CONFIGURATION],
            capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "true"},
        )  # fmt: skip
        warnings = [line for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
        faults += [Fault("mkdocs", 0, line) for line in warnings if ran.returncode]
        if not faults:
            site_faults, count = links.check_site(SITE)
            faults += site_faults

    for fault in sorted(faults, key=str):
        print(f"docs/build: {fault}", file=sys.stderr)
    for what, number in sorted(blocks.done.items()):
        print(f"  {number:5} {what}")
    external = {link.target for page in found.values() for link in page.links if link.external}
    internal = sum(not link.external for page in found.values() for link in page.links)
    print(f"  {blocks.shell.commands:5} command lines checked, {len(blocks.shell.calls)} of them of the program")
    print(f"  {internal:5} links within {len(found)} pages checked, {count} within the built site")
    print(f"  {len(planted.PLANTED):5} planted blocks and links, right and wrong, told apart")
    print(f"  {len(external):5} links to elsewhere, their writing checked; nobody asked whether they are there")
    if faults:
        print(f"docs/build: {len(faults)} faults; see above.", file=sys.stderr)
        return 1
    print(f"docs/build: {SITE.relative_to(ROOT)}/index.html, in {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
