"""What a test seeds: emails, and plain counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from .. import checks
from ..counting import timestamps
from ..counting.metrics import Dimension, Metric
from ..counting.rule import Segment
from ..counting.store import MetricStore
from . import addresses
from .content import NO_MESSAGE_INFO, MessageInfo
from .email import Email
from .message import Message, MessageStore
from .segments import (
    checked_recipients,
    checked_region,
    checked_value,
    checked_values,
    domains_of,
    segment_of,
)


def send(
    message_store: MessageStore,
    isps_without_feedback_loop: Collection[str],
    sender: str,
    to: str | Iterable[str],
    *,
    at: timestamps.Time | None = None,
    region: str | None = None,
    count: int = 1,
    open_tracking: bool = True,
    click_tracking: bool = True,
    message_id: str | None = None,
    **dimensions: str | None,
) -> Email:
    """Send what `FakeSESv2.send` is given."""
    address = addresses.checked_address(sender, "sender")
    recipients = checked_recipients(to)
    segment = segment_of(
        address,
        domains_of(recipients),
        region_or_none(region),
        frozenset(isps_without_feedback_loop),
        open_tracking=checks.flag(open_tracking, "open_tracking"),
        click_tracking=checks.flag(click_tracking, "click_tracking"),
        **checked_values(dimensions),
    )
    moment = timestamps.now_or(at, "at")
    count = checks.count(count, "count")
    info = NO_MESSAGE_INFO if address.islower() else MessageInfo(sender=address)
    message = Message(
        message_store, segment, moment, recipients, count=count, message_id=message_id, info=info
    )
    message.send()
    return Email(message)


def region_or_none(region: object) -> str | None:
    """The region, or None for every region; TypeError or ValueError for what is no region."""
    return None if region is None else checked_region(region)


def record(
    store: MetricStore,
    metric: object,
    values: object,
    *,
    at: object,
    dimensions: Mapping[str, str] | None,
    region: str | None,
) -> None:
    """Count what `FakeSESv2.record` is given."""
    segment = Segment(region_or_none(region), labels_of_all(dimensions))
    counted = checks.choice(metric, Metric, "metric")
    if isinstance(values, Mapping) or hasattr(values, "items"):  # a Series of pandas has them too
        if at is not None:
            raise ValueError("at: conflicts with a mapping of times")
        counts = [
            (timestamps.checked(day, "values"), checks.count(n, "values"))
            for day, n in values.items()
        ]
    else:
        counts = [(timestamps.now_or(at, "at"), checks.count(values, "values"))]
    for moment, n in counts:
        store.add(counted, segment, moment, n)


def labels_of_all(dimensions: Mapping[str, str] | None) -> tuple[tuple[Dimension, str], ...]:
    """The labels of plain counts that have these values."""
    labels = []
    for name, given in (dimensions or {}).items():
        dimension = checks.choice(name, Dimension, "dimensions")
        labels += labels_of(dimension, given, f"dimensions[{dimension}]")
    return tuple(labels)


def labels_of(dimension: Dimension, value: object, name: str) -> list[tuple[Dimension, str]]:
    """The labels of plain counts that have a value; an address counts for its domain too."""
    found = checked_value(dimension, value, name)
    labels = [(dimension, found)]
    if dimension is Dimension.EMAIL_IDENTITY and "@" in found:
        labels.append((dimension, addresses.domain_of(found)))
    return labels
