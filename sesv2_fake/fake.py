"""What a test holds: the fake, and every method that a test calls."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from . import checks, decorator
from .account import Account, AccountSettings
from .counting import timestamps
from .counting.metrics import Metric, MetricName
from .counting.timestamps import Time
from .emails import (
    record_reader,
    seeding,
    suppression_list,
    tables,
    traffic,
)
from .emails.email import Email
from .emails.json_stream import Source
from .emails.outbox import Outbox
from .emails.segments import checked_region, segment_of
from .emails.suppression_list import SuppressionReason
from .intercept.interceptor import ActiveFake, interceptor
from .operations import (
    dispatch,
    faults,
    identities,
    routes,
    saved_responses,
    templates,
)
from .operations.calls import NEWEST_KEPT, Call
from .operations.custom import CustomAnswer, Response
from .operations.export_jobs import ExportJob
from .operations.faults import (
    ConnectionFault,
    Fault,
    QueryFault,
    RequestFault,
)
from .operations.metric_queries import Query
from .options import Options, checked, complete
from .regions import DEFAULT_REGION
from .report import explained, report_of

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .clock import StoppedClock
    from .counting.timestamps import Duration
    from .intercept.http_server import HttpServer
    from .operations.faults import QueryFaultOptions, RequestFaultOptions
    from .untyped import Members

_STOPPED = "this fake was stopped; call start() to use it again"

_Target = TypeVar("_Target", bound=Callable[..., object])


class FakeSESv2:
    """A fake account of Amazon SES, which answers from what a test seeded and what its code sent.

    A context manager and a decorator; `start()` and `stop()` do the same by hand. While it is
    active it answers every client's calls for metrics, sends, what else docs/clients.md lists, and
    what the test answers itself (`answer`); no other call of SES leaves for AWS. Each start begins
    with nothing seeded. Options are those of `mock_sesv2`.
    """

    __slots__ = (
        "__weakref__",
        "_activation",
        "_clock",
        "_end_use",
        "_given",
        "_handled_at_start",
        "_last",
        "_servers",
    )

    def __init__(self, **options: Unpack[Options]) -> None:
        self._given = checked(options)
        #: Holds the account; there is one from the start to the end.
        self._activation: ActiveFake | None = None
        #: That of the latest start: `calls` and `outbox` can be read after the end.
        self._last: ActiveFake | None = None
        self._clock: StoppedClock | None = None
        #: The HTTP servers of the `serve` blocks that are open.
        self._servers: list[HttpServer] = []
        self._handled_at_start: BaseException | None = None

    # From its start to its end

    def start(self) -> Self:
        """Answer clients from now on, with nothing seeded.

        Raises RuntimeError if the fake is active already.
        """
        # botocore is loaded by the tests that use a fake, not by all that have the plugin. By the
        # module's full name, which is looked up anew: pytester's runs drop what they loaded.
        from .intercept.botocore import begin_use, end_use

        account = Account(complete(self._given))
        activation = ActiveFake(account, checks.users_line())
        # Another thread may start this fake too.
        with interceptor.lock:
            if self.is_active:
                raise RuntimeError(
                    "this fake is active already; make another one with mock_sesv2()"
                )
            begin_use()
            try:
                if account.options["intercept_requests"]:
                    checks.needs("responses", extra="requests", what="intercept_requests=True")
                    from .intercept.requests import intercept_requests

                    intercept_requests()
                interceptor.add(activation)
            except BaseException:
                end_use()
                raise
            self._end_use = end_use  # that of the same modules: others may be loaded meanwhile
            self._handled_at_start = sys.exc_info()[1]
            self._activation = self._last = activation
        return self

    def stop(self) -> None:
        """Stop answering; everything is as it was before `start`.

        Raises RuntimeError if the fake is not active, and AssertionError (or warns, or neither:
        the option `unused_faults`) if a fault was triggered fewer times than it was set up for and
        no other exception is being raised. Warns of calls that were refused, as nobody answers
        them, if the code under test swallowed the error: none is being raised, and no test
        caught it.
        """
        with interceptor.lock:  # another thread may stop it too
            activation = self._active()
            self._activation = None
        account = activation.account
        # An exception that was being handled when the fake started does not count.
        on_its_way = sys.exc_info()[1] not in (None, self._handled_at_start)
        self._handled_at_start = None
        account.close("the fake was stopped after this email was sent")
        try:
            self._end(activation)
        finally:
            if not on_its_way and not account.test_has_failed:
                faults.report_unused(account)
                dispatch.warn_of_unanswered(account)
            account.unanswered.clear()  # errors hold their frames

    def _end(self, activation: ActiveFake) -> None:
        """Undo the start, whatever of it fails."""
        try:
            self._let_the_clock_go_on()
        finally:
            try:
                self._stop_servers()
            finally:
                interceptor.remove(activation)
                self._end_use()

    def reset(self) -> None:
        """Bring everything back to just after the start.

        That is seeds, faults, calls, the outbox, options, account settings and the clock.

        .. versionchanged:: 0.2
           Options, account settings and the clock too.
        """
        activation = self._active()
        before = activation.account
        before.close("the fake was reset after this email was sent")
        self._let_the_clock_go_on()
        activation.account = Account(complete(self._given))
        activation.account.kept = before.kept

    @property
    def is_active(self) -> bool:
        """Whether the fake is active: after `start`, before `stop`."""
        return self._activation is not None

    def _active(self) -> ActiveFake:
        if self._activation is None:
            never = "this fake is not active; call start(), or use it in a with statement"
            raise RuntimeError(never if self._last is None else _STOPPED)
        return self._activation

    @property
    def _account(self) -> Account:
        return self._active().account

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is not None:
            if self._activation is None:  # the test stopped it
                return
            activation = self._activation
            self._note_failure()
            interceptor.failed.append(activation)
        self.stop()

    def _note_failure(self) -> None:
        """Unused faults are not reported: the test did not get as far as using them."""
        if self._activation is not None:
            self._activation.account.test_has_failed = True

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(exc_type, exc, traceback)

    def __call__(self, target: _Target) -> _Target:
        """Decorate a function of any kind, or a class of tests; each call has a fake of its own."""
        return decorator.decorate(target, lambda: FakeSESv2(**self._given))

    def __repr__(self) -> str:
        if self._last is None:
            return "<FakeSESv2: not active>"
        account = self._last.account
        numbers = {
            "event": sum(count for *_, count in account.metrics.rows()),
            "fault": len(account.faults),
            "call": len(account.calls),
        }
        counted = ", ".join(checks.counted(n, what) for what, n in numbers.items())
        life = "active" if self.is_active else "not active"
        return f"<FakeSESv2: {life}, {account.options['contract']}, {counted}>"

    # What was sent, and what happened to it

    def send(
        self,
        sender: str,
        to: str | Iterable[str],
        *,
        at: Time | None = None,
        identity: str | None = None,
        configuration_set: str | None = None,
        tenant: str | None = None,
        isp: str | None = None,
        region: str | None = None,
        count: int = 1,
        open_tracking: bool = True,
        click_tracking: bool = True,
        message_id: str | None = None,
    ) -> Email:
        """Send an email, or `count` alike ones at the cost of one; it counts as sent.

        `sender` and each address of `to` may have a display name. `at` is an aware datetime, a
        date or ISO 8601 text, now unless given. `identity` is the verified identity it is sent
        with, if that is neither the sender nor its domain. The ISP follows from the recipient's
        domain unless given. With `region`, only that region's clients see it. `message_id` lets
        event records say more of this one email (`load_events`).

        Raises TypeError or ValueError for anything that no email can have.

        .. versionchanged:: 0.2
           `at` may also be a date or text, and `count` 0.
        """
        account = self._account
        return seeding.send(
            account.messages,
            account.options["isps_without_feedback_loop"],
            sender,
            to,
            at=at,
            identity=identity,
            configuration_set=configuration_set,
            tenant=tenant,
            isp=isp,
            region=region,
            count=count,
            open_tracking=open_tracking,
            click_tracking=click_tracking,
            message_id=message_id,
        )

    def record(
        self,
        metric: Metric | MetricName,
        values: int | Mapping[str, int] | Mapping[dt.date, int] | Mapping[dt.datetime, int],
        *,
        at: Time | None = None,
        dimensions: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> None:
        """Add plain numbers to a metric, with no email behind them.

        `values` is a number, counted at `at` (now unless given), or a mapping of times to
        numbers. A query that filters by a dimension sees only numbers that were recorded with
        it in `dimensions`; a query without filters sees all.

        Raises TypeError or ValueError for an unknown metric or dimension, a value that no email
        can have, or a negative number.

        .. versionchanged:: 0.2
           Times may also be dates or text.
        """
        seeding.record(
            self._account.metrics, metric, values, at=at, dimensions=dimensions, region=region
        )

    def load_counts(
        self,
        table: object,
        *,
        metric: Metric | MetricName | None = None,
        at: Time | None = None,
        dimensions: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> dict[Metric, int]:
        """Add the daily numbers of a table, as `record` does; returns how many of each metric.

        `table` is a path (CSV, also gzip; Parquet), an open file, rows as dicts, a DataFrame of
        pandas or polars, or an Arrow table. It has a column `date`, and either the columns
        `metric` and `count` or one column for each metric, named after it; without a column
        `metric`, `metric=` is that of all counts. Columns named after dimensions (`ISP`,
        `EMAIL_IDENTITY`) say what the numbers are of, as `dimensions=` does for all of them. The
        header of SES's export files is understood too; they have no day, so `at=` is needed.

        An empty cell or NaN is no count. A day without a time zone is a UTC day. Parquet and
        Arrow need the extra `tables`.

        Raises ValueError for anything else, with the row and the column; then nothing of the
        table is counted.

        .. versionadded:: 0.3
        """
        return tables.load(
            self._account.metrics, table, metric=metric, dimensions=dimensions, region=region, at=at
        )

    def send_traffic(
        self,
        sender: str,
        *,
        start: Time,
        days: int,
        per_day: int,
        weekend: float | None = None,
        bounce_rate: float | None = None,
        transient_bounce_rate: float | None = None,
        complaint_rate: float | None = None,
        open_rate: float | None = None,
        click_rate: float | None = None,
        isps: Mapping[str, float] | None = None,
        incidents: Mapping[str, object]
        | Mapping[dt.date, object]
        | Mapping[dt.datetime, object]
        | None = None,
        seed: int = 0,
        configuration_set: str | None = None,
        tenant: str | None = None,
        region: str | None = None,
    ) -> dict[Metric, dict[dt.date, int]]:
        """Send made-up mail for alarms and dashboards; returns how much each metric has by day.

        About `per_day` emails on weekdays and the part `weekend` of them on Saturdays and Sundays,
        to `isps` by their shares; opens, clicks and complaints come on the day and over the days
        after, also after the last. The rates are parts: of the emails sent for bounces, of the
        deliveries for all else. Only ISPs with a feedback loop report complaints. `incidents` has,
        by day, what is unusual: `{"2026-01-15": {"bounce_rate": 0.12}}`, for one
        ISP with `"ISP": "Gmail"` beside it; several of one day are a list. The numbers are random,
        and the same for the same `seed`. Emails and their events have no time within the day.

        The defaults are assumptions. It costs the same for any `per_day`.

        Raises TypeError or ValueError for a rate that is not from 0 to 1, a wrong ISP or a wrong
        day.

        .. versionadded:: 0.3
        """
        account = self._account
        return traffic.send(
            account.metrics,
            account.options["isps_without_feedback_loop"],
            sender,
            start=start,
            days=days,
            isps=isps,
            incidents=incidents,
            seed=seed,
            region=region,
            rates={
                "per_day": per_day,
                "weekend": weekend,
                "bounce_rate": bounce_rate,
                "transient_bounce_rate": transient_bounce_rate,
                "complaint_rate": complaint_rate,
                "open_rate": open_rate,
                "click_rate": click_rate,
            },
            configuration_set=configuration_set,
            tenant=tenant,
        )

    def load_events(
        self,
        source: Source,
        *,
        region: str | None = None,
        open_tracking: bool = True,
        click_tracking: bool = True,
        progress: Callable[[int, float | None], object] | None = None,
    ) -> record_reader.LoadedEvents:
        """Count the events of SES's own event records; returns how many of each type there were.

        `source` is the path of a file, of a folder (all files below it) or a pattern such as
        `events/*.gz`; an open file; or an iterable of paths, JSON texts or dicts. These are plain
        records, one a line or several in a row, or as SNS, SQS, Lambda or EventBridge wrap them;
        what boto3's `receive_message()` returns will do. A repeated record is one event. An email
        counts as sent if there is a `Send` record of it. What comes the same way and is no record
        of an email's event is counted as skipped.

        `progress` is called every ten thousand values with their number so far, and with the share
        of the files' bytes that was read (0 to 1), or None if their size is not known.

        Raises ValueError for a broken record, with its place, the field and what it holds; then
        nothing of the source is counted.

        .. versionchanged:: 0.2
           Reads gzip, and has `progress`.
        .. versionchanged:: 0.3
           Folders, patterns and several paths; `progress` gets a share too.
        """
        account = self._account
        segment = partial(
            segment_of,
            region=seeding.region_or_none(region),
            isps_without_feedback_loop=frozenset(account.options["isps_without_feedback_loop"]),
        )
        return record_reader.load(
            source,
            account.messages,
            region,
            segment,
            progress,
            open_tracking=checks.flag(open_tracking, "open_tracking"),
            click_tracking=checks.flag(click_tracking, "click_tracking"),
        )

    def load_response(
        self,
        request: Mapping[str, Any] | list[Any] | str | os.PathLike[str],
        response: Mapping[str, Any] | str | os.PathLike[str],
    ) -> None:
        """Replay what a real account answered: a call's `Queries`, and the answer of AWS.

        Both are as boto3 has them, as the AWS CLI prints them, or the path of a JSON file. The
        same queries get the same answers again, over any of their days; what else is seeded is
        added. Entries of `Errors` become faults.

        Raises ValueError if the two do not belong together, or contradict an answer loaded
        before; then nothing of them is loaded.
        """
        saved_responses.load(self._account, request, response)

    def seeded_days(self) -> list[dt.date]:
        """The UTC days on which something happened that was seeded, in order."""
        days = {day for _, _, day, _ in self._account.metrics.rows()}
        return [timestamps.date_of(day) for day in sorted(days)]

    # What goes wrong

    def fail_queries(
        self,
        code: Literal["ACCESS_DENIED", "INTERNAL_FAILURE"] = "ACCESS_DENIED",
        message: str | None = None,
        *,
        id: str | None = None,
        metric: Metric | MetricName | None = None,
        dimensions: Mapping[str, str] | None = None,
        where: Callable[[Query], bool] | None = None,
        times: int | None = None,
        optional: bool = False,
    ) -> Fault:
        """Fail each query that matches everything given; the other queries are answered.

        The message is SES's description of the code unless given. `dimensions` matches queries
        that have at least these values; `where` is a function of the query. `times` is how many
        queries to fail, all unless given. If several faults match, the first one that is not used
        up is triggered. A fault that is never triggered, or fewer times than `times`, is reported
        when the fake ends, unless it is `optional`.

        Raises TypeError or ValueError for a value that no query can have.

        .. versionchanged:: 0.2
           Added `optional`.
        """
        return self._set_up(
            QueryFault(
                code,
                message,
                id=id,
                metric=metric,
                dimensions=dimensions,
                where=where,
                times=times,
                optional=optional,
                contract=self._account.options["contract"],
            )
        )

    def deny(self, *, message: str | None = None, **which: Unpack[QueryFaultOptions]) -> Fault:
        """Fail queries with `ACCESS_DENIED`, as `fail_queries` does.

        .. versionchanged:: 0.2
           Added `optional`.
        """
        return self.fail_queries("ACCESS_DENIED", message, **which)

    def fail_requests(
        self,
        error: str = "TooManyRequestsException",
        message: str | None = None,
        *,
        operation: str = "BatchGetMetricData",
        times: int | None = None,
        optional: bool = False,
    ) -> Fault:
        """Refuse whole calls of an operation of SES, or of any that is answered: `operation="*"`.

        `operation` is any of SES, named as in the API reference or as in boto3. `error` is one of
        its exceptions, as botocore's model has them, `AccessDeniedException` or
        `TooManyRequestsException`; it has SES's HTTP status, so that
        clients retry what they would retry. SES v1 calls `TooManyRequestsException` `Throttling`.
        If `operation` stands for several operations, only those that have the error are refused.
        `times` is how many attempts to refuse, including retries; all unless given.

        Raises TypeError or ValueError for another error or operation, or `times` below 1.

        .. versionchanged:: 0.2
           Added `operation` and `optional`; without `times`, all attempts fail.
        .. versionchanged:: 0.3
           `operation` may be any of SES, in either form.
        """
        name, keys = routes.operations(operation)
        return self._set_up(RequestFault(error, message, name, keys, times, optional=optional))

    def throttle(self, times: int | None = None, **which: Unpack[RequestFaultOptions]) -> Fault:
        """Refuse whole calls with `TooManyRequestsException`, as `fail_requests` does.

        .. versionchanged:: 0.2
           Added `operation` and `optional`; without `times`, all attempts fail.
        """
        return self.fail_requests(times=times, **which)

    def drop_connections(
        self,
        error: object = None,
        *,
        operation: str = "BatchGetMetricData",
        times: int | None = None,
        optional: bool = False,
    ) -> Fault:
        """Break the connection of `times` attempts, of all unless given.

        The client raises botocore's `EndpointConnectionError`; for `"read-timeout"` and
        `"connect-timeout"` botocore's timeouts; or the botocore exception (an instance or a class)
        that is given as `error`.

        Raises TypeError or ValueError for anything else.

        .. versionchanged:: 0.2
           Added `operation` and `optional`; without `times`, all attempts fail.
        """
        name, keys = routes.operations(operation)
        return self._set_up(ConnectionFault(error, name, keys, times, optional=optional))

    def _set_up(self, fault: Fault) -> Fault:
        self._account.faults.append(fault)
        return fault

    def answer(
        self,
        operation: str,
        response: Response | None = None,
        *,
        error: str | None = None,
        message: str | None = None,
        times: int | None = None,
        optional: bool = False,
    ) -> CustomAnswer:
        """Answer any operation of SES, v2 or v1, before what the account would answer.

        `operation` is named as in the API reference or as in boto3: `"ListConfigurationSets"`,
        `"list_configuration_sets"`. `response` is what boto3 returns, or a function of the call's
        parameters that gives it; without one the response is empty. Or the call is refused with
        `error`, one of the operation's exceptions, and `message`. An operation that SES has in
        both versions is answered in those that the response fits.

        `times` is how many calls to answer, all unless given. If several answers are for one
        operation, the first one that is not used up is used. An answer that is never used, or
        fewer times than `times`, is reported when the fake ends, unless it is `optional`.

        Raises TypeError or ValueError for an unknown operation, and for a response that does not
        fit the operation in botocore's model.

        .. versionadded:: 0.3
        """
        answer = CustomAnswer(
            operation, response, error=error, message=message, times=times, optional=optional
        )
        self._account.answers.append(answer)
        return answer

    # The account

    @property
    def vdm_enabled(self) -> bool | None:
        """Whether Virtual Deliverability Manager is on, as the test or a client set it last.

        None if it was never set up. Setting it sets all regions. Metrics are refused while it is
        off or not set up.

        .. versionchanged:: 0.2
           It may be None.
        """
        return self._account.vdm.latest.vdm_enabled

    @vdm_enabled.setter
    def vdm_enabled(self, enabled: bool | None) -> None:
        self._account.vdm.change({"vdm_enabled": checks.flag_or_none(enabled, "vdm_enabled")})

    @property
    def account(self) -> AccountSettings:
        """What else `GetAccount` answers; each setting can be changed.

        .. versionadded:: 0.2
        """
        return self._account.settings

    def add_identity(self, name: str, *, verified: bool = True, region: str | None = None) -> None:
        """Give the account a verified identity, an address or a domain; or one that is not yet.

        In all regions unless one is given. Call it again to change whether it is verified. As
        soon as the account has an identity, an email of the code under test whose sender is not
        verified is refused with `MessageRejected`; a verified domain covers its addresses and
        subdomains. In the sandbox (`fake.account.production_access_enabled = False`) recipients
        must be verified too. Seeds of `send` are never refused.

        Raises TypeError or ValueError for a wrong identity, flag or region.

        .. versionadded:: 0.3
        """
        account = self._account
        identities.add(account, name, verified=verified, region=seeding.region_or_none(region))

    @property
    def export_jobs(self) -> list[ExportJob]:
        """The export jobs that the code under test created, in order, also after the fake's end.

        Each is `PROCESSING` when the code first looks at it (`GetExportJob`, `ListExportJobs`),
        and `COMPLETED` at the next look; then `job.content` is the text of its file.
        `job.fail()` has it end as `FAILED`.

        .. versionadded:: 0.3
        """
        return [] if self._last is None else list(self._last.account.export_jobs)

    # Templates

    def add_template(
        self,
        name: str,
        *,
        subject: str | None = None,
        text: str | None = None,
        html: str | None = None,
        region: str | None = None,
    ) -> None:
        """Give the account an email template, in all regions unless one is given.

        One of the same name is replaced. Emails of the code under test that name it are rendered
        as they are sent, by the extra `templates`; without the extra their content is not known.
        While the account never had one, any name may be sent; as soon as it has one, an unknown
        name is refused, as by SES.

        Raises TypeError or ValueError for an empty name, no content, a wrong region, and, with the
        extra, for text that is not a template.

        .. versionadded:: 0.3
        """
        account = self._account
        template = templates.checked(name, subject, text, html)
        with account.messages.lock:
            for _, kept in account.templates.all(seeding.region_or_none(region)):
                kept[template.name] = template

    # The account-level suppression list

    def suppression_list(self, region: str = DEFAULT_REGION) -> dict[str, SuppressionReason]:
        """The addresses on the account's suppression list in a region, each with its reason.

        A new dict. It has the addresses that `suppress` and clients put there, and those that
        bounced permanently or complained in the test (`email.bounce()`, `email.complain()`).
        Event records of `load_events` put nobody there: they are history.

        Raises TypeError or ValueError for a wrong region.

        .. versionadded:: 0.3
        """
        account, name = self._account, checked_region(region)
        with account.messages.lock:
            entries = account.suppression.entries(name)
        return {entry.address: entry.reason for entry in entries}

    def suppress(
        self, address: str, reason: SuppressionReason = "BOUNCE", *, region: str | None = None
    ) -> None:
        """Put an address on the account's suppression list, in all regions unless one is given.

        What the code under test sends to it from now on is accepted and then bounces as
        `OnAccountSuppressionList`; with the reason `COMPLAINT`, it is complained about so. Seeds
        of `send` are not held back: they are what happened.

        Raises TypeError or ValueError for a wrong address, reason or region.

        .. versionadded:: 0.3
        """
        account = self._account
        entry = suppression_list.entry(address, reason)
        with account.messages.lock:
            account.suppression.put(entry, seeding.region_or_none(region))

    # What the code under test sent

    @property
    def outbox(self) -> Outbox:
        """The emails that the code under test sent through a client since the start, in order.

        A test says what happens to them as to any other: `fake.outbox[0].deliver().open()`.

        .. versionadded:: 0.2
        """
        return Outbox([] if self._last is None else self._last.account.outbox)

    def sent_to(self, address: str) -> Email:
        """The one email of the outbox to this address, in any letter case.

        Raises LookupError, which lists what was sent, if there is none or more than one.

        .. versionadded:: 0.2
        """
        return self.outbox.sent_to(address)

    # Its clock

    def freeze(self, time: Time) -> None:
        """Stop the clock at `time` until the fake ends; call it again to move the clock.

        asyncio, pytest, subprocess and the like still see the real clock. It needs the extra
        `freezegun`.

        Raises TypeError or ValueError if `time` is no time, ModuleNotFoundError without the extra.
        """
        self._active()
        moment = timestamps.to_datetime(timestamps.checked(time, "time"))
        checks.needs("freezegun", extra="freezegun", what="freeze()")
        from .clock import StoppedClock

        if self._clock is None:
            self._clock = StoppedClock(moment)
        else:
            self._clock.move_to(moment)

    def advance(self, **by: Unpack[Duration]) -> None:
        """Move the stopped clock on, by what `datetime.timedelta` accepts: `days=1`, `hours=2`.

        Raises RuntimeError if this fake's `freeze` has not stopped it, and TypeError or ValueError
        for an unknown unit, a value that is not a number, or a time after the year 9999.
        """
        self._active()
        if self._clock is None:
            raise RuntimeError("advance: the clock is not stopped; call freeze() first")
        self._clock.advance(**by)

    def _let_the_clock_go_on(self) -> None:
        clock, self._clock = self._clock, None
        if clock is not None:
            clock.stop()

    # Who asks

    @property
    def calls(self) -> list[Call]:
        """Each attempt that reached the fake, in order, also after the fake has ended."""
        return [] if self._last is None else list(self._last.account.calls)

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Answer over HTTP too, for any SDK in any language: `with fake.serve() as url`.

        On loopback only, until the block or the fake ends; port 0 takes a free one. The region
        is that of the request's signature, us-east-1 if there is none. The page at `/` shows what
        this fake holds, and the control API under `/_sesv2_fake/` seeds it. Needs the extra
        `server`.

        Raises ModuleNotFoundError without the extra, TypeError or ValueError if `port` is no port,
        and OSError if it is taken.

        .. versionchanged:: 0.2
           Added the page and the control API.
        """
        self._active()
        checks.port(port, "port")
        checks.needs("werkzeug", extra="server", what="serve()")
        from .control.server import Control
        from .intercept.http_server import HttpServer

        server = HttpServer(Control(self), port)
        self._servers.append(server)
        try:
            yield server.url
        finally:
            server.stop()
            self._servers.remove(server)

    def _stop_servers(self) -> None:
        for server in self._servers:
            server.stop()

    def _beside(self, options: Members) -> FakeSESv2:
        """Another fake, which no client of this process sees: it is only asked over HTTP."""
        other = FakeSESv2(**options)
        account = Account(complete(other._given))
        other._activation = other._last = ActiveFake(account, "the control API")
        account.kept = NEWEST_KEPT
        return other

    def explain(self, query: Mapping[str, Any], *, region: str = DEFAULT_REGION) -> str:
        """Say why a query counts what it counts; `query` is as boto3 takes it.

        Raises ValueError for a query that SES would refuse.
        """
        (asked,) = saved_responses.queries_of([query], "query")
        why = explained(self._account.metrics, asked, checked_region(region))
        return "\n  ".join([f"{asked._in_one_line()}, {region}", *why])

    def report(self) -> str:
        """The report that pytest shows of a failing test: calls, sends, seeds, faults, answers."""
        if self._last is None:
            return "this fake was never started"
        return report_of(self._last.account)


@overload
def mock_sesv2(func: _Target, /) -> _Target: ...


@overload
def mock_sesv2(**options: Unpack[Options]) -> FakeSESv2: ...


@decorator.needs_parentheses_in_with
def mock_sesv2(
    func: Callable[..., object] | None = None, /, **options: Unpack[Options]
) -> FakeSESv2 | Callable[..., object]:
    """Answer SES calls of this process: a decorator, with or without parentheses, or a context.

    Options are the keywords of `Options`.

    Raises TypeError or ValueError for an option that does not exist or cannot have that value.
    """
    fake = FakeSESv2(**options)
    return fake if func is None else fake(func)
