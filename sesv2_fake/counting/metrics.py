"""The ten metrics and the four dimensions: all that differs from one to the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple


class Metric(str, Enum):
    """The ten metrics of `BatchGetMetricData`, in the API reference's order. [doc]"""

    SEND = "SEND"
    COMPLAINT = "COMPLAINT"
    PERMANENT_BOUNCE = "PERMANENT_BOUNCE"
    TRANSIENT_BOUNCE = "TRANSIENT_BOUNCE"
    OPEN = "OPEN"
    CLICK = "CLICK"
    DELIVERY = "DELIVERY"
    DELIVERY_OPEN = "DELIVERY_OPEN"
    DELIVERY_CLICK = "DELIVERY_CLICK"
    DELIVERY_COMPLAINT = "DELIVERY_COMPLAINT"

    __str__ = str.__str__


#: The same as text, for type checkers.
MetricName = Literal[
    "SEND",
    "COMPLAINT",
    "PERMANENT_BOUNCE",
    "TRANSIENT_BOUNCE",
    "OPEN",
    "CLICK",
    "DELIVERY",
    "DELIVERY_OPEN",
    "DELIVERY_CLICK",
    "DELIVERY_COMPLAINT",
]


class Charset(NamedTuple):
    """What the values of a dimension are made of: reference/service.md, "Dimensions" [live]."""

    pattern: re.Pattern[str]
    words: str


_NAME = Charset(re.compile(r"[A-Za-z0-9_-]+"), "a name of ASCII letters, digits, '_' and '-'")
#: A bare name, or `local@domain` with both halves there; no space, no `*`, no list.
_IDENTITY = Charset(
    re.compile(r"[^\s*,@]+(?:@[^\s*,@]+)?"), "an address or a domain, such as 'news@example.com'"
)
_ALPHANUMERIC = "only alphanumeric ASCII characters, '_', and '-' are allowed."


@dataclass(frozen=True)
class DimensionDefinition:
    """All that differs from one dimension to the other."""

    #: The argument of `send`, the property of an `Email`, the member of the control API, the
    #: filter of the page, and part of the ids of the probes.
    keyword: str
    #: What sentences call it.
    noun: str
    charset: Charset
    #: SES's words for an empty value, and for any other that it does not take. [live]
    empty_refusal: str
    malformed_refusal: str
    #: Whether values match in any letter case. [live]
    ignores_case: bool = False
    #: The tag of event records that holds the value. [doc]
    record_tag: str | None = None
    #: Whether an email has it only if the request to send it names it.
    is_requested: bool = False
    #: Whether few values stand for many emails, so that each has totals of its own.
    has_totals: bool = True


class Dimension(str, Enum):
    """What a query may filter by. [doc]"""

    definition: DimensionDefinition

    def __new__(cls, name: str, definition: DimensionDefinition) -> Dimension:
        """A member is its name; what differs is beside it."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.definition = definition
        return member

    EMAIL_IDENTITY = (
        "EMAIL_IDENTITY",
        DimensionDefinition(
            keyword="identity",
            noun="identity",
            charset=_IDENTITY,
            empty_refusal="Invalid email identity provided.",
            malformed_refusal="Invalid email identity provided.",
            ignores_case=True,
            has_totals=False,
        ),
    )
    CONFIGURATION_SET = (
        "CONFIGURATION_SET",
        DimensionDefinition(
            keyword="configuration_set",
            noun="configuration set",
            charset=_NAME,
            empty_refusal="The configuration set name must be specified.",
            malformed_refusal=f"Invalid configuration set name <{{value}}>: {_ALPHANUMERIC}",
            record_tag="ses:configuration-set",
            is_requested=True,
        ),
    )
    ISP = (
        "ISP",
        DimensionDefinition(
            keyword="isp",
            noun="ISP",
            charset=_NAME,
            empty_refusal="Invalid ISP name provided.",
            malformed_refusal="Invalid ISP name provided.",
            record_tag="ses:recipient-isp",
        ),
    )
    TENANT_NAME = (
        "TENANT_NAME",
        DimensionDefinition(
            keyword="tenant",
            noun="tenant",
            charset=_NAME,
            empty_refusal="TenantName cannot be empty",
            malformed_refusal=f"Invalid tenant name <{{value}}>: {_ALPHANUMERIC}",
            # Whether records name the tenant, and in which tag, is [open: record-tenant].
            is_requested=True,
        ),
    )

    __str__ = str.__str__


#: By their names. (`__members__` makes a new view of them each time.)
METRICS: dict[str, Metric] = dict(Metric.__members__)
DIMENSIONS: dict[str, Dimension] = dict(Dimension.__members__)
#: By what `send`, emails, the control API and the page call them.
BY_KEYWORD: dict[str, Dimension] = {one.definition.keyword: one for one in Dimension}
#: Those that an email has only if the request to send it names them.
REQUESTED = tuple(name for name, one in BY_KEYWORD.items() if one.definition.is_requested)


class Event(str, Enum):
    """What can happen to an email, as far as the metrics distinguish it."""

    SEND = "send"
    DELIVERY = "delivery"
    PERMANENT_BOUNCE = "permanent bounce"
    TRANSIENT_BOUNCE = "transient bounce"
    UNDETERMINED_BOUNCE = "undetermined bounce"
    COMPLAINT = "complaint"
    OPEN = "open"
    CLICK = "click"


#: reference/service.md, "The ten metrics": the rates of Amazon's dashboard: the metric that is
#: counted, and the one that it is a part of. [guide]
RATES: dict[str, tuple[Metric, Metric]] = {
    "delivery": (Metric.DELIVERY, Metric.SEND),
    "open": (Metric.OPEN, Metric.DELIVERY_OPEN),
    "click": (Metric.CLICK, Metric.DELIVERY_CLICK),
    "complaint": (Metric.COMPLAINT, Metric.DELIVERY_COMPLAINT),
    "permanent bounce": (Metric.PERMANENT_BOUNCE, Metric.SEND),
    "transient bounce": (Metric.TRANSIENT_BOUNCE, Metric.SEND),
}


def is_well_formed(dimension: Dimension, value: str) -> bool:
    """Whether an email can have this value, and the live service takes it in a query."""
    return dimension.definition.charset.pattern.fullmatch(value) is not None


def normalized(dimension: Dimension, value: str) -> str:
    """The value as it is compared."""
    return value.lower() if dimension.definition.ignores_case else value


def checked(dimension: Dimension, value: object, name: str) -> str:
    """A value that a test handed in as `name`; TypeError or ValueError if none can have it."""
    expected = dimension.definition.charset.words
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected {expected}, got {value!r} ({type(value).__name__})")
    if not is_well_formed(dimension, value):
        raise ValueError(f"{name}: expected {expected}, got {value!r}")
    return normalized(dimension, value)
