"""How the tests ask: one metric of one interval, through a real client."""

from __future__ import annotations

import functools
import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import boto3

from sesv2_fake import FakeSESv2, report
from sesv2_fake.account import Account
from sesv2_fake.operations import dispatch, routes
from sesv2_fake.operations.requests import HttpRequest
from sesv2_fake.options import Options, complete

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
DAY = timedelta(days=1)


#: A query as it is on the wire.
WIRE_QUERY = {
    "Id": "q",
    "Namespace": "VDM",
    "Metric": "SEND",
    "StartDate": 1767571200,
    "EndDate": 1767657600,
}


def report_lines(fake: FakeSESv2, **more: Any) -> list[str]:
    """The report's lines, with what pytest's plugin has to tell more."""
    account = fake._account
    return report.report(account.metrics, fake.calls, account.faults, **more).splitlines()


def has(operation: str, member: str | None = None) -> bool:
    """Whether the installed botocore has an operation of SES v2, and this member of its request.

    A member of a member is named with dots: `Content.Simple.Headers`.
    """
    model = client().meta.service_model
    if operation not in model.operation_names:
        return False
    shape = model.operation_model(operation).input_shape
    for name in member.split(".") if member else ():
        if name not in shape.members:
            return False
        shape = shape.members[name]
        shape = getattr(shape, "member", shape)  # of a list
    return True


def new_client(region: str = "us-east-1", service: str = "sesv2", **how: Any) -> Any:
    return boto3.client(service, region_name=region, **how)


@functools.cache
def client(region: str = "us-east-1", service: str = "sesv2") -> Any:
    """The same one for all tests: making one takes longer than its call."""
    return new_client(region, service)


#: Service and name of each operation that is answered.
OPERATIONS = [(route.service, route.operation) for route in routes.ROUTES]


def new_account(**options: Any) -> Account:
    """An account that no client calls."""
    return Account(complete(Options(**options)))


def answer(body: Any, contract: str = "documented", *, vdm_enabled: bool = True) -> Any:
    """The HTTP answer to a body, bytes or what JSON makes of it, where nothing was seeded."""
    account = new_account(contract=contract, vdm_enabled=vdm_enabled)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answer_of(account, data)


def answer_of(
    account: Account,
    body: bytes,
    region: str = "us-east-1",
    *,
    service: str = "sesv2",
    operation: str = "BatchGetMetricData",
    **request: Any,
) -> Any:
    """The HTTP answer of an account to a body that no client would send."""
    route = routes.named(service, operation)
    return dispatch.answer(account, route, HttpRequest(region, body, **request)).http


def told(*body: Any, **how: Any) -> tuple[int, str | None, Any]:
    """Status, error and payload of the bare answer to a body."""
    http = answer(*body, **how)
    return http.status, http.headers.get("x-amzn-ErrorType"), json.loads(http.body)


def query(metric: str = "SEND", *, id: str = "q", start=MONDAY, end=None, **dimensions: str):
    found: dict[str, Any] = {
        "Id": id,
        "Namespace": "VDM",
        "Metric": metric,
        "StartDate": start,
        "EndDate": start + 7 * DAY if end is None else end,
    }
    return {**found, "Dimensions": dimensions} if dimensions else found


def series(response: dict[str, Any], id: str = "q") -> dict[date, int]:
    """One query's result, as days (UTC) and values in the order they came."""
    (result,) = (result for result in response["Results"] if result["Id"] == id)
    days = [time.astimezone(timezone.utc) for time in result["Timestamps"]]
    assert all(day.timetuple()[3:6] == (0, 0, 0) for day in days)
    return dict(zip((day.date() for day in days), result["Values"], strict=True))


def ask(metric: str, *, using: Any = None, **how: Any) -> dict[date, int]:
    """The daily series of a metric."""
    response = (using or client()).batch_get_metric_data(Queries=[query(metric, **how)])
    assert response["Errors"] == []
    return series(response)


def total(metric: str, **how: Any) -> int:
    return sum(ask(metric, **how).values())
