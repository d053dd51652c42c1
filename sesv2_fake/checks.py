"""Checks of what a test gives, and the words of errors; the user's own line; missing extras."""

from __future__ import annotations

import inspect
import operator
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from importlib.util import find_spec
from numbers import Real
from pathlib import PurePath
from types import FrameType, FunctionType, ModuleType
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    import pytest

_LAST_PORT = 65_535
#: How much of a value an error shows.
LONGEST_SHOWN = 60

_Choice = TypeVar("_Choice", bound=Enum)


def hides_frames(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    """For `__tracebackhide__`: whether the error may be about what the user gave."""
    return isinstance(excinfo.value, (TypeError, ValueError, RuntimeError, LookupError))


def choice(value: object, choices: type[_Choice], name: str) -> _Choice:
    """The member of `choices` that `value` is or names; TypeError or ValueError otherwise."""
    return choices(one_of(value, [member.value for member in choices], name))


def one_of(value: object, choices: Iterable[str], name: str) -> str:
    """`value`, if it is one of `choices`; TypeError or ValueError otherwise."""
    known = list(choices)
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected one of {', '.join(known)}, got {value!r}")
    if value not in known:
        raise ValueError(
            f"{name}: expected one of {', '.join(known)}, got {value!r}{suggestion(value, known)}"
        )
    return value


def whole_number(value: object) -> int | None:
    """The whole number that a value is, as tables have them too: `numpy.int64(3)`, `3.0`.

    None if it is none.
    """
    if isinstance(value, bool):
        return None
    if hasattr(value, "__index__"):
        try:
            return operator.index(value)
        except TypeError:  # an array of several
            return None
    if isinstance(value, (Real, Decimal)):
        try:
            number = int(cast("float", value))
        except (ValueError, OverflowError):  # not a number, infinity
            return None
        return number if number == value else None
    return None


def count(value: object, name: str, least: int = 0) -> int:
    """`value` as a whole number that is not below `least`; an error otherwise."""
    number = value if type(value) is int else whole_number(value)
    if number is None:
        raise TypeError(f"{name}: expected a whole number, got {value!r} ({type(value).__name__})")
    if number < least:
        raise ValueError(f"{name}: expected {least} or more, got {value!r}")
    return number


def port(value: object, name: str) -> int:
    """`value`, if it is the number of a port, or 0; an error otherwise."""
    number = count(value, name)
    if number > _LAST_PORT:
        raise ValueError(f"{name}: expected 0 to {_LAST_PORT}, got {value}")
    return number


def flag(value: object, name: str) -> bool:
    """`value`, if it is True or False; TypeError otherwise."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {value!r}")
    return value


def flag_or_none(value: object, name: str) -> bool | None:
    """`value`, if it is True, False or None; TypeError otherwise."""
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"{name}: expected True, False or None, got {value!r}")
    return value


def shortened(value: object) -> str:
    """A value as an error shows it."""
    shown = repr(value)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."


def counted(number: int, noun: str) -> str:
    """`1 email`, `2 emails`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(texts: Sequence[str], most: int) -> str:
    """`a, b and 3 more`."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return f"{', '.join(texts[:most])}{more}"


def suggestion(value: str, known: Iterable[str]) -> str:
    """`; did you mean 'X'?` if a known name is near, else nothing."""
    from difflib import get_close_matches  # loaded by an error alone

    by_lower = {name.lower(): name for name in known}
    # A little above the usual 0.6: ThrottlingException is no misspelt NotFoundException.
    near = get_close_matches(value.lower(), by_lower, n=1, cutoff=0.68)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""


def needs(module: str, *, extra: str, what: str) -> None:
    """Raise ModuleNotFoundError that names the extra, if the module it brings is missing."""
    if find_spec(module) is None:
        raise ModuleNotFoundError(
            f"{what} needs {module}: pip install 'sesv2-fake[{extra}]'", name=module
        )


#: The packages that stand between the user's own line and the fake.
_CARRIERS = {
    "aioboto3",
    "aiobotocore",
    "boto3",
    "botocore",
    "requests",
    "responses",
    "sesv2_fake",
}


def _is_users(frame: FrameType) -> bool:
    return _package(frame.f_globals.get("__name__")) not in _CARRIERS


def levels_to_user() -> int:
    """What `warnings.warn` takes as `stacklevel`, called by the caller, for the user's line."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and not _is_users(frame):
        frame, level = frame.f_back, level + 1
    return level


def users_line() -> str:
    """The user's line as `file:line`."""
    frame = inspect.currentframe()
    while frame is not None and not _is_users(frame):
        frame = frame.f_back
    return "unknown place" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


#: What a test catches errors with, and what its modules import.
_TEST_TOOLS = {"_pytest", "pytest", "unittest"}
_OF_TESTS = {*_TEST_TOOLS, "sesv2_fake"}
#: Of a file, or of a folder near it.
_NAME_OF_TESTS = re.compile(r"tests?|(?:conftest|tests?|test_.*|.*_test)\.py")


def was_caught_by_test(error: BaseException) -> bool:
    """Whether a test, not the code under test, caught an error, as far as its traceback tells.

    Its outermost frame is that of the function which caught it. That is a test's, a helper's or a
    fixture's if its name or its file's says so, or if its module imports what tests use.
    `assertRaises` takes the traceback away.
    """
    if error.__traceback__ is None:
        return True
    frame = error.__traceback__.tb_frame
    return (
        frame.f_code.co_name.startswith("test")
        or any(map(_NAME_OF_TESTS.fullmatch, PurePath(frame.f_code.co_filename).parts[-3:]))
        or _package(frame.f_globals.get("__name__")) in _TEST_TOOLS
        or any(_is_of_tests(value) for value in list(frame.f_globals.values()))
    )


def _is_of_tests(value: object) -> bool:
    """Whether a module, class or function is one that tests use; nothing is asked of a proxy."""
    kind = type(value)
    if issubclass(kind, ModuleType):
        names = [cast("ModuleType", value).__name__]
    elif issubclass(kind, type):
        names = [cls.__module__ for cls in cast("type", value).__mro__]
    else:
        names = [kind.__module__]
        if issubclass(kind, FunctionType):
            names = [cast("FunctionType", value).__module__]
    return any(_package(name) in _OF_TESTS for name in names)


def _package(module: object) -> str:
    return str(module).partition(".")[0]
