"""Draws docs/month.png: runs the recipe "A picture of a month" as a notebook."""

import re
import tempfile
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ExecutePreprocessor

DOCS = Path(__file__).parent


def notebook() -> nbformat.NotebookNode:
    """The recipe, a cell for each of its paragraphs."""
    recipes = (DOCS / "recipes.md").read_text("utf-8")
    (code,) = re.findall(r'^```python title="month.py"\n(.*?)^```$', recipes, re.M | re.S)
    cells = [nbformat.v4.new_code_cell(cell) for cell in re.split(r"\n\n(?=\S)", code.strip())]
    return nbformat.v4.new_notebook(cells=cells)


def picture() -> bytes:
    """The picture that the notebook saves."""
    with tempfile.TemporaryDirectory() as folder:
        ExecutePreprocessor(timeout=120).preprocess(notebook(), {"metadata": {"path": folder}})
        return (Path(folder) / "month.png").read_bytes()


if __name__ == "__main__":
    (DOCS / "month.png").write_bytes(picture())
