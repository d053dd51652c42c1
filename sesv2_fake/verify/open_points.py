"""What nobody knows of SES: the `[open: name]` of reference/service.md, one table.

docs/contracts.md says what the fake does at each, and is tested against this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class OpenPoint(NamedTuple):
    """Something that is not known."""

    question: str
    #: Why no probe answers it; empty if one does (`closes` in probes.py and own_data.py).
    why_no_probe: str = ""


_NEEDS_MAIL = "mail would have to be sent, and `verify` only reads"
_NEEDS_A_CHANGE = "the account would have to be changed, and `verify` only reads"
_OF_RECORDS = "metrics do not show what event records say"
_OF_THE_FAKE = "it is about the fake, not about SES"
_ANOTHER_OPERATION = "`verify` calls `BatchGetMetricData` and `GetAccount` alone"

OPEN_POINTS: Mapping[str, OpenPoint] = {
    # A request
    "vdm-message": OpenPoint(
        "the rest of the 404's message without Virtual Deliverability Manager"
    ),
    "wrong-types": OpenPoint("the words for a text or a number of the wrong type"),
    "not-json": OpenPoint("the words for a body that is no JSON, or has a member twice"),
    "date-out-of-range": OpenPoint("the words for a date that no calendar has"),
    "text-dates": OpenPoint("whether dates may be ISO 8601 text on the wire"),
    "missing-ids": OpenPoint("two queries without `Id`"),
    "missing-dates": OpenPoint("where missing dates stand among a query's other errors"),
    "null-query": OpenPoint("a query that is `null`"),
    "null-dimension": OpenPoint("a dimension that is `null`"),
    "unknown-member": OpenPoint("a member that SES does not know"),
    "partial-or-long": OpenPoint("partial days in an interval of more than 60 days"),
    "future-interval": OpenPoint("an interval that starts in the future"),
    # Dimensions
    "list-of-values": OpenPoint("how a list of values is written in the one string"),
    "too-many-values": OpenPoint("the words for more than ten values"),
    "two-any": OpenPoint("two dimensions that are both `*`"),
    "what-any-matches": OpenPoint("what `*` for a configuration set or a tenant matches"),
    "first-bad-dimension": OpenPoint("which of two bad values of one query is named"),
    "arn-as-identity": OpenPoint("an ARN as the value of `EMAIL_IDENTITY`"),
    "given-identity": OpenPoint(
        "an identity that `identity=` or a record's `sourceArn` names, such as a parent domain",
        _NEEDS_MAIL,
    ),
    "isp-letter-case": OpenPoint("the letter case of ISP names in queries"),
    "isp-names": OpenPoint("whether the known ISP names are all there are"),
    "isp-domains": OpenPoint(
        "which domains belong to an ISP", "no metric shows a recipient's domain"
    ),
    # What counts
    "results-order": OpenPoint("in which order results come"),
    "late-data": OpenPoint("when today's events are counted"),
    "retention": OpenPoint("how long data are kept, and how far back one may ask"),
    "feedback-loops": OpenPoint("which ISPs have a feedback loop"),
    "suppressed-transient": OpenPoint(
        "transient bounces of the account-level suppression list: the guide leaves them out, the "
        "API reference does not",
        "such bounces would have to be there and their number known; suppressed emails bounce as "
        "`Permanent`",
    ),
    "trackers": OpenPoint("whether an email of event records has trackers", _OF_RECORDS),
    # Event records
    "record-copies": OpenPoint(
        "two records of one event that describe it differently", _OF_RECORDS
    ),
    "record-moments": OpenPoint(
        "deliveries or bounces of one email at two moments, in records", _OF_RECORDS
    ),
    "record-before-send": OpenPoint("an event before its email was sent", _OF_RECORDS),
    "record-region": OpenPoint("the region of event records", _OF_RECORDS),
    "record-regions": OpenPoint(
        "the same records loaded for all regions and for one", _OF_THE_FAKE
    ),
    "record-tenant": OpenPoint("the tenant of event records", _OF_RECORDS),
    # The service
    "refused-calls": OpenPoint(
        "whether a call that SES refuses counts against the rate limits",
        "the account's limits would have to be exceeded",
    ),
    "fault-words": OpenPoint(
        "the words of `AccessDeniedException`, and of other errors of whole calls that a fault "
        "sets up",
        "none of them comes when it is asked for",
    ),
    "server-paths": OpenPoint(
        "unknown paths, and bodies of more than 1 MiB", "`verify` sends nothing of the kind"
    ),
    "signatures": OpenPoint("signatures and permissions", _OF_THE_FAKE),
    "calls-over-http": OpenPoint(
        "calls over HTTP, or from a thread of the standard library, that the live service would "
        "refuse",
        _OF_THE_FAKE,
    ),
    # The calls around it
    "put-vdm-words": OpenPoint("the words for a missing or misspelt `VdmEnabled`", _NEEDS_A_CHANGE),
    "vdm-left-out": OpenPoint(
        "attributes that `PutAccountVdmAttributes` leaves out", _NEEDS_A_CHANGE
    ),
    "quota-count": OpenPoint(
        "whether `SentLast24Hours` counts emails to the mailbox simulator", _NEEDS_MAIL
    ),
    "send-words": OpenPoint("the words for an email that cannot be sent", _NEEDS_MAIL),
    "bulk-entries": OpenPoint(
        "which bad entry of a bulk has a status, and which refuses the whole call", _NEEDS_MAIL
    ),
    "template-trackers": OpenPoint("whether an email of a template has trackers", _NEEDS_MAIL),
    "insights-words": OpenPoint(
        "the words of the 404s of `GetMessageInsights`", _ANOTHER_OPERATION
    ),
}
