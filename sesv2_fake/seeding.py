"""What a test says was sent, and what happened to it."""

from __future__ import annotations

import datetime as dt
import json
import operator
import os
import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from . import checks
from .api.batch_get_metric_data import filters_of
from .api.faults import QUERY_CODES, QueryFault
from .api.saved_answers import saved_answers
from .api.wire import Query
from .counting import dimensions as dimension_values
from .counting import moments
from .counting.metrics import Dimension
from .emails import event_records as records
from .emails import plain_counts, reading
from .emails.addresses import checked_address
from .emails.email import Email
from .emails.message import Message
from .emails.segments import checked_isp, checked_recipients, domains_of, segment_of
from .parts import Part

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+")


class Seeding(Part):
    """Seeds: emails and their events, plain counts, SES's own records, saved answers."""

    __slots__ = ()

    def send(
        self,
        sender: str,
        to: str | Iterable[str],
        *,
        at: moments.Time | None = None,
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

        `sender` and each address of `to` may have a display name. `at` is an aware datetime, now
        unless given. `identity` is the verified identity it is sent with, where that is neither
        the sender nor its domain. The ISP follows from the recipient's domain unless given. With
        `region`, only that region's clients see it. `message_id` lets event records say more of
        this one email (`load_events`).

        Raises TypeError or ValueError for anything that no email can have.
        """
        self._check_active()
        address = checked_address(sender, "sender")
        recipients = checked_recipients(to)
        segment = segment_of(
            address,
            domains_of(recipients),
            identity=_optional(Dimension.EMAIL_IDENTITY, identity, "identity"),
            configuration_set=_optional(
                Dimension.CONFIGURATION_SET, configuration_set, "configuration_set"
            ),
            tenant=_optional(Dimension.TENANT_NAME, tenant, "tenant"),
            isp=None if isp is None else checked_isp(isp),
            **self._common_to_all(region, open_tracking, click_tracking),
        )
        moment = moments.now_or(at, "at")
        checks.count(count, "count")
        message = Message(
            self._ledger, segment, moment, recipients, count=count, message_id=message_id
        )
        message.send()
        return Email(message)

    def record(
        self,
        metric: str,
        values: int | Mapping[dt.date, int],
        *,
        at: moments.Time | None = None,
        dimensions: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> None:
        """Count `values` more for a metric, with no email behind them.

        `values` is a number, counted at `at` (now unless given), or a mapping of days to
        numbers; a day given as a date is counted at its midnight UTC. Queries that filter by a
        dimension see it by `dimensions` alone, queries without see all.

        Raises TypeError or ValueError for an unknown metric or dimension, a value that no email
        can have, or a negative number.
        """
        self._check_active()
        plain_counts.record(
            self._store, metric, values, at=at, dimensions=dimensions, region=_region(region)
        )

    def load_events(
        self,
        source: reading.Source,
        *,
        region: str | None = None,
        open_tracking: bool = True,
        click_tracking: bool = True,
    ) -> records.LoadedEvents:
        """Count the events of SES's own event records, and say how many there were of each type.

        `source` is a path, an open file, or an iterable of JSON texts or dicts: plain records,
        one a line or several run together, or as SNS, Lambda or EventBridge wrap them. Each
        record is one event, however often it is repeated; an email counts as sent where there is
        a `Send` record of it.

        Raises ValueError, with the place, the field and what stood there, for a broken record;
        nothing of that source is counted then.
        """
        self._check_active()
        return records.load(
            source,
            self._ledger,
            region,
            partial(segment_of, **self._common_to_all(region, open_tracking, click_tracking)),
        )

    def seeded_days(self) -> list[dt.date]:
        """The UTC days on which something seeded happened, ascending."""
        days = {day for _, _, day, _ in self._store.rows()}
        return [moments.date_of(day) for day in sorted(days)]

    def load_response(
        self,
        request: Mapping[str, Any] | list[Any] | str | os.PathLike[str],
        response: Mapping[str, Any] | str | os.PathLike[str],
    ) -> None:
        """Answer as a real account did: a call's own `Queries`, and what AWS answered.

        Each is as boto3 takes and gives it, as the AWS CLI prints it, or the path of a JSON file.
        The same queries get the same answers again, over any of their days; what else is seeded
        for them counts more. Entries of `Errors` become faults.

        Raises ValueError where the two do not belong together, or contradict an answer loaded
        before; nothing of them is taken then.
        """
        self._check_active()
        answers = list(saved_answers(_of_file(request), _of_file(response)))
        for code, _ in filter(None, (answer.error for answer in answers)):
            checks.one_of(code, QUERY_CODES, "response: Code")
        self._store.add_answers(
            [
                (answer.query.metric, filters_of(answer.query.dimensions), answer.days)
                for answer in answers
            ]
        )
        for query, _, error in answers:
            if error is not None:
                self._service.faults.add(_replayed(query, *error))

    def _common_to_all(
        self, region: str | None, open_tracking: bool, click_tracking: bool
    ) -> dict[str, Any]:
        """What `segment_of` takes that holds for all emails of one seed."""
        return {
            "region": _region(region),
            "open_tracking": checks.flag(open_tracking, "open_tracking"),
            "click_tracking": checks.flag(click_tracking, "click_tracking"),
            "isps_without_feedback_loop": self._options["isps_without_feedback_loop"],
        }


def _of_file(source: Any) -> Any:
    """What a JSON file at this path holds; anything but a path as it is."""
    if not isinstance(source, (str, os.PathLike)):
        return source
    try:
        return json.loads(Path(source).read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{os.fspath(source)}: expected JSON, got {error}") from None


def _replayed(query: Query, code: str, message: str) -> QueryFault:
    """The fault that fails just this query, as it failed in a saved answer."""
    return QueryFault(
        code,
        message,
        id=None,
        metric=None,
        dimensions=None,
        where=partial(operator.eq, query),
        times=None,
        contract="documented",
    )


def _optional(dimension: Dimension, value: str | None, name: str) -> str | None:
    return None if value is None else dimension_values.checked(dimension, value, name)


def _region(region: object) -> str | None:
    if region is None:
        return None
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        raise ValueError(f"region: expected a name such as 'eu-west-1', got {region!r}")
    return region
