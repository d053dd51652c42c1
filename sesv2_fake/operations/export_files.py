"""The files of export jobs: their rows, and their form to the byte. [live: Floci]

The numbers are those that `BatchGetMetricData` answers, the messages those of
`GetMessageInsights`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from .. import isps
from ..account import Account
from ..counting import metrics, timestamps
from ..counting.metrics import (
    DIMENSIONS,
    Dimension,
    Event,
    Metric,
)
from ..counting.rule import (
    Filters,
    Question,
    Segment,
    Trait,
)
from ..emails.event_types import AnyEvent, MessageEvent
from ..emails.message import Message, stable_uuid
from ..emails.record_writer import diagnosis
from ..emails.segments import values_of
from ..untyped import JSONObject
from .errors import encode
from .message_insights import constant_of, is_kept
from .metric_checks import ANY


class Interval(NamedTuple):
    """From a moment to another."""

    start: int
    end: int


class MetricsSource(NamedTuple):
    """What a job of metrics exports."""

    #: Its end is not in it. [open: export-end]
    interval: Interval
    dimensions: Mapping[Dimension, tuple[str, ...]]
    #: Each metric, and `VOLUME` or `RATE`.
    metrics: tuple[tuple[Metric, str], ...]


class MessagesSource(NamedTuple):
    """What a job of messages exports."""

    #: Both its bounds are in it. [doc]
    interval: Interval
    include: Mapping[str, Sequence[str]]
    exclude: Mapping[str, Sequence[str]]
    most: int


#: A row of a file, by the names of its columns.
Row = JSONObject


def job_id(number: int) -> str:
    """The id of the account's job of this number."""
    return str(stable_uuid(f"export job {number}"))


def file_name_of(
    job_id: str, source: MetricsSource | MessagesSource, created: int, data_format: str
) -> str:
    """The name of a job's file."""
    moment = timestamps.to_datetime(created).strftime("%Y%m%d_%H%M%S")
    if isinstance(source, MetricsSource):
        return f"ses-metrics-{moment}-{job_id}.{data_format.lower()}"
    return f"{moment}_{job_id.replace('-', '')[:10]}.{data_format.lower()}"


def rows_of(account: Account, region: str, source: MetricsSource | MessagesSource) -> list[Row]:
    """The rows of a file, as they are when the job is done."""
    if isinstance(source, MetricsSource):
        return list(_metric_rows(account, region, source))
    return list(_message_rows(account, region, source))[: source.most]


def processed_records(account: Account, region: str, source: MetricsSource | MessagesSource) -> int:
    """`ProcessedRecordsCount`: the messages that were looked at, whatever the source. [live]"""
    start, end = source.interval
    after = end + 1 if isinstance(source, MessagesSource) else end
    return _volume(account, Question(Metric.SEND, region, (), start, after))


# Metrics

#: What a rate is divided by: [guide] has those of deliveries, bounces, complaints, opens and
#: clicks; the others are [open: export-rate].
_DIVISORS: dict[Metric, Metric] = {
    **dict.fromkeys(Metric, Metric.SEND),
    Metric.COMPLAINT: Metric.DELIVERY_COMPLAINT,
    Metric.OPEN: Metric.DELIVERY_OPEN,
    Metric.CLICK: Metric.DELIVERY_CLICK,
}


def _volume(account: Account, asked: Question) -> int:
    return sum(account.metrics.daily_counts(asked).values())


def _metric_rows(account: Account, region: str, source: MetricsSource) -> Iterator[Row]:
    """A row for each combination of values, over the whole interval. [live]"""
    # Which rows there are, and their order, is [open: export-rows], but for those of all ISPs.
    may_be_empty = all(
        dimension is Dimension.ISP or ANY not in values
        for dimension, values in source.dimensions.items()
    )
    columns = [
        [(dimension, value) for value in _values(account, dimension, values)]
        for dimension, values in source.dimensions.items()
    ]
    for combination in product(*columns):
        filters: Filters = tuple(
            (dimension, frozenset([metrics.normalized(dimension, value)]))
            for dimension, value in combination
        )

        def volume(metric: Metric, filters: Filters = filters) -> int:
            return _volume(account, Question(metric, region, filters, *source.interval))

        numbers = {
            f"{metric}_{aggregation}": volume(metric)
            if aggregation == "VOLUME"
            else _rate(volume(metric), volume(_DIVISORS[metric]))
            for metric, aggregation in source.metrics
        }
        if may_be_empty or any(numbers.values()):
            yield {
                **{dimension.value: value for dimension, value in combination},
                **{name: f"{number:.4f}" for name, number in numbers.items()},
            }


