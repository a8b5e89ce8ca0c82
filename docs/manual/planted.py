"""Faults of every kind, on a page that is checked with the others: a check that finds none of them is broken itself."""

from __future__ import annotations

import re
from pathlib import Path

from links import check_site
from pages import Fault, Page

PATH = "docs/planted.md"

#: A piece of Markdown, and what has to be said of it; an empty string where nothing may be said.
PLANTED = [
    ("# Planted\n", ""),
    ("[a page](no-such-page.md)", "no such file"),
    ("[a heading](walker.md#no-such-heading)", "docs/walker.md has no such heading"),
    ("[a heading of this page](#planted)", ""),
    ("![a picture](no-such-picture.svg)", "no such file"),
    ("[outside](../../elsewhere.md)", "leaves the repository"),
    ("<img src='no-such-picture.png'>", "no such file"),
    ("[an address](https://example)", "not an address of the web"),
    ("[an address](ftp://example.org/)", "neither http, https nor mailto"),
    ("[an address](https://example.org/a?b=c#d)", ""),
    ("```sh\n./gaitway train vgps swimmer --sed 3\n```", "Unknown options: '--sed'"),
    ("```\n./gaitway train vgps swimmer --seed three    # a remark\n```", "three"),
    ("```\n./gaitway trian vgps swimmer\n```", "trian"),
    ("    ./gaitway train vgps swimmer --no-such-option\n", "--no-such-option"),
    ("The text says `gaitway evaluate --suit walker-gait`.", "--suit"),
    ("The text says `gaitway train vgps swimmer --seed N`.", ""),
    ('```sh\n./gaitway train --agent "./gaitway serve-agnt vgps" swimmer\n```', "serve-agnt"),
    ("```sh\nssh ann@laptop 'gaitway environments --servr lab:7447'\n```", "--servr"),
    ("```sh\n./gaitway report\n```", "Missing required"),
    ("```sh\n./gaitway train vgps \\\n  swimmer --seed=N --set ... && ./gaitway environments\n```", ""),
    ("```sh\nfor x in 1 2; do\n```", "syntax error"),
    ("```sh\npython clients/python/examples/no_such_example.py\n```", "no such file"),
    ("```sh\npython -m gaitway.no_such_module\n```", "no such module"),
    ('```sh\npip install "./clients/python[no-such-extra]"\n```', "no extra no-such-extra"),
    (
        "```sh\n./mvnw -pl no/such/module verify -Pno-such-profile -Dtest=NoSuchTest\n```",
        "no such (module|profile|test)",
    ),
    ("```python\nx = = 1\n```", "Python: invalid syntax"),
    ("```java\nSimulator simulator = null;\nsimulator.noSuchMethod();\n```", "Java: cannot find symbol"),
    ('```ts\nimport { noSuchName } from "gaitway";\n```', "TypeScript: .*noSuchName"),
    ("```js\nconst = 1;\n```", "JavaScript: "),
    ("```go\nclient, err := gaitway.NoSuchFunction()\n```", "Go: undefined: gaitway.NoSuchFunction"),
    ("```cpp\nno_such_line();\n```", "lines of C\\+\\+ do not stand"),
    ("```rust\nno_such_line();\n```", "lines of Rust do not stand"),
    ("```json\n{'a': 1}\n```", "JSON: "),
    ("```yaml\na: [1\n```", "YAML: "),
    ("```xml\n<a></b>\n```", "XML: "),
    ("```cobol\nSTOP RUN.\n```", "no check is known for the language cobol"),
]


def page() -> Page:
    """The page with all of them."""
    made = Page(PATH)
    made.text = "\n\n".join(markdown for markdown, _ in PLANTED) + "\n"
    return made.parse()


def overlooked(faults: list[Fault]) -> list[Fault]:
    """What was not found, or found where there is nothing."""
    wrong, line = [], 1
    for markdown, expected in PLANTED:
        last = line + markdown.count("\n")
        here = [fault.what for fault in faults if fault.path == PATH and line <= fault.line <= last]
        if expected and not any(re.search(expected, what) for what in here):
            wrong.append(Fault("docs/manual/planted.py", 1, f"not found in {markdown!r}: {expected!r}; only {here}"))
        if not expected and here:
            wrong.append(Fault("docs/manual/planted.py", 1, f"found in {markdown!r}, which is right: {here}"))
        line = last + 2
    return wrong


def site_overlooked(work: Path) -> list[Fault]:
    """The same for the links of a built site."""
    work.mkdir(parents=True, exist_ok=True)
    (work / "a.html").write_text(
        '<h1 id="there"></h1><a href="b.html#there"></a><a href="c.html"></a>', encoding="utf-8"
    )
    (work / "b.html").write_text('<a href="a.html#there"></a><img src="a.png">', encoding="utf-8")
    found = [fault.what.partition(": ")[2] for fault in check_site(work)[0]]
    if sorted(found) == ["a.png", "b.html#there", "c.html"]:
        return []
    return [Fault("docs/manual/planted.py", 1, f"in a site with three broken links {found} were found")]
