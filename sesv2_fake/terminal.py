"""The progress line of the command line: on stderr, if that is a terminal."""

from __future__ import annotations

import sys

_ERASE = "\r\x1b[K"


def show(text: str) -> None:
    """Let this text take the place of the progress line."""
    if sys.stderr.isatty():
        print(f"{_ERASE}{text}", end="", file=sys.stderr, flush=True)