def _rate(number: int, of: int) -> float:
    return number / of if of else 0.0  # over nothing: [open: export-rate]


def _values(account: Account, dimension: Dimension, values: Sequence[str]) -> list[str]:
    if ANY not in values:
        return list(dict.fromkeys(values))
    seeded = sorted(account.metrics.values(dimension))
    # Every ISP that SES knows, with mail or without. [live]
    known = isps.BY_LOWER_CASE.values() if dimension is Dimension.ISP else ()
    return list(dict.fromkeys([*known, *seeded]))


def _metrics_csv(source: MetricsSource, rows: list[Row]) -> str:
    """Nothing is quoted; a value with a comma is [open: export-quoting]."""
    columns = [*source.dimensions, *(f"{name}_{how}" for name, how in source.metrics)]
    return "".join(f"{','.join(line)}\n" for line in (columns, *(row.values() for row in rows)))


def _metrics_json(_: MetricsSource, rows: list[Row]) -> str:
    written = []
    for row in rows:
        dimensions = {name.lower(): value for name, value in row.items() if name in DIMENSIONS}
        numbers = ",".join(
            f'"{name}":{number}' for name, number in row.items() if name not in DIMENSIONS
        )
        written.append(f'{encode(dimensions)[:-1]},"metrics":{{{numbers}}}}}')
    return f"[{','.join(written)}]\n"


# Messages

#: The later stands above the earlier, whatever their times. [doc]
_RANKS: dict[AnyEvent, int] = {
    Event.SEND: 0,
    Event.PERMANENT_BOUNCE: 1,
    Event.TRANSIENT_BOUNCE: 1,
    Event.UNDETERMINED_BOUNCE: 1,
    Event.DELIVERY: 2,
    Event.COMPLAINT: 3,
}
_ENGAGEMENT_RANKS: dict[AnyEvent, int] = {Event.OPEN: 0, Event.CLICK: 1}
_UNTRACKED: dict[AnyEvent, Trait] = {
    Event.OPEN: Trait.NO_OPEN_TRACKER,
    Event.CLICK: Trait.NO_CLICK_TRACKER,
}

DELIVERY_EVENTS = (
    "SEND",
    "DELIVERY",
    "TRANSIENT_BOUNCE",
    "PERMANENT_BOUNCE",
    "UNDETERMINED_BOUNCE",
    "COMPLAINT",
)
ENGAGEMENT_EVENTS = ("OPEN", "CLICK")

_COLUMNS = (
    "messageid",
    "sendtimestamp",
    "isp",
    "fromaddress",
    "destination",
    "subject",
    "last_delivery_event",
    "last_engagement_event",
    "last_delivery_event_timestamp",
    "last_engagement_event_timestamp",
    "bounce_sub_type",
    "diagnostic_code",
)
#: The column that each filter looks at; there is none for the tenant.
_COLUMN_OF = {
    "FromEmailAddress": "fromaddress",
    "Destination": "destination",
    "Subject": "subject",
    "Isp": "isp",
    "TenantName": "tenant",
    "LastDeliveryEvent": "last_delivery_event",
    "LastEngagementEvent": "last_engagement_event",
}
#: The filters that take a `*` at the beginning and at the end. [doc]
_WITH_WILDCARDS = ("FromEmailAddress", "Destination", "Subject")


