"""What SES v1 says of the account: quota, statistics, and whether it may send."""

from __future__ import annotations

from collections import Counter

from ..account import Account
from ..counting import timestamps
from ..counting.metrics import Metric
from ..counting.rule import counted_by
from ..emails.event_types import UncountedEvent
from ..emails.message import Message
from ..untyped import JSONObject
from .account_settings import sent_last_24_hours
from .calls import Reply
from .requests import HttpRequest

#: How far back statistics go, and what each of their points stands for. [doc]
_KEPT = 14 * timestamps.DAY
_QUARTER_OF_AN_HOUR = timestamps.DAY // 96

#: What each member of a point counts.
_COUNTED: dict[str, Metric] = {
    "DeliveryAttempts": Metric.SEND,
    "Bounces": Metric.PERMANENT_BOUNCE,
    "Complaints": Metric.COMPLAINT,
}


def get_send_quota(account: Account, request: HttpRequest) -> Reply:
    """`GetSendQuota`: the same as in `GetAccount`."""
    settings = account.settings
    return Reply(
        {
            "Max24HourSend": settings.max_24_hour_send,
            "MaxSendRate": settings.max_send_rate,
            "SentLast24Hours": float(sent_last_24_hours(account, request.region)),
        }
    )


def get_account_sending_enabled(account: Account, request: HttpRequest) -> Reply:
    """`GetAccountSendingEnabled`."""
    return Reply({"Enabled": "true" if account.settings._sends_from(request.region) else "false"})


def get_send_statistics(account: Account, request: HttpRequest) -> Reply:
    """`GetSendStatistics`: a point for each quarter of an hour in which something happened.

    Which bounces count is [open: send-statistics].
    """
    now = timestamps.now()
    points: dict[int, Counter[str]] = {}

    def add(member: str, moment: int, count: int) -> None:
        if now - _KEPT <= moment <= now:
            start = moment - moment % _QUARTER_OF_AN_HOUR
            points.setdefault(start, Counter())[member] += count

    with account.metrics.lock:
        for member, metric in _COUNTED.items():
            for tally, series in account.metrics.happened(*counted_by(metric)):
                if tally.segment.region not in (None, request.region):
                    continue
                for moment, count in series.moments():
                    add(member, moment, count)
    for email in list(account.outbox):
        message = email._message
        if message.segment.region == request.region and _was_rejected(message):
            add("Rejects", message.moment, 1)
    return Reply({"SendDataPoints": [_point(start, points[start]) for start in sorted(points)]})


def _was_rejected(message: Message) -> bool:
    return any(one.event is UncountedEvent.REJECT for one in message.timeline())


def _point(start: int, counts: Counter[str]) -> JSONObject:
    return {
        "Timestamp": timestamps.iso_8601(start),
        **{name: counts[name] for name in _COUNTED},
        "Rejects": counts["Rejects"],
    }
