"""How a fake can be set up: every option's name, type, default and check, once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypedDict, cast

from . import checks
from .api import validation
from .emails import isps
from .emails import segments as emails

UNUSED_FAULTS = ("error", "warn", "ignore")


class Options(TypedDict, total=False):
    """The keyword arguments of `mock_sesv2`."""

    contract: Literal["documented", "live"]
    vdm_enabled: bool
    enforce_rate_limits: bool
    instant_retries: bool
    intercept_requests: bool
    unused_faults: Literal["error", "warn", "ignore"]
    isps_without_feedback_loop: Collection[str]


DEFAULTS: Options = {
    "contract": "documented",
    "vdm_enabled": True,
    "enforce_rate_limits": False,
    "instant_retries": True,
    "intercept_requests": False,
    "unused_faults": "error",
    "isps_without_feedback_loop": isps.WITHOUT_FEEDBACK_LOOP,
}


def _isps(value: object, name: str) -> frozenset[str]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"{name}: expected a list of ISP names, got {value!r}")
    return frozenset(emails.checked_isp(isp, name) for isp in value)


#: What pytest's ini options and the marker of the test that runs say, in every door.
_held: dict[str, Any] = {}

_CHECKS: dict[str, Callable[[object, str], Any]] = {
    "contract": lambda value, name: checks.one_of(value, validation.CONTRACTS, name),
    "vdm_enabled": checks.flag,
    "enforce_rate_limits": checks.flag,
    "instant_retries": checks.flag,
    "intercept_requests": checks.flag,
    "unused_faults": lambda value, name: checks.one_of(value, UNUSED_FAULTS, name),
    "isps_without_feedback_loop": _isps,
}


def checked(given: Options) -> Options:
    """All options, as given, or as the run or the test says, or by default.

    Raises TypeError or ValueError for an option that does not exist or cannot have that value.
    """
    for name in given:
        if name not in DEFAULTS:
            known = ", ".join(DEFAULTS)
            near = checks.suggestion(name, DEFAULTS)
            raise TypeError(f"no option {name!r}{near or f'; there are {known}'}")
    options = {**_held, **given}
    checked_options = {name: _CHECKS[name](value, name) for name, value in options.items()}
    return cast(Options, {**DEFAULTS, **checked_options})


@contextmanager
def holding(options: Options) -> Iterator[None]:
    """Let these options hold for every fake that is made meanwhile and not given others.

    Raises TypeError or ValueError as `checked`.
    """
    checked(options)
    before = dict(_held)
    _held.update(options)
    try:
        yield
    finally:
        _held.clear()
        _held.update(before)
