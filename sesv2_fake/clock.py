"""The stopped clock of `freeze()`, by freezegun: tests see it, what runs them does not."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

# All of botocore's pacing: what is loaded later keeps the stopped clock.
import botocore.retries.adaptive  # noqa: F401
import freezegun
from freezegun import api

from . import checks
from .counting.timestamps import Duration
from .intercept.interceptor import interceptor
from .intercept.patching import Patch

if TYPE_CHECKING:
    from typing import TypeAlias

    from freezegun.api import (
        FrozenDateTimeFactory,
        StepTickTimeFactory,
        TickingDateTimeFactory,
        _freeze_time,
    )
    from typing_extensions import Unpack

    #: A clock of freezegun's.
    _Factory: TypeAlias = FrozenDateTimeFactory | StepTickTimeFactory | TickingDateTimeFactory

#: What would hang or measure nonsense under a stopped clock, with all modules below. freezegun's
#: own `ignore` is no help: it takes names that only begin alike, and looks at callers, so that a
#: test's `time.time()` would be real too where one of these has called the test.
_MACHINERY = (
    "_pytest",
    "anyio",
    "asyncio",
    "botocore.retries",
    "concurrent",
    "hypothesis",
    "subprocess",
    "trio",
)

#: freezegun's replacements, and what each stands for.
_REALS = {
    id(getattr(api, fake)): getattr(api, real)
    for fake, real in (
        ("FakeDate", "real_date"),
        ("FakeDatetime", "real_datetime"),
        *((f"fake_{name}", f"real_{name}") for name in ("time", "monotonic", "perf_counter")),
        *((f"fake_{name}", f"real_{name}") for name in ("time_ns", "monotonic_ns")),
        ("fake_perf_counter_ns", "real_perf_counter_ns"),
    )
    if hasattr(api, fake)
}


class _RealTime(ModuleType):
    """The module `time` as the machinery sees it: the clock runs on."""

    def __getattr__(self, name: str) -> object:
        value = getattr(time, name)
        return _REALS.get(id(value), value)


_real_time = _RealTime("time")


class Freezer:
    """The freezegun that our clocks share, if nobody else's is at work already."""

    def __init__(self, moment: dt.datetime) -> None:
        self._freezer = freezegun.freeze_time(moment)
        self._freezer.start()
        self._undo: list[tuple[ModuleType, str, object]] = []
        for module in _machinery():
            for name, value in list(vars(module).items()):
                real = _real_time if value is time else _REALS.get(id(value))
                if real is not None:
                    self._undo.append((module, name, value))
                    setattr(module, name, real)

    def stop(self) -> None:
        """Have the machinery see what it saw before, and end it."""
        for module, name, value in self._undo:
            setattr(module, name, value)
        if len(api.freeze_factories) > 1:
            _stop_after_all_others(self._freezer)
        else:
            self._freezer.stop()


def _stop_after_all_others(freezer: _freeze_time) -> None:
    """Freezegun must be stopped last by what started it first."""
    stop = type(freezer).stop

    def stop_other(other: _freeze_time) -> None:
        stop(other)
        if len(api.freeze_factories) == 1:
            patch.restore()
            freezer.stop()

    patch = Patch(type(freezer), "stop", lambda _: stop_other)
    patch.apply()


def _machinery() -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if any(name == part or name.startswith(f"{part}.") for part in _MACHINERY):
            yield module


class StoppedClock:
    """A clock that stands still until `stop`, whatever other clocks of freezegun there are.

    freezegun keeps its clocks in a stack that must end in order. So this one takes the place of
    the innermost of them and gives it back at the end, or as soon as the test moves that one.
    """

    def __init__(self, moment: dt.datetime) -> None:
        with interceptor.lock:
            if not api.freeze_factories:
                interceptor.freezer = Freezer(moment)
            self._factory = api.FrozenDateTimeFactory(moment.replace(tzinfo=None))
            self._replaced = _swap(api.freeze_factories[-1], self._factory, dt.timedelta(0))
            interceptor.stopped_clocks.append(self)
            theirs, offset = self._replaced
            if theirs is self._tests_own():
                _listen(theirs, offset)

    def move_to(self, moment: dt.datetime) -> None:
        """Move it to a moment."""
        self._take_place()
        self._factory.move_to(moment)

    def advance(self, **by: Unpack[Duration]) -> None:
        """Move it on, from what the test's own clock says if the test has moved that one.

        Raises TypeError or ValueError for what is no duration, or after the year 9999.
        """
        for unit, number in by.items():
            checks.one_of(unit, Duration.__annotations__, "advance")
            if not isinstance(number, (int, float)) or number != number:  # noqa: PLR0124 - NaN
                raise TypeError(f"{unit}: expected a number, got {number!r}")
        self._take_place()
        try:
            self._factory.tick(dt.timedelta(**by))
        except OverflowError:
            raise ValueError(
                f"advance: expected a time in the years 1 to 9999, got {by!r} more"
            ) from None

    def stop(self) -> None:
        """Let the clock go on as it went before; clocks may stop in any order."""
        with interceptor.lock:
            clocks = interceptor.stopped_clocks
            for clock in clocks:
                if clock._replaced[0] is self._factory:
                    clock._replaced = self._replaced
            theirs = self._tests_own()
            clocks.remove(self)
            # Not there if an outer clock was stopped before, which took this one with it, or if
            # the test has moved its own.
            _swap(self._factory, *self._replaced)
            if all(clock._tests_own() is not theirs for clock in clocks):
                _leave_alone(theirs)
            if not clocks and interceptor.freezer is not None:
                freezer, interceptor.freezer = interceptor.freezer, None
                freezer.stop()

    def _tests_own(self) -> _Factory:
        """The clock below this one and all others of ours."""
        theirs = self._replaced[0]
        ours = [clock for clock in interceptor.stopped_clocks if clock._factory is theirs]
        return ours[0]._tests_own() if ours else theirs

    def _take_place(self) -> None:
        with interceptor.lock:
            theirs = self._tests_own()
            if _is_in_place(theirs):
                self._factory.move_to(theirs())
                _, offset = _swap(theirs, self._factory, dt.timedelta(0))
                _listen(theirs, offset)


def _listen(theirs: _Factory, offset: dt.timedelta) -> None:
    """Have a test's own clock take its place again as soon as the test moves it."""

    def moving(name: str) -> Callable[..., object]:
        def move(*args: object, **kwargs: object) -> object:
            with interceptor.lock:
                _leave_alone(theirs)
                for clock in interceptor.stopped_clocks:
                    if clock._tests_own() is theirs and _is_in_place(clock._factory):
                        if name == "tick":  # on from what the test sees
                            theirs.move_to(clock._factory())
                        _swap(clock._factory, theirs, offset)
            return getattr(theirs, name)(*args, **kwargs)

        return move

    vars(theirs).update({name: moving(name) for name in ("move_to", "tick")})


def _leave_alone(theirs: _Factory) -> None:
    vars(theirs).pop("move_to", None)
    vars(theirs).pop("tick", None)


def _is_in_place(factory: _Factory) -> bool:
    return any(factory is found for found in api.freeze_factories)


def _swap(
    factory: _Factory, other: _Factory, offset: dt.timedelta
) -> tuple[_Factory, dt.timedelta]:
    """Put `other` in the place of a factory of freezegun's; what stood there."""
    for place, found in enumerate(api.freeze_factories):
        if found is factory:
            before = found, api.tz_offsets[place]
            api.freeze_factories[place] = other
            api.tz_offsets[place] = offset
            return before
    return factory, offset
