"""What goes in and out of the control API, as JSON Schemas: members are named as in Python."""

from __future__ import annotations

from typing import Any

from .. import checks
from ..counting.metrics import BY_KEYWORD, REQUESTED, Dimension, Metric
from ..operations.faults import DROPS, QUERY_CODES
from ..operations.routes import ANY_OPERATION, OPERATIONS
from ..options import described
from .bodies import MAX_NUMBER, Schema


def object_schema(required: str = "", /, **properties: Any) -> Schema:
    """An object with these members and no others; `required` names some of them."""
    found = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": required.split()} if required else found


def list_of(items: Schema) -> Schema:
    """A list of such."""
    return {"type": "array", "items": items}


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _nullable(schema: Schema) -> Schema:
    """The same, or null: in Python, None."""
    found = {**schema, "type": [schema["type"], "null"]}
    return {**found, "enum": [*schema["enum"], None]} if "enum" in schema else found


NOTHING = object_schema()
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER}
TIMES: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_NUMBER}
ANY_OBJECT: Schema = {"type": "object"}
TIME = _described(TEXT, "ISO 8601: a date is its midnight UTC, a time without an offset is in UTC")
METRIC: Schema = {"type": "string", "enum": [*Metric]}
DIMENSIONS: Schema = {
    "type": "object",
    "properties": {str(name): TEXT for name in Dimension},
    "additionalProperties": False,
}
MESSAGE = object_schema(
    "message", message=TEXT, where=_described(TEXT, "The place in the body, as a JSON Pointer")
)

_WHEN = {"at": _nullable(TIME), "count": _nullable(COUNT)}
_SUB_TYPE = _described(_nullable(TEXT), "such as OnAccountSuppressionList")

#: What happens to emails: each event, and the arguments that its method has.
EVENTS: dict[str, Schema] = {
    "deliver": object_schema(**_WHEN),
    "bounce": object_schema(
        bounce_type={"type": "string", "enum": ["Permanent", "Transient", "Undetermined"]},
        sub_type=_SUB_TYPE,
        **_WHEN,
    ),
    "complain": object_schema(sub_type=_SUB_TYPE, **_WHEN),
    "open": object_schema(**_WHEN),
    "click": object_schema(**_WHEN),
}
EVENT: Schema = {
    "oneOf": [
        object_schema("event", event={"const": name}, **schema["properties"])
        for name, schema in EVENTS.items()
    ]
}

#: What `send` takes.
SEND = object_schema(
    "sender to",
    sender=TEXT,
    to={"anyOf": [TEXT, {**list_of(TEXT), "minItems": 1}]},
    at=_nullable(TIME),
    **dict.fromkeys(BY_KEYWORD, _nullable(TEXT)),
    region=_nullable(TEXT),
    count=COUNT,
    open_tracking=FLAG,
    click_tracking=FLAG,
    message_id=_nullable(TEXT),
)
EMAIL: Schema = {
    **SEND,
    "properties": {
        **SEND["properties"],
        "events": _described(list_of(EVENT), "What happened to them"),
    },
}
EMAILS: Schema = {"anyOf": [EMAIL, list_of(EMAIL)]}
COUNTED = object_schema(
    "emails counted",
    emails=_described(COUNT, "How many emails were sent"),
    counted=_described(
        {"type": "object", "additionalProperties": COUNT},
        "What queries without filters count of them, by metric",
    ),
)

#: What `record` takes.
RECORD = object_schema(
    "metric values",
    metric=METRIC,
    values={"anyOf": [COUNT, {"type": "object", "additionalProperties": COUNT}]},
    at=_nullable(TIME),
    dimensions=_nullable(DIMENSIONS),
    region=_nullable(TEXT),
)
#: What `load_events` takes beside the records, as parameters of the URL.
LOAD_EVENTS = object_schema(region=TEXT, open_tracking=FLAG, click_tracking=FLAG)
_BY_TYPE: Schema = {"type": "object", "additionalProperties": COUNT}
LOADED = object_schema(
    "taken skipped repeated", taken=_BY_TYPE, skipped=_BY_TYPE, repeated=_BY_TYPE
)
#: What `load_response` takes.
LOAD_RESPONSE = object_schema(
    "request response",
    request={"anyOf": [ANY_OBJECT, list_of(ANY_OBJECT)]},
    response=ANY_OBJECT,
)

_OPERATION: Schema = {"type": "string", "enum": [*OPERATIONS, ANY_OPERATION]}
_PLANNED = {"times": _nullable(TIMES), "optional": FLAG}
#: The three kinds of faults: what `fail_queries`, `fail_requests` and `drop_connections` take.
FAULTS: dict[str, Schema] = {
    "query": object_schema(
        code={"type": "string", "enum": [*QUERY_CODES]},
        message=_nullable(TEXT),
        id=_nullable(TEXT),
        metric=_nullable(METRIC),
        dimensions=_nullable(DIMENSIONS),
        **_PLANNED,
    ),
    "request": object_schema(
        error=_described(TEXT, "such as TooManyRequestsException"),
        message=_nullable(TEXT),
        operation=_OPERATION,
        **_PLANNED,
    ),
    "connection": object_schema(
        error=_nullable({"type": "string", "enum": [*DROPS]}), operation=_OPERATION, **_PLANNED
    ),
}
NEW_FAULT: Schema = {
    "oneOf": [
        object_schema("kind", kind={"const": kind}, **schema["properties"])
        for kind, schema in FAULTS.items()
    ]
}
FAULT = object_schema(
    "id what times hits optional is_missed",
    id=TEXT,
    what=TEXT,
    times=_nullable(TIMES),
    hits=COUNT,
    optional=FLAG,
    is_missed=_described(FLAG, "Whether it was triggered fewer times than it was set up for"),
)

