"""Draws docs/report.svg: what a red test prints, as the README shows it."""

import re
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent
LINE = 20
WIDTH = 800
STYLE = """
text { font: 14px ui-monospace, Menlo, Consolas, monospace; white-space: pre; fill: #d6deeb }
.error { fill: #ff6b6b }
.rule { fill: #82aaff }
.reason { fill: #ffcb6b }
"""


def picture() -> str:
    """The report as an SVG image."""
    readme = (DOCS.parent / "README.md").read_text("utf-8")
    shown = re.search(r"```text\n(.*?)```", readme, re.DOTALL)
    lines = shown[1].splitlines() if shown else []
    texts = [
        f'<text x="16" y="{(n + 1.6) * LINE:.0f}" class="{_kind(line)}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    ]
    height = (len(lines) + 2) * LINE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#161b26"/>',
            *texts,
            "</svg>\n",
        ]
    )


def _kind(line: str) -> str:
    if line.startswith("E "):
        return "error"
    if line.startswith("---"):
        return "rule"
    return "reason" if line.startswith("      ") else "plain"


if __name__ == "__main__":
    (DOCS / "report.svg").write_text(picture(), "utf-8")
