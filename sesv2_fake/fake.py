"""What a test holds: the fake, in all its doors."""

from __future__ import annotations

import datetime as dt
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from . import checks, decorator
from .api.batch_get_metric_data import Service
from .api.calls import Call
from .api.saved_answers import queries_of
from .api.wire import DEFAULT_REGION
from .counting import moments
from .counting.store import MetricStore
from .emails.message import MessageLedger
from .failing import Failing
from .options import Options, checked
from .report import explained, report
from .seeding import Seeding

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

#: The attribute of an exception that lists the fakes it went through.
FAILED_UNDER = "_failed_under_sesv2_fakes"

_LAST_PORT = 65_535

#: What a fake holds before its first start.
_NOT_STARTED = MetricStore()
_NOT_STARTED.close("this fake is not active: start it, or use it in a with statement")

_Target = TypeVar("_Target", bound=Callable[..., Any])


class FakeSESv2(Seeding, Failing):
    """Amazon SES v2's `BatchGetMetricData`, answered in this process from what a test seeded.

    A context manager and a decorator; `start()` and `stop()` do the same by hand. While it is
    active every SES v2 client is answered by it. Each start begins with nothing seeded.
    Options are those of `mock_sesv2`.
    """

    __slots__ = (
        "__weakref__",
        "_active",
        "_frozen",
        "_given",
        "_handled_at_start",
        "_until_the_end",
        "has_failed",
    )

    def __init__(self, **options: Unpack[Options]) -> None:
        self._given = options
        self._options = checked(options)
        self._active = False
        #: What ends with the fake: what carries calls beside botocore's hook, a stopped clock.
        self._until_the_end = ExitStack()
        self._frozen: Any = None
        self._handled_at_start: BaseException | None = None
        #: Whether the test or block around it has failed: then no fault is missed.
        self.has_failed = False
        self._store = _NOT_STARTED
        self._service = self._new_service(self._store)

    def _new_service(self, store: MetricStore) -> Service:
        return Service(
            store,
            contract=self._options["contract"],
            vdm_enabled=self._options["vdm_enabled"],
            enforce_rate_limits=self._options["enforce_rate_limits"],
            instant_retries=self._options["instant_retries"],
        )

    # Its life

    def start(self) -> Self:
        """Answer every SES v2 client from here on, with nothing seeded.

        Raises RuntimeError where it is active already.
        """
        # botocore is loaded by the tests that use a fake, not by all that have the plugin. The
        # module's full name is looked up anew, where pytester's runs have dropped botocore.
        from .intercept.botocore_hook import activate, deactivate

        if self._active:
            raise RuntimeError("this fake is active already; make another with mock_sesv2()")
        store = MetricStore()
        service = self._new_service(store)
        self.has_failed = False
        self._handled_at_start = sys.exc_info()[1]
        with ExitStack() as undo:
            if self._options["intercept_requests"]:
                checks.needs("responses", extra="requests", what="intercept_requests=True")
                from .intercept.requests_hook import intercepting

                undo.enter_context(intercepting(service))
            activate(service)
            undo.callback(deactivate, service)
            self._until_the_end = undo.pop_all()
        self._store, self._service = store, service
        self._ledger = MessageLedger(self._store)
        self._active = True
        return self

    def stop(self) -> None:
        """Answer no more; everything is as it was before `start`.

        Raises RuntimeError where it is not active, and AssertionError (or warns, or neither: the
        option `unused_faults`) where a fault with `times=` has not struck that often, unless
        another exception is on its way.
        """
        self._check_active()
        self._active = False
        self._frozen = None
        self._until_the_end.close()
        self._store.close("this fake has ended; it is of use while active, and can start again")
        # One that was being handled when the fake started is not on its way out of it.
        on_its_way = sys.exc_info()[1] not in (None, self._handled_at_start)
        if not self.has_failed and not on_its_way:
            self._tell_of_missed_faults()

    def _tell_of_missed_faults(self) -> None:
        missed = self._service.faults.missed()
        if not missed or self._options["unused_faults"] == "ignore":
            return
        told = "faults were set up and did not strike as often as they were to:\n" + "\n".join(
            f"  {fault!r}" for fault in missed
        )
        if self._options["unused_faults"] == "error":
            raise AssertionError(told)
        warnings.warn(told, stacklevel=checks.levels_to_user())

    def reset(self) -> None:
        """Forget seeds, faults and calls."""
        self._check_active()
        self._store.close("this email was forgotten: the fake was reset after it was sent")
        self._store = MetricStore()
        self._ledger = MessageLedger(self._store)
        self._service.reset(self._store)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is not None:
            self.note_failure(exc)
        self.stop()

    @property
    def is_active(self) -> bool:
        """Whether it answers now: after `start`, before `stop`."""
        return self._active

    @contextmanager
    def joined(self) -> Iterator[Self]:
        """This fake, already active, around a part of its test; it notes where that fails."""
        try:
            yield self
        except BaseException as exc:
            self.note_failure(exc)
            raise

    def note_failure(self, exc: BaseException) -> None:
        """The test around this fake has failed: no fault is missed, and pytest is to report."""
        self.has_failed = True
        vars(exc).setdefault(FAILED_UNDER, []).append(self)

    def __call__(self, target: _Target) -> _Target:
        """Decorate a function of any kind, or a class of tests; each call has a fake of its own."""
        return decorator.decorate(target, lambda: FakeSESv2(**self._given))

    # Its clock

    def freeze(self, time: str | dt.date) -> None:
        """Stop the clock at `time` until the fake ends, by freezegun; again, to move it there.

        A date or an aware datetime, or as text in ISO 8601, where without an offset it is UTC.
        Needs the extra `freezegun`.

        Raises TypeError or ValueError for anything else, ModuleNotFoundError without the extra.
        """
        self._check_active()
        moment = moments.to_datetime(_checked_time(time))
        checks.needs("freezegun", extra="freezegun", what="freeze()")
        import freezegun

        if self._frozen is not None:
            self._frozen.move_to(moment)
            return
        freezer = freezegun.freeze_time(moment)
        self._frozen = freezer.start()
        self._until_the_end.callback(freezer.stop)

    def advance(self, **by: float) -> None:
        """Move the stopped clock on, by what `datetime.timedelta` takes: `days=1`, `hours=2`.

        Raises RuntimeError where this fake's `freeze` has not stopped it.
        """
        self._check_active()
        if self._frozen is None:
            raise RuntimeError("advance: this fake has not stopped the clock, call freeze() first")
        self._frozen.tick(dt.timedelta(**by))

    # Who asks

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Answer over HTTP too, for any SDK in any language: gives the endpoint's URL.

        On loopback alone, until the block or the fake ends; port 0 takes a free one. The region
        is that of the request's signature, us-east-1 where there is none. Needs the extra
        `server`.

        Raises ModuleNotFoundError without the extra, TypeError or ValueError for what is no port,
        and OSError where it is taken.
        """
        self._check_active()
        if checks.count(port, "port", 0) > _LAST_PORT:
            raise ValueError(f"port: expected 0 to {_LAST_PORT}, got {port}")
        checks.needs("werkzeug", extra="server", what="serve()")
        from .intercept.http_server import serving

        with ExitStack() as until_the_block_ends:
            url = until_the_block_ends.enter_context(serving(self._service, port))
            # Whichever ends first closes it, and closing it again does nothing.
            self._until_the_end.callback(until_the_block_ends.close)
            yield url

    def explain(self, query: Mapping[str, Any], *, region: str = DEFAULT_REGION) -> str:
        """Why a query counts what it counts, as text; `query` is as boto3 takes it.

        Raises ValueError for a query that SES would refuse.
        """
        (asked,) = queries_of([query])
        why = explained(self._store, asked, region)
        return "\n  ".join([f"{asked.in_one_line()}, {region}", *why])

    def report(self) -> str:
        """What happened so far, as pytest shows it of a failing test: calls, seeds, faults."""
        return report(self._store, self.calls, self._service.faults)

    def __repr__(self) -> str:
        life = "active" if self._active else "not active"
        contract = self._options["contract"]
        numbers = {
            "event": sum(count for *_, count in self._store.rows()),
            "fault": len(self._service.faults.all),
            "call": len(self.calls),
        }
        told = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for what, n in numbers.items())
        return f"<FakeSESv2: {life}, {contract}, {told}>"

    @property
    def calls(self) -> list[Call]:
        """Every call that reached this fake, in order; readable after its end too."""
        return self._service.calls

    @property
    def vdm_enabled(self) -> bool:
        """Whether Virtual Deliverability Manager is on; every call is refused while it is off."""
        return self._service.vdm_enabled

    @vdm_enabled.setter
    def vdm_enabled(self, enabled: bool) -> None:
        self._check_active()
        self._service.vdm_enabled = checks.flag(enabled, "vdm_enabled")


def _checked_time(time: object) -> int:
    if isinstance(time, str):
        parsed = moments.parse_iso_8601(time)
        if parsed is None:
            raise ValueError(f"time: expected ISO 8601 such as '2026-01-05T09:30', got {time!r}")
        return parsed[0]
    if isinstance(time, dt.date) and not isinstance(time, dt.datetime):
        return moments.first_moment_of(time)
    return moments.checked(time, "time")


@overload
def mock_sesv2(func: _Target, /) -> _Target: ...


@overload
def mock_sesv2(**options: Unpack[Options]) -> FakeSESv2: ...


def mock_sesv2(
    func: Callable[..., Any] | None = None, /, **options: Unpack[Options]
) -> FakeSESv2 | Callable[..., Any]:
    """Answer `BatchGetMetricData` in this process: a decorator, bare or called, or a context.

    Options, all of them keywords:

    - `contract`: `"documented"` (default) or `"live"`: which rules hold where the API reference
      and the live service differ.
    - `vdm_enabled`: whether Virtual Deliverability Manager is on (default True).
    - `enforce_rate_limits`: whether more than 16 calls or 160 queries in a second are throttled
      (default False).
    - `instant_retries`: whether clients try again at once after an attempt that a fault failed
      (default True).
    - `intercept_requests`: whether calls that the `requests` library sends to SES's URLs are
      answered too (default False); needs the extra `requests`.
    - `unused_faults`: whether a fault with `times=` that did not strike that often is an
      `"error"` (default), a warning (`"warn"`) or nothing (`"ignore"`) when the fake ends.
    - `isps_without_feedback_loop`: the ISPs whose deliveries `DELIVERY_COMPLAINT` leaves out
      (default Gmail and UNKNOWN_ISP).

    Raises TypeError or ValueError for an option that does not exist or cannot have that value.
    """
    fake = FakeSESv2(**options)
    return fake if func is None else fake(func)
