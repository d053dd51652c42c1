"""What mkdocs needs to make a site of files that stand outside docs/, the README first."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]

#: Files outside docs/, and the page that each becomes.
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "reference/service.md": "service.md",
}


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that stand outside docs/."""
    for path, page in PAGES.items():
        text = (ROOT / path).read_text("utf-8")
        if page == "index.md":
            # The README names files, so that its text has no dead link wherever it is shown.
            text = re.sub(r"`(?:docs/)?([a-z-]+\.md)`", _linked, text)
            text = re.sub(rf"`({'|'.join(PAGES)})`", lambda m: f"[{m[1]}]({PAGES[m[1]]})", text)
        files.append(File.generated(config, page, content=text))
    return files


def _linked(named: re.Match[str]) -> str:
    if not (ROOT / "docs" / named[1]).exists():
        return named[0]
    return f"[{named[1].removesuffix('.md')}]({named[1]})"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links out of docs/, and from outside into it, lead to pages of the site."""
    for path, page in PAGES.items():
        markdown = markdown.replace(f"](../{path}", f"]({page}")
    markdown = markdown.replace("](../docs/", "](")
    # What is no page, such as an example, is named.
    return re.sub(r"\[([^\]]+)\]\(\.\./[^)]+\)", r"\1", markdown)
