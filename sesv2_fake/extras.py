"""What a user must install beside the package for some of it."""

from __future__ import annotations

from importlib.util import find_spec


def check(module: str, *, extra: str, what: str) -> None:
    """Raise ModuleNotFoundError that names the extra, where the module it brings is not there."""
    if find_spec(module) is None:
        raise ModuleNotFoundError(
            f"{what} needs {module}: pip install 'sesv2-fake[{extra}]'", name=module
        )