def _message_rows(account: Account, region: str, source: MessagesSource) -> Iterator[Row]:
    start, end = source.interval
    with account.messages.lock:
        messages = [
            *account.messages.by_id[None].values(),
            *account.messages.by_id[region].values(),
        ]
    for message in sorted(messages, key=lambda message: message.moment):
        if start <= message.moment <= end and is_kept(message):
            row = _message_row(message)
            if _matches(row, source.include) and not (
                source.exclude and _matches(row, source.exclude)
            ):
                yield {name: row[name] for name in _COLUMNS}


def _message_row(message: Message) -> Row:
    timeline = message.timeline()
    delivery = _last(timeline, _RANKS)
    engagement = _last(
        [one for one in timeline if not _is_untracked(one, message.segment)],
        _ENGAGEMENT_RANKS,
    )
    bounce = next((one for one in reversed(timeline) if _RANKS.get(one.event) == 1), None)
    segment = message.segment
    return {
        "messageid": message.message_id,
        "sendtimestamp": _time(message.moment),
        "isp": values_of(segment, Dimension.ISP)[0],
        "fromaddress": values_of(segment, Dimension.EMAIL_IDENTITY)[0],
        "destination": message.recipients[0],
        "subject": message.info.subject,
        "tenant": next(iter(values_of(segment, Dimension.TENANT_NAME)), None),
        "last_delivery_event": delivery and delivery.event.name,
        "last_engagement_event": engagement and engagement.event.name,
        "last_delivery_event_timestamp": delivery and _time(delivery.moment),
        "last_engagement_event_timestamp": engagement and _time(engagement.moment),
        "bounce_sub_type": bounce and constant_of(bounce.details.sub_type),
        "diagnostic_code": bounce and diagnosis(bounce, message.recipients[0]),
    }


def _is_untracked(event: MessageEvent, segment: Segment) -> bool:
    return event.event in _UNTRACKED and _UNTRACKED[event.event] in segment.traits


def _last(timeline: list[MessageEvent], ranks: Mapping[AnyEvent, int]) -> MessageEvent | None:
    found = [one for one in timeline if one.event in ranks]
    return max(found, key=lambda one: (ranks[one.event], one.moment), default=None)


def _time(moment: int) -> str:
    written = timestamps.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S")
    return f"{written}.{moment // 1000 % 1000:03d} UTC"


def _matches(row: Row, filters: Mapping[str, Sequence[str]]) -> bool:
    """Whether a row has one of the values of each filter. [doc]

    An empty filter lets everything through. [open: export-empty-filter]
    """
    return all(
        any(_is_match(filter, wanted, row[_COLUMN_OF[filter]]) for wanted in values)
        for filter, values in filters.items()
        if values
    )


def _is_match(filter: str, wanted: str, value: str | None) -> bool:
    if value is None or filter not in _WITH_WILDCARDS:
        return value == wanted
    return _pattern(wanted).fullmatch(value) is not None


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    first, last = parts[0] == "*", len(parts) > 1 and parts[-1] == "*"
    literal = "".join(part[-1] for part in parts[first : len(parts) - last])
    return re.compile(f"{'.*' * first}{re.escape(literal)}{'.*' * last}", re.DOTALL)


def _messages_csv(_: MessagesSource, rows: list[Row]) -> str:
    lines = [dict(zip(_COLUMNS, _COLUMNS)), *rows]
    return "".join(f"{_quoted(line)}\n" for line in lines)


def _quoted(row: Row) -> str:
    fields = ((value or "").replace('"', '""') for value in row.values())
    return "".join(f'"{field}",' for field in fields)


def _messages_json(_: MessagesSource, rows: list[Row]) -> str:
    """A line each; members without a value are left out. [open: export-null-members]"""
    written = "\n,".join(
        encode({name: value for name, value in row.items() if value is not None}) for row in rows
    )
    return f"[\n{written}\n]\n" if rows else "[\n]\n"  # no rows: [open: export-empty]


#: By the source's type and the format.
FORMATS: dict[tuple[type, str], Callable[..., str]] = {
    (MetricsSource, "CSV"): _metrics_csv,
    (MetricsSource, "JSON"): _metrics_json,
    (MessagesSource, "CSV"): _messages_csv,
    (MessagesSource, "JSON"): _messages_json,
}
