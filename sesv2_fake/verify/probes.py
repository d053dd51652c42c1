"""What `verify` asks of anybody's account, and what the law (reference/service.md) expects."""

from __future__ import annotations

from .probe import (
    ANSWERED,
    EMPTY,
    Day,
    Probe,
    one,
    query,
    where,
)
from .refusals import REFUSALS

_VDM_OFF = (
    "404 NotFoundException: To use this feature you must enable Virtual Deliverability Manager..."
)

#: Asked if Virtual Deliverability Manager is off; step 0.
WITHOUT_VDM = (
    Probe("vdm-off", "live", "a call without VDM", one(), _VDM_OFF, "vdm-message"),
    Probe("vdm-off-first", "live", "a call without VDM that is wrong too", b"{", _VDM_OFF),
)

_ANSWERED: tuple[Probe, ...] = (
    Probe("plain", "live", "one query: both lists, all members, whole days", one(), ANSWERED),
    Probe(
        "ten-queries",
        "doc",
        "ten queries in one call",
        {"Queries": [query(Id=f"q{n}") for n in range(10)]},
        ANSWERED,
    ),
    Probe("id-255", "doc", "an Id of 255 characters", one(Id="x" * 255), ANSWERED),
    Probe(
        "three-dimensions",
        "doc",
        "three dimensions",
        where(EMAIL_IDENTITY="nobody.example", ISP="Gmail", CONFIGURATION_SET="nobody"),
        EMPTY,
    ),
    Probe("tenant", "doc", "TENANT_NAME as a dimension", where(TENANT_NAME="nobody"), EMPTY),
    Probe(
        "nobody",
        "live",
        "a well-formed identity that no email has",
        where(EMAIL_IDENTITY="nobody.example"),
        EMPTY,
    ),
    Probe("no-such-isp", "live", "a well-formed ISP that is none", where(ISP="Nobody"), EMPTY),
    Probe("60-days", "live", "60 days", one(StartDate=Day(-60)), ANSWERED),
    Probe("end-tomorrow", "live", "an end in the future", one(EndDate=Day(1)), ANSWERED),
    Probe(
        "future",
        "open",
        "an interval that starts in the future",
        one(StartDate=Day(2), EndDate=Day(3)),
        EMPTY,
        "future-interval",
    ),
    Probe(
        "long-ago",
        "open",
        "an interval of three years ago",
        one(StartDate=Day(-1100), EndDate=Day(-1095)),
        ANSWERED,
        "retention",
    ),
    Probe(
        "text-dates",
        "open",
        "dates as ISO 8601 text on the wire",
        one(StartDate=Day(-7, as_text=True), EndDate=Day(0, as_text=True)),
        ANSWERED,
        "text-dates",
    ),
    Probe(
        "unknown-member",
        "open",
        "a member that SES does not know",
        one(Period=86400),
        ANSWERED,
        "unknown-member",
    ),
    Probe(
        "arn-as-identity",
        "open",
        "an ARN as the identity",
        where(EMAIL_IDENTITY="arn:aws:ses:us-east-1:111122223333:identity/nobody.example"),
        EMPTY,
        "arn-as-identity",
    ),
)

#: Asked if Virtual Deliverability Manager is on; "plain" is the first.
PROBES = (*_ANSWERED, *REFUSALS)
