"""Rates of a day, as a dashboard shows them, from SES's Virtual Deliverability Manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

METRICS = ("SEND", "DELIVERY", "PERMANENT_BOUNCE", "DELIVERY_OPEN", "OPEN")


class MetricsUnavailable(Exception):
    """SES did not answer for every metric."""


@dataclass(frozen=True)
class Rates:
    bounce_rate: float
    open_rate: float


def rates_of_day(client: Any, day: date, isp: str | None = None) -> Rates:
    """The rates of one UTC day, for all ISPs or for one; 0 where nothing was sent."""
    counts = _counts(client, day, isp)
    return Rates(
        bounce_rate=_ratio(counts["PERMANENT_BOUNCE"], counts["SEND"]),
        open_rate=_ratio(counts["OPEN"], counts["DELIVERY_OPEN"]),
    )


def _counts(client: Any, day: date, isp: str | None) -> dict[str, int]:
    start = datetime.combine(day, time(), timezone.utc)
    query: dict[str, Any] = {
        "Namespace": "VDM",
        "StartDate": start,
        "EndDate": start + timedelta(days=1),
    }
    if isp is not None:
        query["Dimensions"] = {"ISP": isp}
    response = client.batch_get_metric_data(
        Queries=[{**query, "Id": metric, "Metric": metric} for metric in METRICS]
    )
    if response["Errors"]:
        failed = ", ".join(error["Id"] for error in response["Errors"])
        raise MetricsUnavailable(f"SES has no answer for {failed}")
    # A day without events is absent, and results come in no promised order.
    return {result["Id"]: sum(result["Values"]) for result in response["Results"]}


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
