"""What mkdocs needs to make a site of files that stand outside docs/."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]

#: Files outside docs/, and the page that each becomes.
PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "reference/service.md": "service.md",
}


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that stand outside docs/."""
    for path, page in PAGES.items():
        text = (ROOT / path).read_text("utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links out of docs/, and from outside into it, lead to pages of the site."""
    for path, page in PAGES.items():
        markdown = markdown.replace(f"](../{path}", f"]({page}")
    markdown = markdown.replace("](../docs/", "](")
    # What is no page, such as an example, is named.
    return re.sub(r"\[([^\]]+)\]\(\.\./[^)]+\)", r"\1", markdown)
