"""What a test hands in, checked at the line that gave it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import Enum
from typing import TypeVar

_Choice = TypeVar("_Choice", bound=Enum)


def choice(value: object, choices: type[_Choice], name: str) -> _Choice:
    """The member of `choices` that `value` is or names; TypeError or ValueError otherwise."""
    return choices(one_of(value, [member.value for member in choices], name))


def one_of(value: object, choices: Iterable[str], name: str) -> str:
    """`value`, where it is one of `choices`; TypeError or ValueError otherwise."""
    known = list(choices)
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected one of {', '.join(known)}, got {value!r}")
    if value not in known:
        raise ValueError(
            f"{name}: expected one of {', '.join(known)}, got {value!r}{suggestion(value, known)}"
        )
    return value


def count(value: object, name: str, least: int = 1) -> int:
    """`value`, where it is a whole number and not below `least`; an error otherwise."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}: expected a whole number, got {value!r} ({type(value).__name__})")
    if value < least:
        raise ValueError(f"{name}: expected {least} or more, got {value!r}")
    return value


def flag(value: object, name: str) -> bool:
    """`value`, where it is True or False; TypeError otherwise."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {value!r}")
    return value


def suggestion(value: str, known: Iterable[str]) -> str:
    """`; did you mean 'X'?` where something known is near, else nothing."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(value.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""