QUERY = object_schema(
    "id namespace metric dimensions start_date end_date",
    id=TEXT,
    namespace=TEXT,
    metric=METRIC,
    dimensions={"type": "object", "additionalProperties": TEXT},
    start_date=TIME,
    end_date=TIME,
)
CALL = object_schema(
    "operation region time attempt error message number_of_queries queries results errors "
    "unreadable emails divergences line",
    operation=TEXT,
    region=TEXT,
    time=TIME,
    attempt=COUNT,
    error=_nullable(TEXT),
    message=_nullable(TEXT),
    number_of_queries=COUNT,
    queries=_described(list_of(QUERY), "The first ten at most, as far as they could be read"),
    results=list_of(
        object_schema(
            "id timestamps values", id=TEXT, timestamps=list_of(TIME), values=list_of(COUNT)
        )
    ),
    errors=list_of(object_schema("id code message", id=TEXT, code=TEXT, message=TEXT)),
    unreadable=list_of(TEXT),
    emails=_described(list_of(TEXT), "The message ids of what it sent"),
    divergences=_described(list_of(TEXT), "What the live service would have refused"),
    line=_described(TEXT, "The call in one line"),
)

#: How many of the newest are asked for; all unless given.
NEWEST = object_schema(newest=COUNT)

#: What `explain` takes.
EXPLAIN = object_schema("query", query=_described(ANY_OBJECT, "as SDKs take it"), region=TEXT)

#: What `load_events` takes: one record or many, in whatever wrapping.
RECORDS: Schema = {"anyOf": [ANY_OBJECT, list_of(ANY_OBJECT)]}

CLOCK = object_schema("time", time=_nullable(TIME))
CLOCK_NOW = object_schema("time is_stopped", time=TIME, is_stopped=FLAG)
_UNITS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
#: What `advance` takes.
ADVANCE = object_schema(**{unit: {"type": "number"} for unit in _UNITS})

HEALTH = object_schema(
    "status version calls outbox", status={"const": "ok"}, version=TEXT, calls=COUNT, outbox=COUNT
)
NEW_FAKE = object_schema("id url", id=TEXT, url=TEXT)
FAKE = object_schema("id url calls", id=TEXT, url=TEXT, calls=COUNT)
DROPPED = object_schema("unused_faults", unused_faults=list_of(TEXT))

FIGURES_OF = object_schema(**dict.fromkeys((*BY_KEYWORD, "region"), TEXT))
_SERIES: Schema = {"type": "object", "additionalProperties": list_of(COUNT)}
_RATE = object_schema("rate of count", rate=_nullable({"type": "number"}), of=METRIC, count=METRIC)
FIGURES = object_schema(
    "days counts totals rates values labels regions region earlier",
    days=list_of(TEXT),
    counts=_described(_SERIES, "By metric, the count of each of the days"),
    totals={"type": "object", "additionalProperties": COUNT},
    rates={"type": "object", "additionalProperties": _RATE},
    values=_described(
        {"type": "object", "additionalProperties": list_of(TEXT)}, "By filter, what was seeded"
    ),
    labels=_described(
        {"type": "object", "additionalProperties": TEXT}, "What people call each filter"
    ),
    regions=list_of(TEXT),
    region=TEXT,
    earlier=_described(FLAG, "Whether days before the first one are left out"),
)


_ADDRESSES = list_of(TEXT)
SENT = object_schema(
    "message_id sender to cc bcc reply_to recipients subject text html headers attachments "
    f"template_name template_data unrendered {' '.join(REQUESTED)} tags region sent_at happened",
    message_id=_nullable(TEXT),
    sender=TEXT,
    **dict.fromkeys(("to", "cc", "bcc", "reply_to", "recipients"), _ADDRESSES),
    subject=_nullable(TEXT),
    text=_nullable(TEXT),
    html=_nullable(TEXT),
    headers=_described(list_of(object_schema("name value", name=TEXT, value=TEXT)), "All of them"),
    attachments=list_of(
        object_schema(
            "file_name content_type content",
            file_name=_nullable(TEXT),
            content_type=TEXT,
            content=_described(TEXT, "In base64"),
        )
    ),
    template_name=_nullable(TEXT),
    template_data=_nullable({"type": "object"}),
    unrendered=_described(
        _nullable(TEXT), "Why text, HTML and headers of a template are not known"
    ),
    **dict.fromkeys(REQUESTED, _nullable(TEXT)),
    tags={"type": "object", "additionalProperties": TEXT},
    region=_nullable(TEXT),
    sent_at=TIME,
    happened=_described(list_of(TEXT), "What happened to it, in words"),
)
NEW_EVENTS: Schema = {"anyOf": [EVENT, list_of(EVENT)]}

#: What else `GetAccount` says: the settings of `fake.account`.
ACCOUNT = object_schema(
    enforcement_status=TEXT,
    production_access_enabled=FLAG,
    sending_enabled=FLAG,
    max_24_hour_send={"type": "number", "minimum": -1},
    max_send_rate={"type": "number", "minimum": -1},
)

#: Options of what happens in this process alone; they mean nothing over HTTP.
_IN_PROCESS = ("instant_retries", "intercept_requests", "other_operations")


def _option(option: Any) -> Schema:
    found: Schema = {"bool": FLAG, "args": list_of(TEXT), "string": TEXT}[option.ini_type]
    found = _nullable(found) if option.check is checks.flag_or_none else found
    return _described(found, option.help)


OPTIONS = object_schema(
    **{name: _option(option) for name, option in described().items() if name not in _IN_PROCESS}
)
